"""What a server's answer is: a failure or a response in, its outcome and its charset out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from scrapy import exceptions as scrapy_errors
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from crawler.middlewares import Failure, Refusal
from crawler.times import claim
from db.errors import BadUrl
from db.frontier import Listing
from db.outlets import Names
from db.records import Evidence, Outlet, Reading, TimeClaim
from db.urls import canonical, is_web

HTML_TYPES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
LOOSE_TYPES = ("", "text/plain", "application/octet-stream", "application/xml", "text/xml", "unknown/unknown")
SNIFFED = 1024  # bytes that show what an answer is

REDIRECTS = (301, 302, 303, 307, 308)

_FAILURES = (
    (scrapy_errors.DownloadTimeoutError, "timeout"),
    (scrapy_errors.DownloadConnectionRefusedError, "connection_refused"),
    (scrapy_errors.CannotResolveHostError, "no_such_host"),
    (scrapy_errors.ResponseDataLossError, "cut_short"),
    (scrapy_errors.DownloadCancelledError, "too_large"),
    (scrapy_errors.UnsupportedURLSchemeError, "private_address"),
)


def refused(error: Exception) -> str | None:
    """The reason why a request was rightly not made; None when it was made and failed."""
    if isinstance(error, Refusal):
        return error.outcome
    if isinstance(error, scrapy_errors.UnsupportedURLSchemeError):
        return "private_address"
    if isinstance(error, HttpError) and error.response.status in REDIRECTS:
        # One that names a web address was followed: left for us to see is one to another scheme, or to none.
        return "private_address" if "Location" in error.response.headers else None
    return None


def failed(error: Exception) -> str:
    """The reason why a request brought nothing, as one word: timeout, http_500, certificate ...

    An error nobody foresaw is named by its class.
    """
    if isinstance(error, HttpError):
        return f"http_{error.response.status}"
    if isinstance(error, Failure):
        return error.outcome
    words = str(error)
    if isinstance(error, scrapy_errors.IgnoreRequest):
        return (
            "too_large"
            if "DOWNLOAD_MAXSIZE" in words
            else "redirect_loop"
            if "redirect" in words
            else "ignored"
        )
    if "certificate" in words.lower():
        return "certificate"
    if isinstance(error, scrapy_errors.DownloadFailedError):
        return "connection_lost"
    return next((name for kind, name in _FAILURES if isinstance(error, kind)), type(error).__name__)


def is_html(response: Response) -> bool:
    """Whether the answer is a page: by its stated type, and by its first bytes where that says little."""
    start = response.body[:SNIFFED]
    stated = response.headers.get("Content-Type", b"").decode("latin-1").partition(";")[0].strip().lower()
    wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if stated in HTML_TYPES:
        return wide or b"\x00" not in start
    return stated in LOOSE_TYPES and any(mark in start.lower() for mark in (b"<html", b"<!doctype html"))


def charset(response: Response) -> str | None:
    """The Python codec of a page by its header, else by its own meta element; None: neither states one.

    What browsers read for a label is meant: gb2312 is gb18030, latin-1 is cp1252.
    """
    stated = response.headers.get("Content-Type", b"").decode("latin-1")
    return http_content_type_encoding(stated) or html_body_declared_encoding(response.body)


def article_urls(response: Response, asked: str, listed: Iterable[Listing]) -> tuple[tuple[str, str], ...]:
    """Every spelling under which the page was reached: asked, each redirect, the last, as listed."""
    hops = [*response.meta.get("redirect_urls", []), response.url]
    spelled = [(asked, "requested"), *((hop, "redirect") for hop in hops)]
    spelled += [(item.link, "feed") for item in listed]
    known: dict[str, str] = {}
    for url, relation in spelled:
        try:
            known.setdefault(canonical(url), relation)
        except BadUrl:
            continue  # a hop that no page can be stored under
    return tuple(known.items())


def led_home(response: Response, asked: str) -> bool:
    """Whether the request for a page ended on a front page: sites send deleted articles there."""
    return urlsplit(response.url).path in ("", "/") and urlsplit(asked).path not in ("", "/")


def with_hints(reading: Reading, listed: Iterable[Listing], names: Names, now: datetime) -> Reading:
    """The reading with what the feeds and sitemaps that listed its page say of it."""
    times, evidence = told_by_lists(listed, names, now)
    return replace(
        reading,
        times=tuple(dict.fromkeys((*reading.times, *times))),
        evidence=tuple(dict.fromkeys((*reading.evidence, *evidence))),
    )


def told_by_lists(
    listed: Iterable[Listing], names: Names, now: datetime
) -> tuple[list[TimeClaim], list[Evidence]]:
    """The times and the sources that lists state of a page."""
    listed = tuple(listed)
    times = [made for item in listed for made in _stated(item, now)]
    return times, [_source(item, names) for item in listed if item.source_name or item.source_url]


def _stated(item: Listing, now: datetime) -> list[TimeClaim]:
    said = (("published", item.published), ("modified", item.updated))
    made = [claim(raw, kind, item.basis, url=item.link, now=now) for kind, raw in said if raw]
    return [one for one in made if one is not None]


def _source(item: Listing, names: Names) -> Evidence:
    """The <source> of a feed item, as evidence."""
    known: Outlet | None = names.find(item.source_name, anchored=True) if item.source_name else None
    if item.source_url and is_web(item.source_url):
        known = names.at(item.source_url)
    return Evidence(
        kind="rss_source",
        quote=item.source_name or item.source_url or "",
        region="machine",
        name=item.source_name,
        domain=known.domain if known else None,
        target_url=item.source_url,
        rule="feed.source",
    )
