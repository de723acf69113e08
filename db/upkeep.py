"""Keeping the file small and safe: a backup while others write, raw pages that nobody needs dropped."""

import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from db.errors import BadInput
from db.open import writing
from db.values import stamp

PAGES = 2000  # of the file copied at one go: between two, writers get their turn
# Raw pages of versions fetched by a time (0 days ago: all of them);
# with keep_linked, not those that an accepted link stands on.
_PRUNE = """
DELETE FROM raw_pages WHERE version_id IN (
    SELECT v.id FROM versions v WHERE v.fetched <= :before AND NOT (:keep_linked AND EXISTS (
        SELECT 1 FROM links l WHERE l.status = 'accepted' AND v.article_id IN (l.child_id, l.source_id))))
"""


def backup(db: Database, target: str | Path) -> int:
    """How many bytes a whole copy of the database at `target` has; others may write meanwhile.

    The copy stands under its name only when it is whole. Raises BadInput where a file is already.
    """
    target = Path(target)
    if target.exists():
        raise BadInput(f"{target} is there already: a backup never overwrites one")
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as copy:
            db.conn.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode = DELETE")
        part.rename(target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            part.unlink()
        raise BadInput(f"{target} cannot be written ({error})") from error
    return target.stat().st_size


def prune(db: Database, before: datetime, *, keep_linked: bool) -> int:
    """How many raw pages fetched by then were dropped; their texts, evidence and links stay.

    A page fetched in that very second is dropped too, so that 0 days ago means every page.
    `keep_linked`: those of articles with an accepted link stay too.
    """
    with writing(db):
        told = {"before": stamp(before), "keep_linked": int(keep_linked)}
        return db.conn.execute(_PRUNE, told).rowcount
