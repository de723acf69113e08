"""A page's blocks come in, the lines that trafilatura would read of them go out, without running it.

trafilatura copies a tree five times, deletes from it and walks over what stays; on most pages what it says
in the end are the paragraphs of one box, without those that its rules name or that are links.  The same
rules are asked here of the page's blocks, and nothing is copied.  Where that says little, the answer is
nothing, and trafilatura itself is asked (`body.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import utils
from trafilatura.htmlprocessing import REND_TAG_MAPPING
from trafilatura.settings import MANUALLY_CLEANED, MANUALLY_STRIPPED
from trafilatura.xpaths import (
    BODY_XPATH,
    DISCARD_IMAGE_ELEMENTS,
    OVERALL_DISCARD_XPATH,
    RAW_TREE_PRUNE_XPATH,
    REMOVE_COMMENTS_AND_LISTS_XPATH,
)

from crawler.blocks import BREAKING, Block, joined
from crawler.farms import Links, farms
from crawler.held import tagged
from crawler.swift_rules import told_by, understood

PARAGRAPHS = 750  # letters of a page's paragraphs, from which on trafilatura reads no loose words
LITTLE = 250  # letters of a text, below which trafilatura looks for more in other places
LEFT = 1 / 7  # share of a box that its rules have to leave, or they are not followed
TWICE = 50  # letters of a line that nobody writes twice on end
SHORT = (30, 60)  # letters of a paragraph whose links count: with something behind it, and with nothing

# What a box may stand in: trafilatura deletes other elements, unless the page would be empty without them.
_OPEN = frozenset({"html", "body", "main", "article", "section", "div", "span", "header", "center"})
_FORUM = "DiscussionForumPosting"  # of a page that says this, comments are read too

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_ITEMS = frozenset({"li", "dd", "dt", "td", "th"})
_WHOLE = _HEADINGS | _ITEMS | {"p", "pre", "blockquote"}
_INLINE = frozenset({*MANUALLY_STRIPPED, *REND_TAG_MAPPING, "a", "span"}) - {"template", "img", "meta"}
_UNREAD = (frozenset(MANUALLY_CLEANED) | {"table", "td", "th", "tr", "template"}) - {"form"}
# trafilatura renames lists before it asks which of them to leave out.
_RENAMED = {"ul": "list", "ol": "list", "dl": "list", "li": "item", "dd": "item", "dt": "item"}
_BOXES = understood(BODY_XPATH)
_is_label = utils.RE_FILTER.match  # linear as it is asked here, from a line's start on; searching is not
_discarded = told_by((*OVERALL_DISCARD_XPATH, *DISCARD_IMAGE_ELEMENTS), _RENAMED)
_pruned = told_by((*RAW_TREE_PRUNE_XPATH, *REMOVE_COMMENTS_AND_LISTS_XPATH), {})


def boxed(tree: HtmlElement, page: Sequence[Block]) -> list[str]:
    """The lines of the first box that holds several; [] where only trafilatura itself can tell.

    `page`: the tree's blocks.  The tree stays as it is.
    """
    loose = sum(len(block.words) for block in page if block.tag == "p") < PARAGRAPHS
    for rule in _BOXES:
        box = next((box for box in rule.every(tree) if not _is_in_deleted(box)), None)
        if box is None:
            continue
        if not _is_open(box):
            return []
        lines = _spoken(_kept(box, page)) if loose else _lines(_kept(box, page))
        if len(lines) > 1:
            return lines if sum(map(len, lines)) >= LITTLE else []
    return []


def unboxed(tree: HtmlElement, page: Sequence[Block]) -> list[str]:
    """The lines of a page that has no such box: all that it says.

    Right only where the text says little beside the article: ask another engine.
    """
    body = tree.find("body")
    return _spoken(_kept(tree if body is None else body, page))


def _is_open(box: HtmlElement) -> bool:
    """Whether trafilatura reaches the box whatever stands around it, and reads no comments."""
    root = box
    for element in box.iterancestors():
        if element.tag not in _OPEN:
            return False
        root = element
    return root is not box and not any(_FORUM in (script.text or "") for script in tagged(root, "script"))


def _is_in_deleted(box: HtmlElement) -> bool:
    """Whether trafilatura deletes the box, or what it stands in."""
    return any(_is_deleted(around) for around in (box, *box.iterancestors()))


def _is_deleted(element: HtmlElement) -> bool:
    return element.tag in _UNREAD or (bool(element.keys()) and _pruned(element))


def _is_left_out(element: HtmlElement) -> bool:
    return element.tag in _UNREAD or (bool(element.keys()) and (_discarded(element) or _pruned(element)))


@dataclass(slots=True)
class _Kept:
    """What is read of a box."""

    box: HtmlElement
    left_out: Callable[[HtmlElement], bool]
    blocks: list[Block] = field(default_factory=list)
    links: set[HtmlElement] = field(default_factory=set)  # boxes and paragraphs that are links
    fates: dict[HtmlElement, bool | None] = field(default_factory=dict)

    def reads(self, element: HtmlElement | None) -> bool | None:
        """Whether an element in the box is read; None outside of the box."""
        path, fates = [], self.fates
        while element is not None and element not in fates:
            path.append(element)
            element = element.getparent()
        fate = None if element is None else fates[element]
        for below in reversed(path):
            if fate:
                fate = not self.left_out(below)
            fates[below] = fate
        return fate


def _kept(box: HtmlElement, page: Sequence[Block]) -> _Kept:
    """What is read of a box: where the rules that name what is no text leave too little, all else."""
    kept = _by(_is_left_out, box, page)
    inside = sum(len(block.words) for block in page if kept.reads(block.place) is not None)
    if _letters(kept) <= inside * LEFT:
        whole = _by(_is_deleted, box, page)
        kept = whole if _letters(kept) <= _letters(whole) * LEFT else kept
    kept.links = farms(box, kept.blocks, kept.reads)
    kept.links |= {block.place for block in kept.blocks if _is_linked(block)}
    return kept


def _by(left_out: Callable[[HtmlElement], bool], box: HtmlElement, page: Sequence[Block]) -> _Kept:
    kept = _Kept(box, left_out, fates={box: True})
    kept.blocks = [block for block in page if kept.reads(block.place)]
    return kept


def _letters(kept: _Kept) -> int:
    return sum(len(block.words) for block in kept.blocks)


def _is_linked(block: Block) -> bool:
    """Whether a paragraph is links rather than text."""
    if block.tag != "p" or not block.links or block.box.tag in _ITEMS:
        return False
    links = Links(plain=len(block.words) - block.linked)
    for size in block.link_sizes:
        links.add(size)
    return links.many(SHORT[block.place.getnext() is None])


def _lines(kept: _Kept) -> list[str]:
    """The lines of blocks, without headings behind them and what stands in two on end."""
    lines: list[str] = []
    text = 0  # lines until behind the last that is no heading
    for block in kept.blocks:
        if _is_label(block.words) or _stands_in_links(block.place, kept):
            continue
        before = len(lines)
        for line in (*_of_block(block, kept), *_behind(block, kept)):
            if line and not (lines and line == lines[-1] and len(line) > TWICE):
                lines.append(line)
        if block.tag not in _HEADINGS and len(lines) > before:
            text = len(lines)
    return lines[:text]


def _stands_in_links(element: HtmlElement | None, kept: _Kept) -> bool:
    while element is not None and element is not kept.box and kept.links:
        if element in kept.links:
            return True
        element = element.getparent()
    return False


def _of_block(block: Block, kept: _Kept) -> Sequence[str]:
    """The lines of a block: of loose words and boxes only those behind a break."""
    if block.tag not in _WHOLE:
        return block.lines[1:]
    element = block.place
    if not len(element) or not any(kept.left_out(inner) for inner in element.iterdescendants()):
        return block.lines
    return tuple(joined(run for run, _ in _runs(element, kept)))


def _behind(block: Block, kept: _Kept) -> Iterator[str]:
    """The loose words behind a block: a credit may stand there without a tag of its own."""
    element = block.place
    if block.tag == "li" and element.getnext() is None:
        element = block.box
    if block.tag not in _WHOLE or element.tag == "li" or element is kept.box:
        return iter(())
    runs: list[list[str | None]] = [[element.tail]]
    for sibling in element.itersiblings():
        if sibling.tag == "br":
            runs.append([])
        elif sibling.tag not in _INLINE or next(sibling.iter(*BREAKING), None) is not None:
            break
        elif not kept.left_out(sibling):
            first, *others = (run for run, _ in _runs(sibling, kept))
            runs[-1].extend(first)
            runs.extend(others)
        runs[-1].append(sibling.tail)
    parted = len(block.lines) > 1 and block.box.tag != "blockquote"
    return joined(runs[parted:])  # behind a paragraph that breaks its lines trafilatura reads none


def _spoken(kept: _Kept) -> list[str]:
    """All that a box says: of a page with few paragraphs also its loose words, but no heading behind them."""
    lines = [(line, tag) for run, tag in _runs(kept.box, kept) for line in joined([run])]
    while lines and lines[-1][1] in _HEADINGS:
        lines.pop()
    return [line for line, _ in lines if not _is_label(line)]


def _runs(element: HtmlElement, kept: _Kept) -> Iterator[tuple[list[str | None], str]]:
    """The words in an element that are read, each run with its tag; a box or a break begins a new one."""
    run, tag = [element.text], element.tag
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if inner is element:
            continue
        starts = event == "start"
        if starts and (inner in kept.links or kept.left_out(inner)):
            walk.skip_subtree()
            continue
        if inner.tag not in _INLINE:
            yield run, tag
            run, tag = [], inner.tag if starts else ""
        run.append(inner.text if starts else inner.tail)
    yield run, tag
