"""A page's tree comes in, its blocks of words go out, each with the region it stands in.

Read from the whole tree, before any cleaning: what extractors drop (bylines, captions, the line
under the text) is where pages say whose text it is.  The extracted text only tells where the
article's body begins and ends.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from crawler.needles import Sieve, needles

MAX_BLOCKS = 6_000
MAX_WORDS = 20_000  # characters of one block
MAX_SEARCHED = 200_000  # characters of article text in which blocks are looked for anywhere, not by line only
PARAGRAPH = 60  # as `weight` counts; a shorter block is no paragraph to tell the body by
SHORT = 220  # characters; a longer block is no byline and no source line
TAIL_BLOCKS = 14  # how many blocks after the body can still belong to it
LAST_BLOCKS = 6  # of the body's second half: extractors often keep teasers after the last paragraph
HEAD_BLOCKS = 25  # how many blocks before the body can carry the byline
KICKER_BLOCKS = 3  # how many before the headline can name its section, or the agency it is from
_KICKER = 40  # characters

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
_AWAY_TAGS = frozenset({"nav", "footer", "aside", "menu"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Of class names and ids in lower case: asked so, a pattern costs a third of what it does without case.
_AWAY = re.compile(
    r"(?:^|[\s_-])(?:related|recirc\w*|recommend\w*|comments?|disqus|newsletter|promo\w*|sidebar|teasers?|share\w*"
    r"|social\w*|breadcrumbs?|menu|nav|navigation|navbar|footer|outbrain|taboola|most|popular|trending|mostread"
    r"|more-from|read-?more|see-?also|also|widgets?|cookie\w*|consent|advert\w*|ads?|banner|subscribe|paywall"
    r"|carousel|slider|ticker|masthead|toolbar|latest|headlines|tags|topics|hidden|prev|next|rail|keywords|partners"
    r"|sponsors|etiquetas|temas|schlagw\w{1,12}|stichw\w{1,12}|mots-?cles|argomenti|etiketler|emneord|emner"
    r"|tagy|stitky|cimkek|hashtags?)(?=$|[\s_\d-])",
)
_CAPTION = re.compile(
    r"caption|photo-?credit|image-?credit|img-?credit|picture-?credit|media-?credit|copyright-?(?:image|photo)"
    r"|(?:^|[\s_-])(?:photo|image|picture|bild|foto|gallery|thumb\w*|slideshow|lightbox|figure|media|credit"
    r"|bildunterschrift|bildnachweis|fotocredit|imgcopy)(?=$|[\s_-])",
)
_SURE_CAPTION = re.compile(
    r"caption|hmedia|(?:photo|image|img|picture|media|foto|bild)-?_?(?:credit|copyright|author|source|byline|nachweis|attribution|provider)",
)  # no byline inside one of these is the text's
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:by-?lines?|contributors?|authors?|author-?\w{1,12}|autor\w{0,3}|writers?|verfasser|auteurs?|signature|firma"
    r"|art-?author|article-?(?:author|source|meta|byline)|source|sources|fuente|quelle|kilde|zdroj|zrodlo|fonte"
    r"|sursa|reporter|redaktion|agency|agencia|kurzel|journalist|agence|agenzia|agentur\w{0,2}|attribution"
    r"|datelines?|provider|wire-?service|kaynak|muhabir|yazar|assinatura|autoria|firmante|signataire|podpis"
    r"|szerzo|forras|skribent|forfatter|kildeangivelse|toimittaja|kirjoittaja|redaktor|redactor|giornalista"
    r"|periodista|jornalista|auteure|schrijver|bron|avtor|istochnik|dzherelo|syntaktis|pigi|laiyuan|jizhe)(?=$|[\s_-])",
)
_NAMES = (_AWAY, _CAPTION, _SURE_CAPTION, _BYLINE)
_LIKELY = Sieve([needles(pattern.pattern) for pattern in _NAMES])
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # "articleByline"
_OWN_FOOTER = re.compile(
    r"(?:article|story|post|entry|content|text|body|news|artikel|beitrag|nota)[_-]{0,2}footer"
)  # the article's end rather than the page's
_TELLING = _HEADINGS | {"figcaption", "figure"}
_SHORT_ALT = 40  # characters
_LEVELS = 4  # how far below a classed element its meaning reaches
_FOR_GOOD = 1_000
_TOPICS = -1  # the zone of lists of topics
_LONG = 80  # characters; a block so long that stands in the extracted text is no caption
_CONTAINERS = frozenset({"html", "body", "main", "article"})


_SMALL_END = re.compile(r"[a-z0-9\u00df-\u00ff\u0430-\u044f]")


_DENSE = re.compile(
    "[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # scripts that say twice as much in a character


def weight(text: str) -> int:
    """How long a text is in characters of an alphabet: one of Chinese, Japanese or Korean counts as two.

    >>> weight("abc"), weight("港口")
    (3, 4)
    """
    return len(text) if text.isascii() else len(text) + len(_DENSE.findall(text))


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
    links: list[tuple[int, int, str]] = field(default_factory=list)  # start, end, href
    start: int | None = None  # where it stands in the article text


@dataclass(slots=True)
class _State:
    """What is open while the tree is walked."""

    away: int = 0
    caption: int = 0  # levels below that still belong to it
    byline: int = 0
    heading: str = ""


def blocks(tree: etree._Element, text: str) -> list[Block]:
    """The page's blocks in document order, regions set; the tree stays as it is.

    Regions: kicker (above the title), head (between title and text), byline, lead, body, last, tail,
    caption, heading, "".
    """
    found = _Reader().read(tree)
    _place(found, text)
    _name_regions(found)
    return found


class _Reader:
    """Walks the tree once, gathering inline words into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.zones = 0
        self._pictures = 0
        self._parts: list[str] = []
        self._size = 0
        self._links: list[tuple[int, int, str]] = []
        self._open_link: tuple[int, str] | None = None
        self._byline_inside = False
        self._tagged = 0  # characters of the open block that are links to topics
        self._apart = False  # an inline element has just begun or ended

    def read(self, tree: etree._Element) -> list[Block]:
        stack: list[_State] = [_State()]
        tags: list[str] = ["p"]
        walk = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                tag = element.tag if isinstance(element.tag, str) else "unknown"
                inline = tag in _INLINE
                if not inline:
                    self._flush(stack[-1], tags[-1])
                elif tag == "a" and (href := element.get("href")):
                    self._open_link = (self._size, href)
                if tag in _PICTURES:
                    self._pictures += 1
                    self._picture(element, stack[-1])
                if tag in _DROPPED:
                    walk.skip_subtree()
                    stack.append(stack[-1])
                else:
                    stack.append(self._inherit(element, tag, stack[-1]))
                    self._part(tag, element, stack[-1])
                    self._add(element.text)
                tags.append(tags[-1] if inline else tag)
            else:
                if event == "end":
                    self._part(element.tag, element, stack[-1])
                    self._leave(element, stack.pop(), tags.pop())
                self._add(element.tail if element is not tree else None)
            if len(self.blocks) >= MAX_BLOCKS:
                break
        self._flush(stack[-1], tags[-1])
        return self.blocks

    def _inherit(self, element: etree._Element, tag: str, outer: _State) -> _State:
        away, caption, byline, heading = outer.away, outer.caption, outer.byline, outer.heading
        is_away, is_caption, is_sure, is_byline = _meanings(element, tag)
        if not (is_away or is_caption or is_sure or is_byline or caption or byline or tag in _TELLING):
            return outer
        if not away and is_away:
            self.zones += 1
            away = self.zones
        caption, byline = max(caption - 1, 0), max(byline - 1, 0)
        if tag in ("figcaption", "figure") or is_sure:
            caption = _FOR_GOOD
        elif is_byline:
            byline = _LEVELS
            caption = caption if caption > _LEVELS else 0
            self._byline_inside = self._byline_inside or tag in _INLINE
        elif is_caption:
            caption = max(caption, _LEVELS)
        if tag in _HEADINGS:
            heading = tag
        if (away, caption, byline, heading) == (outer.away, outer.caption, outer.byline, outer.heading):
            return outer
        return _State(away, caption, byline, heading)

    def _part(self, tag: str, element: etree._Element, state: _State) -> None:
        """A space where a byline's parts meet without one: style sheets set them apart, the text does not."""
        apart = tag == "time" or (state.byline and tag in _INLINE and element.get("class"))
        if apart and self._parts:
            self._add(" ")
        self._apart = tag in _INLINE

    def _picture(self, element: etree._Element, state: _State) -> None:
        """An agency's logo says its name: the words for those who do not see it, inside a byline."""
        words = element.get("alt") or ""
        if state.byline and words and len(words) <= _SHORT_ALT:
            self._add(f" {words} ")

    def _leave(self, element: etree._Element, state: _State, block_tag: str) -> None:
        tag = element.tag
        if tag == "a" and self._open_link:
            begin, href = self._open_link
            self._links.append((begin, self._size, href))
            self._open_link = None
            self._tagged += self._size - begin if "tag" in (element.get("rel") or "").split() else 0
        if tag not in _INLINE:
            self._flush(state, block_tag)

    def _add(self, words: str | None) -> None:
        if words and self._size < MAX_WORDS:
            if self._apart and self._parts and words[0].isupper() and _SMALL_END.search(self._parts[-1][-1:]):
                self._parts.append(" ")
                self._size += 1
            self._parts.append(words)
            self._size += len(words)
            self._apart = False

    def _flush(self, state: _State, tag: str) -> None:
        if not (self._parts or self._links or self._open_link or self._byline_inside):
            return
        if self._parts:
            raw = "".join(self._parts)
            if not raw.isspace():
                text, links = _folded(raw, self._links)
                topics = self._tagged * 2 > len(text)
                self.blocks.append(
                    Block(
                        text=text,
                        tag=tag,
                        away=state.away or (_TOPICS if topics else 0),
                        caption=bool(state.caption) and not state.heading,
                        figure=state.caption > _LEVELS,
                        byline=bool(state.byline) or self._byline_inside,
                        heading=bool(state.heading),
                        pictures=self._pictures,
                        links=links,
                    )
                )
        self._parts, self._size, self._links, self._byline_inside = [], 0, [], False
        self._tagged, self._apart = 0, False
        if self._open_link:
            self._open_link = (0, self._open_link[1])


def _meanings(element: etree._Element, tag: str) -> tuple[bool, bool, bool, bool]:
    """Whether the element opens a zone away from the article, a caption perhaps or for sure, a byline."""
    if tag in _CONTAINERS:
        return _NOTHING
    name, mark = element.get("class"), element.get("id")
    away, caption, sure, byline = _meant(f"{name or ''} {mark or ''}"[:400]) if name or mark else _NOTHING
    if tag in _AWAY_TAGS:
        ends = tag == "footer" and (_OWN_FOOTER.search(name or "") or _inside_article(element))
        away = away or not ends
    stated = "author" in (element.get("rel") or "") or "author" in (element.get("itemprop") or "")
    stated = stated or tag == "address"
    return away, caption, sure, byline or stated


def _inside_article(element: etree._Element) -> bool:
    return next(element.iterancestors("article", "main"), None) is not None


@lru_cache(maxsize=20_000)
def _meant(named: str) -> tuple[bool, bool, bool, bool]:
    named = _CAMEL.sub("-", named).lower()
    likely = _LIKELY.candidates(named)
    if not likely:
        return _NOTHING
    named = _OWN_FOOTER.sub(" ", named)
    found = (n in likely and pattern.search(named) is not None for n, pattern in enumerate(_NAMES))
    away, caption, sure, byline = found
    return away, caption, sure and not byline, byline


_NOTHING = (False, False, False, False)


def _folded(raw: str, links: list[tuple[int, int, str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """Words with single spaces, and the links at their new places."""
    text = " ".join(raw.split())
    if not links:
        return text, []
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
    return text, moved


def _place(found: list[Block], text: str) -> None:
    """Set where each block stands in the article text: whole lines first, then long blocks anywhere."""
    searched = len(text) <= MAX_SEARCHED
    lines: dict[str, list[int]] = {}
    at = 0
    for line in text.split("\n"):
        lines.setdefault(" ".join(line.split())[:80], []).append(at)
        at += len(line) + 1
    for block in found:
        if block.figure or len(block.text) < (_LONG if block.caption else 2):
            continue
        if places := lines.get(block.text[:80]):
            block.start = places.pop(0) if len(places) > 1 else places[0]
        elif searched and weight(block.text) >= PARAGRAPH and (place := text.find(block.text[:60])) >= 0:
            block.start = place
    classed = [b for b in found if b.caption and b.start is not None]
    opened = sum(len(b.text) for b in classed) * 3 >= len(text)  # a class about media round the whole article
    for block in classed:
        block.caption = not opened
        block.start = block.start if opened else None


def _name_regions(found: list[Block]) -> None:
    first, last = _body_range(found)
    title = _title_index(found, first)
    for index, block in enumerate(found):
        if block.away and not (block.byline and title < index < first):
            continue
        short = len(block.text) <= SHORT
        if block.caption and not _under_text(block, found[last] if index > last >= 0 else None):
            block.region = "caption"
        elif block.heading:
            block.region = "heading"
        elif first <= index <= last and not (block.byline and short and block.start is None):
            block.region = (
                "body" if block.start is not None or weight(block.text) >= 40 or index == last else "own"
            )
        elif block.byline and short and index - title >= -HEAD_BLOCKS and index - last <= TAIL_BLOCKS:
            block.region = "byline"
        elif title < index < first and short:
            block.region = "lead" if _is_sentence(block) else "head"
        elif last < index <= last + TAIL_BLOCKS:
            block.region = "tail"
        elif 0 < title - index <= KICKER_BLOCKS and len(block.text) <= _KICKER and found[title].heading:
            block.region = "kicker"
    _name_edges(found, first, last)


def _under_text(block: Block, paragraph: Block | None) -> bool:
    """Whether what is classed as a picture's credit has no picture to belong to: it stands under the last
    `paragraph` with none between."""
    return paragraph is not None and not block.figure and block.pictures == paragraph.pictures


def _is_sentence(block: Block) -> bool:
    """Whether a short block before the body is a first paragraph and no byline: a sentence of the text."""
    whole = block.text.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。", "！", "？", "।", "؟"))
    return block.start is not None and not block.byline and whole and block.text.count(" ") >= 4


def _name_edges(found: list[Block], first: int, last: int) -> None:
    """Tell the first paragraphs and the last one from the body between them."""
    body = [b for b in found[first : last + 1] if b.region in ("body", "own")]
    for block in body[:3]:
        if block.region == "body":
            block.region = "lead"
    for block in body[max(len(body) // 2, len(body) - LAST_BLOCKS) :]:
        block.last = True
        block.region = block.region if block.region == "lead" else "last"


def _body_range(found: list[Block]) -> tuple[int, int]:
    """Indices of the first and the last paragraph of the body; zones that hold the text are opened."""
    inside: Counter[int] = Counter()
    for block in found:
        if block.start is not None and weight(block.text) >= PARAGRAPH:
            inside[block.away] += len(block.text)
    whole = inside.total()
    held = {zone for zone, size in inside.items() if size * 4 >= whole}
    for block in found:
        if block.away in held:
            block.away = 0
    placed = [
        i
        for i, b in enumerate(found)
        if b.start is not None and not b.away and not b.heading and weight(b.text) >= PARAGRAPH
    ]
    if not placed:
        placed = [
            i for i, b in enumerate(found) if b.tag == "p" and not b.away and weight(b.text) >= PARAGRAPH
        ]
    return (placed[0], placed[-1]) if placed else (len(found), -1)


def _title_index(found: list[Block], first: int) -> int:
    """Where the headline stands: the last first-level heading before the body."""
    before = [i for i, b in enumerate(found[:first]) if b.heading and not b.away and weight(b.text) >= 15]
    near = [i for i in before if first - i <= HEAD_BLOCKS]
    return near[0] if near else max(first - HEAD_BLOCKS, -1)
