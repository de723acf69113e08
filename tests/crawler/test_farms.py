"""Which boxes of a page are links rather than text."""

from crawler.blocks import blocks
from crawler.farms import DEEP, WIDE, farms
from crawler.markup import open_page


def test_a_list_of_headlines_is_links_and_a_story_is_none():
    items = "<li><a href='/x'>Another story of another day</a></li>" * 20
    tree = open_page(
        f"<html><body><article><p>{'The ferry was late. ' * 20}</p><ul>{items}</ul></article></body></html>"
    )
    box = tree.find(".//article")
    assert [found.tag for found in farms(box, blocks(tree), lambda _: True)] == ["ul"]


def test_boxes_in_boxes_around_a_thousand_silent_links_are_not_each_walked_whole():
    deep, links = 200, 4_000
    inside = "<div>" * deep + "<a href='/x'></a><b></b>" * links + "</div>" * deep
    tree = open_page(f"<html><body><article>{inside}</article></body></html>")
    asked = 0

    def reads(_):
        nonlocal asked
        asked += 1
        return True

    assert farms(tree.find(".//article"), blocks(tree), reads)
    assert asked <= links + 2 * DEEP * WIDE < deep * links
