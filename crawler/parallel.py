"""Reading in as many processes as cores: pieces of work in, their results out in the same order.

What every piece needs, the known outlets and the wordings, goes to each process once, when it starts.
A process that dies, whatever killed it, costs the one item it was reading: the pieces that were under
way are read again one by one, and then the pool goes on.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from crawler.home import home
from db.errors import NewsError
from db.outlets import Names

Given = TypeVar("Given")
Made = TypeVar("Made")

FEW = 8  # pages that one process reads sooner than several start
AHEAD = 3  # pieces in work per core
# Of gc: a page makes many objects, which go together; looking through them at every 700 took a thirtieth.
GARBAGE = (50_000, 20, 100)
MAX_DEATHS = 50  # of readers one after the other, none of which came to an end with anything
DIED = "its reader process was killed while it was read (too little memory?)"

_known: dict[str, Names] = {}  # in a reading process: the outlets, handed over once


@dataclass(frozen=True, slots=True)
class Loss(Generic[Given, Made]):
    """What becomes of a piece that brings its reader down."""

    told: Callable[[Given], Made]  # the result to give for it
    parts: Callable[[Given], list[Given]] = lambda piece: [piece]  # what may be read one by one
    whole: Callable[[list[Made]], Made] = lambda made: made[0]  # their results together


class ReadersDied(NewsError):
    """Reading processes are killed, and there is no going on."""


def load_words() -> None:
    """Load every file of words that pages are read with, so that reading meets no broken one.

    Raises BadCatalogue that names the file.
    """
    from crawler.authors import byline_words
    from crawler.kinds import walls
    from crawler.metadata import common_words
    from crawler.wordings import wordings

    wordings(home())
    walls()
    byline_words()
    common_words()


def check_words() -> None:
    """Load the words where a user added own ones: of the shipped files tests say that they are whole.

    For a process that has others read: what it need not import is a third of its start.
    Raises BadCatalogue that names the file.
    """
    if any((home() / "wordings").glob("*.toml")):
        load_words()


def in_order(
    work: Callable[[Given, Names], Made],
    pieces: Iterable[Given],
    names: Names,
    *,
    few: int = 1,
    loss: Loss[Given, Made] | None = None,
) -> Iterator[Made]:
    """`work(piece, names)` of every piece, in order; `work` must be a module's function.

    Up to `few` pieces are read in this process, sooner than others would start.  `loss` says what is
    given for a piece whose reader is killed over it.
    Raises BadCatalogue at the start where a file of words is broken, ReadersDied where readers are
    killed and `loss` does not say what then, or one after the other.
    """
    load_words()
    pieces = iter(pieces)
    first = list(islice(pieces, few + 1))
    if len(first) <= few:
        yield from (work(piece, names) for piece in first)
        return
    readers = _Readers(work, names, loss or Loss(told=_not_read))
    try:
        for piece in first:
            readers.take(piece)
        for piece in pieces:
            readers.take(piece)
            while readers.full():
                yield readers.next()
        while readers.waiting:
            yield readers.next()
    finally:
        readers.close()


def _not_read(piece: Any) -> Any:
    raise ReadersDied(f"{str(piece)[:200]}: {DIED}")


class _Readers(Generic[Given, Made]):
    """The pieces that are being read, in order, and the processes that read them."""

    def __init__(self, work: Callable[[Given, Names], Made], names: Names, loss: Loss[Given, Made]) -> None:
        self.waiting: deque[tuple[Given, Future[Made] | None]] = deque()
        self._work, self._names, self._loss = work, names, loss
        self._cores = os.cpu_count() or 1
        self._pool = self._started(self._cores)
        self._deaths = 0

    def take(self, piece: Given) -> None:
        """Have a piece read."""
        self.waiting.append((piece, self._submitted(piece)))

    def full(self) -> bool:
        """Whether enough pieces are under way to keep every process busy."""
        return len(self.waiting) >= AHEAD * self._cores

    def next(self) -> Made:
        """The result of the first piece."""
        piece, future = self.waiting.popleft()
        if future is not None:
            try:
                made = future.result()
            except BrokenProcessPool:
                self._start_again()
            else:
                self._deaths = 0
                return made
        return self._carefully(piece)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)

    def _submitted(self, piece: Given) -> Future[Made] | None:
        """The piece under way; None in a pool that broke, which the next result will tell."""
        try:
            with deaf():  # the first piece starts the processes
                return self._pool.submit(_worked, self._work, piece)
        except BrokenProcessPool:
            return None

    def _start_again(self) -> None:
        """A new pool; what was under way in the broken one is read piece by piece when its turn comes."""
        self._deaths += 1
        if self._deaths > MAX_DEATHS:
            raise ReadersDied(
                f"{self._deaths} reading processes were killed one after the other: is there enough memory?"
            )
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._started(self._cores)
        self.waiting = deque((piece, future if _is_whole(future) else None) for piece, future in self.waiting)

    def _carefully(self, piece: Given) -> Made:
        """The result of a piece that may have killed its reader, read with nothing beside it."""
        try:
            return self._alone(piece)
        except BrokenProcessPool:
            self._start_again()
        parts = self._loss.parts(piece)
        if len(parts) < 2:
            return self._loss.told(piece)
        return self._loss.whole([self._carefully(part) for part in parts])

    def _alone(self, piece: Given) -> Made:
        """The result of a piece, begun when no other is under way: who dies then, dies of it."""
        under_way = [future for _, future in self.waiting if future is not None]
        wait(under_way)
        if not all(map(_is_whole, under_way)):
            self._start_again()
        made = self._pool.submit(_worked, self._work, piece).result()
        self._deaths = 0
        return made

    def _started(self, count: int) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["crawler.extract"])
        return ProcessPoolExecutor(count, mp_context=context, initializer=begin, initargs=(self._names,))


def _is_whole(future: Future[Any] | None) -> bool:
    """Whether a piece was read to its end before its pool broke."""
    if future is None or not future.done() or future.cancelled():
        return False
    return not isinstance(future.exception(), BrokenProcessPool)


@contextmanager
def deaf() -> Iterator[None]:
    """Processes started meanwhile by this thread do not hear Ctrl-C: their parent ends them in order."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(names: Names) -> None:
    """Make this process a reader: deaf to Ctrl-C, gone when its parent is, outlets and words at hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _known["names"] = names
    load_words()
    gc.set_threshold(*GARBAGE)
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
