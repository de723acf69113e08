"""What people really send: empty boxes, strange addresses, strange files, a story of 5,000 copies."""

import re
import sqlite3
import time

import pytest

from db.browse.answer import Tools
from db.browse.serve import browser, serve
from db.errors import WrongDatabase
from db.judgements import judge
from db.open import lock, open_db, writing
from db.records import Outlet
from tests.browse.conftest import BODY, NOON, link, put

COPY, SOURCE = "https://copy.example/1", "https://source.example/1"
PAGES = ("/-/trace?url={}", "/-/compare?a={}&b=https://source.example/1", "/-/pack?url={}", "/-/outlet/{}",
         "/-/flows?outlet={}", "/-/trace.json?url={}", "/-/compare.json?a={}&b={}", "/-/flows.json?outlet={}",
         "/-/outlet/{}.json", "/-/outlet/{}.atom", "/newstrace/chain?url={}",
         "/newstrace/search?words={}")  # fmt: skip
TYPED = {
    "empty": "",
    "spaces": "%20%20",
    "never seen": "https://nowhere.example/a",
    "no address": "not%20an%20address",
    "script": "javascript:alert(1)",
    "20,000 characters": "https://a.example/" + "x" * 19_980,
    "20,000 letters": "x" * 20_000,
    "control": "https://a.example/%00%1b%5B31m",
    "lone bytes": "%ff%fe",
    "markup": "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "formula": "=cmd()",
    "arabic": "%D9%82%D8%B7%D8%A7%D8%B1",
    "dots": "../../etc/passwd",
    "sql": "'%20OR%201=1;--",
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("page", PAGES)
def test_whatever_is_typed_gets_an_answer(asked, small, page, typed):
    answer = asked(small)(page.format(typed, typed))
    assert answer.status_code in (200, 302, 400, 404), answer.text[:300]
    assert "Traceback" not in answer.text
    if "html" in answer.headers["content-type"]:
        assert "<script>alert" not in answer.text
        assert not re.findall(r'(?:href|action)="\s*javascript:', answer.text)
        assert len(answer.text) < 100_000


@pytest.fixture
def story(tmp_path):
    """A story of 5,000 copies of 900 outlets, most of 60 houses."""
    path = tmp_path / "many.db"
    db = open_db(path, create=True)
    with writing(db):
        first = put(db, SOURCE)
        for n in range(5000):
            house = f"house{n % 60}.example" if n % 3 else None
            outlet = Outlet(domain=f"c{n % 900}.example", name=f"Copy {n % 900}", family=house)
            link(db, put(db, f"https://c{n % 900}.example/{n}", hours=1 + n / 100, outlet=outlet), first)
    db.close()
    return path


def test_a_story_of_5000_copies_is_drawn_grouped_and_bounded(asked, story):
    get = asked(story)
    page = get("/-/trace", params={"url": SOURCE})
    assert page.status_code == 200
    assert "5,000 pages here took from it" in page.text
    assert "and 4,992 more copies" in page.text
    assert page.text.count('class="link"') == 30
    assert page.text.count('<details class="family">') == 40
    assert re.search(r"and pages of \d+ more houses: the JSON lists all", page.text)
    assert len(page.text) < 450_000
    told = get("/-/trace.json", params={"url": SOURCE}).json()
    assert (len(told["copies"]), len(told["links"])) == (5000, 5000)
    one = get("/-/trace", params={"url": "https://c7.example/7"})
    assert "Traced." in one.text
    assert len(one.text) < 30_000
    outlet = get("/-/outlet/source.example")
    assert "Copy 0" in outlet.text
    assert len(outlet.text) < 120_000


def test_a_rejected_link_is_in_no_chain_and_can_be_taken_back(asked, small):
    get = asked(small, Tools())
    db = open_db(small)
    judge(db, COPY, SOURCE, "reject", note="not theirs", by="desk", now=NOON)
    told = get("/-/trace.json", params={"url": COPY}).json()
    assert (told["status"], told["links"]) == ("nothing_found", [])
    assert get("/-/flows.json").json()["flows"][0]["source"] == "Agency"
    page = get("/-/trace", params={"url": COPY}).text
    assert "1 link to a source was rejected by people" in page
    assert 'desk: it was not taken. <q dir="auto">not theirs</q>' in page
    assert "rejected" in get("/newstrace/chains", params={"status": "rejected"}).text
    pair = get("/-/compare", params={"a": COPY, "b": SOURCE})
    assert "The two share text; a person said that it was not taken." in pair.text
    judge(db, COPY, SOURCE, "accept", note="", by="desk", now=NOON)
    assert get("/-/trace.json", params={"url": COPY}).json()["status"] == "traced"
    db.close()


def test_an_article_without_text_says_why_and_what_to_do(asked, small):
    get = asked(small)
    page = get("/-/trace", params={"url": "https://walled.example/1"}).text
    assert "a consent wall" in page
    assert "newstrace import PAGE.html" in page
    pair = get("/-/compare", params={"a": "https://walled.example/1", "b": SOURCE}).text
    assert "No text is stored of this page." in pair
    assert get("/-/pack", params={"url": "https://walled.example/1"}).status_code == 200


def test_a_database_that_is_being_written_is_read_as_it_was(asked, small):
    get = asked(small)
    db = open_db(small)
    with lock(small), writing(db):
        put(db, "https://later.example/1")
        for path in (
            "/",
            "/-/flows",
            f"/-/trace?url={COPY}",
            "/-/outlet/copy.example",
            "/newstrace/articles",
        ):
            begun = time.monotonic()
            assert get(path).status_code == 200
            assert time.monotonic() - begun < 20, "a reader waited for the writer's lock"
        assert (
            get("/-/trace.json", params={"url": "https://later.example/1"}).json()["status"] == "not_stored"
        )
    assert get("/-/trace.json", params={"url": "https://later.example/1"}).json()["status"] == "nothing_found"
    db.close()


def test_an_article_stored_and_not_linked_yet_is_not_called_without_a_source(asked, tmp_path):
    path = tmp_path / "new.db"
    db = open_db(path, create=True)
    put(db, COPY, text=BODY)
    db.close()
    page = asked(path)("/-/trace", params={"url": COPY}).text
    assert "Not looked yet." in page
    assert "newstrace link" in page
    assert "1 article not linked yet" in page


@pytest.mark.parametrize("change", ["newer", "other", "no database"])
def test_a_file_of_another_version_or_kind_is_refused_in_a_sentence(small, tmp_path, change):
    path = small
    if change == "newer":
        conn = sqlite3.connect(small)
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) SELECT 'newstrace', 'x', ''"
        )
        conn.commit()
        conn.close()
    else:
        path = tmp_path / "other.db"
        if change == "other":
            conn = sqlite3.connect(path)
            conn.execute("CREATE TABLE t (x)")
            conn.close()
        else:
            path.write_text("no database at all, only words, and enough of them to be read as a header")
    for opened in (browser, lambda file: serve(file, 0)):
        with pytest.raises(WrongDatabase) as raised:
            opened(path)
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)
