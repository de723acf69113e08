"""Values as the tables hold them: text SQLite takes, times in one spelling, lists as JSON."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlite_utils import Database

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """`text` without what SQLite refuses or cuts at: NUL dropped, lone surrogates as U+FFFD.

    >>> plain("a\\x00b\\udcffc") == "ab\\ufffdc"
    True
    """
    text = text.replace("\x00", "")
    return text if _is_sound(text) else _LONE_SURROGATE.sub("�", text)


def _is_sound(text: str) -> bool:
    """Whether a text holds no lone surrogate; encoding it tells that soonest."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=4096)
def stamp(time: datetime) -> str:
    """`time` as ISO 8601 text in UTC to the second, so that text order is time order.

    Raises ValueError for a time without a zone: what it means is not known.
    """
    if time.tzinfo is None:
        raise ValueError(f"a time without a zone: {time.isoformat()}")
    return time.astimezone(UTC).isoformat(timespec="seconds")


def stamp_or_none(time: datetime | None) -> str | None:
    """`stamp(time)`, or None for None."""
    return None if time is None else stamp(time)


def packed(values: Sequence[Any]) -> str:
    """`values` as JSON text, cleaned like any other text."""
    return plain(json.dumps(values, ensure_ascii=False))


def rows(db: Database, sql: str, parameters: Sequence[Any] = ()) -> Iterator[sqlite3.Row]:
    """The rows a query gives, one by one, readable by column name."""
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(sql, parameters)


def one(db: Database, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
    """The first row a query gives, or None when it gives none.

    The rest is read too: a statement left halfway would keep its lock.
    """
    found = list(rows(db, sql, parameters))
    return found[0] if found else None


AT_ONCE = 32  # rows of one statement
_MANY = 500


def insert_rows(db: Database, into: str, told: Iterable[Sequence[Any]]) -> None:
    """Insert rows by `into`, "INSERT INTO TABLE (NAMES)" with as many names as each row has values.

    AT_ONCE go in by one statement: on a table with triggers each statement keeps a journal to undo it by,
    and that costs more than the row.
    """
    given = list(told)
    if not given:
        return
    row = f"({', '.join('?' * len(given[0]))})"
    heaps = len(given) // AT_ONCE * AT_ONCE
    together = [tuple(chain.from_iterable(given[n : n + AT_ONCE])) for n in range(0, heaps, AT_ONCE)]
    db.conn.executemany(f"{into} VALUES {', '.join([row] * AT_ONCE)}", together)
    db.conn.executemany(f"{into} VALUES {row}", given[heaps:])


def insert(db: Database, table: str, facts: Mapping[str, Any]) -> int:
    """The row id of a new row of `table`; table and column names are ours, never a page's."""
    return db.conn.execute(_inserting(table, tuple(facts)), list(facts.values())).lastrowid


@lru_cache(maxsize=256)
def _inserting(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def insert_columns(db: Database, into: str, columns: Sequence[Iterable[Any]]) -> None:
    """The same of rows given as columns of equal length, many of which go in by one statement."""
    width, first = len(columns), list(columns[0])
    values = [None] * (width * len(first))
    for place, column in enumerate((first, *columns[1:])):
        values[place::width] = column
    row = f"({', '.join('?' * width)})"
    many, step = f"{into} VALUES {', '.join([row] * _MANY)}", width * _MANY
    whole = len(values) // step * step
    for start in range(0, whole, step):
        db.conn.execute(many, values[start : start + step])
    rest = iter(values[whole:])
    db.conn.executemany(f"{into} VALUES {row}", zip(*[rest] * width, strict=True))
