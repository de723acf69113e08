"""Filled files of unresolved names become the user's own outlets, whole or not at all."""

import json

import pytest
from click.testing import CliRunner

from crawler.placed import apply
from crawler.sites import names
from db.errors import BadCatalogue, BadInput
from newstrace import main

TEXT = "\n".join(
    f"The {place} of Lowen stays shut until Friday, the harbour board said on Monday after a long night."
    for place in ("old pier", "fish market", "school boat", "lighthouse")
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("NEWSTRACE_HOME", str(folder))
    return folder


@pytest.fixture
def run(home, tmp_path):
    return lambda *words: CliRunner().invoke(main, ["--db", str(tmp_path / "t.db"), *map(str, words)])


def filled(tmp_path, *rows, name="filled.jsonl"):
    file = tmp_path / name
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return file


def means(name):
    outlet = names().find(name, anchored=True)
    return outlet and outlet.domain


def test_a_named_outlet_is_placed_and_its_links_point_to_it(run, tmp_path):
    pages = tmp_path / "pages.jsonl"
    rows = [
        {"url": "http://coast.example/pier", "title": "Pier shut", "text": f"{TEXT}\nSource: Lowen Tribune"},
        {"url": "http://hill.example/pier", "title": "Pier closed", "text": f"{TEXT}\nSource: Lowen Tribune"},
    ]
    pages.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert run("import", pages).exit_code == run("link").exit_code == 0

    def parents():
        found = map(json.loads, run("export", "links", "--all").stdout.splitlines())
        return {
            (link["parent_name"], link["parent_domain"]) for link in found if link["relation"] != "sibling"
        }

    assert parents() == {("Lowen Tribune", None)}
    table = run("export", "outlets", "--unresolved", "--format", "csv").stdout
    assert table.splitlines()[0] == "name,times,kinds,url,quote,domain"
    assert 'Lowen Tribune,2,"[""source_line""]",http://coast.example/pier,Source: Lowen Tribune,' in table
    file = tmp_path / "names.csv"
    file.write_text(table.replace("Source: Lowen Tribune,", "Source: Lowen Tribune,lowentribune.example"))
    done = run("sites", "apply", file)
    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        0,
        "1 names added, 0 known already, 0 without a domain",
    )
    assert run("link").exit_code == 0
    assert parents() == {("Lowen Tribune", "lowentribune.example")}
    assert run("export", "outlets", "--unresolved").stdout == ""


def test_applying_twice_changes_nothing(home, tmp_path):
    file = filled(
        tmp_path, {"name": "Lowen Tribune", "domain": "lowentribune.example"}, {"name": "Y", "domain": ""}
    )
    first = apply(file, home)
    text = (home / "outlets.toml").read_text("utf-8")
    again = apply(file, home)
    assert (first.added, first.known, first.empty) == (1, 0, 1)
    assert (again.added, again.known, again.empty) == (0, 1, 1)
    assert (home / "outlets.toml").read_text("utf-8") == text


@pytest.mark.parametrize(
    "there",
    [
        "aliases = []",
        'aliases = ["The Trib"]  # short',
        'aliases = [\n    "The Trib",\n]',
        "",
    ],
)
def test_a_listed_outlet_gets_an_alias_and_the_file_keeps_its_words(home, tmp_path, there):
    home.mkdir()
    (home / "outlets.toml").write_text(
        f'# mine\n[[outlet]]\ndomain = "a.example"\nname = "A News"\n\n[[outlet]] # second\n'
        f'domain = "lowentribune.example"\nname = "Lowen Tribune"\n{there}\n',
        "utf-8",
    )
    apply(filled(tmp_path, {"name": 'Tribune of "Lowen"', "domain": "lowentribune.example"}), home)
    assert means('Tribune of "Lowen"') == "lowentribune.example"
    assert means("A News") == "a.example"
    kept = (home / "outlets.toml").read_text("utf-8")
    assert kept.startswith("# mine\n")
    assert kept.count("[[outlet]]") == 2


def test_a_shipped_outlet_keeps_what_it_is(home, tmp_path):
    apply(filled(tmp_path, {"name": "The Reuters Desk", "domain": "https://www.reuters.com/"}), home)
    outlet = names().find("The Reuters Desk", anchored=True)
    assert (outlet.domain, outlet.name, outlet.kind) == ("reuters.com", "Reuters", "agency")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"name": "Lowen Tribune", "domain": "not a domain"}, "line 1: domain: 'not a domain'"),
        ({"name": "Lowen Tribune", "domain": "http://"}, "line 1: domain"),
        ({"name": "Lowen Tribune", "domain": "com"}, "line 1: domain: 'com' is not allowed"),
        ({"name": "Lowen Tribune", "domain": "https://co.uk/"}, "line 1: domain"),
        ({"name": "Said", "domain": "a.example"}, "line 1: name: 'Said' is an everyday word"),
        ({"name": "Reuters", "domain": "a.example"}, r"line 1: 'Reuters' is a name of Reuters \(reuters.com"),
        ({"name": " ", "domain": "a.example"}, "line 1: name"),
        ({"name": "x" * 300, "domain": "a.example"}, "line 1: name"),
        (["Lowen Tribune"], "line 1: not JSON|line 1: no column|line 1: not an object"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_written(home, tmp_path, row, told):
    good = {"name": "Hill News", "domain": "hill.example"}
    with pytest.raises(BadInput, match=told):
        apply(filled(tmp_path, row, good), home)
    assert not (home / "outlets.toml").exists()


@pytest.mark.parametrize("again", ["Hill News", "hill news"])
def test_one_name_at_two_places_is_told(home, tmp_path, again):
    rows = [{"name": "Hill News", "domain": "hill.example"}, {"name": again, "domain": "hill2.example"}]
    with pytest.raises(BadInput, match=rf"filled.jsonl line 2: .{again}. is at hill\.example in line 1"):
        apply(filled(tmp_path, *rows), home)


def test_a_name_of_an_outlet_of_ones_own_is_taken(home, tmp_path):
    apply(filled(tmp_path, {"name": "Hill News", "domain": "hill.example"}), home)
    before = (home / "outlets.toml").read_text("utf-8")
    with pytest.raises(BadInput, match=r"line 1: .Hill News. is a name of Hill News \(hill\.example\)"):
        apply(filled(tmp_path, {"name": "Hill News", "domain": "hill2.example"}), home)
    assert (home / "outlets.toml").read_text("utf-8") == before


def test_a_name_that_spoils_an_example_is_blamed_on_the_file_it_stands_in(home, run):
    home.mkdir()
    (home / "outlets.toml").write_text('[[outlet]]\ndomain = "a.example"\nname = "said"\n', "utf-8")
    told = run("sites", "check", "--offline")
    assert told.exit_code == 1
    assert f"{home / 'outlets.toml'}: one of its names is a word of other texts too" in told.stderr


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_a_spreadsheet_saves_is_read(home, tmp_path, separator):
    file = tmp_path / "names.csv"
    cells = [("name", "times", "domain"), ("'=Lowen News", "3", "lowen.example")]
    file.write_text("\ufeff" + "\r\n".join(separator.join(row) for row in cells), "utf-8")
    assert apply(file, home).added == 1
    assert means("=Lowen News") == "lowen.example"


def test_a_broken_list_of_the_users_own_is_named(home, tmp_path):
    home.mkdir()
    (home / "outlets.toml").write_text("[[outlet]\n", "utf-8")
    with pytest.raises(BadCatalogue, match=r"outlets\.toml: not TOML"):
        apply(filled(tmp_path, {"name": "Hill News", "domain": "hill.example"}), home)


@pytest.mark.parametrize("words", [("articles", "--unresolved"), ("outlets", "--unresolved", "--all")])
def test_only_outlets_can_be_unresolved(run, words):
    assert run("export", *words).exit_code == 2
