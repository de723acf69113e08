"""`reread` after a wording was added: the pages it changes are linked again, and no other."""

import json

import pytest
from click.testing import CliRunner

from crawler.wordings import wordings
from newstrace import main

WORDING = """
[[rule]]
id = "xx.scribbled"
kind = "source_line"
regions = ["own", "last", "tail"]
pattern = 'scribbled after {L}'
example = "Scribbled after Reuters."
names = ["Reuters"]
"""


STORIES = (
    ("Pier", "The old pier of Lowen stays shut until Friday after a barge leaned on it all night.",
     "Carpenters wedged the last posts at dawn and drank their tea on the steps of the customs house."),
    ("Choir", "Forty singers from the upper valley will rehearse in the empty brewery while the hall dries.",
     "Their conductor brought ladders, blankets and a bell that nobody had rung for eleven winters."),
    ("Bees", "A swarm settled on the clock of the town hall on Sunday and made it three minutes late.",
     "The beekeeper came with a cardboard box and a patient cousin, and both went home unstung."),
)  # fmt: skip


def page(story, line):
    title, *paragraphs = story
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    head = f"<html lang=en><title>{title} of Lowen</title><body>"
    return f"{head}<article><h1>{title} of Lowen today</h1>{text}{line}"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("NEWSTRACE_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(main, ["--db", str(tmp_path / "t.db"), *map(str, words)])


def test_a_pruned_page_is_not_said_to_be_imported_as_text(run, tmp_path):
    rows = [
        {"url": "http://coast.example/pier", "html": page(STORIES[0], "")},
        {"url": "http://hill.example/choir", "text": " ".join(STORIES[1]), "title": "Choir"},
    ]
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert run("import", file).exit_code == run("prune", "--raw-older-than", "0d").exit_code == 0
    told = run("reread").stderr
    assert "1 articles were imported as text" in told
    assert "1 articles have no raw page any more (dropped by `newstrace prune`" in told
    told = run("reread", "--outlet", "coast.example").stderr
    assert "imported as text" not in told
    unknown = run("reread", "--outlet", "nosuch")
    assert (unknown.exit_code, "no outlet 'nosuch'" in unknown.stderr) == (1, True)


def test_only_pages_whose_credits_change_are_linked_again(run, tmp_path):
    lines = ["<p>Scribbled after Reuters.</p>", "", "<p>Source: Lowen Tribune</p>"]
    rows = [
        {"url": f"http://coast{n}.example/pier-{n}", "html": page(story, line)}
        for n, (story, line) in enumerate(zip(STORIES, lines, strict=True))
    ]
    file = tmp_path / "pages.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    assert run("import", file).exit_code == run("link").exit_code == 0

    def parents():
        links = map(json.loads, run("export", "links", "--all").stdout.splitlines())
        return {(link["child_url"], link["parent_domain"] or link["parent_name"]) for link in links}

    known = {("http://coast2.example/pier-2", "Lowen Tribune")}
    assert parents() == known
    told = run("reread").stderr
    assert "3 read, 0 changed" in told
    assert "0 judged" in told
    (tmp_path / "home" / "wordings").mkdir(parents=True)
    (tmp_path / "home" / "wordings" / "en.toml").write_text(WORDING.replace("xx.", "en."), "utf-8")
    wordings.cache_clear()  # another process would read them anew
    told = run("reread").stderr
    assert "3 read, 1 changed" in told
    assert "1 judged" in told
    assert parents() == known | {("http://coast0.example/pier-0", "reuters.com")}
    assert "0 judged" in run("link").stderr
