"""Counts that read a whole table, made once a while for all requests, never while one waits for them.

What is cheap is counted anew each time.  What took long is kept; once it is older than a minute a
thread of its own counts again, over a connection of its own, while answers still give the old value.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.open import open_read

CHEAP = 0.02  # seconds; what takes no longer is not kept
OLD = 60.0  # seconds until it is counted again
REST = 10  # times as long as the counting itself took, at least, until it is counted again

_kept: dict[tuple[str, str], tuple[Any, float, float]] = {}  # value, when, seconds it took
_first: dict[tuple[str, str], threading.Lock] = {}
_busy: set[tuple[str, str]] = set()
_lock = threading.Lock()


def remembered(db: Database, name: str, count: Callable[[Database], Any]) -> Any:
    """What `count(db)` gives, perhaps as it was a minute ago."""
    file = db.conn.execute("PRAGMA database_list").fetchone()[2]
    key = (file, name)
    with _lock:
        known = _kept.get(key) if file else None
        first = _first.setdefault(key, threading.Lock())
    if known is None:
        with first:  # who comes while it is counted for the first time waits for that count
            return _kept[key][0] if key in _kept else _count(db, key, count)
    value, when, took = known
    if time.monotonic() - when > max(OLD, REST * took):
        _again(file, key, count)
    return value


def warm(path: Path, counts: Mapping[str, Callable[[Database], Any]]) -> None:
    """Begin counting these in a thread, before somebody asks."""

    def work() -> None:
        db = open_read(path)
        try:
            for name, count in counts.items():
                remembered(db, name, count)
        finally:
            db.close()

    threading.Thread(target=work, daemon=True).start()


def _count(db: Database, key: tuple[str, str], count: Callable[[Database], Any]) -> Any:
    begun = time.monotonic()
    value = count(db)
    took = time.monotonic() - begun
    with _lock:
        if took > CHEAP and key[0]:
            _kept[key] = (value, time.monotonic(), took)
    return value


def _again(file: str, key: tuple[str, str], count: Callable[[Database], Any]) -> None:
    with _lock:
        if key in _busy:
            return
        _busy.add(key)
    threading.Thread(target=_count_aside, args=(file, key, count), daemon=True).start()


def _count_aside(file: str, key: tuple[str, str], count: Callable[[Database], Any]) -> None:
    try:
        conn = sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True)
        try:
            _count(Database(conn, execute_plugins=False), key, count)
        finally:
            conn.close()
    finally:
        with _lock:
            _busy.discard(key)
