"""The command as another program calls it: exit codes, stdout for data, stderr for words."""

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from newstrace import main

FERRY = """The ferry between Lowen and the islands will stop in May, the harbour board said on Monday.
The board wants to repair the two old piers before the autumn storms and has asked three firms for offers.
Islanders said that they had not been told and that the school boat would have nowhere to land.
The mayor of Lowen promised a smaller boat for the pupils, and the board meets again on the ninth of June."""
ORIGINAL = {"url": "http://valley.example/ferry", "title": "Ferry stops in May", "text": FERRY,
            "outlet": "Valley Tribune", "published": "2026-03-02T08:00:00Z"}  # fmt: skip
COPY = {"url": "http://coast.example/ferry?utm_source=x&id=7", "title": "No ferry from May",
        "text": FERRY + "\nSource: Valley Tribune", "published": "2026-03-02T11:00:00Z"}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Calls the command on a database of its own: run("status") -> result."""
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path / "home"))

    def call(*arguments, stdin=None):
        return CliRunner().invoke(main, ["--db", str(tmp_path / "t.db"), *arguments], input=stdin)

    return call


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A folder with a story and its copy as rows, and a database that holds them, linked."""
    folder = tmp_path_factory.mktemp("story")
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, (ORIGINAL, COPY))), encoding="utf-8")
    told, home = ["--db", str(folder / "t.db")], {"NEWSTRACE_HOME": str(folder / "home")}
    for words in (["import", str(folder / "rows.jsonl")], ["link"]):
        assert CliRunner().invoke(main, [*told, *words], env=home).exit_code == 0
    with closing(sqlite3.connect(folder / "t.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def linked(run, tmp_path, story):
    """`run` on a database that holds a story and its copy, linked; a copy of its own."""
    for name in ("rows.jsonl", "t.db"):
        shutil.copy(story / name, tmp_path)
    return run


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_copy_is_imported_linked_and_exported(linked):
    (link,) = lines(linked("export", "links"))
    assert link["child_url"] == "http://coast.example/ferry?id=7"
    assert link["parent_url"] == "http://valley.example/ferry"
    assert (link["relation"], link["status"], link["credited"]) == ("republishes", "accepted", "full")
    assert "Source: Valley Tribune" in {e["quote"] for e in link["evidence"]}
    (match,) = lines(linked("export", "matches"))
    assert match["containment"] == pytest.approx(1.0)
    assert len(lines(linked("export", "articles"))) == 2


@pytest.mark.parametrize(
    ("what", "keys"),
    [
        ("articles", "url urls domain outlet title published language kind first_seen"),
        ("matches", "a_url b_url containment jaccard shared_words longest_run"),
        (
            "links",
            """id child_url child_domain parent_url parent_domain parent_name relation p_related p_direction
            p_direct containment jaccard shared_words status decided_by credited evidence""",
        ),
        ("evidence", "url kind quote region source_name domain target_url"),
    ],
)
def test_exports_have_the_keys_of_the_contract(linked, what, keys):
    for row in lines(linked("export", what)):
        assert keys.split() == list(row)[: len(keys.split())]


def test_csv_exports_have_a_line_of_names_first(linked):
    result = linked("export", "links", "--format", "csv")
    assert result.stdout.startswith("id,child_url,child_domain,")
    assert len(result.stdout.splitlines()) == 2


def test_trace_answers_for_any_spelling_of_the_address(linked):
    result = linked("trace", "http://coast.example/ferry?id=7&utm_medium=mail#top", "--json")
    found = json.loads(result.stdout)
    assert found["status"] == "traced"
    nodes = {node["id"]: node for node in found["nodes"]}
    (link,) = found["links"]
    assert nodes[link["parent"]]["url"] == "http://valley.example/ferry"
    assert [nodes[o]["url"] for o in found["origins"]] == ["http://valley.example/ferry"]
    assert {"article", "copies", "unknown", "coverage"} <= found.keys()


def test_trace_prints_a_tree_with_the_words_that_prove_it(linked):
    words = linked("trace", "http://coast.example/ferry?id=7").stdout
    assert words.splitlines()[0].endswith("-> coast.example")
    assert "Source: Valley Tribune" in words


def test_an_unknown_address_is_not_stored_and_says_what_to_do(linked):
    result = linked("trace", "http://nowhere.example/x", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == "not_stored"
    assert "import" in linked("trace", "http://nowhere.example/x").stdout


def test_importing_and_linking_twice_changes_nothing(linked, tmp_path):
    before = linked("export", "links").stdout
    again = linked("import", str(tmp_path / "rows.jsonl"))
    assert "0 stored, 0 new versions, 2 known" in again.stderr
    assert linked("link").exit_code == 0
    assert linked("export", "links").stdout == before


def test_a_rebuild_ends_in_the_same_links(linked):
    def links():
        return [
            {k: v for k, v in row.items() if k not in ("id", "evidence")}
            for row in lines(linked("export", "links"))
        ]

    before = links()
    assert linked("link", "--rebuild").exit_code == 0
    assert links() == before


def test_bad_rows_are_named_and_the_rest_goes_in(run, tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(
        b'{"url": "http://a.example/1", "text": "one line\xe2\x80\xa8and a separator"}\n'
        b"no json\n"
        b'{"text": "no url"}\n'
        b'["a list"]\n'
        b'{"url": "http://a.example/2"}\n'
        b'{"url": "urn:newsml:wire:7", "text": "A wire story, no page. \\ud800 Lone.", "outlet": "Wire"}\n'
    )
    result = run("import", str(rows))
    assert result.exit_code == 0
    assert "2 stored" in result.stderr
    assert "4 refused" in result.stderr
    for place in (
        "row 2: not JSON",
        "row 3: no `url`",
        "row 4: not a JSON object",
        "row 5: neither `html` nor",
    ):
        assert place in result.stderr
    assert {a["url"] for a in lines(run("export", "articles"))} == {"http://a.example/1", "urn:newsml:wire:7"}


@pytest.mark.parametrize("value", ['["http://a.example/1"]', "true", '{"a": 1}', "NaN"])
def test_a_value_of_the_wrong_kind_is_refused_and_not_spelled_out(run, value):
    row = f'{{"url": {value}, "text": "Some words stand here."}}\n'
    result = run("import", "-", stdin=row)
    assert result.exit_code == 1
    assert "row 1: `url` is no text" in result.stderr


def test_a_path_that_cannot_be_opened_gives_an_answer_and_the_rest_goes_on(run, tmp_path):
    listed = tmp_path / "list.jsonl"
    listed.write_text('{"path": "a\\u0000b"}\n{"path": "none.html"}\n', encoding="utf-8")
    assert ["error" in line for line in lines(run("read", "--from", str(listed)))] == [True, True]


def test_nothing_imported_is_exit_code_1(run, tmp_path):
    assert run("import", str(tmp_path / "absent.jsonl")).exit_code == 1
    result = run("import", "-", stdin="nothing\n")
    assert result.exit_code == 1
    assert "there is no column `url`" in result.stderr


def test_a_run_that_is_told_to_end_ends_in_order(tmp_path):
    os.mkfifo(tmp_path / "endless.jsonl")
    command = [sys.executable, "-m", "newstrace", "--db", str(tmp_path / "t.db"), "import"]
    process = subprocess.Popen([*command, str(tmp_path / "endless.jsonl")], stderr=subprocess.PIPE, text=True)
    with (tmp_path / "endless.jsonl").open("w"):  # opens when the other side reads
        process.terminate()
        told = process.communicate(timeout=60)[1]
    assert (process.returncode, "stopped; what is stored stays" in told) == (130, True)


def test_columns_of_a_csv_are_mapped(run, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        'link,body,when\nhttp://a.example/1,"A first line.\nA second one.",2026-03-01\n', encoding="utf-8"
    )
    result = run("import", str(table), "--map", "url=link,text=body,published=when")
    assert result.exit_code == 0, result.stderr
    (article,) = lines(run("export", "articles"))
    assert article["url"] == "http://a.example/1"
    assert article["published"].startswith("2026-02-28") or article["published"].startswith("2026-03-01")


def test_a_mapping_to_no_key_is_a_usage_error(run):
    assert run("import", "x.csv", "--map", "address=link").exit_code == 2


def test_a_saved_page_is_imported_under_its_address(run, tmp_path):
    page = tmp_path / "page.html"
    paragraphs = "".join(f"<p>{line}</p>" for line in FERRY.splitlines())
    page.write_text(f"<html><head><title>Ferry</title></head><body><article><h1>Ferry</h1>{paragraphs}"
                    "</article></body></html>", encoding="utf-8")  # fmt: skip
    assert run("import", str(page)).exit_code == 1  # it does not say its address
    assert run("import", str(page), "--url", "http://valley.example/saved").exit_code == 0
    (article,) = lines(run("export", "articles"))
    assert (article["url"], article["kind"]) == ("http://valley.example/saved", "article")


def test_read_prints_one_line_per_input_in_order(run, tmp_path):
    page = tmp_path / "page.html"
    paragraphs = "".join(f"<p>{line}</p>" for line in FERRY.splitlines())
    body = f"<article><h1>Ferry stops</h1>{paragraphs}<p>Source: Reuters</p></article>"
    page.write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    listed = tmp_path / "list.jsonl"
    listed.write_text(
        json.dumps({"path": str(page), "url": "http://valley.example/f"}) + '\n{"x": 1}\n', encoding="utf-8"
    )
    first, second, third = lines(run("read", str(tmp_path / "none.html"), "--from", str(listed)))
    assert "error" in first
    assert second["url"] == "http://valley.example/f"
    assert [c["domain"] for c in second["credits"]] == ["reuters.com"]
    contract = """url title text published authors language section kind canonical credits photo_credits
                  is_republication times titles"""
    assert set(contract.split()) <= second.keys()
    assert "line 2" in third["input"]


def test_a_persons_word_outlives_a_rebuild(linked):
    child, source = "http://coast.example/ferry?id=7", "http://valley.example/ferry"
    assert linked("judge", child, source, "reject", "--note", "a joint text", "--by", "ed").exit_code == 0
    linked("link", "--rebuild")
    assert lines(linked("export", "links")) == []
    (kept,) = lines(linked("export", "links", "--all"))
    assert (kept["status"], kept["decided_by"]) == ("rejected", "human")


def test_judging_pages_that_are_not_stored_is_an_error(linked):
    result = linked("judge", "http://no.example/a", "http://no.example/b", "accept")
    assert result.exit_code == 1
    assert "http://no.example/a" in result.stderr


def test_what_is_forgotten_stays_away(linked, tmp_path):
    assert linked("forget", "valley.example").exit_code == 0
    assert [a["url"] for a in lines(linked("export", "articles"))] == ["http://coast.example/ferry?id=7"]
    again = linked("import", str(tmp_path / "rows.jsonl"))
    assert "1 refused" in again.stderr
    assert linked("check").exit_code == 0


def test_to_forget_what_is_not_known_forbids_nothing_unless_asked(linked, tmp_path):
    result = linked("forget", "valey.example")
    assert result.exit_code == 1
    assert "nothing of valey.example is stored" in result.stderr
    page = tmp_path / "page.html"
    page.write_text(
        f"<html><title>Ferry</title><article>{'<p>The ferry came late again. </p>' * 30}</article></html>"
    )
    told = ("import", str(page), "--url", "http://valey.example/1")
    assert linked(*told).exit_code == 0
    assert linked("forget", "--never-fetch", "nobody.example").exit_code == 0
    assert "1 refused" in linked(*told[:3], "http://nobody.example/1").stderr


@pytest.mark.parametrize("url", ["not a url", "", "paper.example/page", "http://", "https://a b.example/"])
@pytest.mark.parametrize("command", ["import", "read"])
def test_an_address_that_is_none_is_refused(linked, tmp_path, command, url):
    (tmp_path / "page.html").write_text("<html><p>Words</p></html>")
    result = linked(command, str(tmp_path / "page.html"), "--url", url)
    assert result.exit_code == 2
    assert "is no address: write it whole" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("trace", "http://a.example/"),
        ("export", "links"),
        ("status",),
        ("report",),
        ("check",),
        ("judge", "http://a.example/", "http://b.example/", "accept"),
        ("forget", "a.example"),
        ("serve",),
        ("link",),
        ("reread",),
        ("chase", "--unresolved"),
    ],
)
def test_reading_never_makes_a_database(run, tmp_path, command):
    result = run(*command)
    assert result.exit_code == 1
    assert "t.db" in result.stderr
    assert not (tmp_path / "t.db").exists()


def test_a_crawl_without_a_contact_refuses_to_start(run, tmp_path, monkeypatch):
    monkeypatch.delenv("NEWSTRACE_CONTACT", raising=False)
    sites = tmp_path / "sites.toml"
    sites.write_text('[[site]]\ndomain = "a.example"\nname = "A"\nkind = "outlet"\nstart_urls = ["http://a.example/"]\n',
                     encoding="utf-8")  # fmt: skip
    result = run("crawl", "--sites", str(sites))
    assert result.exit_code == 1
    assert "NEWSTRACE_CONTACT" in result.stderr


def test_a_malformed_catalogue_names_table_and_key(run, tmp_path):
    sites = tmp_path / "sites.toml"
    site = '[[site]]\ndomain = "a.example"\nname = "A"\nkind = "outlet"\nfeed = []\n'
    sites.write_text(f'contact = "a@b.example"\n{site}', encoding="utf-8")
    result = run("crawl", "--sites", str(sites))
    assert result.exit_code == 1
    assert "feed" in result.stderr
    assert "a.example" in result.stderr


def test_a_second_writing_run_is_told_to_wait(run, tmp_path):
    from db.open import lock

    with lock(tmp_path / "t.db"):
        assert run("import", "-", stdin=json.dumps(ORIGINAL)).exit_code == 75


def test_a_database_of_something_else_is_refused(run, tmp_path):
    (tmp_path / "t.db").write_bytes(b"no database at all, only words" * 200)
    for command in (("status",), ("link",)):
        result = run(*command)
        assert result.exit_code == 1
        assert "t.db" in result.stderr


def test_status_and_check_answer(linked):
    assert json.loads(linked("status", "--json").stdout)["counts"]["articles"] == 2
    assert "articles" in linked("status").stdout
    assert json.loads(linked("check", "--json").stdout) == {"ok": True, "problems": []}


def test_a_pasted_text_finds_the_stored_pages_it_shares_text_with(linked):
    result = linked("trace", "-", "--text", "--json", stdin=FERRY)
    found = json.loads(result.stdout)
    assert found["status"] == "direction_unknown"
    assert {n["url"] for n in found["nodes"] if n["url"]} == {
        "http://valley.example/ferry",
        "http://coast.example/ferry?id=7",
    }
    assert (
        json.loads(linked("trace", "-", "--text", "--json", stdin="Quite other words stand here.").stdout)[
            "status"
        ]
        == "nothing_found"
    )


def test_a_snapshot_without_texts_says_that_nothing_was_compared_and_refuses_linking(linked, tmp_path):
    frozen = tmp_path / "frozen.db"
    assert linked("snapshot", str(frozen), "--without-texts").exit_code == 0
    before = frozen.read_bytes()

    def run(*words, **how):
        return CliRunner().invoke(main, ["--db", str(frozen), *words], input=how.get("stdin"))

    for words in (("link",), ("link", "--rebuild"), ("reread",)):
        refused = run(*words)
        assert (refused.exit_code, "snapshot without texts" in refused.stderr) == (1, True)
    assert frozen.read_bytes() == before
    told = run("trace", "-", "--text", stdin=FERRY).stdout
    assert "texts of pages are not kept in this file" in " ".join(told.split())
    assert "Nothing found" not in told
    assert run("trace", "http://coast.example/ferry?id=7").exit_code == 0


@pytest.mark.parametrize("text", ["@ @ @ @ @ @ @ @ @ @", "Only three words", "hello"])
def test_a_text_too_short_or_masked_was_not_looked_for(linked, tmp_path, text):
    page = tmp_path / "page.jsonl"
    page.write_text(json.dumps({"url": "http://brief.example/1", "title": "A brief", "text": text}))
    assert linked("import", str(page)).exit_code == linked("link").exit_code == 0
    for told in (linked("trace", "http://brief.example/1"), linked("trace", "-", "--text", stdin=text)):
        assert "Not looked: the text is too short" in " ".join(told.stdout.split())
        assert "Nothing found" not in told.stdout
    found = json.loads(linked("trace", "http://brief.example/1", "--json").stdout)
    assert found["status"] == "nothing_found"
    assert found["unknown"] == [found["article"]["not_compared"]] != [""]


def test_the_command_starts_without_heavy_libraries():
    heavy = ("scrapy", "numpy", "trafilatura", "datasette", "lxml")
    code = f"import sys, newstrace; print([m for m in {heavy} if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("articles", "--since", "2026-03-02", "--until", "2026-03-02"), 2),
        (("articles", "--until", "2026-03-01"), 0),
        (("links", "--outlet", "valley.example", "--relation", "republishes"), 1),
        (("links", "--relation", "credits", "--relation", "quotes"), 0),
        (("stories", "--language", "en"), 1),
    ],
)
def test_an_export_can_be_narrowed(linked, arguments, rows):
    assert len(lines(linked("export", *arguments))) == rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export",), "say what to export"),
        (("export", "outlets", "--since", "2026-03-01"), "no --since"),
        (("export", "articles", "--relation", "quotes"), "no --relation"),
        (("export", "links", "--relation", "steals"), "republishes"),
        (("export", "articles", "--since", "soon"), "soon"),
        (("sample", "0"), "0"),
        (("judge", "a", "b", "maybe"), "accept|reject"),
        (("judge", "a", "b"), "CHILD SOURCE"),
        (("judge", "--report", "--from", "x.csv"), "CHILD SOURCE"),
        (("judge", "a", "b", "accept", "--json"), "CHILD SOURCE"),
        (("trace", "http://valley.example/ferry", "--text"), "give `-`"),
        (("trace", "http://valley.example/ferry", "--json", "--dot"), "--json or --dot"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(linked, arguments, said):
    result = linked(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_the_codebook_needs_no_database(run):
    words = run("export", "--describe").stdout
    assert words.startswith("articles\n  url: ")
    (first, *_) = lines(run("export", "links", "--describe", "--format", "jsonl"))
    assert (first["export"], first["column"]) == ("links", "id")
    assert run("export", "--describe", "--format", "csv").stdout.startswith(
        "export,column,type,range,meaning"
    )


LICENCE = '[[licence]]\noutlet = "coast.example"\nsource = "Valley Tribune"\nlicensed = {}\n'


def test_a_link_is_licensed_as_the_users_file_says(linked, tmp_path):
    child = "http://coast.example/ferry?id=7"
    assert lines(linked("export", "links"))[0]["licensed"] == "unknown"
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "licences.toml").write_text(LICENCE.format("true"), encoding="utf-8")
    (link,) = lines(linked("export", "links"))
    assert (link["licensed"], link["regions_searched"]) == ("yes", ["text"])
    other = tmp_path / "other.toml"
    other.write_text(LICENCE.format("false"), encoding="utf-8")
    (link,) = json.loads(linked("trace", child, "--json", "--licences", str(other)).stdout)["links"]
    assert link["licensed"] == "no"
    other.write_text(LICENCE.format("'perhaps'"), encoding="utf-8")
    result = linked("export", "links", "--licences", str(other))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "[[licence]] number 1 (coast.example): licensed:" in result.stderr


def test_a_sample_is_labelled_and_judged_by_two_people(linked, tmp_path):
    file = tmp_path / "ana.csv"
    assert linked("sample", "9", "--out", str(file)).exit_code == 0
    again = linked("sample", "9", "--out", str(file))
    assert again.exit_code == 1
    assert "cannot be made" in again.stderr
    drawn = file.read_bytes()
    assert drawn.startswith(b"\xef\xbb\xbfchild_url,")
    assert linked("sample", "9").stdout.splitlines() == drawn.decode("utf-8-sig").splitlines()
    file.write_bytes(drawn.replace(b",,,\r\n", b",accept,,\r\n"))
    (tmp_path / "ion.csv").write_bytes(drawn.replace(b",,,\r\n", b",reject,not so,\r\n"))
    result = linked("judge", "--from", str(file), str(tmp_path / "ion.csv"), "--json")
    assert "2 judgements kept, 0 rows refused" in result.stderr
    found = json.loads(result.stdout)
    assert found["disagreements"][0]["words"] == {"ana": "accept", "ion": "reject"}
    assert lines(linked("export", "links"))[0]["decided_by"] == "rule"
    linked("judge", "--from", str(file), "--by", "Eva")
    assert lines(linked("export", "links"))[0]["decided_by"] == "human"
    report = linked("judge", "--report").stdout
    assert report.startswith("accept: http://coast.example/ferry?id=7 <- http://valley.example/ferry")
    assert "precision of accepted links: 100.0 % (95 % interval 20.7 to 100.0" in report
    assert "3 coders" in report


def test_a_file_of_which_nothing_can_be_kept_ends_with_1(linked, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("child_url,source_url,verdict\nhttp://z.example/,http://y.example/,accept\n", "utf-8")
    result = linked("judge", "--from", str(file))
    assert result.exit_code == 1
    assert "row 2: no article is stored" in result.stderr


def test_a_report_tells_the_new_copy_in_every_form(linked):
    assert "taken from Valley Tribune" in linked("report").stdout
    assert json.loads(linked("report", "--json").stdout)["copies"][0]["credited"] == "full"
    assert linked("report", "--format", "csv").stdout.startswith("kind,when,url,domain,")
    assert linked("report", "--format", "atom", "--outlet", "coast.example").stdout.startswith("<?xml")
    assert linked("report", "--json", "--format", "csv").exit_code == 2
    for since in ("yesterday", "-1d", "2026-02-30"):
        assert linked("report", "--since", since).exit_code == 2


def test_a_report_of_nothing_is_empty_and_with_quiet_not_a_word_is_said(linked):
    told = linked("report", "--since", "2999-01-01")
    assert (told.exit_code, told.stdout) == (0, "")
    assert "nothing new since" in told.stderr
    quiet = linked("report", "--since", "2999-01-01", "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")


def test_one_unknown_outlet_among_others_is_told_and_the_rest_goes_on(linked):
    told = linked("export", "articles", "--outlet", "valey.example", "--outlet", "valley.example")
    assert told.exit_code == 0
    assert "no outlet 'valey.example'" in told.stderr
    assert "valley.example" in told.stdout


@pytest.mark.parametrize("form", ["graphml", "prov", "mermaid", "dot"])
@pytest.mark.parametrize("what", ["links", "chains", "flows", "articles", "coverage"])
def test_graphs_are_of_links_chains_and_flows(linked, what, form):
    told = linked("export", what, "--format", form)
    fits = what in ("links", "chains") or (what, form) == ("flows", "graphml")
    assert told.exit_code == (0 if fits else 2)
    assert bool(told.stdout) == fits


@pytest.mark.parametrize("command", [("export", "articles"), ("report",)])
def test_an_outlet_that_is_not_in_the_database_is_told(linked, command):
    told = linked(*command, "--outlet", "valey.example")
    assert "no outlet 'valey.example' in the database (there are: valley.example" in told.stderr
    assert (told.exit_code, told.stdout) == (1, "")
    assert linked(*command, "--outlet", "www.Valley.example").stdout


@pytest.mark.parametrize("command", [("fetch", "nonsense", "urn:wire:1"), ("trace", "nonsense", "--fetch")])
def test_what_is_no_address_is_not_asked_for_and_makes_no_database(run, tmp_path, monkeypatch, command):
    monkeypatch.setenv("NEWSTRACE_CONTACT", "desk@reader.example")
    result = run(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not an address that can be fetched: nonsense" in result.stderr
    assert not (tmp_path / "t.db").exists()


@pytest.fixture
def in_the_way(tmp_path):
    """A file where a folder would have to be."""
    file = tmp_path / "file"
    file.write_text("words", "utf-8")
    return file


@pytest.mark.parametrize("command", ["snapshot", "backup"])
def test_a_copy_that_cannot_be_written_is_one_line(linked, tmp_path, in_the_way, command):
    for target in (in_the_way / "x", tmp_path / "none" / "x"):
        result = linked(command, str(target))
        assert (result.exit_code, result.stdout) == (1, "")
        assert f"{target} cannot be written" in result.stderr


def test_a_database_that_cannot_be_made_is_one_line(tmp_path, monkeypatch, in_the_way):
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(ORIGINAL), "utf-8")
    names = tmp_path / "names.csv"
    names.write_text("name,domain\nValley Gazette,gazette.example\n", "utf-8")
    monkeypatch.setenv("NEWSTRACE_HOME", str(in_the_way))
    for command in (
        ("--db", str(in_the_way / "x.db"), "import", str(rows)),
        ("import", str(rows)),
        ("sites", "apply", str(names)),
    ):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 1
        (line,) = result.stderr.splitlines()
        assert line.startswith(str(in_the_way))


def test_a_filter_that_nothing_can_fit_is_told(linked):
    strange = linked("export", "articles", "--language", "xx")
    assert (strange.exit_code, strange.stdout) == (0, "")
    assert "nothing in the language 'xx' in the database (there are: " in strange.stderr
    assert "language" not in linked("export", "articles", "--language", "en").stderr
    turned = linked("export", "links", "--since", "2026-03-02", "--until", "2026-03-01")
    assert (turned.exit_code, "--since 2026-03-02 is after --until 2026-03-01" in turned.stderr) == (2, True)


def test_two_texts_of_one_address_are_two_versions_however_often_they_are_imported(run):
    rows = "\n".join(json.dumps(ORIGINAL | {"text": text}) for text in (FERRY, FERRY + "\nNo piers."))
    assert "1 stored, 1 new versions, 0 known" in run("import", "-", stdin=rows).stderr
    for _ in range(2):
        again = run("import", "-", stdin=rows)
        assert again.exit_code == 0
        assert "0 stored, 0 new versions, 2 known" in again.stderr


def test_an_import_that_only_makes_new_versions_has_done_something(linked):
    again = linked("import", "-", stdin=json.dumps(ORIGINAL | {"text": FERRY + "\nNo piers."}))
    assert "0 stored, 1 new versions, 0 known" in again.stderr
    assert again.exit_code == 0


def test_to_chase_the_sources_of_a_page_that_is_not_stored_is_an_error(linked):
    result = linked("chase", "http://nosuch.example/x")
    assert result.exit_code == 1
    assert "http://nosuch.example/x" in result.stderr


@pytest.mark.parametrize("body", [b"", b"x"])
def test_an_empty_file_is_no_database(run, tmp_path, body):
    (tmp_path / "t.db").write_bytes(body)
    result = run("status")
    assert result.exit_code == 1
    assert "is no newstrace database" in result.stderr


def test_addresses_that_cannot_be_asked_for_keep_no_page_on_disk_from_being_read(run, tmp_path, monkeypatch):
    monkeypatch.delenv("NEWSTRACE_CONTACT", raising=False)
    page = tmp_path / "page.html"
    page.write_text(f"<html><body><h1>Ferry stops</h1><p>{FERRY}</p></body></html>", "utf-8")
    result = run("read", str(page), "http://valley.example/ferry", "http://no host/x")
    first, second, third = lines(result)
    assert result.exit_code == 0
    assert first["title"] == "Ferry stops"
    assert "NEWSTRACE_CONTACT" in second["error"]
    assert "not an address that can be fetched" in third["error"]


def test_a_monitored_crawl_that_nothing_answers_ends_with_3_and_says_so(run, tmp_path, monkeypatch):
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "home"
    home.mkdir()
    address = f'"http://127.0.0.1:{port}/feed.xml"'
    (home / "sites.toml").write_text(
        f'contact = "a@b.example"\n[[site]]\ndomain = "127.0.0.1"\nname = "Dead"\nkind = "outlet"\n'
        f"feeds = [{address}]\nallow_private = true\n",
        "utf-8",
    )
    told = subprocess.run(
        [sys.executable, "-m", "newstrace", "--db", str(tmp_path / "t.db"),
         "crawl", "--monitor", "--sites", str(home / "sites.toml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 3, told.stderr
    assert "127.0.0.1: nothing answers" in told.stderr


HTML = (
    "<html><head><title>Ferry</title></head><body><article>"
    f"<h1>Ferry stops</h1><p>{FERRY}</p></article></body></html>"
)
RECORD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML.encode()
WARC = (
    b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-03-02T08:00:00Z\r\n"
    b"WARC-Target-URI: http://valley.example/f\r\nContent-Type: application/http;msgtype=response\r\n"
    b"Content-Length: " + str(len(RECORD)).encode() + b"\r\n\r\n" + RECORD + b"\r\n\r\n"
)


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("body", "more"),
    [
        (json.dumps(ORIGINAL).encode(), ()),
        (b"url,text\nhttp://valley.example/f,A ferry stops.\n", ()),
        (b"url\ttext\nhttp://valley.example/f\tA ferry stops.\n", ()),
        (HTML.encode(), ("--url", "http://valley.example/f")),
        (WARC, ()),
    ],
    ids=["jsonl", "csv", "tsv", "html", "warc"],
)
def test_what_is_on_standard_input_is_known_by_its_first_bytes(run, packed, body, more):
    result = run("import", "-", *more, stdin=packed(body))
    assert result.exit_code == 0, result.stderr
    assert "1 stored" in result.stderr
    (article,) = lines(run("export", "articles"))
    assert article["url"].startswith("http://valley.example/f")


def test_a_page_on_standard_input_is_read(run):
    (told,) = lines(run("read", "-", "--url", "http://valley.example/f", stdin=HTML))
    assert (told["input"], told["url"], told["title"]) == ("-", "http://valley.example/f", "Ferry stops")


def test_an_archive_taken_in_before_is_no_failure_and_one_without_a_fitting_page_says_so(run, tmp_path):
    file = tmp_path / "pages.warc"
    file.write_bytes(WARC)
    none = run("import", str(file), "--domain", "coast.example")
    assert none.exit_code == 1
    assert "no page in it is one that was asked for" in none.stderr
    assert run("import", str(file)).exit_code == 0
    again = run("import", str(file))
    assert (again.exit_code, "taken in before" in again.stderr) == (0, True)


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        (
            "x.csv",
            b"link,body\na,b\nc,d\n",
            "no column `url` (another one: --map url=COLUMN); the columns are: link, body",
        ),
        ("x.csv", b"", "there is no row in it"),
        ("x.csv", b"url,text\n", "there is no row in it"),
        ("x.jsonl", b"", "there is no row in it"),
        ("x.jsonl.gz", b"{}\n", "is named .gz, and is not packed with gzip"),
        ("x.html.gz", b"<html>", "is named .gz, and is not packed with gzip"),
    ],
)
def test_a_file_of_which_no_row_can_be_read_says_why_in_one_line(run, tmp_path, name, body, told):
    (tmp_path / name).write_bytes(body)
    result = run("import", str(tmp_path / name))
    assert result.exit_code == 1
    first, counts = result.stderr.splitlines()
    assert told in first
    assert "1 refused" in counts


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--map", "url=a,url=b"), "two columns"),
    ],
)
def test_what_cannot_be_meant_of_an_import_is_a_usage_error(run, tmp_path, more, told):
    (tmp_path / "page.html").write_text(HTML, "utf-8")
    result = run("import", str(tmp_path / "page.html"), *more)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "t.db").exists()
