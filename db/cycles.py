"""Circles among links: who took it from whom can never come back to its start."""

from collections.abc import Hashable, Iterable
from graphlib import CycleError, TopologicalSorter


def circle(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[Hashable]:
    """One circle among (child, source) pairs, its first member repeated at the end; empty: there is none.

    >>> circle([(1, 2), (2, 3)]), sorted(set(circle([(1, 2), (2, 1)])))
    ([], [1, 2])
    """
    graph: dict[Hashable, set[Hashable]] = {}
    for child, source in pairs:
        graph.setdefault(child, set()).add(source)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
