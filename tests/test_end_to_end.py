"""The embedded press world crawled, linked and traced: every chain of the known truth."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from demo.server import PressWorld
from demo.verdict import compare, fair_relations, is_implied, says

ROOT = Path(__file__).parent.parent
TRUTH = tomllib.loads((ROOT / "demo" / "truth.toml").read_text(encoding="utf-8"))


def newstrace(db, *arguments, proxy=""):
    environment = {
        **os.environ,
        "http_proxy": proxy,
        "no_proxy": "",
        "NEWSTRACE_HOME": str(db.parent / "home"),
    }
    return subprocess.run(
        [sys.executable, "-m", "newstrace", "--db", str(db), *arguments],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """The database of the crawled world, and the crawl's own words."""
    db = tmp_path_factory.mktemp("world") / "demo.db"
    with PressWorld() as world:
        done = newstrace(db, "crawl", "--sites", "demo/sites.toml", proxy=world.proxy_url)
    assert done.returncode == 0, done.stderr
    return db, done.stderr


@pytest.fixture(scope="module")
def links(crawled):
    return [json.loads(line) for line in newstrace(crawled[0], "export", "links").stdout.splitlines()]


def words(text):
    return " ".join("".join(c if c.isalnum() else " " for c in text).casefold().split())


@pytest.mark.parametrize(
    "entry", TRUTH["link"], ids=lambda e: f"{e['child'][7:]} <- {e.get('parent', e.get('parent_name'))}"
)
def test_a_true_link_is_found_with_the_words_that_prove_it(links, entry):
    if is_implied(links, entry):
        return
    found = [link for link in links if says(link, entry)]
    assert found, "the link is missing"
    assert {link["relation"] for link in found} & fair_relations(entry)
    if quote := words(entry.get("quote", "")):
        told = [words(e["quote"]) for link in found for e in link["evidence"] if e["quote"]]
        assert any(t and (t in quote or quote in t) for t in told), told


def test_no_link_is_told_that_is_not_true(links):
    verdict = compare(links, TRUTH)
    assert verdict.wrong == ()
    assert verdict.broken == ()


def test_the_chain_behind_the_247_page_is_traced(crawled):
    db, _ = crawled
    found = json.loads(newstrace(db, "trace", "--json", TRUTH["trace"]["url"]).stdout)
    outlets = {node["id"]: node["outlet"] for node in found["nodes"]}
    hops = {(outlets[link["parent"]], outlets[link["child"]]) for link in found["links"]}
    assert found["status"] == "traced"
    assert {("CNN", "HotNews"), ("AFP", "HotNews"), ("HotNews", "247 news reel")} <= hops
    assert {outlets[node] for node in found["origins"]} == {"CNN", "AFP"}


def test_the_tree_begins_with_the_chain_in_one_line(crawled):
    tree = newstrace(crawled[0], "trace", TRUTH["trace"]["url"]).stdout
    assert tree.splitlines()[0] in {
        "AFP and CNN -> HotNews -> 247 news reel",
        "CNN and AFP -> HotNews -> 247 news reel",
    }
    assert "Source: Hot News RU" in tree
    assert "LIVETEXT" in tree


@pytest.mark.parametrize("entry", TRUTH["unknown"], ids=lambda e: e["a"][7:])
def test_where_nothing_decides_the_direction_is_not_known(crawled, entry):
    found = json.loads(newstrace(crawled[0], "trace", "--json", entry["a"]).stdout)
    assert found["status"] == "direction_unknown"
    assert found["unknown"]


def test_the_database_is_whole(crawled):
    assert newstrace(crawled[0], "check").returncode == 0


def test_a_second_crawl_finds_nothing_new_and_the_same_links(crawled, links):
    db, _ = crawled
    with PressWorld() as world:
        done = newstrace(db, "crawl", "--sites", "demo/sites.toml", proxy=world.proxy_url)
    assert done.returncode == 0, done.stderr
    assert " 0 links changed" in done.stderr
    again = [json.loads(line) for line in newstrace(db, "export", "links").stdout.splitlines()]
    assert again == links


def test_a_consent_wall_is_unreadable_and_never_an_article(crawled):
    wall = "http://quayside-echo.example/story/ferry-fares-survey"
    found = json.loads(newstrace(crawled[0], "trace", "--json", wall).stdout)
    assert found["status"] == "unreadable"
    assert "import" in " ".join(found["unknown"])


def test_the_chain_in_the_readme_is_the_one_that_is_printed(crawled):
    told = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1].strip().splitlines()
    printed = newstrace(crawled[0], "trace", TRUTH["trace"]["url"]).stdout.strip().splitlines()
    seen_on = re.compile(r"first seen \d{4}-\d\d-\d\d")
    assert [seen_on.sub("", line) for line in printed] == [seen_on.sub("", line) for line in told]
