"""The one spider: a catalogue in, every page its feeds, sitemaps and front pages list fetched and read.

It asks only for what the catalogue names and what those pages list; the middlewares say no where it must.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler import answers
from crawler.middlewares import reservation
from crawler.pipelines import CrawlSummary, Fetched, Ledger
from crawler.pool import Readers, ReadingFailed, read_article, read_front
from crawler.sites import Catalogue, Site, catalogue_in_use, contact, home, names, put_known_outlets
from crawler.sources import Entry, read_feed, read_sitemap
from db.errors import BadInput, BadUrl
from db.records import Article, Reading
from db.store import end_run, lock, open_db, start_run
from db.urls import canonical, host, is_web

MAX_SITEMAPS = 50  # of one site in one run
SITEMAP_MAXSIZE = 50 * 1024 * 1024  # bytes (sitemaps.org)
SOURCES_FIRST = 10  # priority of feeds, sitemaps and front pages over articles

OUTCOMES = {"finished": "done", "limit": "done", "shutdown": "stopped"}

Told = Callable[[str, Reading | str], None]
"""Called with the URL asked for, and its reading or the reason why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run is to do."""

    catalogue: Catalogue
    db: str  # path of the database, or ":memory:"
    limit: int | None = None  # new articles
    due: bool = False  # leave out pages we hold
    only_urls: tuple[str, ...] = ()  # ask for these article pages and nothing else
    private: bool = False  # the hosts of only_urls may be private addresses
    command: str = "crawl"
    locked: bool = False  # the caller holds the database's lock
    told: Told | None = None


def plan_from(
    *, sites: str = "", db: str = "", limit: str = "", domains: str = "", command: str = "scrapy crawl"
) -> Plan:
    """The plan that Scrapy's -a arguments ask for; `sites` is a catalogue file, or domains by commas.

    Raises BadCatalogue for a file or domain that will not do, BadInput for a limit that is no number.
    """
    if limit and not (limit.isdecimal() and int(limit)):
        raise BadInput(f"limit={limit}: give a number of articles, 1 or more")
    is_file = bool(sites) and (sites.endswith(".toml") or Path(sites).exists())
    wanted = [*domains.split(","), *([] if is_file else sites.split(","))]
    return Plan(
        catalogue=catalogue_in_use(sites if is_file else None).pick(wanted),
        db=db or str(home() / "newstrace.db"),
        limit=int(limit) if limit else None,
        command=command,
    )


class NewsSpider(scrapy.Spider):
    """Feeds, sitemaps and front pages of the catalogue's sites, and the articles they list.

    `scrapy crawl news -a sites=FILE -a db=FILE [-a domains=A,B] [-a limit=N]`
    """

    name = "news"
    handle_httpstatus_list = (304,)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *, plan: Plan | None = None, **arguments: str) -> "NewsSpider":
        """The spider for a plan, or for Scrapy's -a arguments.

        Raises NoContact, BadCatalogue, Busy or WrongDatabase before anything is asked.
        """
        spider = super().from_crawler(crawler)
        plan = plan or plan_from(**arguments)
        agent = f"{crawler.settings['USER_AGENT']} (news research; {contact(plan.catalogue)})"
        crawler.settings.set("USER_AGENT", agent, priority="spider")
        crawler.signals.connect(spider.crashed, signals.spider_error)
        crawler.signals.connect(spider.crashed, signals.item_error)
        spider.begin(plan)
        return spider

    def begin(self, plan: Plan) -> None:
        """Open the books and the pool of readers."""
        self.plan = plan
        self.names = names(plan.catalogue)
        self.sites = {site.domain: site for site in plan.catalogue.sites}
        self.private_hosts = frozenset(_private_hosts(plan))
        self.summary: CrawlSummary | None = None
        self._hints: dict[str, list[tuple[Entry, str]]] = {}  # of URLs asked for and not answered yet
        self._asked: set[str] = set()
        self._sitemaps: dict[str, int] = {}
        self._closing = ExitStack()
        if not plan.locked:
            self._closing.enter_context(lock(plan.db))
        db = open_db(plan.db, create=True)
        self._closing.callback(db.close)
        self.ledger = Ledger(db, start_run(db, plan.command, Ledger.now()))
        put_known_outlets(db, plan.catalogue)
        self.readers = Readers(self.names)
        self._closing.callback(self.readers.close)

    def closed(self, reason: str) -> None:
        """Close the books: what is stored stays, whatever ended the run."""
        outcome = OUTCOMES.get(reason, "failed")
        self.summary = self.ledger.summary(outcome)
        end_run(self.ledger.db, self.ledger.run, outcome, self.ledger.flat(), self.ledger.now())
        self._closing.close()

    def delay_at(self, url: str) -> float:
        """Seconds between two requests to the host of `url`."""
        site = self.sites.get(self.names.at(url).domain or "")
        stated = site.delay if site else None
        return self.settings.getfloat("DOWNLOAD_DELAY") if stated is None else stated

    def is_full(self) -> bool:
        """Whether the run has stored as many new articles as it may."""
        return self.plan.limit is not None and self.ledger.stored >= self.plan.limit

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """First what lists articles, then what an earlier run left to do; or only the URLs of the plan."""
        for url in self.plan.only_urls:
            site = self.names.at(url).domain or host(url)
            for request in self._articles(site, [Entry(link=url)], "asked", None):
                yield request
        if self.plan.only_urls:
            return
        for site in self.sites.values():
            self.ledger.open_site(site.domain)
            for kind, urls in (("feed", site.feeds), ("sitemap", site.sitemaps), ("front", site.start_urls)):
                for request in self._sources(site, kind, urls, None):
                    yield request
        for site in self.sites.values():
            for request in self._again(site.domain):
                yield request

    async def parse_feed(self, response: Response, site: Site) -> AsyncIterator[scrapy.Request]:
        """The articles that a feed lists."""
        feed = await self._read(response, read_feed, response.body, response.url)
        if feed:
            for request in self._listed(site, feed.entries, "feed", response, feed.problem):
                yield request

    async def parse_sitemap(self, response: Response, site: Site) -> AsyncIterator[scrapy.Request]:
        """The pages that a sitemap lists, and the sitemaps below it."""
        sitemap = await self._read(response, read_sitemap, response.body, response.url)
        if sitemap:
            children = [child.link for child in sitemap.children]
            for request in self._sources(site, "sitemap", children, response.url):
                yield request
            for request in self._listed(site, sitemap.pages, "sitemap", response, sitemap.problem):
                yield request

    async def parse_front(self, response: Response, site: Site) -> AsyncIterator[scrapy.Request]:
        """The article-like links of a front page, and the feeds it names."""
        if not answers.is_html(response):
            self.ledger.fail(site.domain, response.meta["asked"], "not_html", response.status)
            return
        own = None if site.kind == "discovery" else site.domain
        front = await self._read(response, read_front, response.text, response.url, own)
        if front:
            for request in self._sources(site, "feed", front.feeds, response.url):
                yield request
            for request in self._listed(site, front.pages, "front", response):
                yield request

    async def parse_article(self, response: Response) -> AsyncIterator[Fetched]:
        """The page as read; nothing when it is unchanged, reserved, or no article.

        Raises CloseSpider once the run has stored as many as it may.
        """
        site, asked = response.meta["site"], response.meta["asked"]
        hints = self._hints.pop(asked, [])
        if response.status == 304:
            self.ledger.unchanged(site, asked)
            return
        stated = reservation(response.headers, response.body)
        if why := _kept_out(response, asked, bool(stated and stated.reserved)):
            self._leave_out(site, asked, why, response.status)
            return
        if self.is_full():
            raise CloseSpider("limit")
        now = self.ledger.now()
        try:
            reading = await self.readers.run(
                read_article, response.body, _page_url(response, asked), answers.charset(response), now
            )
        except ReadingFailed as error:
            self._fail(site, asked, error.outcome, response.status)
            return
        if reading.kind == "section":
            self._leave_out(site, asked, "section", response.status)
            return
        if reading.kind == "unreadable":
            # A consent wall or bot check may have moved us to an address that all pages share.
            reading = replace(reading, url=asked)
        reading = answers.with_hints(reading, hints, self.names, now)
        article = Article(
            reading=reading,
            outlet=self.names.at(reading.url),
            fetched=now,
            urls=answers.article_urls(response, asked, [entry for entry, _ in hints]),
            raw=answers.to_keep(response),
            status=response.status,
            robots=response.meta.get("robots"),
            reservation=stated.words if stated else None,
            run=self.ledger.run,
        )
        if self.plan.told:
            self.plan.told(asked, reading)
        yield Fetched(
            asked=asked,
            site=site,
            article=article,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )

    def failed(self, failure: Failure) -> None:
        """Count and note a request that was refused or brought nothing."""
        error, meta = failure.value, failure.request.meta
        site, asked = meta["site"], meta["asked"]
        status = error.response.status if isinstance(error, HttpError) else None
        self._hints.pop(asked, None)
        if why := answers.refused(error):
            self._leave_out(site, asked, why, status)
        else:
            self._fail(site, asked, answers.failed(error), status)
        if meta["kind"] != "article":
            self.logger.warning("%s: %s of %s: %s", asked, meta["kind"], site, error)

    def crashed(self, response: Response) -> None:
        """Count a page that our own code failed to read or to store; Scrapy has logged where."""
        meta = response.meta
        self._hints.pop(meta["asked"], None)
        self._fail(meta["site"], meta["asked"], "our_error", response.status)

    async def _read(self, response: Response, task: Callable[..., Any], *given: Any) -> Any:
        """What a worker makes of a feed, sitemap or front page; None, noted and logged, when it cannot."""
        site, asked = response.meta["site"], response.meta["asked"]
        try:
            read = await self.readers.run(task, *given)
        except BadInput as error:
            self.logger.warning("%s", error)
            self.ledger.fail(site, asked, f"bad_{response.meta['kind']}", response.status)
            return None
        except ReadingFailed as error:
            self.logger.warning("%s: %s", response.url, error.outcome)
            self.ledger.fail(site, asked, error.outcome, response.status)
            return None
        self.ledger.visited_source(asked, response.status)
        return read

    def _sources(
        self, site: Site, kind: str, urls: Iterable[str], found_in: str | None
    ) -> Iterator[scrapy.Request]:
        """Requests for feeds, sitemaps or front pages not asked for yet."""
        parse = {"feed": self.parse_feed, "sitemap": self.parse_sitemap, "front": self.parse_front}[kind]
        for url in urls:
            key = canonical(url)
            if key in self._asked or self.ledger.is_forgotten(key) or not self._in_bounds(site.domain, kind):
                continue
            self._asked.add(key)
            self.ledger.put_found(site.domain, kind, [key], found_in)
            meta = {"site": site.domain, "asked": key, "kind": kind}
            if kind == "sitemap":
                meta["download_maxsize"] = SITEMAP_MAXSIZE
            yield scrapy.Request(
                url,
                callback=parse,
                cb_kwargs={"site": site},
                errback=self.failed,
                priority=SOURCES_FIRST,
                dont_filter=True,
                meta=meta,
            )

    def _in_bounds(self, site: str, kind: str) -> bool:
        if kind != "sitemap":
            return True
        self._sitemaps[site] = self._sitemaps.get(site, 0) + 1
        return self._sitemaps[site] <= MAX_SITEMAPS

    def _listed(
        self, site: Site, entries: Iterable[Entry], basis: str, response: Response, problem: str = ""
    ) -> Iterator[scrapy.Request]:
        """Requests for the articles that a source lists; those of other outlets only where the site may."""
        if problem:
            self.logger.warning("%s: read up to a break: %s", response.url, problem)
        own = self.names.by_domain[site.domain]
        mine, others = [], 0
        for entry in entries:
            if site.kind == "discovery" or self.names.same_house(self.names.at(entry.link), own):
                mine.append(entry)
            else:
                others += 1
        if others:
            self.ledger.count_left_out(site.domain, "elsewhere", others)
        yield from self._articles(site.domain, mine, basis, response.url)

    def _articles(
        self, site: str, entries: Iterable[Entry], basis: str, found_in: str | None
    ) -> Iterator[scrapy.Request]:
        """Requests for article pages not asked for yet in this run, noted in the frontier first."""
        fresh = []
        for entry in entries:
            try:
                url = canonical(entry.link)
            except BadUrl:
                self.ledger.count_left_out(site, "bad_url")
                continue
            if self.ledger.is_forgotten(url):
                self.ledger.count_left_out(site, "forgotten")
                self._tell(url, "forgotten")
                continue
            if url not in self._asked or url in self._hints:
                self._hints.setdefault(url, []).append((entry, basis))
            if url not in self._asked and is_web(url):
                self._asked.add(url)
                fresh.append(url)
        self.ledger.put_found(site, "article", fresh, found_in)
        yield from (request for url in fresh if (request := self._article(site, url)))

    def _again(self, site: str) -> Iterator[scrapy.Request]:
        """Requests for what an earlier run found and did not get."""
        for url in self.ledger.due(site):
            if url not in self._asked and not self.ledger.is_forgotten(url):
                self._asked.add(url)
                if request := self._article(site, url):
                    yield request

    def _article(self, site: str, url: str) -> scrapy.Request | None:
        """The request for one article page, conditional where we hold it; None where the plan spares it."""
        if (self.plan.due or self.plan.limit is not None) and self.ledger.is_stored(url):
            self._hints.pop(url, None)
            return None
        return scrapy.Request(
            url,
            callback=self.parse_article,
            errback=self.failed,
            headers=self.ledger.validators(url),
            dont_filter=True,
            meta={"site": site, "asked": url, "kind": "article"},
        )

    def _leave_out(self, site: str, asked: str, why: str, status: int | None) -> None:
        self.ledger.leave_out(site, asked, why, status)
        self._tell(asked, why)

    def _fail(self, site: str, asked: str, why: str, status: int | None) -> None:
        self.ledger.fail(site, asked, why, status)
        self._tell(asked, why)

    def _tell(self, asked: str, why: str) -> None:
        if self.plan.told:
            self.plan.told(asked, why)


def _private_hosts(plan: Plan) -> Iterator[str]:
    """The hosts that may be private addresses because the catalogue, or a flag, says so."""
    for site in plan.catalogue.sites:
        if site.allow_private:
            yield site.domain
            yield from (host(url) for url in (*site.feeds, *site.sitemaps, *site.start_urls))
    if plan.private:
        yield from (host(url) for url in plan.only_urls)


def _kept_out(response: Response, asked: str, reserved: bool) -> str | None:
    """Why an answer is not read as an article; None when it is."""
    if reserved:
        return "reserved"
    if not answers.is_html(response):
        return "not_html"
    return "led_home" if answers.led_home(response, asked) else None


def _page_url(response: Response, asked: str) -> str:
    """The canonical URL of the page that answered."""
    try:
        return canonical(response.url)
    except BadUrl:
        return asked


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
