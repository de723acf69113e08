"""`/-/flows`: who takes from whom, counted by pair of outlets; sorted and filtered by the address alone.

A date is of the taker's publication as stated; of a page that states none, of when it was first seen.
On a large file the last days are counted unless an earlier start is asked for: a count of everything
would read everything.
"""

import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, as_json, page
from db.export import to_csv
from db.graphs import flows_graph, to_graphml
from db.records import RELATIONS
from db.told import TAKEN
from db.values import one, rows

PAGE = 100  # pairs on one page
MOST = 5000  # pairs in a download
LARGE = 200_000  # links above which only the last days are counted unasked
DAYS = 14
SECONDS = 8  # a count may take
STEPS = 20_000  # of SQLite's machine between two looks at the clock

CREDITS = {
    "full": "the source is named",
    "partial": "named for a part",
    "other": "another is named",
    "none_found": "no credit found on the page",
    "unknown": "not looked",
}
SORTS: Mapping[str, str] = {
    "pages": "pages DESC",
    "source": "source COLLATE NOCASE, pages DESC",
    "taken_by": "taken_by COLLATE NOCASE, pages DESC",
    "credited": "credited DESC",
    "no_credit": "no_credit DESC",
    "last": "last DESC",
}
COLUMNS = ("source_domain", "source", "taken_by_domain", "taken_by", "pages", "relations", "credited",
           "no_credit", "first", "last")  # fmt: skip

_FLOWS = """
SELECT source_domain, source, taken_by_domain, taken_by, sum(n) AS pages,
       group_concat(relation || ' ' || n, ', ') AS relations, sum(credited) AS credited,
       sum(no_credit) AS no_credit, min(first) AS first, max(last) AS last
  FROM (SELECT so.id AS so, co.id AS co, so.domain AS source_domain, so.name AS source,
               co.domain AS taken_by_domain, co.name AS taken_by, g.*
          FROM (SELECT s.outlet_id AS source_outlet, c.outlet_id AS child_outlet, l.relation, count(*) AS n,
                       sum(l.credited IN ('full', 'partial')) AS credited,
                       sum(l.credited = 'none_found') AS no_credit,
                       min(coalesce(c.published, c.first_seen)) AS first,
                       max(coalesce(c.published, c.first_seen)) AS last
                  FROM articles c CROSS JOIN links l ON l.child_id = c.id
                  JOIN articles s ON s.id = l.source_id
                 WHERE {taken}{conditions} AND s.outlet_id <> c.outlet_id
                 GROUP BY 1, 2, 3) g
          JOIN outlets so ON so.id = g.source_outlet JOIN outlets co ON co.id = g.child_outlet
         WHERE 1{outlet}
         ORDER BY n DESC)
 GROUP BY so, co ORDER BY {order}, source, taken_by LIMIT :limit OFFSET :offset
"""
_WHEN = """
 AND ((c.published >= :since AND c.published < :until)
   OR (c.published IS NULL AND c.first_seen >= :since AND c.first_seen < :until))
"""
_NEWEST = "SELECT max(published) AS published, max(first_seen) AS first_seen FROM articles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the flows is asked for; "" asks for all."""

    since: str = ""
    until: str = ""
    relation: str = ""
    credit: str = ""
    outlet: str = ""
    sort: str = "pages"
    start: int = 0

    def query(self, **changed: Any) -> dict[str, Any]:
        """The arguments of the page with these, some changed."""
        told = {name: getattr(self, name) for name in self.__slots__} | changed
        told["start"] = told["start"] or ""
        told["sort"] = "" if told["sort"] == "pages" else told["sort"]
        return told


def flows(db: Database, ask: Ask) -> Answer:
    """The table, or the same as JSON, CSV or GraphML."""
    wanted, narrowed = _wanted(db, ask)
    limit = MOST if ask.form else PAGE + 1
    try:
        with time_limit(db.conn, SECONDS):
            found = [dict(row) for row in _found(db, wanted, limit)]
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        return _shown(
            ask, wanted, [], narrowed, "The count took too long: ask for fewer days or one outlet.", 503
        )
    if ask.form == "json":
        return as_json({"wanted": wanted.query(), "flows": found})
    if ask.form == "csv":
        file = io.StringIO()
        to_csv(found, file, COLUMNS)
        return _download(file.getvalue(), "text/csv; charset=utf-8", "flows.csv")
    if ask.form == "graphml":
        return _download(to_graphml(flows_graph(found)), "application/xml; charset=utf-8", "flows.graphml")
    return _shown(ask, wanted, found, narrowed)


def _download(body: str | bytes, kind: str, name: str) -> Answer:
    return Answer(body=body, type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _shown(
    ask: Ask,
    wanted: Wanted,
    found: list[dict[str, Any]],
    narrowed: bool,
    problem: str = "",
    status: int = 200,
) -> Answer:
    more = len(found) > PAGE
    words = {"wanted": wanted, "rows": found[:PAGE], "more": more, "narrowed": narrowed, "days": DAYS}
    words |= {"relations": RELATIONS, "credits": CREDITS, "sorts": SORTS, "size": PAGE}
    return page(ask, "flows.html", status=status, problem=problem, **words)


def _wanted(db: Database, ask: Ask) -> tuple[Wanted, bool]:
    """What is asked for, and whether we asked for the last days on our own."""
    since, until = _day(ask.arg("since")), _day(ask.arg("until"))
    outlet = ask.arg("outlet").lower()[:200]
    newest = one(db, _NEWEST)["published"] if not since and not outlet and _is_large(db) else None
    if newest:
        since = (date.fromisoformat(newest[:10]) - timedelta(days=DAYS)).isoformat()
    relation, credit, sort = ask.arg("relation"), ask.arg("credit"), ask.arg("sort")
    start = ask.arg("start")
    wanted = Wanted(
        since=since,
        until=until,
        relation=relation if relation in RELATIONS else "",
        credit=credit if credit in CREDITS else "",
        outlet=outlet,
        sort=sort if sort in SORTS else "pages",
        start=min(int(start), 1_000_000) if start.isascii() and start.isdigit() else 0,
    )
    return wanted, bool(newest)


def _is_large(db: Database) -> bool:
    return (one(db, "SELECT max(id) AS id FROM links")["id"] or 0) > LARGE


def _day(typed: str) -> str:
    """A day as typed, "" for what is none."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return ""


def _found(db: Database, wanted: Wanted, limit: int) -> Iterator[sqlite3.Row]:
    conditions = _WHEN if wanted.since or wanted.until else ""
    conditions += " AND l.relation = :relation" if wanted.relation else ""
    conditions += " AND l.credited = :credit" if wanted.credit else ""
    outlet = (
        " AND (:outlet IN (so.domain, lower(so.name), co.domain, lower(co.name)))" if wanted.outlet else ""
    )
    # Every piece is a text of this module; what was typed travels as a parameter.
    sql = _FLOWS.format(taken=TAKEN, conditions=conditions, outlet=outlet, order=SORTS[wanted.sort])
    until = (date.fromisoformat(wanted.until) + timedelta(days=1)).isoformat() if wanted.until else "9999"
    given = {"since": wanted.since, "until": until, "relation": wanted.relation, "credit": wanted.credit}
    return rows(db, sql, given | {"outlet": wanted.outlet, "limit": limit, "offset": wanted.start})


@contextmanager
def time_limit(conn: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Queries of the block end with OperationalError ("interrupted") when they take longer."""
    import time

    end = time.monotonic() + seconds
    conn.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    finally:
        conn.set_progress_handler(None, 0)
