"""What a monitored crawl finds unhealthy."""

import json
from datetime import UTC, datetime

import pytest

from crawler.monitors import problems
from crawler.summary import CrawlSummary, SiteCounts
from db.open import open_db
from db.records import Article, Evidence, Outlet, Reading
from db.store import end_run, put_article, start_run

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
        (
            SiteCounts(lists=1, failed={"bad_feed": 1}),
            "no article was found, and earlier runs found some (bad_feed)",
        ),
        (
            SiteCounts(lists=1, left_out={"certificate": 1}),
            "no article was found, and earlier runs found some (certificate)",
        ),
        (SiteCounts(lists=2), "no article was found, and earlier runs found some"),
        (SiteCounts(lists=2, good_lists=1), None),  # as before, or none of its pages was due
        (SiteCounts(), None),  # nothing of it was due
    ],
)
def test_a_site_that_fails_is_told(db, counts, words):
    assert problems(db, summary(counts)) == ([f"a.example: {words}"] if words else [])


def test_a_slow_host_is_told(db):
    told = problems(db, summary(SiteCounts(found=1, stored=1), waits={"a.example": 12.0, "b.example": 1.0}))
    assert told == ["a.example: 12 s for an answer, on the mean"]
    assert json.dumps(told)


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (
            "cccccc",
            "------",
            ["a.example: no credit on any of 6 pages, and there were some on 6 of 6 before"],
        ),
        ("cccccc", "-----c", []),
        ("cccccc", "----", []),  # too few to conclude anything
        ("c-----", "------", []),  # one credit in six pages may well be missing by chance
    ],
)
def test_credits_that_vanish_are_told(db, before, now, told):
    """As after a new layout: the pages are read, and the line that names their source is not found."""
    run = start_run(db, "crawl", NOW)
    for number, mark in enumerate(before + now):
        credit = Evidence(kind="source_line", quote="Source: Hill Wire", region="tail", name="Hill Wire")
        page = Reading(
            url=f"http://a.example/{number}", kind="article", title="T", text=f"text {number}",
            evidence=(credit,) if mark == "c" else (),
        )  # fmt: skip
        of_run = 1 if number < len(before) else run
        outlet = Outlet(domain="a.example", name="A")
        put_article(db, Article(reading=page, outlet=outlet, fetched=NOW, run=of_run))
    assert problems(db, summary(SiteCounts(found=9, stored=9))) == told
