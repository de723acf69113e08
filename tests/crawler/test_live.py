"""What a terminal shows of a crawl while it runs."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from crawler.live import Live, picture, waiting
from crawler.scheduler import Queue
from crawler.summary import CrawlSummary, SiteCounts
from tests.crawler.test_news import CRAWL, HTML, ROOT, SITE, XML, Press, page, rss

SITES = {
    "a.example": SiteCounts(found=9, stored=4, failed={"timeout": 2, "http_500": 1}),
    "b.example": SiteCounts(found=3, stored=3),
}
RUNNING = CrawlSummary(run=1, outcome="running", seconds=10.0, sites=SITES, answered=20)


def test_the_picture_has_rate_queue_and_errors_of_each_site():
    head, first, second = picture(RUNNING, {"a.example": 1200}, 2, 24)
    assert head.startswith("2.0 answers a second, 2 asked now, 1,200 waiting: 12 found, 7 stored")
    assert first.split()[:4] == ["a.example", "0.70/s", "1,200", "waiting"]
    assert first.endswith("failed: http_500 1, timeout 2")
    assert second.split() == ["b.example", "0.30/s", "0", "waiting", "3", "stored"]


@pytest.mark.parametrize("height", [0, 1, 5, 24, 200])
def test_the_picture_fits_the_screen_and_counts_the_rest(height):
    many = CrawlSummary(
        run=1, outcome="running", seconds=0, sites={f"{n}.example": SiteCounts() for n in range(99)}
    )
    lines = picture(many, {}, 0, height)
    assert len(lines) <= max(height, 2)
    shown = len(lines) - 2
    assert lines[-1] == f"  and {99 - shown} more sites"


def test_what_waits_is_counted_by_site():
    queue = Queue()
    for n in range(3):
        queue.add(f"http://www.a.example/{n}", "article", "a.example", newest=None)
    queue.add("http://feeds.a.example/x", "feed", "a.example", newest=None)
    queue.add("http://b.example/x", "feed", "b.example", newest=None)
    assert waiting(queue) == {"a.example": 4, "b.example": 1}


def test_each_picture_is_drawn_over_the_one_before_and_a_log_line_makes_room():
    spider = SimpleNamespace(ledger=SimpleNamespace(summary=lambda _: RUNNING), queue=Queue())
    engine = SimpleNamespace(downloader=SimpleNamespace(active=()))
    signals = SimpleNamespace(connect=lambda *_: None)
    screen = io.StringIO()
    live = Live(SimpleNamespace(spider=spider, engine=engine, signals=signals), screen)
    live.show()
    first = screen.getvalue()
    live.show()
    assert screen.getvalue() == f"{first}\x1b[3F\x1b[J{first}"
    assert live.make_room(None)
    live.make_room(None)
    assert screen.getvalue() == f"{first}\x1b[3F\x1b[J{first}\x1b[3F\x1b[J"


def test_a_crawl_on_a_terminal_shows_itself_and_takes_its_picture_away(tmp_path):
    path = "/news/the-quarry-opens-again"
    robots = (200, {}, b"User-agent: *\nCrawl-delay: 1.2\n")
    press = Press({
        ("a.example", "/feed"): (200, XML, rss("a.example", path)),
        ("a.example", path): (200, HTML, page("Up")),
        ("a.example", "/robots.txt"): robots,
    })  # fmt: skip
    lists = 'feeds = ["http://a.example/feed"]'
    (tmp_path / "sites.toml").write_text(
        'contact = "desk@quarry.example"\n' + SITE.format(domain="a.example", name="A", delay=0, lists=lists)
    )
    environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment |= {"http_proxy": f"http://127.0.0.1:{press.port}", "NEWSTRACE_HOME": str(tmp_path / "home")}
    told = json.dumps({"db": str(tmp_path / "n.db"), "sites": str(tmp_path / "sites.toml")})
    ours, theirs = pty.openpty()
    crawl = subprocess.Popen(
        [sys.executable, "-c", CRAWL, told], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    while part := _read(ours):
        seen += part
    assert json.loads(crawl.communicate(timeout=60)[0])["sites"]["a.example"]["stored"] == 1
    os.close(ours)
    press.shutdown()
    press.server_close()
    words = seen.decode()
    assert "answers a second" in words
    assert re.search(r"a\.example +\d\.\d\d/s", words)
    assert words.endswith("\x1b[J")


def _read(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""
