"""What a request must pass before it leaves: robots.txt, the pace of its host, and a public address.

Each refusal is a `Refusal` with a named outcome, so that the spider can count it.
"""

import ipaddress
import logging
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.robotstxt import RobotParser
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from db.errors import RefusedUrl
from db.urls import host, is_web, refuse_private

if TYPE_CHECKING:
    from crawler.spiders.news import NewsSpider

MAX_CRAWL_DELAY = 300  # seconds; a host that asks for more rest than that is not asked at all
MAX_ROBOTS = 500 * 1024  # bytes of a robots.txt that are read (RFC 9309, 2.5)
HEAD = 100_000  # bytes of a page among which its meta elements stand

_META = re.compile(rb"<meta\b[^>]{0,500}>", re.I)
_META_NAME = re.compile(rb"""\bname\s{0,5}=\s{0,5}["']?\s{0,5}(tdm-reservation|robots)\b""", re.I)
_META_CONTENT = re.compile(rb"""\bcontent\s{0,5}=\s{0,5}["']?([^"'>]{1,200})""", re.I)


class Refusal(IgnoreRequest):
    """A request that is not made, and the outcome under which it is counted."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


class Robots(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: what cannot be asked (5xx, 429, no answer) disallows, 4xx allows.

    Scrapy's own takes every failure for "allow". `request.meta["robots"]` says how it stood.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._states: dict[str, str] = {}  # netloc -> allowed | absent | unavailable
        self._closed: dict[str, tuple[str, str]] = {}  # netloc -> outcome, why
        # Scrapy prints a traceback for every dead host here; the spider counts and names them.
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise Refusal when the host's robots.txt forbids this request."""
        place = urlsplit(request.url).netloc
        request.meta["robots"] = self._states.get(place)
        if place in self._closed:
            raise Refusal(*self._closed[place])
        if rp is None:
            return
        if not rp.allowed(request.url, self._robotstxt_useragent):
            raise Refusal("robots", f"{request.url} is disallowed by robots.txt")
        wait = rp.crawl_delay(self._robotstxt_useragent) or 0
        if wait > MAX_CRAWL_DELAY:
            raise Refusal("crawl_delay", f"{place} asks for {wait:.0f} s between two requests")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self._close(netloc, "robots_unavailable", f"robots.txt of {netloc} answered {response.status}")
            return
        there = response.status < 300
        self._states[netloc] = "allowed" if there else "absent"
        rules = response.body[:MAX_ROBOTS] if there else b""
        await super()._parse_robots(response.replace(body=rules), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        outcome = exc.outcome if isinstance(exc, Refusal) else "robots_unavailable"
        self._close(netloc, outcome, f"robots.txt of {netloc} could not be asked: {exc}")

    def _close(self, netloc: str, outcome: str, why: str) -> None:
        self._states[netloc] = "unavailable"
        self._closed[netloc] = (outcome, why)
        super()._robots_error(IgnoreRequest(why), netloc)


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
        spider: NewsSpider = self._crawler.spider
        settings = {"concurrency": 1, "delay": spider.delay_at(url), "jitter": 0}
        self._crawler.engine.downloader.per_slot_settings.setdefault(key, settings)
        return key


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A stated text-mining reservation, as it stands, and whether it keeps the page from us."""

    words: str
    reserved: bool


def reservation(headers: Headers, body: bytes) -> Reservation | None:
    """What a page's headers and meta elements say of text and data mining; None: nothing.

    `tdm-reservation: 1` (W3C TDMRep) reserves; `noai` of the robots tags is kept as stated.
    """
    said = [f"tdm-reservation: {_latin(value)}" for value in headers.getlist("tdm-reservation")]
    said += [f"x-robots-tag: {_latin(value)}" for value in headers.getlist("x-robots-tag")]
    for meta in _META.findall(body[:HEAD]):
        name, content = _META_NAME.search(meta), _META_CONTENT.search(meta)
        if name and content:
            said.append(f"meta {_latin(name[1])}: {_latin(content[1])}".lower())
    kept = [words for words in said if "tdm-reservation" in words or "noai" in words]
    if not kept:
        return None
    reserved = any(re.search(r"tdm-reservation: 1\b", words) for words in kept)
    return Reservation(words="; ".join(dict.fromkeys(kept))[:300], reserved=reserved)


def _latin(value: bytes) -> str:
    return " ".join(value.decode("latin-1").split())[:200]
