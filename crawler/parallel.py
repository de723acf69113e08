"""Reading in as many processes as cores: pieces of work in, their results out in the same order.

What every piece needs, the known outlets and the wordings, goes to each process once, when it starts.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, islice
from typing import TypeVar

from crawler.home import home
from crawler.kinds import walls
from crawler.metadata import byline_words, common_words
from crawler.wordings import wordings
from db.outlets import Names

Given = TypeVar("Given")
Made = TypeVar("Made")

FEW = 8  # pages that one process reads sooner than several start
AHEAD = 3  # pieces in work per core

_known: dict[str, Names] = {}  # in a reading process: the outlets, handed over once


def load_words() -> None:
    """Load every file of words that pages are read with, so that reading meets no broken one.

    Raises BadCatalogue that names the file.
    """
    wordings(home())
    walls()
    byline_words()
    common_words()


def in_order(
    work: Callable[[Given, Names], Made], pieces: Iterable[Given], names: Names, *, few: int = 1
) -> Iterator[Made]:
    """`work(piece, names)` of every piece, in order; `work` must be a module's function.

    Up to `few` pieces are read in this process, sooner than others would start.
    Raises BadCatalogue at the start where a file of words is broken.
    """
    load_words()
    pieces = iter(pieces)
    first = list(islice(pieces, few + 1))
    if len(first) <= few:
        yield from (work(piece, names) for piece in first)
        return
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.extract", "crawler.preload"])
    with ProcessPoolExecutor(cores, mp_context=context, initializer=begin, initargs=(names,)) as pool:
        waiting = []
        for piece in chain(first, pieces):
            waiting.append(pool.submit(_worked, work, piece))
            if len(waiting) >= AHEAD * cores:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def begin(names: Names) -> None:
    """Make this process a reader: deaf to Ctrl-C, gone when its parent is, outlets and words at hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _known["names"] = names
    load_words()
    gc.freeze()  # they live as long as the process: collecting garbage need not look at them


def names_here() -> Names:
    """The outlets that this reading process was given."""
    return _known["names"]


def _worked(work: Callable[[Given, Names], Made], piece: Given) -> Made:
    return work(piece, names_here())


def _die_with_parent() -> None:
    """A parent that was killed closes nothing: without this its readers would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
