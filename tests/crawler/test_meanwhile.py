"""What is done to the database while a crawl runs: a backup is whole, the rest waits, nothing is lost."""

import sqlite3
import time
from contextlib import closing

import pytest

from db.check import check
from db.open import open_db
from tests.crawler.test_chase import begun, newstrace
from tests.crawler.test_news import HTML, SITE, XML, Press, page, rows, rss

PATHS = tuple(f"/news/the-quarry-opens-again-{n}" for n in range(8))


@pytest.fixture
def running(tmp_path):
    """(press, process of a crawl that is in the middle of its pages)."""
    press = Press({
        ("a.example", "/feed"): (200, XML, rss("a.example", *PATHS)),
        ("a.example", "/robots.txt"): (200, {}, b"User-agent: *\nCrawl-delay: 0.5\n"),
        **{("a.example", path): (200, HTML, page(f"Gate{path[-1]}")) for path in PATHS},
    })  # fmt: skip
    lists = 'feeds = ["http://a.example/feed"]'
    site = SITE.format(domain="a.example", name="A", delay=0, lists=lists)
    (tmp_path / "sites.toml").write_text(f'contact = "desk@quarry.example"\n{site}')
    told = ("crawl", "--no-link", "--sites", str(tmp_path / "sites.toml"))
    crawl = begun(tmp_path, press, *told)
    while not press.asked("a.example", PATHS[2]) and crawl.poll() is None:
        time.sleep(0.02)
    yield press, crawl
    crawl.kill()
    crawl.communicate()
    press.shutdown()
    press.server_close()


def test_a_backup_made_during_a_crawl_is_whole_and_the_crawl_goes_on(running, tmp_path):
    press, crawl = running
    done = newstrace(tmp_path, press, "backup", str(tmp_path / "copy.db"))
    assert done.returncode == 0, done.stderr
    _, log = crawl.communicate(timeout=60)
    assert "Traceback" not in log
    copy = open_db(tmp_path / "copy.db")
    assert check(copy) == []
    copied = copy.execute("SELECT count(*) FROM articles").fetchone()[0]
    copy.close()
    assert 1 <= copied < len(PATHS)
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(len(PATHS),)]


@pytest.mark.parametrize(
    "command", [("forget", "a.example"), ("prune", "--raw-older-than", "0d", "--keep-linked"), ("link",)]
)
def test_what_would_change_the_database_waits_for_the_crawl_to_end(running, tmp_path, command):
    press, crawl = running
    done = newstrace(tmp_path, press, *command)
    assert (done.returncode, "another run" in done.stderr) == (75, True)
    crawl.communicate(timeout=60)
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(len(PATHS),)]
    assert newstrace(tmp_path, press, *command).returncode == 0


def test_what_was_forgotten_is_not_fetched_again_and_raw_pages_that_were_pruned_stay_away(running, tmp_path):
    press, crawl = running
    crawl.communicate(timeout=60)
    gone = f"http://a.example{PATHS[0]}"
    assert newstrace(tmp_path, press, "forget", gone).returncode == 0
    assert newstrace(tmp_path, press, "prune", "--raw-older-than", "0d").returncode == 0
    press.seen.clear()
    told = newstrace(tmp_path, press, "crawl", "--sites", str(tmp_path / "sites.toml"), "--no-link")
    assert "forgotten 1" in told.stderr
    assert not press.asked("a.example", PATHS[0])
    assert rows(tmp_path, "SELECT count(*) FROM articles WHERE phantom = 0") == [(len(PATHS) - 1,)]
    with closing(sqlite3.connect(tmp_path / "n.db")) as db:
        assert db.execute("SELECT count(*) FROM versions").fetchone() == (len(PATHS) - 1,)
    whole = open_db(tmp_path / "n.db")
    assert check(whole) == []
    whole.close()
