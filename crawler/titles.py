"""The headlines a page states, in their places, and the one to show."""

import re
from typing import Any

from lxml.html import HtmlElement

from crawler.structured import words
from db.outlets import fold

MAX_TITLE = 500

_MARK = re.compile(r"\s+(?:[|–—·•»:/-]|::|\|\|)\s+|\s*\|\s*|\s+»\s*")


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
    found += [("title", " ".join((e.text_content() or "").split())) for e in tree.xpath("//head//title")[:1]]
    first: dict[str, str] = {}
    for place, title in found:
        if title:
            first.setdefault(place, title[:MAX_TITLE])
    return tuple(first.items())


def chosen(candidates: tuple[tuple[str, str], ...], site_names: tuple[str, ...]) -> str:
    """The headline to show: the first candidate, without a site's name that only it carries.

    A candidate cut short ("...") gives way to the one that says it whole.

    >>> chosen((("og", "Bridge shut | The Daily"), ("h1", "Bridge shut")), ())
    'Bridge shut'
    """
    if not candidates:
        return ""
    all_words = [title for _, title in candidates]
    first = _plain(all_words[0], all_words, site_names)
    start = first.rstrip(".… ")
    if start != first:
        for other in all_words[1:]:
            if len(other) > len(start) and other.startswith(start):
                return _plain(other, all_words, site_names)
    return first


def _plain(title: str, others: list[str], site_names: tuple[str, ...]) -> str:
    """The title without the site's name behind (or before) it."""
    sites = {fold(name).replace(" ", "") for name in site_names if name}
    whole = {fold(other) for other in others}
    for mark in reversed(list(_MARK.finditer(title))):
        head, tail = title[: mark.start()].strip(), title[mark.end() :].strip()
        if head and (fold(tail).replace(" ", "") in sites or fold(head) in whole - {fold(title)}):
            return _plain(head, others, site_names)
        if tail and fold(head).replace(" ", "") in sites:
            return _plain(tail, others, site_names)
    return title


def _headings(tree: HtmlElement) -> list[str]:
    """The words of the page's first-level headings; those marked as its headline come first."""
    found = []
    for heading in tree.xpath("//h1")[:10]:
        text = " ".join(heading.text_content().split())
        marked = (
            "headline" in (heading.get("itemprop") or "") or "title" in (heading.get("class") or "").lower()
        )
        if text:
            found.append((not marked, text))
    return [text for _, text in sorted(found, key=lambda pair: pair[0])]
