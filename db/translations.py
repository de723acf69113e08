"""The rows behind translations: the anchors of versions, and the pairs of versions they align."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from db.values import one, rows

DAYS = 14  # between two stated days of publication

_LANGUAGES = "SELECT min(language) AS first, max(language) AS last FROM versions WHERE language IS NOT NULL"
_PENDING = """
SELECT v.id FROM versions v JOIN indexed i ON i.version_id = v.id
 WHERE v.language IS NOT NULL AND v.kind NOT IN ('unreadable', 'section')
   AND NOT EXISTS (SELECT 1 FROM anchored a WHERE a.version_id = v.id)
 ORDER BY v.id
"""
_TEXTS = """
SELECT v.id AS version, v.text, substr(v.language, 1, 2) AS language, i.handle FROM json_each(?) l
 CROSS JOIN versions v ON v.id = l.value JOIN indexed i ON i.version_id = v.id
"""
_ANCHORED = """
SELECT a.version_id AS version, v.article_id AS article, x.outlet_id AS outlet, a.language, a.length,
       a.anchors, i.handle, v.published AS day
  FROM json_each(?) l CROSS JOIN indexed i ON i.handle = l.value
  JOIN anchored a ON a.version_id = i.version_id
  JOIN versions v ON v.id = a.version_id JOIN articles x ON x.id = v.article_id
"""
_PUT = "INSERT OR REPLACE INTO anchored (version_id, language, length, anchors) VALUES (?, ?, ?, ?)"
_PUT_PAIR = "INSERT OR REPLACE INTO translations (version_a, version_b, alignment) VALUES (?, ?, ?)"
_NEAR = """
WITH mine AS (SELECT id FROM versions WHERE article_id IN (SELECT value FROM json_each(:articles))),
     near AS (SELECT version_a, version_b, alignment FROM translations WHERE version_a IN mine
              UNION SELECT version_a, version_b, alignment FROM translations WHERE version_b IN mine)
SELECT t.*, a.article_id AS article_a, b.article_id AS article_b FROM near t
  JOIN versions a ON a.id = t.version_a JOIN versions b ON b.id = t.version_b
"""
_FORGET_JUDGED = "DELETE FROM judged WHERE version_id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Anchored:
    """A version with its anchors as stored."""

    version: int
    article: int
    outlet: int
    language: str
    length: int  # letters
    anchors: bytes
    handle: int
    day: str | None  # ISO 8601


def is_multilingual(db: Database) -> bool:
    """Whether articles in more than one language are stored."""
    row = one(db, _LANGUAGES)
    return bool(row["first"]) and row["first"][:2] != row["last"][:2]


def pending(db: Database) -> list[int]:
    """Versions whose anchors are not stored yet, oldest first."""
    return [row["id"] for row in rows(db, _PENDING)]


def texts(db: Database, versions: Collection[int]) -> list[Mapping]:
    """(version, text, language, handle) of these versions."""
    return list(rows(db, _TEXTS, [json.dumps(sorted(versions))]))


def put_anchors(db: Database, found: Iterable[tuple[int, str, int, bytes]]) -> None:
    """Store (version, language, length, anchors)."""
    db.conn.executemany(_PUT, found)


def anchored(db: Database, handles: Collection[int]) -> list[Anchored]:
    """The anchored versions under these handles of the index."""
    return [Anchored(*row) for row in rows(db, _ANCHORED, [json.dumps(sorted(handles))])]


def put_pairs(db: Database, pairs: Sequence[tuple[int, int, float]]) -> None:
    """Store (smaller version, larger version, alignment), and let both be judged again."""
    db.conn.executemany(_PUT_PAIR, pairs)
    db.conn.execute(_FORGET_JUDGED, [json.dumps(sorted({end for a, b, _ in pairs for end in (a, b)}))])


def near(db: Database, articles: Collection[int]) -> Iterator[Mapping]:
    """The aligned pairs that these articles' versions are in, both articles named."""
    if one(db, "SELECT 1 FROM translations LIMIT 1") is None:
        return iter(())
    return rows(db, _NEAR, {"articles": json.dumps(sorted(articles))})
