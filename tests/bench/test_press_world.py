"""A small press world: the same for its seed, its truth about its own pages."""

import json
import re
import tomllib

import pytest
from lxml import html
from press_world import build, read_texts, write
from world_pages import Setting
from world_stories import PLOTS
from world_texts import Writer, make_facts

from crawler.sites import read_catalogue, read_outlets

STORIES = 20


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("world")
    write(found, *build(7, STORIES), Setting())
    return found


def test_the_same_seed_gives_the_same_world(folder, tmp_path):
    write(tmp_path, *build(7, STORIES), Setting())
    for name in ("pages.jsonl", "truth.jsonl", "sites.toml", "outlets.toml"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_another_seed_gives_another_world(folder, tmp_path):
    write(tmp_path, *build(8, STORIES), Setting())
    assert (tmp_path / "pages.jsonl").read_bytes() != (folder / "pages.jsonl").read_bytes()


def test_the_truth_speaks_of_pages_that_exist(folder):
    urls = {row["url"] for row in rows(folder / "pages.jsonl")}
    for row in rows(folder / "truth.jsonl"):
        named = [row["url"]] if row["verdict"] == "page" else [row["child_url"], row["parent_url"]]
        assert {url for url in named if url} <= urls


def test_every_address_is_one_page(folder):
    urls = [row["url"] for row in rows(folder / "pages.jsonl")]
    assert len(urls) == len(set(urls))


def test_every_page_parses_and_has_its_headline(folder):
    for row in rows(folder / "pages.jsonl"):
        tree = html.document_fromstring(row["html"].encode(), parser=html.HTMLParser(encoding="utf-8"))
        assert len(tree.xpath("//h1|//h2")) == 1
        assert len(tree.text_content().split()) > 50


def test_the_catalogue_is_one_that_newstrace_takes(folder):
    sites = {site.domain for site in read_catalogue(folder / "sites.toml").sites}
    pages = {row["domain"] for row in rows(folder / "truth.jsonl") if row["verdict"] == "page"}
    assert pages <= sites
    listed = (folder / "outlets.toml").read_text(encoding="utf-8")
    assert len(read_outlets(folder / "outlets.toml")) == len(tomllib.loads(listed)["outlet"])


def test_without_credits_no_page_links_to_another_site_or_names_a_source(tmp_path):
    write(tmp_path, *build(7, STORIES), Setting(credits=False))
    domains = {
        row["url"]: row["domain"] for row in rows(tmp_path / "truth.jsonl") if row["verdict"] == "page"
    }
    for row in rows(tmp_path / "pages.jsonl"):
        links = html.document_fromstring(row["html"]).xpath("//@href")
        elsewhere = [link for link in links if link in domains and domains[link] != domains[row["url"]]]
        assert elsewhere == []


def test_without_times_no_page_states_one(tmp_path):
    write(tmp_path, *build(7, STORIES), Setting(times=False))
    stated = ("datePublished", "article:published_time", "<time")
    pages = [row["html"] for row in rows(tmp_path / "pages.jsonl")]
    assert not any(word in page for page in pages for word in stated)


def test_given_texts_are_the_originals(tmp_path):
    path = tmp_path / "texts.jsonl"
    lines = [{"text": f"Gurney {n} told no tale today.\n" * 6} for n in range(400)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    write(tmp_path, *build(7, 5, read_texts(str(path))), Setting())
    assert any("Gurney 399 told no tale today." in row["html"] for row in rows(tmp_path / "pages.jsonl"))


@pytest.mark.parametrize("language", ["en", "ro", "de", "fr", "es"])
def test_two_stories_share_almost_no_five_words(language):
    import random

    runs = []
    for seed in range(2):
        chance = random.Random(seed)
        words = " ".join(Writer(chance, make_facts(chance, language)).article(10)).split()
        runs.append({tuple(words[n : n + 5]) for n in range(len(words) - 4)})
    assert len(runs[0] & runs[1]) <= 0.05 * min(map(len, runs))


def test_a_world_of_enough_stories_has_every_kind_of_story():
    _, world = build(3, len(PLOTS) + 2)
    cases = {dict(page.how)["case"] for page in world.drafts}
    assert {
        "merged from two",
        "mass syndication, bare",
        "relay",
        "live blog",
        "revised by its own outlet",
    } <= cases


def test_translations_come_on_top_and_keep_names_and_numbers_in_their_order():
    _, without = build(7, STORIES)
    _, world = build(7, STORIES, translations=6)
    assert [page.url for page in world.drafts[: len(without.drafts)]] == [p.url for p in without.drafts]
    made = [page for page in world.drafts if page.told("edit") == "translated"]
    assert made
    for page in made:
        (source,) = page.parents
        assert page.site.language != source.site.language
        facts = world.facts[page.story]
        left = iter(told(source, facts))
        assert all(name in left for name in told(page, facts))  # in the source's order
        assert len(told(page, facts)) >= 0.4 * len(told(source, facts))


def told(page, facts):
    """The people of a story as a page names them, in order."""
    words = " ".join(p.words for p in page.paras if p.kind in ("text", "statement"))
    return re.findall("|".join(map(re.escape, facts.people)), words)
