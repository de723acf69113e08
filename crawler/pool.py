"""Tasks done in processes of their own (`crawler/reader.py`): a task in, its result or a named failure out.

The crawl only waits. Every worker is a process that can be killed without harm to the others, so a page
that takes too long, or that brings its reader down, costs one page. What a worker is to read next lies in
its pipe already while it reads: it need not wait until the crawl has stored the page before.
"""

import asyncio
import multiprocessing
import os
import pickle
import socket
from collections import deque
from collections.abc import Callable
from functools import cached_property
from multiprocessing.process import BaseProcess
from typing import Any

from crawler.parallel import check_words, deaf
from crawler.reader import serve
from db.errors import NewsError
from db.outlets import Names

SECONDS = 30.0  # for one page
STARTING = 60.0  # seconds for a worker to import what it reads with
IN_HAND = 2  # tasks of one worker: the one it is at, and the next
PIPE = 1 << 20  # bytes asked for: most pages then go over in one piece
SIZE = 4  # bytes before each message that tell its length, as `multiprocessing.Connection` writes them


class ReadingFailed(NewsError):
    """A worker did not come back with the page: `outcome` is reading_too_slow or reader_died."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class _Unread(Exception):
    """The worker ended before it came to this task: another one may read it."""


class Readers:
    """A fixed number of reading processes, each replaced when it hangs or dies."""

    def __init__(self, names: Names, *, count: int | None = None, seconds: float = SECONDS) -> None:
        check_words()  # here, once: a broken file must not be met by every page
        self._names = names
        self._seconds = seconds
        self._workers = [self._new() for _ in range(count or os.cpu_count() or 1)]
        self._places = asyncio.Semaphore(IN_HAND * len(self._workers))

    def warm(self) -> None:
        """Begin to start a worker, where none is: something is on its way that will have to be read."""
        if not any(worker.is_started for worker in self._workers):
            self._workers[0].begin()

    async def run(self, task: Callable[..., Any], *given: Any) -> Any:
        """What `task(*given)` returns or raises, run in a worker; both must be picklable.

        Raises ReadingFailed when it takes longer than the limit or kills its worker.
        """
        message = pickle.dumps((task, given), pickle.HIGHEST_PROTOCOL)
        async with self._places:
            while True:
                worker = min(self._workers, key=lambda worker: (worker.load, not worker.is_started))
                try:
                    went_well, told = pickle.loads(await worker.call(message))  # noqa: S301 - our own reader's
                except _Unread:
                    continue
                finally:
                    self._replace(worker)
                if went_well:
                    return told
                raise told

    def close(self) -> None:
        """End every worker, busy or not."""
        for worker in self._workers:
            worker.end("reader_died")

    def _replace(self, worker: "_Worker") -> None:
        """Put a new worker in the place of one that ended."""
        if worker.has_ended and worker in self._workers:
            self._workers[self._workers.index(worker)] = self._new()

    def _new(self) -> "_Worker":
        return _Worker(lambda: self._pickled_names, self._seconds)

    @cached_property
    def _pickled_names(self) -> bytes:
        """Made once for all workers, and not at all where nothing is read."""
        return pickle.dumps(self._names, pickle.HIGHEST_PROTOCOL)


class _Worker:
    """One process, started at its first task, and the pipe to it; it does its tasks one after the other."""

    def __init__(self, begin_with: Callable[[], bytes], seconds: float) -> None:
        self.load = 0  # tasks it has been given, or will be when it has started
        self.has_ended = False
        self._begin_with = begin_with
        self._seconds = seconds
        self._starting: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None
        self._process: BaseProcess | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: deque[asyncio.Future[bytes]] = deque()  # for an answer, in order
        self._clock: asyncio.TimerHandle | None = None  # runs for the first of them

    @property
    def is_started(self) -> bool:
        """Whether it is a process already, or about to be."""
        return self._starting is not None

    def begin(self) -> asyncio.Task[None]:
        """What is done when its process is ready; begun now, where it was not before."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        return self._starting

    async def call(self, message: bytes) -> bytes:
        """The answer to a message. Raises ReadingFailed, or _Unread."""
        self.load += 1
        try:
            await asyncio.shield(self.begin())
            if self.has_ended:
                raise _Unread
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            self._waiting.append(answer)
            self._send(message)
            if len(self._waiting) == 1:
                self._set_clock()
            return await answer
        finally:
            self.load -= 1

    def end(self, outcome: str) -> None:
        """Kill the process; the task it was at fails with `outcome`, what it had not come to is unread."""
        self.has_ended = True
        if self._process is not None:
            self._process.kill()
        if self._writer is not None:
            self._writer.close()
        for task in (self._clock, self._listening, self._starting):
            if task is not None:
                task.cancel()
        for number, answer in enumerate(self._waiting):
            if not answer.done():
                answer.set_exception(_Unread() if number else ReadingFailed(outcome))
        self._waiting.clear()

    async def _start(self) -> None:
        """Have a process, and see that it is ready. Raises ReadingFailed."""
        here, there = socket.socketpair()
        for end in (here, there):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIPE)
        try:
            async with asyncio.timeout(STARTING):
                # in a thread: the call waits until the fork server has done its imports
                await asyncio.to_thread(self._fork, there)
                reader, self._writer = await asyncio.open_unix_connection(sock=here, limit=PIPE)
                self._send(self._begin_with())
                await _message(reader)
        except (TimeoutError, OSError, EOFError) as error:
            self.end("reader_died")
            here.close()
            outcome = "reading_too_slow" if isinstance(error, TimeoutError) else "reader_died"
            raise ReadingFailed(outcome) from error
        except asyncio.CancelledError:  # ended meanwhile: the process finds its pipe closed
            here.close()
            raise
        self._listening = asyncio.create_task(self._listen(reader))

    def _fork(self, there: socket.socket) -> None:
        context = multiprocessing.get_context("forkserver")  # fork would copy open connections and threads
        context.set_forkserver_preload(
            ["crawler.reader", "crawler.extract", "crawler.sources", "crawler.preload"]
        )
        process = context.Process(target=serve, args=(there,), daemon=True)
        with deaf():
            process.start()
        there.close()
        self._process = process

    def _send(self, message: bytes) -> None:
        self._writer.write(len(message).to_bytes(SIZE) + message)

    def _set_clock(self) -> None:
        loop = asyncio.get_running_loop()
        self._clock = loop.call_later(self._seconds, self.end, "reading_too_slow")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Hand each answer to who waits for it, until the process is gone."""
        try:
            while True:
                told = await _message(reader)
                self._clock.cancel()
                if not (answer := self._waiting.popleft()).done():
                    answer.set_result(told)
                if self._waiting:
                    self._set_clock()
        except (EOFError, OSError):
            self.end("reader_died")


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next message. Raises EOFError where the other side is gone."""
    return await reader.readexactly(int.from_bytes(await reader.readexactly(SIZE)))
