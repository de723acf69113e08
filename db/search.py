"""The search index over the texts of versions: kept by triggers, filled by the batch where many are stored.

A trigger makes FTS5 write its words out after every row (each statement of a trigger is a savepoint to
it); words of many rows written together cost a third, and gather until then (`SEARCH_GATHERED`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from db.open import writing

_PAUSED = "SELECT 1 FROM search_paused"
_PAUSE = "INSERT INTO search_paused (after) SELECT coalesce(max(id), 0) FROM versions"
_CATCH_UP = """
INSERT INTO versions_fts (rowid, title, text)
SELECT id, title, text FROM versions WHERE id > (SELECT after FROM search_paused)
"""
_GO_ON = "DELETE FROM search_paused"


@contextmanager
def indexed_at_once(db: Database) -> Iterator[None]:
    """One transaction whose new versions join the search index together at its end, or none of them."""
    with writing(db):
        if db.conn.execute(_PAUSED).fetchone():
            yield  # inside another batch, which ends later
            return
        db.conn.execute(_PAUSE)
        try:
            yield
        finally:
            db.conn.execute(_CATCH_UP)
            db.conn.execute(_GO_ON)
