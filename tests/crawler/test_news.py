"""Whole crawls of a small press on loopback: what is stored, what is refused, what is named as failed."""

import gzip
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import redirect_stderr
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Lock, Thread
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from scrapy.core.engine import ExecutionEngine

from crawler.imports import reread_pages
from crawler.run import crawl
from crawler.sites import read_catalogue
from db.open import open_db
from db.progress import Tell, silent

ROOT = Path(__file__).parents[2]
SITE = '[[site]]\ndomain = "{domain}"\nname = "{name}"\ndelay = {delay}\n{lists}\n'
CRAWL = """
import json, sys
from dataclasses import asdict
from crawler.run import crawl
from crawler.sites import read_catalogue
given = json.loads(sys.argv[1])
quick = {"DOWNLOAD_TIMEOUT": 3, "RETRY_TIMES": 0, "LOG_LEVEL": "ERROR"}
summary = crawl(given["db"], read_catalogue(given["sites"]), settings=quick)
print(json.dumps(asdict(summary)))
"""
QUICK = {"DOWNLOAD_TIMEOUT": 3, "RETRY_TIMES": 0, "LOG_LEVEL": "ERROR"}
BODY = (
    "The quarry at {place} opened its gates again on Monday after a winter of repairs. ",
    "Forty workers walked in behind the band, and the first cart of stone left before noon. ",
    "The council says that the road below will be watered twice a day to keep the dust down. ",
    "Neighbours had asked for a wall, and a wall is what they will have by the end of summer. ",
    "Nobody in {place} remembers the last time so many people stood at the upper gate. ",
)


def page(place, head=""):
    paragraphs = "".join(f"<p>{line.format(place=place) * 2}</p>" for line in BODY)
    title = f"The quarry of {place} opens again"
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    ).encode()


def rss(host, *paths, extra=""):
    items = "".join(
        f"<item><title>x</title><link>http://{host}{path}</link>"
        f"<pubDate>Mon, 16 Mar 2026 06:00:00 +0200</pubDate>{extra}</item>"
        for path in paths
    )
    return f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode()


def sitemap(kind, child, *links):
    rows = "".join(f"<{child}><loc>{link}</loc></{child}>" for link in links)
    return f"<{kind} xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</{kind}>".encode()


HTML, XML = {"Content-Type": "text/html"}, {"Content-Type": "application/xml"}
GOOD = (
    "/news/upper-gate?utm_source=rss", "/old-story", "/private/a-hidden-story", "/report-of-the-year",
    "/a-very-big-page", "/news/reserved-for-some", "/news/chinese-stone-trade", "/leads-to-a-file",
    "/leads-to-the-metadata", "/leads-to-this-machine", "/a-page-that-is-gone", "/leads-round-and-round",
)  # fmt: skip
ROUTES = {
    ("good.example", "/robots.txt"): (200, {}, b"User-agent: newstrace\nDisallow: /private/\n"),
    ("good.example", "/feed"): (
        200,
        XML,
        rss("good.example", *GOOD, extra="<source url='http://wire.example/rss'>Hill Wire</source>"),
    ),
    ("good.example", "/news/upper-gate"): (200, {**HTML, "ETag": '"one"'}, page("Upperton")),
    ("good.example", "/old-story"): (301, {"Location": "/news/lower-gate"}, b""),
    ("good.example", "/news/lower-gate"): (200, HTML, page("Lowerton")),
    ("good.example", "/private/a-hidden-story"): (200, HTML, page("Hidden")),
    ("good.example", "/report-of-the-year"): (200, {"Content-Type": "application/pdf"}, b"%PDF-1.7 \x00\x01"),
    ("good.example", "/a-very-big-page"): (200, HTML, b"<html>" + b"x" * 12_000_000),
    ("good.example", "/news/reserved-for-some"): (200, {**HTML, "TDM-Reservation": "1"}, page("Reserved")),
    ("good.example", "/news/chinese-stone-trade"): (
        200,
        {"Content-Type": "text/html; charset=gb2312"},
        page("采石场").decode().encode("gb18030"),
    ),
    ("good.example", "/leads-to-a-file"): (302, {"Location": "file:///etc/passwd"}, b""),
    ("good.example", "/leads-to-the-metadata"): (302, {"Location": "http://169.254.169.254/latest/"}, b""),
    ("good.example", "/leads-to-this-machine"): (302, {"Location": "http://127.0.0.1:9/x"}, b""),
    ("good.example", "/leads-round-and-round"): (302, {"Location": "/leads-round-and-round"}, b""),
    ("broken.example", "/feed"): (200, XML, b"<html><body>We have moved</body></html>"),
    ("broken.example", "/cut.xml.gz"): (
        200,
        {"Content-Type": "application/gzip"},
        gzip.compress(b"<urlset>" * 99)[:30],
    ),
    ("broken.example", "/empty.xml"): (200, XML, b""),
    ("broken.example", "/front"): (200, HTML, b"<a href='/news/side-gate'>The side gate is open now</a>"),
    ("broken.example", "/news/side-gate"): (200, HTML, page("Sideton")),
    ("closed.example", "/robots.txt"): (503, {}, b"resting"),
    ("closed.example", "/feed"): (200, XML, rss("closed.example", "/news/never-to-be-read")),
    ("maps.example", "/index.xml.gz"): (
        200,
        {},
        gzip.compress(
            sitemap(
                "sitemapindex", "sitemap", "http://maps.example/index.xml.gz", "http://maps.example/n.xml"
            )
        ),
    ),
    ("maps.example", "/n.xml"): (
        200,
        XML,
        sitemap("urlset", "url", "http://maps.example/m/1", "http://elsewhere.example/m/2"),
    ),
    ("maps.example", "/m/1"): (200, HTML, page("Mapton", "<meta name='robots' content='noai'>")),
    ("paced.example", "/robots.txt"): (200, {}, b"User-agent: *\nCrawl-delay: 0.4\n"),
    ("paced.example", "/feed"): (200, XML, rss("paced.example", "/news/step-by-step", "/news/one-by-one")),
    ("paced.example", "/news/step-by-step"): (200, HTML, page("Stepton")),
    ("paced.example", "/news/one-by-one"): (200, HTML, page("Oneton")),
}
LISTS = {
    "good.example": 'feeds = ["http://good.example/feed"]',
    "broken.example": 'feeds = ["http://broken.example/feed"]\n'
    'sitemaps = ["http://broken.example/cut.xml.gz", "http://broken.example/empty.xml"]\n'
    'start_urls = ["http://broken.example/front"]',
    "closed.example": 'feeds = ["http://closed.example/feed"]',
    "maps.example": 'sitemaps = ["http://maps.example/index.xml.gz"]',
    "paced.example": 'feeds = ["http://paced.example/feed"]',
    "slow.example": 'feeds = ["http://slow.example/feed"]',
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        target = urlsplit(self.path)
        host = target.hostname or self.headers["Host"].partition(":")[0]
        began = time.monotonic()
        if (host, target.path) == ("slow.example", "/feed"):
            time.sleep(4)
        status, headers, body = self.server.routes.get((host, target.path), (404, HTML, b"<h1>Not here</h1>"))
        if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
            status, body = 304, b""
        with self.server.lock:
            self.server.seen.append((host, target.path, began, time.monotonic(), dict(self.headers)))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Press(ThreadingHTTPServer):
    """A forward proxy before every host of the routes; remembers who asked for what."""

    daemon_threads = True

    def __init__(self, routes):
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes, self.seen, self.lock = dict(routes), [], Lock()
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, *args):
        """A crawler that hangs up is what some tests are about."""

    def asked(self, host, path):
        return [headers for h, p, *_, headers in self.seen if (h, p) == (host, path)]


def written(folder, sites):
    """The file of a catalogue of these sites."""
    catalogue = folder / "sites.toml"
    tables = (
        SITE.format(domain=d, name=d.split(".")[0].title(), delay=0, lists=lists)
        for d, lists in sites.items()
    )
    catalogue.write_text('contact = "desk@quarry.example"\n' + "".join(tables))
    return catalogue


def surroundings(folder, proxy):
    """The environment of a crawl that reaches the web through `proxy` only, or not through any."""
    environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment |= {"NEWSTRACE_HOME": str(folder / "home")}
    return environment | ({"http_proxy": f"http://127.0.0.1:{proxy.port}"} if proxy else {})


def start(folder, sites, *, proxy=None, db="n.db"):
    """The process of a crawl."""
    told = json.dumps({"db": str(folder / db), "sites": str(written(folder, sites))})
    environment = surroundings(folder, proxy) | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return subprocess.Popen(
        [sys.executable, "-c", CRAWL, told], cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run_apart(*given, **more):
    """(summary, log) of a crawl in a process of its own."""
    apart = start(*given, **more)
    told, log = apart.communicate(timeout=60)
    assert apart.returncode == 0, log[-3000:]
    return json.loads(told), log


def run(folder, sites, *, proxy=None, db="n.db", **given):
    """(summary, log) of a crawl in this process: what its readers import is there for the next one."""
    log, handlers = io.StringIO(), {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    catalogue = read_catalogue(written(folder, sites))
    with (
        patch.dict(os.environ, surroundings(folder, proxy), clear=True),
        patch.object(ExecutionEngine, "_SLOT_HEARTBEAT_INTERVAL", 0.3),  # seconds, not 5
        redirect_stderr(log),
    ):
        summary = crawl(folder / db, catalogue, settings=QUICK, **given)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return asdict(summary), log.getvalue()


def rows(folder, sql, db="n.db"):
    with sqlite3.connect(folder / db) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """One crawl of everything: the folder, the press, the summary and what was logged."""
    folder = tmp_path_factory.mktemp("press")
    press = Press(ROUTES)
    summary, log = run(folder, LISTS, proxy=press)
    yield folder, press, summary, log
    press.shutdown()
    press.server_close()


def test_articles_are_stored_under_every_address_they_have(first):
    folder, *_ = first
    assert {url for (url,) in rows(folder, "SELECT url FROM articles")} == {
        "http://good.example/news/upper-gate",
        "http://good.example/news/lower-gate",
        "http://good.example/news/chinese-stone-trade",
        "http://broken.example/news/side-gate",
        "http://maps.example/m/1",
        "http://paced.example/news/step-by-step",
        "http://paced.example/news/one-by-one",
    }
    of_old = (
        "SELECT a.url FROM article_urls u JOIN articles a ON a.id = u.article_id"
        " WHERE u.url LIKE '%/old-story'"
    )
    assert rows(folder, of_old) == [("http://good.example/news/lower-gate",)]


def test_what_was_not_stored_is_counted_by_its_reason(first):
    _, _, summary, _ = first
    good = summary["sites"]["good.example"]
    assert good["found"] == len(GOOD)
    assert good["stored"] == 3
    assert good["left_out"] == {"robots": 1, "not_html": 1, "reserved": 1, "private_address": 3}
    assert good["failed"] == {"too_large": 1, "http_404": 1, "redirect_loop": 1}
    assert summary["sites"]["broken.example"]["failed"] == {"bad_feed": 1, "bad_sitemap": 2}
    assert summary["sites"]["closed.example"]["left_out"] == {"robots_unavailable": 1}
    assert summary["sites"]["slow.example"]["failed"] == {"timeout": 1}
    assert summary["sites"]["maps.example"]["left_out"] == {"elsewhere": 1}
    assert summary["outcome"] == "done"


def test_our_own_code_failed_nowhere(first):
    assert "Traceback" not in first[3]


def test_forbidden_pages_are_not_even_asked_for(first):
    _, press, *_ = first
    assert not press.asked("good.example", "/private/a-hidden-story")
    assert not press.asked("closed.example", "/feed")
    assert not press.asked("169.254.169.254", "/latest/")
    assert not press.asked("127.0.0.1", "/x")


def test_every_request_says_who_asks(first):
    _, press, *_ = first
    agents = {headers["User-Agent"] for *_, headers in press.seen}
    assert agents == {"newstrace/0.1 (news research; desk@quarry.example)"}


def test_one_request_at_a_time_and_the_crawl_delay_between_them(first):
    _, press, *_ = first
    times = sorted((began, ended) for host, _, began, ended, _ in press.seen if host == "paced.example")
    assert len(times) == 5  # robots, feed, reservations, two pages
    after_robots = times[1:]
    gaps = [b[0] - a[0] for a, b in pairwise(after_robots)]
    assert min(gaps) >= 0.25  # as seen from the server, which wakes up late at times
    for host in LISTS:
        spans = sorted((began, ended) for h, _, began, ended, _ in press.seen if h == host)
        assert all(a[1] <= b[0] for a, b in pairwise(spans)), host


def test_a_page_in_gb2312_is_read_and_kept(first):
    folder, *_ = first
    text = "SELECT v.text FROM versions v JOIN articles a ON a.id = v.article_id WHERE a.url LIKE '%chinese%'"
    assert "采石场" in rows(folder, text)[0][0]


def test_the_words_of_the_feed_are_kept_as_claims_and_evidence(first):
    folder, *_ = first
    claims = rows(folder, "SELECT kind, raw, earliest_utc FROM time_claims WHERE basis = 'feed'")
    assert ("published", "Mon, 16 Mar 2026 06:00:00 +0200", "2026-03-16T04:00:00+00:00") in claims
    sources = rows(folder, "SELECT DISTINCT quote, region, domain FROM evidence WHERE kind = 'rss_source'")
    assert sources == [("Hill Wire", "machine", "wire.example")]


def test_reading_again_keeps_what_the_feed_said(first):
    folder, *_ = first
    sources = "SELECT count(*) FROM evidence WHERE kind = 'rss_source'"
    before = rows(folder, sources)
    db = open_db(folder / "n.db")
    reread_pages(db, None, tell=Tell(print, silent))
    db.close()
    assert before != [(0,)]
    assert rows(folder, sources) == before


def test_robots_and_reservations_are_stored_with_the_fetch(first):
    folder, *_ = first
    facts = dict(rows(folder, "SELECT a.url, v.robots || '/' || coalesce(v.reservation, '')"
                              " FROM versions v JOIN articles a ON a.id = v.article_id"))  # fmt: skip
    assert facts["http://good.example/news/upper-gate"] == "allowed/"
    assert facts["http://maps.example/m/1"] == "absent/meta robots: noai"


def test_the_run_and_the_frontier_say_what_happened(first):
    folder, _, summary, _ = first
    ((command, outcome, counts),) = rows(folder, "SELECT command, outcome, counts FROM runs")
    assert (command, outcome) == ("crawl", "done")
    assert (json.loads(counts)["found"], json.loads(counts)["stored"]) == (16, 7)
    states = dict(rows(folder, "SELECT url, state FROM frontier"))
    assert states["http://good.example/news/upper-gate"] == "stored"
    assert states["http://good.example/private/a-hidden-story"] == "refused"
    assert states["http://good.example/a-page-that-is-gone"] == "gone"
    assert states["http://slow.example/feed"] == "failed"
    assert summary["answered"] > 0


def test_a_second_crawl_asks_only_for_what_changed(first):
    folder, press, *_ = first
    press.routes["good.example", "/news/lower-gate"] = (200, HTML, page("Lowerton-on-Sea"))
    press.seen.clear()
    summary, _ = run(folder, {"good.example": LISTS["good.example"]}, proxy=press)
    good = summary["sites"]["good.example"]
    assert (good["stored"], good["new_versions"], good["unchanged"]) == (0, 1, 2)
    assert press.asked("good.example", "/news/upper-gate")[0]["If-None-Match"] == '"one"'
    assert rows(folder, "SELECT count(*) FROM versions v JOIN articles a ON a.id = v.article_id "
                        "WHERE a.url LIKE '%lower-gate'") == [(2,)]  # fmt: skip


@pytest.fixture
def paced():
    """The press for one test, and the one site whose pages come a while apart."""
    press = Press(ROUTES)
    yield press, {"paced.example": LISTS["paced.example"]}
    press.shutdown()
    press.server_close()


def test_a_limit_stores_so_many_and_leaves_the_rest_due(tmp_path, paced):
    press, sites = paced
    summary, _ = run(tmp_path, sites, proxy=press, limit=1)
    assert summary["sites"]["paced.example"]["stored"] == 1
    assert rows(tmp_path, "SELECT state, count(*) FROM frontier WHERE kind = 'article' GROUP BY 1") == [
        ("due", 1),
        ("stored", 1),
    ]


@pytest.mark.parametrize(
    ("sent", "outcome"), [(signal.SIGINT, "stopped"), (signal.SIGTERM, "stopped"), (signal.SIGKILL, None)]
)
def test_a_crawl_that_was_ended_goes_on_where_it_stopped(tmp_path, paced, sent, outcome):
    press, sites = paced
    crawl = start(tmp_path, sites, proxy=press)
    while not press.asked("paced.example", "/news/step-by-step") and crawl.poll() is None:
        time.sleep(0.02)
    crawl.send_signal(sent)
    crawl.communicate(timeout=30)
    assert rows(tmp_path, "SELECT outcome FROM runs") == [(outcome,)]
    press.routes["paced.example", "/feed"] = (200, XML, rss("paced.example"))
    run(tmp_path, sites, proxy=press)
    assert rows(tmp_path, "SELECT count(*) FROM articles") == [(2,)]


def test_without_a_proxy_only_the_catalogue_opens_private_hosts(tmp_path):
    routes = {
        ("127.0.0.1", "/news/upper-gate"): (200, HTML, page("Upperton")),
        ("127.0.0.1", "/leads-to-a-name"): (302, {}, b""),
        ("127.0.0.1", "/leads-to-a-number"): (302, {}, b""),
    }
    press = Press(routes)
    here = f"127.0.0.1:{press.port}"
    press.routes["127.0.0.1", "/feed"] = (
        200, XML, rss(here, "/news/upper-gate", "/leads-to-a-name", "/leads-to-a-number"),
    )  # fmt: skip
    machine = socket.gethostname()
    press.routes["127.0.0.1", "/leads-to-a-name"] = (
        302,
        {"Location": f"http://{machine}:{press.port}/x"},
        b"",
    )
    press.routes["127.0.0.1", "/leads-to-a-number"] = (302, {"Location": f"http://127.1:{press.port}/x"}, b"")
    lists = f'feeds = ["http://{here}/feed"]\nallow_private = true'
    summary, _ = run(tmp_path, {"127.0.0.1": lists, "10.0.0.1": 'feeds = ["http://10.0.0.1/feed"]'})
    counts = summary["sites"]["127.0.0.1"]
    assert counts["stored"] == 1
    assert counts["left_out"]["private_address"] >= 1
    assert not press.asked("127.1", "/x")
    assert not press.asked(machine, "/x")
    assert summary["sites"]["10.0.0.1"]["left_out"] == {"private_address": 1}
    press.shutdown()
    press.server_close()
