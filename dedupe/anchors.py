"""What a text keeps in any language: its numbers and the sounds of its names, in their order.

A name is known by the consonants it begins with, whatever the script ("Kavanaugh", "Кавано", "Κάβανο"):
letters are spelled in Latin ones, close consonants are one class, vowels fall away, endings are cut.
The idea is Soundex's (Russell 1918); to take numbers and cognates as the anchors of a translation is
Simard, Foster and Isabelle's ("Using cognates to align sentences in bilingual corpora", 1992).
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from anyascii import anyascii

LONGEST = 5  # consonants of a name that are looked at; further ones may be an ending
SHORTEST = 3  # a name of fewer says nothing
CASELESS = 4  # fewest in a script without capitals, where every word may be a name
MOST = 600  # anchors of one text
BAND = 0.1  # of the texts' lengths: how far from its place an anchor may stand in a translation
LIGHT = 0.6  # what a short name or number weighs beside a long one

TYPE = np.dtype([("key", "<u4"), ("place", "<u2")])
"""An anchor as stored: a hash whose lowest bits say long and telling; its place, of 65,535."""

_WORD = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"  # no kana, no Han: their names have no ends


def _small() -> str:
    """The small letters of every alphabet, as ranges of a character class: no name begins with one."""
    codes = [
        c for c in range(0x1E944) if chr(c).islower() and chr(c).isalnum() and chr(c) != chr(c).swapcase()
    ]
    starts = [c for c, before in zip(codes, [-2, *codes], strict=False) if c != before + 1]
    ends = [c for c, after in zip(codes, [*codes[1:], -2], strict=True) if c != after - 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))


# A number, a katakana word, or a word that begins with no small letter; words that do, and the signs
# around them, are run over at once.
_TOKEN = re.compile(
    rf"(?:(?<!{_WORD})[{_small()}][a-z]*+{_WORD}*+\W*+)++"
    rf"|(\d+(?:[.,\u00a0\u202f '’]\d+)*|[\u30a1-\u30fa\u30fc]{{3,}}"
    rf"|(?<!{_WORD})(?![{_small()}]){_WORD}+(?:['’-]{_WORD}+)*)"
)
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f '’](?=\d{3}(?!\d))")
_POINT = re.compile(r"[,\u00a0\u202f '’]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDS_SENTENCE = frozenset('.!?:;\n"“”„«»…。！？؟')
_OPENING = " \t'‘’(["
_SAME_SOUND = str.maketrans(
    {**dict.fromkeys("bpvf", "p"), **dict.fromkeys("ckgqx", "k"), **dict.fromkeys("dt", "t"),
     **dict.fromkeys("szj", "s"), **dict.fromkeys("aeiouywh'’-` ", "")}
)  # fmt: skip
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HISSED = re.compile("sch|tsch|cz|ch|sh|ts|zh")
_TWICE = re.compile(r"(.)\1+")
_VOWELS = frozenset("aeiouywh")
_LONG, _TELLING = 1, 2


@dataclass(frozen=True, slots=True)
class Anchor:
    """One number or name of a text: equal keys in two languages mean the same one, most likely."""

    key: str
    start: int  # character offsets
    end: int


def anchors(text: str) -> list[Anchor]:
    """The anchors of a text in order, MOST at the most.

    >>> [a.key for a in anchors("In May, Maarten Osterveld sent 11 plants and 9,000 cans.")]
    ['nrtn', 'astrp', '11', '9000']
    """
    return [Anchor(*one) for one in _found(text)]


def _found(text: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for token in _TOKEN.finditer(text):
        word = token[1]
        if not word:
            continue
        key, is_cased = _meant(word)
        if key and (not is_cased or _within_sentence(text, token.start())):
            found.append((key, token.start(), token.end()))
            if len(found) == MOST:
                break
    return found


@lru_cache(maxsize=50_000)
def _meant(word: str) -> tuple[str, bool]:
    """The key of a number or of a word that may be a name, and whether its capital must be looked at."""
    if word[0].isdigit():
        return number(word), False
    if len(word) < 3:
        return "", False
    if word == word.swapcase():
        return sound(word), False
    return (sound(word), True) if word[0].isupper() else ("", False)


def number(word: str) -> str:
    """A number in Western digits without thousands separators; empty where it is a single digit.

    >>> number("10.000"), number("10,000"), number("1,5"), number("٢٠"), number("7")
    ('10000', '10000', '1.5', '20', '')
    """
    plain = "".join(str(unicodedata.decimal(c, "")) if c.isdigit() else c for c in word)
    plain = _POINT.sub(".", _THOUSANDS.sub("", plain)).strip(".")
    return plain if len(plain) > 1 else ""


def sound(word: str) -> str:
    """The first consonants of a word, LONGEST at the most; empty where it has too few.

    >>> sound("Kavanaugh"), sound("Кавано"), sound("Trump"), sound("Трампом"), sound("Ann")
    ('kpn', 'kpn', 'trnp', 'trnpn', '')
    """
    plain = _HISSED.sub("s", anyascii(word).lower()).replace("gh", "").replace("m", "n")
    first = "a" if plain[:1] in _VOWELS else ""
    codes = first + _TWICE.sub(r"\1", plain.translate(_SAME_SOUND))
    fewest = CASELESS if word == word.swapcase() else SHORTEST
    return codes[:LONGEST] if len(codes) >= fewest else ""


def _within_sentence(text: str, start: int) -> bool:
    """Whether a word begins inside a sentence: there a capital makes it a name."""
    if start > 1 and text[start - 1] == " " and text[start - 2] not in _OPENING:
        return text[start - 2] not in _ENDS_SENTENCE
    before = text[max(0, start - 3) : start].rstrip(_OPENING)
    return bool(before) and before[-1] not in _ENDS_SENTENCE


def packed(text: str) -> np.ndarray:
    """The anchors of a text as an array of TYPE, in order."""
    length = max(1, len(text))
    rows = [(_hash(key), start * 65_535 // length) for key, start, _ in _found(text)]
    return np.array(rows, TYPE)


@lru_cache(maxsize=50_000)
def _hash(key: str) -> int:
    """32 bits of a key, the lowest of which say whether it is long, and worth a look in an index."""
    digits = key[0].isdigit()
    telling = len(key) >= (3 if digits else 4) and not _YEAR.fullmatch(key)
    mark = (_LONG if len(key) >= 4 else 0) | (_TELLING if telling else 0)
    return zlib.crc32(key.encode()) >> 2 << 2 | mark


def telling(found: np.ndarray) -> np.ndarray:
    """The different keys, uint32 sorted, that are worth a look in an index."""
    keys = found["key"]
    return np.unique(keys[keys & _TELLING > 0])


def breadth(text: str) -> int:
    """The length of a text in letters of an alphabet: a character of Chinese, Japanese or Korean is three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_WIDE.findall(text))


class Row:
    """The anchors of a text, ready to be aligned with others."""

    def __init__(self, found: np.ndarray) -> None:
        self.anchors: list[tuple[int, int]] = found.tolist()
        self.counts = Counter([key for key, _ in self.anchors])
        self.weight = sum([_weight(key) for key in self.counts])


def _weight(key: int) -> float:
    return 1.0 if key & _LONG else LIGHT


def alignment(a: Row, b: Row, least: float = 0.0) -> float:
    """How well the anchors of two texts stand in one order: 0 for not at all, 0.8 and more for a translation.

    The heaviest chain of common anchors that rises in both and keeps near the diagonal, each weighed
    the less the more often it stands in a text; then the geometric mean of that weight and of its
    share of the smaller text's.  Where it cannot be `least`, 0.
    """
    common = a.counts.keys() & b.counts.keys()
    if _at_most(a, b, common) < least:
        return 0.0
    weights = {key: _weight(key) / max(a.counts[key], b.counts[key]) for key in common}
    chain = _chain(a.anchors, b.anchors, weights)
    smaller = min(_sum(row, weights) for row in (a, b))
    return (chain * chain / max(1.0, smaller)) ** 0.5


def _at_most(a: Row, b: Row, common: Collection[int]) -> float:
    """What the alignment would be if all common anchors stood in one order, and a little more."""
    chain, less_a, less_b = 0.0, 0.0, 0.0
    for key in common:
        in_a, in_b, weight = a.counts[key], b.counts[key], _weight(key)
        if in_a < in_b:
            chain += weight * in_a / in_b
            less_a += weight - weight * in_a / in_b
        else:
            chain += weight * in_b / in_a
            less_b += weight - weight * in_b / in_a
    smaller = min(a.weight - less_a, b.weight - less_b)
    return (chain * chain / max(1.0, smaller)) ** 0.5 + 1e-6


def _sum(row: Row, common: Mapping[int, float]) -> float:
    """The weight of all anchors of a text beside another, the common ones as given."""
    counts = row.counts
    return sum([common[k] if k in common else _weight(k) / counts[k] for k, _ in row.anchors])


def _chain(a: list[tuple[int, int]], b: list[tuple[int, int]], weights: Mapping[int, float]) -> float:
    """The weight of the heaviest common chain, by running maxima over the places in `b`."""
    ends = [one for one in b if one[0] in weights]
    places: dict[int, list[int]] = {}
    for j, (key, _) in enumerate(ends):
        places.setdefault(key, []).append(j)
    band = int(BAND * 65_535)
    best = [0.0] * (len(ends) + 1)  # a Fenwick tree: best chain that ends at or before a place
    for key, place in a:
        near = [j for j in places.get(key, ()) if abs(ends[j][1] - place) <= band]
        grown = [(j, _most(best, j) + weights[key]) for j in near]
        for j, weight in grown:
            _raise(best, j + 1, weight)
    return _most(best, len(ends))


def _most(tree: list[float], end: int) -> float:
    found = 0.0
    while end > 0:
        found = max(found, tree[end])
        end -= end & -end
    return found


def _raise(tree: list[float], at: int, value: float) -> None:
    while at < len(tree):
        tree[at] = max(tree[at], value)
        at += at & -at


def in_common(a: str, b: str) -> list[str]:
    """The names and numbers of `a`, as spelled there, that `b` has near the same place; each once."""
    places: dict[str, list[float]] = {}
    for key, start, _ in _found(b):
        places.setdefault(key, []).append(start / max(1, len(b)))
    found = {}
    for key, start, end in _found(a):
        here = start / max(1, len(a))
        if any(abs(there - here) <= BAND for there in places.get(key, ())):
            found.setdefault(key, a[start:end])
    return list(found.values())
