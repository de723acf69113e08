"""The pictures of the near-duplicate bench: recall against containment, cost against archive size."""

from collections.abc import Mapping, Sequence
from pathlib import Path


def recall_against_containment(found: Mapping[str, Sequence[tuple[float, bool]]], path: Path) -> str:
    """Draw, of each engine's (containment, found) pairs, the share found in each tenth; a word about it."""
    axes, save = _axes(path)
    if axes is None:
        return save
    for name, pairs in found.items():
        tenths: dict[int, list[bool]] = {}
        for containment, hit in pairs:
            tenths.setdefault(min(int(containment * 10), 9), []).append(hit)
        kept = sorted(tenth for tenth, hits in tenths.items() if len(hits) >= 5)
        recall = [sum(tenths[tenth]) / len(tenths[tenth]) for tenth in kept]
        axes.plot([(tenth + 0.5) / 10 for tenth in kept], recall, marker="o", label=name)
    axes.set_xlabel("containment of the smaller text in the larger")
    axes.set_ylabel("share of planted pairs found")
    axes.set_ylim(-0.02, 1.02)
    axes.legend()
    return save()


def cost_against_size(rows: Sequence[tuple[int, float]], path: Path) -> str:
    """Draw (articles indexed, CPU microseconds per article added); a word about it."""
    axes, save = _axes(path)
    if axes is None:
        return save
    axes.plot([size for size, _ in rows], [cost for _, cost in rows], marker="o")
    axes.set_xscale("log")
    axes.set_ylim(0)
    axes.set_xlabel("articles in the index")
    axes.set_ylabel("CPU microseconds per article, 10,000 added")
    return save()


def _axes(path: Path):
    """Axes to draw on and what saves them, or None and why: matplotlib is not installed everywhere."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None, "no plot: matplotlib is not installed"
    figure = Figure(figsize=(6, 4), layout="tight")

    def save() -> str:
        figure.savefig(path, dpi=90)
        return f"drawn: {path}"

    return figure.subplots(), save
