"""How far large files were taken in, and where fetched pages are kept outside the database."""

from datetime import datetime

from sqlite_utils import Database

from db.open import writing
from db.values import one, stamp

_PUT_MARK = """
INSERT INTO import_marks (file, "offset", done, marked) VALUES (?, ?, ?, ?)
    ON CONFLICT (file) DO UPDATE
   SET "offset" = max("offset", excluded."offset"), done = max(done, excluded.done), marked = excluded.marked
"""
_PUT_RECORD = 'INSERT OR IGNORE INTO warc_records (version_id, file, "offset") VALUES (?, ?, ?)'

# Of the article fetched under a URL: its newest text, of which a 304 speaks, and when that was fetched.
_HELD = """
SELECT v.id, v.fetched FROM article_urls u JOIN newest_versions v ON v.article_id = u.article_id
 WHERE u.url = ?
"""
_PUT_REVISIT = 'INSERT OR IGNORE INTO warc_revisits (version_id, seen, file, "offset") VALUES (?, ?, ?, ?)'


def mark_of(db: Database, file: str) -> tuple[int, bool]:
    """(byte from which a file is still to be taken in, whether it was taken in whole)."""
    row = one(db, 'SELECT "offset", done FROM import_marks WHERE file = ?', [file])
    return (row["offset"], bool(row["done"])) if row else (0, False)


def put_mark(db: Database, file: str, offset: int, now: datetime, *, done: bool = False) -> None:
    """Note how far a file was taken in; a mark never moves back."""
    with writing(db):
        db.conn.execute(_PUT_MARK, [file, offset, int(done), stamp(now)])


def put_record(db: Database, version: int, file: str, offset: int) -> None:
    """Note where the page of a version is kept as it was answered; the first one noted stays."""
    with writing(db):
        db.conn.execute(_PUT_RECORD, [version, file, offset])


def held(db: Database, url: str) -> tuple[int, str] | None:
    """(version, when it was fetched) of the text we hold of the page at a URL; None when we hold none."""
    row = one(db, _HELD, [url])
    return (row["id"], row["fetched"]) if row else None


def put_revisit(db: Database, version: int, seen: datetime, file: str, offset: int) -> None:
    """Note where it is kept that the page of a version was still as before."""
    with writing(db):
        db.conn.execute(_PUT_REVISIT, [version, stamp(seen), file, offset])
