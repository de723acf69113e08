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

from crawler.app_state import app_day
from crawler.held import every, tagged
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
    "citation_publication_date", "originalpublicationdate", "article.published", "displaydate", "ptime",
    "date", "article:post_date", "article:create_time", "article:created_time", "article:publish_time",
    "article:published_date", "article:datepublished", "og:pubdate", "og:createdate",
    "og:article:published", "published_at", "publish_time", "publishtime", "published-date",
    "publisheddate", "published_date", "publication-date", "pub_date", "date_published", "date-published",
    "firstpublished", "first_published", "mediator_published_time", "weibo:article:create_at",
    "dc.date.published", "dcterms.available", "dc.terms.issued", "bt:pubdate", "vr:published_time",
    "rnews:datepublished",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "article:modified", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "revision_date", "article.updated", "utime",
)  # fmt: skip
_DATED = re.compile(  # in lower case
    r"date|time|publi|stamp|posted|byline|fecha|datum|data[-_ ]|zeit|meta|info|ngay|tarih"
)
_CHANGED = re.compile(
    r"updat|uppdat|oppdat|opdat|modif|actuali|aktuali|ažurir|ажурир|aggiorn|atuali|mis.[aà].jour"
    r"|maj\b|güncel|обновл|оновл|измен|змін|актуализ|bijgewerkt|gewijzigd|geändert|endret|ändrad"
    r"|senast|sist oppd|päivitetty|muokattu|frissít|módosít|upraven|zmien|změn|zmeny|posodoblj"
    r"|atnaujint|atjaunin|uuenda|ενημέρωση|ενημερώθηκε|τροποπο|تحديث|تعديل|به‌?روز|עדכון|עודכן"
    r"|अपडेट|अद्यतन|diperbarui|cập nhật|แก้ไข|อัปเดต|更新|最終|修正|수정|최종|업데이트",
    re.I,
)
_ISSUED = re.compile(
    r"publi|posted|first |entry-date|created|creat|opublik|dodan|veröffentlicht|erschienen"
    r"|erstellt|geplaatst|gepubl|erstmals|опублик|создан|дата|публик|objavlj|objaven|zveřejn|vydán"
    r"|megjelen|közzét|yayın|giriş|eklen|oluştur|δημοσ|نشر|تاريخ|प्रकाशित|पब्लिश|公開|配信|掲載|投稿|発行|发布"
    r"|發布|發表|입력|등록|게시|승인|julkaist|avaldat|publicēt|paskelbt|diterbit|đăng|เผยแพร่|פורסם",
    re.I,
)
_OTHER = re.compile(
    r"print(?:ed)?[-_]?(?:date|time)|(?:current|today|server|system)[-_]?(?:date|time)|\bclock\b", re.I
)
_DATA = re.compile(
    r"data-(?:[a-z]+-)?(?:date|time|datetime|timestamp|published|publish|pub|utime|ts)(?:-[a-z]+)?$"
)
_ASIDE = re.compile(
    r"relat(?!ive)|recommend|sidebar|widget|teaser|most-|popular|comment|latest|promo(?!ted)|more-|read-?also"
)  # in lower case
_TIME_TAGS = frozenset({"time", "abbr"})
_TIMES = frozenset({"datetime", "data-timestamp", "data-datetime", "itemprop"})
_AFTER = XPath("following::text()[contains(., '19') or contains(., '20')]")
_BEFORE = XPath("preceding::text()[contains(., '19') or contains(., '20')]")
_ANYWHERE = XPath("//body//text()[contains(., '19') or contains(., '20')]")
_OF_OTHERS = XPath("boolean(.//h2|.//h3|.//img)")
_CLASSED = ("span", "div", "p", "li", "small")
_AWAY = frozenset({"aside", "nav", "footer"})
Home = dict[HtmlElement, int]
MAX_VISIBLE = 400  # elements looked at
MAX_CLASSED = 10_000
MAX_FOUND = 30
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
    if not _told_to_the_minute(claims) and (raw := app_day(tree)):
        claims.append(claim(raw, "published", "meta", url=url, now=now, language=language))
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


def _told_to_the_minute(claims: Iterable[TimeClaim | None]) -> bool:
    return any(c and c.kind == "published" and c.plausible and has_clock(c) for c in claims)


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
        others = plausible if best.basis in ("htmldate", "url") else usable
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
    home = _home(tree)
    for find in (_timed, _classed, _near_headline):
        told = [stated for element in find(tree, home) for stated in _stated_in(element)]
        told = [(raw, kind, "visible") for kind, raw in told if parse(raw) is not None]
        if told:
            yield from told
            return


def _home(tree: HtmlElement) -> Home:
    """The boxes around the headline, each with its depth: the longest h1 is one, a shorter may be a logo."""
    headline = max(tagged(tree, "h1")[:10], key=lambda h1: len(few_words(h1, 300)), default=None)
    if headline is None:
        return {}
    boxes = list(headline.iterancestors())
    return {box: len(boxes) - at for at, box in enumerate(boxes)}


def _nearest(elements: list[HtmlElement], home: Home) -> list[HtmlElement]:
    """The elements in their order, but those that share a narrower box with the headline before others."""
    depths = [next((home[box] for box in e.iterancestors() if box in home), 0) for e in elements]
    return [e for _, e in sorted(zip(depths, elements, strict=True), key=lambda pair: -pair[0])]


def _timed(tree: HtmlElement, home: Home) -> list[HtmlElement]:
    """The first elements made for times, those named as the page's own before the others."""
    marked, plain = [], []
    for element in _made_for_times(tree)[:MAX_VISIBLE]:
        if not _away(element, home):
            named = element.get("itemprop") or element.get("pubdate") is not None
            (marked if named else plain).append(element)
    return [*_nearest(marked, home)[:4], *_nearest(plain, home)[:4]]


def _made_for_times(tree: HtmlElement) -> list[HtmlElement]:
    """The elements made for times.  All of a page are asked, which so costs a third of what XPath takes."""
    may = [e for e in every(tree) if e.tag in _TIME_TAGS or not _TIMES.isdisjoint(e.keys())]
    return [e for e in may if e.tag == "time" or _tells_time(e)]


def _tells_time(element: HtmlElement) -> bool:
    told = _TIMES.intersection(element.keys())
    if element.tag == "abbr" and element.get("title") is not None:
        return True
    return bool(told - {"itemprop"}) or element.get("itemprop") in ("datePublished", "dateModified")


def _stated_in(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """What an element states, each with its kind: "Published 4 May 2026, updated 5 May 2026" are two."""
    raws = _element_raws(element)
    labels = sorted(
        (found.start(), kind)
        for raw in raws[-1:]
        for kind, pattern in (("modified", _CHANGED), ("published", _ISSUED))
        for found in pattern.finditer(raw)
    )
    kinds = [kind for _, kind in labels]
    if "modified" not in kinds or "published" not in kinds:
        kind = "modified" if _says_changed(element) else "published"
        yield from ((kind, raw) for raw in raws)
        return
    if len(raws) > 1:
        yield kinds[0], raws[0]
    ends = [start for start, _ in labels[1:]] + [len(raws[-1])]
    yield from ((kind, raws[-1][start:end]) for (start, kind), end in zip(labels, ends, strict=True))


def _classed(tree: HtmlElement, home: Home) -> list[HtmlElement]:
    """The first short elements whose class speaks of a date."""
    found: list[HtmlElement] = []
    for element in islice(tree.iter(*_CLASSED), MAX_CLASSED):
        if _speaks_of_date(element.get("class")) and _holds_day(element) and not _away(element, home):
            found.append(element)
            if len(found) == MAX_FOUND:
                break
    return _nearest(found, home)[:3]


@lru_cache(maxsize=4_096)
def _speaks_of_date(named: str | None) -> bool:
    return bool(named and _DATED.search(named.lower()) and not _OTHER.search(named))


@lru_cache(maxsize=4_096)
def _is_aside(named: str | None) -> bool:
    """Whether a box's class says that it is about other pages, or about no page's publication."""
    told = (named or "")[:300]
    return bool(_OTHER.search(told) or _ASIDE.search(told.lower()))


def _near_headline(tree: HtmlElement, home: Home) -> list[HtmlElement]:
    """The first short elements that hold a day: after the headline, then before it; anywhere without one."""
    headline = next(iter(tagged(tree, "h1")), None)
    near = [*_AFTER(headline)[:40], *reversed(_BEFORE(headline)[-10:])] if headline is not None else []
    limit = MAX_WORDS if near else MAX_WORDS / 2
    texts = [text for text in (near or _ANYWHERE(tree)[:40]) if len(text) < limit]
    parents = dict.fromkeys(t.getparent().getparent() if t.is_tail else t.getparent() for t in texts)
    return [e for e in parents if _holds_day(e) and not _away(e, home)][:1]


def _holds_day(element: HtmlElement) -> bool:
    """Whether a short element holds a day and little else."""
    if element.tag in ("script", "style", "noscript"):
        return False
    if any(_DATA.match(name) and parse(value) for name, value in element.items()):
        return True
    text = few_words(element, 2 * MAX_WORDS)
    return len(text) <= MAX_WORDS and bool(re.search(r"\d{4}", text)) and parse(_parted(element)) is not None


def _parted(element: HtmlElement) -> str:
    """An element's words, those of elements in it apart: a day is often written in two ways side by side."""
    return " ".join(" ".join(islice(element.itertext(), MAX_WORDS)).split())[: 3 * MAX_WORDS]


def _says_changed(element: HtmlElement) -> bool:
    """Whether a time element speaks of the last change; "published updated" says both, so it does not."""
    names = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
    label = re.split(r"\d", few_words(element, MAX_WORDS), maxsplit=1)[0]
    if re.search(r"publi|entry-date|created", names, re.I) or _ISSUED.search(label):
        return False
    return bool(_CHANGED.search(f"{names} {label}"))


def _element_raws(element: HtmlElement) -> list[str]:
    """What the element states: its machine-readable attribute, and its words when they differ."""
    stated = element.get("datetime") or element.get("content") or element.get("title") or ""
    if not re.search(r"\d", stated):
        stated = next((value for name, value in element.items() if _DATA.match(name)), "")
    both = dict.fromkeys((stated.strip(), _parted(element)))
    return [raw for raw in both if raw and len(raw) <= MAX_WORDS and re.search(r"\d", raw)]


def _away(element: HtmlElement, home: Home) -> bool:
    """Whether the element stands in a box about other pages; `home`: the boxes that hold the headline."""
    for above in (element, *element.iterancestors()):
        if above in home:
            return False
        if above.tag in _AWAY or _is_aside(above.get("class")):
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
