"""What the linker judges: the pages of one story, what they share and whom they name.

Pure records; `dedupe/run.py` fills them from the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import lt
from typing import NamedTuple

ANCHORED = frozenset(
    {"agency_byline", "agency_dateline", "source_line", "republished_notice", "canonical_elsewhere",
     "structured_data"}
)  # fmt: skip
"""Credit kinds that stand where only a source stands, and speak for the whole text."""

RELEASERS = frozenset({"agency", "press_office"})
"""Kinds of outlets that hand their texts out."""

Spans = tuple[tuple[int, int], ...]


class Named(NamedTuple):
    """A credit or body link of a page, with the outlet and page it means."""

    evidence: int
    kind: str
    region: str
    quote: str
    name: str = ""
    outlet: int | None = None  # outlet id, as resolved by the linker
    target: int | None = None  # article id, when its link leads to a stored page
    site: str | None = None  # key of the outlet that its link leads to
    span: tuple[int, int] | None = None
    hop: int = 1
    edition: str | None = None  # key of the outlet meant: an edition stands for its house's pages
    house: str | None = None  # of the outlet meant
    resolved: bool = True  # False: `outlet` is a bare name that nobody has placed yet


class Publisher(NamedTuple):
    """An outlet as far as judging needs it."""

    id: int
    name: str
    kind: str
    house: str  # the family, or the outlet itself
    site: str | None = None  # its key: domain, edition or account


class Page(NamedTuple):
    """One stored article in its newest version."""

    article: int
    version: int | None
    url: str
    publisher: Publisher
    kind: str = "article"
    earliest: datetime | None = None  # of publication
    latest: datetime | None = None
    named: tuple[Named, ...] = ()


class Shared(NamedTuple):
    """Shared text of two pages; the spans are characters in each page's text."""

    a: int  # article ids
    b: int
    match: int
    a_version: int | None
    b_version: int | None
    a_in_b: float
    b_in_a: float
    jaccard: float
    words: int
    a_spans: Spans = ()
    b_spans: Spans = ()
    quoted: float = 0.0  # 0..1: share of the passages inside quotation marks
    house: float = 0.0  # 0..1: share of the passages in later paragraphs that name either page's outlet
    aligned: float | None = None  # of two languages: how their anchors align, 0 and up; None: shared text
    common: tuple[str, ...] = ()  # of two languages: some of the names and numbers they have in common
    a_changed: bool = False  # b holds words of an earlier version of a that a has since changed
    b_changed: bool = False

    def of(self, article: int) -> Spans:
        """The spans of the shared text in `article`'s text."""
        return self.a_spans if article == self.a else self.b_spans

    def share(self, article: int) -> float:
        """Containment, 0..1, of `article` in the other page."""
        return self.a_in_b if article == self.a else self.b_in_a

    def changed(self, article: int) -> bool:
        """Whether the other page holds words that `article` had before and has no more."""
        return self.a_changed if article == self.a else self.b_changed

    def other(self, article: int) -> int:
        """The page on the other side."""
        return self.b if article == self.a else self.a


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Pages connected by shared text or by links to each other, judged together."""

    pages: Mapping[int, Page]
    shared: tuple[Shared, ...] = ()
    blocks: Mapping[tuple[int, int], str] = field(
        default_factory=dict
    )  # (article, outlet of the block) -> the block's words
    leftovers: Mapping[tuple[int, int], str] = field(
        default_factory=dict
    )  # (article, outlet named at its end only) -> the line
    habits: frozenset[tuple[int, int]] = frozenset()  # (taking outlet, source outlet), learned
    refused: frozenset[tuple[int, int]] = frozenset()  # (article, outlet) that a person said is no source

    def takers(self) -> dict[int, int]:
        """Article -> how many other houses hold half of it or more."""
        houses: dict[int, set[str]] = {}
        for shared in self.shared:
            for article in (shared.a, shared.b):
                if shared.share(article) >= 0.5:
                    other = self.pages[shared.other(article)].publisher.house
                    houses.setdefault(article, set()).add(other)
        return {article: len(among) for article, among in houses.items()}


def joined(spans: Spans) -> Spans:
    """The characters under the spans as runs in order that neither overlap nor touch.

    >>> joined(((5, 9), (0, 3), (2, 4), (9, 12)))
    ((0, 4), (5, 12))
    """
    if len(spans) < 2:
        return spans
    spans = sorted(spans)
    starts, ends = zip(*spans, strict=True)
    if all(map(lt, ends, starts[1:])):
        return tuple(spans)
    runs: list[tuple[int, int]] = []
    reach = -1
    for start, end in spans:
        if start > reach:
            runs.append((start, end))
            reach = end
        elif end > reach:
            runs[-1] = (runs[-1][0], end)
            reach = end
    return tuple(runs)


def length(runs: Spans) -> int:
    """Characters under runs as `joined` gives them."""
    return sum([end - start for start, end in runs])


def overlap(runs: Spans, others: Spans) -> int:
    """Characters that stand under both of two sets of runs as `joined` gives them."""
    if runs == others:
        return length(runs)
    both, i, j = 0, 0, 0
    while i < len(runs) and j < len(others):
        start, end = runs[i]
        other_start, other_end = others[j]
        first = start if start > other_start else other_start
        if end < other_end:
            last, i = end, i + 1
        else:
            last, j = other_end, j + 1
        if last > first:
            both += last - first
    return both
