"""A box of a page and its blocks come in, the boxes in it that are links rather than text go out.

The measures are those of trafilatura (`link_density_test`): how much of a short text is links, whether they
are buttons, and whether there are many of the length of headlines.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from crawler.blocks import Block
from crawler.markup import few_words

SHORT = (100, 300)  # letters of a box whose links count: with something behind it, and with nothing
LINKED = 0.8  # share of what is short that may be links, and of its links that may be buttons
BUTTON = 10  # letters of a link that is a button
ALONE = (100, 0.9)  # letters of a single link, and its share, above which it is no text
FARM = (4, 0.9, 100)  # links, their share, and their mean length, of a list of other articles
LONGEST = 2_000  # letters of a link that are counted
DEEP = 60  # boxes around a link or a block that count it, and
WIDE = 5_000  # elements of a box that are walked: a hostile page has both by the thousand
PARTS = 3  # elements in a short box with links, from which on it is none of the text

_BOXES = frozenset({"div", "ul", "ol", "dl"})


@dataclass(slots=True)
class Links:
    """How many letters a box has beside its links, and its links."""

    plain: int = 0
    linked: int = 0
    links: int = 0
    buttons: int = 0
    silent: int = 0  # links that say nothing: those of pictures

    @property
    def letters(self) -> int:
        """The letters in links and beside them."""
        return self.plain + self.linked

    def add(self, size: int) -> None:
        """Count a link of so many letters too."""
        self.linked += size
        self.links += size > 0
        self.buttons += 0 < size < BUTTON
        self.silent += not size

    def many(self, short: int) -> bool:
        """Whether this is a list of links, or a row of buttons; `short`: letters below which few will do."""
        every = self.links + self.silent
        if every == 1 and self.linked > max(ALONE[0], ALONE[1] * self.letters):
            return True
        if self.letters < short and every:
            row = self.links > 1 and self.buttons > LINKED * self.links
            return row or not self.links or self.linked > LINKED * self.letters
        few, most, mean = FARM
        return every > few and most * self.letters < self.linked < mean * self.links


def farms(
    box: HtmlElement, blocks: Sequence[Block], reads: Callable[[HtmlElement], bool | None]
) -> set[HtmlElement]:
    """The boxes in a box that are links rather than text.

    `blocks`: those that are read; `reads`: whether an element is.
    """
    found: dict[HtmlElement, Links] = {}
    for link in box.iter("a"):
        if reads(link):
            size = len(few_words(link, LONGEST))
            for around in islice(_around(link, box), DEEP):
                found.setdefault(around, Links()).add(size)
    for block in blocks if found else ():
        for around in islice(_around(block.place, box), DEEP):
            if around in found:
                found[around].plain += len(block.words) - block.linked
    for around, links in found.items():
        if links.letters < SHORT[1]:  # words that stand in no block count too
            links.plain = max(links.plain, _letters(around, reads) - links.linked)
    return {around for around, links in found.items() if _is_farm(around, links)}


def _letters(box: HtmlElement, reads: Callable[[HtmlElement], bool | None]) -> int:
    """The letters of a box that are read, no more than tell whether it is short."""
    letters = 0
    for element in islice(box.iter(), WIDE):
        if reads(element):
            letters += len(" ".join((element.text or "").split()))
        if element is not box and reads(element.getparent()):
            letters += len(" ".join((element.tail or "").split()))
        if letters > SHORT[1]:
            break
    return letters


def _around(element: HtmlElement, box: HtmlElement) -> Iterator[HtmlElement]:
    """The boxes between an element and the one around all, innermost first."""
    above: HtmlElement | None = element
    while above is not None and above is not box:
        if above.tag in _BOXES:
            yield above
        above = above.getparent()


def _is_farm(element: HtmlElement, links: Links) -> bool:
    crumbs = element.tag == "div" and links.letters < SHORT[0] and len(element) >= PARTS
    return crumbs or links.many(SHORT[element.getnext() is None])
