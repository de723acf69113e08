"""A crawl killed twenty times over ends as one that nobody disturbed.

Each crawl is a process of its own that dies of SIGKILL; they are forked from one that has loaded the code, so
that twenty deaths do not cost twenty starts.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from demo.server import Handler, PressWorld

ROOT = Path(__file__).parents[2]
KILLS = 20
MOMENT = 0.8  # seconds after its first request by which each is dead
PATIENCE = 20.0  # seconds for its first request
NURSERY = """
import os, sys, crawler.extract, crawler.run, db.open
from crawler.parallel import load_words
from crawler.sites import read_catalogue, shipped_outlets
load_words(), shipped_outlets()
for path in map(str.strip, sys.stdin):
    child = os.fork()
    if child == 0:
        with db.open.lock(path):
            done = crawler.run.crawl(path, read_catalogue("demo/sites.toml"), settings={"LOG_LEVEL": "ERROR"})
        print("ended", done.outcome, flush=True)
        os._exit(0)
    print("began", child, flush=True)
    print("over", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
LINK = [sys.executable, "-m", "newstrace", "--db"]
WHAT = {
    "pages of the frontier": "SELECT url, site, kind, replace(state, 'unchanged', 'stored'), "
    "etag IS NOT NULL, newest FROM frontier ORDER BY url",
    "listings": "SELECT url, listed_in, link, basis, published, updated FROM listings ORDER BY 1, 2, 3",
    "articles": "SELECT url, kind, title, published FROM articles WHERE phantom = 0 ORDER BY url",
    "addresses": "SELECT u.url, a.url, u.relation FROM article_urls u JOIN articles a ON a.id = u.article_id "
    "ORDER BY 1",
    "versions": "SELECT a.url, v.sha256, v.kind FROM versions v JOIN articles a ON a.id = v.article_id "
    "ORDER BY 1, 2",
    "times": "SELECT a.url, t.kind, t.basis, t.raw, t.earliest_utc FROM time_claims t "
    "JOIN articles a ON a.id = t.article_id ORDER BY 1, 2, 3, 4",
    "evidence": "SELECT a.url, e.kind, e.region, e.quote, e.name FROM evidence e "
    "JOIN versions v ON v.id = e.version_id JOIN articles a ON a.id = v.article_id ORDER BY 1, 2, 3, 4, 5",
    "links": "SELECT c.url, coalesce(s.url, 'unseen page of ' || o.name), l.relation, l.status, "
    "round(l.p_direct, 6) FROM links l JOIN articles c ON c.id = l.child_id "
    "JOIN articles s ON s.id = l.source_id JOIN outlets o ON o.id = s.outlet_id ORDER BY 1, 2, 3",
}


class Slow(Handler):
    """Answers a moment later, so that a kill can fall anywhere."""

    def do_GET(self):
        self.server.asked += 1
        time.sleep(0.04)
        super().do_GET()


@pytest.fixture(scope="module")
def world():
    with PressWorld() as world:
        world.server.RequestHandlerClass, world.server.handle_error = Slow, lambda *_: None
        world.server.asked = 0
        yield world


class Nursery:
    """The process that crawls are forked from."""

    def __init__(self, world, home):
        environment = {
            **os.environ,
            "http_proxy": world.proxy_url,
            "no_proxy": "",
            "NEWSTRACE_HOME": str(home),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def begin(self, db):
        """A handle on the process of a crawl into `db` that has just begun."""
        self._process.stdin.write(f"{db}\n")
        self._process.stdin.flush()
        return os.pidfd_open(int(self._told("began")))

    def end(self):
        """(outcome the crawl told, None when it told none; its exit code) once it is over."""
        words, outcome = self._process.stdout.readline().split(), None
        if words[0] == "ended":
            outcome, words = words[1], self._process.stdout.readline().split()
        assert words[0] == "over"
        return outcome, int(words[1])

    def close(self):
        self._process.communicate(timeout=30)

    def _told(self, word):
        words = self._process.stdout.readline().split()
        assert words[0] == word, words
        return words[1]


@pytest.fixture
def nursery(world, tmp_path):
    made = Nursery(world, tmp_path / "home")
    yield made
    made.close()


def finish(nursery, db):
    os.close(nursery.begin(db))
    assert nursery.end() == ("done", 0)
    for word in ("link", "check"):
        done = subprocess.run([*LINK, str(db), word], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def facts(db):
    with closing(sqlite3.connect(db)) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in WHAT.items()}


def test_a_crawl_killed_twenty_times_ends_like_a_quiet_one(world, nursery, tmp_path):
    quiet, killed = tmp_path / "quiet.db", tmp_path / "killed.db"
    finish(nursery, quiet)
    dice, deaths = random.Random(6), 0
    for _ in range(KILLS):
        asked, began = world.server.asked, time.monotonic()
        crawl = nursery.begin(killed)
        while world.server.asked == asked and time.monotonic() - began < PATIENCE:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, MOMENT))
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(crawl, signal.SIGKILL)
        os.close(crawl)
        deaths += nursery.end() == (None, -signal.SIGKILL)
    assert deaths > KILLS / 2
    with closing(sqlite3.connect(killed)) as connection:
        assert connection.execute("SELECT count(*) FROM runs WHERE outcome IS NULL").fetchone()[0] > KILLS / 2
    finish(nursery, killed)
    expected, found = facts(quiet), facts(killed)
    for name, rows in expected.items():
        assert found[name] == rows, name
