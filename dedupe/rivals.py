"""The possible sources of one child, weighed against each other: which of them it took the text from.

The parent is the one whose own credit, house blocks and edits show in the child; what came along with
the text of another is that other's.
"""

from collections.abc import Sequence
from functools import cached_property

from dedupe.direction import WEIGHTS, Tie, carried, means, sigmoid
from dedupe.phantoms import base
from dedupe.story import ANCHORED, RELEASERS, Page, Story, joined, length, overlap

_CHARACTERS_PER_WORD = 6
_DIRECT = WEIGHTS["direct"]
_LIMIT: float = _DIRECT["exclusive_limit"]
_OWN_WAY = frozenset({"block", "body_link", "leftover_link", "leftover_line"})
_WHOLE_TEXT = frozenset({"source_line", "republished_notice"})


class Rival:
    """One possible source: its page, and what it explains of the child."""

    def __init__(self, child: Page, source: Page, tie: Tie) -> None:
        self.child = child
        self.page = source
        self.tie = tie
        self.pointers = tie.sides.toward
        self.aligned = tie.shared.aligned
        self.likely = tie.p_related * tie.p_direction
        self.is_releaser = source.publisher.kind in RELEASERS
        self.runs = joined(tie.shared.of(child.article))
        self.length = length(self.runs)
        self.first, self.last = (self.runs[0][0], self.runs[-1][1]) if self.runs else (0, 0)

    @cached_property
    def brought(self) -> frozenset[int]:
        """The credits of the child that may have come along with this source's text."""
        named = self.child.named
        return frozenset(n.evidence for n in named if carried(n, self.child, self.page, self.tie))

    def own_evidence(self, between: "Rival") -> float:
        """What on the child points to this source and did not come along with the text of `between`."""
        if not self.pointers:
            return 0.0
        return sum([r.weight for r in self.pointers if r.evidence not in between.brought])


class Rivals:
    """The possible sources of one child, the likeliest first."""

    def __init__(self, story: Story, child: Page, ties: Sequence[Tie]) -> None:
        self.story = story
        self.child = child
        self.all = [Rival(child, story.pages[tie.source], tie) for tie in ties]
        self._alike: dict[tuple[int, int], bool] = {}

    def p_direct(self, place: int) -> float:
        """The probability, 0..1, that the child took the text from the source at this place.

        Beside an agency, and beside a page that the child points to, of the many that it does not point
        to only the likeliest is a rival: how many others took the same story says nothing of where it
        took it.
        """
        mine = self.all[place]
        bare, p = 1.0, mine.likely
        for other, rival in enumerate(self.all):
            if rival is mine or rival.tie.p_direction < 0.05:
                continue
            if not self._explain_alike(place, other):
                continue
            loses = sigmoid(_rather(mine, rival)) ** rival.likely
            favoured = mine.pointers or (mine.is_releaser and not rival.is_releaser)
            if favoured and not rival.pointers:
                bare = min(bare, loses)
            else:
                p *= loses
        return p * bare * (1 - self._credit_between(mine))

    def _explain_alike(self, place: int, other: int) -> bool:
        """Whether half of what the one source explains of the child, or of the other, is the same text."""
        pair = (place, other) if place < other else (other, place)
        if (alike := self._alike.get(pair)) is None:
            alike = self._alike[pair] = _alike(self.all[place], self.all[other])
        return alike

    def _credit_between(self, rival: Rival) -> float:
        """The probability, 0..1, that the text came by an outlet whose page is not seen.

        A page that credits one outlet for its whole text, where only a source stands, took it there; what
        it shares with the pages that text tells of came along.  Its own link, house block or such credit
        of the source says otherwise.
        """
        if not self.child.named or any(r.kind in _OWN_WAY or r.kind in ANCHORED for r in rival.pointers):
            return 0.0
        return self._unseen

    @cached_property
    def _unseen(self) -> float:
        """The same of a source that the child does not point to in such a way."""
        seen = [rival.page.publisher for rival in self.all]
        between = (
            n
            for n in self.child.named
            if n.kind in _WHOLE_TEXT and n.hop == 1 and n.resolved and n.outlet is not None
            and n.house != self.child.publisher.house and n.target not in self.story.pages
        )  # fmt: skip
        unseen = (n for n in between if not any(means(n, one) for one in seen))
        return max(map(base, unseen), default=0.0)


def _alike(one: Rival, other: Rival) -> bool:
    least = 0.5 * min(one.length, other.length)
    within = max(one.last, other.last) - min(one.first, other.first)
    both = one.length + other.length - within  # characters at least
    return both >= least or overlap(one.runs, other.runs) >= least


def _rather(mine: Rival, rival: Rival) -> float:
    """Log-odds that the child took from one source rather than from another with much of the same text."""
    told = mine.own_evidence(rival) - rival.own_evidence(mine) if mine.pointers or rival.pointers else 0.0
    roles = _DIRECT["source_is_agency"] * (mine.is_releaser - rival.is_releaser)
    if mine.aligned is not None and rival.aligned is not None:
        better = _DIRECT["aligned"] * (mine.aligned - rival.aligned)
        return told + max(-_LIMIT, min(_LIMIT, better)) + roles
    words = (mine.length - rival.length) / _CHARACTERS_PER_WORD
    edits = max(-_LIMIT, min(_LIMIT, words * _DIRECT["exclusive_words"]))
    return told + edits + roles + _same_house_order(mine.page, rival.page)


def _same_house_order(source: Page, other: Page) -> float:
    """Of two pages of one house with the same text, one is the source: the first by time, then by URL."""
    if source.publisher.house != other.publisher.house:
        return 0.0
    if source.latest and other.earliest and source.latest < other.earliest:
        return 2.0
    if other.latest and source.earliest and other.latest < source.earliest:
        return -2.0
    return 2.0 if source.url < other.url else -2.0
