"""Headlines and the one that is chosen."""

import pytest
from lxml.html import document_fromstring

from crawler.titles import chosen, titles


@pytest.mark.parametrize(
    ("candidates", "headline"),
    [
        ([("og", "Bridge shut | The Daily"), ("h1", "Bridge shut")], "Bridge shut"),
        ([("title", "Bridge shut - Tarn Herald")], "Bridge shut"),
        ([("title", "Tarn Herald: Bridge shut"), ("h1", "Bridge shut")], "Bridge shut"),
        ([("title", "Tarn Herald | Bridge shut")], "Bridge shut"),
        ([("title", "Bridge shut | Harbour | Tarn Herald"), ("h1", "Bridge shut")], "Bridge shut"),
        ([("title", "Rain - and more rain")], "Rain - and more rain"),
        ([("jsonld", "The old bridge is shut for..."), ("h1", "The old bridge is shut for good")],
         "The old bridge is shut for good"),
        ([("jsonld", "Harbour: Bridge shut"), ("og", "Bridge shut"), ("h1", "Bridge shut")], "Bridge shut"),
        ([("h1", "Tarn Herald"), ("og", "Bridge shut")], "Bridge shut"),
        ([("title", "Tarn Herald")], "Tarn Herald"),
        ([("og", "橋を閉鎖｜Tarn Herald"), ("h1", "橋を閉鎖")], "橋を閉鎖"),
        ([("og", "다리 통행 금지ㅣTarn Herald")], "다리 통행 금지"),
        ([], ""),
    ],
)  # fmt: skip
def test_the_headline_most_places_agree_on_is_chosen_without_the_sites_name(candidates, headline):
    assert chosen(tuple(candidates), ("Tarn Herald", "tarn-herald")) == headline


def test_every_place_is_read_once():
    tree = document_fromstring(
        "<html><head><title>c</title></head><body><h1></h1><h1>b\n b</h1></body></html>"
    )
    found = titles(tree, ({"headline": "a &amp; a"},), {"og:title": ["o"], "twitter:title": ["t"]})
    assert dict(found) == {"jsonld": "a & a", "og": "o", "h1": "b b", "twitter": "t", "title": "c"}


def test_a_heading_marked_as_the_headline_wins_over_the_logo():
    tree = document_fromstring('<html><body><h1>Logo</h1><h1 class="article-title">Bridge</h1></body></html>')
    assert dict(titles(tree, (), {}))["h1"] == "Bridge"


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        ("The bridge is shut | Tarn", "<h2>The bridge is shut</h2>"),
        ("Harwick Eels: The bridge is shut - Tarn", "<h3 class='post-title'>The bridge is shut</h3>"),
        ("Tarn NEWS | UK | The bridge is shut", "<div class='sh'>The bridge is shut</div>"),
        ("The bridge is shut - Tarn", "<h2><a href='/x'>The bridge is shut</a></h2>"),
    ],
)
def test_without_a_first_level_heading_the_part_of_the_title_that_the_page_shows_is_the_headline(head, shown):
    tree = document_fromstring(f"<html><head><title>{head}</title></head><body>{shown}<p>a</p></body></html>")
    assert chosen(titles(tree, (), {}), ()) == "The bridge is shut"


def test_a_link_elsewhere_with_the_sites_slogan_is_no_headline():
    tree = document_fromstring(
        "<html><head><title>Bridge shut - All that happens in Tarn</title></head>"
        "<body><a href='/'>All that happens in Tarn</a></body></html>"
    )
    assert dict(titles(tree, (), {})).get("h1") is None
