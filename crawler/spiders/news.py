"""The one spider: a catalogue in, every page its feeds, sitemaps and front pages list fetched and read.

It asks only for what the catalogue names and what those pages list; the middlewares say no where it must.
What is to be asked waits in a `Queue`, and the scheduler says when.
"""

import asyncio
import gc
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler import answers
from crawler.chase import promising, search_url
from crawler.ledger import Fetched, Ledger, Source
from crawler.listing import Listed
from crawler.middlewares import RESTING
from crawler.outlook import outlook
from crawler.pool import Readers, ReadingFailed
from crawler.reader import read_article, read_list
from crawler.reservations import reservation
from crawler.scheduler import Queue, Waiting
from crawler.sites import Catalogue, Site, catalogue_in_use, contact, home, names, put_known_outlets
from crawler.summary import CrawlSummary
from crawler.times import claim
from db.errors import BadInput, BadUrl
from db.frontier import Listing, due
from db.leads import Lead
from db.outlets import Names
from db.records import Article, Reading
from db.screen import printable
from db.store import end_run, lock, open_db, start_run
from db.urls import canonical, host, is_web, unwrap

if TYPE_CHECKING:
    from crawler.warc import Writer

MAX_SITEMAPS = 50  # of one site in one run
MAX_NAMED_SITEMAPS = 10  # of one robots.txt
SITEMAP_MAXSIZE = 50 * 1024 * 1024  # bytes (sitemaps.org)
PATIENCE = 60.0  # seconds: a host that asks for a longer rest is left to a later run
STOPPING = "stopping when what was asked for is answered and stored; Ctrl-C again stops at once"
MAX_RESTS = 2  # times that one URL waits for its host's rest in one run

OUTCOMES = {"finished": "done", "limit": "done", "shutdown": "stopped"}
HELD = ("stored", "unchanged")

Told = Callable[[str, Reading | str], None]
"""Called with the URL asked for, and its reading or the reason why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run is to do."""

    catalogue: Catalogue
    db: str  # path of the database, or ":memory:"
    limit: int | None = None  # new articles
    due: bool = False  # only what is due by its own rhythm
    only_urls: tuple[str, ...] = ()  # ask for these article pages and nothing else
    private: bool = False  # the hosts of only_urls may be private addresses
    command: str = "crawl"
    known: Catalogue | None = None  # whose outlets credits may name; None: those of `catalogue`
    locked: bool = False  # the caller holds the database's lock
    told: Told | None = None
    per_site: int | None = None  # requests to the pages and lists of one site
    seconds: float | None = None  # after which nothing more is asked
    say: Callable[[str], None] | None = None  # told what the run is about to do
    leads: tuple[Lead, ...] = ()  # unseen sources to go after, and nothing else
    budget: int | None = None  # requests for pages and lists in all
    archive: str | None = None  # where gone pages of only_urls and leads are asked for: .../{url}
    warc: Path | None = None  # folder where each fetched page is kept as it was answered


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
        self.say: Callable[[str], None] = plan.say or self.logger.info
        known = plan.known or plan.catalogue
        self.names = names(known)
        self.leads = tuple(_resolved(lead, self.names) for lead in plan.leads)
        self.sites = {site.domain: site for site in plan.catalogue.sites}
        self._by_host = {host(url): s for s in plan.catalogue.sites for url in _lists(s)}
        self.private_hosts = frozenset(_private_hosts(plan))
        self.summary: CrawlSummary | None = None
        self.queue = Queue()
        self._spelled: dict[str, str] = {}  # lists as the catalogue spells them, by canonical URL
        self._sitemaps: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._rested: Counter[str] = Counter()
        self._ends = monotonic() + plan.seconds if plan.seconds is not None else None
        self._closing = ExitStack()
        if not plan.locked:
            self._closing.enter_context(lock(plan.db))
        db = open_db(plan.db, create=True)
        self._closing.callback(db.close)
        self.ledger = Ledger(db, start_run(db, plan.command, Ledger.now()), self.names)
        self._resting = dict(self.ledger.resting())
        self.archive = _archive(plan.warc, self.settings["USER_AGENT"], self.ledger.run)
        put_known_outlets(db, known, known_names=self.names)
        self.readers = Readers(self.names)
        self._closing.callback(self.readers.close)
        gc.freeze()  # modules and names live as long as the process: collecting garbage need not look at them

    def closed(self, reason: str) -> None:
        """Close the books: what is stored stays, whatever ended the run."""
        outcome = OUTCOMES.get(reason, "failed")
        self.ledger.write_down()
        self.summary = self.ledger.summary(outcome)
        end_run(self.ledger.db, self.ledger.run, outcome, self.ledger.flat(), self.ledger.now())
        self._closing.close()

    def delay_at(self, url: str) -> float:
        """Seconds between two requests to the host of `url`."""
        site = self._by_host.get(host(url)) or self.sites.get(self.names.at(url).domain or "")
        stated = site.delay if site else None
        return self.settings.getfloat("DOWNLOAD_DELAY") if stated is None else stated

    def spelled(self, url: str) -> str:
        """A list's address as the catalogue spells it."""
        return self._spelled.get(url, url)

    def is_full(self) -> bool:
        """Whether the run has stored as many new articles as it may."""
        return self.plan.limit is not None and self.ledger.stored >= self.plan.limit

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Fill the queue: what lists articles, and what is due; or only the URLs of the plan."""
        for url in self.plan.only_urls:
            site = self.names.at(url).domain or host(url)
            self.ledger.put_found(site, "article", [url], None)
            self._add_page(site, Listing(url=url, link=url, basis="asked"), None)
        self._heed_signals()
        lost = dict.fromkeys(lead.name for lead in self.leads if not self._follow(lead))
        if lost:
            told = ", ".join(printable(name, 80) for name in lost)
            self.say(f"no link, and no list or search of a site in the catalogue, leads to: {told}")
        if not (self.plan.only_urls or self.plan.leads):
            for site in self.sites.values():
                self._open(site)
            self.say(outlook(self.queue, self.delay_at))
        for request in ():
            yield request

    def _heed_signals(self) -> None:
        """Tell who stops the run that it was heard, and how to stop at once; then as Scrapy does."""
        loop = asyncio.get_running_loop()

        def stop(before: Callable[..., Any], number: int, frame: Any) -> None:
            loop.call_soon_threadsafe(self.say, STOPPING)
            before(number, frame)

        for number in (signal.SIGINT, signal.SIGTERM):
            if callable(before := signal.getsignal(number)):
                signal.signal(number, partial(stop, before))

    def _follow(self, lead: Lead) -> bool:
        """Queue where a credit links to, then the lists and the search page of the outlet it names.

        Whether there is any of them.
        """
        for url in lead.targets:
            site = self.names.at(url).domain or host(url)
            self.ledger.put_found(site, "article", [url], None)
            self._add_page(site, Listing(url=url, link=url, basis="asked", newest=lead.since), None)
        if (site := self.sites.get(lead.outlet or "")) is None:
            return bool(lead.targets)
        for kind, urls in (("feed", site.feeds), ("sitemap", site.sitemaps)):
            self._spelled.update((canonical(url), url) for url in urls)
            self._add_lists(site, kind, [(canonical(url), None) for url in urls], None)
        if site.search and lead.titles:
            asked = canonical(search_url(site.search, lead.titles[0]))
            self._add_lists(site, "front", [(asked, None)], None)
        return bool(lead.targets or site.feeds or site.sitemaps or (site.search and lead.titles))

    def _open(self, site: Site) -> None:
        """Queue a site's lists, and what of it is due."""
        self.ledger.open_site(site.domain)
        rows = list(due(self.ledger.db, site.domain, self.ledger.now()))
        for kind, urls in (("feed", site.feeds), ("sitemap", site.sitemaps), ("front", site.start_urls)):
            self._spelled.update((canonical(url), url) for url in urls)
            self._add_lists(site, kind, [(canonical(url), None) for url in urls], None)
        for row in rows:
            if row["kind"] == "article":
                newest = datetime.fromisoformat(row["newest"]) if row["newest"] else None
                page = Listing(url=row["url"], link=row["url"], basis="due", newest=newest)
                self._add_page(site.domain, page, row)
            elif self.plan.due:
                self._add_lists(site, row["kind"], [(row["url"], None)], row["found_in"])

    def _add_lists(
        self, site: Site, kind: str, urls: Iterable[tuple[str, datetime | None]], found_in: str | None
    ) -> None:
        """Queue feeds, sitemaps or front pages; each has a row in the frontier first."""
        urls = [(url, changed) for url, changed in urls if not self.ledger.is_forgotten(url)]
        self.ledger.put_found(site.domain, kind, [url for url, _ in urls], found_in)
        states = self.ledger.states(url for url, _ in urls)
        for url, changed in urls:
            if self.plan.due and not self._is_due(states[url], changed):
                continue
            if kind == "sitemap" and not self.queue.knows(url):
                self._sitemaps[site.domain] += 1
                if self._sitemaps[site.domain] > MAX_SITEMAPS:
                    continue
            self.queue.add(url, kind, site.domain, newest=changed)

    def _add_pages(self, site: str, pages: Iterable[Listing]) -> None:
        """Queue the pages that a list of the site names."""
        pages = tuple(pages)
        if self.plan.leads:
            of_site = [lead for lead in self.leads if lead.outlet == site]
            pages = tuple({page.url: page for lead in of_site for page in promising(pages, lead)}.values())
        states = self.ledger.states(page.url for page in pages)
        for page in pages:
            if page.url in states:
                self._add_page(site, page, states[page.url])
            elif not self.queue.knows(page.url):  # it was not even noted
                self.ledger.count_left_out(site, "forgotten")

    def _add_page(self, site: str, page: Listing, row: dict | None) -> None:
        """Queue a page where the plan does not spare it; `row` is how it stands in the frontier."""
        held = row is not None and row["state"] in HELD
        if held and self.plan.limit is not None:
            return
        if row is not None and self.plan.due and not self._is_due(row, page.newest):
            return
        if self.ledger.is_forgotten(page.url):
            self.ledger.count_left_out(site, "forgotten")
            self._tell(page.url, "forgotten")
            return
        added = self.queue.add(page.url, "article", site, newest=page.newest, again=held)
        self.ledger.count_found(site, int(added))

    def _is_due(self, row: dict, changed: datetime | None) -> bool:
        """Whether a URL of the frontier is due: by its next visit, or because a list says it changed."""
        if row["state"] in ("refused", "gone"):
            return False
        if row["next_visit"] and datetime.fromisoformat(row["next_visit"]) <= self.ledger.now():
            return True
        visited = row.get("visited")
        return bool(changed and visited) and changed > datetime.fromisoformat(visited)

    def request(self, waiting: Waiting) -> scrapy.Request | None:
        """The request for what waits, conditional where we hold it; None where the plan spares it."""
        site = waiting.site
        if self._ends is not None and monotonic() >= self._ends:
            self.ledger.count_left_out(site, "out_of_time")
            return None
        if self.plan.budget is not None and self._requests.total() >= self.plan.budget:
            self.ledger.count_left_out(site, "over_budget")
            return None
        if self.plan.per_site is not None and self._requests[site] >= self.plan.per_site:
            self.ledger.count_left_out(site, "over_budget")
            return None
        if host(waiting.url) in self._resting:
            self.ledger.count_left_out(site, "resting")
            self._tell(waiting.url, "resting")
            return None
        self._requests[site] += 1
        meta = {"site": site, "asked": waiting.url, "kind": waiting.kind, "waiting": waiting}
        if conditions := self.ledger.validators(waiting.url):
            meta["handle_httpstatus_list"] = (304,)  # "as before" is no answer where nothing is held
        elif waiting.kind != "article" or self.plan.only_urls:
            self.readers.warm()  # what answers will be read, and its imports take as long as many an answer
        if waiting.kind == "sitemap":
            meta["download_maxsize"] = SITEMAP_MAXSIZE
        return scrapy.Request(
            self.spelled(waiting.url),
            callback=self.parse_article if waiting.kind == "article" else self.parse_list,
            errback=self.failed,
            headers=conditions,
            dont_filter=True,
            meta=meta,
        )

    def rest(self, name: str, until: datetime, status: int) -> None:
        """Leave a host alone until then: in this run when that is soon, else what waits for it stays due."""
        self.ledger.put_rest(name, until, status)
        seconds = (until - self.ledger.now()).total_seconds()
        if seconds <= PATIENCE:
            self.queue.rests[name] = monotonic() + seconds
            return
        self._resting[name] = until
        for waiting in self.queue.drop(name):
            self.ledger.count_left_out(waiting.site, "resting")

    def robots_named(self, request: scrapy.Request, sitemaps: list[str]) -> None:
        """Sitemaps that a robots.txt names: asked where the catalogue has only front pages of a site."""
        site = self.sites.get(request.meta.get("site", ""))
        if site is None or site.sitemaps or site.feeds or self.plan.only_urls:
            return
        own = self.names.by_domain[site.domain]
        named = [url for url in sitemaps if is_web(url) and self.names.same_house(self.names.at(url), own)]
        with suppress(BadUrl):
            keys = [(canonical(url), None) for url in named[:MAX_NAMED_SITEMAPS]]
            self._add_lists(site, "sitemap", keys, request.url)

    async def parse_list(self, response: Response) -> None:
        """Note and queue what a feed, a sitemap or a front page names."""
        source = source_of(response)
        site, kind = self.sites[source.site], source.kind
        if response.status == 304:
            pages, further = self.ledger.source_unchanged(source)
            if not self.plan.due:
                for url, below in further:
                    self._add_lists(site, below, [(url, None)], source.url)
                self._add_pages(site.domain, pages)
            return
        if kind == "front" and not answers.is_html(response):
            self.ledger.fail(site.domain, source.url, "not_html", response.status)
            return
        found = await self._read(response, site)
        if found is None:
            return
        if found.problem:
            self.logger.warning("%s: read up to a break: %s", response.url, found.problem)
        found = replace(
            found,
            sitemaps=_spelled(found.sitemaps),
            feeds=tuple(dict(_spelled((f, None) for f in found.feeds))),
        )
        pages = self.ledger.put_source(source, found)
        self._add_lists(site, "sitemap", found.sitemaps, source.url)
        self._add_lists(site, "feed", [(feed, None) for feed in found.feeds], source.url)
        self._add_pages(site.domain, pages)

    def parse_article(self, response: Response) -> AsyncIterator[Fetched] | None:
        """The page as read; None when it is unchanged: then nothing is started that could wait."""
        if response.status != 304:
            return self._parse_article(response)
        asked = response.meta["asked"]
        self.ledger.unchanged(response.meta["site"], asked)
        if self.archive:
            self.ledger.revisited(asked, partial(self.archive.revisit, response))
        return None

    async def _parse_article(self, response: Response) -> AsyncIterator[Fetched]:
        """The page as read; nothing when it is reserved, or no article.

        Raises CloseSpider once the run has stored as many as it may.
        """
        site, asked = response.meta["site"], response.meta["asked"]
        stated = reservation(response.headers, response.body)
        if why := _kept_out(response, asked, bool(stated and stated.reserved)):
            self._leave_out(site, asked, why, response.status)
            return
        if self.is_full():
            raise CloseSpider("limit")
        now = self.ledger.now()
        try:
            reading, kept = await self.readers.run(
                read_article, response.body, _page_url(response, asked), answers.charset(response), now
            )
        except ReadingFailed as error:
            self._fail(site, asked, error.outcome, response.status)
            return
        if reading.kind == "section":
            self._leave_out(site, asked, "section", response.status)
            return
        article = self._article(response, reading, now)
        if self.plan.told:
            self.plan.told(asked, article.reading)
        yield Fetched(
            asked=asked,
            site=site,
            article=replace(article, raw=kept, reservation=stated.words if stated else None),
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            record=self.archive.response(response, now) if self.archive else None,
        )

    def _article(self, response: Response, reading: Reading, now: datetime) -> Article:
        """The article that was read, with what its address, its archive and the lists say of it."""
        asked = response.meta["asked"]
        if reading.kind == "unreadable":
            # A consent wall or bot check may have moved us to an address that all pages share.
            reading = replace(reading, url=asked)
        if (captured := unwrap(response.url)[1]) is not None:
            seen = claim(captured.isoformat(), "seen", "archive", now=now)
            reading = replace(reading, times=(*reading.times, seen) if seen else reading.times)
        hints = self.ledger.hints(asked)
        reading = answers.with_hints(reading, hints, self.names, now)
        return Article(
            reading=reading,
            outlet=self.names.at(reading.url),
            fetched=now,
            urls=answers.article_urls(response, asked, hints),
            status=response.status,
            robots=response.meta.get("robots"),
            run=self.ledger.run,
        )

    def failed(self, failure: Failure) -> None:
        """Count and note a request that was refused or brought nothing."""
        error, meta = failure.value, failure.request.meta
        site, asked = meta["site"], meta["asked"]
        status = error.response.status if isinstance(error, HttpError) else None
        name = host(failure.request.url)
        if status in RESTING and name in self.queue.rests and self._rested[asked] < MAX_RESTS:
            self._rested[asked] += 1
            self.queue.put_back(meta["waiting"])
            return
        if status in (404, 410) and self._ask_archive(meta):
            return
        if why := answers.refused(error):
            self._leave_out(site, asked, why, status)
        else:
            self.ledger.fail(site, asked, answers.failed(error), status, rest=self._resting.get(name))
            self._tell(asked, answers.failed(error))
        if meta["kind"] != "article":
            self.logger.warning("%s: %s of %s: %s", asked, meta["kind"], site, error)

    def _ask_archive(self, meta: dict) -> bool:
        """Whether the configured archive is asked, once, for a single page that is gone."""
        single = self.plan.only_urls or self.plan.leads
        if not (self.plan.archive and single and meta["kind"] == "article") or "archived" in meta:
            return False
        url = self.plan.archive.replace("{url}", meta["asked"])
        kept = {name: meta[name] for name in ("site", "asked", "kind", "waiting")}
        request = scrapy.Request(
            url,
            callback=self.parse_article,
            errback=self.failed,
            dont_filter=True,
            meta={**kept, "archived": True},
        )
        self.queue.add_request(request)
        return True

    def crashed(self, response: Response) -> None:
        """Count a page that our own code failed to read or to store; Scrapy has logged where."""
        meta = response.meta
        self._fail(meta["site"], meta["asked"], "our_error", response.status)

    async def _read(self, response: Response, site: Site) -> Listed | None:
        """What a worker makes of a feed, sitemap or front page; None, noted and logged, when it cannot."""
        asked, kind = response.meta["asked"], response.meta["kind"]
        body = response.text if kind == "front" else response.body
        own = None if site.kind == "discovery" else site.domain
        try:
            return await self.readers.run(read_list, kind, body, response.url, own, self.ledger.now())
        except BadInput as error:
            self.logger.warning("%s", error)
            self.ledger.fail(site.domain, asked, f"bad_{kind}", response.status)
        except ReadingFailed as error:
            self.logger.warning("%s: %s", response.url, error.outcome)
            self.ledger.fail(site.domain, asked, error.outcome, response.status)
        return None

    def _leave_out(self, site: str, asked: str, why: str, status: int | None) -> None:
        self.ledger.leave_out(site, asked, why, status)
        self._tell(asked, why)

    def _fail(self, site: str, asked: str, why: str, status: int | None) -> None:
        self.ledger.fail(site, asked, why, status)
        self._tell(asked, why)

    def _tell(self, asked: str, why: str) -> None:
        if self.plan.told:
            self.plan.told(asked, why)


def _resolved(lead: Lead, known: Names) -> Lead:
    """The lead with its outlet's domain, where its name tells it."""
    found = None if lead.outlet else known.find(lead.name, anchored=True)
    return replace(lead, outlet=found.domain) if found else lead


def _archive(folder: Path | None, agent: str, run: int) -> "Writer | None":
    if folder is None:
        return None
    from crawler.warc import Writer

    return Writer(folder=folder, agent=agent, run=run)


def _private_hosts(plan: Plan) -> Iterator[str]:
    """The hosts that may be private addresses because the catalogue, or a flag, says so."""
    for site in plan.catalogue.sites:
        if site.allow_private:
            yield site.domain
            yield from map(host, _lists(site))
    if plan.private:
        yield from (host(url) for url in plan.only_urls)


def _lists(site: Site) -> tuple[str, ...]:
    return (*site.feeds, *site.sitemaps, *site.start_urls)


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


def source_of(response: Response) -> Source:
    """The feed, sitemap or front page that answered, with its validators."""
    return Source(
        site=response.meta["site"],
        kind=response.meta["kind"],
        url=response.meta["asked"],
        at=response.url,
        status=response.status,
        etag=_header(response, "ETag"),
        last_modified=_header(response, "Last-Modified"),
    )


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _spelled(
    found: Iterable[tuple[str, datetime | None]],
) -> tuple[tuple[str, datetime | None], ...]:
    """The lists that a list names, under their canonical URLs; those without one left out."""
    kept: dict[str, datetime | None] = {}
    for url, changed in found:
        with suppress(BadUrl):
            kept.setdefault(canonical(url), changed)
    return tuple(kept.items())
