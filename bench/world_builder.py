"""A world as it grows: originals are written, pages are copied, credited, dressed and dated."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import world_drafts as d
from world_drafts import Credit, Draft, Para, Run, Stated
from world_sites import Press, Site, _slug
from world_texts import Facts, Writer

# Half of all stories are on another site within 25 minutes, the mean is 175 (France 2013, 2.5 M documents).
LAG_MEDIAN, LAG_SPREAD = 25, 1.9  # minutes; of the logarithm
EDITS = (
    ("none", 30), ("substituted", 20), ("cut", 14), ("extended", 16), ("excerpt", 12),
    ("cut, substituted", 8),
)  # fmt: skip
# Media hardly name those they copy (UK 2006: 1 % of wire copy is credited; France: rarely).  Pages that a
# tracer is asked about are the credited ones, so 60 % are, a fifth is signed in other ways, the rest bare.
SIGNS = (("credit", 60), ("link", 11), ("block", 9), ("bare", 20))
WEB_PLACES = (
    ("source_line", 21), ("notice", 15), ("lead", 23), ("body", 14), ("jsonld", 7), ("canonical", 7),
    ("byline", 9), ("merged", 4),
)  # fmt: skip
AGENCY_PLACES = (
    ("byline", 24), ("dateline", 21), ("source_line", 15), ("lead", 16), ("body", 8), ("jsonld", 8),
    ("merged", 8),
)  # fmt: skip
LINKED = 0.45  # of the credits of a page that can be linked
HOME_LINKED = 0.12  # lead to the front page instead
TWICE = 0.15  # of the credited name their source a second time, below the text
SCRAPED = 0.45  # of copies take credits inside the text along
BACKDATED = 0.04  # of copies state a time before their source's
PHOTO = 0.25  # of pages carry a photo with a credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a copy is made."""

    edit: str
    sign: str  # credit | link | block | bare
    place: str = ""
    scrape: bool = False


def weighted(chance: random.Random, table: Sequence[tuple[str, float]]) -> str:
    """One of the names, by weight."""
    return chance.choices([name for name, _ in table], [weight for _, weight in table])[0]


class Builder:
    """The drafts of a world, what must not be linked, and what may be or not."""

    def __init__(self, chance: random.Random, press: Press, texts: Sequence[str] = ()) -> None:
        self.chance, self.press = chance, press
        self.texts = list(texts)
        self.drafts: list[Draft] = []
        self.nots: list[tuple[Draft, Draft | Site, str]] = []
        self.maybes: list[tuple[Draft, Site, str]] = []
        self.facts: dict[int, Facts] = {}
        self.events: dict[int, int] = {}  # story in another language -> the story it tells again
        self.start = datetime(2025, 3, 1) + timedelta(days=chance.randrange(200))  # noqa: DTZ001 - naive is UTC here
        self.crawled_later = chance.random() < 0.4
        self.used: set[str] = set()

    # stories and texts

    def begin(self, facts: Facts) -> int:
        """The number of a new story."""
        number = len(self.facts)
        self.facts[number] = facts
        return number

    def writer(self, story: int) -> Writer:
        """A new author on the story."""
        return Writer(random.Random(self.chance.random()), self.facts[story])

    def moment(self) -> datetime:
        """An instant of the world's ten days."""
        return self.start + timedelta(minutes=self.chance.randrange(10 * 24 * 60))

    def lag(self) -> timedelta:
        """How long a copier takes."""
        minutes = math.exp(self.chance.gauss(math.log(LAG_MEDIAN), LAG_SPREAD))
        return timedelta(minutes=min(4 * 24 * 60, max(1, round(minutes))))

    def body(self, story: int, *, quotes: int = 1, paragraphs: int = 0) -> tuple[Para, ...]:
        """The text of an original: invented, or the next of the given texts."""
        if self.texts:
            return tuple(d.plain(line) for line in self.texts.pop().split("\n") if line.strip())
        facts = self.facts[story]
        count = paragraphs or self.chance.randrange(5, 11)
        written = self.writer(story).article(count, quotes=quotes)
        return tuple(
            d.plain(words, "statement", fixed=True)
            if any(s in words for s in facts.statements)
            else d.plain(words)
            for words in written
        )

    def original(self, story: int, site: Site, *, seen: bool = True, **more: object) -> Draft:
        """A page with its own text; keep it with `add`."""
        quotes = more.pop("quotes", self.chance.choice((0, 1, 1, 2)))
        given = {
            "paras": self.body(story, quotes=quotes),
            "published": self.moment(),
            "how": (("case", "own"),),
        }
        return self.draft(story, site, seen=seen, **(given | more))

    def draft(self, story: int, site: Site, **more: object) -> Draft:
        """A page of the site with a headline, an address, an author and its house lines."""
        title = str(more.pop("title", "")) or self.writer(story).title()
        author = self.chance.choice(site.authors) if site.authors else None
        page = Draft(
            site=site,
            story=story,
            title=title,
            url=self._url(site, title, more["published"], story),
            author=author.name if author else "",
            photo=self._photo(site) if self.chance.random() < PHOTO else "",
            **more,
        )
        return replace(page, paras=(*page.paras, *self._house_lines(site, author.bio if author else "")))

    def add(self, page: Draft, source: Draft | None = None) -> Draft:
        """The page, dated and kept."""
        stated = self._stated(page, source)
        wait = timedelta(days=30) if self.crawled_later else timedelta(minutes=self.chance.randrange(5, 240))
        page = replace(page, stated=stated, fetched=page.published + wait)
        self.drafts.append(page)
        return page

    # copies

    def plan(self, source: Draft, **fixed: str) -> Plan:
        """A way to copy the source; what is given stays."""
        sign = fixed.get("sign") or weighted(self.chance, SIGNS)
        if sign == "link" and not source.seen:
            sign = "bare"
        if sign == "block" and not any(p.kind in d.BLOCKS and p.house is source.site for p in source.paras):
            sign = "bare"
        edit = fixed.get("edit") or weighted(self.chance, EDITS)
        agency = source.site.kind == "agency"
        place = fixed.get("place") or weighted(self.chance, AGENCY_PLACES if agency else WEB_PLACES)
        if place == "canonical" and (not source.seen or edit in ("excerpt", "extended")):
            place = "source_line"
        if place == "merged" and edit not in ("excerpt", "extended"):
            place = "source_line"
        scrape = sign != "bare" and self.chance.random() < SCRAPED
        return Plan(edit=edit, sign=sign, place=place if sign == "credit" else "", scrape=scrape)

    def copy(
        self,
        source: Draft,
        site: Site,
        plan: Plan,
        *,
        credit: Draft | None = None,
        case: str = "",
        **more: object,
    ) -> Draft:
        """A copy of `source` at `site`, crediting the page `credit` (the source itself unless given)."""
        blocks = plan.sign == "block" or (plan.scrape and self.chance.random() < 0.2)
        paras = self._edited(source, plan, blocks=blocks)
        kept = self.chance.random() < 0.35
        page = self.draft(
            source.story,
            site,
            title=source.title if kept else "",
            paras=tuple(paras),
            published=source.published + self.lag(),
            parents=(source,),
            how=(
                ("case", case or _case(plan)),
                ("edit", plan.edit),
                ("sign", plan.sign),
                ("place", plan.place),
            ),
            **more,
        )
        if plan.sign == "credit":
            page = self.credited(page, credit or source, plan.place)
            if self.chance.random() < TWICE and plan.place not in ("source_line", "merged"):
                page = self.credited(page, credit or source, "source_line")
            page = replace(page, how=(*page.how, ("names", (credit or source).site.name)))
        elif plan.sign == "link":
            page = self.linking(page, source)
        return self.add(page, source)

    def _edited(self, source: Draft, plan: Plan, *, blocks: bool) -> list[Para]:
        chance, writer = self.chance, self.writer(source.story)
        paras = d.copied(source, chance, scrape=plan.scrape, blocks=blocks)
        lines = [p for p in paras if p.kind in d.BLOCKS]
        if "cut" in plan.edit:
            paras = [*d.cut(paras, chance.uniform(0.3, 0.7)), *(lines if blocks else ())]
        if "substituted" in plan.edit:
            paras = d.substituted(paras, chance, writer, chance.uniform(0.03, 0.15))
        if plan.edit == "extended":
            paras = d.extended(paras, chance, writer)
        if plan.edit == "excerpt":
            paras = [*d.excerpt(paras, chance, writer), *(lines if blocks else ())]
        return paras

    def merged(self, first: Draft, second: Draft, site: Site, case: str) -> Draft:
        """A page from two sources, each credited in the paragraph where its text ends."""
        chance, writer = self.chance, self.writer(first.story)
        paras: list[Para] = []
        for source in (first, second):
            part = [
                p
                for p in d.story_paras(d.copied(source, chance, scrape=False, blocks=False))
                if p.kind == "text"
            ]
            part = part[: chance.choice((2, 3, 4))]
            words = d.pattern(chance, site.language, "body", O=d.spelled(source.site, chance))
            page = source if source.seen and chance.random() < LINKED else None
            part[0] = d.into_sentence(part[0], d.credit_runs(words, source.site, page))
            paras += part
        paras += [d.plain(writer.paragraph())] if chance.random() < 0.5 else []
        page = self.draft(
            first.story,
            site,
            paras=tuple(paras),
            published=max(first.published, second.published) + self.lag(),
            parents=(first, second),
            how=(("case", case), ("edit", "merged"), ("sign", "credit"), ("place", "body")),
        )
        return self.add(page, first)

    # credits

    def credited(self, page: Draft, source: Draft, place: str) -> Draft:
        """The page with a credit of `source` in one place."""
        name = d.spelled(source.site, self.chance)
        if place in ("jsonld", "canonical"):
            kind = "based_on" if place == "jsonld" and source.seen and self.chance.random() < 0.4 else place
            meta = Credit(place=kind, names=source.site, words=name, page=source if source.seen else None)
            return replace(page, meta=(*page.meta, meta))
        words = self._words(page, place, name)
        if place == "byline":
            return replace(
                page, meta=(*page.meta, Credit(place=place, names=source.site, words="".join(words)))
            )
        target = source if source.seen and self.chance.random() < LINKED else None
        home = "" if target or not source.site.domain or self.chance.random() > HOME_LINKED else "home"
        runs = d.credit_runs(words, source.site, target if place != "dateline" else None, home)
        return replace(page, paras=_placed(page.paras, runs, place, self.chance))

    def relayed(self, page: Draft, origin: Site, relay: Site) -> Draft:
        """The page with "ORIGIN, quoted by RELAY" in its first paragraph, in the order of the language."""
        words = d.pattern(self.chance, page.site.language, "relay", O=origin.name, P="\0")
        runs: list[Run] = []
        for run in d.credit_runs(words, origin, None):
            before, mark, after = run.text.partition("\0")
            if not mark:
                runs.append(run)
                continue
            named = Run(text=relay.name, kind="credit", names=relay)
            runs += [
                r for r in (Run(text=before, kind="credit"), named, Run(text=after, kind="credit")) if r.text
            ]
        return replace(page, paras=_placed(page.paras, tuple(runs), "lead", self.chance))

    def linking(self, page: Draft, target: Draft) -> Draft:
        """The page with some words of one paragraph leading to the target; nothing names it."""
        places = [n for n, p in enumerate(page.paras) if p.kind == "text"]
        at = self.chance.choice(places)
        words = page.paras[at].runs[0].text.split(" ")
        start = self.chance.randrange(max(1, len(words) - 6))
        parts = (" ".join(words[:start]), " ".join(words[start : start + 4]), " ".join(words[start + 4 :]))
        runs = (
            Run(text=f"{parts[0]} " if parts[0] else ""),
            Run(text=parts[1], kind="link", page=target),
            Run(text=f" {parts[2]}" if parts[2] else ""),
        )
        para = replace(page.paras[at], runs=(*runs, *page.paras[at].runs[1:]))
        return replace(page, paras=(*page.paras[:at], para, *page.paras[at + 1 :]))

    def _words(self, page: Draft, place: str, name: str) -> tuple[str, str, str]:
        facts = self.facts[page.story]
        author = page.author or facts.people[0]
        return d.pattern(self.chance, page.site.language, place, O=name, A=author, CITY=facts.place.upper())

    # what every page of a house has

    def _house_lines(self, site: Site, bio: str) -> list[Para]:
        lines = [d.plain(bio, "bio", house=site)] if bio else []
        if site.promo:
            lines.append(d.plain(site.promo, "promo", house=site))
        others = [p for p in self.drafts[-200:] if p.site is site]
        if others and site.look % 3 == 0:
            other = self.chance.choice(others)
            words = self.chance.choice(d.credit_words(site.language, "also"))
            link = Run(text=other.title, kind="link", page=other)
            lines.append(Para(runs=(Run(text=f"{words}: ", kind="link"), link), kind="also", house=site))
        return lines

    def _photo(self, site: Site) -> str:
        language = site.language
        agencies = [s for s in self.press.unseen if s.language == language]
        person = self.chance.choice(self.facts[self.chance.randrange(len(self.facts))].people)
        return "".join(
            d.pattern(self.chance, language, "photo", O=self.chance.choice(agencies).name, A=person)
        )

    def _url(self, site: Site, title: str, published: object, story: int) -> str:
        slug = "-".join(_slug(title).split("-")[:8])
        facts = {"slug": slug, "date": f"{published:%Y/%m/%d}", "topic": self.facts[story].topic}
        while (url := self._address(site, facts)) in self.used:
            facts["slug"] = f"{slug}-{self.chance.randrange(2, 1000)}"
        self.used.add(url)
        return url

    def _address(self, site: Site, facts: dict[str, str]) -> str:
        number = self.chance.randrange(10_000, 999_999)
        return f"{site.scheme}://{site.domain or 'unseen'}{site.path.format(**facts, id=number)}"

    def _stated(self, page: Draft, source: Draft | None) -> Stated | None:
        site, true = page.site, page.published.replace(second=0)
        if site.times == "none":
            return None
        if site.times == "feed_date" and source:
            true = source.published
        elif source and self.chance.random() < BACKDATED:
            true = source.published - timedelta(minutes=self.chance.randrange(10, 300))
        local = true + timedelta(hours=site.offset)
        if site.times == "local_as_utc":
            return Stated(clock=local, zone=0)
        if site.times in ("no_zone", "date_only"):
            return Stated(clock=local, zone=None, day_only=site.times == "date_only")
        return Stated(clock=local, zone=site.offset)


def _case(plan: Plan) -> str:
    return f"credit: {plan.place}" if plan.sign == "credit" else plan.sign


def _placed(
    paras: tuple[Para, ...], runs: tuple[Run, ...], place: str, chance: random.Random
) -> tuple[Para, ...]:
    """The paragraphs with the credit where it belongs."""
    texts = [n for n, p in enumerate(paras) if p.kind == "text"]
    story = [n for n, p in enumerate(paras) if p.kind in ("text", "statement", "table")]
    found = list(paras)
    if place == "lead":
        found = _said(found, texts[0], runs)
    elif place == "body":
        found = _said(found, chance.choice(texts[1:4] or texts), runs)
    elif place == "dateline":
        found[texts[0]] = d.before_text(found[texts[0]], runs)
    elif place == "notice" and chance.random() < 0.3:
        found.insert(0, d.whole(runs))
    else:
        found.insert(story[-1] + 1, d.whole(runs))
    return tuple(found)


def _said(paras: list[Para], at: int, runs: tuple[Run, ...]) -> list[Para]:
    """The paragraphs with the credit in a sentence, or below them where that has no full stop."""
    para = d.into_sentence(paras[at], runs)
    if len(para.runs) == len(paras[at].runs):
        return [*paras, d.whole(runs)]
    return [*paras[:at], para, *paras[at + 1 :]]
