"""Which outlet is in the habit of taking from which: learned from links that stand on other evidence.

A pair is a habit when the taker names the source on LEAST pages at least, and ONE_WAY times as often
as the other way round.  Only links that the taker's own page credits count, so what a habit decides
never feeds it.
"""

import json
from collections.abc import Collection

from sqlite_utils import Database

from db.open import writing
from db.values import rows

LEAST = 5  # credited links of the pair
ONE_WAY = 10  # times as many as the other way round

Pair = tuple[int, int]
"""(taking outlet, source outlet)."""

_COUNTS = """
SELECT p.value ->> 0 AS taker, p.value ->> 1 AS source, coalesce(sum(f.links), 0) AS links
  FROM json_each(?) p LEFT JOIN flow_days f
    ON f.taker_id = p.value ->> 0 AND f.source_id = p.value ->> 1
   AND f.credited IN ('full', 'partial') AND f.relation IN ('republishes', 'excerpts', 'translates')
 GROUP BY 1, 2
"""
_AMONG = """
SELECT taker_id, source_id FROM habits
 WHERE taker_id IN (SELECT value FROM json_each(:outlets))
   AND source_id IN (SELECT value FROM json_each(:outlets))
"""
# The pages of a pair that are tied to each other, whichever way: to be judged again.
_TIED = """
DELETE FROM judged WHERE version_id IN (
    SELECT n.id FROM articles c JOIN links l ON l.child_id = c.id JOIN articles s ON s.id = l.source_id
      JOIN newest_versions n ON n.article_id = c.id
     WHERE (c.outlet_id = :taker AND s.outlet_id = :source)
        OR (c.outlet_id = :source AND s.outlet_id = :taker))
"""


def among(db: Database, outlets: Collection[int]) -> frozenset[Pair]:
    """The habits between these outlets."""
    return frozenset(tuple(row) for row in rows(db, _AMONG, {"outlets": json.dumps(sorted(outlets))}))


def refit(db: Database, pairs: Collection[Pair]) -> int:
    """How many habits are new or gone, of these pairs and those known; their pages are to be judged again."""
    with writing(db):
        before = {tuple(row) for row in rows(db, "SELECT taker_id, source_id FROM habits")}
        asked = before | set(pairs)
        counts = _counts(db, asked | {(source, taker) for taker, source in asked})
        now = {(t, s) for t, s in asked if counts[t, s] >= max(LEAST, ONE_WAY * counts[s, t])}
        db.conn.executemany("INSERT INTO habits (taker_id, source_id) VALUES (?, ?)", sorted(now - before))
        db.conn.executemany("DELETE FROM habits WHERE taker_id = ? AND source_id = ?", sorted(before - now))
        for taker, source in sorted(now ^ before):
            db.conn.execute(_TIED, {"taker": taker, "source": source})
    return len(now ^ before)


def _counts(db: Database, pairs: Collection[Pair]) -> dict[Pair, int]:
    found = rows(db, _COUNTS, [json.dumps(sorted(pairs))])
    return {(row["taker"], row["source"]): row["links"] for row in found}


def clear(db: Database) -> None:
    """Unlearn all habits."""
    with writing(db):
        db.conn.execute("DELETE FROM habits")
