"""How stories spread: each function tells one kind of story into a world, traps and decoys among them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import world_drafts as d
from world_builder import Builder, Plan
from world_drafts import Draft, Para, Run
from world_sites import Site, facts_in
from world_texts import Writer, make_facts

# France 2013: 33 % of articles are wholly original, 19 % wholly copied, 64 % of all text is; own stories
# that nobody takes fill a site up.  Press releases: a quarter of regional news (Ukraine 2020), a fifth (UK
# 2006).
CHAIN = 0.42  # of copies are taken from a copy rather than from the first page
UNLISTED = 0.4  # how often, beside a known one, an agency is named that no list has
CREDITS_FIRST = 0.3  # of copies of a copy credit the first page they know of, not the one before them


def tell(world: Builder, stories: int) -> None:
    """Tell so many stories into the world; the rarer kinds come round in every world of fifteen or more."""
    plots = [plot for plot, weight in PLOTS for _ in range(weight)]
    first = list(dict.fromkeys(plots))
    world.chance.shuffle(first)
    first.sort(key=lambda plot: plot is live_blog)  # it needs stories to speak of
    for number in range(stories):
        plot = first[number] if number < len(first) and stories >= len(first) else world.chance.choice(plots)
        plot(world)


def _begin(world: Builder) -> tuple[int, list[Site]]:
    """A story's number, and its language's sites that copy, shuffled."""
    facts = facts_in(world.chance, world.press)
    sites = [s for s in world.press.of(facts.language) if s.kind not in ("agency", "press_office")]
    world.chance.shuffle(sites)
    return world.begin(facts), sites


def _unseen_page(world: Builder, story: int, agency: Site, **more: object) -> Draft:
    """An agency's text that no crawler met."""
    return world.original(story, agency, seen=False, **more)


def _agency(world: Builder, story: int, *, seen: bool) -> Site:
    language = world.facts[story].language
    if seen:
        return world.chance.choice(world.press.of(language, "agency"))
    unseen = [s for s in world.press.unseen if s.language == language]
    if world.chance.random() < 0.15:  # an agency that has pages, but not of this story
        unseen = world.press.of(language, "agency")
    weights = [1.0 if s.listed else UNLISTED for s in unseen]
    return world.chance.choices(unseen, weights)[0]


def own_stories(world: Builder) -> None:
    """Several sites each write a story that nobody takes."""
    for _ in range(world.chance.randrange(6, 14)):
        story, sites = _begin(world)
        world.add(world.original(story, sites[0]))


def spread(world: Builder, root: Draft, sites: list[Site], count: int) -> list[Draft]:
    """`count` copies of a page, some of them copies of copies, at most four steps down."""
    pages = [root]
    for site in sites[:count]:
        source = root
        if len(pages) > 1 and world.chance.random() < CHAIN:
            source = world.chance.choice(pages[1:])
        steps = depth(source)
        if steps >= 4 or site.house == source.site.house:
            source, steps = root, 0
        plan = world.plan(source)
        first = steps and plan.sign == "credit" and world.chance.random() < CREDITS_FIRST
        if first and plan.place in ("canonical", "jsonld"):
            plan = replace(plan, place="source_line")
        case = "credits the first, taken from a copy" if first else ""
        pages.append(world.copy(source, site, plan, credit=_root(source) if first else None, case=case))
    return pages[1:]


def depth(page: Draft) -> int:
    """How many hops lie above a page."""
    return 1 + depth(page.parents[0]) if page.parents else 0


def _root(page: Draft) -> Draft:
    return _root(page.parents[0]) if page.parents else page


def web_story(world: Builder) -> None:
    """A paper's story and its copies."""
    story, sites = _begin(world)
    root = world.add(world.original(story, sites[0]))
    spread(world, root, [s for s in sites[1:] if s.house != root.site.house], world.chance.randrange(2, 8))


def seen_agency(world: Builder) -> None:
    """An agency's story that stands on its own site, and its copies."""
    story, sites = _begin(world)
    root = world.add(world.original(story, _agency(world, story, seen=True)))
    spread(world, root, sites, world.chance.randrange(3, 10))


def unseen_agency(world: Builder) -> None:
    """Copies of an agency's story that stands nowhere: children of one phantom, siblings of each other."""
    story, sites = _begin(world)
    root = _unseen_page(world, story, _agency(world, story, seen=False))
    spread(world, root, sites, world.chance.randrange(2, 9))


def mass_syndication(world: Builder) -> None:
    """Everybody carries the agency's text, unchanged or cut, and hardly anyone says whose it is."""
    story, sites = _begin(world)
    seen = world.chance.random() < 0.7
    root = world.original(story, _agency(world, story, seen=seen), seen=seen)
    root = world.add(root) if seen else root
    for site in sites[: min(30, 5 + round(world.chance.expovariate(1 / 6)))]:
        sign = "credit" if world.chance.random() < 0.25 else "bare"
        edit = world.chance.choice(("none", "none", "cut"))
        case = "mass syndication, credited" if sign == "credit" else "mass syndication, bare"
        world.copy(root, site, world.plan(root, sign=sign, edit=edit), case=case)


def press_release(world: Builder) -> None:
    """A release that several outlets print; two times in five the release itself is on no crawled page."""
    story, sites = _begin(world)
    office = world.chance.choice(world.press.of(world.facts[story].language, "press_office"))
    seen = world.chance.random() < 0.6
    root = world.original(story, office, seen=seen)
    root = world.add(root) if seen else root
    for site in sites[: world.chance.randrange(2, 7)]:
        sign = "credit" if seen and world.chance.random() < 0.4 else "bare"
        plan = world.plan(root, sign=sign, place="source_line" if sign == "credit" else "")
        case = "press release" if seen else "press release, unseen"
        world.copy(root, site, plan, case=f"{case}, credited" if sign == "credit" else f"{case}, bare")


def merge(world: Builder) -> None:
    """A page made of two, and a third site that takes it with all its credits."""
    story, sites = _begin(world)
    first = world.add(world.original(story, sites[0]))
    agency = _agency(world, story, seen=world.chance.random() < 0.5)
    second = world.original(story, agency, seen=agency.crawled)
    second = world.add(second) if second.seen else second
    free = [s for s in sites[1:] if s.house != first.site.house]
    page = world.merged(first, second, free[0], "merged from two")
    plan = Plan(edit="none", sign="credit", place="source_line", scrape=True)
    last = next((s for s in free[1:] if s.house != page.site.house), None)
    if last and world.chance.random() < 0.7:
        world.copy(page, last, plan, case="inherits two credits")


def relay(world: Builder) -> None:
    """A reports, quoted by B: the page has B's text."""
    story, sites = _begin(world)
    language = world.facts[story].language
    origin = _unseen_page(world, story, _agency(world, story, seen=False))
    seen = world.chance.random() < 0.4
    relays = [s for s in world.press.of(language, "agency") if s is not origin.site and seen]
    seen = bool(relays)
    relays = relays or [s for s in world.press.unseen if s.language == language and s is not origin.site]
    between = _relay_page(world, origin, world.chance.choice(relays), seen=seen)
    for site in sites[: world.chance.randrange(1, 4)]:
        plan = Plan(edit=world.chance.choice(("none", "cut", "extended")), sign="bare")
        page = world.copy(between, site, plan, case="relay")
        world.drafts.remove(page)
        relayed = world.relayed(page, origin.site, between.site)
        how = tuple(("sign", "credit") if key == "sign" else (key, told) for key, told in relayed.how)
        world.drafts.append(replace(relayed, how=how))


def _relay_page(world: Builder, origin: Draft, site: Site, *, seen: bool) -> Draft:
    plan = Plan(edit="none", sign="credit", place="lead")
    page = world.copy(origin, site, plan, case="relay agency")
    if not seen:
        world.drafts.remove(page)
        page = replace(page, seen=False)
    return page


def same_event(world: Builder) -> None:
    """Two to four outlets report one event by themselves; the official words are alike."""
    story, sites = _begin(world)
    pages = [
        world.add(world.original(story, site, quotes=3)) for site in sites[: world.chance.randrange(2, 5)]
    ]
    _none_between(world, pages, "independent reports, one official statement")
    spread(world, pages[0], sites[len(pages) :], world.chance.randrange(0, 3))


def _none_between(world: Builder, pages: list[Draft], why: str) -> None:
    for n, page in enumerate(pages):
        world.nots += [(page, other, why) for other in pages[:n]]


def tables(world: Builder) -> None:
    """The same league table or weather report stands under unrelated stories."""
    weather = world.chance.random() < 0.5
    facts = facts_in(world.chance, world.press)
    sites = world.press.of(facts.language, "outlet", "broadcaster")
    shared = _weather(world, facts.language) if weather else _table(world, facts.language)
    pages = []
    for site in world.chance.sample(sites, min(len(sites), world.chance.randrange(2, 5))):
        story = world.begin(make_facts(world.chance, facts.language))
        page = world.original(story, site)
        pages.append(world.add(replace(page, paras=(*page.paras, *shared))))
    _none_between(world, pages, "weather report" if weather else "league table")


def _weather(world: Builder, language: str) -> tuple[Para, ...]:
    writer = Writer(world.chance, make_facts(world.chance, language))
    return (d.plain(" ".join(writer.plain() for _ in range(5)), "table", fixed=True),)


def _table(world: Builder, language: str) -> tuple[Para, ...]:
    facts = [make_facts(world.chance, language) for _ in range(12)]
    rows = (f"{n}. {f.place} {' '.join(f.numbers[:4])}" for n, f in enumerate(facts, 1))
    return (d.plain("; ".join(rows), "table", fixed=True),)


def about_an_outlet(world: Builder) -> None:
    """A story whose subject is an outlet, and one whose photo alone is another's."""
    story, sites = _begin(world)
    named = _agency(world, story, seen=world.chance.random() < 0.5)
    page = world.original(story, sites[0])
    words = d.pattern(world.chance, page.site.language, "subject", O=named.name)
    line = d.plain("".join(words), fixed=True)
    page = world.add(replace(page, paras=(page.paras[0], line, *page.paras[1:])))
    world.nots.append((page, named, "the outlet is the subject"))
    other = world.original(story, sites[1], quotes=0)
    words = d.pattern(world.chance, other.site.language, "photo", O=named.name, A=other.author)
    other = world.add(replace(other, photo="".join(words)))
    world.nots.append((other, named, "photo credit alone"))


def link_only(world: Builder) -> None:
    """A page that links to another and has none of its text."""
    story, sites = _begin(world)
    first = world.add(world.original(story, sites[0], quotes=0))
    site = next(s for s in sites[1:] if s.house != first.site.house)
    second = world.original(story, site, quotes=0, published=first.published + world.lag())
    second = world.add(world.linking(second, first))
    world.nots.append((second, first, "a link without the text"))


def family(world: Builder) -> None:
    """The titles of one owner share a story; an outsider takes it from one of them and says so."""
    heads = sorted({s.family for s in world.press.sites if s.family})
    head = world.chance.choice(heads) if heads else ""
    house = [s for s in world.press.sites if head and s.family == head]
    if len(house) < 2:
        return web_story(world)
    language = house[0].language
    story = world.begin(make_facts(world.chance, language))
    root = world.add(world.original(story, house[0]))
    pages = [root]
    for site in house[1:]:
        page = world.copy(root, site, Plan(edit="none", sign="bare"), case="same family")
        pages.append(page)
    _none_between(world, pages, "same family")
    out = [s for s in world.press.of(language, "outlet", "aggregator") if s.house != root.site.house]
    source = world.chance.choice(pages)
    if out:
        world.copy(source, world.chance.choice(out), world.plan(source, sign="credit"), case="from a family")
    return None


def revised(world: Builder) -> None:
    """An outlet puts a story out again under a new address, with more to tell; others take that."""
    story, sites = _begin(world)
    first = world.add(world.original(story, sites[0]))
    writer = world.writer(story)
    story_paras = d.substituted(d.story_paras(first.paras), world.chance, writer, 0.03)
    more = tuple(d.plain(writer.paragraph()) for _ in range(world.chance.choice((1, 2))))
    second = world.draft(
        story,
        sites[0],
        paras=(*story_paras, *more),
        published=first.published + timedelta(minutes=world.chance.randrange(20, 400)),
        parents=(first,),
        kind="revised",
        how=(("case", "revised by its own outlet"), ("edit", "substituted"), ("sign", "bare"), ("place", "")),
    )
    second = world.add(second)
    others = [s for s in sites[1:] if s.house != first.site.house]
    for site in others[: world.chance.randrange(1, 3)]:
        plan = world.plan(second, sign="credit", edit="none")
        world.copy(second, site, plan, case="from the revised page")


def live_blog(world: Builder) -> None:
    """A live blog holds a paragraph of every story of the day; it is nobody's source for being there."""
    facts = facts_in(world.chance, world.press)
    pages = [
        p for p in world.drafts if p.site.language == facts.language and not p.parents and p.kind == "article"
    ]
    if len(pages) < 4:
        return web_story(world)
    taken = world.chance.sample(pages, min(len(pages), 6))
    sites = world.press.of(facts.language, "outlet", "broadcaster")
    story = world.begin(facts)
    writer = world.writer(story)
    paras: list[Para] = []
    for page in taken:
        paras += [d.plain(writer.paragraph()), *[p for p in page.paras if p.kind == "text"][:1]]
    when = max(p.published for p in taken) + timedelta(minutes=30)
    site = world.chance.choice([s for s in sites if all(s.house != p.site.house for p in taken)] or sites)
    blog = world.draft(
        story, site, paras=tuple(paras), published=when, kind="liveblog", how=(("case", "live blog"),)
    )
    blog = world.add(replace(blog, parents=tuple(taken)))
    world.nots += [(page, blog, "a live blog is no source") for page in taken]
    return None


def paywall(world: Builder) -> None:
    """Only the beginning of the source's page is shown; the copy has it all and says from where."""
    story, sites = _begin(world)
    whole = world.original(story, sites[0])
    root = world.add(replace(whole, kind="stub"))
    free = [s for s in sites[1:] if s.house != root.site.house]
    for site in free[: world.chance.randrange(1, 3)]:
        plan = world.plan(
            root, sign="credit", edit="none", place=world.chance.choice(("source_line", "lead"))
        )
        world.copy(root, site, plan, case="paywalled source, credited")


def blocks_left(world: Builder) -> None:
    """Copies without a credit that carry the source's bio, promo or "read also"."""
    story, sites = _begin(world)
    rich = [s for s in sites if s.promo or any(a.bio for a in s.authors)]
    if not rich:
        return web_story(world)
    root = world.add(world.original(story, rich[0]))
    for site in [s for s in sites if s.house != root.site.house][: world.chance.randrange(1, 4)]:
        world.copy(root, site, world.plan(root, sign="block"))
    return None


def both_credit(world: Builder) -> None:
    """Contradiction: the source was changed later and now thanks its own copier."""
    story, sites = _begin(world)
    root = world.original(story, sites[0])
    thanked = next(s for s in sites[1:] if s.house != root.site.house)
    words = d.pattern(world.chance, root.site.language, "merged", O=thanked.name)
    runs = tuple(
        Run(text=t, kind="credit", names=thanked if i == 1 else None) for i, t in enumerate(words) if t
    )
    root = world.add(replace(root, paras=(*root.paras, d.whole(runs))))
    plan = world.plan(root, sign="credit", edit="none", place="source_line")
    world.copy(root, thanked, plan, case="each credits the other")
    world.maybes.append((root, thanked, "thanks its own copier"))


PLOTS: tuple[tuple[Callable[[Builder], None], int], ...] = (
    (own_stories, 10), (web_story, 22), (seen_agency, 10), (unseen_agency, 12), (mass_syndication, 1),
    (press_release, 5), (merge, 5), (relay, 5), (same_event, 7), (tables, 3), (about_an_outlet, 4),
    (link_only, 3), (family, 3), (revised, 3), (live_blog, 2), (paywall, 2), (blocks_left, 4),
    (both_credit, 1),
)  # fmt: skip
"""What is told, and how often."""
