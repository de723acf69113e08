import random
import time

import pytest

from db.export import EXPORTS
from db.records import Link, Outlet
from db.store import open_db, outlet_row, put_article, put_links, put_phantom
from db.stories import all_stories

SURE = {"p_related": 1, "p_direction": 1, "p_direct": 0.99, "status": "accepted"}


@pytest.fixture
def stories(db):
    return lambda **how: list(EXPORTS["stories"](db, **how))


@pytest.fixture
def page(db, made, noon):
    """Stores a page by a letter, published at an hour; gives its id."""

    def store(letter, hour=None, **more):
        when = None if hour is None else noon.replace(hour=hour)
        return put_article(
            db, made(f"https://{letter}.example/1", title=letter, published=when, **more)
        ).article

    return store


def tie(db, child, source, relation="republishes", **more):
    put_links(
        db, [Link(child=child, source=source, relation=relation, **SURE | more)], rule_version="1", run=None
    )


def phantom(db, noon, name="Wire", key="k"):
    return put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name=name)), key=key, seen=noon)


def test_a_story_is_what_accepted_links_connect(db, page, stories):
    a, b, c = page("a", 8, language="en"), page("b", 9, language="ro"), page("c", 10)
    tie(db, b, a)
    tie(db, c, a, status="candidate")
    page("d")
    (story,) = stories()
    assert {k: story[k] for k in story if k != "id"} == {
        "first_seen": "2026-03-01T12:00:00+00:00",
        "published": "2026-03-01T08:00:00+00:00",
        "title": "a",
        "outlets": ["a.example", "b.example"],
        "articles": 2,
        "phantoms": [],
        "furthest_back": "https://a.example/1",
        "languages": ["en", "ro"],
        "urls": ["https://a.example/1", "https://b.example/1"],
    }
    assert len(stories(all_=True)) == 3
    told = {row["url"]: row["story"] for row in EXPORTS["articles"](db)}
    assert told == {
        "https://a.example/1": story["id"],
        "https://b.example/1": story["id"],
        "https://c.example/1": None,
        "https://d.example/1": None,
    }


def test_a_weak_or_rejected_link_makes_no_story(db, page, stories):
    tie(db, page("b"), page("a"), p_direct=0.4)
    tie(db, page("c"), page("d"), status="rejected")
    assert stories() == []


def test_an_unseen_source_is_told_as_one(db, noon, page, stories):
    wire = phantom(db, noon)
    b, c = page("b", 9), page("c", 8)
    tie(db, b, wire)
    tie(db, c, wire)
    tie(db, b, c, "sibling")
    (story,) = stories()
    assert (story["furthest_back"], story["phantoms"]) == ("Wire: named, page not seen", ["Wire"])
    assert (story["articles"], story["title"]) == (2, "c")


def test_an_id_stays_while_the_story_grows_at_its_end(db, noon, page, stories):
    wire = phantom(db, noon)
    b = page("b", 9)
    tie(db, b, wire)
    (before,) = stories()
    tie(db, page("a", 10), b)
    tie(db, page("c", 11), wire)
    (after,) = stories()
    assert (after["id"], after["articles"]) == (before["id"], 3)


def test_an_id_changes_when_a_source_further_back_is_found(db, page, stories):
    b = page("b", 9)
    tie(db, page("c", 10), b)
    (before,) = stories()
    tie(db, b, page("a", 8))
    (after,) = stories()
    assert before["id"] != after["id"]


def test_of_several_sources_the_earliest_gives_the_id_and_pages_come_before_phantoms(db, noon, page, stories):
    z = page("z", 7)
    c = page("c", 10)
    tie(db, c, z)
    tie(db, c, page("a", 9))
    tie(db, c, page("b"))
    tie(db, c, phantom(db, noon, key="other"))
    assert stories()[0]["furthest_back"] == "https://z.example/1"


@pytest.mark.parametrize("seed", range(3))
def test_ids_are_of_the_content_whatever_the_order_of_storing(made, noon, seed):
    told = set()
    for order in (seed, seed + 100):
        db = open_db(":memory:")
        letters = list("abcdefg")
        random.Random(order).shuffle(letters)
        ids = {
            x: put_article(db, made(f"https://{x}.example/1", hours=n)).article for n, x in enumerate(letters)
        }
        pairs = ["ba", "ca", "dc", "fe", "gf"]
        random.Random(order).shuffle(pairs)
        for child, source in pairs:
            tie(db, ids[child], ids[source])
        told.add(frozenset((story.id, story.back["url"]) for story in all_stories(db)))
        db.close()
    assert len(told) == 1
    assert len(told.pop()) == 2


def test_a_circle_is_a_story_and_ends(linked, stories):
    linked("ba", "cb", "ac")
    assert [story["articles"] for story in stories()] == [3]


def test_a_relay_of_two_unseen_sources_is_one_story(db, noon, page, stories):
    relay, origin = phantom(db, noon, "Relay", "1"), phantom(db, noon, "Origin", "2")
    tie(db, page("b"), relay)
    tie(db, relay, origin, "credits")
    (story,) = stories()
    assert (story["furthest_back"], story["phantoms"]) == (
        "Origin: named, page not seen",
        ["Origin", "Relay"],
    )


def test_many_stories_are_told_in_seconds(db):
    with db.conn:
        db.conn.execute(
            "INSERT INTO outlets (id, domain, name, kind, origin) "
            "VALUES (1, 'a.example', 'A', 'outlet', 'page')"
        )
        db.conn.executemany(
            "INSERT INTO articles (id, outlet_id, url, kind, first_seen, last_seen) "
            "VALUES (?, 1, 'https://a.example/' || ?, 'article', '2026-03-01', '2026-03-01')",
            ((n, n) for n in range(1, 84_001)),
        )
        db.conn.executemany(
            "INSERT INTO links (child_id, source_id, relation, p_related, p_direction, p_direct, status, "
            "decided_by, rule_version) VALUES (?, ?, 'republishes', 1, 1, 1, 'accepted', 'rule', '1')",
            ((n, n - n % 6) for n in range(6, 84_001) if n % 6),
        )
    start = time.perf_counter()
    count = sum(1 for _ in EXPORTS["stories"](db))
    assert count == 13_999
    assert time.perf_counter() - start < 10
