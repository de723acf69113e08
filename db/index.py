"""The rows of the near-duplicate index: which versions are in it, their signatures and their postings.

A posting says that a key stands in a version, which it names by `handle`, a hash of its URL and text:
what the index holds does not hang on the order of arrival.  Postings lie in segments, each sorted and
cut into buckets by the leading bits of the key; a segment is never changed, only replaced by a merge.
Everything is written inside the caller's transaction.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from sqlite_utils import Database

from db.errors import StaleSignature
from db.values import insert_columns

_BUCKET_BITS = 24  # of a row id of `buckets`, below the segment
BUCKETS = 1 << _BUCKET_BITS  # of a segment, at most
_AT_ONCE = 500  # texts read at once


@dataclass(frozen=True, slots=True)
class Document:
    """One version as the comparison sees it."""

    version: int
    article: int
    outlet: int
    agency: bool
    url: str
    sha256: str
    language: str | None
    text: str


class Known(NamedTuple):
    """A version the index knows."""

    version: int
    article: int
    handle: int


class Arrived(NamedTuple):
    """Versions that are not named in the index yet, in columns."""

    versions: tuple[int, ...]
    articles: tuple[int, ...]
    outlets: tuple[int, ...]
    agencies: tuple[bool, ...]
    urls: tuple[str, ...]
    sha256: tuple[str, ...]
    texts: tuple[bytes, ...]  # UTF-8


class Text(NamedTuple):
    """One version as the kernels compare it."""

    version: int
    article: int
    outlet: int
    text: bytes  # UTF-8


class Waiting(NamedTuple):
    """A version that is named in the index and not matched yet."""

    version: int
    article: int
    outlet: int
    handle: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A sorted part of the index."""

    id: int
    shift: int  # bucket = key >> shift
    postings: int


# Versions that hold an article's own text, and have no signature yet, oldest first: triggers keep them.
_PENDING = "SELECT version_id FROM unmatched ORDER BY version_id"
_UNCOUNTED = """
SELECT version_id FROM unmatched u
 WHERE NOT EXISTS (SELECT 1 FROM indexed i WHERE i.version_id = u.version_id)
 ORDER BY version_id
"""
_DOCUMENTS = """
SELECT v.id, v.article_id, a.outlet_id, o.kind = 'agency', a.url, v.sha256, v.language, v.text
  FROM json_each(?) l CROSS JOIN versions v ON v.id = l.value
  JOIN articles a ON a.id = v.article_id JOIN outlets o ON o.id = a.outlet_id
 WHERE v.kind NOT IN ('unreadable', 'section')
"""
_KNOWN = """
SELECT v.id, v.article_id, i.handle FROM json_each(?) l
 CROSS JOIN indexed i ON i.handle = l.value JOIN versions v ON v.id = i.version_id
"""
_ARRIVED = """
SELECT v.id, v.article_id, a.outlet_id, o.kind = 'agency', a.url, v.sha256, CAST(v.text AS BLOB)
  FROM json_each(?) l CROSS JOIN versions v ON v.id = l.value
  JOIN articles a ON a.id = v.article_id JOIN outlets o ON o.id = a.outlet_id
 WHERE NOT EXISTS (SELECT 1 FROM indexed i WHERE i.version_id = l.value)
   AND v.kind NOT IN ('unreadable', 'section')
"""
_TEXTS = """
SELECT v.id, v.article_id, a.outlet_id, CAST(v.text AS BLOB)
  FROM json_each(?) l CROSS JOIN versions v ON v.id = l.value JOIN articles a ON a.id = v.article_id
 WHERE v.kind NOT IN ('unreadable', 'section')
"""
_UNDER = """
SELECT i.handle, i.version_id FROM json_each(?) l CROSS JOIN indexed i ON i.handle = l.value
"""
_WAITING = """
SELECT v.id, v.article_id, a.outlet_id, i.handle FROM json_each(?) l
 CROSS JOIN versions v ON v.id = l.value
  JOIN indexed i ON i.version_id = v.id JOIN articles a ON a.id = v.article_id
 WHERE v.kind NOT IN ('unreadable', 'section')
   AND NOT EXISTS (SELECT 1 FROM signatures s WHERE s.version_id = v.id)
"""
_UNMATCHED = """
SELECT l.value FROM json_each(?) l WHERE EXISTS (SELECT 1 FROM unmatched u WHERE u.version_id = l.value)
"""
_MARK = "INSERT OR REPLACE INTO indexed (version_id, handle, print)"
_PUT_SIGNATURE = "INSERT OR REPLACE INTO signatures (version_id, scheme, size, shingle, hashes)"
_STALE = "SELECT scheme, size FROM signatures WHERE scheme <> ? OR size <> ? LIMIT 1"
_LEAVE = (
    """DELETE FROM matches WHERE version_a IN (SELECT value FROM json_each(:ids))
           OR version_b IN (SELECT value FROM json_each(:ids))""",
    """DELETE FROM thin_matches WHERE version_a IN (SELECT value FROM json_each(:ids))
           OR version_b IN (SELECT value FROM json_each(:ids))""",
    "DELETE FROM signatures WHERE version_id IN (SELECT value FROM json_each(:ids))",
)
_CLEAR = ("matches", "thin_matches", "signatures", "indexed", "buckets", "segments", "departed", "blocks",
          "repeated", "unlearned", "anchored", "translations")  # fmt: skip


def pending(db: Database) -> list[int]:
    """Versions that are not matched yet, oldest first."""
    return [row[0] for row in db.conn.execute(_PENDING)]


def uncounted(db: Database) -> list[int]:
    """Versions whose paragraphs are not counted yet, oldest first."""
    return [row[0] for row in db.conn.execute(_UNCOUNTED)]


def documents(db: Database, versions: Iterable[int]) -> list[Document]:
    """These versions with their texts, in the order given; pages that show no article are left out."""
    return [Document(*row) for row in db.conn.execute(_DOCUMENTS, [json.dumps(list(versions))])]


def known(db: Database, handles: Iterable[int]) -> list[Known]:
    """The versions the index knows under these handles."""
    return list(map(Known._make, db.conn.execute(_KNOWN, [json.dumps(list(handles))])))


def arrived(db: Database, versions: Iterable[int]) -> Iterator[Arrived]:
    """Those of these versions that the index does not know, in order, a few hundred at a time."""
    cursor = db.conn.execute(_ARRIVED, [json.dumps(sorted(set(versions)))])
    while some := cursor.fetchmany(_AT_ONCE):
        yield Arrived._make(zip(*some, strict=True))


def texts(db: Database, versions: Iterable[int]) -> list[Text]:
    """These versions with their texts, in the order given; pages that show no article are left out."""
    return list(map(Text._make, db.conn.execute(_TEXTS, [json.dumps(list(versions))])))


def unmatched(db: Database, versions: Iterable[int]) -> list[int]:
    """Those of these versions that wait to be matched, in the order given."""
    return [row[0] for row in db.conn.execute(_UNMATCHED, [json.dumps(list(versions))])]


def under(db: Database, handles: Iterable[int]) -> list[tuple[int, int]]:
    """(handle, version) of the versions the index knows under these handles, in the order given."""
    return list(db.conn.execute(_UNDER, [json.dumps(list(handles))]))


def waiting(db: Database, versions: Iterable[int]) -> list[Waiting]:
    """Those of these versions that the index knows and that are not matched, in order."""
    given = json.dumps(sorted(set(versions)))
    return list(map(Waiting._make, db.conn.execute(_WAITING, [given])))


def mark(db: Database, versions: Sequence[int], handles: Sequence[int], prints: Sequence[int]) -> None:
    """Say that the index knows these versions by these handles, and what their texts print as."""
    insert_columns(db, _MARK, [versions, handles, prints])


def put_signatures(
    db: Database, scheme: tuple[str, int], versions: Sequence[int], made: Sequence[Sequence[int | bytes]]
) -> None:
    """Store the signatures of versions, made by a scheme of so many values: shingle sizes and hashes.

    From now on the versions count as matched.
    """
    name, size = (repeat(told, len(versions)) for told in scheme)
    insert_columns(db, _PUT_SIGNATURE, [versions, name, size, *made])


def check_signatures(db: Database, scheme: str, size: int) -> None:
    """Raise StaleSignature when a stored signature was made under another scheme."""
    row = db.conn.execute(_STALE, [scheme, size]).fetchone()
    if row:
        raise StaleSignature(
            f"stored signatures are {row[0]} of size {row[1]}, this version makes {scheme} of size {size}: "
            "run `newstrace link --rebuild`"
        )


def unmatch(db: Database, versions: Iterable[int]) -> None:
    """Take versions out of the comparison, their matches with them: they are pending again."""
    ids = json.dumps(list(versions))
    for statement in _LEAVE:
        db.conn.execute(statement, {"ids": ids})


def clear(db: Database) -> None:
    """Empty the index and all that came of it: every version is pending again."""
    for table in _CLEAR:
        db.conn.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own


_SEGMENTS = "SELECT id, shift, postings FROM segments WHERE family = ? ORDER BY id"
_ADD_SEGMENT = "INSERT INTO segments (family, shift, postings) VALUES (?, ?, ?)"
_ADD_BUCKET = "INSERT INTO buckets (id, postings) VALUES (?, ?)"
_BUCKETS = "SELECT id, postings FROM buckets WHERE id BETWEEN ? AND ? ORDER BY id"
_SOME_BUCKETS = """
SELECT b.id, b.postings FROM json_each(?) l CROSS JOIN buckets b ON b.id = l.value
"""
_DEPARTED = "SELECT handle, segment FROM departed WHERE family = ? ORDER BY handle"
_ALL_GONE = """
DELETE FROM departed
 WHERE family = ?1 AND segment < (SELECT coalesce(min(id), 1 << 62) FROM segments WHERE family = ?1)
"""


def segments(db: Database, family: str) -> list[Segment]:
    """The segments of one family of postings, oldest first."""
    return [Segment(*row) for row in db.conn.execute(_SEGMENTS, [family])]


def add_segment(db: Database, family: str, shift: int, buckets: Iterable[tuple[int, bytes]]) -> int:
    """The id of a new segment with these (bucket, postings); `size_segment` says how many they are."""
    segment = db.conn.execute(_ADD_SEGMENT, [family, shift, 0]).lastrowid
    base = segment << _BUCKET_BITS
    db.conn.executemany(_ADD_BUCKET, ((base | bucket, blob) for bucket, blob in buckets))
    return segment


def size_segment(db: Database, segment: int, postings: int) -> None:
    """Say how many postings a segment holds."""
    db.conn.execute("UPDATE segments SET postings = ? WHERE id = ?", [postings, segment])


def drop_segments(db: Database, family: str, dropped: Sequence[Segment]) -> None:
    """Delete segments that a merge has replaced, and departures no segment holds any more."""
    for segment in dropped:
        first = segment.id << _BUCKET_BITS
        db.conn.execute(
            "DELETE FROM buckets WHERE id BETWEEN ? AND ?", [first, first + (1 << _BUCKET_BITS) - 1]
        )
        db.conn.execute("DELETE FROM segments WHERE id = ?", [segment.id])
    db.conn.execute(_ALL_GONE, [family])


def bucket_range(db: Database, segment: int, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    """The (row, postings) of the buckets of a segment from `first` to `last`, both included, in order.

    The bucket is the row modulo BUCKETS.
    """
    base = segment << _BUCKET_BITS
    return db.conn.execute(_BUCKETS, [base | first, base | last])


def some_buckets(db: Database, segment: int, buckets: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The same of these buckets, in the order asked for; those that are empty are left out."""
    base = segment << _BUCKET_BITS
    return db.conn.execute(_SOME_BUCKETS, [json.dumps([base | bucket for bucket in buckets])])


def departed(db: Database, family: str) -> list[tuple[int, int]]:
    """(handle, segment): the postings of this handle in this segment and those before it are void."""
    return list(db.conn.execute(_DEPARTED, [family]))


# A version's matches, with the handle of the other one.
_PARTNERS = """
SELECT i.handle, i.version_id FROM matches m JOIN indexed i ON i.version_id = m.version_b
 WHERE m.version_a = ?1
 UNION ALL
SELECT i.handle, i.version_id FROM matches m JOIN indexed i ON i.version_id = m.version_a
 WHERE m.version_b = ?1
 ORDER BY 1
"""
_COUNTS = """
SELECT l.value, (SELECT count(*) FROM matches WHERE version_a = l.value)
              + (SELECT count(*) FROM matches WHERE version_b = l.value) FROM json_each(?) l
"""
# With all that hangs on it: references are not followed while matches are written.
_DROP_MATCH = (
    """DELETE FROM passages
        WHERE match_id = (SELECT id FROM matches WHERE version_a = ? AND version_b = ?)""",
    """DELETE FROM link_evidence
        WHERE match_id = (SELECT id FROM matches WHERE version_a = ? AND version_b = ?)""",
    "DELETE FROM matches WHERE version_a = ? AND version_b = ?",
)
_PUT_THIN = 'INSERT OR IGNORE INTO thin_matches ("key", version_a, version_b) VALUES (?, ?, ?)'
_THIN = """
SELECT t."key", t.version_a, t.version_b FROM json_each(?) l CROSS JOIN thin_matches t ON t."key" = l.value
"""
_DROP_THIN = 'DELETE FROM thin_matches WHERE "key" = ?'


def partners(db: Database, version: int) -> list[tuple[int, int]]:
    """(handle, version) of those a version matches, by handle."""
    return list(db.conn.execute(_PARTNERS, [version]))


def match_counts(db: Database, versions: Iterable[int]) -> dict[int, int]:
    """How many matches are stored of each version."""
    return dict(db.conn.execute(_COUNTS, [json.dumps(list(versions))]))


def drop_matches(db: Database, pairs: Iterable[tuple[int, int]]) -> None:
    """Delete the matches of these (smaller, larger) versions."""
    given = list(pairs)
    for statement in _DROP_MATCH:
        db.conn.executemany(statement, given)


def put_thin(db: Database, rows: Iterable[tuple[int, int, int]]) -> None:
    """Remember (key, version a, version b): the match of the two stands on this one rare key."""
    db.conn.executemany(_PUT_THIN, rows)


def drop_thin(db: Database, keys: Sequence[int]) -> None:
    """Delete the matches that stood on one of these keys, which are rare no more."""
    rows = list(db.conn.execute(_THIN, [json.dumps(keys)]))
    drop_matches(db, [(a, b) for _, a, b in rows])
    db.conn.executemany(_DROP_THIN, {(key,) for key, _, _ in rows})


_PAGES = """
SELECT count(*) FROM articles
 WHERE outlet_id = ? AND phantom = 0 AND kind NOT IN ('unreadable', 'section')
"""
_HOLDERS = """
SELECT i.handle, v.id, v.article_id, i.print FROM json_each(?) l
 CROSS JOIN indexed i ON i.handle = l.value JOIN versions v ON v.id = i.version_id
  JOIN articles a ON a.id = v.article_id WHERE a.outlet_id = ?
"""
_BLOCKS = "SELECT hash, text, words, pages FROM blocks WHERE outlet_id = ?"
_PUT_BLOCK = """
INSERT INTO blocks (outlet_id, hash, text, words, pages) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (outlet_id, hash) DO UPDATE SET pages = excluded.pages
"""
_DROP_BLOCK = "DELETE FROM blocks WHERE outlet_id = ? AND hash = ?"


def pages(db: Database, outlet: int) -> int:
    """How many pages of an outlet hold an article."""
    return db.conn.execute(_PAGES, [outlet]).fetchone()[0]


def holders(db: Database, outlet: int, handles: Iterable[int]) -> list[tuple[int, int, int, int]]:
    """(handle, version, article, print) of the versions of an outlet under these handles."""
    return list(db.conn.execute(_HOLDERS, [json.dumps(list(handles)), outlet]))


def block_hashes(db: Database, outlet: int) -> frozenset[str]:
    """The paragraph hashes of an outlet's house blocks."""
    return frozenset(row[0] for row in db.conn.execute(_BLOCKS, [outlet]))


def put_blocks(db: Database, outlet: int, blocks: Mapping[str, tuple[str, int, int]]) -> frozenset[str]:
    """The hashes of blocks that are new or gone, now that `blocks` (hash: text, words, pages) are all."""
    before = block_hashes(db, outlet)
    db.conn.executemany(_PUT_BLOCK, [(outlet, key, *block) for key, block in sorted(blocks.items())])
    db.conn.executemany(_DROP_BLOCK, [(outlet, key) for key in before - blocks.keys()])
    return before ^ blocks.keys()


_PUT_REPEATED = "INSERT OR IGNORE INTO repeated (outlet_id, hash) VALUES (?, ?)"
_REPEATED = "SELECT hash FROM repeated WHERE outlet_id = ? ORDER BY hash"
_PUT_UNLEARNED = "INSERT OR IGNORE INTO unlearned (outlet_id) VALUES (?)"
_SIGNED = "SELECT version_id FROM signatures WHERE version_id IN (SELECT value FROM json_each(?))"


def put_repeated(db: Database, found: Iterable[tuple[int, str]]) -> None:
    """Remember that these (outlet, paragraph hash) stand on several versions."""
    db.conn.executemany(_PUT_REPEATED, found)


def repeated(db: Database, outlet: int) -> list[str]:
    """The hashes of an outlet's paragraphs that stand, or stood, on several versions."""
    return [row[0] for row in db.conn.execute(_REPEATED, [outlet])]


def put_unlearned(db: Database, outlets: Iterable[int]) -> None:
    """Remember that pages of these outlets were counted."""
    db.conn.executemany(_PUT_UNLEARNED, [(outlet,) for outlet in outlets])


def unlearned(db: Database) -> list[int]:
    """Outlets with pages counted since their blocks were last learned."""
    return [row[0] for row in db.conn.execute("SELECT outlet_id FROM unlearned ORDER BY outlet_id")]


def learned(db: Database, outlet: int) -> None:
    """Say that an outlet's blocks are learned from all its counted pages."""
    db.conn.execute("DELETE FROM unlearned WHERE outlet_id = ?", [outlet])


def matched(db: Database, versions: Iterable[int]) -> list[int]:
    """Those of these versions that are matched already."""
    return [row[0] for row in db.conn.execute(_SIGNED, [json.dumps(list(versions))])]
