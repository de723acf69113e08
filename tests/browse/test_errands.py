"""Fetching from the page: off by itself, one at a time, told while it runs, and readers never wait."""

import asyncio
import re
import sys
import time

import pytest

from db.browse.answer import Tools
from db.browse.errands import Errands
from db.browse.serve import browser
from db.errors import Busy

COPY, NEW = "https://copy.example/1", "https://new.example/1?id=2"
SAYS = "import sys; print('asked for', *sys.argv[1:]); print('\\x1b[31m<b>red</b>'); sys.exit({code})"
WAITS = "import sys, time; print('waiting', flush=True); time.sleep(60)"


def command(program):
    return [sys.executable, "-c", program]


@pytest.fixture
def running():
    """`running(program)`: errands whose command is that program; whatever runs is ended."""
    made = []

    def make(program):
        made.append(Errands(command(program)))
        return made[-1]

    yield make
    for errands in made:
        errands.end()


def until(true):
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    assert true()


@pytest.fixture
def desk(small):
    """`desk(errands, fields)`: the form's page, the answer to what is sent, and what is shown after it."""

    async def ask(errands, fields, page, cookie, forged):
        shown = browser(small, Tools(path=small, secret="s3cret", errands=errands))
        cookies = {"newstrace_write": cookie}
        form = await shown.client.get("/-/trace", params={"url": page}, cookies=cookies)
        found = re.search(r'name="csrftoken" value="([^"]+)"', form.text)
        cookies["ds_csrftoken"] = form.cookies.get("ds_csrftoken", "x")
        token = "forged" if forged or not found else found[1]
        sent = await shown.client.post("/-/errand", data=fields | {"csrftoken": token}, cookies=cookies)
        return form, sent, await shown.client.get("/-/errand", cookies=cookies)

    def go(errands, fields, *, page=COPY, cookie="s3cret", forged=False):
        return asyncio.run(ask(errands, fields, page, cookie, forged))

    return go


def test_a_page_that_is_not_stored_is_fetched_from_its_answer(running, desk):
    errands = running(SAYS.format(code=0))
    form, sent, _ = desk(errands, {"what": "fetch", "url": f"{NEW}&utm_source=x"}, page=NEW)
    assert "Fetch this page now" in form.text
    assert (sent.status_code, sent.headers["location"]) == (303, "/-/errand")
    until(lambda: errands.last.code is not None)
    assert list(errands.last.lines) == [f"asked for fetch -- {NEW}", "[31m<b>red</b>"]
    page = desk(errands, {"what": "perhaps", "url": NEW})[2]
    assert "Done." in page.text
    assert "&lt;b&gt;red" in page.text
    assert "refresh" not in page.headers
    assert "script-src" not in page.headers["content-security-policy"]


def test_sources_that_were_named_and_not_seen_are_gone_after(running, desk):
    errands = running(SAYS.format(code=0))
    form, sent, _ = desk(errands, {"what": "chase", "url": COPY})
    assert "Go after 1 source named and not seen" in form.text
    assert sent.status_code == 303
    until(lambda: errands.last.code is not None)
    assert errands.last.lines[0] == f"asked for chase -- {COPY}"


def test_one_errand_runs_at_a_time_is_shown_and_can_be_stopped(running, desk, asked, small):
    errands = running(WAITS)
    desk(errands, {"what": "fetch", "url": NEW})
    until(lambda: errands.last.lines)
    _, again, shown = desk(errands, {"what": "fetch", "url": NEW})
    assert again.status_code == 503
    assert "Under way." in shown.text
    assert shown.headers["refresh"] == "3"
    assert asked(small)("/-/trace", params={"url": COPY}).status_code == 200
    with pytest.raises(Busy):
        errands.start("fetch", NEW)
    desk(errands, {"what": "stop", "url": ""})
    until(lambda: errands.last.code is not None)


@pytest.mark.parametrize(
    ("code", "words"), [(1, "Nothing could be done."), (75, "Another run is writing"), (9, "exit status 9")]
)
def test_how_it_ended_is_told(running, desk, code, words):
    errands = running(SAYS.format(code=code))
    errands.start("fetch", NEW)
    until(lambda: errands.last.code is not None)
    assert words in desk(errands, {})[2].text


@pytest.mark.parametrize("how", [{"cookie": ""}, {"cookie": "guessed"}, {"forged": True}])
def test_nobody_else_can_fetch(running, desk, how):
    errands = running(SAYS.format(code=0))
    form, sent, shown = desk(errands, {"what": "fetch", "url": NEW}, page=NEW, **how)
    assert sent.status_code == 403
    assert errands.last is None
    assert ("Fetch this page now" in form.text) == ("forged" in how) == (shown.status_code == 200)


@pytest.mark.parametrize(
    "url", ["", "urn:wire:1", "javascript:alert(1)", "file:///etc/passwd", "--db=x", "x" * 20_000, "http://"]
)
def test_what_is_no_page_is_not_fetched(running, desk, url):
    errands = running(SAYS.format(code=0))
    assert desk(errands, {"what": "fetch", "url": url})[1].status_code == 400
    assert errands.last is None


def test_without_write_there_is_no_button_and_no_page(asked, small):
    get = asked(small)
    assert "Fetch this page now" not in get("/-/trace", params={"url": NEW}).text
    assert get("/-/errand").status_code == 403
    assert get("/-/errand.json").status_code == 403


def test_what_runs_ends_with_the_server(running):
    errands = running(WAITS)
    errands.start("fetch", NEW)
    until(lambda: errands.last.lines)
    errands.end()
    until(lambda: errands.last.code is not None)
