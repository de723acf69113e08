import pytest

from db.errors import BadInput, UnknownArticle, UnknownLink
from db.find import find_article
from db.records import Link, Match, Outlet, Passage, Reason
from db.store import (
    check,
    delete_links,
    judge,
    judgements,
    merge,
    outlet_row,
    put_article,
    put_links,
    put_matches,
    put_phantom,
    replace_links,
)

A, B, C = (f"https://{letter}.example/1" for letter in "abc")


def _rows(db, table):
    return db.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()


def _link(child, source, **more):
    facts = {
        "relation": "republishes",
        "p_related": 0.9,
        "p_direction": 0.9,
        "p_direct": 0.9,
        "status": "accepted",
    }
    return Link(child=child, source=source, **facts | more)


def _match(jaccard=0.5, words=7):
    passage = Passage(a_start=0, a_end=9, b_start=3, b_end=12, words=words)
    shares = {"a_in_b": 0.9, "b_in_a": 0.5, "jaccard": jaccard, "shared_words": words, "longest_run": words}
    return Match(a=1, b=2, passages=(passage,), **shares)


def test_a_match_is_replaced_and_keeps_its_id(db, linked):
    linked("ba")
    put_matches(db, [_match()])
    put_matches(db, [_match(jaccard=0.6, words=8)])
    assert db.execute("SELECT id, jaccard FROM matches").fetchall() == [(1, 0.6)]
    assert db.execute("SELECT words FROM passages").fetchall() == [(8,)]


def test_storing_the_same_match_and_links_changes_no_row(db, linked):
    linked("ba")
    put_matches(db, [_match()])
    links = [_link(1, 2, reasons=(Reason(kind="match", weight=1.5, match=1),))]
    put_links(db, links, rule_version="1", run=None)
    before = db.conn.total_changes
    put_matches(db, [_match()])
    assert put_links(db, links, rule_version="1", run=None) == 0
    assert replace_links(db, [1, 2], links, rule_version="1", run=None) == 0
    assert db.conn.total_changes == before


def test_a_match_names_the_smaller_version_first(db):
    with pytest.raises(ValueError, match="smaller version"):
        put_matches(db, [Match(a=2, b=1, a_in_b=1, b_in_a=1, jaccard=1, shared_words=1, longest_run=1)])


def test_a_story_judged_again_keeps_what_stands_and_drops_what_does_not(db, linked):
    ids = linked("ba", "ca", "cb")
    before = {row[0]: row for row in _rows(db, "links")}
    stays = _link(ids["b"], ids["a"], reasons=(Reason(kind="new", weight=1),))
    assert replace_links(db, ids.values(), [stays], rule_version="2", run=None) == 3
    assert [row[0] for row in _rows(db, "links")] == [min(before)]
    assert db.execute("SELECT kind FROM link_evidence").fetchall() == [("new",)]


def _told(db):
    links = "SELECT id, child_id, source_id, p_direct, status, decided_by FROM links ORDER BY id"
    reasons = "SELECT link_id, kind, weight, quote FROM link_evidence ORDER BY link_id, id"
    return db.execute(links).fetchall(), db.execute(reasons).fetchall()


@pytest.mark.parametrize("judged", [False, True])
def test_links_written_together_are_those_written_one_by_one(db, linked, noon, judged):
    ids = linked("ba", "ca", "dc")
    if judged:
        judge(db, B, A, "reject", note="", by="Ana", now=noon)
    new = Reason(kind="new", weight=1)
    links = [
        _link(ids["b"], ids["a"], reasons=(new,)),
        _link(ids["c"], ids["a"], p_direct=0.8, reasons=(new, Reason(kind="time", weight=-1, quote="x"))),
        _link(ids["d"], ids["a"], status="candidate"),
        _link(ids["d"], ids["b"], reasons=(new,)),
        _link(ids["d"], ids["a"], p_direct=0.7, reasons=(new,)),
    ]

    def written(put):
        db.execute("SAVEPOINT before")
        changed = put()
        found = _told(db)
        db.execute("ROLLBACK TO before")
        db.execute("RELEASE before")
        return changed, found

    together = written(lambda: put_links(db, links, rule_version="2", run=None))
    alone = written(lambda: sum(put_links(db, [link], rule_version="2", run=None) for link in links))
    assert together == alone
    assert {row[1:3] for row in together[1][0]} >= {(ids["d"], ids["a"]), (ids["d"], ids["b"])}


def test_links_outside_the_story_stay(db, linked):
    ids = linked("ba", "dc")
    replace_links(db, [ids["a"], ids["b"]], [], rule_version="2", run=None)
    assert [(row[1], row[2]) for row in _rows(db, "links")] == [(ids["d"], ids["c"])]


@pytest.mark.parametrize(("verdict", "status"), [("accept", "accepted"), ("reject", "rejected")])
def test_what_a_person_decided_is_never_overwritten(db, linked, noon, verdict, status):
    ids = linked("ba", p_direct=0.6)
    judge(db, B, A, verdict, note="seen the contract", by="Ana", now=noon)
    again = _link(ids["b"], ids["a"], status="candidate", p_direct=0.1, containment=0.7, relation="quotes")
    put_links(db, [again], rule_version="2", run=None)
    row = db.execute("SELECT status, decided_by, containment, relation FROM links").fetchone()
    assert row == (status, "human", 0.7, "republishes")
    assert db.execute("SELECT quote FROM link_evidence WHERE kind = 'judgement'").fetchall() == [
        ("seen the contract",)
    ]
    replace_links(db, ids.values(), [], rule_version="3", run=None)
    assert len(_rows(db, "links")) == 1
    assert judgements(db) == {(B, A): verdict}


def test_a_person_can_link_what_no_rule_linked(db, made, noon):
    for url in (A, B):
        put_article(db, made(url))
    judge(db, B, A, "accept", note="", by="Ana", now=noon)
    row = db.execute("SELECT relation, p_direct, status, decided_by FROM links").fetchone()
    assert row == ("republishes", 1.0, "accepted", "human")


def test_accepting_settles_the_direction_of_a_pair(db, linked, noon):
    ids = linked("ab", relation="sibling", p_direction=0.5, containment=0.3)
    judge(db, B, A, "accept", note="", by="", now=noon)
    assert db.execute("SELECT child_id, source_id, relation FROM links").fetchall() == [
        (ids["b"], ids["a"], "republishes")
    ]
    put_links(db, [_link(ids["a"], ids["b"])], rule_version="2", run=None)
    assert len(_rows(db, "links")) == 1


def test_accepting_one_way_rejects_the_other(db, linked, noon):
    linked("ab")
    judge(db, B, A, "accept", note="", by="", now=noon)
    assert db.execute("SELECT status FROM links ORDER BY id").fetchall() == [("rejected",), ("accepted",)]
    assert check(db) == []


def test_the_last_word_of_several_people_counts(db, linked, noon):
    linked("ba")
    judge(db, B, A, "reject", note="", by="Ana", now=noon.replace(hour=13))
    judge(db, B, A, "accept", note="", by="Ion", now=noon)
    assert judgements(db) == {(B, A): "reject"}


def test_a_verdict_must_be_possible(db, linked, made, noon):
    linked("ba")
    put_article(db, made(C))
    said = {"note": "", "by": "", "now": noon}
    with pytest.raises(UnknownLink, match="newstrace trace"):
        judge(db, C, A, "reject", **said)
    with pytest.raises(UnknownArticle, match="newstrace fetch"):
        judge(db, B, "https://z.example/9", "accept", **said)
    with pytest.raises(BadInput, match="maybe"):
        judge(db, B, A, "maybe", **said)
    with pytest.raises(BadInput, match="one article"):
        judge(db, B, B, "accept", **said)
    assert judgements(db) == {}


def test_a_phantom_is_one_row_until_its_page_is_met(db, made, noon):
    agency = outlet_row(db, Outlet(domain="agency.example", name="Agency"))
    phantom = put_phantom(db, outlet=agency, key="k", seen=noon)
    assert put_phantom(db, outlet=agency, key="k", seen=noon) == phantom
    child = put_article(db, made(B)).article
    put_links(db, [_link(child, phantom)], rule_version="1", run=None)
    real = put_article(db, made("https://agency.example/1")).article
    merge(db, phantom, real)
    assert put_phantom(db, outlet=agency, key="k", seen=noon) == real
    assert db.execute("SELECT child_id, source_id FROM links").fetchall() == [(child, real)]
    assert (
        db.execute("SELECT first_seen FROM articles WHERE id = ?", [real]).fetchone()[0]
        == "2026-03-01T12:00:00+00:00"
    )
    assert check(db) == []


def test_a_phantom_without_links_goes(db, made, noon):
    agency = outlet_row(db, Outlet(domain="agency.example", name="Agency"))
    phantom = put_phantom(db, outlet=agency, key="k", seen=noon)
    child = put_article(db, made(B)).article
    put_links(db, [_link(child, phantom)], rule_version="1", run=None)
    delete_links(db, [1])
    assert db.execute("SELECT phantom FROM articles").fetchall() == [(0,)]


def test_judgements_follow_a_page_to_its_new_address(db, linked, made, noon):
    linked("ba")
    judge(db, B, A, "accept", note="", by="", now=noon)
    new = "https://b.example/new"
    put_article(db, made(new, canonical=new, urls=((B, "requested"),), hours=1))
    assert find_article(db, B)["url"] == new
    assert judgements(db) == {(new, A): "accept"}


def test_check_finds_what_is_wrong(db, linked):
    ids = linked("ba", "cb", "ac")
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute("DELETE FROM versions WHERE article_id = ?", [ids["a"]])
    db.execute("INSERT INTO evidence (version_id, kind, region, quote) VALUES (99, 'x', 'x', 'x')")
    forget_a_text = "INSERT INTO versions_fts (versions_fts, rowid, title, text) VALUES ('delete', 2, ?, ?)"
    db.execute(forget_a_text, ["Bridge", "text of a"])
    found = " / ".join(check(db))
    for words in (
        "circle",
        "without any version: https://a.example/1",
        "missing row of versions",
        "search index",
    ):
        assert words in found


def test_new_matches_beside_a_stored_one_are_all_kept(db, linked):
    linked("ba", "ca")
    put_matches(db, [_match()])
    further = Match(a=2, b=3, a_in_b=0.9, b_in_a=0.5, jaccard=0.4, shared_words=7, longest_run=7)
    put_matches(db, [further, _match(jaccard=0.6)])
    found = db.execute("SELECT id, version_a, version_b, jaccard FROM matches ORDER BY id").fetchall()
    assert [row[1:] for row in found] == [(1, 2, 0.6), (2, 3, 0.4)]
    assert found[0][0] == 1
