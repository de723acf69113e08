"""Coders' filled files in, their words out: the columns of `db.sample`, as a spreadsheet saved them.

A row that cannot be taken is named with its number as the spreadsheet shows it, and the rest goes in.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from db.errors import BadInput, BadUrl, UnknownArticle
from db.judgements import VERDICTS, Word, put_word, settle_all
from db.open import writing

NEEDED = ("child_url", "source_url", "verdict")
MAX_CELL = 1_000_000  # characters

Row = Mapping[str, str]


def take_files(
    db: Database, paths: list[Path], *, by: str, now: datetime
) -> tuple[set[tuple[str, str]], int, list[str]]:
    """The pairs that the files' words are on, how many words were kept, and what was refused and why.

    Who says so is the row's `by`, else `by`, else the file's name.  Links follow the majority.
    Raises BadInput for a file that is no such table; nothing of any file is kept then.
    """
    files = [(path, list(_rows(path))) for path in paths]
    pairs: set[tuple[str, str]] = set()
    refused: list[str] = []
    kept = 0
    with writing(db):
        for path, table in files:
            for number, row in table:
                try:
                    pairs.add(put_word(db, _word(row, by or path.stem), now))
                    kept += 1
                except (BadInput, BadUrl, UnknownArticle) as error:
                    refused.append(f"{path}: row {number}: {error}")
        settle_all(db, pairs)
    return pairs, kept, refused


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows with their numbers; the line of names is row 1."""
    words = _text(path)
    first = words.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets write what their country writes
    limit = csv.field_size_limit(MAX_CELL)
    try:
        table = list(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BadInput(f"{path}: not a CSV file: {error}") from error
    finally:
        csv.field_size_limit(limit)
    names = [cell.strip().lower() for cell in table[0]] if table else []
    if missing := [name for name in NEEDED if name not in names]:
        raise BadInput(
            f"{path}: no column {missing[0]!r} in its first line: is it a file of `newstrace sample`?"
        )
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(names, (cell.strip() for cell in cells), strict=False))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 (byte {error.start}): save it as `CSV UTF-8`") from error


def _word(row: Row, by: str) -> Word:
    child, source = row.get("child_url", ""), row.get("source_url", "")
    verdict = row.get("verdict", "").lower()
    if not verdict:
        raise BadInput("no verdict")
    if verdict not in VERDICTS:
        raise BadInput(f"a verdict is one of {', '.join(VERDICTS)}, not {verdict[:40]!r}")
    if not child or not source:
        raise BadInput("no child_url" if not child else "no source_url")
    return Word(
        child=child,
        source=source,
        verdict=verdict,
        judge=row.get("by") or by,
        note=row.get("note", ""),
        relation=row.get("relation", ""),
        stratum=row.get("stratum") or None,
        stratum_size=_count(row.get("stratum_size", "")),
    )


def _count(cell: str) -> int | None:
    """The whole number in a cell, None for an empty one. Raises BadInput."""
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 12 and int(cell)):
        raise BadInput(f"stratum_size is a whole number from 1, not {cell[:40]!r}")
    return int(cell)
