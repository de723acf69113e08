import json

import pytest

from db import chain as chains
from db.lookup import chain, counts, find_article, last_runs
from db.records import Link, Match, Outlet, Passage, Reason
from db.store import (
    end_run,
    judge,
    outlet_row,
    put_article,
    put_found,
    put_links,
    put_matches,
    put_phantom,
    start_run,
)


def url(letter):
    return f"https://{letter}.example/1"


def _seen(db, letter):
    """The chain of a page, its ids as letters."""
    found = chain(db, url(letter))
    letters = {node["id"]: (node["url"] or node["outlet"])[8:9] or "?" for node in found.nodes}
    return {
        "status": found.status,
        "nodes": "".join(sorted(letters.values())),
        "links": sorted(letters[link["child"]] + letters[link["parent"]] for link in found.links),
        "origins": "".join(letters[i] for i in found.origins),
        "copies": "".join(letters[i] for i in found.copies),
    }


def test_a_page_between_sees_all_sources_and_all_copies(db, linked):
    linked("ca", "cb", "dc", "ed", "xy")
    assert _seen(db, "c") == {
        "status": "traced",
        "nodes": "abcde",
        "links": ["ca", "cb", "dc", "ed"],
        "origins": "ab",
        "copies": "de",
    }


def test_a_diamond_is_walked_once(db, linked):
    linked("ba", "ca", "db", "dc", "ed")
    assert _seen(db, "e")["links"] == ["ba", "ca", "db", "dc", "ed"]
    assert _seen(db, "e")["origins"] == "a"
    assert _seen(db, "a")["copies"] == "bcde"


def test_a_circle_ends_and_is_spoken_of(db, linked):
    linked("ba", "cb", "ac")
    assert _seen(db, "b")["links"] == ["ac", "ba", "cb"]
    found = chain(db, url("b"))
    assert found.origins == []
    assert any("circle" in reason for reason in found.unknown)


def test_siblings_are_shown_and_not_walked(db, linked):
    linked("ab", relation="sibling", p_direction=0.5)
    linked("cb")
    seen = _seen(db, "a")
    assert (seen["status"], seen["nodes"], seen["links"]) == ("direction_unknown", "ab", ["ab"])
    assert any("carry the same text" in reason for reason in chain(db, url("a")).unknown)


def test_a_candidate_without_direction_is_told_as_unknown(db, linked):
    linked("ba", status="candidate", p_direction=0.5, p_direct=0.4)
    assert _seen(db, "b")["status"] == _seen(db, "a")["status"] == "direction_unknown"
    assert (
        "direction between https://b.example/1 and https://a.example/1 is not known"
        in chain(db, url("b")).unknown[0]
    )


def test_an_ancestor_that_the_chain_reaches_anyway_is_no_doubt(db, linked):
    linked("ba", "cb")
    linked("ca", status="candidate", p_direct=0.1)
    assert _seen(db, "c")["links"] == ["ba", "cb"]


@pytest.mark.parametrize(
    "weak", [{"status": "rejected"}, {"status": "candidate", "p_related": 0.3}, {"p_direct": 0.4}]
)
def test_links_that_do_not_stand_are_not_shown(db, linked, weak):
    linked("ba", **weak)
    seen = _seen(db, "b")
    assert (seen["status"], seen["nodes"], seen["links"], seen["origins"]) == ("nothing_found", "b", [], "")


def test_a_link_a_person_rejected_is_gone_from_the_chain(db, linked, noon):
    linked("ba")
    judge(db, url("b"), url("a"), "reject", note="", by="", now=noon)
    assert _seen(db, "b")["status"] == "nothing_found"


def test_a_phantom_is_an_origin_without_a_page(db, made, noon):
    agency = outlet_row(db, Outlet(domain="wire.example", name="The Wire", kind="agency"))
    phantom = put_phantom(db, outlet=agency, key="k", seen=noon)
    child = put_article(db, made(url("b"))).article
    facts = {"relation": "credits", "p_related": 1, "p_direction": 1, "p_direct": 0.8, "status": "accepted"}
    put_links(db, [Link(child=child, source=phantom, **facts)], rule_version="1", run=None)
    found = chain(db, url("b"))
    assert found.origins == [phantom]
    node = next(node for node in found.nodes if node["id"] == phantom)
    assert node["phantom"] is True
    assert (node["url"], node["outlet"], node["kind"]) == (None, "The Wire", "agency")
    assert (found.links[0]["parent_url"], found.links[0]["confidence"]) == (None, "likely")


def test_a_link_tells_its_reasons_and_longest_passages(db, linked):
    ids = linked("ba")
    passages = tuple(
        Passage(a_start=n, a_end=n + 2, b_start=100 + n, b_end=102 + n, words=n) for n in range(1, 15)
    )
    shares = {"a_in_b": 0.4, "b_in_a": 0.8, "jaccard": 0.3, "shared_words": 99, "longest_run": 14}
    put_matches(db, [Match(a=1, b=2, passages=passages, **shares)])
    reasons = (
        Reason(kind="time", weight=-1),
        Reason(kind="source_line", weight=3, quote="Source: a", region="tail"),
    )
    link = Link(
        child=ids["b"],
        source=ids["a"],
        child_version=1,
        source_version=2,
        relation="republishes",
        p_related=1,
        p_direction=1,
        p_direct=0.99,
        status="accepted",
        reasons=reasons,
    )
    put_links(db, [link], rule_version="1", run=None)
    (told,) = chain(db, url("b")).links
    assert [reason["kind"] for reason in told["evidence"]] == ["source_line", "time"]
    assert told["evidence"][0] == {"kind": "source_line", "quote": "Source: a", "region": "tail", "weight": 3}
    assert len(told["passages"]) == 10
    assert told["passages"][0] == {
        "child_start": 14,
        "child_end": 16,
        "parent_start": 114,
        "parent_end": 116,
        "words": 14,
    }
    assert told["confidence"] == "certain"


def test_an_unknown_page_is_not_stored_and_says_how_it_gets_in(db, linked):
    linked("ba")
    found = chain(db, "https://z.example/9")
    assert (found.status, found.article, found.nodes, found.links) == ("not_stored", None, [], [])
    assert "newstrace fetch https://z.example/9" in found.unknown[0]
    assert "newstrace import PAGE.html --url https://z.example/9" in found.unknown[0]
    assert found.coverage["articles"] == 2


def test_an_unreadable_page_says_why(db, made):
    put_article(db, made(url("a"), kind="unreadable", text="", reason="a consent wall"))
    found = chain(db, url("a"))
    assert found.status == "unreadable"
    assert found.article["reason"] == "a consent wall"
    assert "a consent wall" in found.unknown[0]
    assert "import PAGE.html" in found.unknown[0]


def test_what_is_not_known_about_a_page_is_said(db, made, credit):
    put_article(
        db, made(url("a"), kind="stub", evidence=(credit("Source: Xyz", "Xyz"), credit("By Xyz", "Xyz")))
    )
    unknown = " / ".join(chain(db, url("a")).unknown)
    for words in ("cut by a paywall", "2 credits on the page name", "Xyz", "run `newstrace link`"):
        assert words in unknown


def test_a_page_the_linker_has_judged_needs_no_linking(db, made):
    version = put_article(db, made(url("a"))).version
    db.execute("INSERT INTO judged (version_id, rule_version) VALUES (?, '1')", [version])
    found = chain(db, url("a"))
    assert (found.unknown, found.coverage["not_looked_at"]) == ([], [])


def test_coverage_says_what_was_compared_and_what_not(db, made, noon):
    put_article(db, made(url("a"), published=noon))
    put_article(db, made(url("b"), kind="unreadable", text="", hours=3))
    put_found(db, [(url("c"), "c.example", "article", None, noon)])
    assert chain(db, url("a")).coverage == {
        "articles": 2,
        "outlets": 2,
        "first_seen_from": "2026-03-01T12:00:00+00:00",
        "first_seen_to": "2026-03-01T15:00:00+00:00",
        "published_from": "2026-03-01T12:00:00+00:00",
        "published_to": "2026-03-01T12:00:00+00:00",
        "not_looked_at": [
            "1 article not linked yet",
            "1 page that could not be read",
            "1 page found and not fetched yet",
        ],
    }


def test_a_chain_too_long_is_cut_and_says_so(db, linked, monkeypatch):
    monkeypatch.setattr(chains, "MAX_NODES", 3)
    linked("ba", "cb", "dc", "ed", "fe")
    found = chain(db, url("f"))
    assert len(found.nodes) < 6
    assert any("stopped after 3 pages" in reason for reason in found.unknown)


def test_a_chain_is_plain_json_in_the_order_of_the_contract(db, linked):
    linked("ba")
    told = json.loads(json.dumps(chain(db, url("b")).as_dict()))
    contract = ["status", "article", "nodes", "links", "origins", "copies", "unknown", "coverage"]
    assert list(told) == [*contract, "paragraphs"]
    assert list(told["nodes"][0])[:8] == [
        "id", "url", "domain", "outlet", "kind", "title", "published", "phantom",
    ]  # fmt: skip
    assert told["article"]["url"] == url("b")


@pytest.mark.parametrize(
    "asked",
    [
        "https://a.example/1",
        "http://a.example/1",
        "https://www.a.example/1/",
        "http://www.a.example/1?utm_source=x#top",
        "https://web.archive.org/web/20260301120000/https://a.example/1",
        "https://a.example/amp/1",
    ],
)
def test_an_article_is_found_under_every_spelling(db, made, asked):
    put_article(db, made(url("a"), urls=(("https://a.example/amp/1", "amp"),)))
    assert find_article(db, asked)["domain"] == "a.example"


def test_the_very_url_comes_before_its_variants(db, made):
    for spelled in ("https://a.example/1/", "http://a.example/1", "https://a.example/1"):
        put_article(db, made(spelled, text=spelled))
    assert find_article(db, "http://a.example/1")["url"] == "http://a.example/1"


def test_runs_and_counts_are_told(db, linked, noon):
    linked("ba")
    first = start_run(db, "crawl", noon, versions={"newstrace": "0.1"})
    second = start_run(db, "link", noon)
    end_run(db, second, "done", {"links": 1}, noon)
    told = last_runs(db)
    assert [(run.id, run.command, run.outcome) for run in told] == [
        (second, "link", "done"),
        (first, "crawl", None),
    ]
    assert told[0].counts == {"links": 1}
    assert told[0].ended == noon
    assert {"articles": 2, "links": 1, "phantoms": 0, "siblings": 0}.items() <= counts(db).items()
