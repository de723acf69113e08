"""Workers that hang or die cost one task, and are replaced."""

import asyncio
import os
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


def test_a_broken_file_of_words_is_told_before_a_worker_starts(tmp_path, monkeypatch):
    (tmp_path / "wordings").mkdir()
    (tmp_path / "wordings" / "en.toml").write_text("[[rule", encoding="utf-8")
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path))
    with pytest.raises(BadCatalogue, match=r"en\.toml"):
        Readers(Names(()))
