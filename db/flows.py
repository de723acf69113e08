"""Who takes from whom: rows for exports, and what the user's licences say of each pair's links."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any

from sqlite_utils import Database

from db.filters import EVERYTHING, Wanted, condition
from db.licences import Licences, answer
from db.told import TAKEN, published_on
from db.values import rows

HOUR = 3600.0  # seconds

_LINKS = f"""
  FROM links l JOIN articles c ON c.id = l.child_id JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id
 WHERE {TAKEN} AND co.id <> so.id
"""
_TAKEN_PAGES = f"SELECT co.id, count(DISTINCT l.child_id) AS pages {_LINKS}"
_FLOWS = f"""
SELECT so.id AS source_id, co.id AS taker_id, so.domain AS source_domain, so.name AS source,
       co.domain AS taken_by_domain, co.name AS taken_by, l.child_id, l.relation, l.credited,
       c.published AS taken, s.published AS given, substr(coalesce(c.published, c.first_seen), 1, 10) AS day
{_LINKS}
"""


@dataclass(frozen=True, slots=True)
class Licensed:
    """How many links of a pair the licences speak of, and of how many they say nothing."""

    yes: int = 0
    no: int = 0
    unknown: int = 0


def licensed_pairs(
    db: Database, licences: Licences, wanted: Wanted = EVERYTHING, credit: str = ""
) -> dict[tuple[int, int], Licensed]:
    """By (source outlet, taking outlet), of the pairs that the licences speak of."""
    found = {}
    for pair in _spoken_of(db, licences):
        counted = Counter(_answers(db, licences, pair, wanted, credit))
        if counted:
            found[pair["source_id"], pair["taker_id"]] = Licensed(
                counted["yes"], counted["no"], counted["unknown"]
            )
    return found


# Outlets of the licences that take, and every outlet each one takes from.
_TAKERS = """
SELECT DISTINCT f.source_id, f.taker_id, co.domain AS taker, so.domain, so.name
  FROM outlets co JOIN flow_days f ON f.taker_id = co.id JOIN outlets so ON so.id = f.source_id
 WHERE co.domain IN (SELECT value FROM json_each(?)) AND f.links > 0
"""
_BETWEEN = f"""
SELECT l.child_id FROM articles c JOIN links l ON l.child_id = c.id JOIN articles s ON s.id = l.source_id
 WHERE c.outlet_id = ? AND s.outlet_id = ? AND {TAKEN} AND (? = '' OR l.credited = ?)
"""  # noqa: S608


def _spoken_of(db: Database, licences: Licences) -> Iterator[Mapping[str, Any]]:
    for row in rows(db, _TAKERS, [json.dumps(sorted(licences.takers()))]):
        if licences.between(row["taker"], row["domain"], row["name"]):
            yield dict(row)


def _answers(
    db: Database, licences: Licences, pair: Mapping[str, Any], wanted: Wanted, credit: str
) -> Iterator[str]:
    """What the licences say of each link of the pair."""
    told = licences.between(pair["taker"], pair["domain"], pair["name"])
    these, given = condition("links", wanted)
    sql = f"{_BETWEEN} AND {these}"
    for row in rows(db, sql, [pair["taker_id"], pair["source_id"], credit, credit, *given]):
        yield answer(told, published_on(db, row["child_id"]))


def flows(
    db: Database,
    *,
    all_: bool = False,  # noqa: ARG001 - the signature of every export
    wanted: Wanted = EVERYTHING,
    licences: Licences | None = None,
) -> Iterator[dict[str, Any]]:
    """One row for each source and taker with accepted links between them, by outlet id.

    `share` is of the pages of the taker that took from anyone; a page that takes from two counts for both.
    """
    these, told = condition("flows", wanted)
    counted = rows(db, f"{_TAKEN_PAGES} AND {these} GROUP BY co.id", told)
    taken = {row["id"]: row["pages"] for row in counted}
    links = rows(db, f"{_FLOWS} AND {these} ORDER BY so.id, co.id, l.id", told)
    for (_, taker), found in groupby(links, key=lambda row: (row["source_id"], row["taker_id"])):
        yield _flow(db, list(map(dict, found)), taken[taker], licences)


def _flow(db: Database, links: list[dict[str, Any]], taken: int, licences: Licences | None) -> dict[str, Any]:
    first = links[0]
    pages = {link["child_id"]: link for link in links}
    relations = Counter(link["relation"] for link in links)
    lags = [lag for link in links if (lag := _lag(link)) is not None]
    names = ("source_domain", "source", "taken_by_domain", "taken_by")
    told = {name: first[name] for name in names} | {
        "pages": len(pages),
        "links": len(links),
        "share": len(pages) / taken,
        "relations": ", ".join(f"{name} {n}" for name, n in relations.most_common()),
        "credited": sum(link["credited"] in ("full", "partial") for link in links),
        "no_credit": sum(link["credited"] == "none_found" for link in links),
        "median_lag_hours": round(median(lags), 2) if lags else None,
        "first": min(link["day"] for link in links),
        "last": max(link["day"] for link in links),
    }
    return told | _licences(db, links, licences)


def _lag(link: Mapping[str, Any]) -> float | None:
    """Hours between the two stated times; None where either is not stated."""
    if not link["taken"] or not link["given"]:
        return None
    return (
        datetime.fromisoformat(link["taken"]) - datetime.fromisoformat(link["given"])
    ).total_seconds() / HOUR


def _licences(db: Database, links: list[dict[str, Any]], licences: Licences | None) -> dict[str, int | None]:
    """How many links are licensed and not; None where no licences are given."""
    if licences is None:
        return {"licensed": None, "not_licensed": None}
    first = links[0]
    told = licences.between(first["taken_by_domain"], first["source_domain"], first["source"])
    said = Counter(answer(told, published_on(db, link["child_id"])) for link in links) if told else Counter()
    return {"licensed": said["yes"], "not_licensed": said["no"]}
