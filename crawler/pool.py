"""Pages, feeds and sitemaps read in processes of their own: a task in, its result or a named failure out.

The crawl only waits. Every worker is a process that can be killed without harm to the others, so a page
that takes too long, or that brings its reader down, costs one page.
"""

import asyncio
import multiprocessing
import os
import signal
import zlib
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from typing import Any

from crawler.listing import Listed, belonging, list_feed, list_front, list_sitemap
from crawler.parallel import begin, check_words, deaf, names_here
from db.errors import NewsError
from db.outlets import Names
from db.records import Packed, Reading

SECONDS = 30.0  # for one page
STARTING = 60.0  # seconds for a worker to import what it reads with
LEVEL = 4  # of zlib: half the work of 6 for a twentieth more space


class ReadingFailed(NewsError):
    """A worker did not come back with the page: `outcome` is reading_too_slow or reader_died."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Readers:
    """A fixed number of reading processes, each replaced when it hangs or dies."""

    def __init__(self, names: Names, *, count: int | None = None, seconds: float = SECONDS) -> None:
        check_words()  # here, once: a broken file must not be met by every page
        self._names = names
        self._seconds = seconds
        self._free: asyncio.LifoQueue[_Worker | None] = asyncio.LifoQueue()
        self._all: set[_Worker] = set()
        for _ in range(count or os.cpu_count() or 1):
            self._free.put_nowait(None)  # started at its first task

    async def run(self, task: Callable[..., Any], *given: Any) -> Any:
        """What `task(*given)` returns or raises, run in a worker; both must be picklable.

        Raises ReadingFailed when it takes longer than the limit or kills its worker.
        """
        worker = await self._free.get()
        try:
            if worker is None:
                worker = await self._started()
            return await asyncio.wait_for(worker.call(task, *given), self._seconds)
        except TimeoutError as error:
            worker = self._without(worker)
            raise ReadingFailed("reading_too_slow") from error
        except BrokenProcessPool as error:
            worker = self._without(worker)
            raise ReadingFailed("reader_died") from error
        finally:
            self._free.put_nowait(worker)

    def close(self) -> None:
        """End every worker, busy or not."""
        for worker in tuple(self._all):
            self._without(worker)

    async def _started(self) -> "_Worker":
        worker = _Worker(self._names)
        self._all.add(worker)
        try:
            await asyncio.wait_for(worker.begin(), STARTING)
        except (TimeoutError, BrokenProcessPool):
            self._without(worker)
            raise
        return worker

    def _without(self, worker: "_Worker | None") -> None:
        if worker is not None:
            self._all.discard(worker)
            worker.end()


class _Worker:
    """One process and the executor that feeds it."""

    def __init__(self, names: Names) -> None:
        self.pid: int | None = None
        # fork would copy the open connections and threads
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(
            ["crawler.pool", "crawler.extract", "crawler.sources", "crawler.preload"]
        )
        self._executor = ProcessPoolExecutor(
            max_workers=1, mp_context=context, initializer=begin, initargs=(names,)
        )

    async def begin(self) -> None:
        """Start the process, in a thread: the call waits until the fork server has done its imports."""
        self.pid = await asyncio.wrap_future(await asyncio.to_thread(self._submitted))

    def _submitted(self) -> Future[int]:
        with deaf():
            return self._executor.submit(os.getpid)

    async def call(self, task: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._executor, task, *given)

    def end(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._executor.shutdown(wait=False, cancel_futures=True)


def read_article(html: bytes, url: str, charset: str | None, now: datetime) -> tuple[Reading, Packed | None]:
    """What the page says, and the page as it is kept; None where it is none to keep. Runs in a worker."""
    from crawler.extract import read_page
    from crawler.kept import to_keep

    reading = read_page(html, url, names=names_here(), charset=charset, now=now)
    kept = None if reading.kind == "section" else Packed(zlib.compress(to_keep(html, charset), LEVEL))
    return reading, kept


def read_list(kind: str, body: bytes | str, url: str, domain: str | None, now: datetime) -> Listed:
    """What a feed, sitemap or front page names, read in a worker; BadInput when it is none.

    `domain` is the site's; None: pages of any host may be listed.
    """
    lister = {"feed": list_feed, "sitemap": list_sitemap, "front": list_front}[kind]
    return lister(body, url, belonging(names_here(), domain), now)
