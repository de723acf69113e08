"""The books of one run: the frontier and the store behind them, the counts before them.

Every write is one short transaction in which an article, its frontier row and what its lists say agree, so
that a crawl killed at any moment goes on where it stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from crawler import rhythm
from crawler.answers import told_by_lists
from crawler.listing import Listed
from crawler.summary import CrawlSummary, SiteCounts
from db.errors import RefusedUrl
from db.frontier import (
    Answer,
    Listing,
    children,
    hints,
    known,
    listed,
    put_found,
    put_listed,
    put_newest,
    put_rhythm,
    states,
    validators,
    visited,
    visited_unchanged,
)
from db.hosts import put_rest, resting
from db.marks import held, put_record, put_revisit
from db.outlets import Names
from db.records import Article
from db.store import is_forgotten, put_article, put_told, put_withdrawal, writing

GONE_AGAIN = timedelta(hours=6)  # a page we hold that answers 404 once may be a slip: it is asked once more

FOR_NOW = ("robots_unavailable", "certificate")  # refusals that another day may not bring
MOST_HELD = 200  # unchanged pages that are noted at once: killed before, they are asked once more
LONGEST_HELD = timedelta(seconds=2)
ARCHIVED = timedelta(days=30)  # a sitemap that changed before is asked again only when its index says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as fetched and read, on its way to the store."""

    asked: str  # the URL it was asked under: its row of the frontier
    site: str  # domain of the catalogue's entry
    article: Article
    etag: str | None = None
    last_modified: str | None = None
    record: tuple[str, int] | None = None  # (WARC file, offset) of the page as answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed, sitemap or front page that answered."""

    site: str
    kind: str  # feed | sitemap | front
    url: str  # its row of the frontier
    at: str  # the address that answered
    status: int
    etag: str | None = None
    last_modified: str | None = None


class Ledger:
    """What one run notes, and what it finds noted."""

    def __init__(self, db: Database, run: int, names: Names) -> None:
        self.db = db
        self.run = run
        self.names = names
        self.started = self.now()
        self._plain: dict[str, Counter[str]] = {}
        self._reasons: dict[str, dict[str, Counter[str]]] = {}
        self._lists: dict[str, Counter[str]] = {}
        self._answered = 0
        self._unchanged: dict[str, datetime] = {}  # not in the frontier yet: URL -> when it was said
        self._waits: dict[str, tuple[int, float]] = {}

    @staticmethod
    def now() -> datetime:
        """The clock of the crawl."""
        return datetime.now(UTC)

    def open_site(self, site: str) -> None:
        """Count for `site` from now on, also when nothing comes of it."""
        self._plain.setdefault(site, Counter())
        self._reasons.setdefault(site, {"left_out": Counter(), "failed": Counter()})
        self._lists.setdefault(site, Counter())

    def put_found(self, site: str, kind: str, urls: Iterable[str], found_in: str | None) -> None:
        """Note URLs in the frontier: kind is feed, sitemap, front or article."""
        self.open_site(site)
        now = self.now()
        put_found(self.db, ((url, site, kind, found_in, now) for url in urls))

    def put_source(self, source: Source, found: Listed) -> tuple[Listing, ...]:
        """Note what a list names, and that it was read, both or neither; the pages as noted.

        What it says of an article we hold already is added to that article.
        """
        now = self.now()
        self.open_site(source.site)
        with writing(self.db):
            further = [(url, source.site, "sitemap", source.url, now) for url, _ in found.sitemaps]
            feeds = [(url, source.site, "feed", source.url, now) for url in found.feeds]
            put_found(self.db, [*further, *feeds])
            for url, changed in found.sitemaps:
                if changed:
                    put_newest(self.db, url, changed)
            new, fresh = put_listed(self.db, source.site, found.pages, source.url, now)
            for page in fresh:
                put_told(self.db, page.url, *told_by_lists([page], self.names, now))
            self._source_visited(source, "stored", new, now)
        self._list_ended(source.site, good=bool(found.pages or found.sitemaps or found.feeds))
        for why, many in found.left_out.items():
            self.count_left_out(source.site, why, many)
        return found.pages

    def source_unchanged(self, source: Source) -> tuple[tuple[Listing, ...], tuple[tuple[str, str], ...]]:
        """Note that a list is as it was; the pages, and the (URL, kind) of further lists, that it named."""
        with writing(self.db):
            self._source_visited(source, "unchanged", 0, self.now())
        self._list_ended(source.site, good=True)
        return listed(self.db, source.url), children(self.db, source.url)

    def _source_visited(self, source: Source, state: str, new: int, now: datetime) -> None:
        row = known(self.db, source.url)
        beat = rhythm.learned(rhythm.rhythm_of(source.kind, row and row["rhythm"]), new, now)
        put_rhythm(self.db, source.url, beat.as_json())
        ended = bool(row and row["newest"]) and now - datetime.fromisoformat(row["newest"]) > ARCHIVED
        answer = Answer(
            status=source.status,
            etag=source.etag,
            last_modified=source.last_modified,
            next_visit=None if ended else rhythm.next_source_visit(beat, now),
        )
        self._visited(source.url, state, answer)

    def states(self, urls: Iterable[str]) -> dict[str, dict]:
        """How those of the URLs that are known stand in the frontier."""
        return states(self.db, urls)

    def count_found(self, site: str, many: int) -> None:
        """Article URLs that a list of the site named."""
        self.open_site(site)
        self._plain[site]["found"] += many

    def is_forgotten(self, url: str) -> bool:
        """Whether a person had this URL, or all of its site, erased."""
        return is_forgotten(self.db, url)

    def hints(self, url: str) -> tuple[Listing, ...]:
        """What every list that named a page says of it."""
        return hints(self.db, url)

    def validators(self, url: str) -> dict[str, str]:
        """The headers that ask for a page only if it has changed."""
        etag, modified = validators(self.db, url)
        stated = {"If-None-Match": etag, "If-Modified-Since": modified}
        return {name: value for name, value in stated.items() if value}

    def resting(self) -> Mapping[str, datetime]:
        """Until when each host that asked for rest is left alone."""
        return resting(self.db, self.now())

    def put_rest(self, host: str, until: datetime, status: int) -> None:
        """Leave a host alone, also in later runs."""
        put_rest(self.db, host, until, f"answered {status}")

    def store(self, page: Fetched) -> int | None:
        """Store a page and mark it in the frontier, both or neither; its version, None when forgotten."""
        now = self.now()
        try:
            with writing(self.db):
                stored = put_article(self.db, page.article)
                changed = stored.new_article or stored.new_version
                answer = Answer(
                    status=page.article.status,
                    etag=page.etag,
                    last_modified=page.last_modified,
                    next_visit=self._again(page.asked, page.article.reading.published, now),
                )
                self._visited(page.asked, "stored" if changed else "unchanged", answer)
                if page.record:
                    put_record(self.db, stored.version, *page.record)
        except RefusedUrl:
            self.leave_out(page.site, page.asked, "forgotten", page.article.status)
            return None
        if page.article.reading.kind == "unreadable":
            self._count(page.site, "unreadable")
        elif stored.new_article:
            self._count(page.site, "stored")
        else:
            self._count(page.site, "new_versions" if stored.new_version else "unchanged")
        return stored.version

    def revisited(self, url: str, keep: Callable[[datetime, str], tuple[str, int]]) -> None:
        """Keep it in the archive that a page is as before: `keep(now, since when)` gives (file, offset)."""
        now = self.now()
        if known_text := held(self.db, url):
            version, since = known_text
            put_revisit(self.db, version, now, *keep(now, since))

    def unchanged(self, site: str, url: str) -> None:
        """The server says that the page we hold is the present one."""
        now = self.now()
        self._unchanged[url] = now
        self._answered += 1
        self._count(site, "unchanged")
        if len(self._unchanged) >= MOST_HELD or now - min(self._unchanged.values()) > LONGEST_HELD:
            self.write_down()

    def write_down(self) -> None:
        """Note in the frontier the unchanged pages that are not noted there yet."""
        held, self._unchanged = self._unchanged, {}
        if held:
            visited_unchanged(self.db, held, rhythm.next_article_visit)

    def _again(self, url: str, published: datetime | None, now: datetime) -> datetime | None:
        """When a page is due again, by the newest time stated of it, or else by when it was found."""
        row = known(self.db, url)
        if row is None:
            return None
        if published and not row["newest"]:
            put_newest(self.db, url, min(published, now))
            row["newest"] = min(published, now).isoformat()
        return rhythm.next_article_visit(datetime.fromisoformat(row["newest"] or row["found"]), now)

    def leave_out(self, site: str, url: str, reason: str, status: int | None = None) -> None:
        """A page that is not stored, and rightly so; it stays due where that holds only for now."""
        now, row = self.now(), known(self.db, url)
        if reason in FOR_NOW and row:
            again = rhythm.next_try(row["kind"], row["tries"], now)
            self._visited(url, "failed", Answer(status=status, note=reason, next_visit=again))
        else:
            self._visited(url, "refused", Answer(status=status, note=reason))
        if row and row["kind"] != "article":
            self._list_ended(site, good=False)
        self._count(site, reason, among="left_out")

    def fail(
        self, site: str, url: str, reason: str, status: int | None = None, *, rest: datetime | None = None
    ) -> None:
        """A page that could not be had; it is due again after a rest, some times.

        One that we hold and that is gone is asked once more before it counts as withdrawn.
        """
        now = self.now()
        row = known(self.db, url) or {"tries": 0, "kind": "article", "note": "", "state": "due"}
        gone = status in (404, 410)
        again = rhythm.next_try(row["kind"], row["tries"], now)
        if gone and row["kind"] == "article":
            twice = row["state"] == "failed" and row["note"] in ("http_404", "http_410")
            held = row["state"] in ("stored", "unchanged") or twice
            again = now + GONE_AGAIN if held and status == 404 and not twice else None
        if again and rest:
            again = max(again, rest)
        with writing(self.db):
            if gone and again is None:
                put_withdrawal(self.db, url, status, now, self.run)
            state = "gone" if gone and again is None else "failed"
            self._visited(url, state, Answer(status=status, note=reason, next_visit=again))
        if row["kind"] != "article":
            self._list_ended(site, good=False)
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
            waits={host: seconds / many for host, (many, seconds) in self._waits.items()},
            sites={
                site: SiteCounts(
                    **plain, **self._lists[site], **{k: dict(v) for k, v in self._reasons[site].items()}
                )
                for site, plain in self._plain.items()
            },
        )

    def waited(self, host: str, seconds: float) -> None:
        """How long a host took for one answer."""
        many, total = self._waits.get(host, (0, 0.0))
        self._waits[host] = many + 1, total + seconds

    def flat(self) -> dict[str, int]:
        """The counts as one mapping for the log of runs: "stored", "stored cnn.com" ..."""
        flat: Counter[str] = Counter()
        for site in self._plain:
            counts = self._plain[site] + sum(self._reasons[site].values(), Counter())
            for name, many in counts.items():
                flat[name] += many
                flat[f"{name} {site}"] += many
        return dict(flat)

    def _list_ended(self, site: str, *, good: bool) -> None:
        self.open_site(site)
        self._lists[site]["lists"] += 1
        self._lists[site]["good_lists"] += good

    def _visited(self, url: str, state: str, answer: Answer) -> None:
        visited(self.db, url, state, self.now(), answer)
        self._answered += answer.status is not None

    def _count(self, site: str, what: str, *, among: str | None = None) -> None:
        self.open_site(site)
        (self._reasons[site][among] if among else self._plain[site])[what] += 1
