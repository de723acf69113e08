"""Links as we tell them to people and programs: one dict per link, with its reasons and passages."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from db.filters import EVERYTHING, Wanted, condition
from db.licences import Licence, Licences, Span, answer
from db.values import one, rows

MAX_PASSAGES = 10  # of one link, the longest

# A link with the names of both its ends, and the match of the texts it was judged on.
_LINKS = """
SELECT l.*, c.url AS child_url, co.domain AS child_domain, co.name AS child_name,
       s.url AS source_url, so.domain AS source_domain, so.name AS source_name,
       m.id AS match_id, m.version_a, m.a_in_b, m.b_in_a
  FROM links l
  JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id
  LEFT JOIN matches m ON m.version_a = min(l.child_version, l.source_version)
                     AND m.version_b = max(l.child_version, l.source_version)
"""
# A sibling link has no direction, so no share of one in the other decides on it.
TAKEN = "l.status = 'accepted' AND l.relation <> 'sibling' AND l.p_direct >= .5"
STANDS = f"(({TAKEN}) OR (l.status = 'accepted' AND l.relation = 'sibling'))"
_LISTED = " WHERE l.id IN (SELECT value FROM json_each(?)) ORDER BY l.id"
_REASONS = """
SELECT kind, quote, region, weight FROM link_evidence WHERE link_id = ? ORDER BY weight DESC, id
"""
_PASSAGES = """
SELECT a_start, a_end, b_start, b_end, words FROM passages WHERE match_id = ?
 ORDER BY words DESC, a_start, b_start LIMIT ?
"""


# How the newest version of an article was read, and when it says it was published.
_READ = "SELECT extractor, kind, byline <> '' AS signed FROM newest_versions WHERE article_id = ?"
_PUBLISHED = """
SELECT coalesce(t.earliest_utc, a.published) AS earliest, coalesce(t.latest_utc, a.published) AS latest
  FROM articles a LEFT JOIN newest_versions v ON v.article_id = a.id
  LEFT JOIN time_claims t ON t.article_id = a.id AND t.kind = 'published' AND t.basis = v.published_basis
                         AND a.published BETWEEN t.earliest_utc AND t.latest_utc
 WHERE a.id = ? AND a.published IS NOT NULL ORDER BY t.earliest_utc DESC, t.latest_utc LIMIT 1
"""
PAGE_REGIONS = (
    "machine", "jsonld", "meta", "byline", "dateline", "head", "lead", "body", "own", "last", "tail",
    "caption",
)  # fmt: skip
"""The regions of a web page that are read for credits; the names of `db.screen.PLACES`."""


def confidence(p: float) -> str:
    """One word for a probability: certain, likely, possible, or not known.

    >>> [confidence(p) for p in (0.97, 0.8, 0.5, 0.2)]
    ['certain', 'likely', 'possible', 'not known']
    """
    return "certain" if p >= 0.95 else "likely" if p >= 0.75 else "possible" if p >= 0.5 else "not known"


def is_taken(link: Mapping[str, Any]) -> bool:
    """Whether a told link stands and has a direction: the rule of `TAKEN` for a dict."""
    return link["status"] == "accepted" and link["relation"] != "sibling" and link["p_direct"] >= 0.5


def in_text_order(link: Mapping[str, Any]) -> tuple[float, float, int]:
    """The sort key of one page's sources: where their text begins in it, then the surest first."""
    starts = (passage["child_start"] for passage in link.get("passages", ()))
    return (min(starts, default=math.inf), -link["p_direct"], link["id"])


def shown_links(
    db: Database, *, all_: bool = False, wanted: Wanted = EVERYTHING, licences: Licences | None = None
) -> Iterator[dict[str, Any]]:
    """The links that stand: accepted with `p_direct` >= .5, and siblings; `all_`: every one."""
    these, told = condition("links", wanted)
    sql = f"{_LINKS} WHERE {'1' if all_ else STANDS} AND {these} ORDER BY l.id"
    return (_told(db, row, licences) for row in rows(db, sql, told))


def listed_links(
    db: Database, ids: Collection[int], *, licences: Licences | None = None
) -> Iterator[dict[str, Any]]:
    """The links of those ids, each with its longest passages as well."""
    for row in rows(db, _LINKS + _LISTED, [json.dumps(sorted(ids))]):
        link = _told(db, row, licences)
        yield link | {"passages": _passages(db, row, link)}


def _told(db: Database, row: sqlite3.Row, licences: Licences | None) -> dict[str, Any]:
    """The link in the order of the contract; siblings have the smaller URL as child."""
    turned = row["relation"] == "sibling" and (row["source_url"] or "") < (row["child_url"] or "")
    child, parent = ("source", "child") if turned else ("child", "source")
    told = {
        "id": row["id"],
        "child_url": row[f"{child}_url"],
        "child_domain": row[f"{child}_domain"],
        "parent_url": row[f"{parent}_url"],
        "parent_domain": row[f"{parent}_domain"],
        "parent_name": row[f"{parent}_name"],
        "relation": row["relation"],
        "p_related": row["p_related"],
        "p_direction": row["p_direction"],
        "p_direct": row["p_direct"],
        "containment": _turned_share(row) if turned else row["containment"],
        "jaccard": row["jaccard"],
        "shared_words": row["shared_words"],
        "status": row["status"],
        "decided_by": row["decided_by"],
        "credited": row["credited"],
        "evidence": [dict(reason) for reason in rows(db, _REASONS, [row["id"]])],
        "child": row[f"{child}_id"],
        "parent": row[f"{parent}_id"],
        "child_name": row[f"{child}_name"],
        "confidence": confidence(row["p_direct"]),
        "rule_version": row["rule_version"],
    }
    return told | {
        "licensed": _licensed(db, told, licences),
        "regions_searched": _regions_searched(db, told["child"]),
    }


def _licensed(db: Database, link: Mapping[str, Any], licences: Licences | None) -> str:
    """yes | no | unknown: what the user's licences say, which what the page credits never changes."""
    if licences is None or link["relation"] in ("sibling", "revises"):
        return "unknown"
    found: tuple[Licence, ...] = licences.between(
        link["child_domain"], link["parent_domain"], link["parent_name"]
    )
    return answer(found, published_on(db, link["child"])) if found else "unknown"


def published_on(db: Database, article: int) -> Span | None:
    """The days, UTC, on which the article may have been published; None: not stated."""
    row = one(db, _PUBLISHED, [article])
    return row and (date.fromisoformat(row["earliest"][:10]), date.fromisoformat(row["latest"][:10]))


def _regions_searched(db: Database, article: int) -> list[str] | None:
    """Where on the page credits were looked for; none where it was not read; None: not known how it was."""
    row = one(db, _READ, [article])
    if row is None or row["kind"] == "unreadable":
        return []
    if row["extractor"] == "text":
        return ["byline", "text"] if row["signed"] else ["text"]
    return list(PAGE_REGIONS) if row["extractor"] else None


def _turned_share(row: sqlite3.Row) -> float | None:
    """The share of the source's text in the child's, where the two were compared."""
    return row["a_in_b"] if row["source_version"] == row["version_a"] else row["b_in_a"]


def _passages(db: Database, row: sqlite3.Row, link: dict[str, Any]) -> list[dict[str, int]]:
    if row["match_id"] is None:
        return []
    version = row["child_version"] if link["child"] == row["child_id"] else row["source_version"]
    child, parent = ("a", "b") if version == row["version_a"] else ("b", "a")
    return [
        {
            "child_start": passage[f"{child}_start"],
            "child_end": passage[f"{child}_end"],
            "parent_start": passage[f"{parent}_start"],
            "parent_end": passage[f"{parent}_end"],
            "words": passage["words"],
        }
        for passage in rows(db, _PASSAGES, [row["match_id"], MAX_PASSAGES])
    ]
