"""The catalogue held against the network: what each list answers, and may its pages be fetched?"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.visits import Visit, as_table
from tests.crawler.test_chase import newstrace
from tests.crawler.test_news import HTML, SITE, XML, Press, sitemap

NOW = datetime.now(UTC)
FRESH, OLD = (when.strftime("%a, %d %b %Y %H:%M:%S +0000") for when in (NOW, NOW - timedelta(days=400)))


def feed(host, when=FRESH, path="/news/the-quarry-opens-again"):
    item = f"<item><title>x</title><link>http://{host}{path}</link><pubDate>{when}</pubDate></item>"
    return f"<rss version='2.0'><channel><title>f</title>{item}</channel></rss>".encode()


FRONT = b"<h2><a href='/news/side-gate-opens-again'>The side gate is open now</a></h2>"
CHILD = sitemap("sitemapindex", "sitemap", "http://maps.example/n.xml")
ROBOTS = b"User-agent: *\nDisallow: /news/\n"
TDM = b'[{"location": "/news/*", "tdm-reservation": 1}]'
ROUTES = {
    ("good.example", "/feed"): (200, XML, feed("good.example")),
    ("good.example", "/front"): (200, HTML, FRONT),
    ("good.example", "/gone"): (404, HTML, b""),
    ("good.example", "/html"): (200, XML, b"<html><body>We have moved</body></html>"),
    ("good.example", "/none"): (200, XML, b"<rss version='2.0'><channel><title>f</title></channel></rss>"),
    ("good.example", "/old"): (200, XML, feed("good.example", OLD)),
    ("good.example", "/other"): (200, XML, feed("elsewhere.example")),
    ("good.example", "/private"): (302, {"Location": "http://169.254.169.254/x"}, b""),
    ("maps.example", "/index.xml"): (200, XML, CHILD),
    ("shut.example", "/robots.txt"): (200, {}, b"User-agent: *\nDisallow: /\n"),
    ("busy.example", "/robots.txt"): (503, {}, b""),
    ("half.example", "/robots.txt"): (200, {}, ROBOTS),
    ("half.example", "/feed"): (200, XML, feed("half.example")),
    ("kept.example", "/.well-known/tdmrep.json"): (200, {}, TDM),
    ("kept.example", "/feed"): (200, XML, feed("kept.example")),
}
LISTS = {
    "good.example": "feeds = [{}]\nstart_urls = ['http://good.example/front']".format(
        ", ".join(
            f"'http://good.example/{p}'" for p in ("feed", "gone", "html", "none", "old", "other", "private")
        )
    ),
    "maps.example": "sitemaps = ['http://maps.example/index.xml']",
    **{f"{h}.example": f"feeds = ['http://{h}.example/feed']" for h in ("shut", "busy", "half", "kept")},
}


def catalogue(folder, lists):
    tables = (SITE.format(domain=d, name=d, delay=0, lists=more) for d, more in lists.items())
    (folder / "sites.toml").write_text('contact = "desk@quarry.example"\n' + "".join(tables))
    return str(folder / "sites.toml")


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """(the result of the command, the lists by address, the press)."""
    folder, press = tmp_path_factory.mktemp("visits"), Press(ROUTES)
    done = newstrace(folder, press, "sites", "check", "--json", "--sites", catalogue(folder, LISTS))
    yield done, {row["url"]: row for row in json.loads(done.stdout)["lists"]}, press
    press.shutdown()
    press.server_close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "good.example/feed",
            {"outcome": "ok", "status": 200, "items": 1, "robots": "absent", "pages": "absent"},
        ),
        ("good.example/front", {"outcome": "ok", "kind": "front", "items": 1, "newest": None}),
        ("good.example/gone", {"outcome": "http_404", "status": 404, "good": False}),
        ("good.example/html", {"outcome": "bad_feed", "good": False}),
        ("good.example/none", {"outcome": "empty", "items": 0, "good": False}),
        ("good.example/old", {"outcome": "stale", "items": 1, "good": False}),
        ("good.example/other", {"outcome": "elsewhere", "good": False}),
        ("good.example/private", {"outcome": "private_address", "good": False}),
        ("maps.example/index.xml", {"outcome": "ok", "items": 0, "lists": 1, "good": True}),
        ("shut.example/feed", {"outcome": "robots", "robots": "disallowed", "status": None, "good": False}),
        ("busy.example/feed", {"outcome": "robots_unavailable", "robots": "unavailable", "good": False}),
        ("half.example/feed", {"outcome": "ok", "robots": "allowed", "pages": "disallowed", "good": False}),
        (
            "kept.example/feed",
            {"outcome": "ok", "reservation": "tdmrep.json reserves its pages", "good": False},
        ),
    ],
)
def test_each_list_is_told_with_what_it_answered(checked, address, told):
    row = checked[1][f"http://{address}"]
    assert {name: row[name] for name in told} == told


def test_the_newest_date_is_the_one_the_list_states(checked):
    newest = datetime.fromisoformat(checked[1]["http://good.example/feed"]["newest"])
    assert abs(newest - NOW) < timedelta(seconds=2)


def test_the_exit_code_says_that_something_needs_a_look(checked):
    done, rows, _ = checked
    assert done.returncode == 1
    assert f"{sum(not row['good'] for row in rows.values())} of {len(rows)} lists need a look" in done.stderr
    assert json.loads(done.stdout)["ok"] is False


def test_no_page_is_asked_for_and_no_database_made(checked, tmp_path):
    _, _, press = checked
    assert not [path for _, path, *_ in press.seen if path.startswith("/news/")]
    assert not press.asked("shut.example", "/feed")
    assert not press.asked("maps.example", "/n.xml")
    done = newstrace(tmp_path, press, "sites", "check", "maps.example", "--sites", catalogue(tmp_path, LISTS))
    assert done.returncode == 0, done.stderr
    assert "http://maps.example/index.xml" in done.stdout
    assert not (tmp_path / "n.db").exists()


def test_offline_nothing_is_asked_and_no_contact_needed(tmp_path):
    press = Press({})
    done = newstrace(tmp_path, press, "sites", "check", "--offline")
    assert done.returncode == 0, done.stderr
    assert "sites: as they should be" in done.stdout
    assert press.seen == []
    press.shutdown()
    press.server_close()


def test_a_table_has_a_line_for_each_list_below_its_site():
    visits = [
        Visit(site="a.example", kind=kind, url=f"http://a.example/{kind}\x1b[2J", outcome="ok", items=1200)
        for kind in ("feed", "front")
    ]
    head, site, *lines = as_table(visits).splitlines()
    assert (head.split(), site) == (["outcome", "items", "newest", "robots", "its", "pages"], "a.example")
    assert [line.split()[:3] for line in lines] == [["feed", "ok", "1,200"], ["front", "ok", "1,200"]]
    assert "\x1b" not in as_table(visits)
