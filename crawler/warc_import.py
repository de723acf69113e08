"""`import` of WARC files: read on every core, stored batch by batch, gone on with where it was stopped."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler.parallel import Loss, in_order
from crawler.rows import Problem, Row
from crawler.warc import Filters, pages
from db.errors import BadInput
from db.marks import mark_of, put_mark
from db.open import writing
from db.outlets import Names
from db.progress import Tell
from db.records import Article

CHUNK = 64  # pages read by one process at a time, and stored in one transaction

Piece = list[tuple[int, str, Row | BadInput]]  # (offset, place, page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How pages become articles, and where those go."""

    names: Names
    read: Callable[..., list[Article | Problem]]  # of (place, page) pairs; a module's function
    lost: Callable[..., list[Article | Problem]]  # the same where their reader was killed over them
    keep: Callable[[Iterable[Article | Problem]], None]
    tell: Tell


def import_warc(db: Database, path: str, filters: Filters, intake: Intake) -> bool:
    """Take the pages of one WARC file in; False where that was done before.

    The mark moves with each batch, in one transaction, so a rerun reads no page twice that was stored.
    """
    name = _identity(path, filters)
    offset, done = mark_of(db, name)
    if done:
        intake.tell.say(f"{path}: taken in before, nothing to do")
        return False
    if offset:
        intake.tell.say(f"{path}: going on at byte {offset:,}")
    size = Path(path).stat().st_size
    work = partial(_read_piece, read=intake.read, now=datetime.now(UTC), filters=filters)
    loss = Loss(told=partial(_piece_lost, lost=intake.lost), parts=_one_by_one, whole=_together)
    taken = bool(offset)
    for last, found in in_order(work, _pieces(path, offset, filters), intake.names, loss=loss):
        taken = taken or bool(found)
        with writing(db):
            intake.keep(found)
            put_mark(db, name, last, datetime.now(UTC))
        intake.tell.progress(f"{Path(path).name}, bytes", last, size)
    put_mark(db, name, size, datetime.now(UTC), done=True)
    if not taken:
        why = "is one that was asked for" if filters != Filters() else "can be taken in"
        intake.tell.say(f"{path}: no page in it {why}")
    return True


def _identity(path: str, filters: Filters) -> str:
    """The name of a mark: the file as it is, and what was asked of it."""
    try:
        with Path(path).open("rb") as file:
            start = hashlib.sha256(file.read(65536)).hexdigest()[:16]
        size = Path(path).stat().st_size
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    asked = (sorted(filters.domains), sorted(filters.languages), filters.since and filters.since.isoformat())
    return f"{Path(path).name} {size} {start} {hashlib.sha256(repr(asked).encode()).hexdigest()[:8]}"


def _pieces(path: str, offset: int, filters: Filters) -> Iterator[Piece]:
    rows = ((at, f"{path} byte {at}", row) for at, row in pages(path, offset, filters))
    while piece := list(islice(rows, CHUNK)):
        yield piece


def _read_piece(
    piece: Piece, names: Names, *, read: Callable[..., Any], now: datetime, filters: Filters
) -> tuple[int, list[Article | Problem]]:
    """The offset of the last record of a piece, and its articles."""
    found = read([(place, row) for _, place, row in piece], names, now=now)
    kept = [item for item in found if isinstance(item, Problem) or _is_wanted(item, filters)]
    return piece[-1][0], kept


def _one_by_one(piece: Piece) -> list[Piece]:
    return [[page] for page in piece]


def _together(made: list[tuple[int, list[Article | Problem]]]) -> tuple[int, list[Article | Problem]]:
    return made[-1][0], [item for _, found in made for item in found]


def _piece_lost(piece: Piece, *, lost: Callable[..., Any]) -> tuple[int, list[Article | Problem]]:
    return piece[-1][0], lost([(place, row) for _, place, row in piece])


def _is_wanted(article: Article, filters: Filters) -> bool:
    return not filters.languages or article.reading.language in filters.languages
