"""A page's tree comes in, its runs of words go out in document order, each with what it stands in.

The tree is walked once.  Inline elements join their words into one block; every other element parts them.
"""

import re
from dataclasses import dataclass, field

from lxml import etree

from crawler.labels import AWAY, BYLINE, CAPTION, LABELS, SURE, is_own_footer

MAX_BLOCKS = 6_000
MAX_WORDS = 20_000  # characters of one block

_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt",
     "time", "u", "var", "wbr", "nobr", "amp-link"}
)  # fmt: skip
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "select", "button",
     "textarea", "input", "head", "video", "audio", "canvas", "map", "math", "form", "dialog"}
)  # fmt: skip
_PICTURES = frozenset({"img", "picture", "amp-img", "video", "iframe", "svg"})
_SPECIAL = _DROPPED | _PICTURES
_AWAY_TAGS = frozenset({"nav", "footer", "aside", "menu"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FIGURES = frozenset({"figcaption", "figure"})
_TELLING = _HEADINGS | _FIGURES
_CONTAINERS = frozenset({"html", "body", "main", "article"})
_SHORT_ALT = 40  # characters
_LEVELS = 4  # how far below a classed element its meaning reaches
_FOR_GOOD = 1_000
_TOPICS = -1  # the zone of lists of topics
_SMALL_END = re.compile(r"[a-z0-9\u00df-\u00ff\u0430-\u044f]")

Links = list[tuple[int, int, str]]


@dataclass(slots=True)
class Block:
    """One run of words between two block boundaries."""

    text: str
    tag: str = ""
    region: str = ""  # "" : of no interest
    away: int = 0  # the zone (navigation, related, comments) it stands in; 0: none
    caption: bool = False
    figure: bool = False  # a caption by its element, not by its class alone
    byline: bool = False
    heading: bool = False
    pictures: int = 0  # how many pictures stand before it on the page
    last: bool = False  # among the last blocks of the body, a short text's lead too
    links: Links = field(default_factory=list)  # start, end, href
    start: int | None = None  # where it stands in the article text
    raw: str = ""  # the words as they stand on the page, which `links` count in until `fold_links`

    def fold_links(self) -> None:
        """Let the links count in `text`, which has single spaces; most blocks are never asked for them."""
        if self.raw and self.links:
            self.links = _folded(self.raw, self.links)
        self.raw = ""


@dataclass(slots=True)
class _State:
    """What is open while the tree is walked."""

    away: int = 0
    caption: int = 0  # levels below that still belong to it
    byline: int = 0
    heading: str = ""
    fades: bool = False  # a caption or a byline, whose levels are to be counted


def gather(tree: etree._Element) -> list[Block]:
    """The page's blocks in document order, at most MAX_BLOCKS, their links not folded; the tree stays as
    it is."""
    return _Reader().read(tree)


class _Reader:
    """Walks the tree once, gathering inline words into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._zones = 0
        self._pictures = 0
        self._parts: list[str] = []  # the words of the open block: this list, emptied, for every block
        self._size = 0
        self._links: Links = []
        self._open_link: tuple[int, str] | None = None
        self._byline_inside = False
        self._loose = False  # one of these three is set
        self._tagged = 0  # characters of the open block that are links to topics
        self._apart = False  # an inline element has just begun or ended

    def read(self, tree: etree._Element) -> list[Block]:
        top, tags, parts = _State(), ["p"], self._parts
        stack = [top]
        walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                tag = element.tag
                if tag not in _INLINE:
                    if parts or self._loose:
                        self._flush(top, tags[-1])
                    tags.append(tag)
                    if tag in _SPECIAL and self._passes(element, tag, top):
                        walk.skip_subtree()
                        stack.append(top)
                        continue
                top = self._enter(element, tag, top)
                stack.append(top)
                words = element.text
            else:
                if event == "end":
                    self._leave(element, stack.pop(), tags)
                    top = stack[-1]
                words = element.tail if element is not tree else None
            if words and (parts or not words.isspace()):
                self._add(words)
            if len(self.blocks) >= MAX_BLOCKS:
                break
        self._flush(top, tags[-1])
        return self.blocks

    def _passes(self, element: etree._Element, tag: str, state: _State) -> bool:
        """Whether an element holds no words of the page; pictures are counted."""
        if tag in _PICTURES:
            self._picture(element, state)
        return tag in _DROPPED

    def _enter(self, element: etree._Element, tag: str, outer: _State) -> _State:
        """What is open inside an element, whose words follow."""
        name = element.get("class")
        told = _told(element, tag, name)
        changed = outer.fades or tag in _TELLING or (told and not (told == AWAY and outer.away))
        state = self._inherit(tag, told, outer) if changed else outer
        if tag not in _INLINE:
            self._apart = False
            return state
        if tag == "a" and (href := element.get("href")):
            self._open_link, self._loose = (self._size, href), True
        if state.byline or tag == "time":
            self._part(tag, name)
        self._apart = True
        return state

    def _inherit(self, tag: str, told: int, outer: _State) -> _State:
        """What is open inside an element that tells something, or stands in one that does."""
        away, caption, byline = outer.away, max(outer.caption - 1, 0), max(outer.byline - 1, 0)
        if told & AWAY and not away:
            self._zones += 1
            away = self._zones
        if tag in _FIGURES or told & SURE:
            caption = _FOR_GOOD
        elif told & BYLINE:
            byline = _LEVELS
            caption = caption if caption > _LEVELS else 0
            if tag in _INLINE:
                self._byline_inside = self._loose = True
        elif told & CAPTION:
            caption = max(caption, _LEVELS)
        heading = tag if tag in _HEADINGS else outer.heading
        if (away, caption, byline, heading) == (outer.away, outer.caption, outer.byline, outer.heading):
            return outer
        return _State(away, caption, byline, heading, fades=caption + byline > 0)

    def _part(self, tag: str, name: str | None) -> None:
        """A space where a byline's parts meet without one: style sheets set them apart, the text does not."""
        if self._parts and (name or tag == "time"):
            self._add(" ")

    def _picture(self, element: etree._Element, state: _State) -> None:
        """An agency's logo says its name: the words for those who do not see it, inside a byline."""
        self._pictures += 1
        words = state.byline and element.get("alt")
        if words and len(words) <= _SHORT_ALT:
            self._add(f" {words} ")

    def _leave(self, element: etree._Element, state: _State, tags: list[str]) -> None:
        tag = element.tag
        if tag not in _INLINE:
            self._apart = False
            block_tag = tags.pop()
            if self._parts or self._loose:
                self._flush(state, block_tag)
            return
        if state.byline or tag == "time":
            self._part(tag, element.get("class"))
        self._apart = True
        if tag == "a" and self._open_link:
            begin, href = self._open_link
            self._links.append((begin, self._size, href))
            self._open_link = None
            if "tag" in (element.get("rel") or "").split():
                self._tagged += self._size - begin

    def _add(self, words: str) -> None:
        """Words of the open block; its first are no spaces."""
        parts = self._parts
        if self._size < MAX_WORDS:
            if self._apart and parts and words[0].isupper() and _SMALL_END.match(parts[-1][-1]):
                parts.append(" ")
                self._size += 1
            parts.append(words)
            self._size += len(words)
            self._apart = False

    def _flush(self, state: _State, tag: str) -> None:
        """Close the open block."""
        if self._parts:
            self._close(state, tag)
            self._parts.clear()
            self._size = self._tagged = 0
        self._links, self._byline_inside, self._apart = [], False, False
        if self._open_link:
            self._open_link = (0, self._open_link[1])
        self._loose = self._open_link is not None

    def _close(self, state: _State, tag: str) -> None:
        """Make a block of the words that are open, if they are any."""
        raw = "".join(self._parts)
        if not (text := " ".join(raw.split())):
            return
        made = Block(text, tag, "", state.away or (_TOPICS if self._tagged * 2 > len(text) else 0))
        made.caption = state.caption > 0 and not state.heading
        made.figure = state.caption > _LEVELS
        made.byline = state.byline > 0 or self._byline_inside
        made.heading = state.heading != ""
        made.pictures = self._pictures
        made.links, made.raw = self._links, raw
        self.blocks.append(made)


def _told(element: etree._Element, tag: str, name: str | None) -> int:
    """What an element's tag, class, id and attributes tell, as bits."""
    if tag in _CONTAINERS:
        return 0
    told = LABELS[name] if name else 0
    if mark := element.get("id"):
        told |= LABELS[mark]
    if told & BYLINE:
        told &= ~SURE
    if tag in _AWAY_TAGS and not (tag == "footer" and _ends_article(element, name)):
        told |= AWAY
    stated = "author" in (element.get("rel") or "") or "author" in (element.get("itemprop") or "")
    return told | BYLINE if stated or tag == "address" else told


def _ends_article(footer: etree._Element, name: str | None) -> bool:
    """Whether a footer is an article's and not the page's."""
    return is_own_footer(name or "") or next(footer.iterancestors("article", "main"), None) is not None


def _folded(raw: str, links: Links) -> Links:
    """The links of `raw` at their places in its words with single spaces."""
    moved = []
    done = size = 0  # how much of `raw` is folded, and how long that became
    for begin, end, href in links:
        if begin < done:
            done = size = 0
        if words := " ".join(raw[done:begin].split()):
            apart = size and (raw[done].isspace() or raw[done - 1].isspace())
            size += len(words) + (1 if apart else 0)
        done, at = begin, size
        at += 1 if at and (raw[begin - 1 : begin].isspace() or raw[begin : begin + 1].isspace()) else 0
        moved.append((at, at + len(" ".join(raw[begin:end].split())), href))
    return moved
