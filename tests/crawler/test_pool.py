"""Workers that hang or die cost one task, and are replaced."""

import asyncio
import multiprocessing
import os
import threading
import time

import pytest

from crawler.pool import Readers, ReadingFailed
from crawler.sources import read_feed
from db.errors import BadCatalogue, BadInput
from db.outlets import Names


async def misfortunes():
    readers = Readers(Names(()), count=1, seconds=3)
    told = []
    try:
        first = await readers.run(os.getpid)
        for task, given in ((time.sleep, 30), (os._exit, 1)):
            with pytest.raises(ReadingFailed) as raised:
                await readers.run(task, given)
            told.append(raised.value.outcome)
        with pytest.raises(BadInput, match="empty"):
            await readers.run(read_feed, b"", "http://a.example/f")
        return told, first, await readers.run(os.getpid)
    finally:
        readers.close()


def test_a_worker_that_hangs_or_dies_is_replaced():
    told, first, last = asyncio.run(misfortunes())
    assert told == ["reading_too_slow", "reader_died"]
    assert first != last != os.getpid()


async def together(*tasks, seconds):
    """What one worker makes of tasks that are handed to it at once; a failure as its error."""
    readers = Readers(Names(()), count=1, seconds=seconds)
    try:
        return await asyncio.gather(*(readers.run(*task) for task in tasks), return_exceptions=True)
    finally:
        readers.close()


@pytest.mark.parametrize(
    ("misfortune", "outcome"), [((time.sleep, 30), "reading_too_slow"), ((os._exit, 1), "reader_died")]
)
def test_what_lay_behind_a_task_that_killed_its_worker_is_done_by_another(misfortune, outcome):
    failed, *done = asyncio.run(together(misfortune, (abs, -1), (abs, -2), (abs, -3), seconds=2))
    assert (failed.outcome, done) == (outcome, [1, 2, 3])


def test_the_time_of_a_task_begins_when_its_worker_comes_to_it():
    assert asyncio.run(together((time.sleep, 1.2), (time.sleep, 1.2), seconds=2)) == [None, None]


def test_a_worker_that_is_not_wanted_any_more_before_it_is_ready_leaves_without_a_word(capfd):
    async def no_use():
        readers = Readers(Names(()), count=1)
        readers.warm()
        await asyncio.sleep(0.05)
        readers.close()

    asyncio.run(no_use())
    for process in multiprocessing.active_children():
        process.join(20)
        assert not process.is_alive()  # it left by itself, or was killed: whichever came first
    assert capfd.readouterr().err == ""


class Poison(Names):
    """Outlets that kill who is sent them."""

    def __reduce__(self):
        return os._exit, (1,)


def test_a_worker_that_dies_before_it_is_ready_fails_the_task_it_was_started_for():
    async def one():
        readers = Readers(Poison(()), count=1)
        try:
            return await asyncio.gather(readers.run(abs, -1), return_exceptions=True)
        finally:
            readers.close()

    (failed,) = asyncio.run(one())
    assert failed.outcome == "reader_died"


def test_a_result_that_cannot_be_sent_is_an_error_and_costs_no_worker():
    failed, fine = asyncio.run(together((threading.Lock,), (abs, -1), seconds=10))
    assert (type(failed), fine) == (TypeError, 1)


def test_a_broken_file_of_words_is_told_before_a_worker_starts(tmp_path, monkeypatch):
    (tmp_path / "wordings").mkdir()
    (tmp_path / "wordings" / "en.toml").write_text("[[rule", encoding="utf-8")
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path))
    with pytest.raises(BadCatalogue, match=r"en\.toml"):
        Readers(Names(()))
