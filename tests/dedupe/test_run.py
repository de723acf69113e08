"""Linking a real database: in any order and any batches, after edits and losses, the same links."""

import random
from datetime import timedelta

import pytest

from db.export import links as exported
from db.outlets import fold
from db.progress import Tell, silent
from db.records import Article, Evidence, Outlet, Reading, TimeClaim
from db.store import check, forget, judge, open_db, put_article
from db.values import rows
from dedupe.run import link
from tests.dedupe.by_hand import NOW, text


def credit(kind, name, quote):
    return Evidence(kind=kind, quote=quote, region="tail", name=name)


def page(url, body, *evidence, hour=None, fetched=NOW):
    outlet = Outlet(domain=url.split("/")[2], name=url.split("/")[2].split(".")[0].title())
    times = ()
    if hour is not None:
        at = NOW - timedelta(days=1) + timedelta(hours=hour)
        times = (
            TimeClaim(
                kind="published", basis="jsonld", raw=at.isoformat(), earliest=at, latest=at, zone_known=True
            ),
        )
    reading = Reading(
        url=url,
        kind="article",
        title=url,
        text=body,
        times=times,
        evidence=evidence,
        published_basis="jsonld",
    )
    return Article(reading=reading, outlet=outlet, fetched=fetched)


WORLD = [
    page("http://wire.example/1", text(1, 2, 3, 4), hour=1),
    page("http://valley.example/1", text(1, 2, 3, 4, 20), credit("source_line", "Wire", "By: Wire"), hour=3),
    page("http://coast.example/1", text(1, 2, 3, 20), credit("source_line", "Valley", "Source: Valley")),
    page("http://hill.example/1", text(5, 6, 7), credit("agency_byline", "Polaris", "Polaris"), hour=2),
    page("http://lake.example/1", text(5, 6, 7), credit("agency_dateline", "Polaris", "(Polaris)"), hour=5),
    page("http://moor.example/1", text(8, 9, 1, 2, 10, 11), credit("reports_phrase", "Wire", "Wire reports")),
    page("http://fen.example/1", text(12, 13, 14), hour=1),
    page("http://marsh.example/1", text(12, 13, 14), hour=9),
    page("http://dale.example/1", text(15, 16, 17)),
]  # fmt: skip


def link_all(db):
    return link(db, now=NOW, tell=Tell(str, silent))


def told(db):
    """The links without ids, as people see them."""
    return sorted(
        (row["child_url"], row["parent_url"] or row["parent_name"], row["relation"], row["status"],
         round(row["p_direct"], 6), tuple(sorted((e["kind"], e["quote"]) for e in row["evidence"])))
        for row in exported(db, all_=True)
    )  # fmt: skip


@pytest.fixture(scope="module")
def at_once():
    db = open_db(":memory:")
    for article in WORLD:
        put_article(db, article)
    link_all(db)
    return told(db)


def test_the_world_is_linked_as_it_was_made(at_once):
    accepted = {
        (child, parent, relation) for child, parent, relation, status, *_ in at_once if status == "accepted"
    }
    assert accepted == {
        ("http://valley.example/1", "http://wire.example/1", "republishes"),
        ("http://coast.example/1", "http://valley.example/1", "republishes"),
        ("http://hill.example/1", "Polaris", "republishes"),
        ("http://lake.example/1", "Polaris", "republishes"),
        ("http://hill.example/1", "http://lake.example/1", "sibling"),
        ("http://moor.example/1", "http://wire.example/1", "excerpts"),
    }


@pytest.mark.parametrize("seed", range(6))
def test_the_order_and_the_batches_do_not_matter(at_once, seed):
    dice = random.Random(seed)
    db = open_db(":memory:")
    for article in dice.sample(WORLD, len(WORLD)):
        put_article(db, article)
        if dice.random() < 0.5:
            link_all(db)
    link_all(db)
    assert told(db) == at_once


def test_a_phantom_gives_way_to_its_page():
    db = open_db(":memory:")
    for article in WORLD[3:5]:
        put_article(db, article)
    link_all(db)
    assert {row["parent_url"] for row in exported(db)} == {None, "http://lake.example/1"}
    put_article(db, page("http://polaris.example/1", text(5, 6, 7), hour=0))
    link_all(db)
    assert {(row["child_url"], row["parent_url"]) for row in exported(db)} == {
        ("http://hill.example/1", "http://polaris.example/1"),
        ("http://lake.example/1", "http://polaris.example/1"),
    }


def test_linking_again_changes_nothing():
    db = open_db(":memory:")
    for article in WORLD:
        put_article(db, article)
    link_all(db)
    ids = [tuple(row) for row in rows(db, "SELECT id, child_id, source_id FROM links ORDER BY id")]
    assert link_all(db)["links changed"] == 0
    assert [tuple(row) for row in rows(db, "SELECT id, child_id, source_id FROM links ORDER BY id")] == ids


def test_an_edited_text_is_matched_and_judged_again():
    db = open_db(":memory:")
    for article in WORLD[:2]:
        put_article(db, article)
    link_all(db)
    changed = page("http://valley.example/1", text(30, 31, 32), fetched=NOW + timedelta(hours=1))
    put_article(db, changed)
    link_all(db)
    (match,) = rows(db, "SELECT count(*) AS n FROM matches")
    assert match["n"] == 1  # with the version that was copied
    (row,) = exported(db, all_=True)
    assert row["child_url"] == "http://valley.example/1"


def test_words_of_an_earlier_version_of_the_source_are_told_from_the_versions():
    db = open_db(":memory:")
    put_article(db, page("http://fen.example/1", text(12, 13, 14)))
    put_article(db, page("http://marsh.example/1", text(12, 13, 14)))
    put_article(db, page("http://fen.example/1", text(12, 13, 40), fetched=NOW + timedelta(hours=2)))
    link_all(db)
    (row,) = exported(db, all_=True)
    assert (row["child_url"], row["parent_url"]) == ("http://marsh.example/1", "http://fen.example/1")
    assert "earlier_version" in {e["kind"] for e in row["evidence"] if e["weight"] > 0}


def test_bare_initials_in_a_source_line_count_once_a_dateline_makes_them_an_agencys():
    db = open_db(":memory:")
    put_article(
        db, page("http://hill.example/1", text(5, 6, 7), credit("unplaced_source", "NPA", "Source: NPA"))
    )
    link_all(db)
    assert list(exported(db, all_=True)) == []
    put_article(
        db, page("http://lake.example/1", text(5, 6, 7), credit("agency_dateline", "NPA", "TOLLEN (NPA)"))
    )
    link_all(db)
    assert {(row["child_url"], row["parent_name"]) for row in exported(db) if row["parent_url"] is None} == {
        ("http://hill.example/1", "NPA"),
        ("http://lake.example/1", "NPA"),
    }


def test_forgetting_the_source_takes_its_links_away_and_leaves_the_credit():
    db = open_db(":memory:")
    for article in WORLD[:2]:
        put_article(db, article)
    link_all(db)
    forget(db, "http://wire.example/1", NOW)
    link_all(db)
    (row,) = exported(db)
    assert (row["child_url"], row["parent_url"], fold(row["parent_name"])) == (
        "http://valley.example/1",
        None,
        "wire",
    )


def polaris(db):
    """How each page's tie to the unseen Polaris, and to each other, stands."""
    return {
        (row["child_url"], row["parent_url"] or row["parent_name"]): row["status"]
        for row in exported(db, all_=True)
        if row["parent_name"] == "Polaris" or row["relation"] == "sibling"
    }


HILL, LAKE = "http://hill.example/1", "http://lake.example/1"


def test_what_a_person_said_of_an_unseen_source_outlives_its_story():
    db = open_db(":memory:")
    for article in WORLD:
        put_article(db, article)
    link_all(db)
    before = {(HILL, "Polaris"): "accepted", (LAKE, "Polaris"): "accepted", (HILL, LAKE): "accepted"}
    assert polaris(db) == before
    judge(db, HILL, "phantom:Polaris", "reject", note="", by="Ana", now=NOW)
    link(db, now=NOW, tell=Tell(str, silent), rebuild=True)
    after = {(HILL, "Polaris"): "rejected", (LAKE, "Polaris"): "accepted"}
    assert polaris(db) == after
    earlier = page("http://a.example/1", text(5, 6, 7), credit("agency_byline", "Polaris", "Polaris"), hour=1)
    put_article(db, earlier)  # the story is now called after this page
    link_all(db)
    grown = polaris(db)
    assert {pair: grown[pair] for pair in after} == after
    assert (HILL, LAKE) not in grown
    assert grown["http://a.example/1", LAKE] == "accepted"
    assert ("http://a.example/1", HILL) not in grown
    assert check(db) == []
    db.close()


def test_a_word_on_an_unseen_source_follows_it_to_its_page_when_that_is_met():
    db = open_db(":memory:")
    for article in WORLD:
        put_article(db, article)
    link_all(db)
    judge(db, HILL, "phantom:Polaris", "reject", note="", by="Ana", now=NOW)
    put_article(db, page("http://polaris.example/1", text(5, 6, 7), hour=0))
    link_all(db)
    met = "http://polaris.example/1"
    assert {pair: status for pair, status in polaris(db).items() if pair[1] == met} == {
        (HILL, met): "rejected",
        (LAKE, met): "accepted",
    }
    assert check(db) == []
    db.close()
