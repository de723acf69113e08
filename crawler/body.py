"""A page's tree comes in, the article's text goes out: its paragraphs, joined by newlines.

trafilatura reads it, for recall, or its rules alone where they suffice (`boxed.py`); a cheap second engine,
and where those two disagree readability, say which of its lines are the article's, or outvote it.  The
page's own `articleBody`, where it can be the whole text, has the last word; what the lines' places on the
page say amends the outcome (`mend.py`).
Measured on invented and on recorded pages: `bench/reading.py`.
"""

import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.external import try_readability
from trafilatura.settings import Extractor

from crawler.app_state import app_text
from crawler.blocks import LONG, Block, blocks
from crawler.boxed import boxed, unboxed
from crawler.column import column
from crawler.held import tagged
from crawler.markup import READER_ERRORS, few_words, paragraphs
from crawler.mend import Told, mended
from crawler.structured import strings
from crawler.swift_rules import quicken
from crawler.vote import Heard, agreement, borne_out, elected, share, surely_agree, words

quicken()

AGREED = 0.9  # agreement above which two engines read the same article, so that no third is asked
DOUBT = 0.5  # agreement below which trafilatura is asked again, in earnest,
MORE = 1.3  # and so it is where the other holds that many times its letters
TINY = 300  # letters: a shorter text gives way to a long one that the page states for machines
MAX_VOTE = 100_000  # characters of a text, above which nobody is asked for a second opinion
LIKE = (0.6, 1.7)  # length of a believable articleBody, in lengths of the extracted text
STATED = 0.6  # share of a believable articleBody that stands in the extracted text
WHOLE = 0.9  # share of it above which our own paragraphs hold it
SHOWN = 0.3  # share of a text that must stand in a far longer one, where the rest asks for a subscription
CUT = 0.15  # share of the text that engines agree on and articleBody lacks, above which it is not whole
MAX_LINES = 3_000
MAX_CAPTIONS = 1_000
MAX_CAPTION = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Body:
    """The article's text, and the engine whose reading it is."""

    text: str
    extractor: str


def body(
    tree: HtmlElement,
    objects: tuple[dict[str, Any], ...] = (),
    titles: tuple[str, ...] = (),
    descriptions: tuple[str, ...] = (),
) -> Body:
    """The article's text ("" where there is none) without its captions, and without a headline before it.

    `titles`: the page's headline in its spellings; `descriptions`: how it sums itself up for machines.
    The tree stays as it is.
    """
    page = blocks(tree)
    prose = Heard(column(page))
    first, engine = _first(tree, page, prose), f"trafilatura {trafilatura.__version__}"
    if first.letters > MAX_VOTE or len(first.lines) > MAX_LINES:
        return Body("\n".join(_without(first.lines, tree, titles)), engine)
    found = _voted(tree, first, prose, titles, Heard(_stated(objects)))
    told = Told(tuple(frozenset(words(t)) for t in titles), descriptions, found.heard)
    lines = mended(found.reading.lines, page, told)
    return Body("\n".join(_without(lines, tree, titles)), found.engine or engine)


@dataclass(frozen=True, slots=True)
class _Vote:
    """The reading that was elected, its engine ("": the first), and the readings that bear a line out."""

    reading: Heard
    engine: str
    heard: tuple[Heard, ...]


def _voted(tree: HtmlElement, first: Heard, prose: Heard, titles: tuple[str, ...], stated: Heard) -> _Vote:
    """What the engines agree on, and whose reading it is: the first's unless the others outvote it."""
    others = {"column": prose}
    agreed = _agreed(first, prose)
    if agreed < DOUBT or (agreed < AGREED and prose.letters > MORE * first.letters):
        first = Heard(_trafilatura(tree, fast=False))
        agreed = _agreed(first, prose)
    if agreed < AGREED:
        others["readability"] = Heard(_readability(tree))
        found, best = _elected(first, "", others, titles)
    else:  # of two that say the same there is none to elect
        found, best = borne_out(first, [prose]), ""
    engines = (first, *others.values())
    if found.letters < TINY > stated.letters and (held := Heard(app_text(tree))).letters > 2 * TINY:
        return _Vote(held, "app state", (held,))
    if stated.letters > 2 * TINY and (found.letters < TINY or _goes_on(stated, found)):
        return _Vote(stated, "articleBody", (stated,))
    if _believable(stated, found, first):
        return _as_stated(_Vote(found, best, engines), stated)
    return _Vote(found, best, engines)


def _elected(
    first: Heard, engine: str, others: dict[str, Heard], titles: tuple[str, ...]
) -> tuple[Heard, str]:
    """The elected reading without what no other says, and its name."""
    readings = {engine: borne_out(first, list(others.values())), **others}
    readings = {name: reading for name, reading in readings.items() if reading.lines}
    best = elected(readings, titles) if readings else engine
    if best == engine:
        return readings.get(engine, first), engine
    return borne_out(readings[best], [r for name, r in readings.items() if name != best]), best


def _believable(stated: Heard, found: Heard, first: Heard) -> bool:
    """Whether the text a page states for machines can be its whole article."""
    low, high = LIKE[0] * found.letters, LIKE[1] * found.letters
    return stated.letters > TINY and low <= stated.letters <= high and share(stated, first) > STATED


def _goes_on(stated: Heard, found: Heard) -> bool:
    """Whether the stated text is what is shown, and more: a page may show the beginning only."""
    if stated.letters <= LIKE[1] * found.letters:
        return False
    shown = [len(line) for line, said in zip(found.lines, found.said, strict=True) if stated.says(said)]
    return max(shown, default=0) >= LONG and sum(shown) >= SHOWN * found.letters


def _as_stated(vote: _Vote, stated: Heard) -> _Vote:
    """The text as the page states it, in our paragraphs where they hold it; ours where it is cut short."""
    found, (_, *others) = vote.reading, vote.heard
    kept = borne_out(found, [stated])
    lost = [
        line for line in found.lines if line not in kept.lines and all(o.says(words(line)) for o in others)
    ]
    if sum(map(len, lost)) > CUT * found.letters:
        return vote
    if share(stated, kept) >= WHOLE:
        return _Vote(kept, vote.engine, (stated,))
    return _Vote(stated, "articleBody", (stated,)) if len(stated.lines) >= len(kept.lines) / 2 else vote


def _stated(objects: tuple[dict[str, Any], ...]) -> list[str]:
    """The paragraphs of the longest `articleBody`; none when it is cut short."""
    bodies = [body for o in objects for body in strings(o.get("articleBody"))]
    text = unescape(re.sub(r"<[^<>]{0,1000}>", "\n", max(bodies, key=len, default="")))
    return [] if text.rstrip().endswith(("...", "…")) else paragraphs(text)


# What an article's text never stands in, and what it hardly ever does.
_SILENT = (
    *("style", "svg", "iframe", "template", "link", "meta", "object", "embed", "canvas", "video", "audio"),
    *("select", "option", "textarea", "button", "img", "input", "source", "picture", "map"),
)
_AROUND = ("nav", "menu", "footer", "dialog")


def _slim(tree: HtmlElement) -> HtmlElement:
    """A copy without what engines drop in the end, which costs them a third of their time until then.

    Boxes around an article are left out too, unless half the page's paragraphs stand in them: a tag that
    is never closed takes everything in.
    """
    slim = copy(tree)
    for script in slim.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            script.tag = "template"
    etree.strip_elements(slim, *_SILENT, with_tail=False)
    held = slim.xpath("count(//p)")
    if (
        slim.xpath("count(//p[ancestor::nav or ancestor::menu or ancestor::footer or ancestor::dialog])")
        <= held / 2
    ):
        etree.strip_elements(slim, *_AROUND, with_tail=False)
    return slim


def _readability(tree: HtmlElement) -> list[str]:
    return _foreign(lambda: try_readability(copy(tree)))


def _foreign(read: Callable[[], etree._Element]) -> list[str]:
    try:
        return _lines(read())
    except READER_ERRORS:
        return []


# Built once: a tenth of the time of reading a short article.  As "txt", nothing is made but the tree.
_OPTIONS = {
    fast: Extractor(output_format="txt", fast=fast, recall=True, comments=False, tables=False)
    for fast in (True, False)
}


def _first(tree: HtmlElement, page: list[Block], prose: Heard) -> Heard:
    """What trafilatura reads: by its rules alone, where they name a box or all they leave is the prose."""
    if lines := boxed(tree, page):
        return Heard(lines)
    loose = Heard(unboxed(tree, page))
    return loose if _agreed(loose, prose) >= AGREED else Heard(_trafilatura(tree))


def _agreed(one: Heard, other: Heard) -> float:
    return 1.0 if surely_agree(one, other, AGREED) else agreement(one, other)


def _trafilatura(tree: HtmlElement, *, fast: bool = True) -> list[str]:
    try:
        found = trafilatura.bare_extraction(_slim(tree), options=_OPTIONS[fast])
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
    captions = {
        _key(words_of_it)
        for caption in islice(_captions(tree), MAX_CAPTIONS)
        for words_of_it in (few_words(caption, MAX_CAPTION), *(_lines(caption) if len(caption) else ()))
    }
    headlines = {_key(title) for title in titles if title}
    kept: list[str] = []
    for line in lines:
        key = _key(line) if captions or len(kept) < 2 else ""
        if key not in captions and (len(kept) > 1 or key not in headlines):
            kept.append(line)
    return kept


_CAPTIONED = re.compile("caption|im(?:g|age)[-_]desc")


def _captions(tree: HtmlElement) -> Iterator[HtmlElement]:
    yield from tagged(tree, "figcaption")
    for tag in ("div", "span", "em"):
        for element in tagged(tree, tag):
            if (named := element.get("class")) and not len(element) and _CAPTIONED.search(named):
                yield element


def _key(line: str) -> str:
    return re.sub(r"\W+", "", line.casefold())
