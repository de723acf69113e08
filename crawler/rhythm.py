"""When to come back: the age of an article in, or how much a source brought, and the next visit out.

Pure arithmetic: nothing here knows the clock, the network or the database.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# 81 % of the changes to news pages come within 24 hours of publication, nearly all within some days: so an
# article is seen again about eight times, and then no more. (up to this age, come back after)
REVISITS = (
    (timedelta(hours=6), timedelta(hours=3)),
    (timedelta(hours=24), timedelta(hours=9)),
    (timedelta(days=3), timedelta(hours=24)),
    (timedelta(days=14), timedelta(days=4)),
)

FIRST_REST = timedelta(minutes=30)  # before a URL that failed is due again; doubled at each failure
MAX_TRIES = 5  # a URL that failed so often is asked again only when a site lists it
MAX_SOURCE_REST = timedelta(hours=24)  # a source is asked for ever, but then this seldom

SHORTEST, LONGEST = 10 * 60.0, 24 * 3600.0  # seconds between two visits to one source
FIRST_GAPS = {"feed": 30 * 60.0, "front": 60 * 60.0, "sitemap": 3 * 3600.0}
AIM = 3  # new pages per visit: more, and we come too late for edits; fewer, and we ask for nothing
STEP = (0.5, 1.5)  # a gap changes by no more than these factors at one visit
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Seconds between two visits to one source; newsrooms are quieter at weekends."""

    weekday: float
    weekend: float

    def as_json(self) -> str:
        """The rhythm as it is stored."""
        return json.dumps({"weekday": round(self.weekday), "weekend": round(self.weekend)})


def rhythm_of(kind: str, stored: str | None) -> Rhythm:
    """The rhythm of a source: as stored, or the one that its kind (feed, front, sitemap) begins with."""
    if stored:
        return Rhythm(**json.loads(stored))
    gap = FIRST_GAPS[kind]
    return Rhythm(weekday=gap, weekend=gap)


def learned(rhythm: Rhythm, new: int, now: datetime) -> Rhythm:
    """The rhythm after a visit at `now` that brought `new` pages: towards AIM pages a visit, in bounds."""
    name = "weekend" if now.weekday() >= SATURDAY else "weekday"
    factor = min(max(AIM / max(new, 1) if new else STEP[1], STEP[0]), STEP[1])
    return replace(rhythm, **{name: min(max(getattr(rhythm, name) * factor, SHORTEST), LONGEST)})


def next_source_visit(rhythm: Rhythm, now: datetime) -> datetime:
    """When a source is due again; a gap that began on Sunday night does not hold Monday up."""
    if now.weekday() < SATURDAY:
        return now + timedelta(seconds=rhythm.weekday)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight + timedelta(days=7 - now.weekday())
    return min(now + timedelta(seconds=rhythm.weekend), monday + timedelta(seconds=rhythm.weekday))


def next_article_visit(newest: datetime, now: datetime) -> datetime | None:
    """When an article last changed at `newest` is due again; None: never."""
    age = max(now - newest, timedelta())
    return next((now + gap for limit, gap in REVISITS if age < limit), None)


def next_try(kind: str, tries: int, now: datetime) -> datetime | None:
    """When a URL that failed, after `tries` failures before this one, is due again; None: not by itself."""
    rest = FIRST_REST * 2 ** min(tries, 10)
    if kind == "article":
        return now + rest if tries < MAX_TRIES else None
    return now + min(rest, MAX_SOURCE_REST)
