"""What a list names, sifted: the entries of a feed, sitemap or front page in, the site's own pages out.

It runs in a reading process: a sitemap of 50,000 pages must not hold the crawl up.  What reads lists is
imported there only, for the crawl itself has no use for it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from crawler.traps import Spellings, trap, without_session
from db.frontier import Listing
from db.outlets import Names

if TYPE_CHECKING:
    from crawler.sources import Entry

Belongs = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one list names."""

    pages: tuple[Listing, ...] = ()  # the newest first, as far as the list says
    sitemaps: tuple[tuple[str, datetime | None], ...] = ()  # further ones, and when they changed
    feeds: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)  # elsewhere, trap, bad_url
    problem: str = ""  # what was wrong with it although something could be read


def list_feed(body: bytes, url: str, belongs: Belongs, now: datetime) -> Listed:
    """The pages that a feed names. Raises BadInput when it is none."""
    from crawler.sources import read_feed

    feed = read_feed(body, url)
    found = sifted(feed.entries, "feed", belongs, now, bad_urls=feed.bad_urls)
    return replace(found, problem=feed.problem)


def list_sitemap(body: bytes, url: str, belongs: Belongs, now: datetime) -> Listed:
    """The pages and the further sitemaps that a sitemap names. Raises BadInput when it is none."""
    from crawler.sources import read_sitemap

    found = read_sitemap(body, url)
    further = tuple((child.link, _newest(child, now)) for child in found.children)
    listed = sifted(found.pages, "sitemap", belongs, now, bad_urls=found.bad_urls)
    return replace(listed, sitemaps=further, problem=found.problem)


def list_front(html: str, url: str, belongs: Belongs, now: datetime) -> Listed:
    """The pages that look like articles, and the feeds, that a front page names. Raises BadInput."""
    from crawler.sources import page_links

    front = page_links(html, url, belongs)
    return replace(sifted(front.pages, "front", belongs, now, bad_urls=front.bad_urls), feeds=front.feeds)


def belonging(names: Names, domain: str | None) -> Belongs:
    """Tells which URLs are of a site's house; `domain` None: pages of any host may be listed."""
    own = names.by_domain.get(domain) if domain else None
    return lambda link: own is None or names.same_house(names.at(link), own)


def sifted(
    entries: "Iterable[Entry]", basis: str, belongs: Belongs, now: datetime, *, bad_urls: int = 0
) -> Listed:
    """The entries that are pages of the site; traps, other sites' pages and `bad_urls` are counted."""
    left_out: Counter[str] = Counter({"bad_url": bad_urls} if bad_urls else {})
    pages = list(_pages(entries, basis, belongs, now, left_out))
    pages.sort(key=lambda page: page.newest.timestamp() if page.newest else 0.0, reverse=True)
    return Listed(pages=tuple(pages), left_out=dict(left_out))


def _pages(
    entries: "Iterable[Entry]", basis: str, belongs: Belongs, now: datetime, left_out: Counter[str]
) -> Iterator[Listing]:
    spellings = Spellings()
    for entry in entries:
        url = without_session(entry.key)
        if not belongs(url):
            left_out["elsewhere"] += 1
        elif trap(url, now) or (basis == "front" and spellings.too_many(url)):
            left_out["trap"] += 1
        else:
            yield Listing(
                url=url,
                link=entry.link,
                basis=basis,
                published=entry.published,
                updated=entry.updated,
                source_name=entry.source_name,
                source_url=entry.source_url,
                newest=_newest(entry, now),
                title=entry.title,
            )


def _newest(entry: "Entry", now: datetime) -> datetime | None:
    """The later of an entry's times, for the order of visits only: one without a zone counts as UTC."""
    stated = [when for when in (_when(entry.published), _when(entry.updated)) if when]
    return min(max(stated), now) if stated else None


def _when(raw: str | None) -> datetime | None:
    if not raw:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(raw.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
