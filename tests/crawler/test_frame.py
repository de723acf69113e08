"""The box that trafilatura would read, and when the whole page is asked instead."""

import pytest
import trafilatura
from trafilatura.settings import Extractor

from crawler.frame import frame
from crawler.markup import open_page

STORY = "".join(
    f"<p>Ferry number {n} was late on Monday, and the harbour board said that it would look into it.</p>"
    for n in range(12)
)
LINKS = "<ul>" + "<li><a href='/x'>Another story of another day</a></li>" * 20 + "</ul>"


def page(inside):
    return open_page(f"<html><head><title>Ferry</title></head><body class='news'>{inside}</body></html>")


def read(tree):
    options = Extractor(fast=True, recall=True, comments=False, tables=False)
    found = trafilatura.bare_extraction(tree, options=options)
    return [" ".join(line.itertext()) for line in found.body.iter("p", "item", "head")]


@pytest.mark.parametrize(
    "inside",
    [
        f"<nav>{LINKS}</nav><div class='post-content'>{STORY}</div>{LINKS}",
        f"<div class='wrap'><article><h1>Ferry</h1>{STORY}<aside>{LINKS}</aside></article></div>{LINKS}",
        f"<main><section id='story-body'>{STORY}{LINKS}</section><section>{STORY}</section></main>",
        f"<div id='content'><div>{STORY}</div></div><div class='sidebar'>{LINKS}{STORY}</div>",
        f"<main><div>{STORY}<div class='social'>Share</div></div></main>",
    ],
)
def test_trafilatura_reads_the_box_as_it_reads_the_page(inside):
    tree = page(inside)
    alone = frame(tree)
    assert len(list(alone.iter())) < len(list(tree.iter()))
    assert read(alone) == read(tree)


def test_a_box_keeps_the_elements_it_stands_in_and_the_page_stays_as_it_is():
    tree = page(f"<div class='outer'>before<article>{STORY}</article>behind</div>{LINKS}")
    before = tree.text_content()
    alone = frame(tree)
    assert [(e.tag, e.get("class")) for e in alone.iter()][:4] == [
        ("html", None), ("body", "news"), ("div", "outer"), ("article", None)]  # fmt: skip
    assert "before" not in alone.text_content()
    assert "behind" not in alone.text_content()
    assert tree.text_content() == before


@pytest.mark.parametrize(
    "inside",
    [
        f"<div>{STORY}</div>",  # no box of a known name
        f"<aside><article>{STORY}</article></aside>",
        f"<table><tr><td><article>{STORY}</article></td></tr></table>",
        f'<article>{STORY}</article><script>{{"@type": "DiscussionForumPosting"}}</script>',
    ],
)
def test_otherwise_the_whole_page_is_asked(inside):
    assert frame(page(inside)) is None
