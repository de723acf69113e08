"""From the pages of one story to its links: who took it from whom, directly, and on what evidence.

A pure function of the story: the same pages give the same links in whatever order they came.
Every pair of pages that share text is judged on its own evidence (`direction.ties`); then each
child's possible sources are weighed against each other: the parent is the one whose own credit,
house blocks and edits show in the child, and what came along with its text is the parent's, not
the child's.  Credits whose page is not stored lead to phantoms (`phantoms.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from db.outlets import fold
from db.records import Link, Reason
from dedupe.direction import WEIGHTS, Tie
from dedupe.direction import ties as both_ways
from dedupe.phantoms import Phantom, Ties, phantom_links, sibling_links, target_links
from dedupe.rivals import Rivals
from dedupe.story import ANCHORED, RELEASERS, Named, Page, Publisher, Shared, Story

MAX_SOURCES = 12  # possible sources of one child that are weighed against each other and kept
SHORTEST_NAME = 4  # letters of a name that may be told from its beginning
ENDING = 3  # letters that an edition adds: RU, 24, FM
WORD_NAME = 6  # letters of a name that further words may follow
_DECIDE = WEIGHTS["decide"]
_RELATED: float = _DECIDE["related"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The links of one story; a negative article id -n is the n-th phantom, counted from 1."""

    links: tuple[Link, ...]
    phantoms: tuple[Phantom, ...] = ()
    cycles: int = 0  # links held back because they closed a circle
    resolved: Mapping[int, int] = field(default_factory=dict)  # evidence -> outlet, found by its text


def judge(story: Story) -> Judgement:
    """The links of `story`, with the phantoms they need."""
    if not any(page.named for page in story.pages.values()):
        ties = _ties(story)
        kept, cycles = without_cycles([*_text_links(story, ties), *_revisions(story)])
        return Judgement(links=tuple(kept), cycles=cycles)
    story, resolved = _name_by_text(story)
    ties = _ties(story)
    links = [*_text_links(story, ties), *_revisions(story), *target_links(story, ties)]
    named, phantoms = phantom_links(story, ties)
    taken = {frozenset((link.child, link.source)) for link in links if link.status == "accepted"}
    siblings = [s for s in sibling_links(story, ties, named) if frozenset((s.child, s.source)) not in taken]
    sides = {frozenset((s.child, s.source)) for s in siblings}
    links = [link for link in links if frozenset((link.child, link.source)) not in sides]
    kept, cycles = without_cycles([*links, *named, *siblings])
    return Judgement(links=tuple(kept), phantoms=tuple(phantoms), cycles=cycles, resolved=resolved)


def without_cycles(links: Iterable[Link]) -> tuple[list[Link], int]:
    """The links with every circle of accepted ones opened at its weakest, and how many were held back."""
    kept, held_back = list(links), 0
    while circle := _circle(kept):
        weakest = min(circle, key=lambda k: (kept[k].p_direct, kept[k].child, kept[k].source))
        kept[weakest] = kept[weakest]._replace(status="candidate")
        held_back += 1
    return kept, held_back


def _circle(links: list[Link]) -> list[int]:
    """The places in `links` of one circle of accepted, directed links; empty when there is none."""
    graph: dict[int, dict[int, int]] = {}
    for place, link in enumerate(links):
        if link.status == "accepted" and link.relation != "sibling":
            graph.setdefault(link.child, {})[link.source] = place
    try:
        TopologicalSorter({child: sources.keys() for child, sources in graph.items()}).prepare()
    except CycleError as error:
        nodes = error.args[1]
        steps = pairwise(nodes)
        return [graph[b][a] if a in graph.get(b, {}) else graph[a][b] for a, b in steps]
    return []


def _ties(story: Story) -> Ties:
    """Both views of every pair of different houses that shares text."""
    ties: dict[int, dict[int, Tie]] = {}
    takers = story.takers() if any(p.publisher.kind in RELEASERS for p in story.pages.values()) else {}
    for shared in story.shared:
        a, b = story.pages[shared.a], story.pages[shared.b]
        if a.publisher.house != b.publisher.house:
            one, other = both_ways(a, b, shared, story, takers)
            ties.setdefault(a.article, {})[b.article] = one
            ties.setdefault(b.article, {})[a.article] = other
    return ties


def _text_links(story: Story, ties: Ties) -> Iterator[Link]:
    """One link for every related pair, seen from its likelier child; of many sources the likeliest."""
    pages = story.pages
    for child, sources in sorted(ties.items()):
        page = pages[child]
        mine = {
            source
            for source, pair in sources.items()
            if (pair.p_direction, page.url) > (ties[source][child].p_direction, pages[source].url)
        }
        if not mine:
            continue
        possible = _likeliest(story, sources.values())
        rivals = Rivals(story, page, possible)
        for place, pair in enumerate(possible):
            if pair.source in mine:
                yield _text_link(page, pages[pair.source], pair, rivals.p_direct(place))


def _likeliest(story: Story, ties: Iterable[Tie]) -> list[Tie]:
    """The possible sources of one child, the likeliest first, MAX_SOURCES at the most."""
    possible = [t for t in ties if t.p_related >= _RELATED]
    if len(possible) < 2:
        return possible
    pages = story.pages
    possible.sort(key=lambda t: (-t.p_direction * t.shared.share(t.child), pages[t.source].url))
    return possible[:MAX_SOURCES]


def _text_link(child: Page, source: Page, pair: Tie, p_direct: float) -> Link:
    shared, share, reasons = pair.shared, pair.shared.share(child.article), pair.reasons
    pointed = any(r.weight > 0 and r.evidence for r in reasons)
    cut_off = source.kind == "stub" and any(r.kind in ANCHORED and r.weight > 0 for r in reasons)
    relation = "republishes" if share >= _DECIDE["republishes"] or cut_off else "excerpts"
    if shared.quoted >= 0.8 and not pointed:
        relation = "quotes"
    accepted = pair.p_direction >= _DECIDE["direction"] and p_direct >= _DECIDE["direct"]
    if shared.aligned is not None:
        relation = "translates"
        accepted = accepted and (pointed or shared.aligned >= WEIGHTS["translation"]["strong"])
    a_is_child = shared.a == child.article
    return Link(
        child=pair.child,
        source=pair.source,
        relation=relation,
        p_related=pair.p_related,
        p_direction=pair.p_direction,
        p_direct=p_direct,
        status="accepted" if accepted else "candidate",
        credited=_credited(child, reasons),
        child_version=shared.a_version if a_is_child else shared.b_version,
        source_version=shared.b_version if a_is_child else shared.a_version,
        containment=None if shared.aligned is not None else share,
        jaccard=None if shared.aligned is not None else shared.jaccard,
        shared_words=None if shared.aligned is not None else shared.words,
        reasons=(_seen(shared), *reasons),
    )


def _seen(shared: Shared) -> Reason:
    """What ties the two texts: their match, or the names and numbers that align across languages."""
    if shared.aligned is None:
        return Reason(kind="match", weight=0.0, match=shared.match)
    return Reason(kind="translation", weight=0.0, quote=", ".join(shared.common))


def _credited(child: Page, reasons: Iterable[Reason]) -> str:
    """full | partial | other | none_found | unknown: what the child's page says of this source."""
    own = {r.kind for r in reasons if r.weight >= 0 and r.evidence}
    if own and own & ANCHORED:
        return "full"
    if own and own - {"body_link", "leftover_link", "same_source"}:
        return "partial"
    if child.version is None or child.kind == "unreadable":
        return "unknown"
    return "other" if any(n.kind not in _NO_CREDIT for n in child.named) else "none_found"


_NO_CREDIT = frozenset({"body_link", "photo_credit", "subject_mention", "rss_source"})


def _revisions(story: Story) -> Iterator[Link]:
    """Pages of one outlet with nearly the same text: the later revises the earlier."""
    for shared in story.shared:
        first, second = sorted((story.pages[shared.a], story.pages[shared.b]), key=lambda p: p.url)
        if first.publisher.id != second.publisher.id or shared.jaccard < _DECIDE["revises"]:
            continue
        known = True
        if second.latest and first.earliest and second.latest < first.earliest:
            first, second = second, first
        elif not (first.latest and second.earliest and first.latest < second.earliest):
            known = False
        yield _text_revision(first, second, shared, known=known)


def _text_revision(first: Page, second: Page, shared: Shared, *, known: bool) -> Link:
    a_is_child = shared.a == second.article
    return Link(
        child=second.article,
        source=first.article,
        relation="revises",
        p_related=1.0,
        p_direction=0.9 if known else 0.5,
        p_direct=0.9 if known else 0.5,
        status="accepted" if known else "candidate",
        credited="unknown",
        child_version=shared.a_version if a_is_child else shared.b_version,
        source_version=shared.b_version if a_is_child else shared.a_version,
        containment=shared.share(second.article),
        jaccard=shared.jaccard,
        shared_words=shared.words,
        reasons=(Reason(kind="match", weight=0.0, match=shared.match),),
    )


def _name_by_text(story: Story) -> tuple[Story, dict[int, int]]:
    """The story with bare names placed: "Hot News RU" is the outlet whose text the page holds.

    A name that nobody placed means an outlet of alike name among those the page shares text with.
    """
    resolved: dict[int, int] = {}
    neighbours: dict[int, set[int]] = {}
    for shared in story.shared:
        neighbours.setdefault(shared.a, set()).add(shared.b)
        neighbours.setdefault(shared.b, set()).add(shared.a)
    pages = dict(story.pages)
    for article, page in story.pages.items():
        if any(not n.resolved for n in page.named):
            near = [story.pages[k] for k in sorted(neighbours.get(article, ()))]
            pages[article] = page._replace(named=tuple(_placed(n, page, near, resolved) for n in page.named))
    return replace(story, pages=pages), resolved


def _placed(named: Named, page: Page, near: Iterable[Page], resolved: dict[int, int]) -> Named:
    if named.resolved:
        return named
    for other in near:
        if other.publisher.id != page.publisher.id and _alike(named.name, other.publisher):
            resolved[named.evidence] = other.publisher.id
            return named._replace(outlet=other.publisher.id, resolved=True)
    return named


def _alike(name: str, publisher: Publisher) -> bool:
    """Whether one name is the other with a little more: an ending ("Hot News RU"), or further words.

    Newsweek is not news.example: further words must begin where the shorter, long name ends.
    """
    given = _closed(name)
    words = fold(name).split()
    begins = {"".join(words[:n]).replace(".", "") for n in range(1, len(words))}
    for known in (_closed(publisher.name), _closed(publisher.house.rsplit(".", 1)[0])):
        shorter, longer = sorted((given, known), key=len)
        if len(shorter) < SHORTEST_NAME or not longer.startswith(shorter):
            continue
        if len(longer) - len(shorter) <= ENDING or (known in begins and len(known) >= WORD_NAME):
            return True
    return False


def _closed(name: str) -> str:
    return fold(name).replace(" ", "").replace(".", "")
