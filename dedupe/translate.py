"""Versions in, pairs of them out that may be translations of each other: found by their anchors.

Anchors (`dedupe.anchors`) stand in an index of their own beside that of the shingles, by the same rule:
a pair that shares two of them, or a rare one, is looked at.  What is kept is a pair whose anchors stand
in one order; the linker judges whether, and which way.  An archive in one language has none of this.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from sqlite_utils import Database

from db import translations as rows
from db.open import writing
from db.progress import Tell
from dedupe.anchors import TYPE, Row, alignment, breadth, packed, telling
from dedupe.candidates import Index, Postings
from dedupe.direction import WEIGHTS
from dedupe.sketch import KEY_BITS
from dedupe.words import mix

BATCH = 1000  # versions looked up at once
MOST = 100  # candidates of one version that are aligned: those with the most anchors in common
READ = 4000  # versions whose anchors are held ready
LEAST = 0.55  # of a text's length, with what a copier leaves out; whole translations have .7 to 1.6 of it
FAMILY = "anchors"
_WEIGHTS = WEIGHTS["translation"]


def align_pending(db: Database, tell: Tell) -> int:
    """How many pairs that may be translations were found among versions not looked at yet."""
    if not rows.is_multilingual(db):
        return 0
    waiting, found = rows.pending(db), 0
    for start in range(0, len(waiting), BATCH):
        with writing(db):
            pairs = _aligned(db, waiting[start : start + BATCH])
            rows.put_pairs(db, pairs)
        found += len(pairs)
        tell.progress("align", min(start + BATCH, len(waiting)), len(waiting))
    return found


def _aligned(db: Database, versions: Sequence[int]) -> list[tuple[int, int, float]]:
    """The pairs of these versions, with each other and with all before them, that stand in one order."""
    texts = rows.texts(db, versions)
    anchors = [packed(row["text"]) for row in texts]
    stored = zip(texts, anchors, strict=True)
    rows.put_anchors(
        db, [(r["version"], r["language"], breadth(r["text"]), some.tobytes()) for r, some in stored]
    )
    keys = [mix(telling(some).astype(np.uint64)) >> np.uint64(64 - KEY_BITS) for some in anchors]
    sizes = list(map(len, keys))
    if not sum(sizes):
        return []
    handles = np.repeat([row["handle"] for row in texts], sizes).astype(np.uint32)
    index = Index(db, FAMILY)
    postings = Postings.gather(index, np.concatenate(keys), handles, add=True)
    ends = np.cumsum(sizes).tolist()
    own = zip(texts, [0, *ends], ends, strict=False)
    near = {row["handle"]: _nearest(postings, row["handle"], slice(a, b)) for row, a, b in own}
    return _pairs(db, near)


def _nearest(postings: Postings, handle: int, own: slice) -> list[int]:
    found = postings.candidates(handle, own)
    found.sort(key=lambda other: (-other.shared, other.handle))
    return [other.handle for other in found[:MOST]]


def _pairs(db: Database, near: dict[int, list[int]]) -> list[tuple[int, int, float]]:
    wanted = {*near, *(other for some in near.values() for other in some)}
    known: dict[int, list[rows.Anchored]] = {}
    for one in rows.anchored(db, wanted):
        known.setdefault(one.handle, []).append(one)
    read = lru_cache(READ)(lambda anchors: Row(np.frombuffer(anchors, TYPE)))
    scores: dict[tuple[int, int], float] = {}
    for handle, others in near.items():
        for one in known.get(handle, ()):
            for other in (page for key in others for page in known.get(key, ())):
                if one.language == other.language or one.outlet == other.outlet:
                    continue
                pair = min(one.version, other.version), max(one.version, other.version)
                if pair not in scores:
                    scores[pair] = _score(one, other, read)
    return [(a, b, score) for (a, b), score in sorted(scores.items()) if score >= _WEIGHTS["kept"]]


def _score(one: rows.Anchored, other: rows.Anchored, read: Callable[[bytes], Row]) -> float:
    """How well two pages in two languages align; 0 where that cannot be enough."""
    fit = _fit(one.length, other.length)
    if fit <= _WEIGHTS["middle"] or not _same_days(one, other):
        return 0.0
    return fit * alignment(read(one.anchors), read(other.anchors), _WEIGHTS["kept"] / fit)


def _same_days(one: rows.Anchored, other: rows.Anchored) -> bool:
    """Whether two pages are of the same days as far as is known."""
    if not one.day or not other.day:
        return True
    days = (datetime.fromisoformat(page.day).replace(tzinfo=None) for page in (one, other))
    return abs(next(days) - next(days)) <= timedelta(days=rows.DAYS)


def _fit(one: int, other: int) -> float:
    """1.0 for two lengths that a text and its translation can have, less the further they are apart."""
    return min(1.0, min(one, other) / (LEAST * max(1, one, other)))
