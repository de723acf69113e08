"""The file is copied while others write, and old raw pages go without what was read of them."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from threading import Event, Thread

import pytest

from db.errors import BadInput
from db.store import check, open_db, put_article
from db.upkeep import backup, prune


def test_a_backup_made_while_pages_are_stored_is_whole(tmp_path, made):
    path, stop, stored = tmp_path / "n.db", Event(), []

    def store():
        writer = open_db(path)
        while not stop.is_set():
            stored.append(put_article(writer, made(f"https://a.example/{len(stored)}", text="word " * 500)))
        writer.close()

    db = open_db(path, create=True)
    writer = Thread(target=store)
    writer.start()
    while len(stored) < 20:
        pass
    backup(db, tmp_path / "copy.db")
    stop.set()
    writer.join()
    db.close()
    copy = open_db(tmp_path / "copy.db")
    assert check(copy) == []
    assert copy.execute("SELECT count(*) FROM articles").fetchone()[0] >= 20
    copy.close()


def test_a_backup_overwrites_nothing(tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    with closing(sqlite3.connect(tmp_path / "n.db")):
        pass
    db = open_db(tmp_path / "n.db")
    with pytest.raises(BadInput, match="already"):
        backup(db, tmp_path / "copy.db")
    db.close()
    assert (tmp_path / "copy.db").read_text() == "mine"


@pytest.mark.parametrize(("keep_linked", "dropped"), [(False, 3), (True, 1)])
def test_old_raw_pages_go_and_those_of_links_where_asked(db, made, linked, noon, keep_linked, dropped):
    for letter in "abc":
        put_article(db, made(f"https://{letter}.example/1", text=f"text of {letter}", raw=b"<p>"))
    put_article(db, made("https://new.example/1", hours=48, raw=b"<p>"))
    linked("ba")
    assert prune(db, noon + timedelta(hours=24), keep_linked=keep_linked) == dropped
    assert db.execute("SELECT count(*) FROM versions").fetchone()[0] == 4
    assert check(db) == []
