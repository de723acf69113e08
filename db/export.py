"""The stored facts and judgements as plain rows, and writing those as JSON Lines or CSV.

Rows stream: an export holds one row at a time, however large the database.
"""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from sqlite_utils import Database

from db.chain import MAX_NODES, UP
from db.filters import EVERYTHING, Wanted, condition
from db.flows import flows
from db.licences import Licences
from db.screen import in_one_line
from db.stories import all_stories, story_of_articles
from db.told import TAKEN, listed_links, shown_links
from db.values import one, rows
from db.watched import watched

Row = dict[str, Any]

_ARTICLES = """
SELECT a.id, a.url,
       (SELECT json_group_array(url)
          FROM (SELECT url FROM article_urls WHERE article_id = a.id ORDER BY url)) AS urls,
       o.domain, o.name AS outlet, a.title, a.published, a.language, a.kind, a.first_seen
  FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE a.phantom = 0
"""
# The share of the smaller text in the larger is the larger of the two shares.
_MATCHES = """
SELECT min(a.url, b.url) AS a_url, max(a.url, b.url) AS b_url, max(m.a_in_b, m.b_in_a) AS containment,
       m.jaccard, m.shared_words, m.longest_run
  FROM matches m
  JOIN versions va ON va.id = m.version_a JOIN articles a ON a.id = va.article_id
  JOIN versions vb ON vb.id = m.version_b JOIN articles b ON b.id = vb.article_id
  JOIN outlets ao ON ao.id = a.outlet_id JOIN outlets bo ON bo.id = b.outlet_id
"""
# The newest version of its article, found through the index that orders them.
_IS_NEWEST = """
{version}.id = (SELECT n.id FROM versions n WHERE n.article_id = {version}.article_id
                 ORDER BY (n.kind = 'unreadable'), n.fetched DESC, n.id DESC LIMIT 1)
"""
_BOTH_NEWEST = f"{_IS_NEWEST.format(version='va')} AND {_IS_NEWEST.format(version='vb')}"
_EVIDENCE = """
SELECT a.url, e.kind, e.quote, e.region, e.name AS source_name,
       coalesce(o.domain, e.domain) AS domain, e.target_url
  FROM evidence e JOIN versions v ON v.id = e.version_id JOIN articles a ON a.id = v.article_id
  JOIN outlets ao ON ao.id = a.outlet_id LEFT JOIN outlets o ON o.id = e.outlet_id
"""
_OUTLETS = """
SELECT o.domain, o.name, o.kind, o.family, o.country, o.language, o.origin,
       (SELECT json_group_array(alias)
          FROM (SELECT DISTINCT alias FROM outlet_aliases WHERE outlet_id = o.id ORDER BY alias)) AS aliases,
       (SELECT count(*) FROM articles a WHERE a.outlet_id = o.id AND a.phantom = 0) AS articles
  FROM outlets o
"""
_CHILDREN = f"""
SELECT DISTINCT a.id FROM articles a JOIN outlets o ON o.id = a.outlet_id
  JOIN links l ON l.child_id = a.id WHERE {TAKEN}
"""  # noqa: S608
# The sources of one article in the order their text stands in it, with the names people know them by.
_SOURCES = f"""
SELECT l.source_id AS id, a.url, o.domain, o.name AS outlet
  FROM links l JOIN articles a ON a.id = l.source_id JOIN outlets o ON o.id = a.outlet_id
  LEFT JOIN matches m ON m.version_a = min(l.child_version, l.source_version)
                     AND m.version_b = max(l.child_version, l.source_version)
 WHERE l.child_id = ? AND {TAKEN}
 ORDER BY (SELECT min(iif(m.version_a = l.child_version, a_start, b_start)) FROM passages
            WHERE match_id = m.id) NULLS LAST, l.p_direct DESC, l.id
"""  # noqa: S608
_PAGE = """
SELECT a.url, o.domain, o.name AS outlet FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE a.id = ?
"""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "articles": (
        "url", "urls", "domain", "outlet", "title", "published", "language", "kind", "first_seen",
        "story",
    ),
    "matches": ("a_url", "b_url", "containment", "jaccard", "shared_words", "longest_run"),
    "links": (
        "id", "child_url", "child_domain", "parent_url", "parent_domain", "parent_name", "relation",
        "p_related", "p_direction", "p_direct", "containment", "jaccard", "shared_words", "status",
        "decided_by", "credited", "evidence", "child", "parent", "child_name", "confidence", "rule_version",
        "licensed", "regions_searched",
    ),
    "evidence": ("url", "kind", "quote", "region", "source_name", "domain", "target_url"),
    "outlets": (
        "domain", "name", "kind", "family", "country", "language", "origin", "aliases", "articles",
    ),
    "chains": ("url", "domain", "outlet", "chain", "hops", "origins"),
    "flows": (
        "source_domain", "source", "taken_by_domain", "taken_by", "pages", "links", "share", "relations",
        "credited", "no_credit", "median_lag_hours", "first", "last", "licensed", "not_licensed",
    ),
    "coverage": ("domain", "outlet", "day", "articles", "texts", "unreadable", "visited", "failed"),
    "stories": (
        "id", "first_seen", "published", "title", "outlets", "articles", "phantoms", "furthest_back",
        "languages", "urls",
    ),
}  # fmt: skip
"""The keys of each export's rows, in their order; later versions add at the end."""


def articles(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:  # noqa: ARG001
    """Every stored page with all its URLs and its story's id; phantoms have no page and are left out."""
    story = story_of_articles(db)
    for row in _rows(db, f"{_ARTICLES} AND", "articles", wanted, "a.id"):
        told = dict(row) | {"urls": json.loads(row["urls"]), "story": story.get(row["id"])}
        del told["id"]
        yield told


def matches(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:
    """Shared text of two articles' newest versions, the smaller URL first; `all_`: of any two versions."""
    of_newest = "WHERE" if all_ else f"WHERE a.id <> b.id AND {_BOTH_NEWEST} AND"
    return (dict(row) for row in _rows(db, f"{_MATCHES} {of_newest}", "matches", wanted, "m.id"))


def links(
    db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING, licences: Licences | None = None
) -> Iterator[Row]:
    """The links that stand, siblings once with the smaller URL as child; `all_`: every link."""
    return shown_links(db, all_=all_, wanted=wanted, licences=licences)


def evidence(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:
    """What each article's newest version says of its sources; `all_`: what every version says."""
    of_newest = "WHERE" if all_ else f"WHERE {_IS_NEWEST.format(version='v')} AND"
    return (dict(row) for row in _rows(db, f"{_EVIDENCE} {of_newest}", "evidence", wanted, "e.id"))


def outlets(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:  # noqa: ARG001
    """Every outlet with its aliases and the number of its stored articles."""
    for row in _rows(db, f"{_OUTLETS} WHERE", "outlets", wanted, "o.id"):
        yield dict(row) | {"aliases": json.loads(row["aliases"])}


def chains(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:  # noqa: ARG001
    """Per article that has a source: its chain in words, its longest way back, its furthest sources.

    `chain` reads from the sources to the article ("CNN and AFP -> HotNews -> 247 news reel"),
    each page at its furthest step; `hops` counts the arrows; `origins` are URLs, or an outlet's
    name where its page was not seen.
    """
    for row in _rows(db, f"{_CHILDREN} AND", "chains", wanted, "a.id"):
        yield _chain_row(db, row["id"])


def chain_links(db: Database, wanted: Wanted = EVERYTHING) -> Iterator[Row]:
    """Every link of the wanted chains, each once: of the article, its sources, theirs, and so on."""
    edge = {row["id"] for row in _rows(db, f"{_CHILDREN} AND", "chains", wanted, "a.id")}
    met, links = set(edge), set()
    while edge:
        passed = list(rows(db, UP, [json.dumps(sorted(edge))]))
        links |= {row["id"] for row in passed}
        edge = {row["next"] for row in passed} - met
        met |= edge
    return listed_links(db, links)


def stories(db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING) -> Iterator[Row]:
    """The stories, the first seen first; `all_`: also those of one page, which nothing is linked to."""
    for story in all_stories(db, lone=all_):
        row = story.row()
        time = row["published"] or row["first_seen"]
        if wanted.takes(time, story.outlets, set(row["languages"])):
            yield row


def _rows(db: Database, sql: str, what: str, wanted: Wanted, order: str) -> Iterator[sqlite3.Row]:
    """The wanted rows of a query that ends where one more condition fits."""
    these, told = condition(what, wanted)
    return rows(db, f"{sql} {these} ORDER BY {order}", told)


def _chain_row(db: Database, article: int) -> Row:
    page = dict(one(db, _PAGE, [article]))
    found = _sources(db, article)
    pages = {source["id"]: source for listed in found.values() for source in listed}
    outlets = {id_: source["outlet"] for id_, source in pages.items()} | {article: page["outlet"]}
    steps = {id_: [source["id"] for source in listed] for id_, listed in found.items()}
    words, hops = in_one_line(article, steps, outlets)
    furthest = [pages[id_] for id_ in pages if not steps.get(id_) and id_ != article]
    origins = [source["url"] or source["outlet"] for source in furthest]
    return page | {"chain": words, "hops": hops, "origins": origins}


def _sources(db: Database, article: int) -> dict[int, list[sqlite3.Row]]:
    """The sources of `article`, of those, and so on, each page asked once."""
    found: dict[int, list[sqlite3.Row]] = {}
    edge = [article]
    while edge and len(found) <= MAX_NODES:
        page = edge.pop(0)
        found[page] = list(rows(db, _SOURCES, [page]))
        edge += [s["id"] for s in found[page] if s["id"] not in found and s["id"] not in edge]
    return found


EXPORTS: Mapping[str, Callable[..., Iterator[Row]]] = {
    "articles": articles,
    "matches": matches,
    "links": links,
    "evidence": evidence,
    "outlets": outlets,
    "chains": chains,
    "stories": stories,
    "flows": flows,
    "coverage": watched,
}
"""What can be exported, by the name the command knows it under."""

# Line ends to some readers, though not to JSON: spelled out, so that a row stays a line.
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would run


def to_jsonl(rows: Iterable[Row], file: TextIO) -> int:
    """How many rows were written to `file`, one JSON object on each line."""
    count = 0
    for row in rows:
        count += 1
        file.write(json.dumps(row, ensure_ascii=False).translate(_LINE_ENDS) + "\n")
    return count


def to_csv(rows: Iterable[Row], file: TextIO, columns: Iterable[str]) -> int:
    """How many rows were written to `file` below a line of `columns`; lists are written as JSON.

    Text that a spreadsheet would run as a formula gets a ' before it; numbers stay as they are.
    """
    writer = csv.writer(file)  # RFC 4180: rows end in CR LF, so that either in a cell gets it quoted
    columns = list(columns)
    writer.writerow(columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow([_cell(row[column]) for column in columns])
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
