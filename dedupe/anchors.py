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
    codes = [c for c in range(0x1E944) if chr(c).islower() and chr(c) != chr(c).swapcase()]
    starts = [c for c, before in zip(codes, [-2, *codes], strict=False) if c != before + 1]
    ends = [c for c, after in zip(codes, [*codes[1:], -2], strict=True) if c != after - 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))


_TOKEN = re.compile(
    rf"\d+(?:[.,\u00a0\u202f '’]\d+)*|[\u30a1-\u30fa\u30fc]{{3,}}"
    rf"|(?<!{_WORD})(?![{_small()}]){_WORD}+(?:['’-]{_WORD}+)*"
)
_THOUSANDS = re.compile(r"(?<=\d)[.,\u00a0\u202f '’](?=\d{3}(?!\d))")
_POINT = re.compile(r"[,\u00a0\u202f '’]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ENDS_SENTENCE = frozenset('.!?:;\n"“”„«»…。！？؟')
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
    found: list[Anchor] = []
    for token in _TOKEN.finditer(text):
        key = _key(text, token)
        if key:
            found.append(Anchor(key, token.start(), token.end()))
            if len(found) == MOST:
                break
    return found


def _key(text: str, token: re.Match[str]) -> str:
    word = token[0]
    if word[0].isdigit():
        return number(word)
    return sound(word) if _may_be_name(text, token) else ""


def number(word: str) -> str:
    """A number in Western digits without thousands separators; empty where it is a single digit.

    >>> number("10.000"), number("10,000"), number("1,5"), number("٢٠"), number("7")
    ('10000', '10000', '1.5', '20', '')
    """
    plain = "".join(str(unicodedata.decimal(c, "")) if c.isdigit() else c for c in word)
    plain = _POINT.sub(".", _THOUSANDS.sub("", plain)).strip(".")
    return plain if len(plain) > 1 else ""


@lru_cache(maxsize=50_000)
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


def _may_be_name(text: str, token: re.Match[str]) -> bool:
    """Whether a word is capitalised within its sentence, or of a script that has no capitals."""
    word = token[0]
    if len(word) < 3:
        return False
    if word == word.swapcase():
        return True
    before = text[max(0, token.start() - 3) : token.start()].rstrip(" \t'‘’([")
    return word[0].isupper() and bool(before) and before[-1] not in _ENDS_SENTENCE


def packed(text: str) -> np.ndarray:
    """The anchors of a text as an array of TYPE, in order."""
    length = max(1, len(text))
    rows = [(_hash(a.key), a.start * 65_535 // length) for a in anchors(text)]
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
    return len(text) + 2 * len(_WIDE.findall(text))


def alignment(a: np.ndarray, b: np.ndarray) -> float:
    """How well the anchors of two texts stand in one order: 0 for not at all, 0.8 and more for a translation.

    The heaviest chain of common anchors that rises in both and keeps near the diagonal, each weighed
    the less the more often it stands in a text; then the geometric mean of that weight and of its
    share of the smaller text's.
    """
    counts = Counter(a["key"].tolist()) | Counter(b["key"].tolist())
    weights = {key: (1.0 if key & _LONG else LIGHT) / count for key, count in counts.items()}
    chain = _chain(a.tolist(), b.tolist(), weights)
    smaller = min(sum(weights[key] for key in side["key"].tolist()) for side in (a, b))
    return (chain * chain / max(1.0, smaller)) ** 0.5


def _chain(a: list[tuple[int, int]], b: list[tuple[int, int]], weights: dict[int, float]) -> float:
    """The weight of the heaviest common chain, by running maxima over the places in `b`."""
    places: dict[int, list[int]] = {}
    for j, (key, _) in enumerate(b):
        places.setdefault(key, []).append(j)
    band = int(BAND * 65_535)
    best = [0.0] * (len(b) + 1)  # a Fenwick tree: best chain that ends at or before a place
    for key, place in a:
        near = [j for j in places.get(key, ()) if abs(b[j][1] - place) <= band]
        grown = [(j, _most(best, j) + weights[key]) for j in near]
        for j, weight in grown:
            _raise(best, j + 1, weight)
    return _most(best, len(b))


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
    mine, theirs = anchors(a), anchors(b)
    places: dict[str, list[float]] = {}
    for one in theirs:
        places.setdefault(one.key, []).append(one.start / max(1, len(b)))
    found = {}
    for one in mine:
        here = one.start / max(1, len(a))
        if any(abs(there - here) <= BAND for there in places.get(one.key, ())):
            found.setdefault(one.key, a[one.start : one.end])
    return list(found.values())
