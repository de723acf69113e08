"""A crawl killed twenty times over ends as one that nobody disturbed."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from demo.server import Handler, PressWorld

ROOT = Path(__file__).parents[2]
KILLS = 20
CRAWL = """
import sys
from datetime import UTC, datetime
from crawler.run import crawl
from crawler.sites import read_catalogue
from db.open import lock
with lock(sys.argv[1]):
    print(crawl(sys.argv[1], read_catalogue("demo/sites.toml"), settings={"LOG_LEVEL": "ERROR"}).outcome)
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
        time.sleep(0.02)
        super().do_GET()


@pytest.fixture(scope="module")
def world():
    with PressWorld() as world:
        world.server.RequestHandlerClass, world.server.handle_error = Slow, lambda *_: None
        world.server.asked = 0
        yield world


def start(world, db):
    environment = {**os.environ, "http_proxy": world.proxy_url, "no_proxy": ""}
    environment["NEWSTRACE_HOME"] = str(db.parent / "home")
    return subprocess.Popen(
        [sys.executable, "-c", CRAWL, str(db)], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(world, db):
    crawl = start(world, db)
    told, log = crawl.communicate(timeout=120)
    assert told.strip() == "done", log[-2000:]
    for word in ("link", "check"):
        done = subprocess.run([*LINK, str(db), word], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def facts(db):
    with closing(sqlite3.connect(db)) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in WHAT.items()}


def test_a_crawl_killed_twenty_times_ends_like_a_quiet_one(world, tmp_path_factory):
    quiet, killed = (tmp_path_factory.mktemp(name) / "n.db" for name in ("quiet", "killed"))
    finish(world, quiet)
    dice = random.Random(6)
    for _ in range(KILLS):
        asked = world.server.asked
        crawl = start(world, killed)
        while world.server.asked == asked and crawl.poll() is None:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 1.0))
        crawl.kill()
        crawl.communicate()
    with closing(sqlite3.connect(killed)) as connection:
        assert connection.execute("SELECT count(*) FROM runs WHERE outcome IS NULL").fetchone()[0] > KILLS / 2
    finish(world, killed)
    expected, found = facts(quiet), facts(killed)
    for name, rows in expected.items():
        assert found[name] == rows, name
