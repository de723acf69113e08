"""robots.txt by RFC 9309, and the well-known file of text-mining reservations; both kept for a day.

What cannot be asked (5xx, 429, no answer) disallows, 4xx allows: Scrapy's own takes every failure for
"allow". `request.meta["robots"]` says how it stood.
"""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from crawler.answers import failed
from crawler.middlewares import MAX_CRAWL_DELAY, Refusal
from crawler.reservations import WELL_KNOWN, is_reserved, read_rules
from db.hosts import RobotsFile, Rules, put_reservations, put_robots, reservations, robots_file

if TYPE_CHECKING:
    from crawler.spiders.news import NewsSpider

MAX_ROBOTS = 500 * 1024  # bytes of a robots.txt that are read (RFC 9309, 2.5)
KEPT = timedelta(hours=24)  # a robots.txt is believed no longer (RFC 9309, 2.4)
NOT_ITS_WORD = (
    407,
    429,
)  # a proxy's refusal, and a wish to be left alone: neither tells what the host allows
UNANSWERED = (
    CannotResolveHostError, DownloadCancelledError, DownloadConnectionRefusedError, DownloadFailedError,
    DownloadTimeoutError, IgnoreRequest, ResponseDataLossError,
)  # fmt: skip


class Robots(RobotsTxtMiddleware):
    """Raises Refusal for a request that the host's robots.txt or its reservations forbid."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._states: dict[str, str] = {}  # netloc -> allowed | absent | unavailable
        self._closed: dict[str, tuple[str, str]] = {}  # netloc -> outcome, why
        self._rules: dict[str, Rules] = {}  # origin -> what its well-known file reserves
        # Scrapy prints a traceback for every dead host here; the spider counts and names them.
        logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)

    @property
    def _spider(self) -> "NewsSpider":
        return self.crawler.spider

    async def process_request(self, request: Request) -> None:
        """Ask robots.txt, then for an article the reservations; raises Refusal."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        self.process_request_2(await self.robot_parser(request), request)
        if request.meta.get("kind") != "article":
            return
        parts = urlsplit(request.url)
        if is_reserved(await self._reservations(request), f"{parts.path}?{parts.query}".rstrip("?")):
            raise Refusal("reserved", f"{parts.netloc}{WELL_KNOWN} reserves {request.url}")

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host: as kept from an earlier run, or else asked for."""
        place = urlsplit(request.url).netloc
        ledger = self._spider.ledger
        if place not in self._parsers:
            kept = robots_file(ledger.db, _origin(request.url), ledger.now() - KEPT)
            if kept is not None:
                self._parsers[place] = Deferred()
                await self._understand(kept, place, request)
        return await super().robot_parser(request)

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

    async def verdict(self, url: str) -> tuple[str, bool]:
        """How robots.txt stands to a page (as `state`, or disallowed), and whether its path is reserved."""
        request = Request(url)
        rules = await self.robot_parser(request)
        if self.state(url) == "unavailable" or rules is None:
            return "unavailable", False
        if not rules.allowed(url, self._robotstxt_useragent):
            return "disallowed", False
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}".rstrip("?")
        return self.state(url) or "unknown", is_reserved(await self._reservations(request), path)

    def state(self, url: str) -> str | None:
        """How the robots.txt of a host answered: allowed | absent | unavailable; None: not asked."""
        return self._states.get(urlsplit(url).netloc)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status in NOT_ITS_WORD:
            self._close(netloc, "robots_unavailable", f"robots.txt of {netloc} answered {response.status}")
            return
        body = response.body[:MAX_ROBOTS] if response.status < 300 else b""
        file = RobotsFile(status=response.status, body=body)
        put_robots(self._spider.ledger.db, _origin(request.url), file, self._spider.ledger.now())
        await self._understand(file, netloc, request)

    async def _understand(self, file: RobotsFile, netloc: str, request: Request) -> None:
        self._states[netloc] = "allowed" if file.status < 300 else "absent"
        answer = Response(f"{_origin(request.url)}/robots.txt", status=file.status, body=file.body)
        await super()._parse_robots(answer, netloc, request)
        rules = getattr(self._parsers[netloc], "rp", None)
        if rules is not None:
            self._spider.robots_named(request, list(rules.sitemaps))

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        why = exc.outcome if isinstance(exc, Refusal) else failed(exc)
        outcome = why if isinstance(exc, Refusal) or why == "certificate" else "robots_unavailable"
        self._close(netloc, outcome, f"robots.txt of {netloc} could not be asked: {exc}")

    def _close(self, netloc: str, outcome: str, why: str) -> None:
        self._states[netloc] = "unavailable"
        self._closed[netloc] = (outcome, why)
        super()._robots_error(IgnoreRequest(why), netloc)

    async def _reservations(self, request: Request) -> Rules:
        """The rules of the host's well-known file; none where it has no such file, or did not answer."""
        origin, ledger = _origin(request.url), self._spider.ledger
        if origin not in self._rules:
            kept = reservations(ledger.db, origin, ledger.now() - KEPT)
            self._rules[origin] = kept if kept is not None else await self._asked(origin)
        return self._rules[origin]

    async def _asked(self, origin: str) -> Rules:
        parser = await self.robot_parser(Request(origin + WELL_KNOWN))
        if parser is not None and not parser.allowed(origin + WELL_KNOWN, self._robotstxt_useragent):
            return ()
        request = Request(
            origin + WELL_KNOWN,
            priority=self.DOWNLOAD_PRIORITY,
            callback=NO_CALLBACK,
            meta={"dont_obey_robotstxt": True, "dont_retry": True, "download_maxsize": MAX_ROBOTS},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except UNANSWERED as error:
            self._spider.logger.info("%s%s: %s", origin, WELL_KNOWN, error)
            return ()
        if response.status >= 500 or response.status in NOT_ITS_WORD:
            return ()  # not known: asked again by the next run
        rules = read_rules(response.body) if response.status == 200 else ()
        put_reservations(self._spider.ledger.db, origin, rules, self._spider.ledger.now())
        return rules


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
