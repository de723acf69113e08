"""Invented news: a source of chance and a language in, the facts of a story and its sentences out.

Two stories share almost no five words in a row; two writers on one story share its names, its numbers and
the words of its officials, and nothing else.
"""

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "worlds"
QUOTES = 3  # official statements of one story


@cache
def tables(name: str) -> Mapping[str, Any]:
    """The words of a TOML file of `worlds/`."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def phrases(text: str) -> list[str]:
    """The phrases of a list written with | between them."""
    return [" ".join(phrase.split()) for phrase in text.split("|")]


@cache
def _english() -> dict[str, list[str]]:
    data = tables("english")
    listed = ("openers", "joins", "places_in", "units", "roles", "said")
    found = {key: phrases(data[key]) for key in listed}
    return found | {key: data[key].split() for key in ("adjectives", "agents", "general", "verbs")}


@cache
def _foreign(language: str) -> dict[str, list[str]]:
    return {
        key: phrases(value) for key, value in tables("languages")[language].items() if isinstance(value, str)
    }


def months(language: str) -> list[str]:
    """The names of the months."""
    return tables("languages")[language]["months"].split()


def coin(chance: random.Random, ends: list[str], syllables: int = 1) -> str:
    """An invented name with one of these endings."""
    onsets, vowels, codas = (tables("names")[key].split() for key in ("onsets", "vowels", "codas"))
    stem = "".join(chance.choice(onsets) + chance.choice(vowels) for _ in range(syllables))
    return (stem + chance.choice(codas) + chance.choice(ends)).capitalize()


def place_name(chance: random.Random, language: str) -> str:
    """The name of a town that does not exist."""
    return coin(chance, tables("names")["places"][language].split(), chance.choice((1, 1, 2)))


def person_name(chance: random.Random, language: str) -> str:
    """First name and surname of nobody."""
    surname = coin(chance, tables("names")["people"][language].split())
    return f"{coin(chance, ['a', 'in', 'el', 'or', 'is', 'e'])} {surname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every report of one event agrees on."""

    language: str
    topic: str
    place: str
    people: tuple[str, ...]
    numbers: tuple[str, ...]
    statements: tuple[str, ...]  # official words, quoted alike by everybody


def make_facts(chance: random.Random, language: str) -> Facts:
    """The facts of a new story."""
    topic = chance.choice(sorted(tables("english")["topics"]))
    bare = Facts(
        language=language,
        topic=topic,
        place=place_name(chance, language),
        people=tuple(person_name(chance, language) for _ in range(4)),
        numbers=tuple(str(chance.randrange(3, 9900)) for _ in range(7)),
        statements=(),
    )
    writer = Writer(chance, bare)
    said = tuple(" ".join(writer.plain() for _ in range(chance.choice((2, 2, 3)))) for _ in range(QUOTES))
    return Facts(**{f: getattr(bare, f) for f in bare.__slots__ if f != "statements"}, statements=said)


def grouped(number: str, language: str) -> str:
    """A number as the language writes it: 9,900 is 9.900 in German and 9 900 in French."""
    sign = {"en": ",", "fr": "\u202f"}.get(language, ".")
    return f"{int(number):,}".replace(",", sign)


class Writer:
    """One author's sentences on one story; another source of chance gives other sentences."""

    def __init__(self, chance: random.Random, facts: Facts) -> None:
        self.chance, self.facts = chance, facts
        self.pick = chance.choice
        self.frames: list[Callable[[], str]] = (
            [self._act, self._act_after, self._counted, self._told, self._opened, self._where]
            if facts.language == "en"
            else [self._foreign_plain, self._foreign_joined, self._foreign_counted, self._foreign_told]
        )

    def sentence(self) -> str:
        """One sentence that ends in a full stop."""
        words = self.pick(self.frames)()
        return words[0].upper() + words[1:] + "."

    def plain(self) -> str:
        """A sentence without a speaker, fit to be quoted."""
        words = self._act_after() if self.facts.language == "en" else self._foreign_joined()
        return words[0].upper() + words[1:] + "."

    def paragraph(self) -> str:
        """Two to four sentences."""
        return " ".join(self.sentence() for _ in range(self.pick((2, 3, 3, 4))))

    def quoting(self, statement: str) -> str:
        """A paragraph around an official statement, its words untouched."""
        opening, closing = tables("languages")[self.facts.language]["quote"]
        said = self.pick(_english()["said"] if self.facts.language == "en" else self._list("said"))
        return f"{opening}{statement}{closing} {said} {self.pick(self.facts.people)}. {self.sentence()}"

    def article(self, paragraphs: int, *, quotes: int = 0) -> list[str]:
        """The paragraphs of a report, the first `quotes` official statements among them."""
        found = [self.paragraph() for _ in range(paragraphs)]
        for number in range(quotes):
            at = min(len(found), 1 + number * 2)
            found.insert(at, self.quoting(self.facts.statements[number]))
        return found

    def rendering(self, told: Sequence[str]) -> str:
        """A sentence with these people, places and numbers of the story, in this order."""
        joins = _english()["joins"] if self.facts.language == "en" else self._list("joins")
        clauses: list[str] = []
        for name in told:
            if name == self.facts.place:
                clauses[-1:] = [f"{clauses[-1]} ({name})" if clauses else f"{name}: {self._clause('')}"]
            else:
                clauses.append(self._clause(name))
        words = (clauses or [self._clause("")])[0]
        for clause in clauses[1:]:
            words += f", {self.pick(joins)} {clause}"
        return words[0].upper() + words[1:] + "."

    def _clause(self, name: str) -> str:
        """A clause about a person, a number, or nobody in particular."""
        if self.facts.language == "en":
            if name.isdigit():
                units = self.pick(_english()["units"])
                return (
                    f"{grouped(name, 'en')} {self._adj()} {units} were {self._past()} {self._spot_of_none()}"
                )
            nobody = f"the {self._adj()} {self.pick(_english()['agents'])}"
            return f"{name or nobody} {self._past()} {self._thing()}"
        if name.isdigit():
            units = f"{grouped(name, self.facts.language)} {self.pick(self._list('units'))}"
            return f"{units} {self.pick(self._list('complements'))}"
        rest = (self.pick(self._list(key)) for key in ("verbs", "objects"))
        return " ".join((name or self.pick(self._list("subjects")), *rest))

    def _spot_of_none(self) -> str:
        return self.pick(_english()["places_in"])

    def title(self) -> str:
        """A headline."""
        if self.facts.language == "en":
            words = f"{self._agent()} {self._past()} {self._thing()}"
            return (
                f"{self.facts.place}: {words}" if self.chance.random() < 0.4 else words[0].upper() + words[1:]
            )
        words = self._foreign_plain()
        return words[0].upper() + words[1:]

    def synonym(self, word: str) -> str:
        """Another word of about the same sort, for an editor who changes one."""
        if word.isdigit():
            return str(int(word) + self.pick((1, 2, 3, 10)))
        if self.facts.language == "en":
            return self.pick(_english()[self.pick(("adjectives", "general", "adjectives"))])
        return self.pick(self.pick(self._list("objects")).split())

    # English

    def _noun(self) -> str:
        topics = tables("english")["topics"][self.facts.topic].split()
        return self.pick(topics if self.chance.random() < 0.6 else _english()["general"])

    def _thing(self) -> str:
        return (
            f"{self.pick(('the', 'a second', 'another', 'their', 'the', 'its'))} {self._adj()} {self._noun()}"
        )

    def _adj(self) -> str:
        return self.pick(_english()["adjectives"])

    def _agent(self) -> str:
        if self.chance.random() < 0.25:
            return self.pick(self.facts.people)
        return f"the {self._adj()} {self.pick(_english()['agents'])}"

    def _base(self) -> str:
        return self.pick(_english()["verbs"])

    def _past(self) -> str:
        verb = self._base()
        if verb.endswith("e"):
            return verb + "d"
        return verb[:-1] + "ied" if verb.endswith("y") and verb[-2] not in "aeou" else verb + "ed"

    def _act(self) -> str:
        return f"{self._agent()} {self._past()} {self._thing()} {self._spot()}"

    def _spot(self) -> str:
        if self.chance.random() < 0.3:
            return f"in {self.facts.place}"
        return self.pick(_english()["places_in"])

    def _act_after(self) -> str:
        join = self.pick(_english()["joins"])
        first = f"{self._agent()} {self._past()} {self._thing()}"
        return f"{first} {join} {self._agent()} {self._past()} {self._thing()}"

    def _counted(self) -> str:
        many = f"{self.pick(self.facts.numbers)} {self._adj()} {self.pick(_english()['units'])}"
        return (
            f"{many} were {self._past()} {self._spot()}, and {self._agent()} {self._past()} {self._thing()}"
        )

    def _told(self) -> str:
        role = self.pick(_english()["roles"])
        who = f"{self.pick(self.facts.people)}, {role} of {self._thing()}"
        said = self.pick(_english()["said"])
        return f"{who}, {said} that {self._agent()} would {self._base()} {self._thing()}"

    def _opened(self) -> str:
        opener = self.pick(_english()["openers"])
        return f"{opener}, {self._act_after()}"

    def _where(self) -> str:
        return f"{self._thing()} {self._spot()} was {self._past()}, though {self._agent()} {self._past()} it"

    # the other languages

    def _list(self, key: str) -> list[str]:
        return _foreign(self.facts.language)[key]

    def _foreign_subject(self) -> str:
        return (
            self.pick(self.facts.people) if self.chance.random() < 0.2 else self.pick(self._list("subjects"))
        )

    def _foreign_plain(self) -> str:
        return " ".join(
            (
                self._foreign_subject(),
                *(self.pick(self._list(k)) for k in ("verbs", "objects", "complements")),
            )
        )

    def _foreign_joined(self) -> str:
        first = (
            f"{self._foreign_subject()} {self.pick(self._list('verbs'))} {self.pick(self._list('objects'))}"
        )
        return f"{first}, {self.pick(self._list('joins'))} {self._foreign_plain()}"

    def _foreign_counted(self) -> str:
        many = f"{self.pick(self.facts.numbers)} {self.pick(self._list('units'))}"
        return f"{self.facts.place}: {many}, {self.pick(self._list('joins'))} {self._foreign_plain()}"

    def _foreign_told(self) -> str:
        return f"{self._foreign_plain()}, {self.pick(self._list('said'))} {self.pick(self.facts.people)}"
