"""`/-/flows`: who takes from whom, as a table, as CSV and JSON, and as GraphML for Gephi.

Counted from `db.flow_days`, by the day of the taker's page.
"""

import io
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, as_json, page
from db.browse.licensed import licences_of
from db.errors import BadCatalogue
from db.export import to_csv
from db.filters import Wanted as Days
from db.find import nearest_outlets
from db.flows import Licensed, licensed_pairs
from db.graphs import flows_graph, to_graphml
from db.licences import ANSWERS
from db.records import RELATIONS
from db.values import rows

PAGE = 100  # pairs on one page
MOST = 5000  # pairs in a download
SECONDS = 8  # a count may take
STEPS = 20_000  # of SQLite's machine between two looks at the clock

CREDITS = {
    "full": "the source is named",
    "partial": "named for a part",
    "other": "another is named",
    "none_found": "no credit found on the page",
    "unknown": "not looked",
}
_NAME = "(SELECT name FROM outlets WHERE id = {}_id) COLLATE NOCASE"
SORTS: Mapping[str, str] = {
    "pages": "pages DESC",
    "source": f"{_NAME.format('source')}, pages DESC",
    "taken_by": f"{_NAME.format('taker')}, pages DESC",
    "credited": "credited DESC, pages DESC",
    "no_credit": "no_credit DESC, pages DESC",
    "last": "last DESC, pages DESC",
}
COLUMNS = ("source_domain", "source", "taken_by_domain", "taken_by", "pages", "relations", "credited",
           "no_credit", "first", "last", "licensed", "not_licensed")  # fmt: skip

# The pairs of one page; their names and relations are looked up for these alone.
_FLOWS = """
WITH top AS (
SELECT source_id, taker_id, sum(links) AS pages,
       sum(iif(credited IN ('full', 'partial'), links, 0)) AS credited,
       sum(iif(credited = 'none_found', links, 0)) AS no_credit, min(day) AS first, max(day) AS last
  FROM flow_days f WHERE links > 0 {conditions}
 GROUP BY source_id, taker_id ORDER BY {order}, source_id, taker_id LIMIT :limit OFFSET :offset)
SELECT source_id, taker_id, so.domain AS source_domain, so.name AS source, co.domain AS taken_by_domain,
       co.name AS taken_by, pages,
       (SELECT group_concat(relation || ' ' || n, ', ')
          FROM (SELECT relation, sum(links) AS n FROM flow_days
                 WHERE source_id = top.source_id AND taker_id = top.taker_id AND links > 0 {conditions}
                 GROUP BY relation ORDER BY n DESC)) AS relations,
       credited, no_credit, first, last
  FROM top JOIN outlets so ON so.id = top.source_id JOIN outlets co ON co.id = top.taker_id
 ORDER BY {order}, source_id, taker_id
"""
_PAIRS = "(source_id, taker_id) {}IN (SELECT value ->> 0, value ->> 1 FROM json_each(:pairs))"
_CONDITIONS: Mapping[str, str] = {
    "since": "day >= :since",
    "until": "day < :until",
    "relation": "relation = :relation",
    "credit": "credited = :credit",
    "outlet": "(source_id IN (SELECT value FROM json_each(:outlets))"
    " OR taker_id IN (SELECT value FROM json_each(:outlets)))",
}
_OUTLETS = "SELECT id FROM outlets WHERE domain = :outlet OR lower(name) = :outlet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the flows is asked for; "" asks for all."""

    since: str = ""
    until: str = ""
    relation: str = ""
    credit: str = ""
    outlet: str = ""
    licence: str = ""
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
    wanted = _wanted(ask)
    if strange := _not_understood(ask):
        return _shown(ask, wanted, [], f"{strange}. Nothing was looked up.", 400)
    if wanted.outlet and not _outlets(db, wanted):
        near = nearest_outlets(db, wanted.outlet)
        there = f" (there are: {', '.join(near)})" if near else ""
        return _shown(ask, wanted, [], f"No outlet {wanted.outlet!r} in the database{there}.", 404)
    try:
        licences = licences_of(db, ask.tools.licences)
        with time_limit(db.conn, SECONDS):
            known = {} if licences is None else licensed_pairs(db, licences, _days(wanted), wanted.credit)
            found = _told(db, wanted, known, MOST if ask.form else PAGE + 1)
    except BadCatalogue as error:
        return _shown(ask, wanted, [], str(error), 500)
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        words = (
            "The count took too long: ask for fewer days or one outlet. newstrace export flows has no limit."
        )
        return _shown(ask, wanted, [], words, 503)
    if ask.form == "json":
        return as_json({"wanted": wanted.query(), "flows": found})
    if ask.form == "csv":
        file = io.StringIO()
        to_csv(found, file, COLUMNS)
        return _download(file.getvalue(), "text/csv; charset=utf-8", "flows.csv")
    if ask.form == "graphml":
        return _download(to_graphml(flows_graph(found)), "application/xml; charset=utf-8", "flows.graphml")
    return _shown(ask, wanted, found, licences=licences is not None)


def _told(
    db: Database, wanted: Wanted, known: Mapping[tuple[int, int], Licensed], limit: int
) -> list[dict[str, Any]]:
    """The rows, each with how many of its links the licences speak of; None where there is no file."""
    told = []
    for row in map(dict, _found(db, wanted, known, limit)):
        said = known.get((row.pop("source_id"), row.pop("taker_id")), Licensed())
        told.append(row | {"licensed": said.yes, "not_licensed": said.no})
    return told


def _download(body: str | bytes, kind: str, name: str) -> Answer:
    return Answer(body=body, type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _shown(
    ask: Ask,
    wanted: Wanted,
    found: list[dict[str, Any]],
    problem: str = "",
    status: int = 200,
    *,
    licences: bool = False,
) -> Answer:
    if problem and ask.form == "json":
        return as_json({"error": problem, "wanted": wanted.query(), "flows": []}, status)
    words = {"wanted": wanted, "rows": found[:PAGE], "more": len(found) > PAGE, "licences": licences}
    words |= {"relations": RELATIONS, "credits": CREDITS, "answers": ANSWERS, "size": PAGE}
    return page(ask, "flows.html", status=status, problem=problem, **words)


def _not_understood(ask: Ask) -> str:
    """Which filter of the address cannot be understood, and what it takes; "" when all can be."""
    for name in ("since", "until"):
        if ask.arg(name) and not _day(ask.arg(name)):
            return f"{name} is a day such as 2026-03-01, not {ask.arg(name, 80)!r}"
    for name, known in (("relation", RELATIONS), ("credit", CREDITS), ("licence", ANSWERS)):
        if ask.arg(name) and ask.arg(name) not in known:
            return f"{name} is one of {', '.join(known)}, not {ask.arg(name, 80)!r}"
    since, until = _day(ask.arg("since")), _day(ask.arg("until"))
    return f"since ({since}) is after until ({until})" if since and until and since > until else ""


def _outlets(db: Database, wanted: Wanted) -> list[int]:
    """The outlets of the domain or name asked for."""
    return [row["id"] for row in rows(db, _OUTLETS, {"outlet": wanted.outlet})] if wanted.outlet else []


def _wanted(ask: Ask) -> Wanted:
    """What is asked for; what cannot be asked for is left out."""
    relation, credit, licence, sort = (ask.arg(n) for n in ("relation", "credit", "licence", "sort"))
    start = ask.arg("start")
    return Wanted(
        since=_day(ask.arg("since")),
        until=_day(ask.arg("until")),
        relation=relation if relation in RELATIONS else "",
        credit=credit if credit in CREDITS else "",
        outlet=ask.arg("outlet").lower()[:200],
        licence=licence if licence in ANSWERS and ask.tools.licences else "",
        sort=sort if sort in SORTS else "pages",
        start=min(int(start), 1_000_000) if start.isascii() and start.isdigit() else 0,
    )


def _days(wanted: Wanted) -> Days:
    """The days and the relation as every export takes them."""
    since, until = (date.fromisoformat(day) if day else None for day in (wanted.since, wanted.until))
    return Days(since=since, until=until, relation=(wanted.relation,) if wanted.relation else ())


def _day(typed: str) -> str:
    """A day as typed, "" for what is none."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return ""


def _found(
    db: Database, wanted: Wanted, known: Mapping[tuple[int, int], Licensed], limit: int
) -> Iterator[sqlite3.Row]:
    parts = [condition for name, condition in _CONDITIONS.items() if getattr(wanted, name)]
    if wanted.licence:
        parts.append(_PAIRS.format("NOT " if wanted.licence == "unknown" else ""))
    # Every piece is a text of this module; what was typed travels as a parameter.
    conditions = "".join(f" AND {part}" for part in parts)
    sql = _FLOWS.format(conditions=conditions, order=SORTS[wanted.sort])
    until = (date.fromisoformat(wanted.until) + timedelta(days=1)).isoformat() if wanted.until else ""
    outlets = _outlets(db, wanted)
    given = {"since": wanted.since, "until": until, "relation": wanted.relation, "credit": wanted.credit}
    given |= {"outlets": json.dumps(outlets), "pairs": json.dumps(_spoken_of(known, wanted.licence))}
    return rows(db, sql, given | {"limit": limit, "offset": wanted.start})


def _spoken_of(known: Mapping[tuple[int, int], Licensed], licence: str) -> Collection[tuple[int, int]]:
    """The pairs with a link of that answer; for "unknown" those whose every link the file speaks of."""
    if licence == "unknown":
        return [pair for pair, said in known.items() if not said.unknown]
    return [pair for pair, said in known.items() if getattr(said, licence, 0)]


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
