"""A crawl on a terminal while it runs: totals, then the busiest sites with their rate, queue and errors."""

import logging
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TextIO

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from scrapy.utils.asyncio import create_looping_call

from crawler.scheduler import Queue
from crawler.summary import CrawlSummary, SiteCounts

SECOND = 1.0  # between two pictures
MOST = 20  # sites shown at once


class Quiet(LogFormatter):
    """Makes no line of each answer: the ledger counts them, and its lines were made to be thrown away."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:
        """No line."""


class Live:
    """Draws the state of the run over its last picture; what is logged meanwhile stands above."""

    def __init__(self, crawler: Crawler, screen: TextIO) -> None:
        self._crawler = crawler
        self._screen = screen
        self._drawn = 0  # lines of the last picture
        crawler.signals.connect(self.opened, signals.spider_opened)
        crawler.signals.connect(self.closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Live":
        """The extension for `crawler`, on standard error."""
        return cls(crawler, sys.stderr)

    def opened(self) -> None:
        """Begin to show."""
        for handler in logging.root.handlers:
            handler.addFilter(self.make_room)
        self._crawler.spider.say = partial(self.say_above, self._crawler.spider.say)
        self._loop = create_looping_call(self.show)
        self._loop.start(SECOND, now=False)

    def closed(self) -> None:
        """Take the picture away: the summary of the run comes in its place."""
        self._loop.stop()
        for handler in logging.root.handlers:
            handler.removeFilter(self.make_room)
        self.wipe()

    def make_room(self, _: logging.LogRecord) -> bool:
        """Take the picture away before a line is logged; every line passes."""
        self.wipe()
        return True

    def say_above(self, say: Callable[[str], None], words: str) -> None:
        """Say something where the picture stood; the next one comes below."""
        self.wipe()
        say(words)

    def wipe(self) -> None:
        """Take the last picture away."""
        if self._drawn:
            self._screen.write(f"\x1b[{self._drawn}F\x1b[J")
            self._screen.flush()
        self._drawn = 0

    def show(self) -> None:
        """Draw the picture as it is now."""
        spider = self._crawler.spider
        size = shutil.get_terminal_size()
        asked = len(self._crawler.engine.downloader.active)
        lines = picture(spider.ledger.summary("running"), waiting(spider.queue), asked, size.lines - 2)
        self.wipe()
        self._screen.write("".join(f"{line[: size.columns - 1]}\n" for line in lines))
        self._screen.flush()
        self._drawn = len(lines)


def waiting(queue: Queue) -> dict[str, int]:
    """How many addresses wait, by site."""
    found: dict[str, int] = {}
    for host in queue.hosts.values():
        if host.heap:
            found[host.heap[0].site] = found.get(host.heap[0].site, 0) + len(host.heap)
    return found


def picture(summary: CrawlSummary, queued: Mapping[str, int], asked: int, height: int) -> list[str]:
    """The lines to draw: totals first, then the sites with most to do, `height` lines at most."""
    seconds = max(summary.seconds, 1.0)
    rate = f"{summary.answered / seconds:.1f} answers a second"
    head = f"{rate}, {asked} asked now, {sum(queued.values()):,} waiting: {summary.total.as_text()}"
    done = {site: _pages(counts) for site, counts in summary.sites.items()}
    busiest = sorted(done, key=lambda site: (-queued.get(site, 0), -done[site], site))
    shown = busiest[: max(min(height - 2, MOST), 0)]
    width = max(map(len, shown), default=0)
    lines = [_line(site, width, summary.sites[site], queued.get(site, 0), seconds) for site in shown]
    more = [f"  and {len(busiest) - len(shown)} more sites"] if len(busiest) > len(shown) else []
    return [head, *lines, *more]


def _line(site: str, width: int, counts: SiteCounts, queued: int, seconds: float) -> str:
    failed = ", ".join(f"{why} {many}" for why, many in sorted(counts.failed.items()))
    rate = _pages(counts) / seconds
    told = f"  {site:<{width}}  {rate:5.2f}/s {queued:>6,} waiting {counts.stored:>6,} stored"
    return told + (f"  failed: {failed}" if failed else "")


def _pages(counts: SiteCounts) -> int:
    """Pages that came to an end."""
    kept = counts.stored + counts.new_versions + counts.unchanged + counts.unreadable
    return kept + sum(counts.failed.values())
