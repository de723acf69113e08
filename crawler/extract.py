"""A page or a plain text comes in, what it says goes out: a `Reading`, a pure function of its words.

The page is parsed once; text, times, headlines, credits and kind are all read from that tree.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from crawler.authors import authors
from crawler.body import body
from crawler.credits import PageWords, credits_in_text, find_credits, verdict
from crawler.held import hold
from crawler.kinds import kind_of
from crawler.markup import one_line, open_page, paragraphs
from crawler.metadata import byline as stated_byline
from crawler.metadata import image, listed_authors, section, stated_canonical, stated_language
from crawler.metadata import language as text_language
from crawler.page_times import page_times
from crawler.page_times import published as publication
from crawler.structured import article_objects, json_ld, meta, page_objects, words
from crawler.times import claim, stated_moment
from crawler.titles import chosen, titles
from db.errors import Unreadable
from db.outlets import Names
from db.records import Outlet, Reading, TimeClaim
from db.urls import canonical, domain, is_web


def read_page(
    html: bytes | str, url: str, *, names: Names, charset: str | None = None, now: datetime
) -> Reading:
    """What the page says; kind "unreadable" with a reason when it shows no article, whatever it holds.

    `charset`: as the header states it.  `url` may be any identifier, "" when the address is not known.
    Raises BadUrl for a URL that cannot be kept, and nothing else.
    """
    url = canonical(url) if url else ""
    try:
        tree = open_page(html, charset)
    except Unreadable as error:
        return Reading(url=url, kind="unreadable", reason=str(error))
    with hold(tree):
        return _read(tree, url, names, now)


def _read(tree: HtmlElement, url: str, names: Names, now: datetime) -> Reading:
    """What a parsed page says: first what it states of itself, then its text, then whom the text credits."""
    objects, metas = json_ld(tree), meta(tree)
    address = stated_canonical(tree, url, metas)
    place = url if is_web(url) else address or url
    own = names.at(place)
    described = article_objects(objects, urls=(url, address or url)) or page_objects(objects)
    candidates = titles(tree, described, metas)
    title = chosen(candidates, _site_names(own, metas, place))
    found = body(tree, described, tuple(title for _, title in candidates), _descriptions(described, metas))
    spoken = text_language(stated_language(tree, described, metas), found.text)
    page = PageWords(
        tree=tree,
        url=place,
        text=found.text,
        title=title,
        language=spoken,
        objects=objects,
        meta=metas,
        own=own,
    )
    kind, reason = kind_of(page)
    line = stated_byline(described, metas, tree, objects)
    reading = Reading(
        url=url,
        kind=kind,
        title=title,
        text=found.text,
        language=spoken,
        authors=authors(line, listed_authors(described, objects)),
        byline=line,
        section=section(described, metas),
        canonical=address,
        titles=candidates,
        image=image(described, metas, place),
        reason=reason,
        extractor=found.extractor,
    )
    times = page_times(tree, described, metas, url=place, now=now, language=spoken)
    return _with_credits(_with_times(reading, times, place), page, names)


def _with_times(reading: Reading, times: tuple[TimeClaim, ...], url: str) -> Reading:
    when = publication(times, url=url, language=reading.language)
    if when is None:
        return replace(reading, times=times)
    return replace(reading, times=times, published=when[0], published_basis=when[1])


def _with_credits(reading: Reading, page: PageWords, names: Names) -> Reading:
    """The reading with its evidence; what is unreadable keeps neither text nor a word on credits."""
    if reading.kind == "unreadable":
        return replace(reading, text="")
    evidence = find_credits(page, names)
    republished, why = verdict(evidence, page.text, page.own)
    return replace(reading, evidence=evidence, is_republication=republished, reason=reading.reason or why)


def read_text(
    text: str,
    url: str,
    *,
    names: Names,
    title: str = "",
    byline: str = "",
    language: str | None = None,
    published: str | datetime | None = None,
    now: datetime,
) -> Reading:
    """What an imported plain text says: its paragraphs kept, its language and time as given or found."""
    url = canonical(url)
    text = "\n".join(paragraphs(text))
    spoken = text_language(language.lower()[:2] if language else None, text)
    raw = published.isoformat() if isinstance(published, datetime) else published or ""
    own = names.at(url)
    evidence = credits_in_text(text, byline, spoken, own, names)
    republished, why = verdict(evidence, text, own)
    made = claim(raw, "published", "import", url=url, now=now, language=spoken) if raw else None
    return Reading(
        url=url,
        kind="article" if text else "unreadable",
        title=one_line(title),
        text=text,
        language=spoken,
        authors=authors(byline),
        byline=one_line(byline),
        published=stated_moment(made, url=url, language=spoken) if made and made.plausible else None,
        published_basis="import" if made and made.plausible else None,
        titles=(("title", one_line(title)),) if title else (),
        times=(made,) if made else (),
        evidence=evidence,
        is_republication=republished if text else None,
        reason=why if text else "the text is empty",
        extractor="text",
    )


def _descriptions(described: tuple[dict[str, Any], ...], metas: dict[str, list[str]]) -> tuple[str, ...]:
    """How the page sums itself up for machines, each wording once."""
    stated = [words(o.get("description")) for o in described]
    stated += [words(metas.get(key)) for key in ("description", "og:description", "twitter:description")]
    return tuple(dict.fromkeys(text for text in stated if text))


def _site_names(own: Outlet, metas: dict[str, list[str]], url: str) -> tuple[str, ...]:
    """What the site calls itself, as it stands behind headlines."""
    label = domain(url)
    return (
        own.name,
        label,
        label.split(".")[0],
        *(a.text for a in own.aliases),
        *metas.get("og:site_name", ()),
    )
