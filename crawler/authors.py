"""The words of a byline come in, the names in it go out; a byline that no markup names is found, too."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.held import tagged
from crawler.shipped import shipped

MAX_BYLINE = 300
NEAR = 60  # pieces of text below the headline that can be a byline
SHORT = 90  # characters of one


def authors(stated: str, listed: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names in a byline: as `listed`, else split only where every part can be a person's full name.

    What stands behind them (a time, an account, a place, an office, the paper, "Share") is left out.

    >>> authors("By Ana Pop and Jo Marsh"), authors("Le Figaro et AFP"), authors("Von Ana Pop, Harwick")
    (('Ana Pop', 'Jo Marsh'), ('Le Figaro et AFP',), ('Ana Pop',))
    """
    if listed:
        return tuple(dict.fromkeys(name for name in map(_named_in, listed) if name))
    if not (text := _named_in(stated)):
        return ()
    listed = tuple(part.strip() for part in re.split(r"[;|•/、]|,\s", text) if part.strip())
    parts = [_parts(name) for name in listed]
    names = [name for group in parts for name in group]
    if _are_persons(names):
        return tuple(dict.fromkeys(name for name in names if name == names[0] or not _HOUSE.search(name)))
    if (
        len(listed) > 1
        and len(parts[0]) == 1
        and _full_name(listed[0])
        and all(_full_name(n) or _is_acronym(n) for n in listed)
    ):
        return tuple(dict.fromkeys(n for n in listed if "," not in text or not _is_acronym(n)))
    if parts and _are_persons(parts[0]):
        persons = (group for group in parts[1:] if _are_persons(group) and not any(map(_HOUSE.search, group)))
        return tuple(dict.fromkeys([*parts[0], *(name for group in persons for name in group)]))
    return tuple(dict.fromkeys(listed)) if ";" in text or "|" in text else (text,)


def _parts(listed: str) -> list[str]:
    """The names that words such as "and" join."""
    return [_person(part.strip(" ,")) for part in byline_words()[1].split(listed) if part.strip(" ,")]


def _are_persons(names: list[str]) -> bool:
    if len(names) > 1 and all(map(_CJK_NAME.fullmatch, names)):
        return True
    return bool(names) and all(map(_full_name, names))


def _named_in(stated: str) -> str:
    """The words of a byline without "By" before the names and without what is none behind them."""
    text = " ".join(stated.split())[:MAX_BYLINE]
    for _ in range(2):  # "Posted by: By"
        text = byline_words()[0].sub("", text, count=1)
    text = _TRAIL.split(text, maxsplit=1)[0].strip(" ,;|-–—•·/")
    text = _REPORTER.sub("", text)
    if (apart := _DASH.search(text)) and _full_name(text[: apart.start()]):
        text = text[: apart.start()]
    if (of := _OF.search(text)) and all(map(_full_name, _parts(text[: of.start()]))):
        text = text[: of.start()]
    return text if any(map(str.isalpha, text)) else ""


_TRAIL = re.compile(
    r"(?:^|[\s,|•·–-])(?:[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d"
    r"|\d{1,2}[./\s-]{1,2}[^\W_]{1,12}[./\s-]{1,2}(?:19|20)\d\d"
    r"|(?:19|20)\d\d[-./年]|\d{1,2}[:h]\d\d|\d{1,3}\s?(?:min|hour|hr|day|week|month|Std|Tag|heure|jour|hora|d[ií]a)"
    r"|@\w|[\w.+-]{1,64}@[\w-]{1,64}\.|\((?=\s?[\w.+-]{0,64}@|\s?RSS)"
    r"|(?:Twitter|Facebook|Instagram|LinkedIn|Bluesky|Follow|Share|Updated|Published|Posted|E-?Mail)\b)",
    re.I,
)
_CJK_NAME = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,6}")
_REPORTER = re.compile(r"(?<=[\u3400-\u9fff\uac00-\ud7a3])\s?(?:기자|특파원|記者|记者|通讯员|通訊員)$")
_DASH = re.compile(r"\s[–—-]\s")
_OF = re.compile(
    r"\s(?:of|for|in|on|is an?)\s(?=\S)"
    r"|\s(?:[A-Z][a-z]{1,15}\s){0,2}(?:[Ee]ditor|[Rr]eporter|[Ww]riter|[Cc]orrespondent|[Cc]olumnist)s?$"
)
# Words of an office or of a house, which stand behind a name.
_HOUSE = re.compile(
    r"\b(?:press|news|media|staff|editor|reporter|writer|correspondent|columnist|contributor|bureau|desk|service|agency"
    r"|times|post|herald|tribune|gazette|online|network|radio|tv|senior|chief|special|photos?|foto|video|agencia|agence"
    r"|redakt\w{0,9}|korrespond\w{0,9}|redac\w{0,9}|rédact\w{0,9}|journal\w{0,9}|giornal\w{0,9}|period\w{0,9}"
    r"|correspond\w{0,9}|corrispond\w{0,9}|reporte\w{0,9}|envoyée?|enviad[oa])\b|\d",
    re.I,
)


def _person(name: str) -> str:
    """A name in capitals without the desk that follows in small letters: "ANA POP Coast Press"."""
    words = name.split()
    shouted = 0
    while shouted < len(words) and words[shouted].isupper():
        shouted += 1
    return " ".join(words[:shouted]) if shouted > 1 and not name.isupper() else name


def _is_acronym(name: str) -> bool:
    return name.isupper() and 2 <= len(name) <= 6


def _full_name(text: str) -> bool:
    """Whether this can be a person's name in full: two to five words, each of them capital or a particle."""
    parts = text.split()
    return 2 <= len(parts) <= 5 and all(p[0].isupper() or len(p) <= 3 or not p.isascii() for p in parts) and (
        not any(p.isupper() and len(p) > 2 for p in parts) or text.isupper()
    )  # fmt: skip


@cache
def byline_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands before and between authors' names; loaded once. Raises BadCatalogue when it is broken."""
    data = shipped("bylines.toml")
    before = "|".join(re.escape(word) for word in sorted(data["before"], key=len, reverse=True))
    joins = "|".join(re.escape(word) for word in data["joins"])
    return re.compile(rf"^(?:{before})(?:\s*:\s*|\s+)", re.I), re.compile(rf"\s(?:{joins})\s")


@cache
def _openers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What opens a byline that nothing else gives away, and what of it may stand alone in an element."""
    words = "|".join(
        re.escape(word) for word in sorted(shipped("bylines.toml")["opens"], key=len, reverse=True)
    )
    return re.compile(rf"^(?:{words})(?:\s?:\s?|\s)(?=\S)", re.I), re.compile(rf"^(?:{words})\s?:?$", re.I)


_WRITER = re.compile(
    r"firma(?!s\b)|writer|reporter|journalist|redakt|verfasser|signature|imza|vcard|\bfn\b|username|muhabir|yazar|szerzo"
    r"|forfatter|giornalist|autore|auteur|contributor",
    re.I,
)
_KOREAN = re.compile(r"([\uac00-\ud7a3]{2,4})\s?(?:기자|특파원)(?=\s?(?:=|\(|$|\w{1,30}@))")
_CHINESE = re.compile(r"(?:记者|記者|作者|文)\s?[:：/／|｜\s]\s?([\u4e00-\u9fff]{2,4})(?![\u4e00-\u9fff])")
_BELOW = XPath("following::text()[string-length(normalize-space()) > 1]")
_ALL = XPath("//body//text()[string-length(normalize-space()) > 1]")
_AWAY = frozenset({"script", "style", "noscript", "nav", "aside", "footer", "button", "option"})


def visible_byline(tree: HtmlElement) -> str:
    """The byline near the headline that no markup names as one: "Von Ana Pop, Harwick"; "" for none."""
    pieces = list(_pieces(tree))
    for at, (text, names) in enumerate(pieces):
        if found := _KOREAN.search(text[:SHORT]) or _CHINESE.search(text[:SHORT]):
            return found[1]
        following = pieces[at + 1][0] if at + 1 < len(pieces) else ""
        for segment in _SEGMENTS.split(text):
            if said := _said_by(segment.strip(), names, following):
                return said
    return ""


def _said_by(segment: str, names: str, following: str) -> str:
    """The byline that a piece of text is, opened by a word or classed as one; ""."""
    opens, alone = _openers()
    if len(segment) > SHORT or not segment:
        return ""
    if alone.match(segment) and len(following) <= SHORT and _named(following):
        return f"{segment} {following}"
    if opens.match(segment) and _named(opens.sub("", segment)):
        return segment
    return segment if _WRITER.search(names) and (_named(segment) or _CJK_NAME.fullmatch(segment)) else ""


def _named(text: str) -> bool:
    """Whether the words are a person's name, perhaps with others or a place behind it."""
    found = authors(text)
    return bool(found) and all(_full_name(name) and not _HOUSE.search(name) for name in found)


def _pieces(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """The pieces of text below the headline, or of the page where it has none; with their boxes' classes."""
    headline = next(iter(tagged(tree, "h1")), None)
    found = _BELOW(headline) if headline is not None else _ALL(tree)
    for text in islice(found, NEAR):
        inside = text.getparent().getparent() if text.is_tail else text.getparent()
        boxes = [] if inside is None else [inside, *inside.iterancestors()]
        if boxes and not any(box.tag in _AWAY or box is headline for box in boxes):
            yield " ".join(text.split()), " ".join(box.get("class") or "" for box in boxes[:2])


_SEGMENTS = re.compile(r"\s?[|•·–—]\s|\s-\s")
