"""Words that many print without copying, and copies that hide: what is shared, and what only looks so."""

import pytest

from tests.traps.press import Sheet, prose, story

HILL, LAKE, MOOR = (f"https://{name}.example/news/ferry" for name in ("hill", "lake", "moor"))
BODY = story(1, 2, 3, 4)
TOWNS = "Lowen Harwick Tarn Skelby Norwick Osterby Quill Brenna Marl Dunmoor".split()  # noqa: SIM905
SIGNS = "Aries Taurus Gemini Cancer Leo Virgo Libra Scorpio".split()  # noqa: SIM905

EVERYBODYS = {
    "an official statement": [f"“{prose(90, 3)[:-1]},” the harbour minister said."],
    "a quotation of a law": [f"“{prose(91, 2)}”"],
    "a league table": [
        f"{n}. {a} {b} {n % 4}:{n % 3} {60 - n} points"
        for n, (a, b) in enumerate(zip(TOWNS, TOWNS[3:], strict=False), 1)
    ],
    "the weather": [
        f"{t}: cloudy, 4 to 9 degrees, wind from the west, 20 kilometres an hour." for t in TOWNS
    ],
    "a horoscope": [f"{s}: {prose(n, 1)}" for n, s in enumerate(SIGNS, 70)],
}


@pytest.mark.parametrize("shared", EVERYBODYS.values(), ids=EVERYBODYS)
def test_what_everybody_prints_is_no_republication(newsroom, shared):
    newsroom.take_in(
        *(
            Sheet(url, [*story(n, n + 10), *shared, *story(n + 20)], at=f"2026-03-02T1{n}:00:00Z")
            for n, url in enumerate((HILL, LAKE, MOOR), 1)
        )
    )
    assert {k for k in newsroom.told() if k[2] != "quotes"} == set()


def test_a_live_blog_that_holds_a_paragraph_of_everything_is_no_source(newsroom):
    live = {"@type": "LiveBlogPosting", "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "x"}] * 3}
    newsroom.take_in(
        Sheet(
            MOOR,
            story(*range(1, 13)),
            ld=live,
            at="2026-03-02T08:00:00Z",
            title="Live: storm, latest updates",
        ),
        Sheet(HILL, story(3, 21, 22), at="2026-03-02T12:00:00Z"),
        Sheet(LAKE, story(5, 31, 32), at="2026-03-02T12:00:00Z"),
    )
    assert newsroom.told() == set()


def test_a_stub_behind_a_paywall_is_no_copy_of_the_page_it_begins_like(newsroom):
    wall = {"isAccessibleForFree": False}
    newsroom.take_in(
        Sheet(HILL, [prose(1)], ld=wall, at="2026-03-02T12:00:00Z", below="<p>Subscribe to read on.</p>"),
        Sheet(LAKE, BODY, at="2026-03-02T09:00:00Z"),
    )
    assert newsroom.told() == set()


def test_another_headline_hides_no_copy_and_the_same_headline_makes_none(newsroom):
    newsroom.take_in(
        Sheet(HILL, BODY, title="The ferry stops in May"),
        Sheet(LAKE, [*BODY, "Source: Hill Tribune"], title="No boat from spring on"),
        Sheet(MOOR, story(11, 12, 13), title="The ferry stops in May"),
    )
    assert newsroom.told() == {(LAKE, HILL, "republishes")}


def test_house_lines_on_every_page_of_two_sites_are_no_shared_story(newsroom):
    promo = f"Sign up for our letter. {prose(95, 2)}"
    newsroom.take_in(
        *(
            Sheet(f"https://{site}.example/{n}", [*story(k * 100 + n, k * 100 + n + 50), promo])
            for k, site in enumerate(("hill", "lake"), 1)
            for n in range(7)
        )
    )
    assert newsroom.told() == set()


def test_a_credit_that_cleaning_takes_off_the_text_is_read_all_the_same(newsroom):
    newsroom.take_in(
        Sheet(
            LAKE, BODY,
            below='<div class="copyright disclaimer">The Associated Press contributed to this report.</div>',
        )
    )  # fmt: skip
    assert newsroom.told() == {(LAKE, "Associated Press", "excerpts")}


def test_addresses_that_differ_in_their_query_are_two_articles(newsroom):
    one, two = ("https://hill.example/shownews.html?id=1", "https://hill.example/shownews.html?id=2")
    newsroom.take_in(
        Sheet(one, BODY), Sheet(two, story(11, 12, 13, 14)), Sheet(LAKE, [*BODY, "Source: Hill Tribune"])
    )
    assert newsroom.told() == {(LAKE, one, "republishes")}


def test_stories_with_a_sentence_in_common_do_not_run_together(newsroom):
    chain = [Sheet(f"https://site{n}.example/a", story(n, n + 100, n + 200, n + 1)) for n in range(12)]
    newsroom.take_in(*chain)
    assert newsroom.told() == set()


def test_an_updated_source_is_still_the_source_of_the_copy_of_its_first_text(newsroom):
    newsroom.take_in(Sheet(HILL, BODY, at="2026-03-02T09:00:00Z"))
    newsroom.take_in(Sheet(LAKE, BODY, at="2026-03-02T12:00:00Z"))
    newsroom.take_in(Sheet(HILL, [*BODY[:2], *story(41, 42)], at="2026-03-02T09:00:00Z"))
    assert (LAKE, HILL) in {(child, source) for child, source, _ in newsroom.told()}


def test_a_bio_left_in_a_bare_copy_names_its_parent(newsroom):
    bio = "Ann Berg covers the harbour for Hill Tribune."
    newsroom.take_in(Sheet(HILL, [*BODY, bio]), Sheet(LAKE, [*BODY, bio]))
    assert newsroom.told() == {(LAKE, HILL, "republishes")}
