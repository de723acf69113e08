"""Passages from comparing to judging: those of the matches a run has stored need not be read back by it."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from db.linking import Met, Sides
from db.matches import Found

MOST = 250_000  # passages, about a hundred bytes each


class Passages:
    """The passages of matches as they were stored, by their versions; of the first MOST only."""

    def __init__(self, most: int = MOST) -> None:
        self.room = most
        self._spans: list[np.ndarray] = []  # int32[4, passages] of each batch
        self._places: dict[tuple[int, int], tuple[int, int, int]] = {}  # batch, first, end

    def add(self, found: Found) -> None:
        """Take those of one batch, now that it is stored; they stand for what was stored of a pair before."""
        pairs = list(zip(*found.figures[:2], strict=True))
        if not 0 < len(found.owners) <= self.room:
            for pair in pairs:
                self._places.pop(pair, None)
            return
        self.room -= len(found.owners)
        owners, spans = np.array(found.owners, np.int64), np.array(found.passages[:4], np.int32)
        order = np.lexsort((spans[2], spans[0], owners))
        owners, spans = owners[order], spans[:, order]
        beside = np.vstack((owners, spans[0], spans[2]))  # the key of the table: the first of a key is stored
        stored = np.append(True, (beside[:, 1:] != beside[:, :-1]).any(axis=0))
        owners, spans = owners[stored], spans[:, stored]
        ends = np.searchsorted(owners, np.arange(len(pairs) + 1)).tolist()
        batch = len(self._spans)
        self._spans.append(spans)
        places = ((batch, first, end) for first, end in pairwise(ends))
        self._places.update(zip(pairs, places, strict=True))

    def of(self, matches: Iterable[Met]) -> dict[int, Sides]:
        """Match -> its spans, as `db.linking.passages` gives them, of those known here."""
        known = ((m.id, self._places.get((m.version_a, m.version_b))) for m in matches)
        return {match: self._sides(*place) for match, place in known if place}

    def _sides(self, batch: int, first: int, end: int) -> Sides:
        a_start, a_end, b_start, b_end = self._spans[batch][:, first:end].tolist()
        return tuple(zip(a_start, a_end, strict=True)), tuple(zip(b_start, b_end, strict=True))
