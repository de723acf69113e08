"""A crawl that nobody watches: its log, its monitors, its archive, and no trace of one that may not start."""

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime

import pytest
from fastwarc.warc import ArchiveIterator

from crawler.warc import NOT_MODIFIED, Filters, pages
from tests.crawler.test_chase import begun, newstrace
from tests.crawler.test_news import HTML, SITE, XML, Press, page, rows, rss

PATHS = tuple(f"/news/the-quarry-opens-again-{n}" for n in range(6))
ROUTES = {
    ("a.example", "/feed"): (200, XML, rss("a.example", *PATHS)),
    **{("a.example", path): (200, {**HTML, "ETag": f'"{path}"'}, page(f"Gate{path[-1]}")) for path in PATHS},
}


@pytest.fixture
def crawl(tmp_path):
    """Runs `newstrace crawl` on the press; `crawl.press` is changed between two runs."""
    press = Press(ROUTES)
    lists = 'feeds = ["http://a.example/feed"]'
    site = SITE.format(domain="a.example", name="A", delay=0, lists=lists)
    (tmp_path / "sites.toml").write_text(f'contact = "desk@quarry.example"\n{site}')

    def run(*words):
        told = ("crawl", "--sites", str(tmp_path / "sites.toml"), *words)
        return newstrace(tmp_path, press, *told)

    run.press, press.db = press, tmp_path / "n.db"
    yield run
    press.shutdown()
    press.server_close()


def test_every_line_of_a_json_log_is_json_and_tells_the_plan_and_the_summary(crawl):
    crawl.press.routes["a.example", PATHS[0]] = (500, HTML, b"")
    crawl.press.routes["a.example", "/feed"] = (200, XML, rss("a.example", *PATHS) + b"<broken")
    done = crawl("--json-log")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)
    words = [line["message"] for line in lines if line["logger"] == "newstrace"]
    assert words[0].startswith("plan: 1 sites")
    assert any("5 stored" in line for line in words)
    assert done.stdout == ""


def test_an_error_is_a_line_of_the_json_log_too(crawl, tmp_path):
    done = crawl("nowhere.example", "--json-log")
    (line,) = (json.loads(line) for line in done.stderr.splitlines())
    assert (done.returncode, line["level"]) == (1, "error")
    assert "not in the catalogue" in line["message"]


def test_a_monitored_crawl_that_is_healthy_exits_with_nothing(crawl):
    assert crawl("--monitor").returncode == 0


def test_a_monitored_crawl_exits_with_3_when_pages_fail(crawl):
    for path in PATHS[:4]:
        crawl.press.routes["a.example", path] = (500, HTML, b"")
    done = crawl("--monitor", "--no-link")
    assert done.returncode == 3
    assert "a.example: 4 of 6 pages failed (http_500)" in done.stderr


def test_a_monitored_crawl_exits_with_3_when_a_site_has_nothing_any_more(crawl):
    assert crawl("--monitor", "--no-link").returncode == 0
    empty = b"<rss version='2.0'><channel><title>f</title></channel></rss>"
    crawl.press.routes["a.example", "/feed"] = (200, XML, empty)
    with closing(sqlite3.connect(crawl.press.db)) as db, db:
        db.execute("UPDATE frontier SET next_visit = NULL WHERE kind = 'article'")
    done = crawl("--monitor", "--no-link")
    assert done.returncode == 3
    assert "a.example: no article was found, and earlier runs found some" in done.stderr


def test_a_run_for_which_nothing_is_due_is_no_failure_and_says_when_something_is(crawl):
    assert crawl("--due", "--no-link").returncode == 0
    asked = len(crawl.press.seen)
    done = crawl("--due", "--monitor", "--no-link")
    assert (done.returncode, len(crawl.press.seen)) == (0, asked)
    plan, due, nothing = done.stderr.splitlines()
    assert (plan, nothing) == ("plan: nothing is due", "there was nothing to ask for")
    assert due.startswith("the next visit is due 20")
    with closing(sqlite3.connect(crawl.press.db)) as db, db:
        db.execute("UPDATE frontier SET next_visit = visited WHERE kind = 'feed'")
    done = crawl("--due", "--monitor", "--no-link")  # its feed is due, and names what is known
    assert (done.returncode, len(crawl.press.seen)) == (0, asked + 1), done.stderr


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_a_crawl_in_order_and_a_second_one_at_once(tmp_path, crawl, times):
    """The terminal sends Ctrl-C to every process of the crawl, its readers too."""
    crawl.press.routes["a.example", "/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 3\n")
    running = begun(tmp_path, crawl.press, "crawl", "--no-link", "--sites", str(tmp_path / "sites.toml"))
    while not crawl.press.asked("a.example", "/feed") and running.poll() is None:
        time.sleep(0.02)
    told = [running.stderr.readline()]  # the plan
    os.killpg(running.pid, signal.SIGINT)
    while "stopping when" not in told[-1] and running.poll() is None:
        told.append(running.stderr.readline())
    if times == 2:
        os.killpg(running.pid, signal.SIGINT)
    _, rest = running.communicate(timeout=30)
    assert running.returncode == 130, rest
    assert "Traceback" not in "".join(told) + rest
    outcome = rows(tmp_path, "SELECT outcome FROM runs")
    assert outcome == ([("stopped",)] if times == 1 else [(None,)])


def test_what_is_fetched_is_kept_as_warc_and_the_rows_point_at_it(crawl, tmp_path):
    assert crawl("--warc", str(tmp_path / "kept"), "--no-link").returncode == 0
    told = rows(
        tmp_path,
        'SELECT a.url, w.file, w."offset" FROM warc_records w JOIN versions v ON v.id = w.version_id'
        " JOIN articles a ON a.id = v.article_id ORDER BY a.url",
    )
    assert [url for url, *_ in told] == [f"http://a.example{path}" for path in PATHS]
    for url, file, offset in told:
        at, row = next(pages(file, offset, Filters()))
        assert (at, row["url"], row["html"]) == (offset, url, page(f"Gate{url[-1]}"))
    assert newstrace(tmp_path, crawl.press, "import", told[0][1]).returncode == 0


def test_a_page_that_is_as_before_is_kept_as_a_revisit_that_says_so(crawl, tmp_path):
    crawl("--warc", str(tmp_path / "kept"), "--no-link")
    crawl("--warc", str(tmp_path / "kept"), "--no-link")
    told = rows(
        tmp_path, 'SELECT v.fetched, r.seen, r.file, r."offset" FROM warc_revisits r JOIN versions v '
        "ON v.id = r.version_id",
    )  # fmt: skip
    assert len(told) == len(PATHS)
    for fetched, seen, file, offset in told:
        with open(file, "rb") as stream:  # noqa: PTH123 - it is read from the middle
            stream.seek(offset)
            record = next(iter(ArchiveIterator(stream)))
            headers = dict(record.headers)
        assert headers["WARC-Type"] == "revisit"
        assert headers["WARC-Profile"] == NOT_MODIFIED
        assert headers["WARC-Refers-To-Target-URI"].startswith("http://a.example/news/")
        assert datetime.fromisoformat(headers["WARC-Refers-To-Date"]) == datetime.fromisoformat(fetched)
        assert datetime.fromisoformat(headers["WARC-Date"]) == datetime.fromisoformat(seen)


@pytest.mark.parametrize("command", [("crawl",), ("fetch", "http://a.example/x"), ("sites", "check")])
def test_a_crawl_that_does_not_say_who_it_is_leaves_no_database(tmp_path, command):
    press = Press({})
    done = newstrace(tmp_path, press, *command)
    assert done.returncode == 1
    assert "NEWSTRACE_CONTACT" in done.stderr
    assert not list(tmp_path.glob("n.db*"))
    assert press.seen == []
    press.shutdown()
    press.server_close()
