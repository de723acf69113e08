"""Where articles are listed: the bytes of a feed, a sitemap or a front page in, found URLs out.

Nothing here asks the network, resolves an entity or believes a size: what cannot be read raises
BadInput naming its URL, what is broken halfway keeps the part before the break.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urljoin, urlsplit

import feedparser
import lxml.html
from lxml import etree

from db.errors import BadInput, BadUrl
from db.urls import canonical, is_web

MAX_ENTRIES = 10_000  # of one feed
MAX_PAGES = 50_000  # of one sitemap: the protocol's own bound (sitemaps.org)
MAX_INFLATED = 50 * 1024 * 1024  # bytes of one sitemap, from the same place
MAX_LINKS = 300  # articles of one front page
MAX_FEEDS = 5  # feeds named by one front page

_FEED_ROOT = re.compile(rb"<(?:[\w.-]{1,30}:)?(?:rss|feed|rdf|channel)[\s>]", re.I)
_ENTRY_BEGINS = re.compile(rb"<(?:item|entry)[\s>]")
_FILE = re.compile(
    r"\.(?:atom|rss|xml|json|css|js|jpe?g|png|svg|gif|tiff?|webp|avif|ico|pdf|docx?|xlsx?|pptx?|csv|epub"
    r"|mp[34]|m4a|aac|og[gv]|avi|mov|webm|flv|zip|gz|tar|exe|apk|ics)$",
    re.I,
)
_LISTS = frozenset(
    {"account", "accounts", "author", "authors", "autor", "categorie", "category", "categories", "contul-meu",
     "feed", "feeds", "kategorie", "page", "pagina", "search", "share", "tag", "tags", "topic", "topics",
     "user", "users", "wp-admin", "wp-content", "wp-json"}
)  # fmt: skip
"""Steps of a path below which stand lists, never articles."""
_SERVICES = frozenset(
    {"about", "about-us", "abonnement", "advertise", "advertising", "archive", "archives", "cart", "contact",
     "contacts", "cookie-policy", "cookies", "help", "imprint", "impressum", "jobs", "join", "kontakt",
     "legal", "live-tv", "login", "logout", "newsletter", "newsletters", "password", "podcasts", "privacy",
     "privacy-policy", "profile", "radio", "register", "registration", "rss", "shop", "signin", "signup",
     "sitemap", "subscribe", "subscription", "terms", "terms-of-use", "weather", "wp-login.php"}
)  # fmt: skip
"""Last steps of a path that name a service of the site."""
_DAY_OR_NUMBER = re.compile(r"(?:19|20)\d\d[/-]?[01]\d|\d{4,}")
_MANY_WORDS = 4  # a headline has at least so many; a menu seldom


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page that a feed or a sitemap lists, in the list's own words."""

    link: str  # absolute, as spelled there
    key: str = field(default="", compare=False)  # canonical
    title: str = ""
    published: str | None = None  # as it stands
    updated: str | None = None  # as it stands; a sitemap's lastmod
    language: str | None = None
    source_name: str = ""  # <source> of a feed item: whom the list says it has it from
    source_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed lists, in its order."""

    entries: tuple[Entry, ...]
    title: str = ""
    problem: str = ""  # what was wrong with it although something could be read
    bad_urls: int = 0  # entries left out, for their addresses cannot be kept: endless, or broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What a sitemap lists: further sitemaps, or pages."""

    children: tuple[Entry, ...] = ()  # the newest first where they say when they changed
    pages: tuple[Entry, ...] = ()
    problem: str = ""
    bad_urls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a front page names: pages that look like articles, and feeds."""

    pages: tuple[Entry, ...] = ()
    feeds: tuple[str, ...] = ()
    bad_urls: int = 0


def read_feed(body: bytes, url: str) -> Feed:
    """The entries of an RSS (0.9 to 2.0) or Atom feed. Raises BadInput when there is no feed in `body`."""
    if not body.strip():
        raise BadInput(f"{url}: not a feed: the answer is empty")
    if body[:2] == b"\x1f\x8b":
        body = _inflate(body, url)
    root = _FEED_ROOT.search(body)
    if b"<!ENTITY" in body[: root.start() if root else None]:
        raise BadInput(f"{url}: a feed that declares entities is not read")
    body = _first_entries(body)
    headers = {"content-location": url, "content-type": "application/xml"}
    # feedparser opens what is not a stream as a file name
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    if not parsed.version and not parsed.entries:
        raise BadInput(f"{url}: not a feed: {_what_it_is(body)}")
    entries = [entry for item in parsed.entries if (entry := _entry(item, url))]
    return Feed(
        entries=tuple(entry for entry in entries[:MAX_ENTRIES] if entry.key),
        bad_urls=sum(not entry.key for entry in entries[:MAX_ENTRIES]),
        title=parsed.feed.get("title", ""),
        problem=str(parsed.get("bozo_exception", "")) if parsed.bozo else "",
    )


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """What a sitemap or sitemap index lists, plain or gzipped.

    Raises BadInput when it is empty, no sitemap, cut short as gzip, or over MAX_INFLATED.
    """
    if body[:2] == b"\x1f\x8b":
        body = _inflate(body, url)
    if not body.strip():
        raise BadInput(f"{url}: not a sitemap: the answer is empty")
    children: list[Entry] = []
    pages: list[Entry] = []
    bad, problem = 0, ""
    try:
        for kind, entry in islice(_listed(body, url), MAX_PAGES):
            if entry.key:
                (children if kind == "sitemap" else pages).append(entry)
            else:
                bad += 1
    except etree.XMLSyntaxError as error:
        if not (children or pages):
            raise BadInput(f"{url}: not a sitemap: {_what_it_is(body)} ({error})") from error
        problem = f"cut off: {error}"
    children.sort(key=lambda entry: entry.updated or "", reverse=True)
    return Sitemap(children=tuple(children), pages=tuple(pages), problem=problem, bad_urls=bad)


def page_links(html: str, url: str, belongs: Callable[[str], bool], *, limit: int = MAX_LINKS) -> Front:
    """The article-like links and the feeds of a front or section page, in the page's order.

    `belongs` tells which URLs are of the site. Raises BadInput when there is no page.
    """
    tree = _tree(html, url)
    base = urljoin(url, next(iter(tree.xpath("//base/@href")), ""))
    found: dict[str, Entry] = {}
    bad: set[str] = set()
    for anchor in tree.iter("a"):
        words = " ".join(anchor.text_content().split())
        key, link = _address(anchor.get("href", ""), base)
        if link and not key:
            bad.add(link)
        if not key or key == canonical(url) or not belongs(key) or not _like_an_article(key, anchor, words):
            continue
        if key not in found or len(words) > len(found[key].title):
            found[key] = Entry(link=link, key=key, title=words[:300])
    feeds = _named_feeds(tree, base, belongs)
    return Front(pages=tuple(islice(found.values(), limit)), feeds=feeds, bad_urls=len(bad))


def _first_entries(body: bytes) -> bytes:
    """The feed without what stands after its first MAX_ENTRIES entries: more are not even parsed.

    >>> _first_entries(b"<rss><item>1</item></rss>")
    b'<rss><item>1</item></rss>'
    """
    more = next(islice(_ENTRY_BEGINS.finditer(body), MAX_ENTRIES, None), None)
    if more is None:
        return body
    end = max(body.rfind(b"</item>"), body.rfind(b"</entry>"))
    return body[: more.start()] + (body[body.index(b">", end) + 1 :] if end > more.start() else b"")


def _entry(item: feedparser.FeedParserDict, url: str) -> Entry | None:
    """One item of a feed, or None when it names no page; its key is "" where its address cannot be kept."""
    key, link = _address(item.get("feedburner_origlink") or item.get("link") or "", url)
    if not link:
        return None
    source = item.get("source") or {}
    source_key, source_link = _address(source.get("href") or source.get("link") or "", url)
    return Entry(
        link=link,
        key=key,
        title=item.get("title", ""),
        published=item.get("published"),
        updated=dict.get(item, "updated"),  # FeedParserDict.get falls back to "published"
        source_name=source.get("title", ""),
        source_url=source_link if source_key else None,
    )


def _listed(body: bytes, url: str) -> Iterator[tuple[str, Entry]]:
    """("sitemap" | "url", entry) as they stand; raises BadInput when the root is something else."""
    walk = etree.iterparse(
        io.BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    _, root = next(walk)
    if _name(root) not in ("urlset", "sitemapindex"):
        raise BadInput(f"{url}: not a sitemap: its root is <{_name(root)}>")
    for event, element in walk:
        if event == "end" and element.getparent() is root:
            entry = _sitemap_entry(element, url)
            if entry and _name(element) in ("sitemap", "url"):
                yield _name(element), entry
            root.remove(element)


def _sitemap_entry(element: etree._Element, url: str) -> Entry | None:
    words = {_name(child): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
    news = {
        _name(child): (child.text or "").strip()
        for part in element
        if _name(part) == "news"
        for child in part.iter(etree.Element)
    }
    key, link = _address(words.get("loc", ""), url)
    if not link:
        return None
    return Entry(
        link=link,
        key=key,
        title=news.get("title", ""),
        published=news.get("publication_date"),
        updated=words.get("lastmod"),
        language=news.get("language"),
    )


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _inflate(body: bytes, url: str) -> bytes:
    """The bytes inside a gzip, at most MAX_INFLATED of them."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        inside = unpacker.decompress(body, MAX_INFLATED)
    except zlib.error as error:
        raise BadInput(f"{url}: a broken gzip: {error}") from error
    if unpacker.unconsumed_tail:
        raise BadInput(f"{url}: more than {MAX_INFLATED // 2**20} MB when unpacked")
    if not unpacker.eof:
        raise BadInput(f"{url}: a gzip that is cut short")
    return inside


def _what_it_is(body: bytes) -> str:
    start = body[:2000].lstrip().lower()
    if b"<html" in start or b"<!doctype html" in start:
        return "an HTML page"
    return f"it begins {body[:60]!r}"


def _tree(html: str, url: str) -> lxml.html.HtmlElement:
    if not html.strip():
        raise BadInput(f"{url}: an empty page")
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise BadInput(f"{url}: no page can be read: {error}") from error


def _address(href: str, base: str) -> tuple[str, str]:
    """(canonical spelling, absolute spelling) of a link; ("", "") when it names no page of the web.

    The canonical one is "" where the address cannot be kept.
    """
    try:
        link = urljoin(base, href.strip())
    except ValueError:
        return "", href.strip()
    if not (href.strip() and is_web(link)):
        return "", ""
    try:
        return canonical(link), link
    except BadUrl:
        return "", link


def _like_an_article(url: str, anchor: lxml.html.HtmlElement, words: str) -> bool:
    """Whether a link looks like one to an article: by its path, its words, or the headline it stands in."""
    parts = urlsplit(url)
    steps = [step for step in parts.path.lower().split("/") if step]
    if not steps and not parts.query:
        return False
    slug = steps[-1] if steps else ""
    if _FILE.search(parts.path) or slug in _SERVICES or _LISTS.intersection(steps):
        return False
    return (
        slug.count("-") >= 2
        or slug.count("_") >= 2
        or bool(_DAY_OR_NUMBER.search(parts.path + "?" + parts.query))
        or slug.endswith((".html", ".htm", ".shtml"))
        or len(words.split()) >= _MANY_WORDS
        or any(_is_headline(outer) for outer in islice(anchor.iterancestors(), 3))
        or any(_is_headline(inner) for inner in anchor)
    )


def _is_headline(element: lxml.html.HtmlElement) -> bool:
    return element.tag in ("h1", "h2", "h3", "h4", "article")


def _named_feeds(tree: lxml.html.HtmlElement, base: str, belongs: Callable[[str], bool]) -> tuple[str, ...]:
    """The feeds that <link rel=alternate> names, comment feeds left out."""
    found = {}
    for link in tree.iter("link"):
        is_feed = link.get("type", "").lower().endswith(("rss+xml", "atom+xml"))
        if not is_feed or "alternate" not in link.get("rel", "").lower().split():
            continue
        key, address = _address(link.get("href", ""), base)
        if key and belongs(key) and "comment" not in (key + link.get("title", "")).lower():
            found.setdefault(key, address)
    return tuple(islice(found.values(), MAX_FEEDS))
