"""`/-/outlet/DOMAIN`: what an outlet takes and from whom, who takes from it, its blocks, its crawls.

`/-/outlet/DOMAIN.atom`: the newest copies of its stories, as a feed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, address, as_json, page
from db.browse.atom import Entry, feed
from db.browse.timeline import span
from db.screen import relation_words
from db.told import TAKEN, confidence
from db.urls import domain as domain_of
from db.values import one, rows

NEWEST = 20_000  # links looked at on each side, the newest
SHOWN = 50  # outlets listed on each side
RECENT = 30  # of pages and feed entries

_OUTLET = "SELECT * FROM outlets WHERE domain = ?"
_COUNTS = """
SELECT count(*) AS articles, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       min(published) AS published_from, max(published) AS published_to,
       coalesce(sum(kind = 'unreadable'), 0) AS unreadable, coalesce(sum(kind = 'stub'), 0) AS stubs
  FROM articles WHERE outlet_id = ? AND phantom = 0
"""
# The links of an outlet's pages with the outlet at the other end, the newest first.
_TAKES = f"""
SELECT so.domain, so.name, l.relation, l.credited, l.child_id AS page, s.phantom,
       c.published AS taken, s.published AS given
  FROM articles c JOIN links l ON l.child_id = c.id AND {TAKEN}
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id
 WHERE c.outlet_id = ? AND so.id <> c.outlet_id ORDER BY c.id DESC LIMIT {NEWEST}
"""  # noqa: S608
_GIVES = f"""
SELECT co.domain, co.name, l.relation, l.credited, l.child_id AS page, 0 AS phantom,
       c.published AS taken, s.published AS given
  FROM articles s JOIN links l ON l.source_id = s.id AND {TAKEN}
  JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
 WHERE s.outlet_id = ? AND co.id <> s.outlet_id ORDER BY s.id DESC LIMIT {NEWEST}
"""  # noqa: S608
# Pages of the outlet that others took from, and that take from nobody.
_FIRST = f"""
SELECT a.url, a.title, a.published,
       (SELECT count(*) FROM links l WHERE l.source_id = a.id AND {TAKEN}) AS copies
  FROM articles a WHERE a.outlet_id = :outlet AND a.phantom = 0
   AND EXISTS (SELECT 1 FROM links l WHERE l.source_id = a.id AND {TAKEN})
   AND NOT EXISTS (SELECT 1 FROM links l WHERE l.child_id = a.id AND {TAKEN})
 ORDER BY a.id DESC LIMIT {RECENT}
"""  # noqa: S608
_COPIES = f"""
SELECT l.id, l.relation, l.p_direct, l.containment, l.credited, c.url, c.title, c.first_seen, c.published,
       co.name AS outlet, s.url AS source_url, s.title AS source_title, s.phantom
  FROM articles s JOIN links l ON l.source_id = s.id AND {TAKEN}
  JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
 WHERE s.outlet_id = ? AND co.id <> s.outlet_id ORDER BY c.first_seen DESC, l.id DESC LIMIT {RECENT}
"""  # noqa: S608
_BLOCKS = "SELECT text, words, pages FROM blocks WHERE outlet_id = ? ORDER BY pages DESC, id LIMIT 20"
_CRAWLS = """
SELECT kind, state, count(*) AS pages, max(visited) AS visited FROM frontier WHERE site = ?
 GROUP BY kind, state ORDER BY kind, state
"""
_REASONS = """
SELECT state, note, count(*) AS pages FROM frontier
 WHERE site = ? AND state IN ('failed', 'gone', 'refused') AND note <> ''
 GROUP BY state, note ORDER BY pages DESC, note LIMIT 8
"""
_REST = "SELECT until, why FROM rests WHERE host = ? OR host LIKE '%.' || ? ORDER BY until DESC LIMIT 1"
_FETCHES = """
SELECT v.fetched, v.status, v.robots, v.reservation FROM articles a JOIN versions v ON v.article_id = a.id
 WHERE a.outlet_id = ? AND a.phantom = 0 ORDER BY a.id DESC, v.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An outlet at the other end of links, with what is known of them."""

    domain: str | None
    name: str
    pages: int
    share: float  # 0..1, of the pages that were taken
    credited: int  # pages that name the source, in full or in part
    no_credit: int  # pages on which no credit was found
    lag: str  # median time between the two stated times; "" when none is known
    relations: str


def outlet(db: Database, ask: Ask) -> Answer:
    """The page of an outlet by its domain."""
    domain = ask.parts["domain"].lower()
    row = one(db, _OUTLET, [domain]) or one(db, _OUTLET, [domain_of(domain)])
    if row is None:
        if ask.form == "json":
            return as_json({"error": "no outlet is known under this domain"}, 404)
        return page(ask, "outlet.html", status=404, domain=domain[:200], told=None)
    if ask.form == "atom":
        return _feed(db, ask, row)
    told = _told(db, row)
    if ask.form == "json":
        return as_json(told)
    return page(ask, "outlet.html", domain=row["domain"], told=told)


def _told(db: Database, row: Mapping[str, Any]) -> dict[str, Any]:
    id_, takes = row["id"], list(rows(db, _TAKES, [row["id"]]))
    counts = dict(one(db, _COUNTS, [id_]))
    keys = ("domain", "name", "kind", "family", "country", "language", "origin")
    return {
        "outlet": {key: row[key] for key in keys},
        "counts": counts | {"taken": len({link["page"] for link in takes})},
        "takes_from": [asdict(partner) for partner in partners(takes)],
        "taken_by": [asdict(partner) for partner in partners(rows(db, _GIVES, [id_]))],
        "publishes_first": [dict(found) for found in rows(db, _FIRST, {"outlet": id_})],
        "newest_copies": [_copy(found) for found in rows(db, _COPIES, [id_])],
        "blocks": [dict(found) for found in rows(db, _BLOCKS, [id_])],
        "crawls": [dict(found) for found in rows(db, _CRAWLS, [row["domain"]])],
        "crawl_problems": [dict(found) for found in rows(db, _REASONS, [row["domain"]])],
        "at_rest": next((dict(found) for found in [one(db, _REST, [row["domain"]] * 2)] if found), None),
        "last_fetch": next((dict(found) for found in [one(db, _FETCHES, [id_])] if found), None),
        "looked_at": NEWEST,
    }


def partners(links: Iterable[Mapping[str, Any]]) -> list[Partner]:
    """The outlets at the other end, those with the most pages first."""
    found: dict[tuple[str | None, str], list[Mapping[str, Any]]] = {}
    for link in links:
        found.setdefault((link["domain"], link["name"]), []).append(link)
    total = len({link["page"] for told in found.values() for link in told}) or 1
    told = [_partner(*key, links_, total) for key, links_ in found.items()]
    return sorted(told, key=lambda partner: (-partner.pages, partner.name))[:SHOWN]


def _partner(domain: str | None, name: str, links: Sequence[Mapping[str, Any]], total: int) -> Partner:
    pages = {link["page"] for link in links}
    counts: dict[str, int] = {}
    for link in links:
        counts[link["relation"]] = counts.get(link["relation"], 0) + 1
    return Partner(
        domain=domain,
        name=name,
        pages=len(pages),
        share=len(pages) / total,
        credited=len({link["page"] for link in links if link["credited"] in ("full", "partial")}),
        no_credit=len({link["page"] for link in links if link["credited"] == "none_found"}),
        lag=_lag(links),
        relations=", ".join(
            f"{relation} {n:,}" for relation, n in sorted(counts.items(), key=lambda i: -i[1])
        ),
    )


def _lag(links: Iterable[Mapping[str, Any]]) -> str:
    lags = [
        (datetime.fromisoformat(link["taken"]) - datetime.fromisoformat(link["given"]))
        for link in links
        if link["taken"] and link["given"]
    ]
    if not lags:
        return ""
    middle = median(lags)
    return f"{span(abs(middle))} {'later' if middle.total_seconds() >= 0 else 'earlier'}"


def _copy(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"confidence": confidence(row["p_direct"])}


def _feed(db: Database, ask: Ask, row: Mapping[str, Any]) -> Answer:
    """New copies of the outlet's stories, the newest seen first."""
    entries = []
    for found in rows(db, _COPIES, [row["id"]]):
        words = relation_words(dict(found), seen=not found["phantom"])
        source = found["source_title"] or found["source_url"] or "a page that was named and not seen"
        entries.append(Entry(
            id=f"urn:newstrace:link:{found['id']}",
            title=f"{found['outlet']}: {found['title'] or found['url']}",
            link=ask.base + address("/-/trace", url=found["url"]),
            updated=found["first_seen"],
            words=f"{confidence(found['p_direct'])}: {words}. Source: {source}. Page: {found['url']}",
        ))  # fmt: skip
    path = f"{ask.base}/-/outlet/{row['domain']}"
    return feed(f"New copies of stories of {row['name']}", path, entries)
