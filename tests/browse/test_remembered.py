"""Counts are made once a while: at once where they are cheap, aside where they are not."""

import threading
import time

import pytest

from db.browse import remembered as kept
from db.open import open_db, open_read


@pytest.fixture
def db(tmp_path):
    open_db(tmp_path / "a.db", create=True).close()
    opened = open_read(tmp_path / "a.db")
    yield opened
    opened.close()


def counting(seconds):
    """A count that takes that long and tells how often it ran."""
    times = []

    def count(db):
        time.sleep(seconds)
        times.append(db.execute("SELECT count(*) FROM articles").fetchone())
        return len(times)

    return count


def test_what_is_cheap_is_counted_each_time(db):
    count = counting(0)
    assert [kept.remembered(db, "x", count) for _ in range(3)] == [1, 2, 3]


def test_what_takes_long_is_kept_and_counted_again_aside(db, monkeypatch):
    count = counting(0.03)
    assert [kept.remembered(db, "x", count) for _ in range(3)] == [1, 1, 1]
    monkeypatch.setattr(kept, "OLD", 0.0)
    monkeypatch.setattr(kept, "REST", 0)
    others = set(threading.enumerate())
    assert kept.remembered(db, "x", count) == 1
    for thread in set(threading.enumerate()) - others:
        thread.join(20)
    assert kept.remembered(db, "x", count) == 2


def test_a_first_count_is_made_once_for_all_who_wait(tmp_path, db):
    count, found = counting(0.05), []

    def ask():
        own = open_read(tmp_path / "a.db")
        found.append(kept.remembered(own, "x", count))
        own.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1, 1]
