"""Imported by the fork server before it forks: reading processes then begin with words and lists loaded."""

import gc
from contextlib import suppress

from crawler.parallel import load_words
from db.errors import BadCatalogue
from db.urls import is_suffix

with suppress(BadCatalogue):  # told by the process that starts the readers
    load_words()
is_suffix("press.example")  # the first question loads the list of public suffixes
gc.freeze()  # shared by all that are forked from here, as long as nobody counts through it
