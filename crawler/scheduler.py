"""Who is asked next: every host in turn, one request at a time, none while its delay still runs.

What waits is kept as addresses, not as requests, so that a long queue stays small; the spider makes the
request when its turn has come. Scrapy's own queues would let one slow host fill every slot.
"""

import heapq
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from db.urls import host

if TYPE_CHECKING:
    from crawler.spiders.news import NewsSpider

LEAD = 6.0  # seconds: a host is handed its next request when its delay has no longer to run (Scrapy wakes
# the scheduler every 5 s); the slot keeps the delay itself to the moment
SOURCES, NEW, AGAIN = range(3)  # what goes first


class Waiting(NamedTuple):
    """One address that waits; the smallest is asked first."""

    rank: int  # SOURCES | NEW | AGAIN
    age: float  # seconds, negative of the newest time stated: the newest first
    turn: int  # as they came
    url: str
    kind: str  # feed | sitemap | front | article
    site: str


@dataclass(slots=True)
class Host:
    """What waits for one host."""

    heap: list[Waiting] = field(default_factory=list)
    requests: deque[Request] = field(default_factory=deque)  # redirects and retries: made already


class Queue:
    """All that waits, by host."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self.rests: dict[str, float] = {}  # host -> monotonic moment until which it is left alone
        self._turns = count()
        self._asked: set[str] = set()

    def add(self, url: str, kind: str, site: str, *, newest: datetime | None, again: bool = False) -> bool:
        """Whether a URL was put into the queue; one that was in it before is not."""
        if url in self._asked:
            return False
        self._asked.add(url)
        rank = SOURCES if kind != "article" else AGAIN if again else NEW
        age = -newest.timestamp() if newest else 0.0
        waiting = Waiting(rank, age, next(self._turns), url, kind, site)
        heapq.heappush(self.hosts.setdefault(host(url), Host()).heap, waiting)
        return True

    def add_request(self, request: Request) -> None:
        """Let a request that is made already wait for its host."""
        self.hosts.setdefault(host(request.url), Host()).requests.append(request)

    def put_back(self, waiting: Waiting) -> None:
        """Let what was asked wait once more."""
        heapq.heappush(self.hosts.setdefault(host(waiting.url), Host()).heap, waiting)

    def knows(self, url: str) -> bool:
        """Whether a URL was put into the queue in this run."""
        return url in self._asked

    def drop(self, name: str) -> list[Waiting]:
        """Take away what waits for a host, and give it back."""
        dropped = self.hosts[name].heap if name in self.hosts else []
        if name in self.hosts:
            self.hosts[name].heap = []
        return dropped

    def clear(self) -> int:
        """Take away all that waits; how many addresses that were."""
        many = len(self)
        self.hosts.clear()
        return many

    def __len__(self) -> int:
        return sum(len(h.heap) + len(h.requests) for h in self.hosts.values())


class FairScheduler(BaseScheduler):
    """Hands the engine the next request of the next host that may be asked now."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "FairScheduler":
        """The scheduler for `crawler`."""
        return cls(crawler)

    @property
    def _spider(self) -> "NewsSpider":
        return self._crawler.spider

    def has_pending_requests(self) -> bool:
        """Whether anything waits, also where its host may not be asked yet."""
        return any(h.heap or h.requests for h in self._spider.queue.hosts.values())

    def enqueue_request(self, request: Request) -> bool:
        """Take a redirect or a retry: it goes before all else of its host."""
        self._spider.queue.add_request(request)
        return True

    def next_request(self) -> Request | None:
        """The next request; None when every host that has one is busy, or at rest."""
        hosts = self._spider.queue.hosts
        busy = {host(request.url) for request in self._crawler.engine.downloader.active}
        for name in list(hosts):
            if name in busy or not self._is_ready(name):
                continue
            if (request := self._request_of(hosts.get(name, Host()))) is not None:
                if name in hosts:
                    hosts[name] = hosts.pop(name)  # to the end: its turn comes again after the others'
                return request
            hosts.pop(name, None)
        return None

    def _request_of(self, waiting: Host) -> Request | None:
        if waiting.requests:
            return waiting.requests.popleft()
        while waiting.heap:
            if (request := self._spider.request(heapq.heappop(waiting.heap))) is not None:
                return request
        return None

    def _is_ready(self, name: str) -> bool:
        now = monotonic()
        if self._spider.queue.rests.get(name, now) > now:
            return False
        slot = self._crawler.engine.downloader.slots.get(name)
        return slot is None or slot.lastseen + slot.delay - now <= LEAD
