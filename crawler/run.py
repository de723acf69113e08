"""A crawl from the command line: a database and a catalogue in, articles stored, a summary out.

Each function here runs Scrapy in an event loop of its own, in this process.
"""

import atexit
import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

import crawler.settings
from crawler.middlewares import proxies
from crawler.sites import Catalogue, catalogue_in_use, contact
from crawler.spiders.news import NewsSpider, Plan
from crawler.summary import CrawlSummary
from crawler.visits import CheckSpider, Visit
from db.errors import BadInput, BadUrl
from db.leads import Lead
from db.records import Reading
from db.urls import canonical, is_web


def crawl(
    db_path: str | Path,
    catalogue: Catalogue,
    *,
    domains: Collection[str] = (),
    limit: int | None = None,
    due: bool = False,
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> CrawlSummary:
    """What a crawl of the catalogue's sites (or of `domains` only) did; Ctrl-C once ends it in order.

    The caller holds the database's lock.  `limit` is how many new articles it may store; with `limit`
    pages we hold are not asked for again; with `due`, only what is due by its own rhythm is.
    `settings` go over the project's own; `more` are further fields of the Plan (per_site, seconds ...).
    Raises NoContact, BadCatalogue or WrongDatabase before anything is asked.
    """
    picked = catalogue.pick(domains)
    plan = Plan(catalogue=picked, known=catalogue, db=str(db_path), limit=limit, due=due, locked=True, **more)
    return _run(plan, settings)


def fetch(
    db_path: str | Path,
    urls: Iterable[str],
    *,
    catalogue: Catalogue | None = None,
    allow_private: bool = False,
    say: Callable[[str], None] | None = None,
) -> CrawlSummary:
    """What fetching and storing these article pages did; the caller holds the database's lock.

    `allow_private`: their hosts may be private addresses.  `say` is told what a person should know
    meanwhile.  Raises as `crawl` does, and BadUrl.
    """
    plan = Plan(
        catalogue=catalogue or catalogue_in_use(),
        db=str(db_path),
        only_urls=_spelled(urls),
        private=allow_private,
        archive=_archive(),
        locked=True,
        say=say,
        command="fetch",
    )
    return _run(plan, None)


def chase(
    db_path: str | Path,
    leads: Iterable[Lead],
    *,
    budget: int | None = None,
    catalogue: Catalogue | None = None,
    say: Callable[[str], None] | None = None,
) -> CrawlSummary:
    """What going after unseen sources did: their links first, then the outlet's lists and its search.

    The caller holds the database's lock.  `budget` is how many pages and lists may be asked for in all.
    NEWSTRACE_ARCHIVE names a web archive to ask for gone pages.  `say` is told whom nothing leads to.
    Raises as `crawl` does.
    """
    plan = Plan(
        catalogue=catalogue or catalogue_in_use(),
        db=str(db_path),
        leads=tuple(leads),
        budget=budget,
        archive=_archive(),
        locked=True,
        say=say,
        command="chase",
    )
    return _run(plan, None)


def _archive() -> str | None:
    """The archive the user configured, as a template with {url}. Raises BadInput for another thing."""
    template = os.environ.get("NEWSTRACE_ARCHIVE")
    if template and not (is_web(template) and "{url}" in template):
        raise BadInput(f"NEWSTRACE_ARCHIVE must be an http(s) address with {{url}} in it, not {template!r}")
    return template or None


def check_lists(catalogue: Catalogue) -> tuple[Visit, ...]:
    """What every feed, sitemap and front page of the catalogue answers; no page is fetched, nothing stored.

    Raises NoContact, or BadCatalogue.
    """
    return _spider(Plan(catalogue=catalogue, db=":memory:", command="check"), None, CheckSpider).visits


def read_urls(
    urls: Iterable[str], *, catalogue: Catalogue | None = None, allow_private: bool = False
) -> dict[str, Reading | str]:
    """For each URL as given, what its page says, or the reason why it could not be read; nothing is stored.

    Raises NoContact, BadCatalogue or BadUrl.
    """
    given = list(urls)
    found: dict[str, Reading | str] = {}
    plan = Plan(
        catalogue=catalogue or catalogue_in_use(),
        db=":memory:",
        only_urls=_spelled(given),
        private=allow_private,
        command="read",
        told=found.__setitem__,
    )
    _run(plan, None)
    return {url: found.get(canonical(url), "not answered") for url in given}


def fetchable(urls: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those of the addresses that can be asked for, as given, and what is wrong with each other one."""
    good: list[str] = []
    told: list[str] = []
    for url in urls:
        try:
            (good if is_web(canonical(url)) else told).append(url)
        except BadUrl as error:
            told.append(str(error))
    return good, [f"not an address that can be fetched: {words}" for words in told]


def _spelled(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(canonical(url) for url in urls))


def _run(plan: Plan, settings: dict[str, Any] | None) -> CrawlSummary:
    return _spider(plan, settings, NewsSpider).summary


def _spider(plan: Plan, settings: dict[str, Any] | None, kind: type[NewsSpider]) -> NewsSpider:
    """The spider after its run, its books closed."""
    contact(plan.catalogue)
    proxies()
    atexit.register(gc.freeze)  # what is left goes with the process: nobody need look through it for garbage
    own = {"LOG_LEVEL": "WARNING", "EXTENSIONS": {"crawler.live.Live": 0} if sys.stderr.isatty() else {}}
    process = AsyncCrawlerProcess(_settings({**own, **(settings or {})}))
    crawler_ = process.create_crawler(kind)
    task = process.crawl(crawler_, plan=plan)
    process.start()
    if task.done() and not task.cancelled() and (error := task.exception()):
        raise error
    if crawler_.spider is None or crawler_.spider.summary is None:
        raise KeyboardInterrupt  # a second Ctrl-C: the books stay open, and say of the run that it was ended
    return crawler_.spider


class JsonLines(logging.Formatter):
    """A log record as one line of JSON: time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def log_as_json(level: str = "INFO") -> dict[str, Any]:
    """Log as JSON lines on standard error; the settings that keep Scrapy's own lines away."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    return {"LOG_ENABLED": False, "EXTENSIONS": {}}


def _settings(more: dict[str, Any]) -> Settings:
    """This project's settings, `more` over them."""
    settings = Settings()
    settings.setmodule(crawler.settings, priority="project")
    settings.setdict(more, priority="cmdline")
    return settings
