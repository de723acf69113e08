"""Every pattern that stands in a module of ours takes linear time on 100 kB of its worst."""

import importlib
import pkgutil
import re
import time

import pytest

import crawler
import db
from crawler.authors import byline_words
from crawler.needles import needles

LENGTH = 100_000
SECONDS = 2.0
PIECES = (
    *(
        "a",
        "A",
        "1",
        " ",
        "\n",
        "<",
        "<a",
        ">",
        "(",
        '"',
        "'",
        "-",
        "/",
        ".",
        ",",
        ":",
        ";",
        "_",
        "=",
        "ă",
        "橋",
    ),
    *(
        "1 ",
        "1/",
        "1.",
        "1:",
        "12 a",
        "a 1",
        "Aa ",
        "a-",
        "-a",
        "/a",
        "a/",
        "a.",
        ". ",
        "a b ",
        "<div ",
        "</p",
    ),
    *("2024", "2024-1", "2024/", "T1", "+0", "by ", "a,b", "&amp;", "[[", "]},", ",\n ", "\r", "\x0b", "@ "),
)
PASSED_OVER = ("spiders", "browse", "db.forget")  # the last: a name that a person types, matched whole


def _patterns():
    """(name, pattern) of every compiled pattern of the packages, once each."""
    found = {}
    for package in (crawler, db):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if any(name in module.name for name in PASSED_OVER):
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found.setdefault(value, f"{module.name}.{name}")
    found |= {pattern: f"byline_words.{n}" for n, pattern in enumerate(byline_words())}
    return {name: pattern for pattern, name in found.items()}


PATTERNS = _patterns()


def _worst(pattern):
    """Texts that are nothing but one piece, and what the pattern itself asks for, whole and in part."""
    asked = [string for string in needles(pattern.pattern) if string][:8]
    for piece in dict.fromkeys((*PIECES, *asked, *(f"{string} " for string in asked))):
        yield (piece * (LENGTH // len(piece) + 1))[:LENGTH]


def test_there_are_patterns():
    assert len(PATTERNS) > 50


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_time(name):
    for text in _worst(PATTERNS[name]):
        begin = time.process_time()
        for _ in PATTERNS[name].finditer(text):
            pass
        assert time.process_time() - begin < SECONDS, text[:40]
