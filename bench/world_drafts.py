"""Pages of a press world before they are set: what stands on them, and which words came from where."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from world_sites import Site, credit_words
from world_texts import Writer

BLOCKS = ("bio", "promo", "also")
"""Kinds of paragraphs that belong to the house and not to the story."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """Some words of a paragraph; a credit knows whom it names."""

    text: str
    kind: str = "text"  # text | credit | link
    names: Site | None = None
    page: "Draft | None" = None  # where the words lead
    href: str = ""  # where they lead when it is no page of the world
    inherited: bool = False  # came along with copied text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Para:
    """One paragraph."""

    runs: tuple[Run, ...]
    kind: str = "text"  # text | statement | credit | table, or one of BLOCKS
    house: Site | None = None  # whose block it is
    fixed: bool = False  # official words, a table: nobody edits them

    @property
    def words(self) -> str:
        """All its words, credits and all."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The time a page states: where its clock stands, and how much of that it shows."""

    clock: datetime  # naive, as shown
    zone: float | None  # hours it claims; None: it claims no zone
    day_only: bool = False

    @property
    def earliest(self) -> datetime:
        """The first instant, UTC, it can mean to a reader who doubts what is not said."""
        zone = 14 if self.zone is None else self.zone
        start = self.clock.replace(hour=0, minute=0) if self.day_only else self.clock
        return start - timedelta(hours=zone)

    @property
    def latest(self) -> datetime:
        """The last instant, UTC, it can mean."""
        zone = -12 if self.zone is None else self.zone
        end = self.clock.replace(hour=23, minute=59) if self.day_only else self.clock
        return end - timedelta(hours=zone)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Credit:
    """An outlet named where machines or bylines name a source, outside the paragraphs."""

    place: str  # byline | jsonld | canonical | based_on
    names: Site
    words: str = ""
    page: "Draft | None" = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """One page, seen or not, and the pages its text came from."""

    site: Site
    story: int
    title: str
    paras: tuple[Para, ...]
    published: datetime  # naive UTC, the true instant
    url: str
    author: str = ""
    seen: bool = True  # False: nobody crawled it
    kind: str = "article"  # article | liveblog | stub | revised
    parents: tuple["Draft", ...] = ()
    how: tuple[tuple[str, str], ...] = ()  # edit, credit, place, case ...
    meta: tuple[Credit, ...] = ()
    stated: Stated | None = None
    photo: str = ""
    fetched: datetime | None = None

    def told(self, key: str) -> str:
        """What `how` says under a key, or ""."""
        return dict(self.how).get(key, "")


def text_runs(paras: Iterable[Para]) -> Iterator[Run]:
    """The runs of the paragraphs, in order."""
    return (run for para in paras for run in para.runs)


def plain(words: str, kind: str = "text", **more: object) -> Para:
    """A paragraph of one run."""
    return Para(runs=(Run(text=words),), kind=kind, **more)


def copied(source: Draft, chance: random.Random, *, scrape: bool, blocks: bool) -> list[Para]:
    """The paragraphs a copier gets: a scraper takes the credits along, and at times the house lines."""
    found = []
    for para in source.paras:
        if para.kind in BLOCKS and not (blocks and (para.kind != "also" or chance.random() < 0.6)):
            continue
        if para.kind == "credit" and not (scrape and chance.random() < 0.6):
            continue
        runs = tuple(_inherited(run) for run in para.runs if scrape or run.kind != "credit")
        found.append(replace(para, runs=runs))
    return found


def _inherited(run: Run) -> Run:
    return replace(run, inherited=True)


def substituted(paras: Iterable[Para], chance: random.Random, writer: Writer, rate: float) -> list[Para]:
    """The paragraphs with a share of the words changed; official words stay."""

    def change(run: Run) -> Run:
        if run.kind != "text":
            return run
        words = run.text.split(" ")
        new = [writer.synonym(w) if w.isalnum() and chance.random() < rate else w for w in words]
        return replace(run, text=" ".join(new))

    return [
        p
        if p.fixed or p.kind not in ("text", "statement")
        else replace(p, runs=tuple(change(r) for r in p.runs))
        for p in paras
    ]


def story_paras(paras: Iterable[Para]) -> list[Para]:
    """The paragraphs that tell the story."""
    return [p for p in paras if p.kind in ("text", "statement", "table")]


def cut(paras: list[Para], share: float) -> list[Para]:
    """The first part of the story; what stood below is gone."""
    story = story_paras(paras)
    return story[: max(2, round(len(story) * share))]


def extended(paras: list[Para], chance: random.Random, writer: Writer) -> list[Para]:
    """The paragraphs with two to four own ones below, or one between."""
    own = [plain(writer.paragraph()) for _ in range(chance.choice((2, 3, 4)))]
    if chance.random() < 0.4:
        middle = len(story_paras(paras)) // 2
        return [*paras[:middle], own[0], *paras[middle:], *own[1:]]
    return [*paras, *own]


def excerpt(paras: list[Para], chance: random.Random, writer: Writer) -> list[Para]:
    """An own article with two to four paragraphs of the source in it."""
    story = [p for p in story_paras(paras) if p.kind == "text"]
    count = min(len(story), chance.choice((2, 3, 4)))
    start = chance.randrange(len(story) - count + 1)
    own = [plain(writer.paragraph()) for _ in range(chance.choice((4, 5, 6)))]
    at = chance.randrange(1, len(own))
    return [*own[:at], *story[start : start + count], *own[at:]]


# Credits


def spelled(site: Site, chance: random.Random) -> str:
    """The outlet's name, one time in four in another spelling."""
    return chance.choice(site.aliases) if site.aliases and chance.random() < 0.25 else site.name


def pattern(chance: random.Random, language: str, place: str, **names: str) -> tuple[str, str, str]:
    """A wording with its name cut out: the words before, the name, the words after."""
    wording = chance.choice(credit_words(language, place)).replace("{Y}", "2025")
    name = names.pop("O")
    for key, value in names.items():
        wording = wording.replace(f"{{{key}}}", value)
    before, _, after = wording.partition("{O}")
    return before, name, after


def credit_runs(
    words: tuple[str, str, str], names: Site, page: Draft | None, href: str = ""
) -> tuple[Run, ...]:
    """The wording as runs; the name leads to the page where one is given."""
    before, name, after = words
    linked = Run(text=name, kind="credit", names=names, page=page, href=href)
    around = [Run(text=text, kind="credit") for text in (before, after)]
    return tuple(run for run in (around[0], linked, around[1]) if run.text)


def into_sentence(para: Para, credit: tuple[Run, ...]) -> Para:
    """The paragraph with ", CREDIT" before the first full stop of its words."""
    runs: list[Run] = []
    done = False
    for run in para.runs:
        at = run.text.find(". ", 1)
        at = len(run.text) - 1 if at < 0 and run.text.endswith(".") else at
        if done or run.kind != "text" or at <= 0:
            runs.append(run)
            continue
        comma = Run(text=", ", kind="credit")
        runs += [replace(run, text=run.text[:at]), comma, *credit, replace(run, text=run.text[at:])]
        done = True
    return replace(para, runs=tuple(runs))


def before_text(para: Para, credit: tuple[Run, ...]) -> Para:
    """The paragraph with the credit in front."""
    return replace(para, runs=(*credit, *para.runs))


def whole(credit: tuple[Run, ...]) -> Para:
    """A paragraph that is nothing but a credit."""
    return Para(runs=credit, kind="credit")
