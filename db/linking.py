"""What the linker reads and marks: the pages to judge, their facts, and whom their names mean."""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from sqlite_utils import Database

from db.open import writing
from db.outlets import Names
from db.publishers import outlet_names, outlet_row
from db.records import CREDIT_KINDS, NO_OUTLET, Link, Outlet
from db.values import one, rows

_STRONG = ("source_line", "republished_notice", "agency_byline", "agency_dateline", "canonical_elsewhere",
           "structured_data", "wire_merged")  # fmt: skip

# Readable articles whose newest version no one judged, which triggers keep, or only under other rules.
_WAITING = """
SELECT article_id AS article, version_id AS version FROM unlinked
 UNION ALL
SELECT v.article_id, v.id FROM judged j CROSS JOIN newest_versions v ON v.id = j.version_id
 WHERE j.rule_version <> :rules AND v.kind NOT IN ('unreadable', 'section')
"""
_PENDING = f"SELECT article FROM ({_WAITING}) ORDER BY 1"  # noqa: S608
_VERSIONS = "SELECT id, article_id FROM versions WHERE article_id IN (SELECT value FROM json_each(?))"
_ARTICLES = "SELECT id, article_id FROM versions WHERE id IN (SELECT value FROM json_each(?))"
_MATCHES = """
SELECT id, version_a, version_b, a_in_b, b_in_a, jaccard, shared_words FROM matches
 WHERE {side} IN (SELECT value FROM json_each(?))
"""
# The pages that these articles' credits lead to, and the pages whose credits lead to these.
_LED_TO = f"""
SELECT e.version_id, v.article_id AS article, u.article_id AS target FROM evidence e
  JOIN versions v ON v.id = e.version_id JOIN article_urls u ON u.url = e.target_url
 WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in CREDIT_KINDS)}) AND u.article_id <> v.article_id
   AND v.article_id IN (SELECT value FROM json_each(:articles))
UNION
SELECT e.version_id, v.article_id, u.article_id FROM article_urls u
  JOIN evidence e ON e.target_url = u.url JOIN versions v ON v.id = e.version_id
 WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in CREDIT_KINDS)}) AND u.article_id <> v.article_id
   AND u.article_id IN (SELECT value FROM json_each(:articles))
"""  # noqa: S608
_PAGES = """
SELECT a.id AS article, a.url, a.kind, a.first_seen, a.outlet_id AS outlet, v.id AS version, v.text,
       v.published_basis
  FROM articles a JOIN newest_versions v ON v.article_id = a.id
 WHERE a.phantom = 0 AND a.id IN (SELECT value FROM json_each(?))
"""
_OUTLETS_OF = """
SELECT id, domain, name AS outlet_name, kind AS outlet_kind,
       iif(domain IS NULL AND name = ?, NULL, coalesce(family, domain, name)) AS house
  FROM outlets WHERE id IN (SELECT value FROM json_each(?))
"""
_EVIDENCE = """
SELECT e.*, coalesce(o.resolved, 1) AS resolved, o.domain AS outlet_domain,
       coalesce(o.family, o.domain, o.name) AS outlet_house, u.article_id AS target
  FROM evidence e
  LEFT JOIN outlets o ON o.id = e.outlet_id LEFT JOIN article_urls u ON u.url = e.target_url
 WHERE e.version_id IN (SELECT value FROM json_each(:versions))
 ORDER BY e.version_id, e.kind, e.quote, e.id
"""
_TIMES = """
SELECT * FROM time_claims WHERE plausible = 1 AND kind IN ('published', 'seen')
   AND article_id IN (SELECT value FROM json_each(:articles)) ORDER BY id
"""
_PASSAGES = """
SELECT match_id, a_start, a_end, b_start, b_end FROM passages
 WHERE match_id IN (SELECT value FROM json_each(?)) ORDER BY match_id, a_start, b_start
"""
_JUDGED = """
INSERT INTO judged (version_id, rule_version) SELECT value, :rules FROM json_each(:versions) WHERE true
    ON CONFLICT (version_id) DO UPDATE SET rule_version = excluded.rule_version
 WHERE rule_version <> excluded.rule_version
"""


Sides = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]
"""(start, end) of passages in the text of a, and of the same in that of b."""


class Met(NamedTuple):
    """A match with the articles on both sides."""

    id: int
    version_a: int
    version_b: int
    a_in_b: float
    b_in_a: float
    jaccard: float
    shared_words: int
    article_a: int
    article_b: int


def pending(db: Database, rule_version: str) -> list[int]:
    """The articles that `link` has not judged yet under these rules, or whose facts changed since."""
    return [row["article"] for row in rows(db, _PENDING, {"rules": rule_version})]


# Pending articles that nothing ties to another: no match, no name, no link to judge again.
_LONE = f"""
INSERT INTO judged (version_id, rule_version)
SELECT w.version, :rules FROM ({_WAITING}) w
 WHERE NOT EXISTS (SELECT 1 FROM evidence e
                    WHERE e.version_id = w.version
                      AND e.kind NOT IN ('body_link', 'photo_credit', 'subject_mention'))
   AND NOT EXISTS (SELECT 1 FROM versions o WHERE o.article_id = w.article
                      AND (EXISTS (SELECT 1 FROM matches WHERE version_a = o.id)
                        OR EXISTS (SELECT 1 FROM matches WHERE version_b = o.id)
                        OR EXISTS (SELECT 1 FROM translations WHERE version_a = o.id)
                        OR EXISTS (SELECT 1 FROM translations WHERE version_b = o.id)))
   AND NOT EXISTS (SELECT 1 FROM links l WHERE l.child_id = w.article)
   AND NOT EXISTS (SELECT 1 FROM links l WHERE l.source_id = w.article)
   AND NOT EXISTS (SELECT 1 FROM article_urls u JOIN evidence e ON e.target_url = u.url
                    WHERE u.article_id = w.article AND e.kind <> 'body_link')
    ON CONFLICT (version_id) DO UPDATE SET rule_version = excluded.rule_version
"""  # noqa: S608


def mark_lone(db: Database, rule_version: str) -> int:
    """How many pending articles stand alone; they are marked as judged, there is nothing to weigh."""
    with writing(db):
        return db.conn.execute(_LONE, {"rules": rule_version}).rowcount


def near(db: Database, articles: Collection[int]) -> list[Met]:
    """The matches of these articles' versions, both articles named."""
    article_of = dict(db.conn.execute(_VERSIONS, [json.dumps(sorted(articles))]))
    mine = json.dumps(sorted(article_of))
    found = db.conn.execute(_MATCHES.format(side="version_a"), [mine]).fetchall()
    others = db.conn.execute(_MATCHES.format(side="version_b"), [mine])
    found += [match for match in others if match[1] not in article_of]
    far = {end for match in found for end in match[1:3]} - article_of.keys()
    article_of.update(db.conn.execute(_ARTICLES, [json.dumps(sorted(far))]))
    ends = ((match, article_of[match[1]], article_of[match[2]]) for match in sorted(found))
    return [Met(*match, a, b) for match, a, b in ends if a != b]


def led_to(db: Database, articles: Collection[int]) -> list[tuple[int, int]]:
    """(article, stored article that one of its credits leads to) where either is among `articles`."""
    found = rows(db, _LED_TO, {"articles": json.dumps(sorted(articles))})
    return [(row["article"], row["target"]) for row in found]


def pages(db: Database, articles: Collection[int]) -> list[dict[str, Any]]:
    """The articles with their outlet and newest version, phantoms left out.

    Pages of which nobody said who published them are each a house of their own.
    """
    found = db.conn.execute(_PAGES, [json.dumps(sorted(articles))])
    names = [column[0] for column in found.description]
    told = [dict(zip(names, row, strict=True)) for row in found]
    wanted = json.dumps(sorted({page["outlet"] for page in told}))
    outlets = {row["id"]: dict(row) for row in rows(db, _OUTLETS_OF, [NO_OUTLET, wanted])}
    for page in told:
        page.update(outlets[page["outlet"]])
        if page["house"] is None:
            page["house"] = f"article {page['article']}"
    return told


def evidence(db: Database, versions: Collection[int]) -> Iterator[sqlite3.Row]:
    """The evidence of these versions, with the stored article its link leads to."""
    return rows(db, _EVIDENCE, {"versions": json.dumps(sorted(versions))})


def times(db: Database, articles: Collection[int]) -> Iterator[sqlite3.Row]:
    """The plausible times these articles state of their publication."""
    return rows(db, _TIMES, {"articles": json.dumps(sorted(articles))})


def passages(db: Database, matches: Collection[int]) -> dict[int, Sides]:
    """Match -> the spans of its passages in a's text and those in b's, by their place in a."""
    found = db.conn.execute(_PASSAGES, [json.dumps(sorted(matches))]).fetchall()
    if not found:
        return {}
    match, *places = zip(*found, strict=True)
    a_spans, b_spans = (tuple(zip(*ends, strict=True)) for ends in (places[:2], places[2:]))
    steps = [n for n, (one, next_one) in enumerate(pairwise(match), 1) if one != next_one]
    return {match[i]: (a_spans[i:j], b_spans[i:j]) for i, j in pairwise([0, *steps, len(match)])}


def url_of(db: Database, article: int) -> str:
    """The URL of a stored page."""
    return one(db, "SELECT url FROM articles WHERE id = ?", [article])["url"]


def mark_judged(db: Database, versions: Collection[int], rule_version: str) -> None:
    """Note that these versions were judged."""
    with writing(db):
        db.conn.execute(_JUDGED, {"versions": json.dumps(list(versions)), "rules": rule_version})


def forget_judged(db: Database) -> None:
    """Take every mark away, so that all is judged again."""
    with writing(db):
        db.conn.execute("DELETE FROM judged")


def place(db: Database, outlets: Mapping[int, int]) -> None:
    """Give pieces of evidence (by id) the outlet that their text showed they mean."""
    with writing(db):
        db.conn.executemany(
            "UPDATE evidence SET outlet_id = ? WHERE id = ?", [(o, e) for e, o in outlets.items()]
        )


# A phantom that this child was linked to, and whose outlet is the real source's, is that source.
_MERGE = """
UPDATE articles SET merged_into = :source
 WHERE phantom = 1 AND merged_into IS NULL AND outlet_id = (SELECT outlet_id FROM articles WHERE id = :source)
   AND id IN (SELECT source_id FROM links WHERE child_id = :child)
   AND (SELECT phantom FROM articles WHERE id = :source) = 0
"""

# A person's word follows a phantom to its real page, and wins over what the rules say there.
_WORD_GIVEN = """
SELECT l.child_id FROM links l JOIN articles p ON p.id = l.source_id
 WHERE l.decided_by = 'human' AND p.merged_into = :source
"""
_FOLLOW = (
    f"DELETE FROM links WHERE source_id = :source AND decided_by = 'rule' AND child_id IN ({_WORD_GIVEN})",  # noqa: S608
    """
    UPDATE OR IGNORE links SET source_id = :source
     WHERE decided_by = 'human' AND child_id <> :source
       AND source_id IN (SELECT id FROM articles WHERE merged_into = :source)
    """,
    """
    DELETE FROM links
     WHERE decided_by = 'human' AND source_id IN (SELECT id FROM articles WHERE merged_into = :source)
    """,
)


_HAVE_PHANTOMS = """
SELECT DISTINCT l.child_id FROM links l JOIN articles s ON s.id = l.source_id AND s.phantom = 1
 WHERE l.child_id IN (SELECT value FROM json_each(?))
"""


def merge_phantoms(db: Database, links: Collection[Link]) -> None:
    """Let the phantoms that these links' children had give way to the real pages the links now name."""
    with writing(db):
        children = json.dumps(sorted({link.child for link in links}))
        having = {row[0] for row in db.conn.execute(_HAVE_PHANTOMS, [children])}
        for link in links:
            if link.child not in having:
                continue
            if link.status == "accepted" and link.relation not in ("sibling", "revises"):
                merged = db.conn.execute(_MERGE, {"source": link.source, "child": link.child}).rowcount
                for statement in _FOLLOW if merged else ():
                    db.conn.execute(statement, {"source": link.source})


# A relay's wording with a name in no list ("Norwick Wire reports, citing AFP") is as strong a place.
_IS_STRONG = "(kind IN (SELECT value FROM json_each(:kinds)) OR rule LIKE '%.relay-unlisted%')"
_DISTINCT_NAMES = f"""
SELECT DISTINCT name, domain, target_url, {_IS_STRONG} AS strong FROM evidence
 WHERE kind <> 'body_link' AND (name <> '' OR domain IS NOT NULL) AND (outlet_id IS NULL OR :again)
"""  # noqa: S608
_SET_OUTLET = f"""
UPDATE evidence SET outlet_id = :outlet
 WHERE name = :name AND domain IS :domain AND target_url IS :target
   AND {_IS_STRONG} = :strong AND kind <> 'body_link'
   AND outlet_id IS NOT :outlet
"""  # noqa: S608
# Initials in a source line are an outlet's once a stronger place on some page has made them one.
_PLACE_INITIALS = """
UPDATE evidence SET outlet_id = (SELECT id FROM outlets o WHERE o.domain IS NULL AND o.name = evidence.name)
 WHERE kind = 'unplaced_source' AND outlet_id IS NULL
   AND EXISTS (SELECT 1 FROM outlets o WHERE o.domain IS NULL AND o.name = evidence.name)
"""


def resolve_names(db: Database, names: Names, *, again: bool) -> int:
    """How many names were looked up: each piece of evidence gets the outlet that its literal name means.

    A name in a strong place that nobody knows becomes an outlet marked unresolved; elsewhere it
    stays without one.  `again` looks at every name, also those that have an outlet.
    """
    kinds = json.dumps(_STRONG)
    with writing(db):
        found = list(rows(db, _DISTINCT_NAMES, {"kinds": kinds, "again": again}))
        for row in found:
            outlet = _meant(names, row)
            told = {
                "outlet": outlet and outlet_row(db, outlet),
                "name": row["name"],
                "domain": row["domain"],
                "target": row["target_url"],
                "kinds": kinds,
                "strong": row["strong"],
            }
            if outlet is not None or again:
                db.conn.execute(_SET_OUTLET, told)
        db.conn.execute(_PLACE_INITIALS)
    return len(found)


def _meant(names: Names, row: Mapping) -> Outlet | None:
    """The outlet that a name means; a link beside it decides where the name does not."""
    known = names.find(row["name"], anchored=True) if row["name"] else None
    if known is None and row["domain"]:
        known = names.by_domain.get(row["domain"]) or Outlet(
            domain=row["domain"], name=row["name"] or row["domain"]
        )
    if known is None and row["strong"] and row["target_url"]:
        known = names.at(row["target_url"])
    if known is None and row["strong"] and row["name"]:
        known = Outlet(domain=None, name=row["name"])
    return known


_OUTLETS = """
SELECT o.domain, o.name, o.kind, o.family, a.alias, a.needs FROM outlets o
  LEFT JOIN outlet_aliases a ON a.outlet_id = o.id
 WHERE o.resolved = 1 AND o.origin IN ('own', 'catalogue', 'outlets')
 ORDER BY o.origin = 'own' DESC, o.domain, a.alias
"""
_LAST_NAMES = """
SELECT json_extract(versions, '$.names') AS names FROM runs
 WHERE outcome = 'done' AND json_extract(versions, '$.names') IS NOT NULL ORDER BY id DESC LIMIT 1
"""


def names_fingerprint(db: Database) -> str:
    """A hash of the outlets and aliases known now: another one means names must be looked up again."""
    told = "\n".join(str(tuple(row)) for row in rows(db, _OUTLETS))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def last_fingerprint(db: Database) -> str | None:
    """The fingerprint of the names that the last finished `link` used; None before the first."""
    row = one(db, _LAST_NAMES)
    return row and row["names"]


_BLOCKS = "SELECT outlet_id, text FROM blocks WHERE outlet_id IN (SELECT value FROM json_each(?))"


def blocks_of(db: Database, outlets: Collection[int]) -> dict[int, set[str]]:
    """Outlet -> the words of its house blocks, of those among `outlets` that have any."""
    found: dict[int, set[str]] = {}
    for row in rows(db, _BLOCKS, [json.dumps(sorted(outlets))]):
        found.setdefault(row["outlet_id"], set()).add(row["text"])
    return found


_PHANTOMS_OF = """
SELECT DISTINCT s.id FROM links l JOIN articles s ON s.id = l.source_id AND s.phantom = 1
 WHERE l.child_id IN (SELECT value FROM json_each(?))
"""


def phantoms_of(db: Database, articles: Collection[int]) -> set[int]:
    """The phantoms that these articles are linked to now."""
    return {row["id"] for row in rows(db, _PHANTOMS_OF, [json.dumps(sorted(articles))])}


_LINKED = """
SELECT 1 FROM links WHERE child_id IN (SELECT value FROM json_each(:articles))
                       OR source_id IN (SELECT value FROM json_each(:articles)) LIMIT 1
"""


def are_linked(db: Database, articles: Collection[int]) -> bool:
    """Whether any of these articles has a link."""
    return one(db, _LINKED, {"articles": json.dumps(sorted(articles))}) is not None


_REFUSED = """
SELECT l.child_id, o.id AS outlet_id, o.name, o.domain FROM links l
  JOIN articles s ON s.id = l.source_id AND s.phantom = 1 JOIN outlets o ON o.id = s.outlet_id
 WHERE l.decided_by = 'human' AND l.status = 'rejected'
   AND l.child_id IN (SELECT value FROM json_each(?))
"""


def refused(db: Database, articles: Collection[int]) -> frozenset[tuple[int, int]]:
    """(article, outlet) where a person said that the article did not take from that unseen source."""
    found = list(rows(db, _REFUSED, [json.dumps(sorted(articles))]))
    if not found:
        return frozenset()
    known = rows(db, "SELECT id AS outlet_id, name, domain FROM outlets")
    names = {row["outlet_id"]: outlet_names(db, row) for row in list(known)}
    return frozenset(
        (row["child_id"], outlet)
        for row in found
        for outlet, spelled in names.items()
        if spelled & names[row["outlet_id"]]
    )


_EDITIONS = """
SELECT domain FROM outlets WHERE domain LIKE '%.%.%' AND origin IN ('own', 'catalogue', 'outlets')
"""


def editions(db: Database) -> frozenset[str]:
    """The listed hosts that are outlets of their own, as `db.urls.outlet_key` takes them."""
    return frozenset(row["domain"] for row in rows(db, _EDITIONS))
