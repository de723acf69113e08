"""Regular expressions come in, what no text can match them without goes out: words to look for first.

Looking for a few words costs a hundredth of trying a pattern at every place of a text.  The method is
that of prefilters for many patterns (Cox, "Regular Expression Matching with a Trigram Index", 2012):
from the parsed pattern, a set of strings of which one must stand in every text that matches; those of
all patterns are looked for in one pass (Aho and Corasick 1975).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product
from re import _constants as sre
from re import _parser as parser  # the standard library's own; it has no public door
from typing import Any

from ahocorasick_rs import AhoCorasick

MAX_NEEDLES = 128  # strings of one set
MAX_SIGNS = 8  # of a character class that is spelled out
LONG = 6  # characters, above which a needle is as rare as it need be
MANY = 32  # strings that are as much as one character more is worth

Exact = frozenset[str]
_EMPTY: Exact = frozenset({""})
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


@lru_cache(maxsize=4_096)
def needles(pattern: str) -> tuple[str, ...]:
    """Strings of which at least one stands in every text that `pattern` matches; () when none is sure.

    `pattern` is matched in its own case: no flags.

    >>> needles(r"(?:first|originally) (?:seen|published) (?:by|in) \\\\w+")[:2]
    ('first published by ', 'first published in ')
    """
    found = _needed(parser.parse(pattern)) or frozenset()
    return tuple(sorted(s for s in found if not any(t != s and t in s for t in found)))


def _needed(nodes: Iterable[Any]) -> Exact | None:
    """The best set of a sequence; None when nothing in it is sure."""
    best: Exact | None = None
    run = _EMPTY
    for node in nodes:
        exact = _exact(node)
        if exact is not None and len(exact) * len(run) <= MAX_NEEDLES:
            run = frozenset(a + b for a, b in product(run, exact))
            continue
        best = _better(_better(best, run), _inside(node))
        run = _EMPTY if exact is None else exact
    return _better(best, run)


def _better(one: Exact | None, other: Exact | None) -> Exact | None:
    """The set that fewer texts hold a string of, told by its shortest string, then by its size."""
    sets = [held for held in (one, other) if held and "" not in held]
    return max(sets, key=lambda held: min(LONG, *map(len, held), LONG) - len(held) / MANY, default=None)


def _exact(node: Any) -> Exact | None:
    """Every string that a node can match; None when they are too many."""
    kind, value = node
    if kind is sre.LITERAL:
        return frozenset({chr(value)})
    if kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return _EMPTY
    if kind is sre.IN:
        return _signs(value)
    if kind is sre.SUBPATTERN:
        return _all(value[-1])
    if kind is sre.BRANCH:
        return _union(_all(branch) for branch in value[1])
    if kind in _REPEATS and value[1] == 1:
        return _union([_all(value[2]), _EMPTY if value[0] == 0 else frozenset()])
    return None


def _signs(members: Iterable[Any]) -> Exact | None:
    """The characters of a class; None when it is more than a few listed ones."""
    found = [chr(value) for kind, value in members if kind is sre.LITERAL]
    return frozenset(found) if len(found) == len(list(members)) <= MAX_SIGNS else None


def _all(nodes: Iterable[Any]) -> Exact | None:
    """Every string that a sequence can match; None when they are too many."""
    run = _EMPTY
    for node in nodes:
        exact = _exact(node)
        if exact is None or len(exact) * len(run) > MAX_NEEDLES:
            return None
        run = frozenset(a + b for a, b in product(run, exact))
    return run


def _union(sets: Iterable[Exact | None]) -> Exact | None:
    found: set[str] = set()
    for one in sets:
        if one is None or len(found) + len(one) > MAX_NEEDLES:
            return None
        found |= one
    return frozenset(found)


def _inside(node: Any) -> Exact | None:
    """The strings that a node itself cannot match without."""
    kind, value = node
    if kind is sre.SUBPATTERN:
        return _needed(value[-1])
    if kind is sre.BRANCH:
        branches = [_needed(branch) for branch in value[1]]
        return None if None in branches else _union(branches)
    if kind in _REPEATS and value[0] > 0:
        return _needed(value[2])
    return None


class Sieve:
    """Tells which of many patterns can match a text, in one pass over it."""

    def __init__(self, sought: Sequence[Sequence[str]]) -> None:
        """`sought`: the needles of each pattern."""
        of: dict[str, set[int]] = {}
        sifted = [() if " " in strings else strings for strings in sought]  # a space stands in every text
        for i, strings in enumerate(sifted):
            for needle in strings:
                of.setdefault(needle, set()).add(i)
        self._always = frozenset(i for i, strings in enumerate(sifted) if not strings)
        self._of = list(of.values())
        self._strings = AhoCorasick(list(of))

    def candidates(self, text: str) -> list[int]:
        """The numbers of the patterns that can match `text`, in order."""
        hits = {hit[0] for hit in self._strings.find_matches_as_indexes(text, overlapping=True)}
        return sorted(self._always.union(*(self._of[hit] for hit in hits)))
