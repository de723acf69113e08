"""A page's tree comes in, the article's text goes out: its paragraphs, joined by newlines.

trafilatura reads it.
"""

from dataclasses import dataclass
from typing import Any

import trafilatura
from lxml import etree
from lxml.html import HtmlElement

from db.outlets import fold

MAX_CAPTIONS = 500

# What third-party readers of trees have been seen to raise on hostile pages.
READER_ERRORS = (ValueError, TypeError, AttributeError, LookupError, AssertionError, RecursionError,
                 ArithmeticError, etree.LxmlError)  # fmt: skip


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
    captions = set()
    for count, caption in enumerate(tree.iter("figcaption")):
        if count == MAX_CAPTIONS:
            break
        captions.add(fold(caption.text_content()[:2000]))
    headlines = {fold(title) for title in titles if title}
    kept = []
    for line in lines:
        folded = fold(line)
        if folded in captions or (len(kept) < 2 and folded in headlines):
            continue
        kept.append(line)
    return kept
