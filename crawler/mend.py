"""A reading's lines and the page's blocks come in, the lines as their places on the page amend them go out.

Engines weigh a paragraph by its words; its place says more.  A paragraph that stands between two of the
article's, in the same box and of the same class, is the article's too if any engine took it for such; a
heading before a paragraph is its heading; the lead under the headline is part of the story.  A caption, a
table of contents, a line that is one link to another article, and a notice that stands in the place of
something not loaded are none.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from lxml.html import HtmlElement

from crawler.apart import apart
from crawler.authors import byline_words
from crawler.blocks import LONG, Block
from crawler.markup import flat
from crawler.shipped import shipped
from crawler.times import parse
from crawler.vote import BORNE_OUT, Heard, words

HEADINGS = frozenset({"h2", "h3", "h4", "h5"})
BEFORE = 25  # blocks before the text that can be its lead
LEAD = (40, 900)  # size of a lead
SAME = 0.7  # share of a line's words that stand in a headline, above which it is one
WHOLLY = 0.9  # share of a line's characters that are links, above which it is one
SKIPPED = 2  # blocks of another kind behind the text, after which its last paragraphs can go on
TEASER = 25  # characters of a line that can be another article's headline
PARTLY = 0.25  # share of it that is a link where words before it say so
LABEL = 60  # characters of a line that can be a label,
NOTICE = 900  # of one that asks for consent
CAPTION = 600  # size of a caption
DATELINE = 120  # characters of a line that states a time
MOST = 0.4  # share of a text, above which its captions are none
LEADS = 3
FIELDS = 3  # boxes around a lead that hold nothing else
REPEATED = 0.8  # share of a lead's runs that stand in the text, above which it is there already
NEAR = 3  # blocks below the headline that can be a lead by their place alone
FEW = 0.25  # share of a text's lines that are links, above which links are what it is about
TWICE, THRICE = 150, 200  # characters of a line that nobody writes twice, or three times

_PICTURE = r"(?:image|img|photo|foto|pic|picture|bild)"
_CAPTION = re.compile(
    r"caption|legend[ea]?\b|cutline|picbox|bildunter|bildtext|bildnachweis|didascalia|media[-_]{0,2}credit|"
    rf"{_PICTURE}[-_]{{0,2}}(?:desc|text|source|by|info|label|author|credit|copyright|box)",
    re.I,
)
_LEAD = re.compile(
    r"lead(?!er)|intro|stand-?first|\bdec?k|[-_]dec?k|sub-?_?(?:title|t[ií]tulo|head|line)|summary|excerpt|chap[oe]|abstract"
    r"|vorspann|teaser-?text|header[-_]teaser|ingress|manchet|perex|sommario|occhiello|sottotitolo|bajada|copete"
    r"|entradilla|epigraph|\bspot(?!ify|light|im)|[-_]desc|\bdesc|anons|annou?nce|linhafina|\blid\b",
    re.I,
)
_NO_LEAD = re.compile(
    r"author|byline|autor|date|time|share|newsletter|relat(?!ive)|comment|\btags?\b|breadcrumb|\bnav|menu|video|player|promo"
    r"|cookie|recommend|\bbio|subscri|login|ai-?summary|leaderboard|\bads?[-_]",
    re.I,
)
_DATE = re.compile(r"date|time|publi|meta", re.I)
_NO_LEAD_BOX = re.compile(
    r"author|byline|autor|newsletter|relat(?!ive)|comment|promo|recommend|\bbio|cookie", re.I
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of itself beside its text, and what the engines read."""

    titles: tuple[Container[str], ...]  # the words of each of its headlines
    descriptions: tuple[str, ...]
    heard: tuple[Heard, ...]  # a paragraph is put in only where one of these says it


@dataclass(frozen=True, slots=True)
class _Placed:
    """The lines beside the blocks they stand in."""

    lines: list[str]
    page: Sequence[Block]
    at: tuple[int | None, ...]  # of each block the line that it begins with; None: it is none of the text


def mended(lines: Sequence[str], page: Sequence[Block], told: Told) -> list[str]:
    """The lines without what their places say is no text, and with what they say is."""
    placed = _placed(_in_order(_once(_parted(_without_notices(lines), page), page), page), page)
    beside = apart(page, [n for n, at in enumerate(placed.at) if at is not None])
    dropped = _asides(placed, beside) | _datelines(placed)
    prose = [
        n
        for n, (block, at) in enumerate(zip(page, placed.at, strict=True))
        if at is not None and at not in dropped and block.size >= LONG
        and block.linked < WHOLLY * len(block.words)
    ]  # fmt: skip
    if not prose:
        return list(lines)
    said = Heard(placed.lines)
    leads = set(_lead(placed, prose, told))
    found = leads.union(n for find in (_ahead, _between, _behind) for n in find(placed, prose, told))
    added = sorted(found - beside)
    put: dict[int, list[str]] = {}
    places = _next_lines(placed)
    for n in added:
        repeated = said.says(words(page[n].words), REPEATED if n in leads else BORNE_OUT)
        if page[n].tag in HEADINGS or not repeated:
            put.setdefault(places[n], []).extend(page[n].lines)
    whole = (
        line
        for at in range(len(placed.lines) + 1)
        for line in (*put.get(at, ()), *_kept(placed.lines, at, dropped))
    )
    return list(whole)


def _parted(lines: list[str], page: Sequence[Block]) -> list[str]:
    """The lines, those parted that hold a whole block of several."""
    wholes = {_key("".join(block.lines)): block.lines for block in page if len(block.lines) > 1}
    return [part for line in lines for part in wholes.get(_key(line), (line,))] if wholes else lines


def _once(lines: list[str], page: Sequence[Block]) -> list[str]:
    """The lines as often as the page holds them: an engine may find a text twice."""
    keys = [_key(line) for line in lines]
    if len(set(keys)) == len(keys):
        return lines
    left = Counter(_key(line) for block in page for line in block.lines)
    shown = set(left)
    kept = []
    for key, line in zip(keys, lines, strict=True):
        if left[key] > 0 or key not in shown:
            kept.append(line)
        left[key] -= 1
    return kept


def _in_order(lines: list[str], page: Sequence[Block]) -> list[str]:
    """The lines in the page's order: an engine may append what it finds last.

    Told by the lines that stand on the page once; the others stay behind the line before them.
    """
    where: dict[str, int] = {}
    again: set[str] = set()
    for n, block in enumerate(page):
        for key in map(_key, block.lines):
            if where.setdefault(key, n) != n:
                again.add(key)
    places, last = [], -1
    for key in map(_key, lines):
        n = where.get(key)
        if n is not None and key not in again and (page[n].size >= LONG or page[n].tag == "h1"):
            last = n
        places.append(last)
    return [line for _, line in sorted(zip(places, lines, strict=True), key=lambda pair: pair[0])]


def _kept(lines: list[str], at: int, dropped: set[int]) -> list[str]:
    return lines[at : at + 1] if at not in dropped else []


def _placed(lines: list[str], page: Sequence[Block]) -> _Placed:
    first: dict[str, int] = {}
    for at, line in enumerate(lines):
        first.setdefault(_key(line), at)
    starts = (next((first[key] for key in map(_key, block.lines) if key in first), None) for block in page)
    return _Placed(lines, page, tuple(starts))


def _key(line: str) -> str:
    """A line for comparing: an engine may lose a space beside a link."""
    return line.replace(" ", "")


def _next_lines(placed: _Placed) -> list[int]:
    """Of each block where its lines are put in: before those of the next block of the text."""
    last = max((at for at in placed.at if at is not None), default=len(placed.lines) - 1) + 1
    found = []
    for at in reversed(placed.at):
        found.append(last)
        last = last if at is None else at
    return found[::-1]


def _without_notices(lines: Sequence[str]) -> list[str]:
    """The lines without labels of advertisements, requests to load something, and repetitions."""
    times = Counter(line for line in lines if len(line) >= TWICE)
    asked = _asks(lines)
    seen: set[str] = set()
    kept = []
    for line in lines:
        repeated = times[line] > 2 and len(line) >= THRICE
        if (
            repeated
            or line in seen
            or line in asked
            or (len(line) <= LABEL and flat(line) in asides().labels)
        ):
            continue
        if times[line] > 1:
            seen.add(line)
        kept.append(line)
    return kept


def _asks(lines: Sequence[str]) -> set[str]:
    """The lines that ask a reader's leave to load something."""
    if not _consents("\n".join(lines)):
        return set()
    likely = [line for line in lines if LONG <= len(line) <= NOTICE and _consents(line)]
    return {line for line in likely if any(phrase in flat(line) for phrase in asides().phrases)}


def _consents(words: str) -> bool:
    lower = words.lower()
    return any(word in lower for word in asides().consents)


def _asides(placed: _Placed, beside: Container[int]) -> set[int]:
    """The lines that are no text by their place: captions, tables of contents, links to other articles, and
    what stands in boxes `beside` the article.
    """
    verdicts: dict[int, list[str]] = {}
    for n, (block, at) in enumerate(zip(placed.page, placed.at, strict=True)):
        if at is not None:
            verdicts.setdefault(at, []).append("apart" if n in beside else _aside(block))
    found = {at: set(kinds) for at, kinds in verdicts.items() if all(kinds)}
    captions = {at for at, kinds in found.items() if kinds == {"caption"}}
    if sum(len(placed.lines[at]) for at in captions) > MOST * sum(map(len, placed.lines)):
        captions = set()
    links = {at for at, kinds in found.items() if "link" in kinds}
    links = links if len(links) <= FEW * len(placed.lines) else set()
    always = {"contents", "also", "apart"}
    return captions | links | {at for at, kinds in found.items() if kinds & always}


def _datelines(placed: _Placed) -> set[int]:
    """The lines that only state when the page was published, or who wrote it, before its first paragraph."""
    found = set()
    for block, at in zip(placed.page, placed.at, strict=True):
        if (at is not None and len(block.words) < LABEL and _is_byline(block)) or (
            at is not None
            and len(block.words) < DATELINE
            and _DATE.search(block.classes)
            and parse(block.words)
        ):
            found.add(at)
        elif at is not None and block.size >= LONG:
            return found
    return found


def _is_byline(block: Block) -> bool:
    return bool(_BYLINE.search(block.classes)) and byline_words()[0].match(block.words) is not None


_BYLINE = re.compile(r"byline|author|autor|auteur|signature", re.I)


def _aside(block: Block) -> str:
    """What a block is, if no text: caption, contents, link, listed (a link in a list), also; else ""."""
    if block.links and block.linked >= WHOLLY * len(block.words):
        if (
            all((link.get("href") or "").startswith("#") for link in block.links)
            and block.tag not in HEADINGS
        ):
            return "contents"
        if len(block.words) >= TEASER and block.tag in ("p", "div", "blockquote", "", "li"):
            return "listed" if block.tag == "li" else "link"
    if len(block.words) <= NOTICE / 4 and _names_another(block):
        return "also"
    if (
        block.tag not in HEADINGS
        and block.size < CAPTION
        and _CAPTION.search(f"{block.classes} {block.box.get('class') or ''}")
    ):
        return "caption"
    return ""


def _names_another(block: Block) -> bool:
    """Whether the block's words send a reader to another article, or head such lines."""
    if not block.links and len(block.words) > LABEL:
        return False
    plain = flat(block.words)
    if plain in asides().also:
        return True
    told = block.linked >= PARTLY * len(block.words) or (block.links and any(o in plain for o in _ELSEWHERE))
    return bool(told) and f"{plain} ".startswith(asides().starts)


_ELSEWHERE = ("google news", "whatsapp", "telegram", "facebook", "instagram", "twitter", "youtube")


def _between(placed: _Placed, prose: list[int], told: Told) -> Iterator[int]:
    """The blocks among the text's that are of it too: paragraphs like its own, and headings before one."""
    kin, boxes = {_kind(placed.page[n]) for n in prose}, {placed.page[n].box for n in prose}
    missing = [n for n in range(prose[0] + 1, prose[-1]) if placed.at[n] is None and placed.page[n].pure]
    before = {n - 1 for n in prose}
    headings = Counter(_look(placed.page[n]) for n in missing if n in before)
    for n in missing:
        block = placed.page[n]
        if block.tag in HEADINGS:
            near = n in before and (placed.page[n + 1].box is block.box or headings[_look(block)] > 1)
            fits = near and not block.linked and len(block.words) < TWICE
        else:
            fits = block.size >= TEASER and block.linked < WHOLLY * len(block.words)
            fits = fits and (block.box in boxes or (_kind(block) in kin and _is_sentence(block.words)))
        if fits and not _aside(block) and _heard(block, told):
            yield n


def _ahead(placed: _Placed, prose: list[int], told: Told) -> Iterator[int]:
    """The paragraphs before the text's first, below the headline, that are like it."""
    first = placed.page[prose[0]]
    for n in range(prose[0] - 1, max(-1, prose[0] - BEFORE), -1):
        block = placed.page[n]
        if block.tag == "h1" or not block.pure or _is_headline(block, told.titles):
            return
        alike = _kind(block) == _kind(first) or (block.box is first.box and block.tag in ("", "p"))
        fits = alike and block.size >= LONG and not block.linked and _is_sentence(block.words)
        if fits and placed.at[n] is None and not _aside(block) and _heard(block, told):
            yield n


def _behind(placed: _Placed, prose: list[int], told: Told) -> Iterator[int]:
    """The paragraphs behind the text's last that are like it."""
    last = placed.page[prose[-1]]
    skipped = 0
    for n in range(prose[-1] + 1, len(placed.page)):
        block = placed.page[n]
        alike = _kind(block) == _kind(last) and block.size >= LONG and not block.linked and block.pure
        if alike and _is_sentence(block.words) and _heard(block, told):
            yield n
        elif placed.at[n] is None:
            skipped += 1
        if skipped > SKIPPED:
            return


def _is_sentence(text: str) -> bool:
    return text.rstrip("\"'”“’»«)]）」』 ").endswith((".", "!", "?", "…", "。", "！", "？", "।", "؟", ":"))


def _look(block: Block) -> tuple[str, str]:
    return block.tag, block.classes


def _heard(block: Block, told: Told) -> bool:
    if any(block.words in heard.whole for heard in told.heard):
        return True
    spoken = words(block.words)
    return any(heard.says(spoken) for heard in told.heard)


def _kind(block: Block) -> tuple[object, ...]:
    """What paragraphs of one text share: the same box, or boxes of one class."""
    boxes = block.box.get("class") or block.box
    return block.tag, block.classes, boxes


def _lead(placed: _Placed, prose: list[int], told: Told) -> list[int]:
    """The blocks between headline and text that are its lead: the page's own description, or so classed."""
    first = prose[0]
    around = range(max(0, first - BEFORE), first)
    headlines = [n for n in around if placed.page[n].tag == "h1" or _is_headline(placed.page[n], told.titles)]
    below = range(headlines[-1] + 1 if headlines else first, first)
    near = range(below.start, below.start + NEAR) if headlines else ()
    described = {_key(text) for text in told.descriptions}
    found = []
    for n in around:
        block = placed.page[n]
        fits = LEAD[0] <= block.size <= LEAD[1] and block.linked <= len(block.words) / 2 and block.pure
        if placed.at[n] is not None or n in headlines or not fits or _aside(block):
            continue
        if _is_described(block, described) or (
            n in below
            and (_classed_as_lead(block) or (n in near and _stands_as_lead(block, told, placed.page[n - 1])))
        ):
            found.append(n)
    return found[:LEADS]


def _is_headline(block: Block, titles: Sequence[Container[str]]) -> bool:
    said = words(block.words)[:40]
    return any(sum(word in title for word in said) >= SAME * len(said) for title in titles)


def _is_described(block: Block, described: set[str]) -> bool:
    """Whether the block is what the page says of itself, one of them perhaps cut short."""
    key = _key(block.words)
    return key in described or any(
        len(other) >= LEAD[0] and len(key) <= 3 * len(other) and key.startswith(other.rstrip(".…"))
        for other in described
    )


def _classed_as_lead(block: Block) -> bool:
    names, box = f"{block.classes} {_called(block.element)} {_called(block.box)}", block.box
    for _ in range(FIELDS):
        around = box.getparent()
        if around is None or len(box) > 1 or len(around) > 1 or block.element is None:
            break
        names, box = f"{names} {_called(around)}", around  # a field of its own
    above = box.getparent()
    return (
        bool(_LEAD.search(names))
        and not _NO_LEAD.search(names)
        and not _NO_LEAD_BOX.search((above.get("class") or "") if above is not None else "")
    )


def _called(element: HtmlElement | None) -> str:
    """What an element is called: its class, its id, and what scripts know it by."""
    return "" if element is None else " ".join([v for key in _NAMES if (v := element.get(key))])


_NAMES = ("class", "id", "itemprop", "data-component", "data-testid", "data-gu-name")


def _stands_as_lead(block: Block, told: Told, above: Block) -> bool:
    """Whether a sentence below the headline is its second heading, or is taken for text by an engine."""
    names = f"{_called(block.element)} {_called(block.box)}"
    fits = block.tag in ("p", "div", "h2", "h3") and not block.linked and "©" not in block.words
    fits = fits and _is_sentence(block.words) and (len(block.words) > LABEL or not parse(block.words))
    fits = fits and not _NO_LEAD.search(names) and not _CAPTION.search(names)
    heads = block.tag == "h2" and above.tag == "h1" and block.words.rstrip().endswith((".", "。"))
    return fits and (heads or (block.tag not in HEADINGS and _heard(block, told)))


@dataclass(frozen=True, slots=True)
class _Asides:
    """The words of `asides.toml`, flat."""

    also: frozenset[str]
    starts: tuple[str, ...]
    labels: frozenset[str]
    phrases: tuple[str, ...]
    consents: tuple[str, ...]


@cache
def asides() -> _Asides:
    """What lines that are no text say; loaded once. Raises BadCatalogue when the file is broken."""
    data = shipped("asides.toml")
    starts = [flat(words) for words in data["also"]["starts"]]
    return _Asides(
        also=frozenset(starts),
        starts=tuple(f"{words} " if words < "\u0e00" else words for words in starts),
        labels=frozenset(flat(words) for words in data["label"]["lines"]),
        phrases=tuple(flat(words) for words in data["consent"]["phrases"]),
        consents=tuple(word.lower() for word in data["consent"]["consents"]),
    )
