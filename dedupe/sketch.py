"""Two stand-ins for the words of a text: a MinHash signature, and the few shingles that go in the index.

`signature` is datasketch's, bit for bit: it can be handed to `datasketch.MinHash(hashvalues=...,
scheme="affine32")` and to every index of that library.  `sample` is what finds candidates: robust
winnowing, which promises that two texts sharing a long enough run of words share a key, where the
bands of a MinHash index see whole texts only and miss a brief inside a longer article.

Methods: A. Broder, "On the resemblance and containment of documents", 1997.  S. Schleimer,
D. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting", 2003.
"""

import hashlib
from functools import cache

import numpy as np

from dedupe import speed
from dedupe.words import Spans, Words, bytes_of, masked, mix, runs, split, tables

SCHEME = "affine32"  # datasketch >= 2; stored signatures of another scheme do not compare
SIZE = 128  # positions per signature: standard error of a resemblance at most .044

KEYS = 48  # about how many shingles of a text are kept, when it is not long
WINDOW = 20  # shingles: a run of 24 words that two texts share always shares a key
KEY_BITS = 40  # of a kept shingle: 70 million keys hit one another by chance once in 16,000

_LANES = 4096  # shingles permuted at a time, so that the work stays in the cache


def signature(text: str, language: str | None = None, without: Spans = ()) -> np.ndarray:
    """The MinHash signature of a text, uint32[SIZE], the same on every run and machine.

    It is that of the set of shingles " ".join(folded words); in languages without spaces, where the
    words are characters, they are joined with nothing between.  Shingles that touch one of the
    character spans `without` are left out.

    Raises ValueError when the text is shorter than one shingle: all such texts would look alike.
    """
    found = None if without else _signed(text)
    if found is not None and len(found):
        return found
    words = split(text, language)
    hashes = masked(words, without)
    count = max(len(hashes) - words.size + 1, 0)
    whole = np.ones(count, bool) if hashes.all() else runs(words, without)[1]
    values = signature_of(words, whole)
    if not len(values):
        raise ValueError(f"nothing to sketch, the text is shorter than one shingle: {text[:60]!r}")
    return values


def _signed(text: str) -> np.ndarray | None:
    """The signature by the compiled kernels, empty for too short a text; None when they leave it to us."""
    fast = speed.kernel()
    if fast is None:
        return None
    least = np.empty(SIZE, np.uint32)
    count = fast.sign(bytes_of(text), tables(), permutations(), least)
    return None if count < 0 else least[: SIZE if count else 0]


def signature_of(words: Words, whole: np.ndarray) -> np.ndarray:
    """The signature of a text split, with the shingles of `dedupe.words.runs` that are `whole`:
    uint32[SIZE], or uint32[0] when there is none.
    """
    begins = words.places[: len(whole)][whole].tolist()
    ends = (words.places[words.size :][whole] - words.gap).tolist()
    pieces = {words.utf8[begin:end] for begin, end in zip(begins, ends, strict=True)}
    if not pieces:
        return np.zeros(0, np.uint32)
    digests = b"".join(hashlib.sha1(piece, usedforsecurity=False).digest()[:4] for piece in pieces)
    hashes = _premix(np.frombuffer(digests, "<u4"))
    times, plus = permutations()
    least = np.full(SIZE, 0xFFFFFFFF, np.uint32)
    for i in range(0, len(hashes), _LANES):
        permuted = hashes[i : i + _LANES, None] * times + plus
        np.minimum(least, permuted.min(axis=0), out=least)
    return least


@cache
def permutations() -> tuple[np.ndarray, np.ndarray]:
    """datasketch's affine32 permutations h -> a * h + b mod 2^32 of seed 1: a, b, each uint32[SIZE]."""
    random = np.random.RandomState(1)
    times = random.randint(0, 1 << 31, SIZE, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return times, random.randint(0, 1 << 32, SIZE, dtype=np.uint32)


def resemblance(a: np.ndarray, b: np.ndarray) -> float:
    """Estimated Jaccard similarity, 0..1, of the texts behind two signatures."""
    return float(np.mean(a == b))


def window(shingles: int) -> int:
    """How many neighbouring shingles compete for one key in a text of so many.

    Winnowing keeps 2 / (window + 1) of them, so a text up to KEYS / 2 * WINDOW shingles keeps about
    KEYS: a brief is kept whole, which is what finds it, edited, inside a longer article.  What a wide
    window keeps, every narrower one keeps too, so texts of different length still meet.
    """
    return min(max(2 * shingles // KEYS - 1, 1), WINDOW)


def sample(found: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The keys of a text for the candidate index: sorted unique uint64 below 2 ** KEY_BITS.

    They are taken of the shingles `found` that are `whole`, as `dedupe.words.runs` gives them; of none
    there are none.
    """
    count = int(np.count_nonzero(whole))
    if not count:
        return np.zeros(0, np.uint64)
    kept = _winnow(found, whole, window(count))
    return np.unique(mix(kept) >> np.uint64(64 - KEY_BITS))


def _winnow(found: np.ndarray, whole: np.ndarray, width: int) -> np.ndarray:
    """The least shingle of every `width` neighbours; of a stretch shorter than that, its least."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], whole, [False]))))
    kept = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        stretch = found[start:end]
        windows = np.lib.stride_tricks.sliding_window_view(stretch, min(width, len(stretch)))
        kept.append(np.unique(windows.min(axis=1)))
    return np.concatenate(kept)


def _premix(hashes: np.ndarray) -> np.ndarray:
    """MurmurHash3's fmix32, as datasketch applies it before it permutes."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes = hashes * np.uint32(0x85EBCA6B)
    hashes = hashes ^ (hashes >> np.uint32(13))
    hashes = hashes * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))
