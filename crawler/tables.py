"""Archives in an SQLite file become rows: the one table that has the columns, read as it stands.

NELA-GT, for one, comes so: `newstrace import nela.db --map text=content,outlet=source`.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from db.errors import BadInput

MAGIC = b"SQLite format 3\x00"  # how every such file begins

_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'"
_SHOWN = 300  # characters of names in a message


def is_sqlite(path: str) -> bool:
    """Whether a file is an SQLite database by its first bytes."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def table_rows(
    path: str, keys: Sequence[str], mapping: Mapping[str, str]
) -> Iterator[tuple[int, Mapping[str, object] | BadInput]]:
    """(number, row by column) of the table that has a column for `url`, one for `text` or `html`, and every
    mapped one; `mapping` gives the column of a key that is not called so.

    Raises BadInput where no table is such a one, or several are.
    """
    db = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    number = 0
    try:
        table, columns = _fitting(_tables(db), mapping)
        wanted = [column for key in keys if (column := mapping.get(key, key)) in columns]
        chosen = ", ".join(map(_quoted, wanted))
        for number, row in enumerate(db.execute(f"SELECT {chosen} FROM {_quoted(table)}"), start=1):  # noqa: S608
            yield number, dict(zip(wanted, row, strict=True))
    except sqlite3.Error as error:
        yield number + 1, BadInput(f"the rest of the file cannot be read as SQLite ({error})")
    finally:
        db.close()


def _tables(db: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables and views of a file, each with its columns."""
    names = [name for (name,) in db.execute(_TABLES)]
    return {n: [row[1] for row in db.execute(f"PRAGMA table_info({_quoted(n)})")] for n in names}


def _fitting(tables: Mapping[str, list[str]], mapping: Mapping[str, str]) -> tuple[str, list[str]]:
    """The one table that rows can be read from, and its columns."""
    url, text, html = (mapping.get(key, key) for key in ("url", "text", "html"))
    needed = {url, *mapping.values()}
    fitting = [n for n, held in tables.items() if needed <= set(held) and {text, html} & set(held)]
    if len(fitting) == 1:
        return fitting[0], tables[fitting[0]]
    if fitting:
        raise BadInput(f"several tables could be meant: {', '.join(fitting)[:_SHOWN]}; leave one in the file")
    listed = "; ".join(f"{name} ({', '.join(held)})" for name, held in tables.items())[:_SHOWN]
    wanted = ", ".join(f"`{column}`" for column in sorted(needed - {text, html}))
    raise BadInput(f"no table has the columns {wanted} and `{text}` (--map KEY=COLUMN); there are: {listed}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
