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
from types import ModuleType

import numpy as np

from dedupe import speed
from dedupe.letters import (
    IDEOGRAPH,
    LETTER,
    MARK,
    MASK,
    SYLLABLE,
    UNSEEN,
    entries,
    folds,
    joins,
    kinds,
    spread,
)

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
    fast = speed.kernel()
    return _split_fast(text, fast) if fast else _split(text)


def _split(text: str) -> Words:
    folded, first, last = _fold(text)
    codes = codes_of(folded)
    kept = np.flatnonzero(kinds()[codes] != UNSEEN)
    codes = codes[kept]
    kind = kinds()[codes]
    starts, ends, masks = _units(kind)
    counts = (len(starts), np.count_nonzero(kind == IDEOGRAPH), np.count_nonzero(kind == SYLLABLE), masks)
    size = _shingle_size(*counts)
    utf8, places = _bytes(codes, starts, ends, gap=size == WORDS)
    begin, end = kept[starts], kept[ends - 1] + 1
    return Words(_word_hashes(codes, starts, ends), *_spans(begin, end, first, last), utf8, places, size)


def _split_fast(text: str, fast: ModuleType) -> Words:
    """The same by the compiled kernels: characters that need their neighbours are folded beforehand."""
    first = last = None
    told, *words = fast.split(bytes_of(text), tables())
    if told[0] < 0:
        folded, first, last = _fold(text)
        told, *words = fast.split(bytes_of(folded), _plain_tables())
    (hashes, starts, ends), utf8, places = words
    size = _shingle_size(told[0], *told[2:])
    if size != WORDS:
        utf8 = np.delete(utf8, places[1:] - 1)
        places -= np.arange(len(places), dtype=np.int32)
    return Words(hashes, *_spans(starts, ends, first, last), utf8.tobytes(), places, size)


def codes_of(text: str) -> np.ndarray:
    """uint32: the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def bytes_of(text: str) -> np.ndarray:
    """uint8: a text in UTF-8, lone surrogates with it, as the compiled kernels take it."""
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


@cache
def tables() -> tuple[np.ndarray, ...]:
    """What the compiled kernels know of characters: kinds, folds, spread, entries."""
    return kinds(), folds(), spread(), entries()


@cache
def _plain_tables() -> tuple[np.ndarray, ...]:
    """The tables for a text that is folded: every character folds to itself."""
    codes = np.arange(len(folds()), dtype=np.uint32)
    return kinds(), codes, spread(), kinds().astype(np.uint32) << np.uint32(24) | codes


def _spans(
    begin: np.ndarray, end: np.ndarray, first: np.ndarray | None, last: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Spans of the folded text as spans of the text."""
    if first is None or last is None:
        return begin.astype(np.int32, copy=False), end.astype(np.int32, copy=False)
    return first[begin].astype(np.int32), last[end - 1].astype(np.int32)


def _shingle_size(units: int, ideographs: int, syllables: int, masks: int) -> int:
    """How many units make a shingle: the text's own letters decide."""
    unspaced = ideographs + syllables
    if not unspaced or 2 * unspaced < units - masks:
        return WORDS
    return SYLLABLES if syllables > ideographs else IDEOGRAPHS


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
    fast = speed.kernel()
    if fast:
        found, whole = np.empty(count, np.uint64), np.empty(count, bool)
        fast.runs(hashes, words.size, found, whole)
        return found, whole
    mixed, whole = np.zeros(count, np.uint64), np.ones(count, bool)
    for i in range(words.size):
        part = hashes[i : i + count]
        mixed = mixed * _STEP + part
        whole &= part != 0
    return mix(mixed), whole


def shingles(words: Words, without: Spans = ()) -> np.ndarray:
    """The set of shingles of a text: sorted unique uint64, empty when it is shorter than one."""
    found, whole = runs(words, without)
    return distinct(found[whole])


def distinct(values: np.ndarray) -> np.ndarray:
    """The values sorted, each once; the array given is sorted in place."""
    values.sort()
    again = values[1:] == values[:-1]
    return values[np.append(True, ~again)] if again.any() else values


def mix(values: np.ndarray) -> np.ndarray:
    """uint64: every bit of the result hangs on every bit of the value (MurmurHash3's fmix64)."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def _units(kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Where each word or masked word begins and ends, and how many are masked."""
    base = _carried(kind)
    inside = (base >= LETTER) & (base <= SYLLABLE)
    before = np.concatenate(([0], base[:-1])).astype(base.dtype)
    after = np.concatenate((inside[1:], [False]))
    alone = (kind == MASK) & ~((before >= LETTER) & (before <= SYLLABLE)) & ~after
    unspaced = (kind == IDEOGRAPH) | (kind == SYLLABLE)
    begins = unspaced | ((base == LETTER) & (before != LETTER)) | alone
    starts = np.flatnonzero(begins)
    stops = np.append(np.flatnonzero(begins | ~inside), len(kind))
    return starts, stops[np.searchsorted(stops, starts, "right")], np.count_nonzero(alone)


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
    weights = powers(_RADIX, int(lengths.max()))[picked - np.repeat(starts, lengths)]
    sums = np.add.reduceat(codes[picked].astype(np.uint64) * weights, np.cumsum(lengths) - lengths)
    hashes = np.maximum(mix(sums), np.uint64(1))
    hashes[codes[starts] == ord("@")] = 0
    return hashes


def powers(radix: np.uint64, count: int) -> np.ndarray:
    """radix ** 1 ... radix ** count, uint64."""
    few = _few_powers(radix)
    return few[:count] if count <= len(few) else np.cumprod(np.full(count, radix))


@cache
def _few_powers(radix: np.uint64) -> np.ndarray:
    return np.cumprod(np.full(256, radix))


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
