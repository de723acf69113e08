"""What triggers count while rows are written is what a count of the rows would give, whatever happens."""

import random

import pytest

from db import flow_days, tallies
from db.check import check
from db.coverage import coverage
from db.forget import forget
from db.frontier import put_found
from db.judgements import judge
from db.links import delete_links
from db.lookup import counts
from db.open import open_db
from db.records import Link, Outlet
from db.store import outlet_row, put_article, put_links, put_phantom

A, B, C = (f"https://{letter}.example/1" for letter in "abc")


def kept(db):
    return [*tallies.wrong(db), *flow_days.wrong(db)]


def days(db):
    return db.execute("SELECT relation, credited, day, links FROM flow_days WHERE links > 0").fetchall()


@pytest.fixture
def sure():
    return {
        "p_related": 1,
        "p_direction": 1,
        "p_direct": 0.99,
        "status": "accepted",
        "relation": "republishes",
    }


def test_a_fresh_database_counts_nothing(db):
    assert kept(db) == []
    assert set(tallies.tallies(db).values()) == {0}


def test_every_kind_of_article_is_counted(db, made, noon):
    put_article(db, made(A))
    put_article(db, made(B, kind="unreadable", text="", reason="a wall"))
    put_article(db, made(C, kind="stub"))
    put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="Wire")), key="k", seen=noon)
    told = tallies.tallies(db)
    assert {name: told[name] for name in ("articles", "unreadable", "stub", "phantoms", "unlinked")} == {
        "articles": 3, "unreadable": 1, "stub": 1, "phantoms": 1, "unlinked": 2,
    }  # fmt: skip
    assert kept(db) == []


def test_an_article_waits_until_its_newest_text_is_judged(db, made):
    put_article(db, made(A))
    db.execute("INSERT INTO judged SELECT id, '1' FROM versions")
    assert tallies.tallies(db)["unlinked"] == 0
    put_article(db, made(A, text="changed", hours=1))
    assert coverage(db)["not_looked_at"] == ["1 article not linked yet"]
    db.execute("INSERT OR REPLACE INTO judged SELECT id, '1' FROM versions")
    db.execute("DELETE FROM judged WHERE version_id = 1")  # an older text need not be judged again
    assert tallies.tallies(db)["unlinked"] == 0
    db.execute("DELETE FROM judged")
    assert tallies.tallies(db)["unlinked"] == 1
    assert kept(db) == []


def test_addresses_of_the_frontier_are_counted_as_their_state_changes(db, noon):
    put_found(db, [(url, "a.example", "article", None, noon) for url in (A, B)])
    db.execute("UPDATE frontier SET state = 'failed' WHERE url = ?", [A])
    told = tallies.tallies(db)
    assert (told["due"], told["articles due"], told["articles failed"]) == (1, 1, 1)
    assert kept(db) == []


def test_flows_follow_the_links_and_the_pages(db, linked, made, noon):
    ids = linked("ba")
    assert days(db) == [("republishes", "unknown", "2026-03-01", 1)]
    put_article(db, made(B, text="text of b", published=noon.replace(day=4), hours=1))
    assert days(db) == [("republishes", "unknown", "2026-03-04", 1)]
    linked("ba", credited="full", relation="excerpts")
    assert days(db) == [("excerpts", "full", "2026-03-04", 1)]
    other = outlet_row(db, Outlet(domain="z.example", name="Z"))
    db.execute("UPDATE articles SET outlet_id = ? WHERE id IN (?, ?)", [other, ids["a"], ids["b"]])
    assert days(db) == []  # within one outlet nobody takes from another
    assert kept(db) == []


@pytest.mark.parametrize("gone", [A, B, "a.example"])
def test_what_is_forgotten_is_counted_no_more(db, linked, noon, gone):
    linked("ba", "ca")
    forget(db, gone, noon)
    assert len(days(db)) == (1 if gone == B else 0)
    assert check(db) == []


def test_links_within_an_unseen_source_a_judgement_and_a_lost_link_keep_the_counts(db, linked, noon):
    linked("ba", "cb")
    judge(db, B, A, "reject", note="", by="me", now=noon)
    assert counts(db)["judged"] == 1
    delete_links(db, [2])
    assert days(db) == []
    assert kept(db) == []


@pytest.mark.parametrize("seed", range(6))
def test_after_many_changes_in_any_order_the_counts_are_right(db, made, noon, sure, seed):
    dice = random.Random(seed)
    for step in range(60):
        letter = dice.choice("abcdef")
        url = f"https://{letter}.example/{dice.randrange(3)}"
        pages = [row["id"] for row in db.query("SELECT id FROM articles")]
        match dice.randrange(7):
            case 0 | 1 | 2:
                kind = dice.choice(("article", "article", "unreadable", "stub", "section"))
                text = "" if kind == "unreadable" else f"text {dice.randrange(4)}"
                day = dice.choice((None, noon.replace(day=dice.randrange(1, 5))))
                put_article(db, made(url, kind=kind, text=text, hours=step, published=day))
            case 3 | 4 if len(pages) > 1:
                child, source = dice.sample(pages, 2)
                facts = sure | {
                    "p_direct": dice.choice((0.4, 0.9)),
                    "credited": dice.choice(("full", "other")),
                }
                facts |= {"relation": dice.choice(("republishes", "sibling", "credits"))}
                put_links(db, [Link(child=child, source=source, **facts)], rule_version="1", run=None)
            case 5:
                db.execute("INSERT OR REPLACE INTO judged SELECT id, '1' FROM newest_versions")
            case 6 if step % 3 == 0 and pages:
                db.execute("DELETE FROM articles WHERE url = ?", [url])
        assert kept(db) == [], step


def test_a_wrong_count_is_told_by_check(db, linked):
    linked("ba")
    db.execute("UPDATE tallies SET n = 7 WHERE name = 'articles'")
    db.execute("DELETE FROM flow_days")
    told = check(db)
    assert "the kept count 'articles' says 7, the rows are 2" in told
    assert any("taking from outlet" in words for words in told)


def test_a_mark_on_an_older_text_ends_no_waiting(db, made):
    put_article(db, made(A, text="As it was first told."))
    put_article(db, made(A, text="As it was told an hour later.", hours=1))
    db.execute("INSERT INTO judged SELECT min(id), '1' FROM versions")
    assert tallies.tallies(db)["unlinked"] == 1
    db.execute("INSERT INTO judged SELECT max(id), '1' FROM versions")
    assert tallies.tallies(db)["unlinked"] == 0
    assert kept(db) == []


def test_what_waits_in_a_database_of_an_older_version_still_waits(tmp_path, made):
    path = tmp_path / "news.db"
    db = open_db(path, create=True)
    for url in (A, B):
        put_article(db, made(url))
    db.execute("INSERT INTO judged SELECT min(id), '1' FROM versions")
    db.execute("DROP TABLE unlinked")
    db.execute("CREATE TABLE unlinked (article_id INTEGER PRIMARY KEY) STRICT")
    db.execute("INSERT INTO unlinked SELECT max(id) FROM articles")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'waiting_versions'")
    db.close()
    db = open_db(path)
    assert tallies.tallies(db)["unlinked"] == 1
    assert kept(db) == []
    db.execute("INSERT INTO judged SELECT max(id), '1' FROM versions")
    assert tallies.tallies(db)["unlinked"] == 0
