"""Times that lie: what a page states of its hour never decides alone, and never against its own words."""

import pytest

from tests.traps.press import Sheet, story

HILL, LAKE = "https://hill.example/2026/03/ferry", "https://lake.example/news/ferry"
BODY = story(1, 2, 3, 4)
SOURCE = "Source: Hill Tribune"


def pair(first, second, *last):
    return Sheet(HILL, BODY, at=first), Sheet(LAKE, [*BODY, *last], at=second)


TIMES = {
    "WordPress writes local time as UTC: the source seems two hours late": (
        "2026-03-02T12:00:00+00:00", "2026-03-02T10:30:00+00:00",
    ),
    "a copy put back by a day": ("2026-03-02T10:00:00+01:00", "2026-03-01T10:00:00+01:00"),
    "an autoblog takes the feed's time": ("2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00+01:00"),
    "midnight stands for a day": ("2026-03-02T10:00:00+01:00", "2026-03-02T00:00:00"),
    "a day and no hour": ("2026-03-02T10:00:00+01:00", "2026-03-02"),
    "the year 1970": ("2026-03-02T10:00:00+01:00", "1970-01-01T00:00:00Z"),
    "the year 2099": ("2099-03-02T10:00:00+01:00", "2026-03-02T10:00:00Z"),
    "day and month swapped, in the future": ("2026-12-03T10:00:00Z", "2026-03-12T12:00:00Z"),
    "no time at all": ("", ""),
    "clearly later": ("2026-03-02T10:00:00+01:00", "2026-03-04T10:00:00+01:00"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), TIMES.values(), ids=TIMES)
def test_no_time_decides_who_took_a_bare_text_and_none_outweighs_a_credit(newsroom, first, second):
    newsroom.take_in(*pair(first, second))
    assert newsroom.told() == set()
    newsroom.take_in(*pair(first, second, SOURCE))
    assert newsroom.told() == {(LAKE, HILL, "republishes")}


def test_a_change_before_the_publication_is_not_believed(newsroom):
    odd = Sheet(HILL, BODY, at="2026-03-02T10:00:00Z", ld={"dateModified": "2026-02-27T10:00:00Z"})
    newsroom.take_in(odd, Sheet(LAKE, [*BODY, SOURCE], at="2026-03-01T09:00:00Z"))
    assert newsroom.told() == {(LAKE, HILL, "republishes")}


def test_which_page_was_met_first_says_nothing(newsroom):
    copy, first = Sheet(LAKE, BODY), Sheet(HILL, BODY)
    newsroom.take_in(copy)
    newsroom.take_in(first)
    assert newsroom.told() == set()
    (link,) = newsroom.links("--all")
    assert (link["status"], link["p_direction"]) == ("candidate", 0.5)
