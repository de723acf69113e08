"""Two texts side by side: what is in both is tied together, what is not is told, nothing runs."""

import re

import pytest

from db.browse.answer import Tools
from db.browse.compare import _apart
from db.records import Match, Passage
from db.store import open_db
from tests.browse.conftest import put

COPY, SOURCE = "https://copy.example/1", "https://source.example/1"


@pytest.fixture
def get(asked, small):
    return asked(small)


def test_the_passages_of_both_texts_lead_to_each_other(get):
    page = get("/-/compare", params={"a": COPY, "b": SOURCE}).text
    ids = set(re.findall(r'class="shared" id="([ab]\d+)"', page))
    targets = set(re.findall(r'class="shared" id="[ab]\d+" href="#([ab]\d+)"', page))
    assert ids == targets == {"a0", "b0"}
    assert "most of Copy" in page


def test_what_stands_in_one_text_only_is_counted_and_marked(get):
    told = get("/-/compare.json", params={"a": COPY, "b": SOURCE}).json()
    assert told["compared"] == "stored"
    assert [p["words"] for p in told["passages"]] == [17]
    assert told["a"]["words"] - told["a"]["shared"] == told["a"]["only_here"] > 0
    assert told["link"]["parent_url"] == SOURCE
    assert 'class="only">' in get("/-/compare", params={"a": COPY, "b": SOURCE}).text


def test_hostile_texts_are_text(get):
    page = get("/-/compare", params={"a": COPY, "b": SOURCE}).text
    assert "owned" in page
    assert "<script" not in page
    assert " style=" not in page


@pytest.mark.parametrize(
    ("a", "b", "status", "words"),
    [
        ("", "", 200, "Which two pages?"),
        (COPY, "", 200, "Give two addresses."),
        (COPY, "https://nowhere.example/x", 404, "no article is stored"),
        (COPY, "no address", 404, "no address"),
        (COPY, "x" * 3000, 404, "no article is stored"),
        (COPY, f"{COPY}?utm_source=x", 200, "mean the same stored page"),
        (COPY, "https://walled.example/1", 200, "No text is stored of this page."),
        (COPY, "https://alone.example/1", 200, "No link is stored between these two pages."),
    ],
)
def test_what_cannot_be_compared_is_said(get, a, b, status, words):
    answer = get("/-/compare", params={"a": a, "b": b})
    assert (answer.status_code, words in answer.text) == (status, True)


def test_a_pair_never_matched_is_compared_on_the_spot(asked, small):
    passage = Passage(a_start=4, a_end=9, b_start=0, b_end=5, words=2)

    def compare(a, b):
        return Match(a=1, b=2, a_in_b=0.3, b_in_a=0.3, jaccard=0.2, shared_words=2, longest_run=2,
                     passages=(passage,))  # fmt: skip

    get = asked(small, Tools(compare=compare))
    told = get("/-/compare.json", params={"a": COPY, "b": "https://alone.example/1"}).json()
    assert (told["compared"], len(told["passages"])) == ("now", 1)


def test_a_passage_over_paragraphs_is_tied_paragraph_by_paragraph(tmp_path, asked):
    path = tmp_path / "lines.db"
    db = open_db(path, create=True)
    text = "First line of the shared words.\nSecond line of the shared words."
    put(db, COPY, text=text)
    put(db, SOURCE, text=text)
    db.close()
    passage = Passage(a_start=0, a_end=len(text), b_start=0, b_end=len(text), words=12)

    def compare(a, b):
        return Match(a=1, b=2, a_in_b=1, b_in_a=1, jaccard=1, shared_words=12, longest_run=12,
                     passages=(passage,))  # fmt: skip

    page = asked(path, Tools(compare=compare))("/-/compare", params={"a": COPY, "b": SOURCE}).text
    assert re.findall(r'id="(a\d+)" href="#(b\d+)"', page) == [("a0", "b0"), ("a32", "b32")]


@pytest.mark.parametrize(
    ("spans", "apart"),
    [
        ([], []),
        ([(0, 5, 0), (5, 9, 1)], [(0, 5, 0), (5, 9, 1)]),
        ([(0, 9, 0), (2, 5, 1)], [(0, 9, 0)]),
        ([(3, 8, 1), (0, 5, 0)], [(0, 5, 0), (5, 8, 1)]),
    ],
)
def test_passages_that_overlap_are_set_apart(spans, apart):
    assert _apart(spans) == apart
