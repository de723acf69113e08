"""The longest column of prose on a page."""

import pytest
from lxml import etree

from crawler.blocks import blocks
from crawler.column import column
from crawler.markup import open_page

PARAGRAPHS = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge.",
    "A crane is to come upriver before the weekend, if the water is high enough, the master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
]
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
LINKS = "".join(
    f"<li><a href='/{n}'>Dredger number {n} is back at work in the old harbour.</a></li>" for n in range(20)
)
KOREAN = [
    "부두 위원회는 월요일 저녁에 만나 오래된 다리에 대해 두 시간 동안 이야기했다고 밝혔다.",
    "기중기는 주말 전에 강을 거슬러 올라올 예정이다.",
]


def lines(inside):
    return column(blocks(open_page(f"<html><body>{inside}</body></html>")))


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        (f"<div>{STORY}</div>", PARAGRAPHS),
        (f"<nav><ul>{LINKS}</ul></nav><div>{STORY}</div><div><ul>{LINKS}</ul></div>", PARAGRAPHS),
        (f"<div>{STORY}<aside><p>{PARAGRAPHS[0]}</p></aside></div>", PARAGRAPHS),
        (f"<div>{STORY}<figure><figcaption>{PARAGRAPHS[1]}</figcaption></figure></div>", PARAGRAPHS),
        (f"<div><h2>The bridge</h2>{STORY}</div>", ["The bridge", *PARAGRAPHS]),
        (f"<div>{PARAGRAPHS[0]}</div>", PARAGRAPHS[:1]),
        (f"<div><p>{PARAGRAPHS[0]}<section>Advertisement</section></p>{STORY[90:]}</div>",
         [PARAGRAPHS[0] + "Advertisement", *PARAGRAPHS[1:]]),
        (f"<div>{''.join(f'<p>{p}</p>' for p in KOREAN)}</div>", KOREAN),
        (f"<main><section>{STORY}</section><section><p>{KOREAN[0]}</p></section><div>{LINKS}</div></main>",
         [*PARAGRAPHS, KOREAN[0]]),
        (f"<div><div class=part>{STORY}</div><div class=teaser><p>{KOREAN[0]}</p></div></div>", PARAGRAPHS),
        (f"<div><div class=a><p>{KOREAN[0]}</p></div><div class=b>{STORY}</div></div>",
         [KOREAN[0], *PARAGRAPHS]),
        (f"<div><div><h2>{KOREAN[1]}</h2><p>{KOREAN[0]}</p></div><div class=b>{STORY}</div></div>",
         PARAGRAPHS),
        (f"<ul>{LINKS}</ul>", []),
        ("<p>Short.</p>", []),
        ("", []),
    ],
)  # fmt: skip
def test_the_box_that_holds_most_prose_is_the_article(inside, found):
    assert lines(inside) == found


def test_the_tree_stays_as_it_is():
    tree = open_page(f"<html><body><div>{STORY}</div><ul>{LINKS}</ul></body></html>")
    before = etree.tostring(tree)
    column(blocks(tree))
    assert etree.tostring(tree) == before
