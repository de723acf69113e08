"""A page's tree comes in, its blocks of words go out, each with the region it stands in.

Read from the whole tree, before any cleaning: what extractors drop (bylines, captions, the line
under the text) is where pages say whose text it is.  The extracted text only tells where the
article's body begins and ends.
"""

import re
from collections import Counter

from lxml import etree

from crawler.gather import Block, gather

MAX_SEARCHED = 200_000  # characters of article text in which blocks are looked for anywhere, not by line only
PARAGRAPH = 60  # as `weight` counts; a shorter block is no paragraph to tell the body by
SHORT = 220  # characters; a longer block is no byline and no source line
TAIL_BLOCKS = 14  # how many blocks after the body can still belong to it
LAST_BLOCKS = 6  # of the body's second half: extractors often keep teasers after the last paragraph
HEAD_BLOCKS = 25  # how many blocks before the body can carry the byline
KICKER_BLOCKS = 3  # how many before the headline can name its section, or the agency it is from
_KICKER = 40  # characters

_LONG = 80  # characters; a block so long that stands in the extracted text is no caption

_DENSE = re.compile(
    "[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # scripts that say twice as much in a character


def weight(text: str) -> int:
    """How long a text is in characters of an alphabet: one of Chinese, Japanese or Korean counts as two.

    >>> weight("abc"), weight("港口")
    (3, 4)
    """
    return len(text) if text.isascii() else len(text) + len(_DENSE.findall(text))


def blocks(tree: etree._Element, text: str) -> list[Block]:
    """The page's blocks in document order, regions set; the tree stays as it is.

    Regions: kicker (above the title), head (between title and text), byline, lead, body, last, tail,
    caption, heading, "".
    """
    found = gather(tree)
    _place(found, text)
    _name_regions(found)
    for block in found:
        if block.region:
            block.fold_links()
    return found


def _place(found: list[Block], text: str) -> None:
    """Set where each block stands in the article text: whole lines first, then long blocks anywhere."""
    searched = len(text) <= MAX_SEARCHED
    lines: dict[str, list[int]] = {}
    at = 0
    for line in text.split("\n"):
        lines.setdefault(" ".join(line.split())[:80], []).append(at)
        at += len(line) + 1
    for block in found:
        if block.figure or len(block.text) < (_LONG if block.caption else 2):
            continue
        if places := lines.get(block.text[:80]):
            block.start = places.pop(0) if len(places) > 1 else places[0]
        elif searched and weight(block.text) >= PARAGRAPH and (place := text.find(block.text[:60])) >= 0:
            block.start = place
    classed = [b for b in found if b.caption and b.start is not None]
    opened = sum(len(b.text) for b in classed) * 3 >= len(text)  # a class about media round the whole article
    for block in classed:
        block.caption = not opened
        block.start = block.start if opened else None


def _name_regions(found: list[Block]) -> None:
    first, last = _body_range(found)
    title = _title_index(found, first)
    for index, block in enumerate(found):
        if block.away and not (block.byline and title < index < first):
            continue
        short = len(block.text) <= SHORT
        if block.caption and not _under_text(block, found[last] if index > last >= 0 else None):
            block.region = "caption"
        elif block.heading:
            block.region = "heading"
        elif first <= index <= last and not (block.byline and short and block.start is None):
            block.region = (
                "body" if block.start is not None or weight(block.text) >= 40 or index == last else "own"
            )
        elif block.byline and short and index - title >= -HEAD_BLOCKS and index - last <= TAIL_BLOCKS:
            block.region = "byline"
        elif title < index < first and short:
            block.region = "lead" if _is_sentence(block) else "head"
        elif last < index <= last + TAIL_BLOCKS:
            block.region = "tail"
        elif 0 < title - index <= KICKER_BLOCKS and len(block.text) <= _KICKER and found[title].heading:
            block.region = "kicker"
    _name_edges(found, first, last)


def _under_text(block: Block, paragraph: Block | None) -> bool:
    """Whether what is classed as a picture's credit has no picture to belong to: it stands under the last
    `paragraph` with none between."""
    return paragraph is not None and not block.figure and block.pictures == paragraph.pictures


def _is_sentence(block: Block) -> bool:
    """Whether a short block before the body is a first paragraph and no byline: a sentence of the text."""
    whole = block.text.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。", "！", "？", "।", "؟"))
    return block.start is not None and not block.byline and whole and block.text.count(" ") >= 4


def _name_edges(found: list[Block], first: int, last: int) -> None:
    """Tell the first paragraphs and the last one from the body between them."""
    body = [b for b in found[first : last + 1] if b.region in ("body", "own")]
    for block in body[:3]:
        if block.region == "body":
            block.region = "lead"
    for block in body[max(len(body) // 2, len(body) - LAST_BLOCKS) :]:
        block.last = True
        block.region = block.region if block.region == "lead" else "last"


def _body_range(found: list[Block]) -> tuple[int, int]:
    """Indices of the first and the last paragraph of the body; zones that hold the text are opened."""
    inside: Counter[int] = Counter()
    for block in found:
        if block.start is not None and weight(block.text) >= PARAGRAPH:
            inside[block.away] += len(block.text)
    whole = inside.total()
    held = {zone for zone, size in inside.items() if size * 4 >= whole}
    for block in found:
        if block.away in held:
            block.away = 0
    placed = [
        i
        for i, b in enumerate(found)
        if b.start is not None and not b.away and not b.heading and weight(b.text) >= PARAGRAPH
    ]
    if not placed:
        placed = [
            i for i, b in enumerate(found) if b.tag == "p" and not b.away and weight(b.text) >= PARAGRAPH
        ]
    return (placed[0], placed[-1]) if placed else (len(found), -1)


def _title_index(found: list[Block], first: int) -> int:
    """Where the headline stands: the last first-level heading before the body."""
    before = [i for i, b in enumerate(found[:first]) if b.heading and not b.away and weight(b.text) >= 15]
    near = [i for i in before if first - i <= HEAD_BLOCKS]
    return near[0] if near else max(first - HEAD_BLOCKS, -1)
