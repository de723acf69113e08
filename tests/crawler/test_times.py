"""What stated times can mean."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import times
from crawler.times import claim, confirmed, has_clock, parse, stated_moment, url_claim

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def made(raw, basis="jsonld", **kw):
    return claim(raw, "published", basis, now=NOW, **kw)


def span(found):
    return found.earliest.isoformat()[:16], found.latest.isoformat()[:16], found.zone_known


@pytest.mark.parametrize(
    ("raw", "earliest", "latest", "known"),
    [
        ("2026-05-04T10:00:00+03:00", "2026-05-04T07:00", "2026-05-04T07:00", True),
        ("2026-05-04T10:00:00-0400", "2026-05-04T14:00", "2026-05-04T14:00", True),
        ("2026-05-04T10:00:00.000Z", "2026-05-04T10:00", "2026-05-04T10:00", True),
        ("2026-05-04T10:00:00+00:00", "2026-05-04T07:00", "2026-05-04T13:00", False),
        ("2026-05-04T10:00:00Z", "2026-05-04T07:00", "2026-05-04T13:00", False),
        ("2026-05-04 10:00:00", "2026-05-03T20:00", "2026-05-04T22:00", False),
        ("2026-05-04", "2026-05-03T10:00", "2026-05-05T11:59", False),
        ("20260504", "2026-05-03T10:00", "2026-05-05T11:59", False),
        ("1777888800", "2026-05-04T10:00", "2026-05-04T10:00", True),
        ("1777888800000", "2026-05-04T10:00", "2026-05-04T10:00", True),
        ("Mon, 04 May 2026 10:00:00 +0300", "2026-05-04T07:00", "2026-05-04T07:00", True),
        ("Mon May 04 2026 10:00:00 GMT+0300 (EEST)", "2026-05-04T07:00", "2026-05-04T07:00", True),
        ("May 4, 2026 at 3:05 PM EDT", "2026-05-04T19:05", "2026-05-04T19:05", True),
        ("14/05/2026 - 10:02 MESZ", "2026-05-14T08:02", "2026-05-14T08:02", True),
        ("2026-05-04T10:00:00EEST", "2026-05-04T07:00", "2026-05-04T07:00", True),
        ("4 May 2026 at 10:00 pm ET", "2026-05-05T02:00", "2026-05-05T02:00", True),
        ("2 Jan 2026 10:00 am ET", "2026-01-02T15:00", "2026-01-02T15:00", True),
        ("May 4, 2026, 10:00 IST", "2026-05-03T20:00", "2026-05-04T22:00", False),
        ("04.05.2026, 10:00 zuletzt", "2026-05-03T20:00", "2026-05-04T22:00", False),
        ("LE JOURNAL ET AFP 4 mai 2026 10:00", "2026-05-03T20:00", "2026-05-04T22:00", False),
        ("03/04/2026", "2026-03-03T10:00", "2026-04-04T11:59", False),
        ("Mon, 05/04/2026 - 10:00", "2026-05-03T20:00", "2026-05-04T22:00", False),
        ("13/04/2026", "2026-04-12T10:00", "2026-04-14T11:59", False),
        ("3.4.2026", "2026-04-02T10:00", "2026-04-04T11:59", False),
    ],
)
def test_a_stated_time_is_the_interval_it_can_mean(raw, earliest, latest, known):
    assert span(made(raw)) == (earliest, latest, known)


@pytest.mark.parametrize(
    ("raw", "language", "moment"),
    [
        ("Luni, 4 mai 2026, ora 12:40", "ro", "2026-05-04T12:40"),
        ("۱۴ اردیبهشت ۱۴۰۵ - ۱۲:۴۰", "fa", "2026-05-04T12:40"),
        ("تاریخ انتشار: ۱۴۰۵/۰۲/۱۴ ۱۲:۴۰", "fa", "2026-05-04T12:40"),
        ("1405/02/14 - 12:40", "fa", "2026-05-04T12:40"),
        ("الاثنين 17 ذو القعدة 1447 هـ - 4 مايو 2026 م - 12:40", "ar", "2026-05-04T12:40"),
        ("1447/11/17 - 2026/05/04", "ar", "2026-05-04T00:00"),
        ("4 พฤษภาคม 2569 12:40 น.", "th", "2026-05-04T12:40"),
        ("4 พ.ค. 2569 12:40", "th", "2026-05-04T12:40"),
        ("04/05/2569 12:40", "th", "2026-05-04T12:40"),
        ("令和8年5月4日 12時40分", "ja", "2026-05-04T12:40"),
        ("民國115年5月4日", "zh", "2026-05-04T00:00"),
        ("יום שני, 4 במאי 2026, 12:40", "he", "2026-05-04T12:40"),
        ("04.05.26, 12:40 Uhr", "de", "2026-05-04T12:40"),
        ("4. května 2026 v 12:40", "cs", "2026-05-04T12:40"),
        ("4 listopada 2026", "pl", "2026-11-04T00:00"),
        ("4 listopada 2026", "hr", "2026-10-04T00:00"),
        ("le 4 août 2026 à 12h40", "fr", "2026-08-04T12:40"),
        ("4. Mai 2026 um 12.40 Uhr", "de", "2026-05-04T12:40"),
        ("4 de mayo de 2026", "es", "2026-05-04T00:00"),
        ("2026. május 4. 12:40", "hu", "2026-05-04T12:40"),
        ("4 Μαΐου 2026", "el", "2026-05-04T00:00"),
        ("4 мая 2026, 12:40", "ru", "2026-05-04T12:40"),
        ("4 травня 2026", "uk", "2026-05-04T00:00"),
        ("4 Mayıs 2026", "tr", "2026-05-04T00:00"),
        ("4 أيار 2026", "ar", "2026-05-04T00:00"),
        ("4 मई 2026", "hi", "2026-05-04T00:00"),
        ("2026年5月4日 12:40", "ja", "2026-05-04T12:40"),
        ("2026-05-04 오후 3:05", "ko", "2026-05-04T15:05"),
        ("4/5/2026, 3:05 μ.μ.", "el", "2026-05-04T15:05"),
        ("4 de mayo de 2026, 3:05 p. m.", "es", "2026-05-04T15:05"),
        ("May 4, 2026, 10:00 IST", "en", "2026-05-04T04:30"),
        ("04.05.2026 10:00 МСК", "ru", "2026-05-04T07:00"),
        ("10:05 04.05.2026", "de", "2026-05-04T10:05"),
        ("Published 10:00, 4 May 2026", "en", "2026-05-04T10:00"),
        ("04.05.2026 - Güncelleme: 05.05.2026", "tr", "2026-05-04T00:00"),
        ("03/04/2026", "fr", "2026-04-03T00:00"),
    ],
)
def test_months_are_known_in_the_languages_of_the_press(raw, language, moment):
    assert stated_moment(made(raw, language=language), language=language).isoformat()[:16] == moment


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "2 hours ago",
        "31/02/2026",
        "0001-01-01",
        "99999999999999999999",
        "12-14 May",
        "1405/13/14",
        "version 1.2.24",
        "31 مهر ۱۴۰۵",
        "a" * 9000,
    ],
)
def test_words_without_a_whole_day_make_no_claim(raw):
    assert made(raw) is None


@pytest.mark.parametrize(
    ("raw", "plausible"),
    [("2026-06-02", True), ("2026-07-01", False), ("1994-05-05", False), ("1996-01-01", True)],
)
def test_a_day_in_the_future_or_before_the_web_is_not_plausible(raw, plausible):
    assert made(raw).plausible is plausible


def test_a_feed_knows_utc_and_a_known_zone_narrows():
    assert span(made("2026-05-04T10:00:00+00:00", "feed"))[2]
    assert span(made("2026-05-04 10:00:00", zone="Europe/Bucharest")) == (
        "2026-05-04T07:00",
        "2026-05-04T07:00",
        True,
    )
    assert span(made("2026-05-04 10:00:00", zone="No/Where"))[2] is False


def test_the_day_in_the_url_settles_which_number_is_the_month():
    found = made("03/04/2026", url="https://x.example/2026/04/03/a")
    assert span(found) == ("2026-04-02T10:00", "2026-04-04T11:59", False)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2026/05/04/bridge", "2026-05-04"),
        ("/news-20260504-bridge.html", "2026-05-04"),
        ("/a/202605/04/c123.html", "2026-05-04"),
        ("/2026/may/4/bridge", "2026-05-04"),
        ("/2026-5-4-bridge", "2026-05-04"),
        ("/2026/13/44/bridge", None),
        ("/article1234567", None),
        ("/2099/01/01/bridge", None),
        ("/bridge?d=2026/05/04", None),
    ],
)
def test_a_day_in_the_path_is_a_claim(path, day):
    found = url_claim("https://x.example" + path, now=NOW)
    assert (found and found.raw) == day


def test_a_doubted_zero_offset_is_believed_when_the_shown_clock_is_another_zones():
    doubted = made("2026-05-04T10:00:00+00:00")
    local = made("2026-05-04 13:00", "visible")
    same = made("2026-05-04 10:00", "visible")
    assert confirmed([doubted, local])[0].zone_known
    assert not confirmed([doubted, same])[0].zone_known
    assert confirmed([doubted, made("2026-05-04T13:00:00+03:00", "meta")])[
        0
    ].earliest == doubted.earliest.replace(hour=10)


def test_only_a_time_with_an_hour_has_a_clock():
    assert has_clock(made("2026-05-04 10:00")) is True
    assert has_clock(made("2026-05-04")) is False


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=150) | st.from_regex(r"[\d ./:T+,-]{1,40}", fullmatch=True))
def test_any_words_make_a_claim_or_none(raw):
    found = made(raw)
    assert found is None or found.earliest <= found.latest


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1:", "1.", "2026", "2026-", "a1 ", "a ", "-", "4 May ", "T", "1 de ", "٣"]
)
def test_no_words_take_long(unit):
    start = time.process_time()
    made(unit * 50_000)
    url_claim("https://x.example/" + unit * 50_000, now=NOW)
    assert time.process_time() - start < 1


def test_every_zone_abbreviation_is_one_offset():
    assert all(parse(f"4 May 2026 10:00 {letters}").offset is not None for letters in times._ZONES)
