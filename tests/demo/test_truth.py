"""The press world holds what truth.toml says of it."""

import re
from itertools import combinations

import lxml.html
import pytest

from demo.render import Renderer
from demo.world import HERE, load_sites, read_toml

SITES = load_sites()
TRUTH = read_toml(HERE / "truth.toml")
PAGES = {page.url: page for site in SITES.values() for page in site.pages}
ARTICLES = {url: page for url, page in PAGES.items() if page.kind == "article"}
LINKS = TRUTH["link"]
SEEN = [link for link in LINKS if "parent" in link]
ALLOWED_RUN = 12
WORD = re.compile(r"\w+")


def rendered(url: str) -> str:
    """The visible words of a page, single-spaced."""
    page = PAGES[url]
    tree = lxml.html.fromstring(Renderer().article(page, SITES[page.domain]))
    for script in tree.xpath("//script"):
        script.drop_tree()
    return " ".join(tree.text_content().split())


def runs_of(text: str, size: int) -> set[tuple[str, ...]]:
    """The runs of `size` words in a text, punctuation and case aside."""
    words = WORD.findall(text.lower())
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)}


def grams(url: str, size: int) -> set[tuple[str, ...]]:
    """The runs of `size` words in a page's own paragraphs."""
    return runs_of(" ".join(PAGES[url].paragraphs), size)


def containment(child: str, parent: str) -> float:
    """0..1: the share of the child's word-5 runs that stand in the parent."""
    ours = grams(child, 5)
    return len(ours & grams(parent, 5)) / len(ours)


def urls_of(entry: dict) -> list[str]:
    return [entry[key] for key in ("child", "parent", "a", "b") if key in entry]


@pytest.mark.parametrize("entry", [*LINKS, *TRUTH["no_link"], *TRUTH["unknown"], TRUTH["trace"]])
def test_every_page_of_the_truth_exists(entry):
    assert set(urls_of(entry)) | ({entry["url"]} if "url" in entry else set()) <= set(PAGES)


@pytest.mark.parametrize("entry", [link for link in LINKS if "quote" in link], ids=lambda e: e["quote"])
def test_a_quote_stands_on_its_page(entry):
    assert entry["quote"] in rendered(entry["child"])


@pytest.mark.parametrize(
    "entry",
    [e for e in TRUTH["no_link"] if "b" in e and not e.get("inherited")],
    ids=lambda e: e["why"],
)
def test_pages_without_a_link_share_no_long_run_but_an_official_quote(entry):
    shared = grams(entry["a"], ALLOWED_RUN) & grams(entry["b"], ALLOWED_RUN)
    assert shared <= runs_of(entry.get("quote", ""), ALLOWED_RUN)


@pytest.mark.parametrize("entry", [e for e in TRUTH["no_link"] if "quote" in e], ids=lambda e: e["why"])
def test_an_official_quote_of_one_sentence_stands_on_both_pages(entry):
    assert 15 <= len(entry["quote"].split()) <= 20
    assert all(entry["quote"] in rendered(entry[side]) for side in ("a", "b"))


def family_of_texts() -> set[frozenset[str]]:
    """Pairs whose pages share text by the truth, at any distance along its links."""
    groups = [{*urls_of(e)} for e in (*SEEN, *TRUTH["unknown"])]
    merged: list[set[str]] = []
    for group in groups:
        touching = [other for other in merged if other & group]
        merged = [other for other in merged if not other & group] + [group.union(*touching)]
    return {frozenset(pair) for group in merged for pair in combinations(sorted(group), 2)}


def test_unrelated_pages_share_only_a_few_words():
    related = family_of_texts() | {frozenset(urls_of(e)) for e in TRUTH["no_link"]}
    runs = {url: grams(url, 7) for url in ARTICLES}
    for one, other in combinations(sorted(ARTICLES), 2):
        if frozenset((one, other)) not in related:
            assert not runs[one] & runs[other], (one, other)


@pytest.mark.parametrize(
    ("child", "low", "high"),
    [
        ("http://247newsreel.example/compact-sends-plants-pumps-promised/", 0.85, 1.0),
        ("http://247newsreel.example/sleeping-cars-are-back/", 0.95, 1.0),
        ("http://247newsreel.example/borrow-a-smell/", 0.9, 1.0),
        ("http://northharbour-post.example/post/young-eels-climb-weir", 0.6, 0.8),
        ("http://northharbour-post.example/post/crane-four-last-lift", 0.9, 1.0),
        ("http://morrowdigest.example/d/crane-piano", 0.95, 1.0),
        ("http://morrowdigest.example/d/avalanche-dogs", 0.95, 1.0),
        ("http://dunmere-courier.example/articles/bricks-without-ovens-kilnfield.html", 0.15, 0.35),
        ("http://ecoul-vaii.example/podul-de-lemn-s-a-redeschis", 0.95, 1.0),
    ],
)
def test_a_copy_holds_as_much_of_its_source_as_stated(child, low, high):
    (parent,) = (link["parent"] for link in SEEN if link["child"] == child and link["relation"] != "sibling")
    assert low <= containment(child, parent) <= high


def test_hotnews_compiles_both_agencies():
    child = "http://hotnews.example/news/compact-sends-plants-pumps-promised"
    parents = [link["parent"] for link in SEEN if link["child"] == child]
    shares = [containment(child, parent) for parent in parents]
    assert len(shares) == 2
    assert min(shares) > 0.25
    assert sum(shares) > 0.75


def test_the_cut_copy_is_about_half_of_its_source():
    child = "http://morrowdigest.example/d/avalanche-dogs"
    parent = "http://tarnfold-ledger.example/upland/avalanche-dogs-pension-2026"
    assert 0.5 <= len(grams(child, 5)) / len(grams(parent, 5)) <= 0.65


@pytest.mark.parametrize("entry", [*TRUTH["unknown"], *(e for e in LINKS if e["relation"] == "sibling")])
def test_siblings_and_unknown_pairs_hold_the_same_text(entry):
    one, other = urls_of(entry)
    assert min(containment(one, other), containment(other, one)) > 0.95


@pytest.mark.parametrize("entry", TRUTH["unknown"])
def test_an_unknown_pair_states_one_day_and_no_hour(entry):
    days = {PAGES[url].published for url in urls_of(entry)}
    assert len(days) == 1
    assert "T" not in days.pop()


def test_the_promo_of_hotnews_stands_on_its_pages_and_travels_to_247():
    promo = SITES["hotnews.example"].house.promo
    carriers = [page.url for page in SITES["hotnews.example"].pages if promo in rendered(page.url)]
    assert len(promo.split()) >= 30
    assert len(carriers) >= 6
    assert promo in rendered(TRUTH["trace"]["url"])


def test_every_page_says_that_it_is_invented_outside_its_article():
    for url, page in PAGES.items():
        assert "invented for the newstrace demo" in rendered(url)
        assert "newstrace" not in " ".join(page.paragraphs)


def test_articles_have_the_length_of_news():
    for url, page in ARTICLES.items():
        assert 80 <= len(" ".join(page.paragraphs).split()) <= 800, url
