"""A page's tree comes in, the one box of it that trafilatura would read in the end goes out, alone.

trafilatura cleans, converts and prunes a whole page, then takes the first box that its `BODY_XPATH` names
and drops all others: nine tenths of its time go into what it drops.  The box is found first here, and goes
into a tree of its own beneath the elements it stands in, so that every rule about those still holds.
"""

from copy import deepcopy

from lxml.html import HtmlElement
from trafilatura.xpaths import BODY_XPATH

# What a box may stand in: trafilatura deletes other elements, unless the page would be empty without them.
_OPEN = frozenset({"html", "body", "main", "article", "section", "div", "span", "header", "center"})
_TOLD_BY = ("class", "id", "itemprop", "role")  # what rules about a box and what is around it read
_FORUM = "DiscussionForumPosting"  # of a page that says this, comments are read too


def frame(tree: HtmlElement) -> HtmlElement | None:
    """A tree that holds nothing but the box; None where there is none, or the whole page has to be asked.

    The given tree stays as it is.
    """
    box = next((found for boxes in BODY_XPATH for found in boxes(tree)), None)
    if box is None or box is tree:
        return None
    if not is_open(box):
        return None
    around = list(box.iterancestors())
    alone = deepcopy(box)
    alone.tail = None
    for element in around:
        outer = element.makeelement(element.tag, {k: v for k in _TOLD_BY if (v := element.get(k))})
        outer.append(alone)
        alone = outer
    return alone


def is_open(box: HtmlElement) -> bool:
    """Whether trafilatura reaches the box whatever stands around it, and reads no comments."""
    root = box
    for element in box.iterancestors():
        if element.tag not in _OPEN:
            return False
        root = element
    return root is not box and not any(_FORUM in (script.text or "") for script in root.iter("script"))
