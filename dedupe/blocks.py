"""House blocks: the paragraphs an outlet sets on many of its pages (bio, promo, newsletter, legal).

A paragraph is a line of the text of at least four words, known by the hash of its folded words.  A
block stands on at least max(5, 1 %) of an outlet's pages whose other text differs; a story that one
outlet sets under many URLs is no block, and neither is any whole article.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.words import Words, mix, split

WORDS = 4  # a shorter line is no paragraph
PAGES = 5  # fewest pages a block stands on ...
SHARE = 0.01  # ... and fewest of the outlet's pages
OWN = 0.5  # of a page's words stand in no block, or the page is a copy of others

_STEP = np.uint64(0xA0761D6478BD642F)


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
    return paragraphs_of(text, split(text))


def paragraphs_of(text: str, words: Words) -> list[Paragraph]:
    """The paragraphs of a text already split."""
    found, place, start = [], 0, 0
    for line in text.split("\n"):
        end = start + len(line)
        last = int(np.searchsorted(words.starts, end))
        if last - place >= WORDS:
            found.append(Paragraph(f"{_hash(words.hashes[place:last]):016x}", start, end, last - place))
        start, place = end + 1, last
    return found


def _hash(hashes: np.ndarray) -> int:
    powers = np.cumprod(np.full(len(hashes), _STEP))
    return int(mix((hashes * powers).sum(keepdims=True))[0])


def spans(text: str, hashes: Collection[str]) -> tuple[tuple[int, int], ...]:
    """The character spans of a text that are blocks, given the hashes of its outlet's blocks."""
    if not hashes:
        return ()
    return tuple((p.start, p.end) for p in paragraphs(text) if p.hash in hashes)


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
