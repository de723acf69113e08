"""What a host asks for, it gets: rest, distance, a robots.txt for a day, reservations; others go on."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from scrapy.http import Response

from crawler.middlewares import LONGEST_REST, retry_after
from crawler.reservations import is_reserved, read_rules
from tests.crawler.test_news import HTML, XML, Press, page, rows, rss, run

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATHS = tuple(f"/news/the-{n}-gate-opens-again" for n in ("one", "two", "three"))


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120),
        ("Sun, 01 Mar 2026 12:05:00 GMT", 300),
        ("", 600),
        ("soon", 600),
        ("-5", 600),
        ("Sun, 01 Mar 2020 12:05:00 GMT", 0),
        ("9" * 400, LONGEST_REST.total_seconds()),
    ],
)
def test_retry_after_is_understood_and_bounded(stated, seconds):
    answer = Response("http://a.example/", status=429, headers={"Retry-After": stated} if stated else {})
    assert retry_after(answer, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("body", "path", "reserved"),
    [
        (b'[{"location": "/", "tdm-reservation": 1}]', "/x", True),
        (b'[{"location": "/*.html$", "tdm-reservation": 1}]', "/x.html", True),
        (b'[{"location": "/*.html$", "tdm-reservation": 1}]', "/x.html?y", False),
        (b'[{"location": "/a*b*c", "tdm-reservation": "1"}]', "/aXbYc/d", True),
        (b'[{"location": "/a", "tdm-reservation": 0}]', "/a", False),
        (b'{"location": "/"}', "/", False),
        (b"<html>", "/", False),
        (b"[[[", "/", False),
    ],
)
def test_the_well_known_file_is_read(body, path, reserved):
    assert is_reserved(read_rules(body), path) is reserved


def site(name, **more):
    host = f"{name}.example"
    routes = {(host, "/feed"): (200, XML, rss(host, *PATHS))}
    routes |= {(host, path): (200, HTML, page(f"{name}-{path[10:13]}")) for path in PATHS}
    routes |= {(host, path): answer for path, answer in more.items()}
    return routes, {host: f'feeds = ["http://{host}/feed"]'}


def press_of(*sites):
    routes, lists = {}, {}
    for more_routes, more_lists in sites:
        routes |= more_routes
        lists |= more_lists
    return Press(routes), lists


@pytest.fixture
def of():
    made = []

    def make(*sites):
        made.append(press_of(*sites))
        return made[-1]

    yield make
    for press, _ in made:
        press.shutdown()
        press.server_close()


def test_a_host_that_asks_for_rest_is_left_alone_now_and_in_the_next_run(tmp_path, of):
    tired = site("tired", **{PATHS[0]: (429, {"Retry-After": "3600"}, b"")})
    press, lists = of(tired, site("fresh"))
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["fresh.example"]["stored"] == 3
    assert summary["sites"]["tired.example"]["failed"] == {"http_429": 1}
    assert summary["sites"]["tired.example"]["left_out"] == {"resting": 2}
    ((until,),) = rows(tmp_path, "SELECT until FROM rests WHERE host = 'tired.example'")
    assert timedelta(minutes=58) < datetime.fromisoformat(until) - datetime.now(UTC) < timedelta(minutes=61)
    press.seen.clear()
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["tired.example"]["left_out"]["resting"] >= 1
    assert not [host for host, *_ in press.seen if host == "tired.example"]


def test_a_short_rest_is_waited_for(tmp_path, of):
    press, lists = of(site("brief", **{PATHS[0]: (503, {"Retry-After": "1"}, b"")}))
    began = time.monotonic()
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["brief.example"]["stored"] == 2
    assert summary["sites"]["brief.example"]["failed"] == {"http_503": 1}
    tries = sorted(began for host, path, began, *_ in press.seen if path == PATHS[0])
    assert len(tries) == 3
    assert all(b - a >= 0.9 for a, b in pairwise(tries))
    assert time.monotonic() - began < 50


def test_reserved_paths_are_not_asked_for_and_robots_is_kept_for_the_next_run(tmp_path, of):
    rules = b'[{"location": "/news/the-one*", "tdm-reservation": 1}]'
    press, lists = of(site("kept", **{"/.well-known/tdmrep.json": (200, {}, rules)}))
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["kept.example"]["left_out"] == {"reserved": 1}
    assert not press.asked("kept.example", PATHS[0])
    run(tmp_path, lists, proxy=press)
    assert len(press.asked("kept.example", "/robots.txt")) == 1
    assert len(press.asked("kept.example", "/.well-known/tdmrep.json")) == 1


def test_a_proxy_that_refuses_does_not_stand_for_a_missing_robots_txt(tmp_path, of):
    routes, lists = site("behind", **{"/robots.txt": (407, {}, b"")})
    press, lists = of((routes, lists))
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["behind.example"]["left_out"] == {"robots_unavailable": 1}
    routes["behind.example", "/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /news/the-one\n")
    press.routes.update(routes)
    summary, _ = run(tmp_path, lists, proxy=press)
    assert summary["sites"]["behind.example"]["left_out"] == {"robots": 1}
    assert summary["sites"]["behind.example"]["stored"] == 2


def test_a_slow_host_does_not_hold_the_others_up(tmp_path, of):
    slow = site("sleepy", **{"/robots.txt": (200, {}, b"User-agent: *\nCrawl-delay: 1.2\n")})
    press, lists = of(slow, *(site(f"quick{n}") for n in range(4)))
    run(tmp_path, lists, proxy=press)
    ended = {host: max(t for h, _, _, t, _ in press.seen if h == host) for host, *_ in press.seen}
    assert max(t for host, t in ended.items() if host != "sleepy.example") < ended["sleepy.example"]
    times = sorted(began for host, _, began, *_ in press.seen if host == "sleepy.example")[1:]
    assert min(b - a for a, b in pairwise(times)) >= 1.1


def test_a_feed_that_did_not_change_is_not_sent_again_and_its_pages_are_still_known(tmp_path, of):
    routes, lists = site("calm")
    routes["calm.example", "/feed"] = (200, {**XML, "ETag": '"f"'}, rss("calm.example", *PATHS))
    press, lists = of((routes, lists))
    run(tmp_path, lists, proxy=press)
    summary, _ = run(tmp_path, lists, proxy=press)
    assert press.asked("calm.example", "/feed")[1]["If-None-Match"] == '"f"'
    assert summary["sites"]["calm.example"]["unchanged"] == 3
    claims = "SELECT count(*) FROM time_claims WHERE basis = 'feed'"
    assert rows(tmp_path, claims) == [(3,)]


def test_only_what_is_due_is_asked_for_and_a_budget_leaves_the_rest_due(tmp_path, of):
    press, lists = of(site("timely"))
    summary, _ = run(tmp_path, lists, proxy=press, due=True, per_site=2)
    assert summary["sites"]["timely.example"]["stored"] == 1
    assert summary["sites"]["timely.example"]["left_out"] == {"over_budget": 2}
    press.seen.clear()
    summary, _ = run(tmp_path, lists, proxy=press, due=True)
    assert summary["sites"]["timely.example"]["stored"] == 2
    assert not press.asked("timely.example", "/feed")
    press.seen.clear()
    run(tmp_path, lists, proxy=press, due=True)
    assert press.seen == []
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with closing(sqlite3.connect(tmp_path / "n.db")) as db, db:
        db.execute("UPDATE frontier SET next_visit = ? WHERE kind = 'feed' OR url LIKE '%the-two%'", [now])
    run(tmp_path, lists, proxy=press, due=True)
    assert sorted(path for _, path, *_ in press.seen) == ["/feed", PATHS[1]]


def test_a_page_that_is_gone_twice_is_a_withdrawal(tmp_path, of):
    press, lists = of(site("gone"))
    run(tmp_path, lists, proxy=press)
    press.routes["gone.example", PATHS[0]] = (404, HTML, b"gone")
    kinds = (
        "SELECT v.kind, v.reason FROM versions v JOIN articles a ON a.id = v.article_id"
        " WHERE a.url LIKE '%the-one%' ORDER BY v.id"
    )
    run(tmp_path, lists, proxy=press)
    assert [kind for kind, _ in rows(tmp_path, kinds)] == ["article"]
    run(tmp_path, lists, proxy=press)
    assert rows(tmp_path, kinds)[1] == ("unreadable", "withdrawn: the page answers 404")
    assert rows(tmp_path, "SELECT kind FROM articles WHERE url LIKE '%the-one%'") == [("article",)]
