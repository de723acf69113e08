"""The inner loops, compiled: each gives what the function of the same meaning gives in plain NumPy.

Imported only through `dedupe.speed`, when there is enough to do.  The machine code is cached beside
these files, or in the user's cache folder where that cannot be written.
"""

from dedupe.kernel_bulk import prepare, sign, verify
from dedupe.kernel_index import all_partners, hits, in_order, partners
from dedupe.kernel_pairs import aligned
from dedupe.kernel_sketch import runs
from dedupe.kernel_words import lines, split

__all__ = [
    "aligned",
    "all_partners",
    "hits",
    "in_order",
    "lines",
    "partners",
    "prepare",
    "runs",
    "sign",
    "split",
    "verify",
]
