"""Many texts sketched, or compared, at once: one call of the compiled kernels for a batch, on all cores.

What comes out is what `dedupe.words`, `dedupe.sketch`, `dedupe.blocks` and `dedupe.compare` say of each.
Without the kernels, and for texts of scripts whose characters need their neighbours, these are asked
themselves.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import NamedTuple

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
_NOTHING = np.zeros(0, np.int64)

Shared = tuple[float, float, float, int, int, tuple[Passage, ...]]
"""Shares of a in b, of b in a and of both, shared words, longest run, passages."""


class Sketch(NamedTuple):
    """What is kept of one text: to be stored, to be looked up, to be counted."""

    size: int  # units per shingle
    signature: bytes  # uint32[SIZE] little-endian; empty when the text is shorter than one shingle
    keys: np.ndarray
    lines: np.ndarray  # uint64: the sorted hashes of its paragraphs, those left out among them


class Sketches(NamedTuple):
    """The same of many texts, in columns."""

    sizes: np.ndarray  # int64
    signed: np.ndarray  # bool: whether a text has a signature
    signatures: np.ndarray  # uint32[texts, SIZE]
    keys: np.ndarray  # of all, one after the other
    key_ends: np.ndarray  # int64, one more than texts: where each one's keys begin
    lines: np.ndarray
    line_ends: np.ndarray

    @classmethod
    def of(cls, made: Sequence[Sketch]) -> "Sketches":
        """The columns of these."""
        keys, lines = ([NO_BLOCKS, *(one[column] for one in made)] for column in (2, 3))
        given = b"".join(one.signature or bytes(4 * SIZE) for one in made)
        return cls(
            np.array([one.size for one in made], np.int64),
            np.array([bool(one.signature) for one in made], bool),
            np.frombuffer(given, np.uint32).reshape(-1, SIZE),
            np.concatenate(keys), np.cumsum(list(map(len, keys))),
            np.concatenate(lines), np.cumsum(list(map(len, lines))),
        )  # fmt: skip

    @classmethod
    def joined(cls, parts: "Sequence[Sketches]") -> "Sketches":
        """These one after the other."""
        columns = [np.concatenate(column) for column in zip(cls.of(()), *parts, strict=True)]
        made = cls(*columns)
        ends = (_ends([np.diff(part[place]) for part in parts]) for place in (4, 6))
        return made._replace(key_ends=next(ends), line_ends=next(ends))

    def taken(self, places: np.ndarray) -> "Sketches":
        """Those at these places, in this order."""
        keys, key_ends = slices(self.keys, self.key_ends, places)
        lines, line_ends = slices(self.lines, self.line_ends, places)
        few = (column[places] for column in self[:3])
        return Sketches(*few, keys, key_ends, lines, line_ends)

    def hashes(self) -> list[bytes]:
        """The signatures, as they are stored."""
        whole, width = self.signatures.astype("<u4", copy=False).tobytes(), 4 * SIZE
        return [
            whole[place * width : (place + 1) * width] if signed else b""
            for place, signed in enumerate(self.signed.tolist())
        ]

    def records(self) -> list[Sketch]:
        """One record for each."""
        keys, lines = (
            [values[first:end] for first, end in pairwise(ends)]
            for values, ends in ((self.keys, self.key_ends.tolist()), (self.lines, self.line_ends.tolist()))
        )
        return list(map(Sketch, self.sizes.tolist(), self.hashes(), keys, lines))


def _ends(counts: Sequence[np.ndarray]) -> np.ndarray:
    """Where slices of these lengths end, 0 before."""
    return np.concatenate(([0], np.cumsum(np.concatenate((_NOTHING, *counts)))))


def slices(values: np.ndarray, ends: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of slices that lie one after the other, those at these places, and where they begin and end."""
    lengths = np.diff(ends)[places]
    taken = _ends([lengths])
    return values[np.repeat(ends[places] - taken[:-1], lengths) + np.arange(taken[-1])], taken


def sketches(texts: Sequence[bytes], blocks: Sequence[np.ndarray]) -> Sketches:
    """The sketches of texts in UTF-8, each without lines whose hash is among its `blocks` (sorted)."""
    with sketching() as start:
        return start(texts, blocks)()


@contextmanager
def sketching() -> Iterator[Callable[[Sequence[bytes], Sequence[np.ndarray]], Callable[[], Sketches]]]:
    """What starts to sketch texts on all cores, and gives back what waits for the sketches."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:

        def start(texts: Sequence[bytes], blocks: Sequence[np.ndarray]) -> Callable[[], Sketches]:
            fast = speed.kernel()
            if fast is None:
                return lambda: Sketches.of(list(map(_sketch, texts, blocks)))
            running = [pool.submit(_sketch_many, texts[p], blocks[p], fast) for p in _parts(texts)]
            return lambda: Sketches.joined([one.result() for one in running])

        yield start


class Compared(NamedTuple):
    """What pairs of texts share, in columns; those that share too little are left out."""

    places: np.ndarray  # int64: which pair
    shares: np.ndarray  # float64[kept, 3]: of a in b, of b in a, of both
    words: np.ndarray  # int64[kept, 2]: shared, of the longest run
    counts: np.ndarray  # int64: passages of each
    passages: np.ndarray  # int64[passages, 5], those of one pair after those of another

    @classmethod
    def of(cls, found: Sequence[Shared | None]) -> "Compared":
        """The columns of what was found of each pair."""
        places = [place for place, one in enumerate(found) if one is not None]
        kept = [one for one in found if one is not None]
        return cls(
            np.array(places, np.int64),
            np.array([one[:3] for one in kept], np.float64).reshape(-1, 3),
            np.array([one[3:5] for one in kept], np.int64).reshape(-1, 2),
            np.array([len(one[5]) for one in kept], np.int64),
            np.array([passage for one in kept for passage in one[5]], np.int64).reshape(-1, 5),
        )

    @classmethod
    def joined(cls, parts: "Sequence[Compared]") -> "Compared":
        """These one after the other."""
        return cls(*(np.concatenate(column) for column in zip(cls.of(()), *parts, strict=True)))

    def taken(self, places: np.ndarray) -> "Compared":
        """Those at these places, in this order."""
        passages, _ = slices(self.passages, _ends([self.counts]), places)
        return Compared(*(column[places] for column in self[:4]), passages)


def shared(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> list[Shared | None]:
    """What each pair of these texts, given by their places, shares; None where that is too little."""
    found = compared(texts, blocks, pairs)
    told: list[Shared | None] = [None] * len(pairs)
    ends = _ends([found.counts]).tolist()
    passages = list(map(Passage._make, found.passages.tolist()))
    for at, place in enumerate(found.places.tolist()):
        spans = tuple(passages[ends[at] : ends[at + 1]])
        told[place] = (*found.shares[at].tolist(), *found.words[at].tolist(), spans)
    return told


def compared(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]]
) -> Compared:
    """The same in columns, in the order of the pairs."""
    fast = speed.kernel()
    if fast is None or sum(map(len, texts)) > _MOST:
        return Compared.of(_shared_alone(texts, blocks, pairs))
    return _compared_many(texts, blocks, pairs, fast)


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


def _sketch_many(texts: Sequence[bytes], blocks: Sequence[np.ndarray], fast: ModuleType) -> Sketches:
    handed, left = _handed(texts, blocks)
    count, room = len(texts), 2 * len(handed[0]) + 32 * len(texts)
    sizes, counts, signatures = (
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.zeros((count, SIZE), np.uint32),
    )
    keys, key_ends = np.empty(room, np.uint64), np.zeros(count + 1, np.int64)
    found, line_ends = np.empty(room // LINE + count, np.uint64), np.zeros(count + 1, np.int64)
    out = sizes, counts, signatures, keys, key_ends, found, line_ends
    fast.prepare(handed, tables(), left, permutations(), (KEYS, WINDOW, LINE), out)
    keys, found = keys[: key_ends[-1]].copy(), found[: line_ends[-1]].copy()  # lets go of the rest
    made = Sketches(sizes, counts > 0, signatures, keys, key_ends, found, line_ends)
    if sizes.all():
        return made
    return Sketches.of([one if one.size else _sketch(*given) for one, *given in
                        zip(made.records(), texts, blocks, strict=True)])  # fmt: skip


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


def _compared_many(
    texts: Sequence[bytes], blocks: Sequence[np.ndarray], pairs: Sequence[tuple[int, int]], fast: ModuleType
) -> Compared:
    handed, left = _handed(texts, blocks)
    wanted = np.array(pairs, np.int64).reshape(-1, 2)
    limits = CONTAINMENT, RUN, TRIED, LINE
    sizes, figures, runs, ends = fast.verify(handed, tables(), left, wanted, limits)
    order = np.lexsort((runs[:, 6], runs[:, 5], np.repeat(np.arange(len(wanted)), np.diff(ends))))
    found = _read(figures, runs[order], ends)
    odd = np.flatnonzero((sizes[wanted] == 0).any(axis=1))
    if not len(odd):
        return found
    alone = Compared.of(_shared_alone(texts, blocks, wanted[odd].tolist()))
    found = found.taken(np.flatnonzero(~np.isin(found.places, odd)))
    whole = Compared.joined([found, alone._replace(places=odd[alone.places])])
    return whole.taken(np.argsort(whole.places, kind="stable"))


def _read(figures: np.ndarray, runs: np.ndarray, ends: np.ndarray) -> Compared:
    """The kernel's numbers as what pairs share."""
    of_a, of_b, both, covered, longest, size, may = figures.T
    shares = [_ratio(both, whole) for whole in (of_a, of_b, of_a + of_b - both)]
    words, run = (_in_words(units, size) for units in (covered, longest))
    kept = (may > 0) & ((np.maximum(shares[0], shares[1]) >= CONTAINMENT) | (run >= RUN))
    rows = runs[:, :5].astype(np.int64)
    rows[:, 4] = _in_words(rows[:, 4], np.repeat(size, np.diff(ends)))
    every = np.arange(len(figures))
    columns = np.stack(shares, axis=1), np.stack((words, run), axis=1), np.diff(ends), rows
    return Compared(every, *columns).taken(np.flatnonzero(kept))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0.0 where there is none."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _in_words(units: np.ndarray, size: np.ndarray) -> np.ndarray:
    """`dedupe.compare.in_words` of many."""
    return np.where(size == WORDS, units, np.rint(units * WORDS / np.maximum(size, 1))).astype(np.int64)
