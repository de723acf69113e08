"""Needles: what a pattern cannot match without is told from the pattern, and never too much of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.mentions import flat, mark, scanner
from crawler.needles import Sieve, needles
from crawler.sites import names
from crawler.wordings import wordings

SCANNER = scanner(names())
RULES = [rule for rules in wordings(None).rules.values() for rule in rules]


@pytest.mark.parametrize(
    ("pattern", "sought"),
    [
        ("according to", ("according to",)),
        ("(?:first|once) seen", ("first seen", "once seen")),
        ("reports?", ("report",)),
        (r"\bvia [a-z]+", ("via ",)),
        ("(?:the )?source: ?", ("source:",)),
        ("[ab]x", ("ax", "bx")),
        (r"(?:told|said|[^ ]+)", ()),
        (r"\w{0,3}", ()),
        ("(?=never)", ()),
        ("(?:ab){2,3}", ("ab",)),
        ("(?:ab)*", ()),
        ("x|", ()),
    ],
)
def test_a_pattern_cannot_match_without_its_needles(pattern, sought):
    assert needles(pattern) == sought


PIECES = st.sampled_from(
    ["a", "bc", "d?", "[ef]", "(?:gh|i)", "(?:j|kl|)", ".", r"\w+", "(?:m(?:n|o))+", "^"]
)


@given(st.lists(PIECES, min_size=1, max_size=6), st.text("abcdefghijklmno ", max_size=60))
def test_whatever_matches_holds_a_needle(pieces, text):
    pattern = "".join(pieces)
    sought = needles(pattern)
    for match in re.finditer(pattern, text):
        assert not sought or any(needle in match[0] for needle in sought)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_likely_on_its_own_example(rule):
    marked = mark(flat(rule.example), SCANNER.find(rule.example))
    if rule.pattern.search(marked):
        assert rule in wordings(None).likely(rule.language, marked)


def test_a_sieve_names_the_patterns_that_can_match():
    sieve = Sieve([("reports", "says"), (), ("via ",), ("ports",)])
    assert sieve.candidates("nobody reports it") == [0, 1, 3]
    assert sieve.candidates("") == [1]
    assert Sieve([]).candidates("anything") == []


def test_a_pattern_that_needs_a_space_is_likely_everywhere():
    assert Sieve([(" ", "x"), ("via ",)]).candidates("radio") == [0]
