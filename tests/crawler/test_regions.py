"""Blocks of a page and the regions they stand in."""

import lxml.html
import pytest

from crawler.gather import MAX_BLOCKS
from crawler.regions import blocks

FIRST = "The harbour of Harwick stays closed until Friday after two ferries touched in fog."
SECOND = "Nobody was hurt, the harbour master wrote in a notice that hung on his door."
MORE = [f"{SECOND} Number {n} of the notices was wet." for n in range(4)]
HTML = f"""<html><body><nav><p>Home</p></nav><h1>Harbour of Harwick closed</h1>
<div class="post-meta"><span class="author">By Anna <b>Berg</b></span></div><div>Reuters</div>
<p>{FIRST}</p><figure><img><figcaption>Fog. AFP</figcaption></figure><p>{SECOND}</p>
{"".join(f"<p>{m}</p>" for m in MORE)}
<p>Source: <a href="/x">Valley&nbsp;Tribune</a></p>
<div class="related-articles"><p>More: Reuters</p></div></body></html>"""
TEXT = "\n".join([FIRST, SECOND, *MORE])


def regions():
    return {b.text: b.region for b in blocks(lxml.html.fromstring(HTML), TEXT)}


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Home", ""),
        ("Harbour of Harwick closed", "heading"),
        ("By Anna Berg", "byline"),
        ("Reuters", "head"),
        (FIRST, "lead"),
        ("Fog. AFP", "caption"),
        (MORE[-1], "last"),
        ("Source: Valley Tribune", "tail"),
        ("More: Reuters", ""),
    ],
)
def test_a_block_knows_its_region(text, region):
    assert regions()[text] == region


def test_blocks_stand_where_the_text_has_them():
    for block in blocks(lxml.html.fromstring(HTML), TEXT):
        if block.start is not None:
            assert TEXT.startswith(block.text[:40], block.start)


def test_a_link_keeps_its_place():
    (block,) = [b for b in blocks(lxml.html.fromstring(HTML), TEXT) if b.links and b.region == "tail"]
    begin, end, href = block.links[0]
    assert (block.text[begin:end], href) == ("Valley Tribune", "/x")


def test_the_parts_of_a_byline_are_set_apart_where_only_style_does():
    html = HTML.replace(
        '<span class="author">By Anna <b>Berg</b></span>',
        '<span class="author"><span class="agency">Reuters</span><span class="town">Harwick</span></span>'
        '<time datetime="2026-03-03">3 March</time>',
    )
    assert "Reuters Harwick 3 March" in [b.text for b in blocks(lxml.html.fromstring(html), TEXT)]


@pytest.mark.parametrize(
    ("under", "region"),
    [
        ('<div class="credit">Source: AFP</div>', "tail"),
        ('<img src="/x.jpg"><div class="credit">Source: AFP</div>', "caption"),
        ('<div class="image-credit">Source: AFP</div>', "caption"),
        ("<figure><p>Source: AFP</p></figure>", "caption"),
    ],
)
def test_what_is_classed_as_a_credit_belongs_to_a_picture_only_where_one_is(under, region):
    html = HTML.replace('<p>Source: <a href="/x">Valley&nbsp;Tribune</a></p>', under)
    found = {b.text: b.region for b in blocks(lxml.html.fromstring(html), TEXT)}
    assert found["Source: AFP"] == region


@pytest.mark.parametrize(
    ("footer", "region"),
    [("<footer>", ""), ('<footer class="article-footer">', "tail"), ('<div class="PostFooter">', "tail")],
)
def test_an_articles_own_footer_is_no_page_footer(footer, region):
    html = HTML.replace("</body>", f"{footer}<p>Agency: AFP</p></body>")
    assert {b.text: b.region for b in blocks(lxml.html.fromstring(html), TEXT)}["Agency: AFP"] == region


@pytest.mark.parametrize(
    "html",
    [
        "<p></p>",
        "<div>" * 5_000 + "x",
        "<a href=x>" * 3_000 + "y",
        "<!-- c --><p>x<!-- d -->y",
        "<p>x" * 20_000,
    ],
    ids=["empty", "deep", "links", "comments", "many"],
)
def test_hostile_trees_are_read_within_bounds(html):
    found = blocks(lxml.html.fromstring(html), "x")
    assert len(found) <= MAX_BLOCKS
