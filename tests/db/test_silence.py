"""A rule that stops finding credits on an outlet is told; one that never found many is not."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.monitors import problems
from crawler.summary import CrawlSummary, SiteCounts
from db.open import open_db
from db.records import Article, Evidence, Outlet, Reading
from db.silence import found_by_outlet, silent
from db.status import as_text, status_of
from db.store import put_article

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OUTLET = Outlet(domain="lowen.example", name="Lowen Tribune")


@pytest.fixture
def db():
    tables = open_db(":memory:")
    yield tables
    tables.close()


def page(db, number, rules):
    evidence = tuple(
        Evidence(kind="agency_byline", quote=f"By NPA {rule}", region="byline", name="NPA", rule=rule)
        for rule in rules
    )
    url = f"http://lowen.example/{number}"
    reading = Reading(
        url=url, kind="article", title=f"Pier {number}", text=f"Pier {number} is shut.", evidence=evidence
    )
    put_article(db, Article(reading=reading, outlet=OUTLET, fetched=NOW + timedelta(hours=number)))


def pages(db, before, last):
    """`before` and `last`: the rules that found something, page by page, the oldest first."""
    for number, rules in enumerate([*before, *last]):
        page(db, number, rules)


BYLINE, TAIL = ("mul.byline",), ("en.source",)
LINE = "credits from mul.byline: 40 of the 50 pages before, 0 of the last 20"


@pytest.mark.parametrize(
    ("before", "last", "told"),
    [
        ([BYLINE] * 40 + [()] * 10, [()] * 20, f"{LINE} (of these 0 hold another credit)"),
        ([BYLINE] * 40 + [()] * 10, [TAIL] * 12 + [()] * 8, f"{LINE} (of these 12 hold another credit)"),
        ([BYLINE] * 40 + [()] * 10, [()] * 19 + [BYLINE], None),
        ([BYLINE] * 10 + [()] * 40, [()] * 20, None),
        ([BYLINE] * 15, [()] * 20, None),
        ([BYLINE] * 40, [], None),
    ],
)
def test_a_rule_that_falls_silent_on_an_outlet_is_told(db, before, last, told):
    pages(db, before, last)
    found = dict(silent(found_by_outlet(db)))
    assert found.get("lowen.example") == told
    assert ("detectors that stopped" in as_text(status_of(db, NOW))) is bool(told)
    summary = CrawlSummary(
        run=1, outcome="done", seconds=1.0, sites={"lowen.example": SiteCounts(found=1, stored=1)}
    )
    assert problems(db, summary) == ([f"lowen.example: {told}"] if told else [])


def test_what_was_found_is_counted_per_outlet_and_rule(db):
    pages(db, [BYLINE, BYLINE + TAIL, ()], [()] * 18 + [TAIL, BYLINE + BYLINE])
    counted = {
        row["rule"]: (row["before_found"], row["before_pages"], row["last_found"], row["last_pages"])
        for row in status_of(db, NOW)["detectors_by_outlet"]
    }
    assert counted == {"mul.byline": (2, 3, 1, 20), "en.source": (1, 3, 1, 20)}
