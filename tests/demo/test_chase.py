"""The model case with its sources not crawled: chased and fetched, the chain is the same to its end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.server import PressWorld

ROOT = Path(__file__).parents[2]
REEL = "http://247newsreel.example/compact-sends-plants-pumps-promised/"
HOTNEWS = "http://hotnews.example/news/compact-sends-plants-pumps-promised"
CNN = "http://cnn.example/2026/03/12/world/compact-water-plants-orvenia/index.html"
AFP = "http://afp.example/en/news/partners-promise-pumps"
SITES = ("--sites", "demo/sites.toml")


@pytest.fixture
def newstrace(tmp_path):
    """Runs the command on a database of its own, in the demo world."""
    with PressWorld() as world:
        environment = {**os.environ, "http_proxy": world.proxy_url, "no_proxy": ""}
        environment |= {"NEWSTRACE_HOME": str(tmp_path / "home"), "NEWSTRACE_CONTACT": "desk@quarry.example"}

        def run(*words, code=0):
            done = subprocess.run(
                [sys.executable, "-m", "newstrace", "--db", str(tmp_path / "n.db"), *words],
                cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip
            assert done.returncode == code, done.stderr
            return done.stdout

        yield run


def parents(newstrace, child):
    """Whom the page `child` took from: URLs, or the names of outlets whose page was not seen."""
    links = map(json.loads, newstrace("export", "links").splitlines())
    return {link["parent_url"] or link["parent_name"] for link in links if link["child_url"] == child}


def test_the_sources_that_nobody_crawled_are_chased_and_the_phantoms_become_their_pages(newstrace):
    newstrace("crawl", "247newsreel.example", "hotnews.example", *SITES)
    assert parents(newstrace, HOTNEWS) == {"CNN", "AFP"}
    found = newstrace("chase", REEL, "--budget", "40", *SITES)
    assert parents(newstrace, REEL) == {HOTNEWS}
    found += newstrace("chase", HOTNEWS, "--budget", "40", *SITES)
    assert parents(newstrace, HOTNEWS) == {CNN, AFP}
    assert {f"CNN: {CNN}", f"AFP: {AFP}"} <= set(found.splitlines())
    tree = newstrace("trace", REEL)
    assert tree.splitlines()[0] in {
        "CNN and AFP -> HotNews -> 247 news reel", "AFP and CNN -> HotNews -> 247 news reel",
    }  # fmt: skip
    assert newstrace("check").strip() == "the database is whole"


def test_a_page_that_is_not_stored_is_fetched_before_it_is_traced(newstrace):
    newstrace("fetch", HOTNEWS)
    told = json.loads(newstrace("trace", REEL, "--fetch", "--json"))
    urls = {node["id"]: node["url"] for node in told["nodes"]}
    assert told["status"] == "traced"
    assert (REEL, HOTNEWS) in {(urls[link["child"]], urls[link["parent"]]) for link in told["links"]}


def test_when_nothing_is_unresolved_there_is_nothing_to_chase(newstrace):
    newstrace("fetch", CNN)
    assert newstrace("chase", "--unresolved", *SITES) == ""
