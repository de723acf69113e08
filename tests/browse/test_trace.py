"""The page of an address: every status, every spelling, hostile words, large stories."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from db.browse import said
from db.browse.answer import Tools
from db.browse.serve import browser
from db.lookup import chain
from db.open import open_read
from db.records import Outlet
from db.store import open_db
from dedupe.pasted import trace_text
from tests.browse.conftest import HOSTILE, link, put


@pytest.fixture
def get(asked, small):
    return asked(small)


def trace(get, url, form=""):
    return get(f"/-/trace{form}", params={"url": url})


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("https://copy.example/1", "traced", "Furthest back seen here: Agency (page not seen)."),
        ("https://alone.example/1", "nothing_found", "That does not make it the first"),
        ("https://late.example/1", "nothing_found", "Not looked yet"),
        ("https://walled.example/1", "unreadable", "a consent wall"),
        ("https://nowhere.example/1", "not_stored", "newstrace fetch https://nowhere.example/1"),
    ],
)
def test_every_status_is_told_with_what_to_do_next(get, url, status, words):
    page = trace(get, url)
    assert page.status_code == 200
    assert f'class="status {status}"' in page.text
    assert words in page.text
    assert trace(get, url, ".json").json()["status"] == status


@pytest.mark.parametrize(
    "spelling",
    [
        "http://copy.example/1",
        " https://www.copy.example/1/ ",
        "https://copy.example/1?utm_source=x&fbclid=y",
        "https://web.archive.org/web/20260302/https://copy.example/1",
        "https://copy-example.cdn.ampproject.org/c/s/copy.example/1",
    ],
)
def test_any_spelling_of_the_address_will_do(get, spelling):
    assert trace(get, spelling, ".json").json()["article"]["url"] == "https://copy.example/1"


@pytest.mark.parametrize(
    "typed", ["x" * 20_000, "not a url", "javascript:alert(1)", "'; DROP TABLE links --"]
)
def test_what_is_no_address_is_said_to_be_none(get, typed):
    page = trace(get, typed)
    assert page.status_code in (200, 400)
    assert "javascript:" not in re.findall(r'href="([^"]*)"', page.text)
    assert len(page.text) < 30_000


def test_an_empty_box_is_the_form(get):
    page = trace(get, "")
    assert page.status_code == 200
    assert "<h1>Where did it come from?</h1>" in page.text


def test_hostile_words_are_text_wherever_they_stand(get):
    page = trace(get, "https://copy.example/1").text
    assert "owned" in page
    assert "<script" not in page
    assert "{{7*7}}" in page
    assert not re.findall(r'href="(?!/|#|https?://)', page)
    assert " style=" not in page
    assert not re.findall(r"\son\w+=", re.sub(r"&#34;|&#39;|&lt;.*?&gt;", "", page))


def test_no_page_may_run_a_script_or_be_framed(get):
    for path in ("/-/trace", "/-/trace.json?url=https://copy.example/1", "/-/newstrace.css"):
        headers = get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_the_words_stand_in_their_place(get):
    page = trace(get, "https://copy.example/1").text
    assert "named, page not seen" in page
    assert "90 % of the words of the page at Copy" in page
    assert 'class="box origin unseen"' in page
    assert "2 h to 4 h later" in page
    assert "no time of its own" not in page


def test_a_pasted_text_is_looked_up_and_not_kept(small):
    found = []

    def trace_text(db, text):
        found.append(text)
        return chain(db, "https://copy.example/1")

    shown = browser(small, Tools(trace_text=trace_text))

    async def ask(text):
        form = await shown.client.get("/-/trace")
        token = re.search(r'name="csrftoken" value="([^"]+)"', form.text)[1]
        cookies = {"ds_csrftoken": form.cookies["ds_csrftoken"]}
        fields = {"text": text, "csrftoken": token}
        return await shown.client.post("/-/trace", data=fields, cookies=cookies)

    assert "Traced." in asyncio.run(ask("forty people waded ashore")).text
    assert found == ["forty people waded ashore"]
    assert asyncio.run(ask("  ")).status_code == 400


def test_a_text_that_was_not_compared_is_not_said_to_be_nowhere(small):
    found = trace_text(open_read(small), "hello")
    told = said.status(found, "")
    assert (told.short, told.long.split(",")[0]) == ("Not looked", "The text is too short")
    assert said.paragraph(found, datetime(2026, 3, 5, tzinfo=UTC)).count("too short") == 1


def test_siblings_are_told_and_not_called_unknown(small):
    db = open_db(small)
    pages = [put(db, f"https://sister.example/{n}") for n in (1, 2)]
    link(db, *pages, relation="sibling")
    found = chain(db, "https://sister.example/1")
    db.close()
    told = said.paragraph(found, datetime(2026, 3, 5, tzinfo=UTC))
    assert "carry the same text, each from a third and not from the other." in told
    assert "Not known: https" not in told


def test_a_form_without_its_token_is_refused(small):
    shown = browser(small, Tools(trace_text=lambda db, text: None))
    answer = asyncio.run(shown.client.post("/-/trace", data={"text": "x"}, cookies={"ds_csrftoken": "x"}))
    assert answer.status_code == 403


def test_a_story_of_hundreds_of_copies_is_grouped_by_house(tmp_path, asked):
    path = tmp_path / "many.db"
    db = open_db(path, create=True)
    first = put(db, "https://source.example/1")
    for n in range(300):
        outlet = Outlet(domain=f"c{n}.example", name=f"Copy {n}", family=f"house{n % 3}.example")
        link(db, put(db, f"https://c{n}.example/1", hours=1 + n / 10, outlet=outlet), first)
    db.close()
    page = asked(path)("/-/trace", params={"url": "https://source.example/1"})
    assert "and 292 more copies" in page.text
    assert page.text.count('<details class="family">') == 3
    assert page.elapsed.total_seconds() < 2
    assert len(page.text) < 400_000


def test_a_database_without_our_tables_gets_no_pages_of_ours(tmp_path):
    import sqlite3

    from datasette.app import Datasette

    file = tmp_path / "other.db"
    sqlite3.connect(file).execute("CREATE TABLE t (x)")
    answer = asyncio.run(Datasette([str(file)]).client.get("/-/trace?url=x"))
    assert answer.status_code == 404
    assert HOSTILE not in answer.text
