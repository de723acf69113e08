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
    caption = (
        "The ferry at the landing stage below the town, <b>photographed</b> in the rain of Monday evening."
    )
    tree = page(
        ["Bridge shut", *PARAGRAPHS], f"<figure><figcaption>{caption}<p>Jo Marsh</p></figcaption></figure>"
    )
    assert body(tree, titles=("Bridge", "Bridge shut!")).text.split("\n") == PARAGRAPHS


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


def test_a_text_that_goes_on_where_the_shown_one_is_cut_is_the_whole_article():
    whole = "\n".join([*PARAGRAPHS, *(p.replace("e", "i") for p in PARAGRAPHS * 2)])
    shown = page([PARAGRAPHS[0], PARAGRAPHS[1], "Subscribe now to read on, and cancel whenever you want."])
    found = body(shown, ({"articleBody": whole},), ("Bridge",))
    assert (found.extractor, found.text) == ("articleBody", whole)


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


def test_the_page_s_own_statement_takes_out_what_is_not_the_article_but_not_a_credit():
    teaser = (
        "Fish auction moves to the new shed on the quay, where the ice is kept, and the old one is a hall "
        "for the rowers."
    )
    text = [*PARAGRAPHS, *(p.replace("bridge", "pier") + " So the clerk said." for p in PARAGRAPHS)]
    shown = page([*text[:3], teaser, *text[3:], "Source: AFP"])
    assert teaser in body(shown).text
    found = body(shown, ({"articleBody": " ".join(text)},), ("Bridge",))
    assert found.text.split("\n") == [*text, "Source: AFP"]


def test_a_statement_that_is_cut_short_without_saying_so_cuts_nothing():
    stated = ({"articleBody": " ".join([*PARAGRAPHS, *PARAGRAPHS[:2]])[:340]},)
    text = [*PARAGRAPHS, *(p.replace("bridge", "pier") + " So the clerk said." for p in PARAGRAPHS)]
    assert body(page(text), stated, ("Bridge",)).text.split("\n") == text


def test_what_no_other_engine_reads_is_left_out():
    menu = "".join(f"<li><a href='/{n}'>Dredger number {n} back at work</a></li>" for n in range(12))
    found = body(page(PARAGRAPHS, f"<div><h3>More from the harbour</h3><ul>{menu}</ul></div>"))
    assert found.text.split("\n")[-1] == PARAGRAPHS[-1]
