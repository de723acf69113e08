"""One demo database for all pages, and small ones made by hand; every outlet and event is invented."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from db import linking
from db.browse.answer import Tools
from db.browse.serve import browser
from db.records import Article, Link, Match, Outlet, Passage, Reading, Reason, TimeClaim
from db.store import open_db, outlet_row, put_article, put_links, put_matches, put_phantom

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "\"><script>alert('owned')</script>{{7*7}}"
BODY = "The ferry ran aground on the sandbank of Oster Bay before dawn and forty people waded ashore safely."
SURE = {"p_related": 0.99, "p_direction": 0.97, "p_direct": 0.96, "status": "accepted"}


def put(db, url, *, title="Ferry aground", text=BODY, hours=0.0, doubt=0.0, **more):
    """The id of a new article, published `hours` after noon, give or take `doubt` hours."""
    outlet = more.pop("outlet", None) or Outlet(domain=url.split("/")[2], name=url.split("/")[2])
    time = NOON + timedelta(hours=hours)
    claim = TimeClaim(
        kind="published",
        basis="meta",
        raw=time.isoformat(),
        earliest=time - timedelta(hours=doubt),
        latest=time + timedelta(hours=doubt),
        zone_known=not doubt,
    )
    reading = Reading(
        url=url, kind=more.pop("kind", "article"), title=title, text=text, published=time,
        published_basis="meta", times=(claim,), **more,
    )  # fmt: skip
    return put_article(db, Article(reading=reading, outlet=outlet, fetched=NOON + timedelta(days=1))).article


def version_of(db, article):
    return next(db.query("SELECT id FROM versions WHERE article_id = ? ORDER BY id DESC", [article]))["id"]


def link(db, child, source, relation="republishes", **more):
    """A link with a match of the two whole texts where both pages are stored."""
    facts = {"reasons": (Reason(kind="source_line", weight=3.0, quote="Source: x", region="tail"),)} | SURE
    seen = not next(db.query("SELECT phantom FROM articles WHERE id = ?", [source]))["phantom"]
    if seen:
        a, b = version_of(db, child), version_of(db, source)
        low, high = min(a, b), max(a, b)
        end = min(len(BODY), 100)
        put_matches(db, [Match(
            a=low, b=high, a_in_b=0.9, b_in_a=0.8, jaccard=0.7, shared_words=17, longest_run=17,
            passages=(Passage(a_start=0, a_end=end, b_start=0, b_end=end, words=17),),
        )])  # fmt: skip
        facts |= {"child_version": a, "source_version": b, "containment": 0.9, "shared_words": 17}
    put_links(db, [Link(child=child, source=source, relation=relation, **facts | more)],
              rule_version="1", run=None)  # fmt: skip


@pytest.fixture
def small(tmp_path):
    """copy <- source <- an agency whose page was not seen, with hostile words all over."""
    path = tmp_path / "small.db"
    db = open_db(path, create=True)
    copy = put(
        db,
        "https://copy.example/1",
        title=HOSTILE,
        hours=3,
        doubt=1,
        outlet=Outlet(domain="copy.example", name=f"Copy {HOSTILE}"),
        text=f"{BODY}\n{HOSTILE}",
    )
    source = put(db, "https://source.example/1")
    agency = outlet_row(db, Outlet(domain="agency.example", name="Agency", kind="agency"))
    phantom = put_phantom(db, outlet=agency, key="k", seen=NOON)
    words = Reason(kind="source_line", weight=3.0, quote=f"Source: {HOSTILE}", region="tail")
    link(db, copy, source, reasons=(words,))
    link(db, source, phantom, relation="credits")
    put(db, "https://alone.example/1", title="قطار بلا سائق", text="نص عن قطار بلا سائق وصل إلى المدينة.")
    put(db, "https://walled.example/1", kind="unreadable", text="", reason="a consent wall")
    linking.mark_judged(db, [row["id"] for row in db.query("SELECT id FROM versions")], "1")
    put(db, "https://late.example/1", text="A page that came after the last time the pages were linked.")
    db.close()
    return path


@pytest.fixture
def asked():
    """`asked(path)("/-/trace?url=...")`: answers without a socket."""

    def over(path, tools=None):
        shown = browser(path, tools or Tools())
        return lambda address, **more: asyncio.run(shown.client.get(address, **more))

    return over
