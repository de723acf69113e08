"""Two pages that share text: what speaks for one having taken it from the other.

The evidence is added up as log-odds, each piece with the weight that `weights.toml` gives it, so
that every link can show what it stands on.  Time alone never decides.
"""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from db.outlets import fold
from db.records import Reason
from dedupe.story import ANCHORED, RELEASERS, Named, Page, Publisher, Shared, Spans, Story

WEIGHTS = tomllib.loads((Path(__file__).parent / "weights.toml").read_text(encoding="utf-8"))
VERSION: str = WEIGHTS["version"]
_DIRECTION: Mapping[str, float] = WEIGHTS["direction"]
_RELATED: Mapping[str, float] = WEIGHTS["related"]
NEVER_SOURCES = frozenset({"liveblog", "section", "unreadable"})
SYNDICATED = 3  # houses that hold an agency's text
CIRCUMSTANCES = frozenset({"time", "role", "syndicated", "containment", "history"})
"""Kinds of reasons that stand on no word of the child's page."""
_NOT_NAMING = frozenset({"leftover_link", "leftover_line", "block"})


class Tie(NamedTuple):
    """A pair seen as child and source, with the probabilities its own evidence gives."""

    child: int
    source: int
    shared: Shared
    p_related: float  # 0..1: that the shared text is no chance
    p_direction: float  # 0..1: that the child took it, by whatever way, from the source
    sides: "_Sides"

    @property
    def pointers(self) -> Sequence[Reason]:
        """What on the child's own page points to the source, as `points_to` says."""
        return self.sides.toward

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that speaks for the direction and against it; written out when asked: most pairs never are."""
        sides = self.sides
        if not any(sides):
            return ()
        against = map(_against, sides.back), map(_against, sides.around_back)
        return (*sides.toward, *against[0], *sides.around, *against[1], *sides.common)


def sigmoid(log_odds: float) -> float:
    """Log-odds as a probability.

    >>> sigmoid(0.0)
    0.5
    """
    bounded = log_odds if -40.0 < log_odds < 40.0 else math.copysign(40.0, log_odds)
    return 1 / (1 + math.exp(-bounded))


def credits_of(page: Page, source: Page) -> tuple[Named, ...]:
    """The credits on `page` that name the outlet of `source` as the page's own source."""
    return tuple(
        n
        for n in page.named
        if n.kind not in {"body_link", "photo_credit", "subject_mention"}
        and n.hop == 1
        and (n.target == source.article or means(n, source.publisher))
    )


def means(named: Named, publisher: Publisher) -> bool:
    """Whether a name means this outlet, or an edition of it: ru.hotnews.ro stands for hotnews.ro too."""
    if named.outlet is None or named.outlet == publisher.id:
        return named.outlet is not None
    one, other = named.edition, publisher.site
    return bool(one and other) and (one.endswith(f".{other}") or other.endswith(f".{one}"))


def points_to(page: Page, source: Page, story: Story) -> list[Reason]:
    """What on `page` itself points to `source`: credits, links, house lines; strongest of each kind."""
    found: list[Reason] = []
    if page.named:
        found += [_credit_reason(n, source) for n in credits_of(page, source)]
        found += _links_to(page, source)
    lines = page.article, source.publisher.id
    if block := story.blocks.get(lines):
        found.append(Reason(kind="block", weight=_DIRECTION["block"], quote=block, region="body"))
    elif not found and (line := story.leftovers.get(lines)):
        weight = _DIRECTION["leftover_line"]
        found.append(Reason(kind="leftover_line", weight=weight, quote=line, region="last"))
    return _strongest(found) if len(found) > 1 else found


def _links_to(page: Page, source: Page) -> Iterator[Reason]:
    """The page's body links to the source itself, or to other pages of the source's outlet."""
    links = [n for n in page.named if n.kind == "body_link"]
    for n in links:
        if n.target == source.article:
            yield _reason("body_link", _DIRECTION["body_link"], n)
            return
    for n in links:
        if n.site is not None and n.site == source.publisher.site:
            yield _reason("leftover_link", _DIRECTION["leftover_link"], n)
            return


_NOTHING: Sequence[Reason] = ()


def ties(a: Page, b: Page, shared: Shared, story: Story, takers: Mapping[int, int]) -> tuple[Tie, Tie]:
    """The pair judged as `a` <- `b` and as `b` <- `a`, on its own evidence, rivals left aside.

    `takers` are `story.takers()`.
    """
    of_a = of_b = _NOTHING
    if a.named or b.named or story.blocks or story.leftovers:
        of_a, of_b = points_to(a, b, story), points_to(b, a, story)
    around_a = _circumstances(a, b, shared, story, takers)
    around_b = _circumstances(b, a, shared, story, takers)
    named = any(r.kind not in _NOT_NAMING for r in (*of_a, *of_b))
    related = _related(shared, a, b, named=named)
    for_a = for_b = _NO_SIDES
    if of_a or of_b or around_a or around_b or (a.named and b.named):
        for_a = _Sides(of_a, of_b, around_a, around_b, _common_source(a, b, of_a))
        for_b = _Sides(of_b, of_a, around_b, around_a, _common_source(b, a, of_b))
    return _tie(a, b, shared, related, for_a), _tie(b, a, shared, related, for_b)


class _Sides(NamedTuple):
    """What speaks for child <- source, and what for the other way round."""

    toward: Sequence[Reason]  # on the child's page
    back: Sequence[Reason]  # on the source's
    around: Sequence[Reason]  # times, roles, lengths
    around_back: Sequence[Reason]
    common: Sequence[Reason]  # a third that both name

    def log_odds(self) -> float:
        """The weights of all reasons, added up in the order in which they are told."""
        total = 0.0
        for told, against in ((self.toward, self.back), (self.around, self.around_back)):
            for reason in told:
                total += reason.weight
            for reason in against:
                total -= reason.weight
        for reason in self.common:
            total += reason.weight
        return total


_NO_SIDES = _Sides(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)


def _tie(child: Page, source: Page, shared: Shared, related: float, sides: _Sides) -> Tie:
    possible = source.kind not in NEVER_SOURCES and (source.kind != "stub" or bool(sides.toward))
    p_direction = (0.5 if sides is _NO_SIDES else sigmoid(sides.log_odds())) if possible else 0.0
    return Tie(child.article, source.article, shared, related, p_direction, sides)


def _credit_reason(named: Named, source: Page) -> Reason:
    leads_there = named.target == source.article
    if leads_there and named.kind in {"canonical_elsewhere", "structured_data", "republished_notice"}:
        return _reason(named.kind, _DIRECTION["declared"], named)
    weight = _DIRECTION["anchored_credit" if named.kind in ANCHORED else "phrase_credit"]
    return _reason(named.kind, weight + (_DIRECTION["linked_credit"] if leads_there else 0.0), named)


def _reason(kind: str, weight: float, named: Named) -> Reason:
    return Reason(kind=kind, weight=weight, quote=named.quote, region=named.region, evidence=named.evidence)


def _against(reason: Reason) -> Reason:
    return reason._replace(weight=-reason.weight)


def _strongest(reasons: list[Reason]) -> list[Reason]:
    """Of several credits only the strongest counts; the others stay, shown with weight 0."""
    names = [r for r in reasons if r.kind not in {"body_link", *_NOT_NAMING}]
    if len(names) < 2:
        return reasons
    best = max(names, key=lambda r: r.weight)
    return [r._replace(weight=0.0) if r in names and r is not best else r for r in reasons]


def _circumstances(
    child: Page, source: Page, shared: Shared, story: Story, takers: Mapping[int, int]
) -> Sequence[Reason]:
    """Times, roles and lengths that speak for `child` <- `source`; each weak."""
    taking, giving = child.publisher, source.publisher
    found: list[tuple[str, str, str]] = []  # kind of reason, name of its weight, words
    if child.earliest and source.latest and child.earliest > source.latest:
        words = f"{_minute(source.latest)} UTC or before, then {_minute(child.earliest)} UTC or after"
        found.append(("time", "later", words))
    if giving.kind in RELEASERS and taking.kind not in RELEASERS:
        weight = "releases" if giving.kind == "press_office" else "source_is_agency"
        found.append(("role", weight, giving.kind))
        if (count := takers.get(source.article, 0)) >= SYNDICATED:
            found.append(("syndicated", "syndicated", f"{count} outlets hold it"))
    elif source.kind == "press_release" and child.kind != "press_release":
        found.append(("role", "releases", "press_release"))
    if story.habits and (taking.id, giving.id) in story.habits:
        found.append(("history", "history", "it often names this outlet"))
    if taking.kind == "aggregator" and giving.kind != "aggregator":
        found.append(("role", "aggregator", "aggregator"))
    is_a = shared.a == child.article
    if shared.b_changed if is_a else shared.a_changed:
        found.append(("earlier_version", "earlier_version", ""))
    mine, its = (shared.a_in_b, shared.b_in_a) if is_a else (shared.b_in_a, shared.a_in_b)
    if mine >= 0.9 > 0.7 > its:
        found.append(("containment", "contained", ""))
    return [Reason(kind, _DIRECTION[weight], quote) for kind, weight, quote in found] if found else _NOTHING


@lru_cache(maxsize=10_000)
def _minute(time: datetime) -> str:
    return time.isoformat(" ", "minutes")[:16]


def _common_source(child: Page, source: Page, toward: Sequence[Reason]) -> list[Reason]:
    """Both name a third as the source of their text: siblings, unless the child points to the source."""
    if toward or not (child.named and source.named):
        return []
    thirds = {
        n.outlet: n
        for n in child.named
        if n.kind in ANCHORED and n.outlet not in (None, child.publisher.id, source.publisher.id)
    }
    for n in source.named:
        if n.kind in ANCHORED and n.outlet in thirds:
            return [_reason("same_source", _DIRECTION["same_source"], thirds[n.outlet])]
    return []


def _related(shared: Shared, child: Page, source: Page, *, named: bool) -> float:
    weights = _RELATED
    if shared.aligned is not None:
        return sigmoid(_translated(shared.aligned, named=named))
    smaller = max(shared.a_in_b, shared.b_in_a) * (1 - shared.house)
    told = shared.words * max(0.0, 1 - shared.quoted - shared.house)
    odds = weights["base"] + weights["containment"] * smaller + weights["words"] * min(told, 200)
    odds += weights["quoted"] * shared.quoted
    odds += weights["credit"] * min(1.0, smaller / weights["enough"]) if named else 0.0
    if not named:
        for kind in ("stub", "liveblog"):
            if kind in (child.kind, source.kind):
                odds += weights[kind]
    return sigmoid(odds)


def _translated(aligned: float, *, named: bool) -> float:
    """Log-odds that two texts in two languages are one and its translation."""
    weights = WEIGHTS["translation"]
    return weights["slope"] * (aligned - weights["middle"]) + (weights["credit"] if named else 0.0)


def carried(named: Named, page: Page, between: Page, tie: Tie) -> bool:
    """Whether a credit on `page` may have come along with the text of `between`; `tie` is page <- between.

    True when `between` names the same outlet, and the credit on `page` stands inside the text the two
    share, or `page` points to `between` by something else than this credit.
    """
    if not any(other.kind != "body_link" and _one_outlet(named, other) for other in between.named):
        return False
    if named.span and _inside(named.span, tie.shared.of(page.article)):
        return True
    return any(r.weight > 0 and r.evidence != named.evidence for r in tie.pointers)


def _one_outlet(named: Named, other: Named) -> bool:
    if named.outlet is not None and other.outlet is not None:
        return named.outlet == other.outlet
    return fold(named.name) != "" and fold(named.name) == fold(other.name)


def _inside(span: tuple[int, int], spans: Spans) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)
