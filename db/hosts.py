"""What hosts said of visits: their robots files, their reservations, and the rest they asked for."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db.open import writing
from db.values import one, plain, rows, stamp

Rules = tuple[tuple[str, bool], ...]
"""(path pattern, whether text and data mining is reserved there) pairs, as tdmrep.json states them."""

_PUT_ROBOTS = """
INSERT INTO robots (origin, status, body, fetched) VALUES (?, ?, ?, ?)
    ON CONFLICT (origin) DO UPDATE
   SET status = excluded.status, body = excluded.body, fetched = excluded.fetched
"""
_PUT_RESERVATIONS = """
INSERT INTO robots (origin, status, body, fetched, reservations, reservations_fetched)
VALUES (?1, 0, x'', '', ?2, ?3)
    ON CONFLICT (origin) DO UPDATE
   SET reservations = excluded.reservations, reservations_fetched = excluded.reservations_fetched
"""
_PUT_REST = """
INSERT INTO rests (host, until, why) VALUES (?, ?, ?)
    ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until), why = excluded.why
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """A robots.txt as it was answered."""

    status: int
    body: bytes


def robots_file(db: Database, origin: str, since: datetime) -> RobotsFile | None:
    """The robots.txt of an origin as fetched at or after `since`; None when there is none so young."""
    row = one(db, "SELECT status, body FROM robots WHERE origin = ? AND fetched >= ?", [origin, stamp(since)])
    return RobotsFile(status=row["status"], body=row["body"]) if row else None


def put_robots(db: Database, origin: str, file: RobotsFile, now: datetime) -> None:
    """Keep a robots.txt."""
    with writing(db):
        db.conn.execute(_PUT_ROBOTS, [origin, file.status, file.body, stamp(now)])


def reservations(db: Database, origin: str, since: datetime) -> Rules | None:
    """What the well-known file of an origin reserves; None when it was not asked at or after `since`."""
    sql = "SELECT reservations FROM robots WHERE origin = ? AND reservations_fetched >= ?"
    row = one(db, sql, [origin, stamp(since)])
    return (
        tuple((path, bool(reserved)) for path, reserved in json.loads(row["reservations"])) if row else None
    )


def put_reservations(db: Database, origin: str, rules: Iterable[tuple[str, bool]], now: datetime) -> None:
    """Keep what the well-known file of an origin reserves; no rules: there is no such file."""
    with writing(db):
        db.conn.execute(_PUT_RESERVATIONS, [origin, plain(json.dumps(list(rules))), stamp(now)])


def put_rest(db: Database, host: str, until: datetime, why: str) -> None:
    """Leave a host alone until then; a shorter rest never cuts a longer one."""
    with writing(db):
        db.conn.execute(_PUT_REST, [host, stamp(until), plain(why)])


def resting(db: Database, now: datetime) -> dict[str, datetime]:
    """Until when each host that asked for rest is to be left alone."""
    sql = "SELECT host, until FROM rests WHERE until > ?"
    return {row["host"]: datetime.fromisoformat(row["until"]) for row in rows(db, sql, [stamp(now)])}
