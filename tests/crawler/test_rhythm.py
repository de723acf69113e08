from datetime import UTC, datetime, timedelta

import pytest

from crawler.rhythm import (
    LONGEST,
    MAX_TRIES,
    SHORTEST,
    Rhythm,
    learned,
    next_article_visit,
    next_source_visit,
    next_try,
    rhythm_of,
)

FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 8, 22, tzinfo=UTC)


@pytest.mark.parametrize(("age", "gap"), [(0, 3), (5, 3), (7, 9), (30, 24), (100, 96), (400, None)])
def test_a_young_article_is_seen_again_in_hours_an_older_one_in_days(age, gap):
    again = next_article_visit(FRIDAY - timedelta(hours=age), FRIDAY)
    assert again == (gap and FRIDAY + timedelta(hours=gap))


def test_an_article_is_seen_about_eight_times_more():
    visits, now = 0, FRIDAY
    while (now := next_article_visit(FRIDAY, now)) is not None:
        visits += 1
    assert 6 <= visits <= 12


def test_a_busy_feed_is_visited_sooner_a_silent_one_later_within_bounds():
    start = rhythm_of("feed", None)
    assert learned(start, 20, FRIDAY).weekday < start.weekday < learned(start, 0, FRIDAY).weekday
    assert learned(start, 3, FRIDAY) == start
    busy = silent = start
    for _ in range(50):
        busy, silent = learned(busy, 99, FRIDAY), learned(silent, 0, FRIDAY)
    assert (busy.weekday, silent.weekday) == (SHORTEST, LONGEST)
    assert busy.weekend == start.weekend
    assert rhythm_of("feed", busy.as_json()) == busy


def test_a_weekend_gap_does_not_hold_monday_up():
    rhythm = Rhythm(weekday=1800, weekend=12 * 3600)
    assert next_source_visit(rhythm, FRIDAY) == FRIDAY + timedelta(minutes=30)
    assert next_source_visit(rhythm, SUNDAY) == datetime(2026, 3, 9, 0, 30, tzinfo=UTC)


def test_a_page_that_fails_is_given_up_a_source_never():
    assert next_try("article", 0, FRIDAY) < next_try("article", 2, FRIDAY)
    assert next_try("article", MAX_TRIES, FRIDAY) is None
    assert next_try("feed", 500, FRIDAY) == FRIDAY + timedelta(hours=24)
