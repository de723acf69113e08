"""What a page states for machines of its source: JSON-LD, meta elements and links in, statements out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from crawler.held import tagged
from db.errors import BadUrl
from db.urls import canonical, is_web

MAX_STATEMENTS = 60
MAX_WORDS = 400  # characters of one statement

_AUTHORS = ("author", "creator", "contributor")
_SOURCES = ("isBasedOn", "isBasedOnUrl", "sourceOrganization", "copyrightHolder", "creditText",
            "translationOfWork", "provider")  # fmt: skip
_META_AUTHORS = (
    "author", "article:author", "dc.creator", "dcterms.creator", "dc.contributor", "parsely-author",
    "sailthru.author", "byl", "citation_author", "article:author_name", "cxenseparse:author",
    "cxense:author", "twitter:data1", "authors", "og:article:author", "article:author:name", "author.name",
    "creator.name", "contributor.name", "news_author", "byline", "dc.creator.name", "og:author",
)  # fmt: skip
_META_SOURCES = (
    "source", "dc.source", "dcterms.source", "syndication-source", "original-source", "article:source",
    "news_source", "content-source", "mediator", "contentsource", "original_source", "agency", "news-agency",
    "news_agency", "sourceorganization.name", "copyrightholder.name", "article:agency", "source_name",
    "publication_source", "cxenseparse:source", "og:source", "wire",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing a page states for machines."""

    role: str  # author | source | agency (a source if an agency: an employer, a holder of rights) | photo
    region: str  # jsonld | meta
    field: str
    words: str
    link: str = ""


def statements(objects: Sequence[Mapping[str, Any]], meta: Mapping[str, Sequence[str]]) -> list[Statement]:
    """What `objects` (those that describe the article) and meta elements say of authors and sources."""
    found = [*_of_objects(objects), *_of_meta(meta)]
    return list(dict.fromkeys(found))[:MAX_STATEMENTS]


_RIGHTS = ("copyright", "dc.rights", "dcterms.rights", "rights", "dcterms.rightsholder")
_ATTRIBUTES = ("data-source", "data-agency", "data-news-source", "data-content-source", "data-provider",
               "data-article-source", "data-news-agency", "data-author", "data-byline")  # fmt: skip
MAX_PLACES = 5  # elements whose attributes are looked at


def attributes(tree: etree._Element) -> list[Statement]:
    """What the elements that hold the whole article say of its source in `data-` attributes."""
    articles = [a for a in tagged(tree, "article")[:MAX_PLACES] if next(a.iter("h1"), None) is not None]
    places = [*tagged(tree, "body"), *tagged(tree, "main"), *articles]
    stated = [(name, place.get(name) or "") for place in places[:MAX_PLACES] for name in _ATTRIBUTES]
    return [Statement("source", "meta", n, " ".join(w[:MAX_WORDS].split())) for n, w in stated if w.strip()]


def _of_objects(objects: Sequence[Mapping[str, Any]]) -> Iterator[Statement]:
    for thing in objects[:20]:
        for field in _AUTHORS:
            for words, link in _named(thing.get(field)):
                yield Statement("author", "jsonld", field, words, link)
            yield from _employers(field, thing.get(field))
        for field in _SOURCES:
            for words, link in _named(thing.get(field)):
                yield Statement("source", "jsonld", field, words, link)
        for image in _each(thing.get("image")):
            if isinstance(image, Mapping):
                for field in ("creditText", "creator", "copyrightHolder", "copyrightNotice", "author"):
                    for words, _ in _named(image.get(field)):
                        yield Statement("photo", "jsonld", f"image.{field}", words)


def _employers(field: str, authors: Any) -> Iterator[Statement]:
    for person in _each(authors):
        for key in ("worksFor", "affiliation"):
            value = person.get(key) if isinstance(person, Mapping) else None
            for words, _ in _named(value):
                yield Statement("agency", "jsonld", f"{field}.{key}", words)


def _of_meta(meta: Mapping[str, Sequence[str]]) -> Iterator[Statement]:
    for role, fields in (("author", _META_AUTHORS), ("source", _META_SOURCES), ("agency", _RIGHTS)):
        for field in fields:
            for words in list(meta.get(field, ()))[:5]:
                if isinstance(words, str) and (words := " ".join(words[:MAX_WORDS].split())):
                    yield Statement(role, "meta", field, words, words if _looks_linked(words) else "")


def _each(value: Any) -> list[Any]:
    return value[:20] if isinstance(value, list) else [value]


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """(name, address) of a value that may be words, an address, an object, or a list of them."""
    for one in _each(value):
        if isinstance(one, str):
            if words := " ".join(one[:MAX_WORDS].split()):
                yield words, words if _looks_linked(words) else ""
        elif isinstance(one, Mapping):
            link = next(
                (u for key in ("url", "@id", "sameAs") for u in _each(one.get(key)) if isinstance(u, str)), ""
            )
            for name in _each(one.get("name") or one.get("headline") or ""):
                if isinstance(name, str) and (name.strip() or link):
                    yield " ".join(name[:MAX_WORDS].split()), link if _looks_linked(link) else ""


def _looks_linked(words: str) -> bool:
    return words.startswith(("http://", "https://")) and " " not in words and is_web(words)


def stated_canonicals(tree: etree._Element, url: str) -> list[str]:
    """The addresses of rel=canonical, canonical spelling; what is no address is left out."""
    found = []
    for link in tagged(tree, "link")[:200]:
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            target = absolute(link.get("href"), url)
            if target:
                found.append(target)
    return found


def absolute(href: str, base: str) -> str | None:
    """The canonical web address of a link of the page at `base`; None where it is none."""
    try:
        target = urljoin(base, href.strip()) if is_web(base) else href.strip()
        return canonical(target) if is_web(target) else None
    except (ValueError, BadUrl):
        return None


def is_article_path(url: str) -> bool:
    """Whether the address can be an article's: not a front page or a bare section."""
    parts = urlsplit(url)
    path = parts.path.strip("/")
    words = path.replace("/", "-").replace("_", "-").split("-")
    return bool(parts.query) or len(words) >= 3 or any(c.isdigit() for c in path)
