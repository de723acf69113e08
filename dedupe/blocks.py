"""House blocks: the paragraphs an outlet sets on many of its pages (bio, promo, newsletter, legal).

A paragraph is a line of the text of at least four words, known by the hash of its folded words.  A
block stands on at least max(5, 1 %) of an outlet's pages whose other text differs; a story that one
outlet sets under many URLs is no block, and neither is any whole article.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dedupe import speed
from dedupe.words import Words, mix, powers, split

WORDS = 4  # a shorter line is no paragraph
PAGES = 5  # fewest pages a block stands on ...
SHARE = 0.01  # ... and fewest of the outlet's pages
OWN = 0.5  # of a page's words stand in no block, or the page is a copy of others

STEP = np.uint64(0xA0761D6478BD642F)  # of the polynomial over the words of a line

_NEWLINE = re.compile("\n")
_FIRST = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a text with its place."""

    hash: str  # 16 hexadecimal digits, of the folded words
    start: int  # character offsets
    end: int
    words: int


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a text, in order.

    >>> [p.words for p in paragraphs("Sign up for our letter.\\nShort line.\\nAll rights are reserved.")]
    [5, 4]
    """
    hashes, places = lines(text, split(text))
    return [
        Paragraph(f"{key:016x}", start, end, words)
        for key, (start, end, words) in zip(hashes.tolist(), places.tolist(), strict=True)
    ]


def lines(text: str, words: Words) -> tuple[np.ndarray, np.ndarray]:
    """The paragraphs of a text already split: their hashes, uint64, and (start, end, words) of each."""
    ends = np.array([*(found.start() for found in _NEWLINE.finditer(text)), len(text)], np.int64)
    starts = np.concatenate((_FIRST, ends[:-1] + 1))
    lasts = np.searchsorted(words.starts, ends)
    firsts = np.concatenate((_FIRST, lasts[:-1]))
    fast = speed.kernel()
    hashes = fast.lines(words.hashes, firsts, lasts) if fast else _hashes(words.hashes, firsts, lasts)
    long = lasts - firsts >= WORDS
    return hashes[long], np.stack((starts, ends, lasts - firsts), axis=1)[long]


def _hashes(hashes: np.ndarray, firsts: np.ndarray, lasts: np.ndarray) -> np.ndarray:
    """A polynomial over the words of each line, mixed."""
    lengths = lasts - firsts
    weights = powers(STEP, int(lengths.max(initial=0)))
    sums = [
        (hashes[first:last] * weights[: last - first]).sum()
        for first, last in zip(firsts, lasts, strict=True)
    ]
    return mix(np.array(sums, np.uint64))


def spans(text: str, hashes: Collection[str]) -> tuple[tuple[int, int], ...]:
    """The character spans of a text that are blocks, given the hashes of its outlet's blocks."""
    return left_out(text, split(text), frozenset(int(key, 16) for key in hashes))


def left_out(text: str, words: Words, hashes: Collection[int]) -> tuple[tuple[int, int], ...]:
    """The same of a text already split, the hashes given as numbers."""
    if not hashes:
        return ()
    found, places = lines(text, words)
    return tuple(
        (start, end)
        for key, (start, end, _) in zip(found.tolist(), places.tolist(), strict=True)
        if key in hashes
    )


def threshold(pages: int) -> int:
    """On how many of so many pages a paragraph must stand to be a block."""
    return max(PAGES, -int(-pages * SHARE // 1))


def learn(pages: Iterable[Mapping[str, int]], total: int | None = None) -> dict[str, int]:
    """The blocks of an outlet: hash, and on how many pages whose other text differs.

    A page is its paragraphs, hash: words.  `total` is the number of the outlet's pages, when those given
    are only some.  The order of the pages does not matter.
    """
    distinct = {tuple(sorted(page.items())) for page in pages}
    needed = threshold(len(distinct) if total is None else total)
    repeated = _counts(distinct, needed)
    own = {page for page in distinct if _share(dict(page), repeated) >= OWN}
    return _counts(own, needed)


def _counts(pages: Iterable[tuple[tuple[str, int], ...]], needed: int) -> dict[str, int]:
    counts = Counter(key for page in pages for key, _ in page)
    return {key: count for key, count in counts.items() if count >= needed}


def own_share(page: Iterable[Paragraph], repeated: Collection[str]) -> float:
    """The share, 0..1, of the words of a page's paragraphs that stand in no repeated one."""
    return _share({paragraph.hash: paragraph.words for paragraph in page}, repeated)


def _share(page: Mapping[str, int], repeated: Collection[str]) -> float:
    words = sum(page.values())
    return sum(count for key, count in page.items() if key not in repeated) / words if words else 0.0
