"""Translations in a press world: a story told again in another language, names and numbers in their order.

Each sentence of the source becomes a sentence of the other language's own words with the same people, places
and numbers in the same order; what the words mean is invented anew.  So this measures what a linker can know
of a translation (names, numbers, order, credits, times), not how well it stands a translator's freedoms.
"""

import re
from dataclasses import replace
from datetime import timedelta

import world_drafts as d
from world_builder import AGENCY_PLACES, WEB_PLACES, Builder, weighted
from world_drafts import Draft, Para
from world_sites import Site
from world_stories import spread
from world_texts import Facts, Writer

BARE = 0.2  # of translations name nobody
KEPT = 0.93  # of the sentences come over
SHORTENED = 0.3  # of translations leave off the end
_NOT_HERE = {"canonical", "merged", "notice"}
_SENTENCES = re.compile(r"(?<=[.!?])[”“»\" ]* ")


def tell_translations(world: Builder, count: int) -> None:
    """Translate so many of the world's own stories; some are copied on, beside some is an own report."""
    originals = [p for p in world.drafts if not p.parents and p.kind == "article" and len(p.paras) >= 5]
    for source in world.chance.sample(originals, min(count, len(originals))):
        others = [name for name in world.press.languages if name != source.site.language]
        language = world.chance.choice(others)
        sites = [s for s in world.press.of(language) if s.kind not in ("agency", "press_office")]
        world.chance.shuffle(sites)
        facts = replace(world.facts[source.story], language=language, statements=())
        story = world.begin(facts)
        world.events[story] = source.story
        page = _translation(world, source, story, sites[0])
        spread(world, page, [s for s in sites[2:] if s.house != page.site.house], world.chance.randrange(3))
        if len(sites) > 1 and world.chance.random() < 0.5:
            own = world.original(story, sites[1], quotes=0, published=source.published + world.lag())
            world.nots.append((world.add(own), source, "the same event in another language"))


def _translation(world: Builder, source: Draft, story: int, site: Site) -> Draft:
    paras = translated(source, world.facts[story], world.writer(story), world)
    if world.chance.random() < SHORTENED:
        paras = paras[: max(3, round(len(paras) * 0.75))]
    is_bare = world.chance.random() < BARE
    table = AGENCY_PLACES if source.site.kind == "agency" else WEB_PLACES
    place = "" if is_bare else weighted(world.chance, [row for row in table if row[0] not in _NOT_HERE])
    case = "translated, bare" if is_bare else f"translated, credited: {place}"
    page = world.draft(
        story,
        site,
        paras=tuple(paras),
        published=source.published + world.lag() + timedelta(minutes=20),
        parents=(source,),
        how=(
            ("case", case),
            ("edit", "translated"),
            ("sign", "bare" if is_bare else "credit"),
            ("place", place),
        ),
    )
    if not is_bare:
        page = world.credited(page, source, place)
        page = replace(page, how=(*page.how, ("names", source.site.name)))
    return world.add(page, source)


def translated(source: Draft, facts: Facts, writer: Writer, world: Builder) -> list[Para]:
    """The story's paragraphs in the language of `facts`."""
    told = re.compile(
        "|".join(map(re.escape, (*facts.people, facts.place, *sorted(facts.numbers, key=len)[::-1])))
    )
    found = []
    for para in d.story_paras(source.paras):
        sentences = [s for s in _SENTENCES.split(para.words) if world.chance.random() < KEPT]
        words = " ".join(writer.rendering(told.findall(sentence)) for sentence in sentences)
        if words:
            found.append(d.plain(words))
    return found
