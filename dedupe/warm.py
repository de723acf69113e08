"""Calling each compiled kernel once, on next to nothing, so that none loads in the middle of work.

The first time on a machine they are compiled, a quarter of a minute of work; afterwards they are read
from the cache.  `python -m dedupe.warm` does it ahead of time.
"""

import sys

import numpy as np

from dedupe import speed
from dedupe.blocks import lines
from dedupe.bulk import NO_BLOCKS, shared, sketches
from dedupe.candidates import Postings, Slab, distinct
from dedupe.compare import aligned, side
from dedupe.sketch import KEY_BITS, signature
from dedupe.words import split

_TEXT = "The harbour council of Dunmere met on Monday to weigh a bridge."
_BYTES = _TEXT.encode()


def warm() -> None:
    """Call every kernel in use."""
    words = split(_TEXT)
    both = side(words)
    aligned(both, both)
    lines(_TEXT, words)
    signature(_TEXT)
    sketches([_BYTES], [NO_BLOCKS])
    shared([_BYTES, _BYTES], [NO_BLOCKS, NO_BLOCKS], [(0, 1)])
    nothing, handles = np.zeros(0, np.int64), np.arange(2, dtype=np.uint32)
    keys, _ = distinct(np.ones(1, np.uint64))
    postings = Postings.joined(keys, (np.zeros(2, np.int64), handles), (nothing, handles[:0]))
    postings.candidates(0, slice(0, 1))
    postings.all_candidates(np.zeros(1, np.int64), np.arange(2))
    Slab([0], [bytes(9)], KEY_BITS).hits(keys)


if __name__ == "__main__":
    sys.exit(None if speed.expect(speed.ENOUGH) else "without numba texts are compared more slowly")
