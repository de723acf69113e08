"""JSON-LD and meta elements, whole and broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from crawler.structured import article_objects, json_ld, meta, names, things, types, words


def page(*scripts):
    tags = "".join(f'<script type="application/ld+json">{s}</script>' for s in scripts)
    return document_fromstring(f"<html><head>{tags}</head><body><p>x</p></body></html>")


@pytest.mark.parametrize(
    ("script", "headlines"),
    [
        ('{"@type": "NewsArticle", "headline": "a"}', ["a"]),
        ('[{"headline": "a"}, [{"headline": "b"}]]', ["a", "b"]),
        ('{"@context": "x", "@graph": [{"headline": "a"}, {"headline": "b"}]}', ["a", "b"]),
        ('{"@type": "WebPage", "mainEntity": {"@type": "NewsArticle", "headline": "a"}}', ["", "a"]),
        ('<!-- {"headline": "a"} -->', ["a"]),
        ('//<![CDATA[\n{"headline": "a"}\n//]]>', ["a"]),
        ('{"headline": "a",}', ["a"]),
        ('{"headline": "a\nb"}', ["a b"]),
        ('{"headline": "a"};{"headline": "b"}', ["a", "b"]),
        ('{"headline": "Tom &amp; Ann"}', ["Tom & Ann"]),
        ('{"headline": "a", "broken', []),
        ("", []),
        ("7", []),
    ],
)
def test_objects_are_found_however_they_are_written(script, headlines):
    assert [words(o.get("headline")) for o in json_ld(page(script))] == headlines


def test_a_broken_script_does_not_hide_the_next():
    assert len(json_ld(page("{", '{"headline": "a"}'))) == 1


def test_only_objects_of_the_article_describe_it():
    objects = (
        {"@type": "Organization"},
        {"@type": ["Thing", "http://schema.org/NewsArticle"], "headline": "a"},
    )
    assert article_objects(objects) == objects[1:]


def test_an_object_of_another_page_is_left_out_when_one_is_of_this():
    here = {"@type": "Article", "url": "https://www.x.example/a/?utm=1"}
    there = {"@type": "Article", "url": "https://x.example/b", "headline": "b", "author": "c"}
    assert article_objects((there, here), urls=["http://x.example/a"]) == (here,)
    assert article_objects((there, here)) == (there, here)


def test_an_author_named_by_reference_is_looked_up():
    objects = json_ld(page('{"@graph": [{"author": {"@id": "#p"}}, {"@id": "#p", "name": "Ada Wren"}]}'))
    assert names(objects[0]["author"], objects) == ["Ada Wren"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("A B", ["A B"]),
        (["A B", {"name": "C D"}], ["A B", "C D"]),
        ({"name": ["A B"]}, ["A B"]),
        (7, []),
        (None, []),
    ],
)
def test_names_are_read_from_every_form(value, found):
    assert names(value) == found


def test_meta_elements_keep_their_order_under_every_key():
    tree = document_fromstring(
        '<html><head><meta property="og:Title" name="title" content=" a  b "><meta name="author" content="x">'
        '<meta name="author" content="y"><meta name="empty" content=""></head><body></body></html>'
    )
    assert meta(tree) == {"og:title": ["a b"], "title": ["a b"], "author": ["x", "y"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "@graph", "name", "headline", "author", "url"]), inner
        )
    ),
    max_leaves=30,
)


@settings(deadline=None, max_examples=100)
@given(JSON)
def test_no_value_brings_the_readers_of_objects_down(value):
    import json

    objects = json_ld(page(json.dumps(value).replace("<", "\\u003c")))
    for o in article_objects(objects, urls=["https://x.example/a"]) + objects:
        types(o)
        names(o.get("author"), objects)
        things(o.get("name"))
        words(o.get("headline")).encode("utf-8")
