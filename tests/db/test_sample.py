import csv
import io

import pytest

from db.export import to_csv
from db.judgements import judge
from db.records import Evidence, Link, Match, Outlet
from db.sample import COLUMNS, allot, sample
from db.store import outlet_row, put_article, put_links, put_matches, put_phantom

SHARES = {"jaccard": 0.25, "shared_words": 50, "longest_run": 20}


def strata(rows):
    return {row["stratum"] for row in rows}


@pytest.fixture
def world(db, linked, made, noon):
    """A database with something in every stratum; gives the article ids by letter."""
    ids = linked("ba")
    linked("ca", p_direct=0.8, relation="excerpts")
    linked("da", status="candidate")
    linked("cb", relation="sibling", p_direct=0.2)
    ids |= linked("ea", p_direct=0.3)
    wire = put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="The Wire")), key="k", seen=noon)
    facts = {"relation": "credits", "p_related": 1, "p_direction": 1, "p_direct": 0.85, "status": "accepted"}
    put_links(db, [Link(child=ids["d"], source=wire, **facts)], rule_version="1", run=None)
    f, g = (put_article(db, made(f"https://{x}.example/1", text=x)) for x in "fg")
    put_matches(db, [Match(a=f.version, b=g.version, a_in_b=0.3, b_in_a=0.4, **SHARES)])
    body_link = Evidence(kind="body_link", quote="as told", region="body", target_url="https://f.example/1")
    put_article(db, made("https://h.example/1", evidence=(body_link,)))
    return ids


ALL = {
    "accepted, certain, republishes",
    "accepted, likely, excerpts",
    "accepted, likely, credits, page not seen",
    "sibling",
    "candidate",
    "not linked, shared text",
    "not linked, named",
}


def test_every_kind_of_pair_can_be_drawn(db, world):
    rows = sample(db, 100, 0)
    assert strata(rows) == ALL
    assert {tuple(row) for row in rows} == {COLUMNS}
    assert len({(row["child_url"], row["source_url"]) for row in rows}) == len(rows) == 8
    by = {row["stratum"]: row for row in rows}
    unseen = by["accepted, likely, credits, page not seen"]
    assert (unseen["source_url"], unseen["source_title"]) == (
        "phantom:The Wire",
        "The Wire: named, page not seen",
    )
    assert by["accepted, certain, republishes"]["quote"] == "Source: x"
    apart = by["not linked, shared text"]
    assert (apart["child_url"], apart["source_url"]) == ("https://g.example/1", "https://f.example/1")
    assert apart["containment"] == 0.4
    named = by["not linked, named"]
    assert (named["child_url"], named["quote"]) == ("https://h.example/1", "as told")
    assert by["candidate"]["stratum_size"] == 2


def test_a_seed_draws_the_same_whatever_the_rows_are_called(db, linked):
    letters = "bcdefghij"
    linked(*(f"{x}a" for x in letters))
    drawn = [row["child_url"] for row in sample(db, 4, 7)]
    assert drawn == [row["child_url"] for row in sample(db, 4, 7)]
    db.execute("DELETE FROM link_evidence")
    db.execute("UPDATE links SET id = 1000 - id")
    assert drawn == [row["child_url"] for row in sample(db, 4, 7)]
    assert any([row["child_url"] for row in sample(db, 4, seed)] != drawn for seed in range(8, 12))


def test_weights_stand_for_the_whole(db, linked):
    linked(*(f"{x}a" for x in "bcdefghij"))
    linked("kb", "lb", status="candidate")
    rows = sample(db, 5, 0)
    assert sum(row["weight"] for row in rows) == pytest.approx(11, abs=0.001)


@pytest.mark.parametrize(
    ("sizes", "total", "given"),
    [
        ({"a": 5}, 9, {"a": 5}),
        ({"a": 100, "b": 1}, 1, {"a": 1, "b": 0}),
        ({"a": 100, "b": 1}, 2, {"a": 1, "b": 1}),
        ({"a": 10_000, "b": 100}, 11, {"a": 10, "b": 1}),
        ({}, 5, {}),
    ],
)
def test_each_stratum_gets_its_part(sizes, total, given):
    assert allot(sizes, total) == given


def test_nothing_to_draw_is_an_empty_file(db):
    assert sample(db, 10, 0) == []


def test_what_a_person_decided_is_not_drawn_again(db, linked, noon):
    linked("ba")
    judge(db, "https://b.example/1", "https://a.example/1", "reject", note="", by="", now=noon)
    assert sample(db, 10, 0) == []


def test_pages_of_one_house_are_no_pair(db, made):
    house = {"family": "a.example", "name": "A"}
    versions = [
        put_article(db, made(f"https://{d}/1", text=d, outlet=Outlet(domain=d, **house))).version
        for d in ("a.example", "en.a.example")
    ]
    put_matches(db, [Match(a=versions[0], b=versions[1], a_in_b=1, b_in_a=1, **SHARES)])
    assert sample(db, 10, 0) == []


def test_titles_and_quotes_of_pages_run_nothing_in_a_spreadsheet(db, made):
    child, source = (
        put_article(db, made(f"https://{x}.example/1", title="=cmd|' /C'!A0\x1b\n+1")) for x in "ab"
    )
    facts = {"relation": "republishes", "p_related": 1, "p_direction": 1, "p_direct": 1, "status": "accepted"}
    put_links(db, [Link(child=child.article, source=source.article, **facts)], rule_version="1", run=None)
    file = io.StringIO(newline="")
    to_csv(sample(db, 1, 0), file, COLUMNS)
    (row,) = csv.DictReader(io.StringIO(file.getvalue(), newline=""))
    assert row["child_title"] == row["source_title"] == "'=cmd|' /C'!A0 +1"
