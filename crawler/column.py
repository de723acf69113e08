"""A page's blocks come in, the lines of its longest column of prose go out: a cheap second opinion.

Text gravity, as in Arc90's Readability (2009), without a look at class names: every long paragraph with few
links adds its length to the boxes around it, and the heaviest box is the article.
"""

from collections.abc import Sequence
from itertools import takewhile

from lxml.html import HtmlElement

from crawler.blocks import LONG, Block

LINKED = 0.4  # share of a paragraph's characters that may be links
FEW = 2  # paragraphs in a box of their own before the others
WEIGHTS = (1.0, 0.5, 0.25)  # for the paragraph's box, the one around it, and the next


def column(blocks: Sequence[Block]) -> list[str]:
    """The paragraphs and headings of the article as text gravity finds it; [] when no paragraph is long."""
    weights: dict[HtmlElement, float] = {}
    for block in blocks:
        if block.size < LONG or block.linked > LINKED * len(block.words):
            continue
        for weight, box in zip(WEIGHTS, (block.box, *block.box.iterancestors()), strict=False):
            weights[box] = weights.get(box, 0.0) + block.size * weight
    if not weights:
        return []
    heaviest = max(weights, key=lambda box: weights[box])
    found = (heaviest, *_parts(heaviest, weights), *_before(heaviest, weights))
    inside = {inner for box in found for inner in box.iter()}
    return [
        line
        for block in blocks
        if block.box in inside and block.tag != "h1" and block.linked <= LINKED * len(block.words)
        and not (block.tag == "li" and block.linked and block.size < LONG)
        for line in block.lines if line
    ]  # fmt: skip


def _parts(heaviest: HtmlElement, weights: dict[HtmlElement, float]) -> list[HtmlElement]:
    """The boxes beside the heaviest that hold prose and look the same: articles are parted by headings."""
    around, classed = heaviest.getparent(), heaviest.get("class")
    if around is None or heaviest.tag not in ("section", "div") or not (classed or heaviest.tag == "section"):
        return []
    return [
        box
        for box in around.iterchildren(heaviest.tag)
        if box is not heaviest and box in weights and box.get("class") == classed
    ]


def _before(heaviest: HtmlElement, weights: dict[HtmlElement, float]) -> list[HtmlElement]:
    """The boxes before the heaviest that hold nothing but prose: first paragraphs may stand in their own."""
    above = (b for b in heaviest.itersiblings("div", "p", preceding=True) if b in weights or b.tag == "p")
    return list(
        takewhile(
            lambda box: box in weights and 0 < len(box) <= FEW and all(p.tag == "p" for p in box), above
        )
    )
