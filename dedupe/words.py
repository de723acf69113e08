"""The words of a text, folded and with their places, and the runs of words that make its shingles.

Words are runs of letters, digits and underscores of NFKC(text).casefold(), with the marks that go
with them.  In scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese) every
character is a unit of its own, and a text mostly of such units has longer shingles, so that a shingle
spans about five words in every language.  The text itself decides that, never a language label:
copies labelled differently must still meet.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from dedupe.letters import IDEOGRAPH, LETTER, MARK, MASK, SYLLABLE, UNSEEN, joins, kinds

WORDS = 5  # words per shingle
IDEOGRAPHS = 8  # a Chinese word is 1.6 characters long on average
SYLLABLES = 15  # a Thai word is about 3 characters with their marks

Spans = Sequence[tuple[int, int]]

_RADIX = np.uint64(0x9E3779B97F4A7C15)  # of the polynomial over the characters of a word
_STEP = np.uint64(0xD6E8FEB86659FD93)  # of the polynomial over the words of a shingle


@dataclass(frozen=True, slots=True)
class Words:
    """The folded words of a text in order; a hash of 0 is a masked word, which no shingle contains."""

    hashes: np.ndarray  # uint64 per word
    starts: np.ndarray  # int32: character offsets into the text
    ends: np.ndarray
    utf8: bytes  # the folded words, in texts of words a space after each
    places: np.ndarray  # int32, one more than words: where each begins in utf8
    size: int  # units per shingle: WORDS, IDEOGRAPHS or SYLLABLES

    @property
    def gap(self) -> int:
        """Bytes between two words in `utf8`."""
        return int(self.size == WORDS)

    def __len__(self) -> int:
        return len(self.hashes)


def split(text: str, language: str | None = None) -> Words:  # noqa: ARG001 - kept for callers that know it
    """The words of a text; `language` is a hint that today's rules do not need.

    >>> words = split("Paris (AFP): the CAT sat")
    >>> words.utf8, words.starts.tolist()
    (b'paris afp the cat sat ', [0, 7, 13, 17, 21])
    """
    folded, first, last = _fold(text)
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
    kept = np.flatnonzero(kinds()[codes] != UNSEEN)
    codes = codes[kept]
    starts, ends, size = _units(kinds()[codes])
    utf8, places = _bytes(codes, starts, ends, gap=size == WORDS)
    begin, end = kept[starts], kept[ends - 1]
    return Words(
        _word_hashes(codes, starts, ends),
        (begin if first is None else first[begin]).astype(np.int32),
        (end + 1 if last is None else last[end]).astype(np.int32),
        utf8,
        places,
        size,
    )


def masked(words: Words, without: Spans) -> np.ndarray:
    """uint64 per word: the hashes, 0 where a word touches one of the character spans `without`."""
    if not without:
        return words.hashes
    hashes = words.hashes.copy()
    for start, end in without:
        hashes[np.searchsorted(words.ends, start, "right") : np.searchsorted(words.starts, end)] = 0
    return hashes


def runs(words: Words, without: Spans = ()) -> tuple[np.ndarray, np.ndarray]:
    """The shingle that begins at each word (uint64), and whether one does (bool): none contains a
    masked word or one of `without`.  Both are shorter than the words by a shingle less one.
    """
    hashes = masked(words, without)
    count = len(hashes) - words.size + 1
    if count <= 0:
        return np.zeros(0, np.uint64), np.zeros(0, bool)
    mixed, whole = np.zeros(count, np.uint64), np.ones(count, bool)
    for i in range(words.size):
        part = hashes[i : i + count]
        mixed = mixed * _STEP + part
        whole &= part != 0
    return mix(mixed), whole


def shingles(words: Words, without: Spans = ()) -> np.ndarray:
    """The set of shingles of a text: sorted unique uint64, empty when it is shorter than one."""
    found, whole = runs(words, without)
    return np.unique(found[whole])


def mix(values: np.ndarray) -> np.ndarray:
    """uint64: every bit of the result hangs on every bit of the value (MurmurHash3's fmix64)."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _units(kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Where each word or masked word begins and ends, and how many make a shingle."""
    base = _carried(kind)
    inside = (base >= LETTER) & (base <= SYLLABLE)
    before = np.concatenate(([0], base[:-1])).astype(base.dtype)
    after = np.concatenate((inside[1:], [False]))
    alone = (kind == MASK) & ~((before >= LETTER) & (before <= SYLLABLE)) & ~after
    unspaced = (kind == IDEOGRAPH) | (kind == SYLLABLE)
    begins = unspaced | ((base == LETTER) & (before != LETTER)) | alone
    starts = np.flatnonzero(begins)
    stops = np.append(np.flatnonzero(begins | ~inside), len(kind))
    ends = stops[np.searchsorted(stops, starts, "right")]
    han, thai = np.count_nonzero(kind == IDEOGRAPH), np.count_nonzero(kind == SYLLABLE)
    words = len(starts) - han - thai - np.count_nonzero(alone)
    if not han + thai or han + thai < words:
        return starts, ends, WORDS
    return starts, ends, SYLLABLES if thai > han else IDEOGRAPHS


def _carried(kind: np.ndarray) -> np.ndarray:
    """The kinds, marks replaced by the kind of the character they go with."""
    marks = kind == MARK
    if not marks.any():
        return kind
    last = np.maximum.accumulate(np.where(marks, -1, np.arange(len(kind))))
    return np.where(last < 0, 0, kind[last]).astype(kind.dtype)


def _word_hashes(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """A polynomial over the characters of each word, mixed; 0 for a masked word only."""
    if not len(starts):
        return np.zeros(0, np.uint64)
    lengths = ends - starts
    picked = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    weights = _powers(int(lengths.max()))[picked - np.repeat(starts, lengths)]
    sums = np.add.reduceat(codes[picked].astype(np.uint64) * weights, np.cumsum(lengths) - lengths)
    hashes = np.maximum(mix(sums), np.uint64(1))
    hashes[codes[starts] == ord("@")] = 0
    return hashes


def _powers(count: int) -> np.ndarray:
    return np.cumprod(np.full(count, _RADIX)) if count > 64 else _few_powers()


@cache
def _few_powers() -> np.ndarray:
    return np.cumprod(np.full(64, _RADIX))


def _bytes(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray, *, gap: bool) -> tuple[bytes, np.ndarray]:
    """The words as UTF-8, and where each begins; a masked word is empty."""
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    words = [text[start:end] for start, end in spans]
    words = ["" if word == "@" else word for word in words]
    sizes = [len(word.encode()) + gap for word in words]
    joined = "".join(word + " " for word in words) if gap else "".join(words)
    return joined.encode(), np.cumsum([0, *sizes], dtype=np.int32)


def _fold(text: str) -> tuple[str, np.ndarray | None, np.ndarray | None]:
    """NFKC(text).casefold(), and for each of its characters the span of the text it came from.

    The spans are None when every character of the text gave exactly one.
    """
    if unicodedata.is_normalized("NFKC", text) and len(folded := text.casefold()) == len(text):
        return folded, None, None
    pieces, first, last, place = [], [], [], 0
    for cluster in _clusters(text):
        folded = _fold_cluster(cluster)
        pieces.append(folded)
        end = place + len(cluster)
        if len(folded) == len(cluster) == 1 or cluster.isascii():
            first.extend(range(place, end))
            last.extend(range(place + 1, end + 1))
        else:
            first.extend([place] * len(folded))
            last.extend([end] * len(folded))
        place = end
    return "".join(pieces), np.array(first, np.int64), np.array(last, np.int64)


_CLUSTER = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)|.", re.DOTALL)


def _clusters(text: str) -> list[str]:
    """The text in pieces that normalise apart: runs of ASCII, and characters with what joins them."""
    pieces: list[str] = []
    for piece in _CLUSTER.findall(text):
        if pieces and not piece.isascii() and _joins(piece):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


@lru_cache(maxsize=4096)
def _joins(char: str) -> bool:
    return joins(char)


@lru_cache(maxsize=4096)
def _fold_cluster(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster).casefold()
