"""Imported by the fork server before it forks: each reading process then begins with the words loaded."""

import gc
from contextlib import suppress

from crawler.parallel import load_words
from db.errors import BadCatalogue

with suppress(BadCatalogue):  # told by the process that starts the readers
    load_words()
gc.freeze()  # shared by all that are forked from here, as long as nobody counts through it
