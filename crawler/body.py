"""A page's tree comes in, the article's text goes out: its paragraphs, joined by newlines.

trafilatura reads it.  Where readability or the page's own `articleBody` sees something else, they are
heard: what trails behind the text that all agree on is other people's (comments, teasers), and a text
of a few words is put to the vote.
"""

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.baseline import basic_cleaning
from trafilatura.external import try_justext, try_readability

from crawler.markup import READER_ERRORS, few_words, paragraphs
from crawler.structured import strings

AGREED = 0.9  # share of both texts above which two engines read the same article
CORE = 0.8  # share of the second engine's text that stands in the first's when it is the same article
TINY = 300  # letters: a shorter text is put to the vote
TRAIL = 3  # lines behind the agreed text from which on they are cut
MAX_VOTE = 300_000  # characters of a text, above which nobody is asked for a second opinion
MAX_CAPTIONS = 500
SHORT_LINE = 100  # characters
MAX_CAPTION = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Body:
    """The article's text, and the engine whose reading it is."""

    text: str
    extractor: str


def body(tree: HtmlElement, objects: tuple[dict[str, Any], ...] = (), titles: tuple[str, ...] = ()) -> Body:
    """The article's text ("" where there is none) without its captions, and without a headline before it.

    `titles`: the page's headline in its spellings.  The tree stays as it is.
    """
    lines, engine = _trafilatura(tree), f"trafilatura {trafilatura.__version__}"
    letters = sum(map(len, lines))
    if letters <= MAX_VOTE and len(lines) <= 3_000:
        stated = _stated(objects)
        if letters < TINY:
            lines, engine = _voted(tree, lines, stated, engine)
        else:
            lines, engine = _checked(tree, lines, stated, engine)
    return Body("\n".join(_without(lines, tree, titles)), engine)


def _voted(tree: HtmlElement, lines: list[str], stated: list[str], engine: str) -> tuple[list[str], str]:
    """The reading that agrees most with the others; the page's own statement where it alone holds a text."""
    readings = {engine: lines, "readability": _readability(tree), "articleBody": stated}
    readings = {name: reading for name, reading in readings.items() if reading}
    votes = {
        name: sum(_agreement(reading, other) for key, other in readings.items() if key != name)
        for name, reading in readings.items()
    }
    best = max(votes, key=lambda name: votes[name], default=engine)
    if sum(map(len, stated)) > 2 * TINY > 2 * sum(map(len, readings.get(best, []))):
        best = "articleBody"
    elif not votes.get(best):
        best = engine
    return readings.get(best, []), best


def _checked(tree: HtmlElement, lines: list[str], stated: list[str], engine: str) -> tuple[list[str], str]:
    """The reading, less what trails behind it, or the second opinion where that holds it and much more."""
    second = _readability(tree)
    kept, found = _share(lines, second), _share(second, lines)
    if _mean(kept, found) >= AGREED:
        return lines, engine
    if found >= CORE and kept > 1 - CORE:
        return _without_trail(lines, [*second, *stated]), engine
    if kept >= CORE and sum(map(len, second)) > 1.5 * sum(map(len, lines)):
        third = stated or _justext(tree)
        if _agreement(second, third) > _agreement(lines, third):
            return second, "readability"
    return lines, engine


def _without_trail(lines: list[str], agreed: list[str]) -> list[str]:
    """The lines up to the last that stands in the agreed text; a line or two behind it stay, and so does
    one short line (a credit, as a rule).
    """
    whole = _key("".join(agreed))
    last = max(
        (at for at, line in enumerate(lines) if (key := _key(line)) and key in whole), default=len(lines)
    )
    if len(lines) - last - 1 < TRAIL:
        return lines
    credit = lines[last + 1 : last + 2] if len(lines[last + 1]) < SHORT_LINE else []
    return [*lines[: last + 1], *credit]


def _stated(objects: tuple[dict[str, Any], ...]) -> list[str]:
    """The paragraphs of the longest `articleBody`; none when it is cut short."""
    bodies = [body for o in objects for body in strings(o.get("articleBody"))]
    text = unescape(re.sub(r"<[^<>]{0,1000}>", "\n", max(bodies, key=len, default="")))
    return [] if text.rstrip().endswith(("...", "…")) else paragraphs(text)


def _agreement(a: list[str], b: list[str]) -> float:
    """How much two readings are one, 0..1."""
    return _mean(_share(a, b), _share(b, a))


def _share(lines: list[str], others: list[str]) -> float:
    """The share of the letters of some lines whose line stands in the others, 0..1."""
    whole = _key("".join(others))
    keys = [_key(line) for line in lines]
    return sum(len(key) for key in keys if key in whole) / max(1, sum(map(len, keys)))


def _mean(a: float, b: float) -> float:
    """The harmonic mean, 0 when one is 0."""
    return 2 * a * b / (a + b) if a and b else 0.0


def _readability(tree: HtmlElement) -> list[str]:
    return _foreign(lambda: try_readability(copy(tree)))


def _justext(tree: HtmlElement) -> list[str]:
    return _foreign(lambda: try_justext(basic_cleaning(copy(tree)), None, None))


def _foreign(read: Callable[[], etree._Element]) -> list[str]:
    try:
        return _lines(read())
    except READER_ERRORS:
        return []


def _trafilatura(tree: HtmlElement) -> list[str]:
    try:
        found = trafilatura.bare_extraction(tree, include_comments=False, include_tables=False)
    except READER_ERRORS:
        return []
    return _lines(found.body) if found is not None and found.body is not None else []


_BLOCKS = frozenset(
    {"p", "head", "item", "quote", "list", "row", "cell", "table", "div", "lb", "body", "code", "li", "ul",
     "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article", "br", "td", "tr",
     "pre", "main"}
)  # fmt: skip


def _lines(root: etree._Element) -> list[str]:
    """The words of an extracted tree, one line for each block and each line break."""
    lines, run = [], []

    def close() -> None:
        if words := " ".join("".join(run).split()):
            lines.append(words)
        run.clear()

    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element.tag in _BLOCKS:
            close()
        run.append((element.text if event == "start" else element.tail if element is not root else "") or "")
    close()
    return lines


def _without(lines: list[str], tree: HtmlElement, titles: tuple[str, ...]) -> list[str]:
    """The lines that are no caption of the page, nor its headline standing before the text."""
    captions = {_key(few_words(c, MAX_CAPTION)) for c in islice(tree.iter("figcaption"), MAX_CAPTIONS)}
    headlines = {_key(title) for title in titles if title}
    kept: list[str] = []
    for line in lines:
        key = _key(line)
        if key not in captions and (len(kept) > 1 or key not in headlines):
            kept.append(line)
    return kept


def _key(line: str) -> str:
    return re.sub(r"\W+", "", line.casefold())
