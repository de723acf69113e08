import csv
import io
import json

import pytest

from db.export import COLUMNS, EXPORTS, to_csv, to_jsonl
from db.records import Alias, Link, Match, Outlet
from db.store import outlet_row, put_article, put_links, put_matches, put_outlets, put_phantom

SHARES = {"jaccard": 0.25, "shared_words": 50, "longest_run": 20}


@pytest.fixture
def told(db):
    return lambda what, **how: list(EXPORTS[what](db, **how))


@pytest.mark.parametrize("what", EXPORTS)
def test_every_row_has_the_columns_of_its_export_in_order(db, linked, made, credit, told, what):
    linked("ba", "ab", "ca", relation="republishes")
    put_article(db, made("https://d.example/1", evidence=(credit(),)))
    put_matches(db, [Match(a=1, b=2, a_in_b=0.9, b_in_a=0.4, **SHARES)])
    for how in ({}, {"all_": True}):
        found = told(what, **how)
        assert found
        assert {tuple(row) for row in found} == {COLUMNS[what]}


CONTRACT = {
    "articles": "url urls domain outlet title published language kind first_seen",
    "matches": "a_url b_url containment jaccard shared_words longest_run",
    "evidence": "url kind quote region source_name domain target_url",
    "links": "id child_url child_domain parent_url parent_domain parent_name relation p_related p_direction "
    "p_direct containment jaccard shared_words status decided_by credited evidence",
}


@pytest.mark.parametrize("what", CONTRACT)
def test_the_documented_keys_come_first(what):
    keys = CONTRACT[what].split()
    assert list(COLUMNS[what][: len(keys)]) == keys


def test_articles_name_all_their_urls_and_phantoms_are_left_out(db, made, told, noon):
    put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="X")), key="k", seen=noon)
    put_article(db, made(urls=(("https://a.example/0", "redirect"),), language="en", published=noon))
    assert told("articles") == [
        {
            "url": "https://a.example/1",
            "urls": ["https://a.example/0", "https://a.example/1"],
            "domain": "a.example",
            "outlet": "a.example",
            "title": "Bridge",
            "published": "2026-03-01T12:00:00+00:00",
            "language": "en",
            "kind": "article",
            "first_seen": "2026-03-01T12:00:00+00:00",
            "story": None,
        }
    ]


def test_matches_are_of_the_newest_texts_and_tell_the_smaller_in_the_larger(db, made, told):
    old = put_article(db, made("https://b.example/1", text="old")).version
    other = put_article(db, made("https://a.example/1", text="other")).version
    new = put_article(db, made("https://b.example/1", text="new", hours=1)).version
    put_matches(db, [Match(a=old, b=other, a_in_b=0.1, b_in_a=0.2, **SHARES)])
    put_matches(db, [Match(a=other, b=new, a_in_b=0.3, b_in_a=0.7, **SHARES)])
    put_matches(db, [Match(a=old, b=new, a_in_b=0.5, b_in_a=0.5, **SHARES)])
    assert told("matches") == [
        {"a_url": "https://a.example/1", "b_url": "https://b.example/1", "containment": 0.7, **SHARES}
    ]
    assert len(told("matches", all_=True)) == 3


def test_links_stand_when_accepted_and_direct_and_siblings_turn_to_the_smaller_url(db, linked, told):
    ids = linked("ba")
    linked("ca", p_direct=0.4)
    linked("da", status="rejected")
    linked("ea", status="candidate")
    linked("cb", relation="sibling", p_direct=0.2, child_version=4, source_version=1, containment=0.9)
    one, other = sorted((1, 4))
    put_matches(db, [Match(a=one, b=other, a_in_b=0.6, b_in_a=0.9, **SHARES)])
    found = told("links")
    assert [(row["child_url"], row["parent_url"], row["relation"]) for row in found] == [
        ("https://b.example/1", "https://a.example/1", "republishes"),
        ("https://b.example/1", "https://c.example/1", "sibling"),
    ]
    assert (found[1]["child"], found[1]["containment"]) == (ids["b"], 0.6)
    assert len(told("links", all_=True)) == 5
    assert found[0]["evidence"] == [
        {"kind": "source_line", "quote": "Source: x", "region": "", "weight": 2.0}
    ]


def test_a_link_to_a_phantom_has_no_parent_url(db, made, told, noon):
    wire = outlet_row(db, Outlet(domain="wire.example", name="The Wire"))
    phantom = put_phantom(db, outlet=wire, key="k", seen=noon)
    child = put_article(db, made()).article
    facts = {"relation": "credits", "p_related": 1, "p_direction": 1, "p_direct": 1, "status": "accepted"}
    put_links(db, [Link(child=child, source=phantom, **facts)], rule_version="1", run=None)
    (row,) = told("links")
    assert (row["parent_url"], row["parent_domain"], row["parent_name"]) == (None, "wire.example", "The Wire")
    (row,) = told("chains")
    assert (row["chain"], row["hops"], row["origins"]) == ("The Wire -> a.example", 1, ["The Wire"])


def test_evidence_is_of_the_newest_version_and_names_the_outlet_meant(db, made, credit, told):
    put_article(db, made(evidence=(credit("Source: Old", "Old"),)))
    put_article(db, made(text="new", evidence=(credit(domain="reader.example"),), hours=1))
    (row,) = told("evidence")
    assert (row["quote"], row["source_name"], row["domain"]) == (
        "Source: The Harbour Post",
        "The Harbour Post",
        "reader.example",
    )
    judged = outlet_row(db, Outlet(domain="harbour.example", name="The Harbour Post"))
    db.execute("UPDATE evidence SET outlet_id = ? WHERE name = 'The Harbour Post'", [judged])
    assert told("evidence")[0]["domain"] == "harbour.example"
    assert len(told("evidence", all_=True)) == 2


def test_outlets_tell_their_aliases_and_pages(db, made, told):
    put_outlets(db, [Outlet(domain="a.example", name="A", aliases=(Alias(text="Ay"),))], "catalogue")
    put_article(db, made())
    (row,) = told("outlets")
    assert (row["name"], row["aliases"], row["articles"], row["origin"]) == ("A", ["Ay"], 1, "catalogue")


@pytest.mark.parametrize(
    ("pairs", "chain", "hops", "origins"),
    [
        (("dc", "ca", "cb"), "a.example and b.example -> c.example -> d.example", 2, "ab"),
        (("dc", "ca", "cb", "db"), "a.example and b.example -> c.example -> d.example", 2, "ab"),
        (("da",), "a.example -> d.example", 1, "a"),
    ],
)
def test_a_chain_reads_from_its_sources_to_the_page(linked, told, pairs, chain, hops, origins):
    linked(*pairs)
    row = next(row for row in told("chains") if row["url"] == "https://d.example/1")
    assert (row["chain"], row["hops"]) == (chain, hops)
    assert sorted(row["origins"]) == [f"https://{letter}.example/1" for letter in origins]


def test_a_circle_has_a_row_and_no_origin(linked, told):
    linked("ba", "cb", "ac")
    assert [row["origins"] for row in told("chains")] == [[], [], []]


def test_each_json_line_is_one_line_for_every_reader():
    file = io.StringIO()
    rows = [{"title": "one\u2028two\u2029three\x85four\nfive"}, {"title": "știre"}]
    assert to_jsonl(iter(rows), file) == 2
    lines = file.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert "știre" in lines[1]


def test_a_spreadsheet_runs_nothing_from_a_csv():
    file = io.StringIO(newline="")
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "plain", -1.5, None, ["a", {"b": 1}]]
    names = [f"c{n}" for n in range(len(cells))]
    assert to_csv([dict(zip(names, cells, strict=True))], file, names) == 1
    header, row = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert header == names
    assert row == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "plain", "-1.5", "", '["a", {"b": 1}]']


def test_an_empty_csv_still_names_its_columns():
    file = io.StringIO(newline="")
    assert to_csv([], file, COLUMNS["matches"]) == 0
    assert file.getvalue() == "a_url,b_url,containment,jaccard,shared_words,longest_run\r\n"
