"""A page's tree comes in, the lines of its longest column of prose go out: a cheap second opinion.

Text gravity, as in Arc90's Readability (2009), without a look at class names: every long paragraph with few
links adds its length to the boxes around it, and the heaviest box is the article.
"""

from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.markup import few_words

LONG = 60  # characters from which on a paragraph is prose; a letter that is a word counts as three
LINKED = 0.4  # share of a paragraph's characters that may be links
WEIGHTS = (1.0, 0.5, 0.25)  # for the paragraph's box, the one around it, and the next
MAX_PARAGRAPH = 20_000  # characters
MAX_BLOCKS = 5_000

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "aside", "nav", "footer", "form", "figure",
     "figcaption", "button", "select", "option", "textarea", "iframe", "head"}
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "pre", "blockquote", "li", "h2", "h3", "h4", "dd", "dt", "td"})
_BOXES = frozenset({"div", "section", "article", "table", "ul", "ol", "dl", "main"})
_BREAKING = _PARAGRAPHS | _BOXES


def column(tree: HtmlElement) -> list[str]:
    """The paragraphs and headings of the article as text gravity finds it, one a line; [] when none is long.

    The tree stays as it is; at most MAX_BLOCKS blocks are looked at.
    """
    blocks = [(block, few_words(block, MAX_PARAGRAPH)) for block in _blocks(tree)]
    linked = {block: _linked(block) for block, _ in blocks}
    weights: dict[HtmlElement, float] = {}
    for block, words in blocks:
        size = _size(words)
        if size < LONG or linked[block] > LINKED * len(words):
            continue
        for weight, box in zip(WEIGHTS, block.iterancestors(), strict=False):
            weights[box] = weights.get(box, 0.0) + size * weight
    if not weights:
        return []
    heaviest = max(weights, key=lambda box: weights[box])
    inside = {block for block in heaviest.iter() if block in linked}
    return [
        words
        for block, words in blocks
        if words and block in inside and linked[block] <= LINKED * len(words)
        and not (block.tag == "li" and linked[block] and _size(words) < LONG)
    ]  # fmt: skip


def _blocks(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The innermost blocks of text in their order: paragraphs, and boxes whose text stands in them bare."""
    body = tree.find("body")
    body = tree if body is None else body
    outer = _holding_blocks(body)
    stack = [body]
    count = 0
    while stack and count < MAX_BLOCKS:
        element = stack.pop()
        if not isinstance(element.tag, str) or element.tag in _SILENT:
            continue
        innermost = element.tag == "p" or element not in outer
        if innermost and (element.tag in _PARAGRAPHS or _bare(element) > LONG):
            count += 1
            yield element
        else:
            stack.extend(reversed(element))


def _holding_blocks(body: HtmlElement) -> set[HtmlElement]:
    """The elements that hold a block."""
    outer: set[HtmlElement] = set()
    for block in body.iter(*_BREAKING):
        above = block.getparent()
        while above is not None and above not in outer:
            outer.add(above)
            above = above.getparent()
    return outer


def _bare(element: HtmlElement) -> int:
    """The characters of text that stand in an element itself, between its children."""
    return len((element.text or "").strip()) + sum(len((inner.tail or "").strip()) for inner in element)


def _linked(block: HtmlElement) -> int:
    """The characters of a block that are links."""
    return sum(len(few_words(link, MAX_PARAGRAPH)) for link in block.iter("a"))


def _size(words: str) -> int:
    """The length of words; letters of scripts that write no spaces count threefold."""
    return len(words) if words.isascii() else len(words) + 2 * sum(c >= "\u0e00" for c in words)
