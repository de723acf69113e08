"""An outlet's page and its feed, and the table of who takes from whom."""

import csv
import io
from datetime import UTC, datetime
from xml.etree import ElementTree

import feedparser
import networkx
import pytest

from db.browse.answer import Tools
from db.frontier import put_found
from db.records import Outlet
from db.store import open_db
from tests.browse.conftest import HOSTILE, link, put

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def get(asked, small):
    return asked(small)


def test_an_outlet_tells_whom_it_takes_from_and_who_takes_from_it(get):
    told = get("/-/outlet/source.example.json").json()
    assert [(p["name"], p["pages"]) for p in told["takes_from"]] == [("Agency", 1)]
    assert [(p["domain"], p["lag"]) for p in told["taken_by"]] == [("copy.example", "3 h later")]
    page = get("/-/outlet/Source.example").text
    assert "owned" in page
    assert "<script" not in page


def test_an_outlet_tells_what_went_wrong_in_its_crawls(get, small):
    db = open_db(small)
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    put_found(db, [(f"https://copy.example/{n}", "copy.example", "article", None, noon) for n in range(3)])
    db.execute(
        "UPDATE frontier SET state = 'failed', note = 'no answer <b>' WHERE url <> 'https://copy.example/0'"
    )
    db.execute(
        "INSERT INTO rests VALUES ('www.copy.example', '2026-03-02T12:00:00+00:00', 'it answered 429')"
    )
    db.close()
    told = get("/-/outlet/copy.example.json").json()
    assert told["crawl_problems"] == [{"state": "failed", "note": "no answer <b>", "pages": 2}]
    page = get("/-/outlet/copy.example").text
    assert '2 addresses failed: <span dir="auto">no answer &lt;b&gt;</span>' in page
    assert "Left alone until 2026-03-02 12:00: it answered 429." in page


def test_an_outlet_nobody_knows_is_not_found(get):
    assert get("/-/outlet/nobody.example").status_code == 404
    assert get("/-/outlet/nobody.example.json").status_code == 404
    assert get("/-/outlet/%22%3E%3Cscript%3E").status_code == 404
    assert "<script" not in get("/-/outlet/%22%3E%3Cscript%3E").text


def test_the_feed_lists_the_copies_and_holds_no_markup_of_theirs(get):
    answer = get("/-/outlet/source.example.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    for name in ("title", "id", "updated", "author"):
        assert root.find(f"{ATOM}{name}") is not None
    (entry,) = root.findall(f"{ATOM}entry")
    assert HOSTILE in entry.find(f"{ATOM}title").text
    assert entry.find(f"{ATOM}link").get("href").startswith("http://localhost/-/trace?url=https%3A%2F%2Fcopy")
    assert b"<script" not in answer.content


def test_feed_readers_find_nothing_wrong_with_the_feed(get):
    told = feedparser.parse(get("/-/outlet/source.example.atom").content)
    assert not told.bozo
    assert told.version == "atom10"
    (entry,) = told.entries
    assert (entry.id, entry.updated) == ("urn:newstrace:link:1", "2026-03-02T12:00:00+00:00")


WORDS = "=cmd|' /C calc'!A0\x1b[31m\u202e]]>\x00"


def test_a_name_that_is_a_formula_and_holds_control_characters_is_only_text(asked, tmp_path):
    path = tmp_path / "formula.db"
    db = open_db(path, create=True)
    source = put(db, "https://source.example/1", outlet=Outlet(domain="source.example", name=WORDS))
    link(db, put(db, "https://copy.example/1", title=WORDS), source)
    db.close()
    get = asked(path)
    (row,) = csv.DictReader(io.StringIO(get("/-/flows.csv").text))
    assert row["source"].startswith("'=cmd")
    (node,) = (n for n, told in networkx.parse_graphml(get("/-/flows.graphml").text).nodes(data=True)
               if told["label"].startswith("=cmd"))  # fmt: skip
    assert node == "source.example"
    assert not feedparser.parse(get("/-/outlet/source.example.atom").content).bozo
    for page in ("/-/flows", "/-/outlet/source.example", "/-/trace?url=https://copy.example/1", "/"):
        assert not set("\x1b\x00\u202e") & set(get(page).text), page


def test_a_feed_without_entries_is_still_a_feed(get):
    root = ElementTree.fromstring(get("/-/outlet/copy.example.atom").content)
    assert root.findall(f"{ATOM}entry") == []
    assert root.find(f"{ATOM}updated").text == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", 2),
        ("relation=republishes", 1),
        ("credit=full", 0),
        ("credit=unknown", 2),
        ("outlet=AGENCY", 1),
        ("outlet=agency.example", 1),
        ("since=2026-03-01&until=2026-03-01", 2),
        ("since=2026-03-02", 0),
        ("until=2026-02-28", 0),
        ("start=x&sort=;DROP", 2),
        ("start=1", 1),
    ],
)
def test_flows_are_filtered_by_the_address(get, query, pairs):
    assert len(get(f"/-/flows.json?{query}").json()["flows"]) == pairs
    assert get(f"/-/flows?{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("since=nonsense", 400, "since is a day such as 2026-03-01, not &#39;nonsense&#39;"),
        ("until=2026-02-30", 400, "until is a day"),
        ("since=2026-03-02&until=2026-03-01", 400, "since (2026-03-02) is after until (2026-03-01)"),
        ("relation=bogus", 400, "relation is one of"),
        ("credit=bogus", 400, "credit is one of full, partial"),
        ("licence=bogus", 400, "licence is one of"),
        ("outlet=nosuch", 404, "No outlet &#39;nosuch&#39; in the database"),
        ("outlet=%27%20OR%201%3D1%20--", 404, "No outlet"),
    ],
)
def test_a_filter_that_is_not_understood_is_told_and_gives_no_rows(get, query, status, words):
    shown, told = get(f"/-/flows?{query}"), get(f"/-/flows.json?{query}")
    assert (shown.status_code, told.status_code) == (status, status)
    assert words in shown.text
    assert "<tbody>" not in shown.text
    assert (told.json()["flows"], bool(told.json()["error"])) == ([], True)


LICENCES = """
[[licence]]
outlet = "source.example"
source = "Agency"
licensed = false
[[licence]]
outlet = "copy.example"
source = "source.example"
until = 2026-02-01
"""


@pytest.mark.parametrize(
    ("licence", "sources"),
    [
        ("", {"Agency", "source.example"}),
        ("no", {"Agency"}),
        ("yes", set()),
        ("unknown", {"source.example"}),
    ],
)
def test_flows_are_filtered_by_what_the_licences_say(asked, small, tmp_path, licence, sources):
    file = tmp_path / "licences.toml"
    file.write_text(LICENCES)
    get = asked(small, Tools(licences=file))
    found = get(f"/-/flows.json?licence={licence}").json()["flows"]
    assert {row["source"] for row in found} == sources
    assert all((row["licensed"], row["not_licensed"]) == (0, row["source"] == "Agency") for row in found)
    page = get("/-/flows").text
    assert "Not licensed" in page
    file.write_text("[[licence]]\noutlet = 3")
    answer = get("/-/flows")
    assert (answer.status_code, "licences.toml" in answer.text) == (500, True)


def test_without_licences_nothing_is_said_of_them(get):
    page = get("/-/flows?licence=no").text
    assert "icensed" not in page
    assert page.count("<tr>") == 3


@pytest.mark.parametrize("sort", ["pages", "source", "taken_by", "credited", "no_credit", "last"])
def test_flows_are_sorted_by_every_column(get, sort):
    assert get(f"/-/flows?sort={sort}").text.count("aria-sort") == 1


def test_flows_go_to_spreadsheets_and_to_gephi(get):
    table = list(csv.DictReader(io.StringIO(get("/-/flows.csv").text)))
    assert [row["source"] for row in table] == ["source.example", "Agency"]
    graph = networkx.parse_graphml(get("/-/flows.graphml").text)
    assert sorted(graph.edges) == [("agency.example", "source.example"), ("source.example", "copy.example")]


def test_the_home_page_tells_what_there_is(get):
    page = get("/").text
    assert "<script" not in page
    assert "taken by 1 page of 1 outlet" in page
    told = get("/-/home.json").json()
    assert (told["counts"]["articles"], told["counts"]["phantoms"]) == (5, 1)
    assert [story["copies"] for story in told["stories"]] == [1]


def test_an_empty_database_has_pages_too(asked, tmp_path):
    open_db(tmp_path / "empty.db", create=True).close()
    get = asked(tmp_path / "empty.db")
    for path in ("/", "/-/flows", "/-/trace", "/-/compare", "/-/trace?url=https://a.example/1"):
        assert get(path).status_code == 200
    assert "Nothing is stored yet" in get("/").text
