"""What a monitored crawl finds unhealthy."""

import json
from datetime import UTC, datetime

import pytest

from crawler.monitors import problems
from crawler.summary import CrawlSummary, SiteCounts
from db.open import open_db
from db.store import end_run, start_run

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def db():
    tables = open_db(":memory:")
    end_run(tables, start_run(tables, "crawl", NOW), "done", {"found": 9, "found a.example": 9}, NOW)
    yield tables
    tables.close()


def summary(counts, **more):
    return CrawlSummary(run=2, outcome="done", seconds=1.0, sites={"a.example": counts}, **more)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (SiteCounts(found=9, stored=9), None),
        (SiteCounts(found=9, stored=3, failed={"http_500": 6}), "6 of 9 pages failed (http_500)"),
        (SiteCounts(found=9, stored=1, unreadable=8), "8 of 9 pages show no text"),
        (SiteCounts(failed={"bad_feed": 1}), "no article was found, and earlier runs found some (bad_feed)"),
    ],
)
def test_a_site_that_fails_is_told(db, counts, words):
    assert problems(db, summary(counts)) == ([f"a.example: {words}"] if words else [])


def test_a_slow_host_is_told(db):
    told = problems(db, summary(SiteCounts(found=1, stored=1), waits={"a.example": 12.0, "b.example": 1.0}))
    assert told == ["a.example: 12 s for an answer, on the mean"]
    assert json.dumps(told)
