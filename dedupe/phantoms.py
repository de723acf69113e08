"""Sources that are named but whose page is not seen, and the pages that share such a source.

A phantom stands for one story of one outlet: the pages that name the outlet and share text with
each other are its children, and siblings of one another.  It has no text and no time of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from db.groups import connected
from db.records import CREDIT_KINDS, Link, Reason
from dedupe.direction import CIRCUMSTANCES, WEIGHTS, Tie, carried, means
from dedupe.story import ANCHORED, Named, Page, Shared, Story

Ties = Mapping[int, Mapping[int, Tie]]
"""Child -> source -> the pair judged on its own evidence."""

_CREDIT = WEIGHTS["credit"]
_DECIDE = WEIGHTS["decide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phantom:
    """A source of a story whose page is not stored."""

    outlet: int
    key: str  # the same whenever the same pages are its children


def phantom_links(story: Story, ties: Ties) -> tuple[list[Link], list[Phantom]]:
    """A link for every credit that no stored page answers, and the phantoms they lead to.

    A link's source is -n for the n-th phantom of the list, counted from 1.
    """
    links: list[Link] = []
    phantoms: list[Phantom] = []
    for outlet, named in sorted(_unanswered(story, ties).items()):
        for group in _sharing(named, ties):
            first = min(story.pages[article].url for article in group)
            phantoms.append(Phantom(outlet=outlet, key=f"{outlet}|{first}"))
            whole = _is_whole_text(group, named, ties)
            for article in sorted(group):
                page, n = story.pages[article], named[article]
                relation = _relation(n, whole=whole)
                came_along = inherited(page, n, story, ties)
                link = named_link(page, n, -len(phantoms), relation, came_along)
                no = (article, outlet) in story.refused
                links.append(link._replace(status="rejected") if no else link)
    return [*links, *_relays(story, links, phantoms)], phantoms


def sibling_links(story: Story, ties: Ties, named: Sequence[Link]) -> Iterator[Link]:
    """An undirected link between every two accepted children of one phantom that share text."""
    children: dict[int, set[int]] = {}
    for link in named:
        if link.status == "accepted" and link.child > 0:
            children.setdefault(link.source, set()).add(link.child)
    pairs = {
        (child, source)
        for group in children.values()
        for child in group
        for source in group & ties.get(child, {}).keys()
        if story.pages[child].url < story.pages[source].url
        and ties[child][source].p_related >= _DECIDE["related"]
        and ties[child][source].shared.aligned is None
    }
    for child, source in sorted(pairs):
        yield _sibling(ties[child][source], ties[source][child])


def target_links(story: Story, ties: Ties) -> Iterator[Link]:
    """Credits whose own link leads to a stored page that shares no text with theirs."""
    for page in story.pages.values():
        targets: dict[int, Named] = {}
        for n in page.named:
            source = story.pages.get(n.target)
            if source is None or n.kind not in CREDIT_KINDS or n.target in ties.get(page.article, {}):
                continue
            if source.publisher.house != page.publisher.house:
                best = targets.get(n.target)
                targets[n.target] = n if best is None or base(n) > base(best) else best
        for target, n in sorted(targets.items()):
            yield named_link(page, n, target, "credits", inherited(page, n, story, ties))


def base(named: Named) -> float:
    """The probability, 0..1, that a credit of this kind names a source of the text."""
    if named.kind == "wire_merged":
        return _CREDIT["merged"]
    return _CREDIT["anchored"] if named.kind in ANCHORED else _CREDIT["phrase"]


def inherited(page: Page, named: Named, story: Story, ties: Ties) -> float:
    """The probability, 0..1, that a credit came along with the text of a page between.

    A page that only time and roles put between two is as likely a sibling, with the same words of the
    same source.
    """
    return max(
        (
            tie.p_direction * tie.p_related * (1.0 if _is_shown(tie) else _CREDIT["unshown"])
            for source, tie in ties.get(page.article, {}).items()
            if carried(named, page, story.pages[source], tie)
        ),
        default=0.0,
    )


def _is_shown(tie: Tie) -> bool:
    """Whether something on the child's own page speaks for the source: a credit, link, block or old words."""
    return any(r.weight > 0 and r.kind not in CIRCUMSTANCES for r in tie.reasons)


def named_link(page: Page, named: Named, source: int, relation: str, came_along: float) -> Link:
    """The link that one credit makes: its source's text is not seen, or is other text."""
    p = base(named)
    p_direct = p * (1 - came_along)
    reason = Reason(
        kind=named.kind, weight=1.0, quote=named.quote, region=named.region, evidence=named.evidence
    )
    return Link(
        child=page.article,
        source=source,
        relation=relation,
        p_related=p,
        p_direction=p,
        p_direct=p_direct,
        status="accepted" if p_direct >= _DECIDE["direct"] else "candidate",
        credited="full" if named.kind in ANCHORED else "partial",
        child_version=page.version,
        reasons=(reason,),
    )


def _unanswered(story: Story, ties: Ties) -> dict[int, dict[int, Named]]:
    """Outlet -> article -> the strongest credit of it there, where no stored page is the source."""
    found: dict[int, dict[int, Named]] = {}
    for page in story.pages.values():
        answered = [
            story.pages[source].publisher
            for source, tie in ties.get(page.article, {}).items()
            if tie.p_related >= _DECIDE["related"] and tie.p_direction >= 0.5
        ]
        for n in page.named:
            if n.kind not in CREDIT_KINDS or n.hop != 1 or n.target in story.pages:
                continue
            if n.house == page.publisher.house and n.kind != "republished_notice":
                continue  # a house does not take from itself; but a notice may name a sister title
            if n.outlet is not None and not any(means(n, one) for one in (*answered, page.publisher)):
                mine = found.setdefault(n.outlet, {})
                if page.article not in mine or base(n) > base(mine[page.article]):
                    mine[page.article] = n
    return found


def _sharing(named: Mapping[int, Named], ties: Ties) -> list[frozenset[int]]:
    """The pages that name one outlet, in groups that share text."""
    pairs = (
        (child, source)
        for child in named
        for source, tie in ties.get(child, {}).items()
        if tie.p_related >= _DECIDE["related"]
    )
    return sorted(connected(named, pairs), key=min)


def _is_whole_text(group: frozenset[int], named: Mapping[int, Named], ties: Ties) -> bool:
    """Whether one anchored credit and siblings with the same text speak for every page of the group."""
    return any(
        named[a].kind in ANCHORED
        and ties[a][b].shared.share(b) >= _DECIDE["republishes"]
        and ties[a][b].shared.share(a) >= _DECIDE["republishes"]
        for a in group
        for b in group & ties.get(a, {}).keys()
    )


def _relation(named: Named, *, whole: bool) -> str:
    if named.kind == "wire_merged":
        return "excerpts"
    return "republishes" if whole or named.kind in ANCHORED else "credits"


def _relays(story: Story, links: Sequence[Link], phantoms: list[Phantom]) -> Iterator[Link]:
    """The second hop of "AFP, quoted by Agerpres": the relay, where a phantom, took it from the origin."""
    for link in [link for link in links if link.status != "rejected"]:
        page = story.pages[link.child]
        relay = next(n for n in page.named if n.evidence == link.reasons[0].evidence)
        for origin in page.named:
            if origin.hop == 2 and origin.outlet is not None and _one_phrase(relay, origin):
                first = phantoms[-link.source - 1].key.partition("|")[2]
                key = f"{origin.outlet}|{first}"
                known = [i for i, p in enumerate(phantoms) if p.key == key]
                if not known:
                    phantoms.append(Phantom(outlet=origin.outlet, key=key))
                source = -(known[0] + 1 if known else len(phantoms))
                yield _relay_link(link, source, origin)


def _relay_link(link: Link, source: int, origin: Named) -> Link:
    p = _CREDIT["relay"]
    reason = Reason(
        kind="relay", weight=1.0, quote=origin.quote, region=origin.region, evidence=origin.evidence
    )
    return Link(
        child=link.source,
        source=source,
        relation="credits",
        p_related=p,
        p_direction=p,
        p_direct=p,
        status="accepted",
        reasons=(reason,),
    )


def _one_phrase(relay: Named, origin: Named) -> bool:
    """Whether the two names stand in one wording on the page."""
    return relay.region == origin.region and (
        relay.quote in origin.quote or origin.quote in relay.quote or relay.span == origin.span is not None
    )


def _sibling(tie: Tie, back: Tie) -> Link:
    """Copies of one source; `p_direct` is the probability that neither took it from the other."""
    shared = tie.shared
    taken = max(t.p_direction * (1.0 if _is_shown(t) else _CREDIT["unshown"]) for t in (tie, back))
    return Link(
        child=tie.child,
        source=tie.source,
        relation="sibling",
        p_related=tie.p_related,
        p_direction=0.5,
        p_direct=tie.p_related * (1 - taken),
        status="accepted",
        child_version=_version(shared, tie.child),
        source_version=_version(shared, tie.source),
        containment=shared.share(tie.child),
        jaccard=shared.jaccard,
        shared_words=shared.words,
        reasons=(Reason(kind="match", weight=1.0, match=shared.match), *tie.reasons),
    )


def _version(shared: Shared, article: int) -> int | None:
    return shared.a_version if article == shared.a else shared.b_version
