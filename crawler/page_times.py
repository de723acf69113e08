"""Every time that a page states, as claims, and the one that says best when it was published.

The order of belief: JSON-LD, meta elements, what a reader sees, the URL, htmldate.
"""

import re
from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from lxml.html import HtmlElement

from crawler.structured import strings
from crawler.times import claim, confirmed, has_clock, stated_moment, url_claim
from db.records import TimeClaim

MAX_CLAIMS = 40

_PUBLISHED_KEYS = ("datePublished", "uploadDate", "dateCreated")
_PUBLISHED_META = (
    "article:published_time", "og:published_time", "article:published", "og:article:published_time",
    "datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:recs:articlepublishtime", "publishdate", "publish-date", "publish_date", "pubdate",
    "publication_date", "published_time", "date.published", "article_date_original", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date", "dc.date.created", "citation_date",
    "citation_publication_date", "originalpublicationdate", "article.published", "displaydate",
    "ptime", "date",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "article:modified", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "revision_date", "article.updated", "utime",
)  # fmt: skip
_DATED = re.compile(r"date|time|publi|stamp|posted|byline|fecha|datum|data[-_ ]|zeit", re.I)
_CHANGED = re.compile(
    r"updat|modif|actuali|aktuali|aggiorn|atuali|mis-a-jour|maj\b|güncel|обновл|оновл", re.I
)
_ASIDE = re.compile(
    r"relat|recommend|sidebar|widget|teaser|most|popular|comment|latest|promo|more-|read-?also|card", re.I
)
_AWAY = frozenset({"aside", "nav", "footer"})
MAX_VISIBLE = 400  # elements looked at
MAX_WORDS = 100  # characters of an element that states a time


def page_times(
    tree: HtmlElement,
    objects: tuple[dict[str, Any], ...],
    meta: dict[str, list[str]],
    *,
    url: str,
    now: datetime,
    language: str | None = None,
) -> tuple[TimeClaim, ...]:
    """The page's claims in the order of belief; htmldate is asked only when no day is stated otherwise.

    `objects`: those that describe the article.  The tree stays as it is.
    """
    stated = [*_of_objects(objects), *_of_meta(meta), *_seen(tree)]
    claims = [
        claim(raw, kind, basis, url=url, now=now, language=language)
        for raw, kind, basis in stated[:MAX_CLAIMS]
    ]
    claims.append(url_claim(url, now=now))
    if not any(c and c.kind == "published" and c.plausible for c in claims):
        claims.append(_htmldate(tree, url, now))
    return confirmed(dict.fromkeys(c for c in claims if c))


def published(claims: tuple[TimeClaim, ...], *, language: str | None = None) -> tuple[datetime, str] | None:
    """The moment of publication in UTC and the basis of its claim; None when no claim is plausible.

    A time whose zone is not known is read as if it were UTC.  The first claim in the order of belief counts;
    one that says the same more exactly (an hour for a day, a zone for none) speaks for it.
    """
    usable = [c for c in claims if c.kind == "published" and c.plausible]
    if not usable:
        return None
    best = usable[0]
    for other in usable[1:]:
        agrees = other.earliest <= best.latest and best.earliest <= other.latest
        if agrees and has_clock(other) > has_clock(best):
            best = other
    return stated_moment(best, language=language), best.basis


def _of_objects(objects: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, str, str]]:
    for o in objects:
        for key in _PUBLISHED_KEYS:
            if found := _raws(o.get(key)):
                yield found[0], "published", "jsonld"
                break
        for raw in _raws(o.get("dateModified"))[:1]:
            yield raw, "modified", "jsonld"


def _raws(value: Any) -> list[str]:
    """A time's raw words: strings, clock numbers, and values wrapped in `{"@value": ...}`."""
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [str(value)[:20]]
    return strings(value)


def _of_meta(meta: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    for kind, keys in (("published", _PUBLISHED_META), ("modified", _MODIFIED_META)):
        for key in keys:
            for raw in meta.get(key, ())[:1]:
                yield raw, kind, "meta"


def _seen(tree: HtmlElement) -> Iterator[tuple[str, str, str]]:
    """Times in elements that a reader sees near the headline, the nearest kind of element first."""
    marked, plain = [], []
    for element in tree.xpath("//*[@itemprop='datePublished' or @itemprop='dateModified' or self::time]")[
        :MAX_VISIBLE
    ]:
        if not _away(element):
            name = element.get("itemprop") or ""
            (marked if name or element.get("pubdate") is not None else plain).append(element)
    classed = [] if marked or plain else _classed(tree)
    for element in [*marked[:4], *plain[:4], *classed[:3]]:
        hint = " ".join(
            (element.get("itemprop") or "", element.get("class") or "", element.text_content()[:MAX_WORDS])
        )
        kind = "modified" if _CHANGED.search(hint) else "published"
        for raw in _element_raws(element):
            yield raw, kind, "visible"


def _classed(tree: HtmlElement) -> list[HtmlElement]:
    """Short elements whose class speaks of a date, in the order of the page."""
    found = []
    for element in tree.xpath("//*[self::span or self::div or self::p or self::li or self::small][@class]")[
        :4000
    ]:
        if _DATED.search(element.get("class")) and not _away(element):
            text = element.text_content()
            if len(text) <= 2 * MAX_WORDS and re.search(r"\d", text):
                found.append(element)
    return found[:10]


def _element_raws(element: HtmlElement) -> list[str]:
    """What the element states: its machine-readable attribute, and its words when they differ."""
    attribute = (element.get("datetime") or element.get("content") or element.get("title") or "").strip()
    text = " ".join(element.text_content()[: 4 * MAX_WORDS].split())
    return [
        raw
        for raw in dict.fromkeys((attribute, text))
        if raw and len(raw) <= MAX_WORDS and re.search(r"\d", raw)
    ]


def _away(element: HtmlElement) -> bool:
    """Whether the element stands in a box about other pages."""
    above = [element, *element.iterancestors()]
    return any(
        e.tag in _AWAY
        or (e.tag not in ("html", "body", "main") and _ASIDE.search((e.get("class") or "")[:300]))
        for e in above
    ) or any(e.tag == "a" and e.xpath("boolean(.//h2|.//h3|.//img)") for e in above[:6])


def _htmldate(tree: HtmlElement, url: str, now: datetime) -> TimeClaim | None:
    import htmldate  # asked for few pages

    try:
        day = htmldate.find_date(
            copy(tree), original_date=True, extensive_search=True, url=url, max_date=now + timedelta(days=1)
        )
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        AssertionError,
        RecursionError,
        ArithmeticError,
    ):
        return None
    return claim(day, "published", "htmldate", now=now) if day else None
