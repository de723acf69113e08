"""Which pages of a credited outlet may be the source of a story: words and times compared, nothing asked."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote_plus, unquote, urlsplit

from db.frontier import Listing
from db.leads import Lead
from db.outlets import fold

NEAR = timedelta(days=3)  # a source is published that long before its copies at most, or shortly after them
AFTER = timedelta(hours=12)
MIN_SHARED = 2  # words of a headline that an address or a listed title must share
MIN_LETTERS = 4  # of a word that says anything
MAX_PAGES = 8  # of one list that are tried for one lead
QUERY_WORDS = 6  # of a headline that a site's own search is asked for

_WORD = re.compile(r"[^\W_]+")


def query(title: str) -> str:
    """The words of a headline to ask a site's own search for: the longest ones, in their order."""
    words = [word for word in _WORD.findall(title) if len(word) >= MIN_LETTERS]
    kept = set(sorted(words, key=len, reverse=True)[:QUERY_WORDS])
    return " ".join(dict.fromkeys(word for word in words if word in kept))


def search_url(template: str, title: str) -> str:
    """The address of a site's search for a headline; `{query}` in the template is filled in."""
    return template.replace("{query}", quote_plus(query(title)))


def promising(pages: Iterable[Listing], lead: Lead) -> list[Listing]:
    """The listed pages that may be the one a lead is after, the likeliest first, MAX_PAGES at most."""
    wanted = _words(" ".join(lead.titles))
    scored = [(len(wanted & _words(f"{page.title} {_slug(page.url)}")), page) for page in pages]
    fitting = [
        (shared, page) for shared, page in scored if shared >= MIN_SHARED and _in_time(page, lead.since)
    ]
    fitting.sort(key=lambda pair: -pair[0])
    return [page for _, page in fitting[:MAX_PAGES]]


def _in_time(page: Listing, since: datetime | None) -> bool:
    return page.newest is None or since is None or since - NEAR <= page.newest <= since + AFTER


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(fold(text)) if len(word) >= MIN_LETTERS)


def _slug(url: str) -> str:
    return unquote(urlsplit(url).path).replace("-", " ").replace("_", " ")
