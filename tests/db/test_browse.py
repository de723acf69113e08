"""Datasette over a small database: what it shows, what it escapes, what it refuses."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from markupsafe import escape

from db.browse.plugin import render_cell
from db.browse.serve import METADATA, browser, serve
from db.errors import NewsError, NoDatabase
from db.records import Link, Outlet, Reason
from db.store import open_db, outlet_row, put_article, put_links, put_phantom

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert('owned')</script>"
COPY, SOURCE = "https://copy.example/goat", "https://source.example/goat"


@pytest.fixture
def path(tmp_path, made, noon):
    """A file with a chain: copy <- source <- an agency whose page was not seen."""
    file = tmp_path / "a b%20?.db"
    db = open_db(file, create=True)
    copy = put_article(db, made(COPY, title=HOSTILE, text="A goat closed the bypass.")).article
    source = put_article(db, made(SOURCE, title="Goat", text="A goat closed the old bypass.")).article
    agency = outlet_row(db, Outlet(domain="agency.example", name="Agency"))
    phantom = put_phantom(db, outlet=agency, key="k", seen=noon)
    quote = Reason(kind="source_line", weight=3.0, quote=f"Source: {HOSTILE}", region="tail")
    facts = {"p_related": 0.99, "p_direction": 0.96, "p_direct": 0.9512345, "status": "accepted"}
    links = [
        Link(child=copy, source=source, relation="republishes", reasons=(quote,), **facts),
        Link(child=source, source=phantom, relation="credits", **facts),
    ]
    put_links(db, links, rule_version="1", run=None)
    db.close()
    return file


@pytest.fixture
def get(path):
    """Answers of the app, without a socket: `get("/newstrace/articles")`."""
    shown = browser(path)
    return lambda address, **more: asyncio.run(shown.client.get(address, **more))


def test_the_home_page_says_what_there_is_and_asks_for_an_address(get):
    page = get("/").text
    assert 'action="/-/trace"' in page
    for table in METADATA["databases"]["newstrace"]["tables"].values():
        assert table.get("hidden") or escape(table["title"]) in page


@pytest.mark.parametrize("name", METADATA["databases"]["newstrace"]["tables"])
def test_every_table_opens_with_its_title_or_is_hidden(get, name):
    words = METADATA["databases"]["newstrace"]["tables"][name]
    if "title" in words:
        answer = get(f"/newstrace/{name}")
        assert answer.status_code == 200
        assert escape(words["title"]) in answer.text
        assert "This query took too long" not in answer.text
    else:
        assert words["hidden"]


def test_the_words_about_tables_and_columns_fit_the_schema(db):
    tables = METADATA["databases"]["newstrace"]["tables"]
    named = {*db.table_names(), *db.view_names()}
    mine = {name for name in named if not name.startswith("versions_fts")}
    assert mine == set(tables) & named, f"not in metadata.toml: {mine - set(tables)}"
    assert set(tables) - named <= {"sqlite_stat1", "sqlite_sequence"}
    for name, words in tables.items():
        if words.get("hidden"):
            continue
        columns = {column.name for column in db[name].columns}
        assert words["description"], name
        assert words["title"], name
        stated = {*words.get("columns", ()), *words.get("facets", ())}
        assert stated <= columns, (name, stated - columns)
        assert columns == set(words["columns"]), (name, columns ^ set(words["columns"]))


@pytest.mark.parametrize(
    "spelling", [COPY, COPY.replace("https", "http"), f" {COPY}/ ", f"{COPY}?utm_source=x"]
)
def test_a_chain_is_found_by_any_spelling_of_its_address(get, spelling):
    rows = get("/newstrace/chain.json", params={"url": spelling, "_shape": "array"}).json()
    assert [(row["hop"], row["source_outlet"], row["source"]) for row in rows] == [
        (1, "source.example", SOURCE),
        (2, "Agency", "named, page not seen"),
    ]


@pytest.mark.parametrize("typed", ["", "not a url", "javascript:alert(1)", "'; DROP TABLE links --"])
def test_what_is_no_address_finds_nothing(get, typed):
    answer = get("/newstrace/chain.json", params={"url": typed, "_shape": "array"})
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("search.json?words=goat+bypass", 2),
        ("search.json?words=%22unclosed", 0),
        ("copies_of_outlet.json?domain=Source.example", 1),
        ("unresolved.json?", 0),
    ],
)
def test_every_query_answers(get, query, rows):
    answer = get(f"/newstrace/{query}&_shape=array")
    assert answer.status_code == 200
    assert len(answer.json()) == rows


@pytest.mark.parametrize(
    "address",
    ["/newstrace/articles", "/newstrace/chains", "/newstrace/versions/1", "/newstrace/search?words=goat"],
)
def test_a_hostile_title_or_quote_is_text(get, address):
    page = get(address).text
    assert "owned" in page
    assert HOSTILE not in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://a.example/x", '<a href="https://a.example/x" rel="noopener noreferrer nofollow">'),
        ('https://a.example/"><script>', "&#34;&gt;&lt;script&gt;"),
        ("https://a.example/\u202egpj.exe", "https://a.example/gpj.exe"),
        (0.9512345, "0.951"),
    ],
)
def test_a_cell_links_web_addresses_and_nothing_else(value, shown):
    told = str(render_cell(value, "x"))
    assert shown in told
    assert told.startswith("<a ") == (str(value).startswith("https://") and "\u202e" not in str(value))


def test_a_text_is_cut_in_the_row_view_too(path, get, made):
    db = open_db(path)
    version = put_article(db, made("https://long.example/1", text="<b>long</b> " * 500)).version
    db.close()
    page = get(f"/newstrace/versions/{version}").text
    assert "6,000 characters; the JSON has all)" in page
    assert page.count("long&lt;/b&gt;") < 60
    assert "<b>long" not in page


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "javascript://a.example/%0a1", "<b>", None, 3, b"x", {"value": 1, "label": "x"}],
)
def test_what_datasette_escapes_itself_is_left_to_it(value):
    assert render_cell(value, "x") is None


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/newstrace?sql=DELETE+FROM+links", 400),
        ("/newstrace/raw_pages", 403),
        ("/newstrace.db", 403),
        ("/newstrace/articles.csv?_stream=1", 400),
        ("/newstrace/articles?_facet=title", 400),
    ],
)
def test_what_is_not_offered_is_refused(get, address, status):
    assert get(address).status_code == status


def test_no_connection_can_write(path):
    database = browser(path).get_database("newstrace")
    with pytest.raises(NewsError, match="read-only"):
        asyncio.run(database.execute_write("DELETE FROM links"))
    connection = database.connect()
    with pytest.raises(Exception, match="readonly"):
        connection.execute("DELETE FROM links")
    connection.close()


def test_what_another_process_writes_is_shown(path, get, made):
    assert get("/newstrace/articles.json?_size=0").json()["filtered_table_rows_count"] == 3
    db = open_db(path)
    put_article(db, made("https://late.example/1"))
    db.execute("BEGIN IMMEDIATE")
    assert get("/newstrace/articles.json?_size=0").json()["filtered_table_rows_count"] == 4
    db.execute("ROLLBACK")
    db.close()


def test_a_missing_file_and_a_taken_port_are_clear_errors(path, tmp_path):
    with pytest.raises(NoDatabase, match=r"none\.db"):
        serve(tmp_path / "none.db", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(NewsError, match="is taken"):
            serve(path, taken.getsockname()[1])


def test_it_serves_this_machine_only_and_ctrl_c_ends_it_quietly(path):
    program = (
        "import sys; from pathlib import Path; from db.browse.serve import serve; serve(Path(sys.argv[1]), 0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(word for word in process.stderr.readline().split() if word.startswith("http://"))
        assert answered(address) == 200
        assert answered(address, {"Host": "elsewhere.example"}) == 421
        process.send_signal(signal.SIGINT)
        assert (process.wait(20), process.stderr.read()) == (0, "")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def answered(address, headers=None):
    """The status of a request, tried until the server is up."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(100):
        try:
            with opener.open(urllib.request.Request(address, headers=headers or {}), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            time.sleep(0.1)
    return None
