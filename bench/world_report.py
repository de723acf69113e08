"""Scores in, tables and lists of errors out, as text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from world_score import NEUTRAL, Judged, Score, Verdict

TARGETS = {
    "direct parent on the web: recall": ">= .88",
    "direct parent on the web: precision": ">= .93",
    "unseen but credited source: recall": ">= .93",
    "unseen but credited source: precision": ">= .95",
    "direction of accepted links wrong": "<= 1 %",
    "links between unrelated stories": "<= .2 %",
    "calibration error of p_direct": "<= .05",
}
_UNRELATED = ("unrelated", "decoy: weather report", "decoy: league table")


def main_table(ours: Score, recipes: Mapping[str, Score]) -> str:
    """The issue's table: newstrace, the targets, the recipes."""
    columns = {"newstrace": ours, **recipes}
    heads = ["", "target", *columns]
    rows = [[label, TARGETS[label], *(_cell(label, s, ours) for s in columns.values())] for label in TARGETS]
    return "\n" + _table([heads, *rows]) + "\n\n" + "\n".join(_below(ours))


def _cell(label: str, score: Score, ours: Score) -> str:
    what = "phantom" if label.startswith("unseen") else "web"
    if label.endswith("recall"):
        return f"{score.recall(what):.3f} ({score.found[what]}/{score.required[what]})"
    if label.endswith("precision"):
        if not score.accepted[what]:
            return "-"
        return f"{score.precision(what):.3f} ({score.right[what]}/{score.accepted[what]})"
    if label.startswith("direction"):
        return f"{100 * score.share('turned round'):.1f} %"
    if label.startswith("links between"):
        return f"{100 * score.share(*_UNRELATED):.2f} %"
    return f"{score.calibration_error():.3f}" if score is ours else "-"


def _below(ours: Score) -> Iterator[str]:
    """What accepted links are, siblings, relations and reliability, a line each."""
    yield f"{ours.pages} pages. Accepted links by what they are in truth:"
    for (what, kind), number in sorted(ours.kinds.items(), key=lambda item: -item[1]):
        yield f"  {number:5}  {what:8} {kind}"
    every = f"{ours.recall('any'):.3f} ({ours.found['any']}/{ours.required['any']})"
    yield f"Every true parent on the web, also where no page tells: recall {every}"
    yield "Sibling links: " + _listed(ours.siblings)
    yield "Relations (truth -> said): " + _listed({f"{a} -> {b}": n for (a, b), n in ours.relations.items()})
    yield "p_direct said -> true: " + ", ".join(
        f"{said:.2f} -> {true:.2f} ({n})" for said, true, n in ours.curve()
    )


def _listed(counter: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{key}: {number}" for key, number in sorted(counter.items(), key=lambda i: -i[1]))
        or "none"
    )


def cases_table(score: Score) -> str:
    """Every case with how many were found, held back as candidates, missed or turned round."""
    parts = []
    for table in dict.fromkeys(table for table, _ in sorted(score.cases)):
        outcomes = ("linked", "left alone") if table == "must not be linked" else _OUTCOMES
        rows = [[table, "all", *outcomes]]
        for (name, case), counts in sorted(score.cases.items()):
            if name == table:
                rows.append([case, str(counts.total()), *(str(counts[o] or "-") for o in outcomes)])
        parts.append(_table(rows))
    return "\n" + "\n\n".join(parts)


_OUTCOMES = ("found", "held back", "missed", "turned round")


def credits_table(counted: Mapping[tuple[str, str], Counter]) -> str:
    """What the reader made of the credits of copies, by place and language: read / all."""
    languages = sorted({language for _, language in counted})
    rows = [["credits read, by place", *languages]]
    for place in sorted({place for place, _ in counted}):
        counts = [counted.get((place, language), Counter()) for language in languages]
        rows.append([place, *(f"{c[True]}/{c.total()}" if c else "-" for c in counts)])
    return "\n" + _table(rows)


def show_errors(
    verdicts: Sequence[Verdict], unread: Iterable[tuple[str, str]], limit: int, only: str | None
) -> str:
    """The wrong and the missed, so many of each class, with what was stored of them."""
    classes: dict[str, list[str]] = {}
    for label, words in unread:
        if not only or only in label:
            classes.setdefault(label, []).append(words)
    for verdict in verdicts:
        for label, words in (*_wrong(verdict), *_missed(verdict)):
            if not only or only in label:
                classes.setdefault(label, []).append(words)
    parts = []
    for label, found in sorted(classes.items(), key=lambda item: -len(item[1])):
        parts.append(f"\n== {label}: {len(found)}")
        parts += found[:limit]
    return "\n".join(parts)


def _wrong(verdict: Verdict) -> Iterator[tuple[str, str]]:
    right = {pair[0]: row for pair, row, _ in verdict.missed}
    for j in verdict.judged:
        if j.accepted and j.is_a != "right" and j.is_a not in NEUTRAL and j.link["relation"] != "revises":
            missed = right.get(j.link["child_url"])
            should = f"\n   should be  {_target(missed)} [{missed['case']}]" if missed else ""
            yield f"WRONG {j.is_a} ({'page' if j.to_page else 'unseen'})", _told(j.link) + should
    for is_a, link in verdict.siblings:
        yield f"WRONG sibling: {is_a}", _told(link)


def _missed(verdict: Verdict) -> Iterator[tuple[str, str]]:
    taken: dict[str, list[Judged]] = {}
    for j in verdict.judged:
        if j.accepted:
            taken.setdefault(j.link["child_url"], []).append(j)
    for (child, _), row, link in verdict.missed:
        kind = "page" if row["parent_url"] else "unseen"
        how = ", ".join(f"{key} {value}" for key, value in row["how"].items() if value)
        words = f"- {child}\n   truth      {_target(row)} [{how}]"
        words += f"\n   stored\n{_told(link)}" if link else "\n   stored     nothing"
        words += "".join(f"\n   instead    {_told(j.link)}" for j in taken.get(child, ()))
        yield f"MISSED {row['case']} ({kind}{', held back' if link else ''})", words


def _target(row: Mapping[str, Any]) -> str:
    return row["parent_url"] or f"({row['parent_name']})"


def _told(link: Mapping[str, Any]) -> str:
    """A link with its probabilities and reasons."""
    figures = " ".join(f"{key} {link[key]:.2f}" for key in _FIGURES if link.get(key) is not None)
    head = f"- {link['child_url']}\n   <- {_target(link)} {link['relation']} {link['status']} {figures}"
    return "\n".join([head, *(f"      {line}" for line in _reasons(link["evidence"]))])


_FIGURES = ("p_related", "p_direction", "p_direct", "containment", "jaccard")


def _reasons(evidence: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for reason in evidence:
        yield f"{reason['weight']:+.2f} {reason['kind']} ({reason['region']}) {str(reason['quote'])[:100]!r}"


def reliability_plot(score: Score, path: Path) -> str:
    """Draw what p_direct says against how often it is true; a word about it."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return "no plot: matplotlib is not installed"
    figure = Figure(figsize=(5, 5), layout="tight")
    axes = figure.subplots()
    curve = score.curve()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([said for said, _, _ in curve], [true for _, true, _ in curve], marker="o")
    for said, true, number in curve:
        axes.annotate(str(number), (said, true), textcoords="offset points", xytext=(4, -10), fontsize=8)
    axes.set_xlabel("p_direct, as said")
    axes.set_ylabel("share that is true")
    figure.savefig(path)
    return f"drawn: {path}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
