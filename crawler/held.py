"""The elements of the page being read, listed once: who looks for those of a tag need not walk the tree.

A walk for the few elements of one tag costs as much as one for all, and lxml makes an element anew at every
walk unless somebody holds it.  The list is good for the tree that is held and as long as it is, by whoever
holds it; of any other tree the same is told by a walk.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from lxml.html import HtmlElement


@dataclass(slots=True)
class _Held:
    tree: HtmlElement
    every: list[HtmlElement]
    tagged: dict[str, list[HtmlElement]] = field(default_factory=dict)


_HELD: ContextVar[_Held | None] = ContextVar("held", default=None)


@contextmanager
def hold(tree: HtmlElement) -> Iterator[None]:
    """Hold the elements of a tree that nobody changes meanwhile."""
    held = _Held(tree, list(tree.iter()))
    for element in held.every:
        held.tagged.setdefault(element.tag, []).append(element)
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)


def every(tree: HtmlElement) -> Sequence[HtmlElement]:
    """All elements of a tree in document order."""
    held = _HELD.get()
    return held.every if held is not None and held.tree is tree else list(tree.iter())


def tagged(tree: HtmlElement, tag: str) -> Sequence[HtmlElement]:
    """The elements of one tag in document order."""
    held = _HELD.get()
    return held.tagged.get(tag, ()) if held is not None and held.tree is tree else list(tree.iter(tag))
