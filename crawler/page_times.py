"""Every time that a page states, as claims, and the one that says best when it was published.

The order of belief: JSON-LD, meta elements, what a reader sees, the URL, htmldate.
"""

import re
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.markup import READER_ERRORS, few_words
from crawler.structured import strings
from crawler.times import claim, confirmed, has_clock, parse, stated_moment, url_claim
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
    r"updat|modif|actuali|aktuali|aggiorn|atuali|mis.[aà].jour|maj\b|güncel|обновл|оновл", re.I
)
_ASIDE = re.compile(
    r"relat|recommend|sidebar|widget|teaser|most-|popular|comment|latest|promo(?!ted)|more-|read-?also", re.I
)
_TIMED = XPath("//*[self::time or @itemprop='datePublished' or @itemprop='dateModified']")
_AFTER = XPath("following::text()[contains(., '19') or contains(., '20')]")
_BEFORE = XPath("preceding::text()[contains(., '19') or contains(., '20')]")
_OF_OTHERS = XPath("boolean(.//h2|.//h3|.//img)")
_CLASSED = ("span", "div", "p", "li", "small")
_AWAY = frozenset({"aside", "nav", "footer"})
MAX_VISIBLE = 400  # elements looked at
MAX_CLASSED = 10_000
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
    claims = [claim(raw, kind, basis, url=url, now=now, language=language) for raw, kind, basis in stated]
    claims = [*_of_one_page(c for c in claims[:MAX_CLAIMS] if c), url_claim(url, now=now)]
    if not _told(claims, "published"):
        claims.append(_htmldate(tree, url, now))
    return confirmed(dict.fromkeys(c for c in claims if c))


def _of_one_page(claims: Iterable[TimeClaim]) -> list[TimeClaim]:
    """The claims without those that a reader sees and that contradict the first: they are of other pages."""
    kept: list[TimeClaim] = []
    for made in claims:
        first = next((c for c in kept if c.kind == made.kind and c.plausible), made)
        if made.basis != "visible" or _agree(made, first):
            kept.append(made)
    return kept


def _told(claims: Iterable[TimeClaim | None], kind: str) -> bool:
    return any(c and c.kind == kind and c.plausible for c in claims)


def published(
    claims: tuple[TimeClaim, ...], *, url: str = "", language: str | None = None
) -> tuple[datetime, str] | None:
    """The moment of publication in UTC and the basis of its claim; None when no claim is plausible.

    A time whose zone is not known is read as if it were UTC.  The first claim in the order of belief counts,
    but what a reader sees gives way to the day in the URL; one that says the same more exactly (an hour for a
    day) speaks for it.  A page that states only its last change was published no later.
    """
    plausible = [c for c in claims if c.plausible]
    usable = [c for c in plausible if c.kind == "published"] or plausible
    if not usable:
        return None
    best = usable[0]
    of_url = next((c for c in usable if c.basis == "url"), best)
    if best.basis == "visible" and not _agree(best, of_url):
        best = of_url
    if not has_clock(best):
        others = plausible if best.basis == "htmldate" else usable
        best = next((c for c in others if has_clock(c) and _agree(c, best)), best)
    return stated_moment(best, url=url, language=language), best.basis


def _agree(a: TimeClaim, b: TimeClaim) -> bool:
    """Whether two claims can mean one moment."""
    return a.earliest <= b.latest and b.earliest <= a.latest


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
    """Times that a reader sees: in elements made for them, else in classes, else near the headline."""
    home = frozenset(box for headline in islice(tree.iter("h1"), 1) for box in headline.iterancestors())
    marked, plain = [], []
    for element in _TIMED(tree)[:MAX_VISIBLE]:
        if not _away(element, home):
            named = element.get("itemprop") or element.get("pubdate") is not None
            (marked if named else plain).append(element)
    for element in [*marked[:4], *plain[:4]] or _classed(tree, home) or _near_headline(tree, home):
        kind = "modified" if _says_changed(element) else "published"
        for raw in _element_raws(element):
            yield raw, kind, "visible"


def _classed(tree: HtmlElement, home: frozenset[HtmlElement]) -> list[HtmlElement]:
    """The first short elements whose class speaks of a date."""
    found: list[HtmlElement] = []
    for element in islice(tree.iter(*_CLASSED), MAX_CLASSED):
        if _speaks_of_date(element.get("class")) and _holds_day(element) and not _away(element, home):
            found.append(element)
            if len(found) == 3:
                break
    return found


@lru_cache(maxsize=4_096)
def _speaks_of_date(named: str | None) -> bool:
    return bool(named and _DATED.search(named))


def _near_headline(tree: HtmlElement, home: frozenset[HtmlElement]) -> list[HtmlElement]:
    """The first short elements beside the headline that hold a day: after it, then before it."""
    for headline in islice(tree.iter("h1"), 1):
        after, before = _AFTER(headline)[:40], _BEFORE(headline)[-10:]
        texts = [text for text in (*after, *reversed(before)) if len(text) < MAX_WORDS]
        parents = dict.fromkeys(t.getparent().getparent() if t.is_tail else t.getparent() for t in texts)
        return [e for e in parents if _holds_day(e) and not _away(e, home)][:1]
    return []


def _holds_day(element: HtmlElement) -> bool:
    """Whether a short element holds a day and little else."""
    if element.tag in ("script", "style", "noscript"):
        return False
    text = few_words(element, 2 * MAX_WORDS)
    return len(text) <= MAX_WORDS and bool(re.search(r"\d{4}", text)) and parse(text) is not None


def _says_changed(element: HtmlElement) -> bool:
    """Whether a time element speaks of the last change; "published updated" says both, so it does not."""
    names = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
    label = re.split(r"\d", few_words(element, MAX_WORDS), maxsplit=1)[0]
    if re.search(r"publi|entry-date|created", f"{names} {label}", re.I):
        return False
    return bool(_CHANGED.search(f"{names} {label}"))


def _element_raws(element: HtmlElement) -> list[str]:
    """What the element states: its machine-readable attribute, and its words when they differ."""
    stated = element.get("datetime") or element.get("content") or element.get("title") or ""
    both = dict.fromkeys((stated.strip(), few_words(element, 2 * MAX_WORDS)))
    return [raw for raw in both if raw and len(raw) <= MAX_WORDS and re.search(r"\d", raw)]


def _away(element: HtmlElement, home: frozenset[HtmlElement]) -> bool:
    """Whether the element stands in a box about other pages; `home`: the boxes that hold the headline."""
    for above in (element, *element.iterancestors()):
        if above in home:
            return False
        if above.tag in _AWAY or _ASIDE.search((above.get("class") or "")[:300]):
            return True
        if above.tag == "a" and _OF_OTHERS(above):
            return True
    return False


def _htmldate(tree: HtmlElement, url: str, now: datetime) -> TimeClaim | None:
    import htmldate  # asked for few pages

    try:
        day = htmldate.find_date(
            copy(tree),
            original_date=True,
            extensive_search=False,
            url=url,
            max_date=now + timedelta(days=1),
        )
    except READER_ERRORS:
        return None
    return claim(day, "published", "htmldate", now=now) if day else None
