"""What a request must pass before it leaves: the pace of its host, and a public address.

Each refusal is a `Refusal` with a named outcome, so that the spider can count it.
"""

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from db.errors import RefusedUrl
from db.urls import host, is_web, refuse_private

if TYPE_CHECKING:
    from crawler.spiders.news import NewsSpider

MAX_CRAWL_DELAY = 300  # seconds; a host that asks for more rest than that is not asked at all
RESTING = (429, 503)  # a host that answers so asks to be left alone
DEFAULT_REST = timedelta(minutes=10)  # where it does not say for how long
LONGEST_REST = timedelta(hours=24)  # more is taken for a mistake


class Refusal(IgnoreRequest):
    """A request that is not made, and the outcome under which it is counted."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


class Pace:
    """One slot per host, redirects included, at the catalogue's delay or a longer Crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Pace":
        """The middleware for `crawler`."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Put the request into its host's slot: a redirect would stay in the slot it came from."""
        request.meta["download_slot"] = self._slot(request.url)

    def process_response(self, request: Request, response: Response) -> Response:
        """Leave a host alone for as long as it asks (Retry-After), whatever the request was for."""
        spider: NewsSpider = self._crawler.spider
        spider.ledger.waited(host(request.url), request.meta.get("download_latency", 0.0))
        if response.status in RESTING:
            spider.rest(host(request.url), retry_after(response, spider.ledger.now()), response.status)
        return response

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Slow the host's slot down to its Crawl-delay."""
        wait = robotparser.crawl_delay(self._agent) or 0
        key = self._slot(request.url)
        downloader = self._crawler.engine.downloader
        settings = downloader.per_slot_settings[key]
        settings["delay"] = max(settings["delay"], min(wait, MAX_CRAWL_DELAY))
        if key in downloader.slots:
            downloader.slots[key].delay = settings["delay"]

    def _slot(self, url: str) -> str:
        key = host(url)
        known = self._crawler.engine.downloader.per_slot_settings
        if key not in known:
            spider: NewsSpider = self._crawler.spider
            known[key] = {"concurrency": 1, "delay": spider.delay_at(url), "jitter": 0}
        return key


def retry_after(response: Response, now: datetime) -> datetime:
    """Until when a host that answers 429 or 503 is to be left alone; seconds and dates are understood."""
    stated = response.headers.get("Retry-After", b"").decode("latin-1").strip()
    if stated.isdecimal():
        until = now + timedelta(seconds=min(int(stated[:9]), LONGEST_REST.total_seconds()))
    else:
        try:
            found = parsedate_to_datetime(stated)
            until = found if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError):
            until = now + DEFAULT_REST
    return min(max(until, now), now + LONGEST_REST)


class AddressGuard:
    """No request to a private address or another scheme, whoever asks for it, redirects included.

    A literal address is refused here. A name is checked when the connection resolves it, so what is
    checked is what is connected to. Behind a proxy the proxy resolves names: there only literals are.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        stated = (url if "//" in url else f"//{url}" for url in getproxies().values())
        self._proxies = frozenset(filter(None, (urlsplit(url).hostname for url in stated)))
        self._resolver: GuardedResolver | None = None
        crawler.signals.connect(self.opened, signals.spider_opened)
        crawler.signals.connect(self.closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AddressGuard":
        """The middleware for `crawler`."""
        return cls(crawler)

    def opened(self) -> None:
        """Stand between the reactor and its resolver."""
        from twisted.internet import reactor

        allowed = self._proxies | self._crawler.spider.private_hosts
        self._resolver = GuardedResolver(reactor.nameResolver, allowed)
        reactor.installNameResolver(self._resolver)

    def closed(self) -> None:
        """Give the reactor its own resolver back."""
        from twisted.internet import reactor

        if self._resolver is not None:
            reactor.installNameResolver(self._resolver.inner)

    def process_request(self, request: Request) -> None:
        """Raise Refusal for another scheme, or a literal address that is not public."""
        name = host(request.url)
        if not is_web(request.url):
            raise Refusal("private_address", f"{request.url[:200]} is not an http or https address")
        if name in self._crawler.spider.private_hosts:
            return
        try:
            refuse_private(request.url)
        except RefusedUrl as error:
            raise Refusal("private_address", str(error)) from error
        literal = _as_address(name)
        unproxied = name in self._proxies and not request.meta.get("proxy")
        if unproxied or (literal is not None and not is_public(literal)):
            raise Refusal("private_address", f"refused: {request.url[:200]} is a private address")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Name the reason when the resolver refused every address of the host."""
        name = host(request.url)
        unresolved = isinstance(exception, CannotResolveHostError) and not request.meta.get("proxy")
        if unresolved and self._resolver is not None and name in self._resolver.refused:
            raise Refusal("private_address", f"refused: {name} resolves to a private address") from exception


@implementer(IHostnameResolver)
class GuardedResolver:
    """Passes on only the public addresses that `inner` finds, but for the hosts in `allowed`."""

    def __init__(self, inner: Any, allowed: Collection[str]) -> None:
        self.inner = inner
        self.allowed = allowed
        self.refused: set[str] = set()  # hosts that had an address refused

    def resolveHostName(self, receiver: Any, name: str, *rest: Any, **more: Any) -> Any:  # noqa: N802
        """Resolve as `inner` does, each address seen before anything can connect to it."""
        checked = receiver if name in self.allowed else _PublicOnly(receiver, name, self.refused)
        return self.inner.resolveHostName(checked, name, *rest, **more)


@implementer(IResolutionReceiver)
@dataclass(frozen=True, slots=True, weakref_slot=True)
class _PublicOnly:
    receiver: Any
    name: str
    refused: set[str]

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802
        if is_public(address.host):
            self.receiver.addressResolved(address)
        else:
            self.refused.add(self.name)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.receiver.resolutionComplete()


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet; an IPv4 one inside IPv6 counts as itself.

    >>> is_public("192.0.43.8"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("224.0.0.1")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1] or _nat64(found)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address in 64:ff9b::/96 (RFC 6052)."""
    inside = address in ipaddress.ip_network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None


def _as_address(name: str) -> str | None:
    """The address a host literally is, also in the short forms that resolvers take (127.1, 0x7f.1)."""
    if ":" in name:
        return name
    if not re.fullmatch(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
