"""A held tree's elements are those that a walk finds."""

import pytest
from lxml.html import fromstring

from crawler.held import every, hold, tagged

PAGE = "<html><head><title>Fog</title></head><body><!-- x --><p>One <b>two</b></p><p>Three</p></body></html>"


@pytest.mark.parametrize("tag", ["p", "b", "title", "table"])
def test_elements_of_a_tag_are_the_same_held_or_not(tag):
    tree = fromstring(PAGE)
    walked = list(tree.iter(tag))
    assert list(tagged(tree, tag)) == walked
    with hold(tree):
        assert list(tagged(tree, tag)) == walked
        assert list(every(tree)) == list(tree.iter())


def test_another_tree_is_walked_and_what_is_held_no_more_too():
    tree, other = fromstring(PAGE), fromstring("<div><p>Four</p></div>")
    with hold(tree):
        assert [p.text for p in tagged(other, "p")] == ["Four"]
        assert len(every(other)) == 2
    tree.find("body").append(other)
    assert [p.text for p in tagged(tree, "p")] == ["One ", "Three", "Four"]


def test_a_page_inside_another_is_held_for_itself_alone():
    tree, other = fromstring(PAGE), fromstring("<div><p>Four</p></div>")
    with hold(tree):
        with hold(other):
            assert [p.text for p in tagged(other, "p")] == ["Four"]
            assert len(tagged(tree, "p")) == 2
        assert len(tagged(tree, "p")) == 2
