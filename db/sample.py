"""A seeded, stratified sample of links and non-links, as rows that a person can label.

Every pair of each stratum has the same chance: its rank is a hash of the seed and its two names, so
a seed draws the same pairs from the same links, in whatever order they were stored.  A stratum gets
rows by the square root of its size (power allocation: M. Bankier, The American Statistician 42
(1988)), one at the least, and each row's weight says how many pairs it stands for.  Links that a
person decided are left out: the sample is of what the rules say.
"""

import hashlib
import heapq
import math
from collections.abc import Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from db.judgements import PHANTOM
from db.records import CREDIT_KINDS, NO_OUTLET
from db.screen import printable
from db.stories import NOT_SEEN
from db.told import confidence
from db.values import one, rows

COLUMNS = (
    "child_url", "source_url", "child_title", "source_title", "relation", "stratum", "stratum_size",
    "weight", "quote", "containment", "verdict", "note", "by",
)  # fmt: skip
"""The columns of the file that coders fill in: the last three are empty."""

Row = dict[str, Any]

_LINKS = """
SELECT l.id AS link, l.relation, l.status, l.p_direct, l.containment, NULL AS quote,
       c.id AS child, c.url AS child_url, c.title AS child_title,
       s.id AS source, s.url AS source_url, s.title AS source_title, s.phantom, so.name AS source_name
  FROM links l JOIN articles c ON c.id = l.child_id
  JOIN articles s ON s.id = l.source_id JOIN outlets so ON so.id = s.outlet_id
 WHERE l.decided_by = 'rule' AND c.phantom = 0
"""
# Two pages of different houses that no link joins in either direction.
_HOUSE = """
(CASE WHEN {0}o.domain IS NULL AND {0}o.name = '{1}' THEN 'article ' || {0}.id
      ELSE coalesce({0}o.family, {0}o.domain, {0}o.name) END)
"""
_APART = f"""
   AND NOT EXISTS (SELECT 1 FROM links WHERE child_id = c.id AND source_id = s.id)
   AND NOT EXISTS (SELECT 1 FROM links WHERE child_id = s.id AND source_id = c.id)
   AND {_HOUSE.format("c", NO_OUTLET)} <> {_HOUSE.format("s", NO_OUTLET)}
"""  # noqa: S608
_PAIR = """
SELECT NULL AS link, '' AS relation, {facts}, c.id AS child, c.url AS child_url, c.title AS child_title,
       s.id AS source, s.url AS source_url, s.title AS source_title, 0 AS phantom, so.name AS source_name
"""
# Of two texts the later one is asked about: did it take from the earlier?
_LATER = "(coalesce(c.published, c.first_seen), c.url) > (coalesce(s.published, s.first_seen), s.url)"
_SHARING = f"""
WITH pairs AS (
    SELECT va.article_id AS child, vb.article_id AS source, m.a_in_b AS share
      FROM matches m JOIN versions va ON va.id = m.version_a JOIN versions vb ON vb.id = m.version_b
    UNION ALL
    SELECT vb.article_id, va.article_id, m.b_in_a
      FROM matches m JOIN versions va ON va.id = m.version_a JOIN versions vb ON vb.id = m.version_b)
{_PAIR.format(facts="max(p.share) AS containment, NULL AS quote")}
  FROM pairs p JOIN articles c ON c.id = p.child JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = p.source JOIN outlets so ON so.id = s.outlet_id
 WHERE {_LATER} {_APART} GROUP BY c.id, s.id
"""  # noqa: S608
_NAMING = f"""
{_PAIR.format(facts="NULL AS containment, min(e.quote) AS quote")}
  FROM evidence e JOIN versions v ON v.id = e.version_id JOIN article_urls u ON u.url = e.target_url
  JOIN articles c ON c.id = v.article_id JOIN outlets co ON co.id = c.outlet_id
  JOIN articles s ON s.id = u.article_id JOIN outlets so ON so.id = s.outlet_id
 WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in (*CREDIT_KINDS, "body_link"))})
   AND c.phantom = 0 AND s.phantom = 0 {_APART} GROUP BY c.id, s.id
 ORDER BY c.url
"""
_QUOTE = """
SELECT quote FROM link_evidence
 WHERE link_id = ? AND quote <> '' AND weight > 0 AND kind NOT IN ('role', 'time', 'judgement')
 ORDER BY weight DESC, id LIMIT 1
"""


def sample(db: Database, size: int, seed: int) -> list[Row]:
    """`size` rows (all there are, if fewer) of COLUMNS, strata mixed; the same for the same seed."""
    drawn: dict[str, list[tuple[int, int, Row]]] = {}
    sizes: dict[str, int] = {}
    for row in _population(db):
        stratum = _stratum(row)
        sizes[stratum] = sizes.get(stratum, 0) + 1
        rank = _rank(seed, row)
        heap = drawn.setdefault(stratum, [])
        if len(heap) < size:
            heapq.heappush(heap, (-rank, sizes[stratum], row))
        elif rank < -heap[0][0]:
            heapq.heapreplace(heap, (-rank, sizes[stratum], row))
    shares = allot(sizes, size)
    picked = [
        (rank, _told(db, row, stratum, sizes[stratum], shares[stratum]))
        for stratum, heap in drawn.items()
        for rank, _, row in sorted(heap, key=lambda ranked: -ranked[0])[: shares[stratum]]
    ]
    return [row for _, row in sorted(picked, key=lambda ranked: -ranked[0])]


def allot(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """How many of `total` rows each stratum gets: one at the least while there are, none more than it has.

    >>> allot({"large": 900, "small": 100, "tiny": 1}, 9)
    {'large': 6, 'small': 2, 'tiny': 1}
    """
    given = dict.fromkeys(sizes, 0)
    # Highest averages (D'Hondt) over the square roots; an empty stratum comes before any second row.
    waiting = [(-math.inf, -count, name) for name, count in sizes.items() if count]
    heapq.heapify(waiting)
    for _ in range(min(total, sum(sizes.values()))):
        _, _, name = heapq.heappop(waiting)
        given[name] += 1
        if given[name] < sizes[name]:
            heapq.heappush(waiting, (-math.sqrt(sizes[name]) / (given[name] + 1), -sizes[name], name))
    return given


def _population(db: Database) -> Iterator[Row]:
    """Everything that can be drawn, each pair once."""
    yield from (dict(row) for row in rows(db, _LINKS))
    met = set()
    for stratum, sql in (("shared text", _SHARING), ("named", _NAMING)):
        for row in rows(db, sql):
            pair = min(row["child"], row["source"]) << 32 | max(row["child"], row["source"])
            if pair not in met:
                met.add(pair)
                yield dict(row) | {"status": stratum}


def _stratum(row: Row) -> str:
    if row["link"] is None:
        return f"not linked, {row['status']}"
    if row["status"] == "accepted" and row["relation"] == "sibling":
        return "sibling"
    if row["status"] != "accepted" or row["p_direct"] < 0.5:
        return "candidate"
    unseen = ", page not seen" if row["phantom"] else ""
    return f"accepted, {confidence(row['p_direct'])}, {row['relation']}{unseen}"


def _rank(seed: int, row: Row) -> int:
    named = f"{seed}\n{row['child_url']}\n{_source(row)}"
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big")


def _source(row: Row) -> str:
    return f"{PHANTOM}{row['source_name']}" if row["phantom"] else row["source_url"]


def _told(db: Database, row: Row, stratum: str, size: int, drawn: int) -> Row:
    """The row as the file has it."""
    quote = one(db, _QUOTE, [row["link"]]) if row["link"] else row
    unseen = NOT_SEEN.format(row["source_name"])
    return {
        "child_url": row["child_url"],
        "source_url": _source(row),
        "child_title": printable(row["child_title"]),
        "source_title": printable(unseen if row["phantom"] else row["source_title"]),
        "relation": row["relation"],
        "stratum": stratum,
        "stratum_size": size,
        "weight": round(size / drawn, 4),
        "quote": printable((quote and quote["quote"]) or ""),
        "containment": row["containment"],
        "verdict": "",
        "note": "",
        "by": "",
    }
