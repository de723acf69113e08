"""`newstrace sites check` on the network: each list of the catalogue asked once, nothing stored.

A crawl of lists only, in a database in memory: the same robots.txt, delays and refusals as any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scrapy.http import Response

from crawler import answers
from crawler.listing import Listed
from crawler.reservations import reservation
from crawler.robots import Robots
from crawler.spiders.news import NewsSpider, Plan, source_of
from db.frontier import sources
from db.screen import minute, printable

STALE = timedelta(days=30)  # a list whose newest page is older has been given up, or moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one feed, sitemap or front page of the catalogue answered."""

    site: str
    kind: str  # feed | sitemap | front
    url: str
    outcome: str  # ok | empty | stale | bad_feed | http_404 | timeout | robots | private_address ...
    status: int | None = None  # HTTP status; None: no answer
    items: int = 0  # pages it lists
    lists: int = 0  # further sitemaps and feeds it names
    newest: str | None = None  # the latest time it states, ISO 8601 in UTC
    robots: str = "unknown"  # allowed | absent | disallowed | unavailable: of the list itself
    pages: str = "unknown"  # the same of the first page it lists
    reservation: str | None = (
        None  # a text-mining reservation as it stands: of the list, or of that page's path
    )

    @property
    def good(self) -> bool:
        """Whether a crawl will find pages here and may ask for them."""
        return self.outcome == "ok" and self.pages != "disallowed" and self.reservation is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a list that could be read said."""

    found: Listed
    pages: str
    reservation: str | None


class CheckSpider(NewsSpider):
    """Asks for the lists of the catalogue and for none of the pages they name."""

    name = "check"

    def begin(self, plan: Plan) -> None:
        """Open books that are thrown away."""
        super().begin(plan)
        self._seen: dict[str, _Seen] = {}
        self.visits: tuple[Visit, ...] = ()

    def robots_named(self, *_: Any) -> None:
        """What a robots.txt names beside the catalogue is not asked for."""

    async def parse_list(self, response: Response) -> None:
        """Read a list, and ask whether the first page it names may be fetched."""
        site, asked = self.sites[response.meta["site"]], response.meta["asked"]
        if response.meta["kind"] == "front" and not answers.is_html(response):
            self.ledger.fail(site.domain, asked, "not_html", response.status)
        elif (found := await self._read(response, site)) is not None:
            self.ledger.put_source(source_of(response), Listed())
            first = found.pages[0].url if found.pages else None
            robots = self.crawler.get_downloader_middleware(Robots)
            pages, reserved = await robots.verdict(first) if first else ("unknown", False)
            stated = reservation(response.headers, response.body)
            words = "tdmrep.json reserves its pages" if reserved else stated and stated.words
            self._seen[asked] = _Seen(found=found, pages=pages, reservation=words)

    def closed(self, reason: str) -> None:
        """Put together what came of every list, then close the books."""
        robots = self.crawler.get_downloader_middleware(Robots)
        self.visits = tuple(self._visits(robots))
        super().closed(reason)

    def _visits(self, robots: Robots) -> Iterator[Visit]:
        now = self.ledger.now()
        for row in sources(self.ledger.db):
            seen = self._seen.get(row["url"])
            told = {"site": row["site"], "kind": row["kind"], "url": self.spelled(row["url"])}
            told |= {"status": row["status"], "robots": _robots(robots, row)}
            if seen is None:
                yield Visit(outcome=row["note"] or "not_asked", **told)
                continue
            newest = max((p.newest for p in seen.found.pages if p.newest), default=None)
            newest = newest or max((when for _, when in seen.found.sitemaps if when), default=None)
            yield Visit(
                outcome=_outcome(seen.found, newest, now),
                items=len(seen.found.pages),
                lists=len(seen.found.sitemaps) + len(seen.found.feeds),
                newest=newest and newest.astimezone(UTC).isoformat(timespec="seconds"),
                pages=seen.pages,
                reservation=seen.reservation,
                **told,
            )


def _outcome(found: Listed, newest: datetime | None, now: datetime) -> str:
    if not (found.pages or found.sitemaps):
        return "elsewhere" if found.left_out.get("elsewhere") else "empty"
    return "stale" if newest and now - newest > STALE else "ok"


def _robots(robots: Robots, row: dict[str, Any]) -> str:
    if row["note"] == "robots":
        return "disallowed"
    return robots.state(row["url"]) or "unknown"


def as_dicts(visits: Iterable[Visit]) -> list[dict[str, Any]]:
    """The visits as plain values, each with `good`."""
    return [asdict(visit) | {"good": visit.good} for visit in visits]


def as_table(visits: Iterable[Visit]) -> str:
    """The visits as lines for a terminal, one per address, below their site."""
    lines, site = (
        [f"{'':10}{'outcome':<20}{'items':>7}  {'newest':<17} {'robots':<12}{'its pages':<12}"],
        None,
    )
    for visit in visits:
        if visit.site != site:
            site = visit.site
            lines.append(site)
        named = f"{visit.items:,}" if visit.items or not visit.lists else f"+{visit.lists}"
        newest = minute(visit.newest) if visit.newest else "-"
        facts = f"{visit.outcome:<20}{named:>7}  {newest:<17} {visit.robots:<12}{visit.pages:<12}"
        reserved = f"  reserved: {printable(visit.reservation, 80)}" if visit.reservation else ""
        lines.append(f"  {visit.kind:<8}{facts}{printable(visit.url, 120)}{reserved}")
    return "\n".join(lines)
