"""What each character is to a word: two tables over all code points, made once per process.

`kinds()` says what a folded character is; `folds()` says which character a character folds to (NFKC,
then casefold), or which several, or that this cannot be said without its neighbours.
"""

import sys
import unicodedata
from functools import cache

import numpy as np

SEPARATOR, LETTER, IDEOGRAPH, SYLLABLE, MARK, UNSEEN, MASK = range(7)
"""LETTER: of a script that puts spaces between words.  IDEOGRAPH (Han, kana) and SYLLABLE (Thai, Lao,
Khmer, Burmese): of one that does not.  MARK: goes with the character before it.  UNSEEN: has no width
and no meaning of its own, so a soft hyphen does not part a word.  MASK: the sign that stands for a
hidden word."""

COMPLEX = 0xFFFFFFFF  # may melt into the character before it: cannot be folded alone
SEVERAL = 0x80000000  # folds to several characters: the rest of the entry is a place in `spread()`

_IDEOGRAPHS = ((0x3005, 0x3007), (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
               (0xF900, 0xFAFF), (0x20000, 0x323AF))  # fmt: skip
_SYLLABLES = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))
_UNSEEN = (0x00AD, 0x200C, 0x200D, 0x2060, 0xFEFF)
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))
# Whole ranges whose characters are certain: Han and Hangul fold to themselves, and so do surrogates,
# private and unassigned characters, which are no letters.
_THEMSELVES = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0xD800, 0xF900), (0x1F300, 0x1FA00), (0x20000, 0x2F800),
               (0x30000, 0xE0000), (0xE0200, 0x110000))  # fmt: skip
_SMALL, _LARGE = 0x20000, 0x323B0  # between them stand Han; beyond both a few marks in plane 14


@cache
def kinds() -> np.ndarray:
    """uint8[0x110000]: what each character of a folded text is."""
    table = np.zeros(sys.maxunicode + 1, np.uint8)
    letters = np.fromiter(map(str.isalnum, map(chr, range(_LARGE))), bool, _LARGE)
    table[:_LARGE][letters] = LETTER
    table[ord("_")] = LETTER
    for ranges, kind in ((_IDEOGRAPHS, IDEOGRAPH), (_SYLLABLES, SYLLABLE)):
        for first, last in ranges:
            part = table[first : last + 1]
            part[part == LETTER] = kind
    others = [*(np.flatnonzero(table[0x300:_SMALL] == 0) + 0x300).tolist(), *range(0xE0100, 0xE01F0)]
    kinds_of = map(unicodedata.category, map(chr, others))
    table[[code for code, kind in zip(others, kinds_of, strict=True) if kind[0] == "M"]] = MARK
    table[list(_UNSEEN)] = UNSEEN
    table[ord("@")] = MASK
    return table


@cache
def folds() -> np.ndarray:
    """uint32[0x110000]: what each character folds to."""
    return _folds()[0]


@cache
def spread() -> np.ndarray:
    """uint32: for each character that folds to several, how many, and which."""
    return _folds()[1]


@cache
def entries() -> np.ndarray:
    """uint32[0x110000]: kind << 24 | folded character; a kind beyond SYLLABLE asks for a second look."""
    table = folds()
    single = table < SEVERAL
    found = np.full(len(table), UNSEEN << 24, np.uint32)
    found[single] = kinds()[table[single]].astype(np.uint32) << np.uint32(24) | table[single]
    return found


@cache
def _folds() -> tuple[np.ndarray, np.ndarray]:
    listed: list[int] = []
    table = np.full(sys.maxunicode + 1, COMPLEX, np.uint32)
    for first, end in _THEMSELVES:
        table[first:end] = np.arange(first, end)
    known = table != COMPLEX
    for code in (*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x11000), *range(0x1F000, 0x1F300)):
        if not known[code]:
            table[code] = _fold(chr(code), listed)
    return table, np.array(listed, np.uint32)


def joins(char: str) -> bool:
    """Whether a character may melt into the one before it when a text is normalised.

    >>> joins("e"), joins("\\u0301")
    (False, True)
    """
    first = unicodedata.normalize("NFKC", char)[0]
    return (
        unicodedata.category(first)[0] == "M"
        or unicodedata.combining(first) > 0
        or any(low <= ord(first) <= high for low, high in _JAMO)
    )


def _fold(char: str, listed: list[int]) -> int:
    if joins(char):
        return COMPLEX
    folded = unicodedata.normalize("NFKC", char).casefold()
    if len(folded) == 1:
        return ord(folded)
    place = len(listed)
    listed += [len(folded), *map(ord, folded)]
    return SEVERAL | place
