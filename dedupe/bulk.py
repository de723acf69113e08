"""Many texts sketched, or compared, at once: one call of the compiled kernels for a batch, on all cores.

What comes out is what `dedupe.words`, `dedupe.sketch`, `dedupe.blocks` and `dedupe.compare` say of each.
Without the kernels, and for texts of scripts whose characters need their neighbours, these are asked
themselves.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import numpy as np

from db.records import Passage
from dedupe import speed
from dedupe.blocks import WORDS as LINE
from dedupe.blocks import left_out, lines
from dedupe.compare import CONTAINMENT, RUN, TRIED, Overlap, Side, match, side
from dedupe.sketch import KEYS, SIZE, WINDOW, permutations, sample, signature_of
from dedupe.words import WORDS, split, tables

_BYTES = 1 << 19  # of texts sketched in one call
_MOST = 1 << 23  # of texts compared in one call

NO_BLOCKS = np.zeros(0, np.uint64)

Shared = tuple[float, float, float, int, int, tuple[Passage, ...]]
"""Shares of a in b, of b in a and of both, shared words, longest run, passages."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of one text: to be stored, to be looked up, to be counted."""

    size: int  # units per shingle
    signature: bytes  # uint32[SIZE] little-endian; empty when the text is shorter than one shingle
    keys: np.ndarray
    lines: np.ndarray  # uint64: the sorted hashes of its paragraphs, those left out among them


def sketches(texts: Sequence[bytes], blocks: Sequence[np.ndarray]) -> Iterator[Sketch]:
    """The sketch of each text in UTF-8, in order, without lines whose hash is among its `blocks` (sorted)."""
    fast = speed.kernel()
    if fast is None:
        yield from map(_sketch, texts, blocks)
        return
    parts = list(_parts(texts))
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1) or 1) as pool:
        for made in pool.map(lambda part: _sketch_many(texts[part], blocks[part], fast), parts):
            yield from made


def shared(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> list[Shared | None]:
    """What each pair of these texts, given by their places, shares; None where that is too little."""
    fast = speed.kernel()
    if fast is None or sum(map(len, texts)) > _MOST:
        return _shared_alone(texts, blocks, pairs)
    return _shared_many(texts, blocks, pairs, fast)


def _parts(texts: Sequence[bytes]) -> Iterator[slice]:
    """The texts in runs of a bounded number of bytes."""
    start = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size > _BYTES:
            yield slice(start, i + 1)
            start, size = i + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))


def _sketch(given: bytes, blocks: np.ndarray) -> Sketch:
    made, text = _side(given, blocks), _read_as(given)
    signature = signature_of(made.words, made.whole).tobytes()
    return Sketch(
        made.words.size, signature, sample(made.at, made.whole), np.unique(lines(text, made.words)[0])
    )


def _side(given: bytes, blocks: np.ndarray) -> Side:
    text = _read_as(given)
    words = split(text)
    return side(words, left_out(text, words, frozenset(blocks.tolist())))


def _read_as(given: bytes) -> str:
    return given.decode("utf-8", "surrogatepass")


def _handed(texts: Sequence[bytes], blocks: Sequence[np.ndarray]) -> tuple:
    """Texts and blocks as the kernels take them."""
    offsets = np.concatenate(([0], np.cumsum(list(map(len, texts)), dtype=np.int64)))
    own = {id(one): one for one in blocks if len(one)}
    starts = dict(zip(own, np.cumsum([0, *map(len, own.values())]).tolist(), strict=False))
    ranges = [(starts[id(one)], starts[id(one)] + len(one)) if len(one) else (0, 0) for one in blocks]
    hashes = np.concatenate((NO_BLOCKS, *own.values()))
    return (np.frombuffer(b"".join(texts), np.uint8), offsets), (
        hashes,
        np.array(ranges, np.int64).reshape(-1, 2),
    )


def _sketch_many(texts: Sequence[bytes], blocks: Sequence[np.ndarray], fast: ModuleType) -> list[Sketch]:
    handed, left = _handed(texts, blocks)
    count, room = len(texts), 2 * len(handed[0]) + 32 * len(texts)
    sizes, counts, signatures = (
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.empty((count, SIZE), np.uint32),
    )
    keys, key_ends = np.empty(room, np.uint64), np.zeros(count + 1, np.int64)
    found, line_ends = np.empty(room // LINE + count, np.uint64), np.zeros(count + 1, np.int64)
    out = sizes, counts, signatures, keys, key_ends, found, line_ends
    fast.prepare(handed, tables(), left, permutations(), (KEYS, WINDOW, LINE), out)
    keys, found = keys[: key_ends[-1]].copy(), found[: line_ends[-1]].copy()  # lets go of the rest
    made = []
    for i, size in enumerate(sizes.tolist()):
        signature = signatures[i].tobytes() if counts[i] else b""
        own, held = keys[key_ends[i] : key_ends[i + 1]], found[line_ends[i] : line_ends[i + 1]]
        made.append(Sketch(size, signature, own, held) if size else _sketch(texts[i], blocks[i]))
    return made


def _shared_alone(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> list[Shared | None]:
    """The same one by one; few texts are held ready at a time, for they may be long."""
    ready = lru_cache(16)(lambda place: _side(texts[place], blocks[place]))
    return [_told(match(ready(a), ready(b))) for a, b in pairs]


def _told(found: tuple[Overlap, tuple[Passage, ...]] | None) -> Shared | None:
    if found is None:
        return None
    overlap, passages = found
    shares = overlap.a_in_b, overlap.b_in_a, overlap.jaccard
    return *shares, overlap.shared_words, overlap.longest_run, passages


def _shared_many(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]], fast: ModuleType
) -> list[Shared | None]:
    handed, left = _handed(texts, blocks)
    wanted = np.array(pairs, np.int64).reshape(-1, 2)
    limits = CONTAINMENT, RUN, TRIED, LINE
    sizes, figures, runs, ends = fast.verify(handed, tables(), left, wanted, limits)
    order = np.lexsort((runs[:, 6], runs[:, 5], np.repeat(np.arange(len(wanted)), np.diff(ends))))
    found = _read(figures, runs[order], ends)
    odd = [i for i, pair in enumerate(pairs) if not (sizes[pair[0]] and sizes[pair[1]])]
    for i, made in zip(odd, _shared_alone(texts, blocks, [pairs[i] for i in odd]), strict=True):
        found[i] = made
    return found


def _read(figures: np.ndarray, runs: np.ndarray, ends: np.ndarray) -> list[Shared | None]:
    """The kernel's numbers as what pairs share."""
    of_a, of_b, both, covered, longest, size, may = figures.T
    shares = [_ratio(both, whole) for whole in (of_a, of_b, of_a + of_b - both)]
    words, run = (_in_words(units, size) for units in (covered, longest))
    kept = (may > 0) & ((np.maximum(shares[0], shares[1]) >= CONTAINMENT) | (run >= RUN))
    rows = runs[:, :5].copy()
    rows[:, 4] = _in_words(rows[:, 4], np.repeat(size, np.diff(ends)))
    passages = list(map(Passage._make, rows.tolist()))
    columns = *(share.tolist() for share in shares), words.tolist(), run.tolist()
    spans = zip(kept.tolist(), ends.tolist(), ends[1:].tolist(), strict=False)
    return [
        (*told, tuple(passages[first:end])) if wanted else None
        for (wanted, first, end), told in zip(spans, zip(*columns, strict=True), strict=True)
    ]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0.0 where there is none."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _in_words(units: np.ndarray, size: np.ndarray) -> np.ndarray:
    """`dedupe.compare.in_words` of many."""
    return np.where(size == WORDS, units, np.rint(units * WORDS / np.maximum(size, 1))).astype(np.int64)
