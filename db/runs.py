"""The log of runs: every command that writes says when it began and what came of it."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from db.open import writing
from db.values import plain, stamp

_START = "INSERT INTO runs (command, started, versions) VALUES (?, ?, ?)"
_END = "UPDATE runs SET ended = ?, outcome = ?, counts = ? WHERE id = ?"


def start_run(db: Database, command: str, now: datetime, *, versions: Mapping[str, str] | None = None) -> int:
    """The id of a new run; `versions` names the software and rules at work."""
    with writing(db):
        told = [plain(command), stamp(now), json.dumps(dict(versions or {}))]
        return db.conn.execute(_START, told).lastrowid


def end_run(db: Database, run: int, outcome: str, counts: Mapping[str, int], now: datetime) -> None:
    """Note how a run ended: `outcome` is done, failed or stopped."""
    with writing(db):
        db.conn.execute(_END, [stamp(now), outcome, json.dumps(dict(counts)), run])
