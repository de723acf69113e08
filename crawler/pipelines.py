"""What a crawl finds, stores and fails at: pages read come in, rows and counts go out.

Every write is one short transaction in which the article and its frontier row agree, so that a crawl
killed at any moment goes on where it stopped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from scrapy.crawler import Crawler
from sqlite_utils import Database

from db.errors import RefusedUrl
from db.frontier import Answer, due, put_found, validators, visited
from db.records import Article
from db.store import is_forgotten, put_article, writing
from db.values import one

MAX_TRIES = 5  # a URL that failed so often is asked again only when a site lists it
FIRST_REST = timedelta(minutes=30)  # before a failed URL is due again; doubled at each failure

_STATE = "SELECT state, tries FROM frontier WHERE url = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as fetched and read, on its way to the store."""

    asked: str  # the URL it was asked under: its row of the frontier
    site: str  # domain of the catalogue's entry
    article: Article
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCounts:
    """What one run did at one site."""

    found: int = 0  # article URLs listed there
    stored: int = 0  # new articles, unreadable pages not among them
    new_versions: int = 0
    unchanged: int = 0
    unreadable: int = 0  # pages kept without a text: trace can say so
    left_out: Mapping[str, int] = field(default_factory=dict)  # by reason: robots, section, not_html ...
    failed: Mapping[str, int] = field(default_factory=dict)  # by reason: timeout, http_500, bad_feed ...

    def as_text(self) -> str:
        """The counts in one line for people."""
        named = {
            "stored": self.stored,
            "changed": self.new_versions,
            "unchanged": self.unchanged,
            "unreadable": self.unreadable,
            "left out": sum(self.left_out.values()),
            "failed": sum(self.failed.values()),
        }
        reasons = {"left out": self.left_out, "failed": self.failed}
        parts = [f"{self.found} found"]
        for name, many in named.items():
            if many or name == "stored":
                why = ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.get(name, {}).items()))
                parts.append(f"{many} {name}" + (f" ({why})" if why else ""))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSummary:
    """What one run did."""

    run: int
    outcome: str  # done | stopped | failed
    seconds: float
    sites: Mapping[str, SiteCounts]
    answered: int = 0  # requests that a server answered, whatever it said

    @property
    def reached(self) -> bool:
        """Whether any server answered at all."""
        return self.answered > 0

    def as_text(self) -> str:
        """The summary as lines for people, one per site and one for all."""
        width = max(map(len, self.sites), default=0)
        lines = [f"{site:<{width}}  {counts.as_text()}" for site, counts in self.sites.items()]
        return "\n".join([*lines, f"{self.outcome} in {self.seconds:.0f} s: {self.total.as_text()}"])

    @property
    def total(self) -> SiteCounts:
        """All sites together."""
        each = self.sites.values()
        return SiteCounts(
            found=sum(s.found for s in each),
            stored=sum(s.stored for s in each),
            new_versions=sum(s.new_versions for s in each),
            unchanged=sum(s.unchanged for s in each),
            unreadable=sum(s.unreadable for s in each),
            left_out=sum((Counter(s.left_out) for s in each), Counter()),
            failed=sum((Counter(s.failed) for s in each), Counter()),
        )


class Ledger:
    """The books of one run: the frontier and the store behind it, the counts before it."""

    def __init__(self, db: Database, run: int) -> None:
        self.db = db
        self.run = run
        self.started = self.now()
        self._plain: dict[str, Counter[str]] = {}
        self._reasons: dict[str, dict[str, Counter[str]]] = {}
        self._answered = 0

    @staticmethod
    def now() -> datetime:
        """The clock of the crawl."""
        return datetime.now(UTC)

    def open_site(self, site: str) -> None:
        """Count for `site` from now on, also when nothing comes of it."""
        self._plain.setdefault(site, Counter())
        self._reasons.setdefault(site, {"left_out": Counter(), "failed": Counter()})

    def put_found(self, site: str, kind: str, urls: Iterable[str], found_in: str | None) -> None:
        """Note URLs in the frontier: kind is feed, sitemap, front or article."""
        self.open_site(site)
        now = self.now()
        urls = tuple(urls)
        put_found(self.db, ((url, site, kind, found_in, now) for url in urls))
        if kind == "article":
            self._plain[site]["found"] += len(urls)

    def due(self, site: str) -> Iterator[str]:
        """The article URLs of a site that an earlier run left to do."""
        return (row["url"] for row in tuple(due(self.db, site, self.now())) if row["kind"] == "article")

    def is_forgotten(self, url: str) -> bool:
        """Whether a person had this URL, or all of its site, erased."""
        return is_forgotten(self.db, url)

    def is_stored(self, url: str) -> bool:
        """Whether the frontier says that this page is in the database already."""
        row = one(self.db, _STATE, [url])
        return bool(row) and row["state"] in ("stored", "unchanged")

    def validators(self, url: str) -> dict[str, str]:
        """The headers that ask for a page only if it has changed."""
        etag, modified = validators(self.db, url)
        stated = {"If-None-Match": etag, "If-Modified-Since": modified}
        return {name: value for name, value in stated.items() if value}

    def store(self, page: Fetched) -> None:
        """Store a page and mark it in the frontier, both or neither."""
        try:
            with writing(self.db):
                stored = put_article(self.db, page.article)
                answer = Answer(status=page.article.status, etag=page.etag, last_modified=page.last_modified)
                changed = stored.new_article or stored.new_version
                state = "stored" if changed else "unchanged"
                self._visited(page.asked, state, answer)
        except RefusedUrl:
            self.leave_out(page.site, page.asked, "forgotten", page.article.status)
            return
        if page.article.reading.kind == "unreadable":
            self._count(page.site, "unreadable")
        elif stored.new_article:
            self._count(page.site, "stored")
        else:
            self._count(page.site, "new_versions" if stored.new_version else "unchanged")

    def visited_source(self, url: str, status: int) -> None:
        """A feed, sitemap or front page was read."""
        self._visited(url, "stored", Answer(status=status))

    def unchanged(self, site: str, url: str) -> None:
        """The server says that the page we hold is the present one."""
        self._visited(url, "unchanged", Answer(status=304))
        self._count(site, "unchanged")

    def leave_out(self, site: str, url: str, reason: str, status: int | None = None) -> None:
        """A page that is not stored, and rightly so."""
        self._visited(url, "refused", Answer(status=status, note=reason))
        self._count(site, reason, among="left_out")

    def fail(self, site: str, url: str, reason: str, status: int | None = None) -> None:
        """A page that could not be had; it is due again after a rest, MAX_TRIES times."""
        state = "gone" if status in (404, 410) else "failed"
        row = one(self.db, _STATE, [url])
        tries = row["tries"] if row else 0
        again = self.now() + FIRST_REST * 2**tries if state == "failed" and tries < MAX_TRIES else None
        self._visited(url, state, Answer(status=status, note=reason, next_visit=again))
        self._count(site, reason, among="failed")

    def count_left_out(self, site: str, reason: str, many: int = 1) -> None:
        """URLs that were listed and not even noted."""
        self.open_site(site)
        self._reasons[site]["left_out"][reason] += many

    @property
    def stored(self) -> int:
        """New articles of this run."""
        return sum(count["stored"] for count in self._plain.values())

    def summary(self, outcome: str) -> CrawlSummary:
        """The books as they stand."""
        return CrawlSummary(
            run=self.run,
            outcome=outcome,
            seconds=(self.now() - self.started).total_seconds(),
            answered=self._answered,
            sites={
                site: SiteCounts(**plain, **{k: dict(v) for k, v in self._reasons[site].items()})
                for site, plain in self._plain.items()
            },
        )

    def flat(self) -> dict[str, int]:
        """The counts as one mapping for the log of runs: "stored", "stored cnn.com" ..."""
        flat: Counter[str] = Counter()
        for site in self._plain:
            counts = self._plain[site] + sum(self._reasons[site].values(), Counter())
            for name, many in counts.items():
                flat[name] += many
                flat[f"{name} {site}"] += many
        return dict(flat)

    def _visited(self, url: str, state: str, answer: Answer) -> None:
        visited(self.db, url, state, self.now(), answer)
        self._answered += answer.status is not None

    def _count(self, site: str, what: str, *, among: str | None = None) -> None:
        self.open_site(site)
        (self._reasons[site][among] if among else self._plain[site])[what] += 1


class StoreArticles:
    """The pipeline: each page is stored as it arrives, until the run has as many as it may."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "StoreArticles":
        """The pipeline for `crawler`."""
        return cls(crawler)

    def process_item(self, item: Fetched) -> Fetched:
        """Store one page; one more than the limit is left due."""
        spider = self._crawler.spider
        if not spider.is_full():
            spider.ledger.store(item)
        return item
