"""The article's text, and what is kept out of it."""

import pytest
from lxml import etree

from crawler.body import body
from crawler.markup import open_page

PARAGRAPHS = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge.",
    "A crane is to come upriver before the weekend, if the water is high enough, the master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait for the town.",
]


def page(inside, after=""):
    words = "".join(f"<p>{p}</p>" for p in inside)
    return open_page(f"<html><body><div class='story'><h1>Bridge</h1>{words}</div>{after}</body></html>")


def test_the_paragraphs_come_out_in_their_order_one_a_line():
    found = body(page(PARAGRAPHS), titles=("Bridge",))
    assert found.text.split("\n") == PARAGRAPHS
    assert found.extractor.startswith("trafilatura ")


def test_the_headline_before_the_text_and_captions_are_left_out():
    tree = page(
        ["Bridge shut", *PARAGRAPHS], "<figure><figcaption>" + PARAGRAPHS[2] + "</figcaption></figure>"
    )
    assert body(tree, titles=("Bridge", "Bridge shut!")).text.split("\n") == [*PARAGRAPHS[:2], PARAGRAPHS[3]]


@pytest.mark.parametrize(
    ("stated", "taken"),
    [
        ("\n".join(p * 3 for p in PARAGRAPHS), True),
        ("<p>" + "</p><p>".join(p * 3 for p in PARAGRAPHS) + "</p>", True),
        ("\n".join(p * 3 for p in PARAGRAPHS) + "...", False),
        (PARAGRAPHS[0], False),
    ],
)
def test_the_text_stated_for_machines_is_taken_only_whole_and_where_the_page_shows_next_to_none(
    stated, taken
):
    found = body(page(["Read on."]), ({"articleBody": stated},), ("Bridge",))
    assert (found.extractor == "articleBody") is taken
    assert found.text.startswith(PARAGRAPHS[0]) is taken


def test_a_stated_text_does_not_displace_the_one_that_is_shown():
    assert (
        body(page(PARAGRAPHS), ({"articleBody": "Something else. " * 90},), ("Bridge",)).text.split("\n")
        == PARAGRAPHS
    )


def test_the_tree_stays_as_it_is():
    tree = page(PARAGRAPHS, "<ul><li><a href='/b'>b</a></li></ul>")
    before = etree.tostring(tree)
    body(tree)
    assert etree.tostring(tree) == before


def test_what_trails_behind_the_agreed_text_is_cut_but_not_a_credit():
    from crawler.body import _without_trail

    trail = [
        "With files from AFP",
        "Fish auction moves to the new shed",
        "Dredger back at work",
        "Pilot boat named",
    ]
    assert _without_trail([*PARAGRAPHS, *trail], PARAGRAPHS) == [*PARAGRAPHS, trail[0]]
    assert _without_trail([*PARAGRAPHS, *trail[:2]], PARAGRAPHS) == [*PARAGRAPHS, *trail[:2]]
