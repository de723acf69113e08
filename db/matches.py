"""Writing what was compared: matches with their passages, many at once and in columns."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlite_utils import Database

from db.open import writing
from db.records import Match, Passage
from db.values import insert_columns, one, rows

_PUT_MATCH = """
INSERT INTO matches (version_a, version_b, a_in_b, b_in_a, jaccard, shared_words, longest_run)
VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (version_a, version_b) DO UPDATE
   SET a_in_b = excluded.a_in_b, b_in_a = excluded.b_in_a, jaccard = excluded.jaccard,
       shared_words = excluded.shared_words, longest_run = excluded.longest_run
 WHERE (a_in_b, b_in_a, jaccard, shared_words, longest_run)
       IS NOT (excluded.a_in_b, excluded.b_in_a, excluded.jaccard, excluded.shared_words,
               excluded.longest_run)
"""
_NEW_MATCH = """
INSERT INTO matches (id, version_a, version_b, a_in_b, b_in_a, jaccard, shared_words, longest_run)
"""
_MATCH_IDS = """
SELECT m.id, m.version_a, m.version_b FROM json_each(?) l CROSS JOIN matches m
    ON m.version_a = json_extract(l.value, '$[0]') AND m.version_b = json_extract(l.value, '$[1]')
"""
_PASSAGES = "SELECT a_start, a_end, b_start, b_end, words FROM passages WHERE match_id = ?"
_PUT_PASSAGE = "INSERT OR IGNORE INTO passages (match_id, a_start, a_end, b_start, b_end, words)"


class Found(NamedTuple):
    """Matches in columns, by their versions; each pair of versions once."""

    figures: Sequence[Sequence[float]]  # version a, version b, a in b, b in a, Jaccard, words, longest run
    owners: Sequence[int]  # of each passage: the place of its match; in order
    passages: Sequence[Sequence[int]]  # a_start, a_end, b_start, b_end, words

    @classmethod
    def of(cls, matches: Iterable[Match]) -> "Found":
        """The columns of these; a later match of the same versions counts."""
        given = sorted({(m.a, m.b): m for m in matches}.items())
        told = [(a, b, m.a_in_b, m.b_in_a, m.jaccard, m.shared_words, m.longest_run) for (a, b), m in given]
        passages = [(n, *passage) for n, (_, m) in enumerate(given) for passage in m.passages]
        owners, *spans = zip(*passages, strict=True) if passages else [()] * 6
        return cls(list(zip(*told, strict=True)) or [()] * 7, owners, spans)

    def __bool__(self) -> bool:
        return bool(self.figures[0])

    def records(self) -> list[Match]:
        """One record for each."""
        spans = zip(self.owners, zip(*self.passages, strict=True), strict=True)
        held = {n: [Passage._make(span) for _, span in some] for n, some in groupby(spans, lambda s: s[0])}
        names = "a", "b", "a_in_b", "b_in_a", "jaccard", "shared_words", "longest_run"
        return [
            Match(**dict(zip(names, told, strict=True)), passages=tuple(held.get(n, ())))
            for n, told in enumerate(zip(*self.figures, strict=True))
        ]


def put_matches(db: Database, matches: "Iterable[Match] | Found") -> None:
    """Store matches with their passages; one of the same two versions is replaced and keeps its id.

    Raises ValueError when `a` is not the smaller version.
    """
    given = matches if isinstance(matches, Found) else Found.of(matches)
    wrong = next(((a, b) for a, b in zip(*given.figures[:2], strict=True) if a >= b), None)
    if wrong:
        raise ValueError(f"a match names its smaller version first: {wrong[0]}, {wrong[1]}")
    if not given:
        return
    with writing(db):
        newest = one(db, "SELECT coalesce(max(id), 0) AS id FROM matches")["id"]
        if not _put_new(db, given, newest):
            _put_again(db, given.records(), newest)


def _put_new(db: Database, given: Found, newest: int) -> bool:
    """Whether none of these is of two versions of which one is stored; then they are, in the order given."""
    count = len(given.figures[0])
    db.conn.execute("SAVEPOINT new_matches")
    try:
        insert_columns(db, _NEW_MATCH, [range(newest + 1, newest + 1 + count), *given.figures])
    except sqlite3.IntegrityError:
        db.conn.execute("ROLLBACK TO new_matches")
        return False
    finally:
        db.conn.execute("RELEASE new_matches")
    insert_columns(db, _PUT_PASSAGE, [[newest + 1 + owner for owner in given.owners], *given.passages])
    return True


def _put_again(db: Database, given: Sequence[Match], newest: int) -> None:
    """Store matches of which some are there already."""
    db.conn.executemany(
        _PUT_MATCH, [(m.a, m.b, m.a_in_b, m.b_in_a, m.jaccard, m.shared_words, m.longest_run) for m in given]
    )
    pairs = json.dumps([(match.a, match.b) for match in given])
    ids = {(row["version_a"], row["version_b"]): row["id"] for row in rows(db, _MATCH_IDS, [pairs])}
    told = {ids[match.a, match.b]: sorted(set(match.passages)) for match in given}
    changed = [number for number in told if number > newest or _differs(db, number, told[number])]
    db.conn.executemany(
        f"{_PUT_PASSAGE} VALUES (?, ?, ?, ?, ?, ?)", ((n, *passage) for n in changed for passage in told[n])
    )


def _differs(db: Database, match: int, passages: list[Passage]) -> bool:
    """Whether other passages than these are stored of a match; if so, they are deleted."""
    stored = sorted(tuple(row) for row in rows(db, _PASSAGES, [match]))
    if stored == passages:
        return False
    db.conn.execute("DELETE FROM passages WHERE match_id = ?", [match])
    return True
