"""A page's blocks come in, those in boxes beside the article go out: readers' comments, a newsletter's form,
an author's biography, other articles.

Told by what the box is called, and only where enough of an article is left without it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.blocks import Block

LEFT = 300  # characters of a text that must stand outside of all such boxes
HALF = 0.5  # share of a text that no box but that of comments holds
DEEP = 40  # boxes around a block that are looked at
_NAMES = ("class", "id", "name", "data-component")
_TOP = frozenset({"html", "body", "main"})

_TALK = re.compile(
    r"(?<![a-z])comments?(?![a-z])|comments?[-_]{0,2}(?:list|area|box|section|body|text|content|thread|wrap|block|item)"
    r"|kommentar(?:e|box|liste|text|bereich)(?![a-z])|(?:leser|nutzer)[-_]?kommentar|leser(?:brief|meinung)"
    r"|comentarios|commentaires|commenti(?![a-z])|komentarze|komentare|kommentarer|yorumlar|reacties(?![a-z])"
    r"|disqus|viafoura|spot-?im|talkback|(?:^|[\s_-]|sp)forum(?![a-z])|discussion|respond(?![a-z])|cbox|reader-?posts?",
)
_OTHER = re.compile(
    r"newsletter|(?<![a-z])sign-?_?up(?![a-z])|email-?_?sign|signup-?(?:form|box)|subscri(?:be|ption)[-_](?:box|form|widget)"
    r"|mailing-?list|mc_embed|author[-_]{0,2}(?:bio|box|info|desc|card|profile|about)|about[-_]{0,2}(?:the[-_])?author"
    r"|autor(?:en)?[-_]?(?:box|info)|entry-author|bio[-_]?(?:box|text|graph)|outbrain|taboola|most[-_]?(?:read|popular)"
    r"|related[-_](?:articles?|stories|news|posts?|content|links|items?)|(?<![a-z])related(?![a-z-])|recommend(?!ation)"
    r"|read[-_]?(?:also|more[-_](?:box|inline|link|articles?))|more[-_]stories|(?<![a-z])incut(?![a-z])|intext[-_]articles?"
    r"|inline[-_](?:teaser|article|related|promo)|teaser[-_](?:list|box|item|card)|article[-_]card|interstitial"
    r"|box[-_]articles?|related[-_]?box|promo[-_]?box|entry-utility|post-?_?meta(?![a-z])|sharedaddy|cookie|consent",
)
_DOUBTFUL = re.compile(r"(?<![a-z])(?:has|with|no|open|enable[sd]?|show|hide|is|non?)[-_][a-z-]{0,20}$|^js-")


def apart(page: Sequence[Block], held: Collection[int]) -> frozenset[int]:
    """The numbers of the blocks in boxes beside the article; `held`: of those that are its text so far."""
    memo: dict[HtmlElement, HtmlElement | None] = {}
    roots = {n: root for n, block in enumerate(page) if (root := _root(block, memo)) is not None}
    if not roots:
        return frozenset()
    own = {root for root in set(roots.values()) if _is_home(root, page, held, roots)}
    found = frozenset(n for n, root in roots.items() if root not in own)
    left = sum(len(page[n].words) for n in held if n not in found)
    return found if left >= LEFT else frozenset()


def _is_home(
    root: HtmlElement, page: Sequence[Block], held: Collection[int], roots: dict[int, HtmlElement]
) -> bool:
    """Whether a box that is called so holds the article nevertheless."""
    if next(root.iter("h1"), None) is not None:
        return True
    inside = sum(len(page[n].words) for n in held if roots.get(n) is root)
    everything = sum(len(page[n].words) for n in held)
    return inside > HALF * everything and not _is_talk(_called(root))


def _root(block: Block, memo: dict[HtmlElement, HtmlElement | None]) -> HtmlElement | None:
    """The outermost box around a block that is called so; the block's own element may be it."""
    path = []
    above = None
    for box in _around(block):
        if box in memo:
            above = memo[box]
            break
        path.append(box)
    for box in reversed(path):
        if above is None and _is_apart(_called(box)):
            above = box
        memo[box] = above
    return above


def _around(block: Block) -> Iterator[HtmlElement]:
    box = block.box if block.element is None else block.element
    for _ in range(DEEP):
        if box is None or box.tag in _TOP:
            return
        yield box
        box = box.getparent()


def _called(box: HtmlElement) -> str:
    get = box.get
    return " ".join([name for key in _NAMES if (name := get(key))])


@lru_cache(maxsize=8_192)
def _is_apart(called: str) -> bool:
    return bool(called) and any(_said(pattern, called) for pattern in (_TALK, _OTHER))


@lru_cache(maxsize=512)
def _is_talk(called: str) -> bool:
    return _said(_TALK, called)


def _said(pattern: re.Pattern[str], called: str) -> bool:
    """Whether a name of a box says so, and not that the page has such a box somewhere, or has none."""
    names = _CAMEL.sub(r"\1-", called[:300]).lower().split()
    return any(
        (found := pattern.search(name)) and not _DOUBTFUL.search(name[: found.start()] or "-")
        for name in names
    )


_CAMEL = re.compile(r"([a-z])(?=[A-Z])")
