"""Several readings of one page's text come in, the lines that bear each other out go out.

Readings are compared by their runs of four words, whatever their lines: a line stands where others say it
too, and a whole reading gives way where the others agree with each other and not with it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

RUN = 4  # words
BORNE_OUT = 0.5  # share of a line's runs that stand in another reading that says it too
APART = 0.2  # agreement below which two readings are of two articles
SHORTER = 0.4  # of another's length: what is shorter may be its teaser
SHORT_LINE = 100  # characters
MARGIN = 0.1  # of agreement summed over the others
SEAM = 12 * RUN  # letters of the runs that a line breaks which stands in one of two readings
FEW = 20_000  # characters of a text in which runs are looked for one by one
TRAIL = 2  # lines behind the text that may be its credits

# A letter of a script that writes no spaces is a word of its own.
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


def words(line: str) -> list[str]:
    """The words of a line, as they are compared."""
    return (_ASCII_WORD if line.isascii() else _WORD).findall(line.casefold())


@dataclass(frozen=True)
class Heard:
    """One reading: its lines, and what comparing needs of them."""

    lines: list[str]

    @cached_property
    def said(self) -> list[list[str]]:
        """The words of each line."""
        return [words(line) for line in self.lines]

    @cached_property
    def flat(self) -> list[str]:
        """The words of all lines."""
        return words("\n".join(self.lines))

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """Every run of RUN words, across lines too; a shorter text is one run."""
        return frozenset(_runs(self.flat) or ([tuple(self.flat)] if self.flat else []))

    @cached_property
    def whole(self) -> frozenset[str]:
        """The lines that hold a word."""
        return frozenset(filter(_WORD.search, self.lines))

    @cached_property
    def plain(self) -> str:
        """All words with single spaces between and around them."""
        return f" {' '.join(self.flat)} "

    @property
    def letters(self) -> int:
        """The characters of all lines."""
        return sum(map(len, self.lines))

    def holds(self, line: str) -> bool:
        """Whether a line stands here, or most of its words."""
        return line in self.whole or self.says(words(line))

    def says(self, line: Sequence[str], most: float = BORNE_OUT) -> bool:
        """Whether the words of a line stand here, `most` (0..1) of its runs."""
        runs = _runs(line)
        if not runs:
            return f" {' '.join(line)} " in self.plain
        if "runs" in self.__dict__ or len(self.plain) > FEW:
            return sum(run in self.runs for run in runs) >= most * len(runs)
        return sum(f" {' '.join(run)} " in self.plain for run in runs) >= most * len(runs)


def _runs(flat: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(flat[start:] for start in range(RUN)), strict=False))


def share(one: Heard, other: Heard) -> float:
    """The share of one reading's runs that stand in the other, 0..1."""
    return len(one.runs & other.runs) / len(one.runs) if one.runs else 0.0


def agreement(one: Heard, other: Heard) -> float:
    """How much two readings are one, 0..1: twice what they share by what they hold."""
    both = len(one.runs) + len(other.runs)
    return 2 * len(one.runs & other.runs) / both if both else 0.0


def surely_agree(one: Heard, other: Heard, least: float) -> bool:
    """Whether two readings agree by `least`, told by their lines alone; False where their words must tell.

    True is right of texts that do not repeat themselves.
    """
    mine, theirs = one.whole, other.whole
    both = [line for line in one.lines if line in theirs]
    if not both or both != [line for line in other.lines if line in mine]:
        return False
    letters = one.letters + other.letters
    apart = len(one.lines) + len(other.lines) - 2 * len(both)
    return letters - 2 * sum(map(len, both)) + apart * SEAM <= (1 - least) * letters


def borne_out(reading: Heard, others: Sequence[Heard]) -> Heard:
    """The reading without the lines that no other says; all of it where others say none of it.

    A short line alone between two that stay is a heading, a long one before the first a lead: they stay.
    So do one or two short lines behind the last, which are credits as a rule; of more, only the first.
    """
    stays = [any(other.holds(line) for other in others) for line in reading.lines]
    if not any(stays) or all(stays):
        return reading
    first, last = stays.index(True), len(stays) - stays[::-1].index(True) - 1
    for at in range(first + 1, last):
        if not stays[at] and stays[at - 1] and stays[at + 1]:
            stays[at] = len(reading.lines[at]) < SHORT_LINE
    if first and len(reading.lines[first - 1]) >= SHORT_LINE:
        stays[first - 1] = True
    behind = range(last + 1, len(stays))
    for at in behind if len(behind) <= TRAIL else behind[:1]:
        if len(reading.lines[at]) >= SHORT_LINE:
            break
        stays[at] = True
    return Heard([line for line, stay in zip(reading.lines, stays, strict=True) if stay])


def elected(readings: Mapping[str, Heard], titles: Sequence[str]) -> str:
    """The name of the reading that agrees most with all others; the first, unless one is better by MARGIN.

    A page that runs on into other articles is read as one by some and as another by others: between
    two that share next to nothing, the one that speaks of what the headline says wins,
    if it is not much shorter.
    Raises ValueError when there is none.
    """
    if not readings:
        raise ValueError("no reading to elect from")
    votes = {
        name: sum(agreement(reading, other) for key, other in readings.items() if key != name)
        for name, reading in readings.items()
    }
    best = max(votes, key=lambda name: votes[name])
    first = next(iter(readings))
    best = best if votes[best] > votes[first] + MARGIN else first
    for name, reading in readings.items():
        long_enough = reading.letters > SHORTER * readings[best].letters
        apart = long_enough and agreement(reading, readings[best]) < APART
        if apart and _about(reading, titles) > _about(readings[best], titles):
            best = name
    return best


def _about(reading: Heard, titles: Sequence[str]) -> float:
    """The share of a headline's longer words that a reading says, 0..1; the best of the headlines."""
    wanted = [{word for word in words(title) if len(word) > 3 or word > "\u0e00"} for title in titles[:8]]
    shares = [sum(f" {word} " in reading.plain for word in title) / len(title) for title in wanted if title]
    return max(shares, default=0.0)
