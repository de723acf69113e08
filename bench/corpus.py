"""A made-up news corpus with planted copies, the same for the same seed: `python bench/corpus.py --seed 1`.

Words are drawn from a Zipfian vocabulary, and every text carries a few stock phrases, which real news
shares without copying.  Of each kind of copy below, the pair (original, copy) is known.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

VOCABULARY = 60_000
PHRASES = 400  # stock phrases of six to nine words; the commonest stands in one text of a hundred
SYLLABLES = tuple("bacedifogulameniporusatevizoarenisoluntracos"[i : i + 2] for i in range(0, 44, 2))

KINDS = {
    "header": "a copy with 10 to 40 words of its own before and behind",
    "cut": "30 to 70 % of the original",
    "edited": "10 % of the words substituted",
    "merged": "two originals, one after the other",
    "embedded": "a brief of 60 to 150 words inside 400 to 800 others",
    "embedded, edited": "the same with 8 % of the brief's words substituted",
    "run": "30 words inside 600 others",
}


@dataclass(frozen=True, slots=True)
class Plant:
    """A known copy: two texts by number, and how one came of the other."""

    kind: str
    original: int
    copy: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts of paragraphs, and the copies among them."""

    texts: list[str]
    plants: list[Plant]


def make(size: int, seed: int, *, share: float = 0.3) -> Corpus:
    """A corpus of about `size` texts of which `share` are copies."""
    return _Maker(np.random.default_rng(seed)).corpus(size, share)


class _Maker:
    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        lengths = np.minimum(1 + random.poisson(1.2, VOCABULARY), 6)
        parts = random.choice(SYLLABLES, int(lengths.sum()))
        ends = np.cumsum(lengths)
        self.words = np.array(
            ["".join(parts[end - n : end]) for end, n in zip(ends, lengths, strict=True)], dtype=object
        )
        weights = 1 / (np.arange(VOCABULARY) + 2.7)
        self.steps = np.cumsum(weights / weights.sum())
        self.phrases = [self.fresh(int(random.integers(6, 10)), phrases=False) for _ in range(PHRASES)]
        chances = 1 / (np.arange(PHRASES) + 1.0)
        self.chances = 0.01 * chances  # of each phrase in a text

    def fresh(self, count: int, *, phrases: bool = True) -> np.ndarray:
        """Numbers of words nobody wrote before."""
        words = np.searchsorted(self.steps, self.random.random(count))
        if phrases:
            for phrase in np.flatnonzero(self.random.random(PHRASES) < self.chances):
                at = self.random.integers(0, count + 1)
                words = np.concatenate((words[:at], self.phrases[phrase], words[at:]))
        return words

    def edited(self, words: np.ndarray, share: float) -> np.ndarray:
        """The words with some of them substituted."""
        changed = self.random.random(len(words)) < share
        return np.where(changed, self.fresh(len(words), phrases=False), words)

    def text(self, words: np.ndarray) -> str:
        """The words in sentences and paragraphs."""
        spelled = self.words[words].tolist()
        lines, at = [], 0
        while at < len(spelled):
            step = int(self.random.integers(20, 60))
            line = " ".join(spelled[at : at + step])
            lines.append(line[:1].upper() + line[1:] + ".")
            at += step
        return "\n".join(lines)

    def corpus(self, size: int, share: float) -> Corpus:
        kept: list[np.ndarray] = []
        plants: list[Plant] = []
        names = list(KINDS)
        while len(kept) < size:
            if kept and self.random.random() < share:
                kind = names[int(self.random.integers(len(names)))]
                kept.extend(self._planted(kind, kept, plants))
            else:
                kept.append(self.fresh(int(np.clip(self.random.normal(610, 200), 120, 2500))))
        return Corpus([self.text(words) for words in kept], plants)

    def _planted(self, kind: str, kept: list[np.ndarray], plants: list[Plant]) -> Iterator[np.ndarray]:
        """New texts of one kind of copy, the pairs noted."""
        first, second = self.random.integers(len(kept), size=2).tolist()
        original, number = kept[first], len(kept)
        draw = self.random.integers
        if kind.startswith("embedded"):
            brief = self.fresh(int(draw(60, 151)))
            yield brief
            plants.append(Plant(kind, number, number + 1))
            inside = self.edited(brief, 0.08) if "edited" in kind else brief
            own = self.fresh(int(draw(400, 801)))
            at = int(draw(len(own)))
            yield np.concatenate((own[:at], inside, own[at:]))
            return
        plants.append(Plant(kind, first, number))
        if kind == "header":
            yield np.concatenate((self.fresh(int(draw(10, 41))), original, self.fresh(int(draw(10, 41)))))
        elif kind == "cut":
            length = int(len(original) * self.random.uniform(0.3, 0.7))
            at = int(draw(len(original) - length + 1))
            yield original[at : at + length]
        elif kind == "edited":
            yield self.edited(original, 0.1)
        elif kind == "merged":
            if second != first:
                plants.append(Plant(kind, second, number))
            yield np.concatenate((original, kept[second]))
        else:
            at = int(draw(max(len(original) - 30, 0) + 1))
            own = self.fresh(600)
            yield np.concatenate((own[:300], original[at : at + 30], own[300:]))


def main() -> None:
    """Print what a corpus holds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    made = make(chosen.size, chosen.seed)
    lengths = [len(text.split()) for text in made.texts]
    print(f"{len(made.texts)} texts of {np.mean(lengths):.0f} words on average, seed {chosen.seed}")
    for kind, meaning in KINDS.items():
        print(f"{sum(plant.kind == kind for plant in made.plants):7}  {kind}: {meaning}")


if __name__ == "__main__":
    main()
