"""Whether the database is whole: what SQLite checks, and what only we can know."""

import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database

from db import flow_days, tallies
from db.cycles import circle
from db.values import rows

# Every article was read at least once; a phantom never was.
_WITHOUT_VERSION = """
SELECT url FROM articles a WHERE phantom = 0 AND NOT EXISTS (SELECT 1 FROM versions WHERE article_id = a.id)
"""
_PHANTOM_WITH_TEXT = """
SELECT phantom_key FROM articles a
 WHERE phantom = 1 AND EXISTS (SELECT 1 FROM versions WHERE article_id = a.id)
"""
_WITHOUT_OWN_URL = """
SELECT url FROM articles a WHERE phantom = 0
   AND NOT EXISTS (SELECT 1 FROM article_urls u WHERE u.url = a.url AND u.article_id = a.id)
"""
# A merged phantom's links belong to the real article.
_LINKED_TO_MERGED = """
SELECT l.id FROM links l JOIN articles a ON a.id IN (l.child_id, l.source_id) WHERE a.merged_into IS NOT NULL
"""
_FORGOTTEN_YET_STORED = "SELECT u.url FROM article_urls u JOIN tombstones t ON t.name = u.url"
_ACCEPTED = """
SELECT child_id, source_id FROM links WHERE status = 'accepted' AND relation <> 'sibling' AND p_direct >= .5
"""
_OWN_CHECKS = {
    "an article without any version: {}": _WITHOUT_VERSION,
    "a phantom that has a text: {}": _PHANTOM_WITH_TEXT,
    "an article that its own URL does not lead to: {}": _WITHOUT_OWN_URL,
    "link {} names a merged phantom": _LINKED_TO_MERGED,
    "stored although forgotten: {}": _FORGOTTEN_YET_STORED,
}


def check(db: Database) -> list[str]:
    """The problems found, each one sentence; an empty list when the database is whole.

    The search index is looked at only where `db` was opened for writing: SQLite asks for that.
    """
    return [*_sqlite(db), *_search_index(db), *_ours(db)]


def _search_index(db: Database) -> Iterator[str]:
    try:
        db.conn.execute("INSERT INTO versions_fts (versions_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY:
            yield f"the search index does not fit the texts: {error}"


def _sqlite(db: Database) -> Iterator[str]:
    for row in rows(db, "PRAGMA integrity_check"):
        if row[0] != "ok":
            yield f"the file is damaged: {row[0]}"
    for row in rows(db, "PRAGMA foreign_key_check"):
        yield f"row {row['rowid']} of {row['table']} names a missing row of {row['parent']}"


def _ours(db: Database) -> Iterator[str]:
    for sentence, sql in _OWN_CHECKS.items():
        for row in rows(db, sql):
            yield sentence.format(row[0])
    yield from tallies.wrong(db)
    yield from flow_days.wrong(db)
    if round_trip := circle((row["child_id"], row["source_id"]) for row in rows(db, _ACCEPTED)):
        yield "accepted links run in a circle: articles " + ", ".join(map(str, round_trip))
