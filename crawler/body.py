"""A page's tree comes in, the article's text goes out: its paragraphs, joined by newlines.

trafilatura reads it.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import READER_ERRORS, few_words

MAX_CAPTIONS = 500
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
    lines = _trafilatura(tree)
    return Body("\n".join(_without(lines, tree, titles)), f"trafilatura {trafilatura.__version__}")


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
