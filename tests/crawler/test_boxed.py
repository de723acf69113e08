"""What is read of a page's box without running trafilatura is what trafilatura reads."""

import pytest
import trafilatura
from lxml import etree
from trafilatura.settings import Extractor

from crawler.blocks import blocks
from crawler.boxed import boxed, unboxed
from crawler.markup import open_page

SAID = "was late on Monday, and the harbour board said that it would look into it."
STORY = "".join(f"<p>Ferry number {n} {SAID}</p>" for n in range(12))
LINKS = "<ul>" + "<li><a href='/x'>Another story of another day</a></li>" * 20 + "</ul>"
CARD = (
    "<div class='card'><a href='/x'><h3>Dredger at work again</h3></a><a href='/h'>Harbour</a><b></b></div>"
)


def page(inside):
    return open_page(f"<html><head><title>Ferry</title></head><body class='news'>{inside}</body></html>")


def lines(inside):
    tree = page(inside)
    return boxed(tree, blocks(tree))


def read(inside):
    """The lines of what trafilatura reads."""
    options = Extractor(fast=True, recall=True, comments=False, tables=False)
    found = trafilatura.bare_extraction(page(inside), options=options)
    said = (" ".join(piece.split()) for e in found.body for piece in _pieces(e))
    return [line for line in said if line]


def _pieces(element):
    """The words of an element of the result, parted at breaks and items, and those behind it."""
    run = ""
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if event == "start" and inner.tag in ("lb", "item", "p", "quote"):
            yield run
            run = ""
        run += (inner.text if event == "start" else "" if inner is element else inner.tail) or ""
    yield run
    yield element.tail or ""


@pytest.mark.parametrize(
    "inside",
    [
        f"<nav>{LINKS}</nav><div class='post-content'>{STORY}</div>{LINKS}",
        f"<main><section id='story-body'>{STORY}{LINKS}</section><section>{STORY}</section></main>",
        f"<nav><article>{STORY}</article></nav><article>{STORY[:900]}<p>Said at night.</p></article>",
        f"<article><div class='article-body'>{STORY}</div><p>Not in the box.</p></article>",
        f"<article>{STORY}<div class='social'>Share</div><div class='image-caption'>A ferry.</div></article>",
        f"<article>{STORY}<p style='display:none'>By nobody.</p><p aria-hidden='true'>Nor so.</p></article>",
        f"<article>{STORY}<p>One <span class='author'>Jo Marsh</span> said <i>no</i>.</p></article>",
        f"<article>{STORY}{CARD}<p>The end of the story.</p></article>",
        f"<article>{STORY}{LINKS}<p>The end of the story.</p></article>",
        f"<article>{STORY}<p><a href='/x'>Dredger at work</a></p><p>The end of the story.</p></article>",
        f"<article><h1>Ferry</h1>{STORY}<h2>More</h2></article>",
        f"<article>{STORY}<p>First.<br>Second.</p></article>",
        f"<article>{STORY}<span>(dpa)</span></article>",
        f"<article>{STORY}Source: Harbour News<br>Photo: Jo Marsh</article>",
        f"<article>{STORY}<ul><li>One boat a day</li><li>Two at night</li></ul><p>So it was.</p></article>",
        f"<article>{STORY}<blockquote><p>We are late.</p></blockquote><p>So it was.</p></article>",
        f"<article>{STORY}<table><tr><td>12 boats</td></tr></table><p>So it was.</p></article>",
        f"<article>{STORY}<p>Twitter</p><p>The end of the story.</p></article>",
        f"<article>{STORY}<section class='comments-area'>{STORY}</section></article>",
        f"<article><div class='menu-page'>{STORY}</div></article>",  # the rules would leave nothing
        f"<div class='post-content'>One <b>boat</b>.<br>Two {SAID}<p>3 {SAID} {SAID} {SAID}</p>(AFP)</div>",
        f"<div class='post-content'><div>One boat {SAID}</div><div>Two {SAID} {SAID} {SAID}</div></div>",
    ],
)
def test_the_lines_are_those_that_trafilatura_reads(inside):
    found = lines(inside)
    assert len(found) > 1
    assert found == read(inside)


@pytest.mark.parametrize(
    "inside",
    [
        f"<div>{STORY}</div>",  # no box of a known name
        f"<form><article>{STORY}</article></form>",
        f'<article>{STORY}</article><script>{{"@type": "DiscussionForumPosting"}}</script>',
        f"<article><p>Ferry 1 {SAID}</p><p>Ferry 2 {SAID}</p></article>",  # it would look for more
        "",
    ],
)
def test_what_only_trafilatura_can_tell_is_left_to_it(inside):
    assert lines(inside) == []


@pytest.mark.parametrize(
    "inside",
    [
        f"<div>{STORY}</div>",
        f"<div>{STORY}<div class='social'>Share</div>{LINKS}<p>The end of the story.</p>(dpa)</div>",
        f"<nav>{LINKS}</nav><aside>{STORY}</aside><div><div>One boat {SAID}</div>{STORY}</div>",
    ],
)
def test_a_page_without_a_box_says_what_trafilatura_reads_of_it(inside):
    tree = page(inside)
    assert unboxed(tree, blocks(tree)) == read(inside)


def test_the_headings_of_a_page_without_a_box_are_read_too():
    tree = page(f"<div><h1>Ferry</h1>{STORY}<h2>Night</h2><p>Twelve {SAID}</p><h2>More</h2></div>")
    lines = unboxed(tree, blocks(tree))
    assert [lines[0], lines[-2], lines[-1]] == ["Ferry", "Night", f"Twelve {SAID}"]


def test_the_tree_stays_as_it_is():
    tree = page(f"<article>{STORY}{CARD}{LINKS}(dpa)</article>")
    before = etree.tostring(tree)
    boxed(tree, blocks(tree))
    assert etree.tostring(tree) == before


def test_a_heading_over_what_is_left_out_is_not_the_end_of_a_text():
    inside = f"<article>{STORY}<h2>Our stories</h2><div><p><span class='author'>Jo</span></p></div></article>"
    assert lines(inside) == read(inside)
    assert lines(inside)[-1].endswith("look into it.")
