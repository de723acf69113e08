"""A page's tree comes in, its innermost blocks of text go out: paragraphs, headings and loose words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import few_words

LONG = 60  # characters from which on a paragraph is prose; a letter that is a word counts as three
MAX_PARAGRAPH = 20_000  # characters
MAX_BLOCKS = 5_000

_WIDE = re.compile("[\u0e00-\U0010ffff]")
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "aside", "nav", "footer", "form", "figure",
     "figcaption", "button", "select", "option", "textarea", "iframe", "head"}
)  # fmt: skip
_WRAPPING = frozenset({"aside", "nav", "footer", "form"})
_PARAGRAPHS = frozenset(
    {"p", "pre", "blockquote", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "td"}
)
_BOXES = frozenset({"div", "section", "article", "table", "ul", "ol", "dl", "main"})
BREAKING = _PARAGRAPHS | _BOXES


@dataclass(frozen=True, eq=False)
class Block:
    """Words that stand together: those of an element, or loose ones between the boxes of one."""

    box: HtmlElement  # what they stand in
    tag: str  # "" of loose words
    classes: str
    lines: tuple[str, ...]  # parted by <br>, their spaces single
    links: tuple[HtmlElement, ...]  # those in it, or the one it stands in
    pure: bool = True  # nothing stands in it that is a block of its own, or no text
    element: HtmlElement | None = None  # None of loose words

    @property
    def place(self) -> HtmlElement:
        """The block itself, or the box of loose words."""
        return self.box if self.element is None else self.element

    @cached_property
    def words(self) -> str:
        """Its words on one line."""
        return " ".join(self.lines)

    @cached_property
    def size(self) -> int:
        """The length of its words, as prose is measured."""
        return size(self.words)

    @cached_property
    def link_sizes(self) -> tuple[int, ...]:
        """How many characters each of its links has."""
        return tuple(len(few_words(link, MAX_PARAGRAPH)) for link in self.links)

    @cached_property
    def linked(self) -> int:
        """How many of its characters are links."""
        return sum(self.link_sizes)


def size(words: str) -> int:
    """The length of words; letters of scripts that write no spaces count threefold."""
    return len(words) if words.isascii() else len(words) + 2 * len(_WIDE.findall(words))


def blocks(tree: HtmlElement) -> list[Block]:
    """The blocks of a page in their order, at most MAX_BLOCKS; the tree stays as it is.

    Boxes around an article (menus, asides, forms, figures) are left out.
    """
    body = tree.find("body")
    body = tree if body is None else body
    outer = _holding_blocks(body)
    stack: list[HtmlElement | Block] = [body]
    found: list[Block] = []
    while stack and len(found) < MAX_BLOCKS:
        one = stack.pop()
        if isinstance(one, Block):
            found.append(one)
            continue
        tag = one.tag
        if not isinstance(tag, str) or (tag in _SILENT and _is_silent(one)):
            continue
        innermost = one not in outer
        if tag == "p" or (innermost and tag in _PARAGRAPHS):
            found.append(_block(one, pure=innermost))
        elif _bare(one) <= LONG:
            stack.extend(one.iterchildren(reversed=True))
        elif innermost:
            found.append(_block(one, pure=True))
        else:
            stack.extend(reversed(_parts(one, outer)))
    return found


def _is_silent(element: HtmlElement) -> bool:
    """Whether an element of such a tag holds no article: an unclosed menu may, or a form around all."""
    if element.tag == "form" and element.find(".//article") is not None:
        return False
    return element.tag not in _WRAPPING or element.find(".//h1") is None


def _holding_blocks(body: HtmlElement) -> set[HtmlElement]:
    """The elements that hold a block."""
    outer: set[HtmlElement] = set()
    for block in body.iter(*BREAKING):
        above = block.getparent()
        while above is not None and above not in outer:
            outer.add(above)
            above = above.getparent()
    return outer


def _bare(element: HtmlElement) -> int:
    """The size of the text that stands in an element itself, between its children; exact up to LONG."""
    text = element.text
    letters = len(text.strip()) if text else 0
    for inner in element:  # not sum(): this runs for every element of a page
        if tail := inner.tail:
            letters += len(tail.strip())
    if LONG / 3 < letters <= LONG:
        return sum(size(piece.strip()) for piece in (text, *(inner.tail for inner in element)) if piece)
    return letters


def _block(element: HtmlElement, *, pure: bool) -> Block:
    box = element.getparent()
    around = next(element.iterancestors("a"), None)
    held = list(element.iter("a", "br", "script", "style")) if len(element) or element.tag == "a" else []
    tags = {inner.tag for inner in held}
    return Block(
        box=element if box is None else box,
        tag=element.tag,
        classes=element.get("class") or "",
        lines=_lines(element) if "br" in tags else (few_words(element, MAX_PARAGRAPH),),
        links=tuple(inner for inner in held if inner.tag == "a") if around is None else (around,),
        pure=pure and "script" not in tags and "style" not in tags,
        element=element,
    )


def _lines(element: HtmlElement) -> tuple[str, ...]:
    """The words of an element, parted where it breaks its lines."""
    lines, run = [], [element.text]
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner is element:
            continue
        if event == "start" and inner.tag == "br":
            lines.append(run)
            run = []
        run.append((inner.text if isinstance(inner.tag, str) else None) if event == "start" else inner.tail)
    return tuple(joined((*lines, run)))


def joined(runs: Iterable[list[str | None]]) -> Iterator[str]:
    """The lines that runs of words make; those that say nothing are left out."""
    for run in runs:
        if words := " ".join("".join(piece for piece in run if piece).split()):
            yield words[:MAX_PARAGRAPH]


def _parts(element: HtmlElement, outer: set[HtmlElement]) -> list[HtmlElement | Block]:
    """The children of an element that holds blocks, and the loose words between them."""
    parts: list[HtmlElement | Block] = []
    runs: list[list[str | None]] = [[element.text]]
    links: list[HtmlElement] = []

    def close() -> None:
        if lines := tuple(joined(tuple(runs))):
            parts.append(Block(box=element, tag="", classes="", lines=lines, links=tuple(links)))
        runs[:] = [[]]
        links.clear()

    for inner in element:
        if inner.tag in BREAKING or inner in outer or inner.tag in _SILENT:
            close()
            parts.append(inner)
        elif inner.tag == "br":
            runs.append([])
        elif isinstance(inner.tag, str):
            runs[-1].append(few_words(inner, MAX_PARAGRAPH) if len(inner) else inner.text)
            links.extend(inner.iter("a"))
        runs[-1].append(inner.tail)
    close()
    return parts
