"""A fresh database, and short ways to make what goes into it; every outlet and event is invented."""

from datetime import UTC, datetime, timedelta

import pytest

from db.records import Article, Evidence, Link, Outlet, Reading, Reason
from db.store import open_db, outlet_row, put_article, put_links

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def db():
    database = open_db(":memory:")
    yield database
    database.close()


@pytest.fixture
def noon():
    return NOON


@pytest.fixture
def made():
    """An article by its URL; what is not told is invented."""

    def make(url="https://a.example/1", *, text="The bridge opened.", title="Bridge", hours=0, **more):
        names = ("kind", "canonical", "evidence", "times", "reason", "language", "published")
        reading = {name: more.pop(name) for name in names if name in more}
        reading.setdefault("kind", "article")
        domain = more.pop("domain", None) or url.split("/")[2].removeprefix("www.")
        outlet = more.pop("outlet", None) or Outlet(domain=domain, name=domain)
        return Article(
            reading=Reading(url=url, title=title, text=text, **reading),
            outlet=outlet,
            fetched=NOON + timedelta(hours=hours),
            **more,
        )

    return make


@pytest.fixture
def credit():
    def make(quote="Source: The Harbour Post", name="The Harbour Post", **more):
        return Evidence(kind="source_line", quote=quote, region="tail", name=name, **more)

    return make


@pytest.fixture
def linked(db, made):
    """Links pages named by letters: `linked("ba", "cb")` says that b took from a, and c from b."""
    ids = {}

    def page(letter):
        if letter not in ids:
            url = f"https://{letter}.example/1"
            ids[letter] = put_article(db, made(url, text=f"text of {letter}")).article
        return ids[letter]

    def link(*pairs, **more):
        facts = {"relation": "republishes", "p_related": 0.99, "p_direction": 0.96, "p_direct": 0.96}
        facts |= {
            "status": "accepted",
            "reasons": (Reason(kind="source_line", weight=2.0, quote="Source: x"),),
        }
        for child, source in pairs:
            put_links(
                db, [Link(child=page(child), source=page(source), **facts | more)], rule_version="1", run=None
            )
        return ids

    return link


@pytest.fixture
def outlet(db):
    return lambda name: outlet_row(db, Outlet(domain=f"{name}.example", name=name))
