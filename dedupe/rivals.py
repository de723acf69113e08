"""The possible sources of one child, weighed against each other: which of them it took the text from.

The parent is the one whose own credit, house blocks and edits show in the child; what came along with
the text of another is that other's.
"""

from collections.abc import Sequence
from functools import cached_property

from dedupe.direction import WEIGHTS, Tie, carried, means, sigmoid
from dedupe.phantoms import base
from dedupe.story import ANCHORED, RELEASERS, Page, Spans, Story, joined, length, overlap

_CHARACTERS_PER_WORD = 6
_DIRECT = WEIGHTS["direct"]
_OWN_WAY = frozenset({"block", "body_link", "leftover_link", "leftover_line"})
_WHOLE_TEXT = frozenset({"source_line", "republished_notice"})


class Rival:
    """One possible source: its page, and what it explains of the child."""

    def __init__(self, child: Page, source: Page, tie: Tie) -> None:
        self.child = child
        self.page = source
        self.tie = tie
        self.pointers = tie.sides.toward
        self.likely = tie.p_related * tie.p_direction
        self.is_releaser = source.publisher.kind in RELEASERS

    @cached_property
    def runs(self) -> Spans:
        """The characters of the child that this source explains."""
        return joined(self.tie.shared.of(self.child.article))

    @cached_property
    def length(self) -> int:
        """How many these are."""
        return length(self.runs)

    @cached_property
    def brought(self) -> frozenset[int]:
        """The credits of the child that may have come along with this source's text."""
        named = self.child.named
        return frozenset(n.evidence for n in named if carried(n, self.child, self.page, self.tie))

    def own_evidence(self, between: "Rival") -> float:
        """What on the child points to this source and did not come along with the text of `between`."""
        return sum([r.weight for r in self.pointers if r.evidence not in between.brought])


class Rivals:
    """The possible sources of one child, the likeliest first."""

    def __init__(self, story: Story, child: Page, ties: Sequence[Tie]) -> None:
        self.story = story
        self.child = child
        self.all = [Rival(child, story.pages[tie.source], tie) for tie in ties]
        self._overlaps: dict[tuple[int, int], int] = {}

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
            both = self._overlap(place, other)
            if both < 0.5 * min(mine.length, rival.length):
                continue
            loses = sigmoid(_rather(mine, rival, both)) ** rival.likely
            favoured = mine.pointers or (mine.is_releaser and not rival.is_releaser)
            if favoured and not rival.pointers:
                bare = min(bare, loses)
            else:
                p *= loses
        return p * bare * (1 - self._credit_between(mine))

    def _overlap(self, place: int, other: int) -> int:
        """Characters of the child that both sources explain."""
        pair = (place, other) if place < other else (other, place)
        if pair not in self._overlaps:
            self._overlaps[pair] = overlap(self.all[place].runs, self.all[other].runs)
        return self._overlaps[pair]

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


def _rather(mine: Rival, rival: Rival, both: int) -> float:
    """Log-odds that the child took from one source rather than from another; `both` explain so much."""
    own, theirs = mine.own_evidence(rival), rival.own_evidence(mine)
    limit = _DIRECT["exclusive_limit"]
    roles = _DIRECT["source_is_agency"] * (mine.is_releaser - rival.is_releaser)
    aligned, other = mine.tie.shared.aligned, rival.tie.shared.aligned
    if aligned is not None and other is not None:
        better = _DIRECT["aligned"] * (aligned - other)
        return own - theirs + max(-limit, min(limit, better)) + roles
    words = (mine.length - both - (rival.length - both)) / _CHARACTERS_PER_WORD
    edits = max(-limit, min(limit, words * _DIRECT["exclusive_words"]))
    return own - theirs + edits + roles + _same_house_order(mine.page, rival.page)


def _same_house_order(source: Page, other: Page) -> float:
    """Of two pages of one house with the same text, one is the source: the first by time, then by URL."""
    if source.publisher.house != other.publisher.house:
        return 0.0
    if source.latest and other.earliest and source.latest < other.earliest:
        return 2.0
    if other.latest and source.earliest and other.latest < source.earliest:
        return -2.0
    return 2.0 if source.url < other.url else -2.0
