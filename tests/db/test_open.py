import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from db.errors import Busy, NoDatabase, WrongDatabase
from db.schema import migrations
from db.store import check, lock, open_db, open_read, put_article, writing

ROOT = Path(__file__).parents[2]


def test_a_database_is_made_only_when_asked_for(tmp_path):
    path = tmp_path / "deep" / "er" / "news.db"
    with pytest.raises(NoDatabase, match=r"news\.db"):
        open_db(path)
    assert not path.parent.exists()
    open_db(path, create=True).close()
    open_db(path).close()


def test_opening_sets_what_writing_relies_on(tmp_path):
    db = open_db(tmp_path / "news.db", create=True)
    ask = {
        name: db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "foreign_keys", "synchronous")
    }
    assert ask == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}
    db.close()


def test_reading_never_makes_a_database(tmp_path):
    with pytest.raises(NoDatabase, match="newstrace import"):
        open_read(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["with space.db", "what?mode=rwc.db", "a#b%20c.db", "știri.db", "a&b=c.db"])
def test_a_database_at_an_odd_path_can_be_read(tmp_path, name, made):
    db = open_db(tmp_path / name, create=True)
    put_article(db, made())
    reader = open_read(tmp_path / name)
    assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 1
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM articles")
    db.close()
    reader.close()


def _text_file(path):
    path.write_text("this is a letter and not a database, however long it may get to be " * 20)


def _other_database(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (id INTEGER)")
    other.close()


def _from_the_future(path):
    db = open_db(path, create=True)
    migrations._record_applied(db, "tables_of_tomorrow")
    db.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text_file, "cannot be opened"),
        (_other_database, "some other program"),
        (_from_the_future, "newer newstrace"),
    ],
)
def test_a_wrong_file_is_named_and_left_alone(tmp_path, make, words):
    path = tmp_path / "wrong.db"
    make(path)
    before = path.read_bytes()
    for opened in (open_db, open_read):
        with pytest.raises(WrongDatabase, match=words) as raised:
            opened(path)
        assert str(path) in str(raised.value)
    assert path.read_bytes() == before


def test_an_older_database_is_read_after_something_wrote_to_it(tmp_path):
    path = tmp_path / "old.db"
    db = open_db(path, create=True)
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'views'")
    for view in db.view_names():
        db.execute(f"DROP VIEW {view}")
    db.close()
    with pytest.raises(WrongDatabase, match="older newstrace"):
        open_read(path)
    open_db(path).close()
    assert "chains" in open_read(path).view_names()


def test_a_database_open_for_reading_can_be_checked(tmp_path, made):
    db = open_db(tmp_path / "news.db", create=True)
    put_article(db, made())
    assert check(open_read(tmp_path / "news.db")) == []
    db.close()


def test_an_empty_file_becomes_a_database(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(WrongDatabase):
        open_read(path)
    assert "articles" in open_db(path).table_names()


def test_writing_inside_writing_is_one_transaction(db):
    def write_and_fail():
        with writing(db):
            with writing(db):
                db.execute("INSERT INTO tombstones VALUES ('a.example', '')")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_and_fail()
    assert db.execute("SELECT count(*) FROM tombstones").fetchone()[0] == 0
    assert not db.conn.in_transaction


def test_a_second_writer_waits_and_a_reader_does_not(tmp_path, made):
    path = tmp_path / "news.db"
    first = open_db(path, create=True)
    order = []

    def second():
        db = open_db(path)
        put_article(db, made("https://b.example/2"))
        order.append("second")
        db.close()

    with writing(first):
        put_article(first, made())
        other = threading.Thread(target=second)
        other.start()
        time.sleep(0.2)
        reader = open_read(path)
        assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 0
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 2
    reader.close()
    first.close()


def test_two_processes_may_make_the_same_database_at_once(tmp_path):
    code = "import sys; from db.store import open_db; open_db(sys.argv[1], create=True).close()"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "news.db")], cwd=ROOT, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    assert [(run.communicate()[1], run.returncode) for run in runs] == [(b"", 0)] * 2


def test_the_second_run_is_told_who_holds_the_lock(tmp_path):
    path = tmp_path / "news.db"
    with lock(path):
        with pytest.raises(Busy, match=f"process {os.getpid()}.*news.db.lock") as raised, lock(path):
            pass
        assert raised.value.exit_code == 75
    with lock(path):
        pass


WRITE_UNTIL_KILLED = """
import sys
from datetime import UTC, datetime
from db.records import Article, Outlet, Reading
from db.store import lock, open_db, put_article
with lock(sys.argv[1]):
    db = open_db(sys.argv[1], create=True)
    for n in range(100_000):
        reading = Reading(url=f"https://a.example/{n}", kind="article", title="T", text="word " * 500)
        put_article(db, Article(reading=reading, outlet=Outlet(domain="a.example", name="A"),
                                fetched=datetime.now(UTC)))
        print(n, flush=True)
"""


def test_a_killed_run_leaves_a_whole_database_and_no_lock(tmp_path):
    path = tmp_path / "news.db"
    run = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    told = [int(run.stdout.readline()) for _ in range(20)]
    with pytest.raises(Busy, match=str(run.pid)), lock(path):
        pass
    run.send_signal(signal.SIGKILL)
    told += [int(line) for line in run.stdout.read().splitlines()]
    run.wait()
    run.stdout.close()
    with lock(path):
        db = open_db(path)
        assert check(db) == []
        assert db.execute("SELECT count(*) FROM articles").fetchone()[0] >= len(told)
        db.close()


DIE_BEFORE_THE_WORKER = """
import os, signal, sys, time
from db.store import lock
with lock(sys.argv[1]):
    worker = os.fork()
    if not worker:
        print(os.getpid(), flush=True)
        time.sleep(60)
    time.sleep(60)
"""


def test_a_forked_worker_does_not_keep_the_lock_of_a_killed_run(tmp_path):
    path = tmp_path / "news.db"
    run = subprocess.Popen(
        [sys.executable, "-c", DIE_BEFORE_THE_WORKER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    worker = int(run.stdout.readline())
    run.send_signal(signal.SIGKILL)
    run.wait()
    try:
        with lock(path):
            os.kill(worker, 0)
    finally:
        os.kill(worker, signal.SIGKILL)
        run.stdout.close()


def test_unplaced_names_are_read_off_the_index_of_their_names(tmp_path):
    """Not off that of outlets, in which every credit without one lies in one heap: seconds at a million."""
    db = open_db(tmp_path / "a.db", create=True)
    plan = [row["detail"] for row in db.query("EXPLAIN QUERY PLAN SELECT * FROM unresolved_credits")]
    db.close()
    assert "SCAN evidence USING INDEX evidence_unplaced" in plan
