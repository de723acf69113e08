"""Credits whose page is not seen: whom they name, whose pages carry them, and where their links lead."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db.urls import canonical, is_web
from db.values import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One unseen page that stored pages name as their source."""

    phantom: int  # its article row
    outlet: str | None  # domain of the outlet it is of
    name: str
    targets: tuple[str, ...]  # where the credits link to, of that outlet or of none we know
    titles: tuple[str, ...]  # of the pages that name it
    since: datetime | None  # the earliest time stated by those pages


# Phantoms with the pages that lean on them, the newest first; all of them or those behind one article.
_PHANTOMS = """
SELECT p.id, p.outlet_id, o.domain, o.name, l.child_id, c.title, c.published AS stated
  FROM articles p JOIN outlets o ON o.id = p.outlet_id
  JOIN links l ON l.source_id = p.id AND l.status <> 'rejected' JOIN articles c ON c.id = l.child_id
 WHERE p.phantom = 1 AND p.merged_into IS NULL
   AND (:url IS NULL OR c.id IN (SELECT article_id FROM article_urls WHERE url = :url))
 ORDER BY coalesce(c.published, c.first_seen) DESC, p.id
"""
_TARGETS = """
SELECT DISTINCT e.target_url FROM evidence e JOIN newest_versions v ON v.id = e.version_id
 WHERE v.article_id IN (SELECT value FROM json_each(?)) AND e.target_url IS NOT NULL
   AND e.kind <> 'photo_credit' AND (e.outlet_id = ? OR e.domain = ?)
 ORDER BY (e.kind = 'body_link'), e.id
"""


def leads(db: Database, url: str | None = None) -> tuple[Lead, ...]:
    """The unseen sources of the article at `url`, or every one; the newest stories first."""
    found: dict[int, list] = {}
    for row in rows(db, _PHANTOMS, {"url": url}):
        found.setdefault(row["id"], []).append(row)
    return tuple(_lead(db, of) for of in found.values())


def _lead(db: Database, of: list) -> Lead:
    first = of[0]
    children = json.dumps([row["child_id"] for row in of])
    linked = rows(db, _TARGETS, [children, first["outlet_id"], first["domain"]])
    stated = [datetime.fromisoformat(row["stated"]) for row in of if row["stated"]]
    return Lead(
        phantom=first["id"],
        outlet=first["domain"],
        name=first["name"],
        targets=tuple(dict.fromkeys(canonical(row[0]) for row in linked if is_web(row[0]))),
        titles=tuple(dict.fromkeys(row["title"] for row in of if row["title"])),
        since=min(stated, default=None),
    )


def seen_now(db: Database, chased: Iterable[Lead]) -> list[tuple[Lead, str]]:
    """Those of the leads whose page has been found since, with its URL."""
    sql = "SELECT r.url FROM articles p JOIN articles r ON r.id = p.merged_into WHERE p.id = ?"
    each = ((lead, next(iter(rows(db, sql, [lead.phantom])), None)) for lead in chased)
    return [(lead, row["url"]) for lead, row in each if row]
