"""The headlines a page states, in their places, and the one to show."""

import re
from functools import lru_cache
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.held import tagged
from crawler.markup import few_words
from crawler.structured import words
from db.outlets import fold

MAX_TITLE = 500
SHOWN = 15  # characters of a title's part that can be a headline
_IS = XPath(
    "boolean(//body//*[not(self::a and not(parent::h2 or parent::h3)) and not(self::script)]"
    "/text()[normalize-space() = $words])"
)
_MARK = re.compile(r"\s(?:[|–—·•»:/-]|::|\|\|)\s|\s?[|｜ㅣ]\s?|\s»\s?")  # in words with single spaces
_END = re.compile(
    rf"{_MARK.pattern}|:\s|(?<=[\u3040-\u9fff])[_-](?=[\u3040-\u9fff])"
)  # also of less clear ones


def titles(
    tree: HtmlElement, objects: tuple[dict[str, Any], ...], meta: dict[str, list[str]]
) -> tuple[tuple[str, str], ...]:
    """Every stated headline as (jsonld | og | twitter | h1 | title, words), each place once, best first.

    `objects`: those that describe the page's article.
    """
    found = [("jsonld", words(o.get("headline")) or words(o.get("name"))) for o in objects]
    found += [("og", title) for title in meta.get("og:title", ())]
    found += [("h1", title) for title in _headings(tree)]
    found += [("twitter", title) for title in meta.get("twitter:title", ())]
    whole = [few_words(e, MAX_TITLE) for e in _titles(tree)]
    if whole and not any(place in ("jsonld", "og", "h1") for place, title in found if title):
        found += [("h1", title) for title in _shown(tree, whole[0])]
    found += [("title", title) for title in whole]
    first: dict[str, str] = {}
    for place, title in found:
        if title:
            first.setdefault(place, title[:MAX_TITLE])
    return tuple(first.items())


def _shown(tree: HtmlElement, whole: str) -> list[str]:
    """The part of the head's title that the page shows as words of their own, the longest; [] for none."""
    parts = {part for mark in _END.finditer(whole) for part in (whole[: mark.start()], whole[mark.end() :])}
    parts.update(_END.split(whole))
    for part in sorted({part.strip() for part in parts if len(part.strip()) >= SHOWN}, key=len, reverse=True):
        if _IS(tree, words=part):
            return [part]
    return []


def chosen(candidates: tuple[tuple[str, str], ...], site_names: tuple[str, ...]) -> str:
    """The headline to show: the one that most places agree on, without a site's name that only some carry.

    What a reader sees (h1) weighs most; a candidate cut short ("...") gives way to one that says it whole.

    >>> chosen((("og", "Bridge shut | The Daily"), ("h1", "Bridge shut")), ())
    'Bridge shut'
    """
    everything = [title for _, title in candidates]
    sites = {_key(name) for name in site_names if name}
    votes: dict[str, float] = {}
    spelled: dict[str, str] = {}
    for place, title in candidates:
        plain = _whole(_plain(title, everything, sites), everything)
        key = _key(plain)
        if key and key not in sites:
            votes[key] = votes.get(key, 0) + _WEIGHTS[place]
            spelled.setdefault(key, plain)
    return spelled[max(votes, key=lambda key: votes[key])] if votes else next(iter(everything), "")


_WEIGHTS = {"jsonld": 1.2, "og": 1.0, "h1": 1.5, "twitter": 0.5, "title": 0.8}


def _whole(title: str, others: list[str]) -> str:
    """The title, or the one that goes on where it was cut short."""
    start = re.sub(r"\s*(?:…|\.\.\.)$", "", title)
    longer = [
        other for other in others if start != title and other.startswith(start) and not other.endswith("…")
    ]
    return max(longer, key=len, default=title)


def _plain(title: str, others: list[str], sites: set[str]) -> str:
    """The title without the site's name behind (or before) it."""
    keys = {_key(other) for other in others} - {_key(title)}
    for mark in reversed(list(_MARK.finditer(title))):
        head, tail = title[: mark.start()].strip(), title[mark.end() :].strip()
        if head and (_key(tail) in sites or _key(head) in keys):
            return _plain(head, others, sites)
        if tail and _key(head) in sites:
            return _plain(tail, others, sites)
    return title


@lru_cache(maxsize=1_024)  # a page's headlines are compared each with each, its site's names with all
def _key(words: str) -> str:
    return fold(words).replace(" ", "")


def _titles(tree: HtmlElement) -> list[HtmlElement]:
    """The first title of the page's head; pictures have titles too."""
    return [e for e in tagged(tree, "title") if next(e.iterancestors("head"), None) is not None][:1]


def _headings(tree: HtmlElement) -> list[str]:
    """The words of the page's first-level headings; those marked as its headline come first."""
    found = []
    for heading in tagged(tree, "h1")[:10]:
        text = few_words(heading, MAX_TITLE)
        marked = (
            "headline" in (heading.get("itemprop") or "") or "title" in (heading.get("class") or "").lower()
        )
        if text:
            found.append((not marked, text))
    return [text for _, text in sorted(found, key=lambda pair: pair[0])]
