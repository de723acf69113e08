"""What a request must pass before it leaves: the pace of its host, and a public address.

Each refusal is a `Refusal` with a named outcome, so that the spider can count it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import DownloadFailedError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawler.addresses import as_address, is_public
from db.errors import BadInput, BadUrl, RefusedUrl
from db.urls import canonical, host, is_web, refuse_private

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


class Failure(DownloadFailedError):
    """A request that was made and brought nothing of use, and the outcome under which it is counted."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """The proxies of the environment (http_proxy, https_proxy), and which hosts do without (no_proxy)."""

    by_scheme: Mapping[str, str]

    @property
    def hosts(self) -> frozenset[str]:
        """Their own hosts, which may be private addresses."""
        return frozenset(filter(None, map(host, self.by_scheme.values())))

    def of(self, scheme: str, name: str) -> str | None:
        """The proxy by which a host is asked; None: it is asked itself."""
        return None if proxy_bypass(name) else self.by_scheme.get(scheme)


def proxies() -> Proxies:
    """The proxies to ask through. Raises BadInput for one that is not spoken to by HTTP."""
    stated = {name: url for name, url in getproxies().items() if name in ("http", "https") and url}
    spelled = {name: url if "//" in url else f"http://{url}" for name, url in stated.items()}
    for name, url in spelled.items():
        if not is_web(url):
            raise BadInput(f"{name}_proxy={url.rpartition('@')[2]}: give the address of an http proxy")
    return Proxies(by_scheme=spelled)


class Proxy:
    """Sends each request by the proxy of its scheme; once for each host it looks whether there is one."""

    def __init__(self) -> None:
        self._known = proxies()
        self._by_host: dict[tuple[str, str], str | None] = {}

    def process_request(self, request: Request) -> None:
        """Name the proxy, also of a redirect to another host."""
        place = request.url.partition(":")[0], host(request.url)
        if place not in self._by_host:
            self._by_host[place] = self._known.of(*place)
        request.meta["proxy"] = self._by_host[place]


class Redirects(RedirectMiddleware):
    """Follows redirects, and does not say where it comes from."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Redirects":
        """The middleware for `crawler`; Scrapy's own way looks for a part that says where we come from."""
        made = cls(crawler.settings)
        made.crawler = crawler
        return made

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The next request of a redirect; raises Failure where what it names is no address of a page."""
        try:
            found = super().process_response(request, response)
            if isinstance(found, Request):
                canonical(found.url)
        except (ValueError, BadUrl) as error:  # Scrapy's of "javascript:..." and of a port that is no number
            raise Failure("bad_url", f"{request.url} leads to what is no address: {error}") from error
        return found

    def handle_referer(self, request: Request, response: Response) -> None:  # noqa: ARG002 - Scrapy's
        """Say nothing."""
        request.headers.pop("Referer", None)


class AddressGuard:
    """No request to a private address or another scheme, whoever asks for it, redirects included.

    A literal address is refused here; a name when it is resolved (`crawler/addresses.py`). Behind a proxy
    the proxy resolves names: there only literals are.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._proxies = proxies().hosts
        self._passed: set[tuple[str, str]] = set()  # scheme and host of what was looked at before

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "AddressGuard":
        """The middleware for `crawler`."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise Refusal for another scheme, or a literal address that is not public."""
        name = host(request.url)
        if (place := (request.url.partition(":")[0], name)) in self._passed:
            return
        if not is_web(request.url):
            raise Refusal("private_address", f"{request.url[:200]} is not an http or https address")
        if name not in self._crawler.spider.private_hosts:
            self._refuse_private(request, name)
        self._passed.add(place)

    def _refuse_private(self, request: Request, name: str) -> None:
        try:
            refuse_private(request.url)
        except RefusedUrl as error:
            raise Refusal("private_address", str(error)) from error
        literal = as_address(name)
        unproxied = name in self._proxies and not request.meta.get("proxy")
        if unproxied or (literal is not None and not is_public(literal)):
            raise Refusal("private_address", f"refused: {request.url[:200]} is a private address")
