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
from dedupe.compare import CONTAINMENT, RUN, TRIED, Overlap, Side, in_words, keep, match, passages_of, side
from dedupe.sketch import KEYS, SIZE, WINDOW, permutations, sample, signature_of
from dedupe.words import split, tables

_CHARACTERS = 1 << 19  # of the texts handed over at once
_MOST = 1 << 22  # characters of texts compared in one call

NO_BLOCKS = np.zeros(0, np.uint64)

Shared = tuple[Overlap, tuple[Passage, ...]]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of one text: to be stored, to be looked up, to be counted."""

    size: int  # units per shingle
    signature: bytes  # uint32[SIZE] little-endian; empty when the text is shorter than one shingle
    keys: np.ndarray
    lines: np.ndarray  # uint64: the sorted hashes of its paragraphs, those left out among them


def sketches(texts: Sequence[str], blocks: Sequence[np.ndarray]) -> Iterator[Sketch]:
    """Each text's sketch, in order; lines whose hash is among the text's `blocks` (sorted) are left out."""
    fast = speed.kernel()
    if fast is None:
        yield from map(_sketch, texts, blocks)
        return
    parts = list(_parts(texts))
    with ThreadPoolExecutor(min(len(parts), os.cpu_count() or 1) or 1) as pool:
        for made in pool.map(lambda part: _sketch_many(texts[part], blocks[part], fast), parts):
            yield from made


def shared(
    texts: Sequence[str], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> list[Shared | None]:
    """What each pair of these texts, given by their places, shares; None where that is too little."""
    fast = speed.kernel()
    if fast is None or sum(map(len, texts)) > _MOST:
        return _shared_alone(texts, blocks, pairs)
    return _shared_many(texts, blocks, pairs, fast)


def _parts(texts: Sequence[str]) -> Iterator[slice]:
    """The texts in runs of a bounded number of characters."""
    start = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size > _CHARACTERS:
            yield slice(start, i + 1)
            start, size = i + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))


def _sketch(text: str, blocks: np.ndarray) -> Sketch:
    made = _side(text, blocks)
    signature = signature_of(made.words, made.whole).tobytes()
    return Sketch(
        made.words.size, signature, sample(made.at, made.whole), np.unique(lines(text, made.words)[0])
    )


def _side(text: str, blocks: np.ndarray) -> Side:
    words = split(text)
    return side(words, left_out(text, words, frozenset(blocks.tolist())))


def _handed(texts: Sequence[str], blocks: Sequence[np.ndarray]) -> tuple:
    """Texts and blocks as the kernels take them."""
    pieces = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.concatenate(([0], np.cumsum(list(map(len, pieces)), dtype=np.int64)))
    own = {id(one): one for one in blocks if len(one)}
    starts = dict(zip(own, np.cumsum([0, *map(len, own.values())]).tolist(), strict=False))
    ranges = [(starts[id(one)], starts[id(one)] + len(one)) if len(one) else (0, 0) for one in blocks]
    hashes = np.concatenate((NO_BLOCKS, *own.values()))
    return (np.frombuffer(b"".join(pieces), np.uint8), offsets), (
        hashes,
        np.array(ranges, np.int64).reshape(-1, 2),
    )


def _sketch_many(texts: Sequence[str], blocks: Sequence[np.ndarray], fast: ModuleType) -> list[Sketch]:
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
    texts: Sequence[str], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> list[Shared | None]:
    """The same one by one; few texts are held ready at a time, for they may be long."""
    ready = lru_cache(16)(lambda place: _side(texts[place], blocks[place]))
    return [match(ready(a), ready(b)) for a, b in pairs]


def _shared_many(
    texts: Sequence[str], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]], fast: ModuleType
) -> list[Shared | None]:
    handed, left = _handed(texts, blocks)
    wanted = np.array(pairs, np.int64).reshape(-1, 2)
    limits = CONTAINMENT, RUN, TRIED, LINE
    sizes, figures, runs, ends = fast.verify(handed, tables(), left, wanted, limits)
    order = np.lexsort((runs[:, 6], runs[:, 5], np.repeat(np.arange(len(wanted)), np.diff(ends))))
    found = _read(figures, runs[order], ends.tolist())
    odd = [i for i, pair in enumerate(pairs) if not (sizes[pair[0]] and sizes[pair[1]])]
    for i, made in zip(odd, _shared_alone(texts, blocks, [pairs[i] for i in odd]), strict=True):
        found[i] = made
    return found


def _read(figures: np.ndarray, runs: np.ndarray, ends: Sequence[int]) -> list[Shared | None]:
    """The kernel's numbers as overlaps and passages."""
    rows = runs[:, :5].tolist()
    found: list[Shared | None] = []
    for i, (a, b, both, covered, longest, size, may) in enumerate(figures.tolist()):
        if not may:
            found.append(None)
            continue
        overlap = Overlap(
            a_in_b=both / a if a else 0.0,
            b_in_a=both / b if b else 0.0,
            jaccard=both / (a + b - both) if both else 0.0,
            shared_shingles=both,
            shared_words=in_words(covered, size),
            longest_run=in_words(longest, size),
        )
        mine = rows[ends[i] : ends[i + 1]]
        found.append((overlap, passages_of(mine, size)) if keep(overlap) else None)
    return found
