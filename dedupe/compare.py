"""What two texts share, exactly: shares of shingles both ways, and the passages that stand in both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from db.records import Passage
from dedupe import speed
from dedupe.words import WORDS, Spans, Words, distinct, runs

CONTAINMENT = 0.2  # a match shares at least this much of the smaller text's shingles ...
RUN = 30  # ... or a run of this many words

TRIED = 16  # places of the other text tried for each run; a longer list is of a repeated phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The shared text of two texts a and b, in figures."""

    a_in_b: float  # 0..1: share of a's shingles that stand in b
    b_in_a: float
    jaccard: float  # 0..1
    shared_shingles: int
    shared_words: int = 0  # words of the smaller text that stand in a shared shingle
    longest_run: int = 0  # words


@dataclass(frozen=True)
class Side:
    """One text of a comparison: its words and the shingle at each of them."""

    words: Words
    at: np.ndarray  # uint64: the shingle that begins at each word
    whole: np.ndarray  # bool: whether one does

    @cached_property
    def shingles(self) -> np.ndarray:
        """The set of its shingles, sorted unique uint64."""
        return distinct(self.at[self.whole])


def side(words: Words, without: Spans = ()) -> Side:
    """A text made ready to be compared, what stands in the character spans `without` left out."""
    return Side(words, *runs(words, without))


def compare(a: np.ndarray, b: np.ndarray) -> Overlap:
    """The exact shares of two sets of shingles (sorted unique uint64); 0 for an empty set.

    >>> compare(np.array([1, 2, 3, 4], np.uint64), np.array([3, 4, 5], np.uint64)).a_in_b
    0.5
    """
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return Overlap(
        a_in_b=shared / len(a) if len(a) else 0.0,
        b_in_a=shared / len(b) if len(b) else 0.0,
        jaccard=shared / (len(a) + len(b) - shared) if shared else 0.0,
        shared_shingles=shared,
    )


def keep(overlap: Overlap) -> bool:
    """Whether what two texts share makes them a match."""
    return max(overlap.a_in_b, overlap.b_in_a) >= CONTAINMENT or overlap.longest_run >= RUN


def match(a: Side, b: Side) -> tuple[Overlap, tuple[Passage, ...]] | None:
    """What two texts share, with the passages; None when it is too little to be a match.

    The smaller text is laid along the larger, whichever comes first, so the figures are the same for
    both orders.
    """
    overlap = compare(a.shingles, b.shingles)
    size = a.words.size
    if not keep(overlap) and overlap.shared_shingles < RUN * size // WORDS - size + 1:
        return None  # a run long enough holds so many
    turned = len(b.shingles) <= len(a.shingles) and _size(b) < _size(a)
    found = aligned(b, a) if turned else aligned(a, b)
    overlap = replace(
        overlap,
        shared_words=in_words(_covered(found.tolist()), size),
        longest_run=in_words(int(found[:, 2].max(initial=0)), size),
    )
    if turned:
        found = found[:, [1, 0, 2]]
    return (overlap, _passages(a.words, b.words, found)) if keep(overlap) else None


def _size(text: Side) -> tuple[int, list[int]]:
    return len(text.shingles), text.at.tolist()


def in_words(units: int, size: int) -> int:
    """Units of a text as words: a shingle counts as five words in every language."""
    return units if size == WORDS else round(units * WORDS / size)


def passages(a: Words, b: Words, without_a: Spans = (), without_b: Spans = ()) -> tuple[Passage, ...]:
    """The maximal aligned runs of words in two texts, each at least a shingle long, in a's order.

    Every word of `a` in a shingle that stands in `b` is in one.  A run is as long as it can be to both
    sides, so two that stand at different places of `b` may overlap in `a`.
    """
    left, right = side(a, without_a), side(b, without_b)
    return _passages(a, b, aligned(left, right))


def _passages(a: Words, b: Words, found: np.ndarray) -> tuple[Passage, ...]:
    i, j, length = found[np.lexsort((found[:, 1], found[:, 0]))].T
    last = length - 1
    spans = np.stack((a.starts[i], a.ends[i + last], b.starts[j], b.ends[j + last], length), axis=1)
    return passages_of(spans.tolist(), a.size)


def passages_of(runs: Iterable[Sequence[int]], size: int) -> tuple[Passage, ...]:
    """Runs (start and end in a, start and end in b, units) of a text with such shingles as passages."""
    if size == WORDS:
        return tuple(map(Passage._make, runs))
    return tuple(Passage(*places, in_words(units, size)) for *places, units in runs)


def _covered(found: list[list[int]]) -> int:
    """Units of a in at least one run."""
    covered, reached = 0, 0
    for i, _, length in found:
        covered += max(0, i + length - max(i, reached))
        reached = max(reached, i + length)
    return covered


def aligned(a: Side, b: Side) -> np.ndarray:
    """The maximal runs, int32[runs, 3]: place in a, place in b, units; in a's order."""
    fast = speed.kernel()
    out = np.empty((len(a.at), 3), np.int32)
    count = fast.aligned(a.at, a.whole, b.at, b.whole, TRIED, out) if fast else _aligned(a, b, out)
    found = out[:count].copy()
    found[:, 2] += a.words.size - 1
    return found


def _aligned(a: Side, b: Side, out: np.ndarray) -> int:
    """How many runs were written to `out`, their length in shingles."""
    order, firsts, counts = _places(a, b)
    count, reached = 0, 0  # reached: shingles before it are in a run already
    for i in np.flatnonzero(counts).tolist():
        if i < reached:
            continue
        best = (0, 0, 0)
        for j in order[firsts[i] : firsts[i] + min(counts[i], TRIED)].tolist():
            back, ahead = _extent(a, b, i, j)
            best = max(best, (back + ahead, -(i - back), -(j - back)))
        out[count] = -best[1], -best[2], best[0]
        count, reached = count + 1, best[0] - best[1]
    return count


def _places(a: Side, b: Side) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """b's places by shingle, and for each place of a the first of these and how many."""
    usable = np.flatnonzero(b.whole)
    order = usable[np.argsort(b.at[usable], kind="stable")]
    ranked = b.at[order]
    firsts = np.searchsorted(ranked, a.at)
    counts = np.where(a.whole, np.searchsorted(ranked, a.at, "right") - firsts, 0)
    return order, firsts, counts


def _extent(a: Side, b: Side, i: int, j: int) -> tuple[int, int]:
    """How many shingles agree before the pair of places (i, j), and from it on."""
    ahead = _agreeing(a.at[i:], a.whole[i:], b.at[j:], b.whole[j:])
    back = _agreeing(a.at[:i][::-1], a.whole[:i][::-1], b.at[:j][::-1], b.whole[:j][::-1])
    return back, ahead


def _agreeing(a: np.ndarray, a_whole: np.ndarray, b: np.ndarray, b_whole: np.ndarray) -> int:
    """How many shingles agree from the start of both."""
    count, step = 0, 64
    length = min(len(a), len(b))
    while count < length:
        part = slice(count, count + step)
        stop = min(length, count + step) - count
        same = (a[part][:stop] == b[part][:stop]) & a_whole[part][:stop] & b_whole[part][:stop]
        if not same.all():
            return count + int(np.argmin(same))
        count, step = count + stop, step * 4
    return count
