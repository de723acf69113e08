"""People's words in, the accuracy of the links out: precision, what was missed, agreement of the coders.

Figures are of the links that `sample` drew: what somebody chose to judge is no sample, so it is
counted and left out.  A link's answer is the majority's; "unsure" is no answer, and where as many
say yes as no there is none.  Strata are weighed by their size, so that the figures are of all links
of the kinds that were labelled.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from db.agreement import cohen_kappa, effective_size, krippendorff_alpha, wilson
from db.judgements import Word, grouped, majority
from db.screen import printable

Pairs = Mapping[tuple[str, str], list[Word]]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of links with its 95 % interval, both 0..1; None: nothing was labelled."""

    share: float | None
    low: float | None
    high: float | None
    labelled: int
    standing_for: int  # links in the strata that it speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """What people's words say of the links; `as_dict` for JSON."""

    judgements: tuple[dict[str, Any], ...]  # per pair: child, source, verdict (None: undecided), words
    strata: tuple[dict[str, Any], ...]  # per stratum: its name, size, labelled, accepted
    precision: Share  # of accepted links, siblings left out
    sibling_precision: Share
    missed: dict[str, Any]  # the recall side: what the rest of the pairs hides
    agreement: dict[str, Any]
    disagreements: tuple[dict[str, Any], ...]
    unsampled: int  # pairs judged one by one
    undecided: int  # sampled pairs without a majority

    def as_dict(self) -> dict[str, Any]:
        """The fields in their order."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Stratum:
    name: str
    size: int
    answers: tuple[bool, ...]  # of the pairs that have a majority


def accuracy(words: Iterable[Word]) -> Accuracy:
    """The figures of these words, all of each pair's."""
    pairs = grouped(iter(words))
    sampled = {pair: said for pair, said in pairs.items() if any(w.stratum for w in said)}
    strata = sorted(_strata(sampled), key=lambda s: s.name)
    told = tuple(_told(pair, said) for pair, said in pairs.items())
    return Accuracy(
        judgements=told,
        strata=tuple(
            {"stratum": s.name, "size": s.size, "labelled": len(s.answers), "accepted": sum(s.answers)}
            for s in strata
        ),
        precision=_share(strata, _is_accepted),
        sibling_precision=_share(strata, lambda name: name == "sibling"),
        missed=_missed(strata),
        agreement=_agreement(pairs),
        disagreements=tuple(t for t in told if {"accept", "reject"} <= set(t["words"].values())),
        unsampled=len(pairs) - len(sampled),
        undecided=sum(majority(said) is None for said in sampled.values()),
    )


def _told(pair: tuple[str, str], said: Collection[Word]) -> dict[str, Any]:
    words = {word.judge: word.verdict for word in said}
    return {"child": pair[0], "source": pair[1], "verdict": majority(said), "words": words}


def _strata(sampled: Pairs) -> Iterator[_Stratum]:
    """The strata met, each as large as the largest size stated for it."""
    answers: dict[str, list[bool]] = {}
    sizes: dict[str, int] = {}
    for said in sampled.values():
        name = next(w.stratum for w in said if w.stratum)
        sizes[name] = max([sizes.get(name, 0), *(w.stratum_size or 0 for w in said)])
        verdict = majority(said)
        answers.setdefault(name, []).extend([verdict == "accept"] if verdict else [])
    for name, given in answers.items():
        yield _Stratum(name, max(sizes[name], len(given)), tuple(given))


def _is_accepted(name: str) -> bool:
    return name.startswith("accepted")


def _is_other(name: str) -> bool:
    return not _is_accepted(name) and name != "sibling"


def _share(strata: Sequence[_Stratum], wanted: Callable[[str], bool]) -> Share:
    """The share of right links among the strata wanted, each answer weighed by what it stands for."""
    some = [s for s in strata if wanted(s.name) and s.answers]
    if not some:
        return Share(None, None, None, 0, 0)
    weighed = [(s.size / len(s.answers), answer) for s in some for answer in s.answers]
    share = sum(w for w, answer in weighed if answer) / sum(w for w, _ in weighed)
    low, high = wilson(share, effective_size([w for w, _ in weighed]))
    return Share(share, low, high, len(weighed), sum(s.size for s in some))


def _missed(strata: Sequence[_Stratum]) -> dict[str, Any]:
    """How many of the pairs that are not accepted links should be, and the recall that follows.

    Recall is among the pairs that comparing or a name brought together; None where either side has
    no label.  A page that shares no text and names nobody cannot be in the sample.
    """
    share = _share(strata, _is_other)
    found = _share(strata, _is_accepted)
    told = {"recall": None, "links_missed": None, "share_of_others": asdict(share)}
    told["of"] = [s.name for s in strata if _is_other(s.name) and s.answers]
    if share.share is None or found.share is None:
        return told
    missed, right = share.share * share.standing_for, found.share * found.standing_for
    return told | {"links_missed": missed, "recall": right / (right + missed) if right + missed else None}


def _agreement(pairs: Pairs) -> dict[str, Any]:
    """Which measure fits the number of coders, its value (None: not defined), and on how many links.

    A word without a name is nobody's in particular, so it is no coder's: it counts everywhere but here.
    """
    answered = [
        {w.judge: w.verdict for w in said if w.judge and w.verdict != "unsure"} for said in pairs.values()
    ]
    coders = sorted({w.judge for said in pairs.values() for w in said if w.judge})
    shared = [given for given in answered if len(given) > 1]
    told = {"coders": coders, "links": len(shared), "unsure": _unsure(pairs)}
    if len(coders) == 2:
        value = cohen_kappa([(given[coders[0]], given[coders[1]]) for given in shared])
        return {"measure": "Cohen's kappa (1960)", "value": value} | told
    value = krippendorff_alpha([tuple(given.values()) for given in shared])
    return {"measure": "Krippendorff's alpha, nominal (2011)", "value": value} | told


def _unsure(pairs: Pairs) -> int:
    return sum(w.verdict == "unsure" for said in pairs.values() for w in said)


def as_text(found: Accuracy, *, listed: bool) -> str:
    """The figures in lines; with `listed` every judgement before them."""
    lines = [_line(told) for told in found.judgements] if listed else []
    lines += ["", *_figures(found)] if lines else _figures(found)
    if found.disagreements:
        lines += ["", f"{len(found.disagreements):,} links that the coders disagree on:"]
        lines += [f"  {_line(told)}" for told in found.disagreements]
    return "\n".join(lines)


def _line(told: Mapping[str, Any]) -> str:
    words = ", ".join(f"{judge or 'somebody'}: {verdict}" for judge, verdict in told["words"].items())
    pair = f"{told['child']} <- {told['source']}"
    return printable(f"{told['verdict'] or 'undecided'}: {pair} ({words})")


def _figures(found: Accuracy) -> Iterator[str]:
    yield f"precision of accepted links: {_percent(found.precision)}"
    yield f"precision of sibling links: {_percent(found.sibling_precision)}"
    yield from _recall(found.missed)
    yield _agreed(found.agreement)
    yield f"no majority, left to the rules: {found.undecided:,} links"
    if found.unsampled:
        yield f"judged one by one, not drawn by a sample, left out of the shares: {found.unsampled:,} links"
    for told in found.strata:
        yield f"  {told['stratum']}: {told['accepted']} of {told['labelled']} right, of {told['size']:,}"


def _percent(share: Share) -> str:
    if share.share is None:
        return "not known, none was labelled"
    interval = f"95 % interval {100 * share.low:.1f} to {100 * share.high:.1f}"
    return (
        f"{100 * share.share:.1f} % ({interval}, Wilson; "
        f"{share.labelled:,} labelled, standing for {share.standing_for:,})"
    )


def _recall(missed: Mapping[str, Any]) -> Iterator[str]:
    others = Share(**missed["share_of_others"])
    yield f"links among what is not accepted: {_percent(others)}"
    if missed["recall"] is None:
        yield "recall: not known, label accepted links and others"
    else:
        yield (
            f"recall among pairs that share text or name each other: {100 * missed['recall']:.1f} %, "
            f"about {missed['links_missed']:,.0f} missed ({', '.join(missed['of'])})"
        )


def _agreed(agreement: Mapping[str, Any]) -> str:
    if len(agreement["coders"]) < 2:
        return f"agreement: {'one coder' if agreement['coders'] else 'no coder with a name'} only"
    value = agreement["value"]
    figure = "not defined: all answers are the same, or none is shared" if value is None else f"{value:.3f}"
    return (
        f"agreement of {len(agreement['coders'])} coders on {agreement['links']:,} links: "
        f"{agreement['measure']} {figure} (unsure {agreement['unsure']:,} times, no answer)"
    )
