"""What is new since a time: copies with their credit and licence, edits, withdrawn stories still carried.

A copy is as old as our knowledge of it: the moment when the later of the two texts was stored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from db.errors import BadInput
from db.licences import Licences
from db.told import STANDS, TAKEN, listed_links
from db.values import rows, stamp

Row = dict[str, Any]

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MAX_CARRIERS = 1000  # pages told of one withdrawn story

# Links that stand, and when both their texts were first stored; of a page not seen, when its taker was.
_COPIES = f"""
SELECT id, known FROM (
    SELECT l.id, coalesce(
               (SELECT min(max(va.fetched, vb.fetched)) FROM versions va CROSS JOIN versions vb
                  JOIN matches m ON m.version_a = min(va.id, vb.id) AND m.version_b = max(va.id, vb.id)
                 WHERE va.article_id = l.child_id AND vb.article_id = l.source_id),
               iif(s.phantom, c.first_seen, max(c.first_seen, s.first_seen))) AS known
      FROM links l JOIN articles c ON c.id = l.child_id JOIN articles s ON s.id = l.source_id
      JOIN outlets co ON co.id = c.outlet_id JOIN outlets so ON so.id = s.outlet_id
     WHERE {TAKEN} AND l.relation <> 'revises' AND (c.last_seen >= :since OR s.last_seen >= :since)
       AND (:outlet IS NULL OR :outlet IN (co.domain, co.name, so.domain, so.name)))
 WHERE known >= :since ORDER BY known DESC, id
"""  # noqa: S608
# Pages whose text changed: the newest text, the last one before `since` (else the first), and how many came.
_EDITS = f"""
SELECT a.id, a.url, o.domain, o.name AS outlet, n.fetched AS "when", n.title, n.words,
       b.title AS title_before, b.words AS words_before,
       (SELECT count(*) FROM versions v WHERE v.article_id = a.id AND v.kind <> 'unreadable'
           AND v.fetched >= :since AND v.id <> b.id) AS edits,
       (SELECT count(*) FROM links l WHERE l.source_id = a.id AND {TAKEN}
           AND l.relation <> 'revises') AS copies
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
  JOIN newest_versions n ON n.article_id = a.id
  JOIN versions b ON b.id = coalesce(
       (SELECT v.id FROM versions v WHERE v.article_id = a.id AND v.kind <> 'unreadable'
           AND v.fetched < :since ORDER BY v.fetched DESC, v.id DESC LIMIT 1),
       (SELECT v.id FROM versions v WHERE v.article_id = a.id AND v.kind <> 'unreadable'
         ORDER BY v.fetched, v.id LIMIT 1))
 WHERE a.phantom = 0 AND a.last_seen >= :since AND n.fetched >= :since AND n.kind <> 'unreadable'
   AND b.id <> n.id AND b.fetched < n.fetched AND (:outlet IS NULL OR :outlet IN (o.domain, o.name))
 ORDER BY copies DESC, n.fetched DESC, a.id
"""  # noqa: S608
# Pages that were noted as withdrawn and have not answered since.
_GONE = """
EXISTS (SELECT 1 FROM versions w WHERE w.article_id = {article}.id AND w.sha256 = 'withdrawn'
           AND NOT EXISTS (SELECT 1 FROM article_urls u JOIN frontier f ON f.url = u.url
                            WHERE u.article_id = w.article_id AND f.state IN ('stored', 'unchanged')
                              AND f.visited > w.fetched)
           AND w.fetched >= {since})
"""
_WITHDRAWN = f"""
SELECT a.id, a.url, o.domain, o.name AS outlet, a.title,
       (SELECT max(fetched) FROM versions WHERE article_id = a.id AND sha256 = 'withdrawn') AS "when"
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
 WHERE {_GONE.format(article="a", since=":since")} ORDER BY "when" DESC, a.id
"""  # noqa: S608
# Who took from a page, who took from those, and who carries the same text; not those gone themselves.
_CARRIERS = f"""
WITH RECURSIVE takers (id) AS (
    SELECT l.child_id FROM links l WHERE l.source_id = :page AND {TAKEN} AND l.relation <> 'revises'
     UNION
    SELECT l.child_id FROM links l JOIN takers t ON l.source_id = t.id
     WHERE {TAKEN} AND l.relation <> 'revises'
     LIMIT {MAX_CARRIERS}
), carriers (id) AS (
    SELECT id FROM takers
     UNION SELECT l.child_id FROM links l WHERE l.source_id = :page AND l.relation = 'sibling' AND {STANDS}
     UNION SELECT l.source_id FROM links l WHERE l.child_id = :page AND l.relation = 'sibling' AND {STANDS}
)
SELECT a.url, o.domain, o.name AS outlet, a.title, a.last_seen
  FROM carriers JOIN articles a ON a.id = carriers.id JOIN outlets o ON o.id = a.outlet_id
 WHERE a.phantom = 0 AND a.id <> :page AND NOT {_GONE.format(article="a", since="''")}
 ORDER BY o.domain, a.url
"""  # noqa: S608
_TITLES = "SELECT id, title FROM articles WHERE id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is new; every time is ISO 8601 text in UTC."""

    since: str
    until: str
    outlet: str | None
    copies: tuple[Row, ...]  # links as exported, with `when` and `title`
    edits: tuple[Row, ...]
    withdrawn: tuple[Row, ...]  # each with its `carriers`

    @property
    def doubtful(self) -> tuple[Row, ...]:
        """The copies on whose pages no credit was found, or for which the user's file says: no licence."""
        return tuple(copy for copy in self.copies if is_doubtful(copy))

    def __bool__(self) -> bool:
        return bool(self.copies or self.edits or self.withdrawn)

    def as_dict(self) -> Row:
        """The report as one JSON object."""
        doubtful = {"without_credit_or_licence": [copy["id"] for copy in self.doubtful]}
        lists = {"copies": list(self.copies), "edits": list(self.edits), "withdrawn": list(self.withdrawn)}
        return {"since": self.since, "until": self.until, "outlet": self.outlet} | lists | doubtful


def is_doubtful(copy: Row) -> bool:
    """Whether no credit was found on the copy's page, or the user's licences say that it has none."""
    return copy["credited"] == "none_found" or copy["licensed"] == "no"


def report(
    db: Database,
    since: datetime,
    now: datetime,
    *,
    outlet: str | None = None,
    licences: Licences | None = None,
) -> Report:
    """What became known between two times: of every outlet, or of one (by domain or name) as either end."""
    told = {"since": stamp(since), "outlet": outlet}
    return Report(
        since=told["since"],
        until=stamp(now),
        outlet=outlet,
        copies=tuple(_copies(db, told, licences)),
        edits=tuple(_without_id(row) for row in rows(db, _EDITS, told)),
        withdrawn=tuple(_withdrawn(db, told)),
    )


def _copies(db: Database, told: Row, licences: Licences | None) -> Iterator[Row]:
    known = {row["id"]: row["known"] for row in rows(db, _COPIES, told)}
    links = {link["id"]: link for link in listed_links(db, known.keys(), licences=licences)}
    for id_, when in known.items():
        titles = [row["title"] for row in rows(db, _TITLES, [links[id_]["child"]])]
        yield {"when": when, "title": titles[0]} | links[id_]


def _withdrawn(db: Database, told: Row) -> Iterator[Row]:
    for story in list(rows(db, _WITHDRAWN, {"since": told["since"]})):
        carriers = [dict(row) for row in rows(db, _CARRIERS, {"page": story["id"]})]
        concerned = {story["domain"], story["outlet"]}
        concerned |= {name for page in carriers for name in (page["domain"], page["outlet"])}
        if carriers and (told["outlet"] is None or told["outlet"] in concerned):
            yield _without_id(story) | {"carriers": carriers}


def _without_id(row: Any) -> Row:
    return {name: value for name, value in dict(row).items() if name != "id"}


def time_before(words: str, now: datetime) -> datetime:
    """The time that "12h", "1d" or "2w" before `now` means, or the day (UTC) that "2026-03-01" names.

    Raises BadInput for other words.

    >>> time_before("1d", datetime(2026, 3, 2, 6, tzinfo=UTC)).isoformat()
    '2026-03-01T06:00:00+00:00'
    """
    if found := re.fullmatch(r"(\d{1,5})([hdw])", words):
        return max(now - int(found[1]) * UNITS[found[2]], datetime(1970, 1, 1, tzinfo=UTC))
    try:
        day = date.fromisoformat(words)
    except ValueError as error:
        raise BadInput(f"a time such as 12h, 1d, 2w or 2026-03-01 is needed, not {words!r}") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
