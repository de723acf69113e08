from datetime import UTC, datetime

import pytest

from crawler.traps import MAX_SPELLINGS, Spellings, trap, without_session

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://a.example/x?PHPSESSID=0123456789abcdef", "http://a.example/x"),
        ("http://a.example/x?id=2&sid=00ff00ff00ff00ff", "http://a.example/x?id=2"),
        ("http://a.example/(S(abcdefghij0123456789abcd))/x", "http://a.example/x"),
        ("http://a.example/x?sid=12", "http://a.example/x?sid=12"),
        ("http://a.example/x?id=0123456789abcdef", "http://a.example/x?id=0123456789abcdef"),
    ],
)
def test_a_session_is_taken_off_and_nothing_else(url, plain):
    assert without_session(url) == plain


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/calendar/2026/03", True),
        ("/events?month=2031-04", True),
        ("/news/a/news/a/news/a", True),
        ("/" + "/".join("abcdefghijklmn"), True),
        ("/x?" + "&".join(f"p{n}={n}" for n in range(9)), True),
        ("/2026/03/01/the-bridge-opens", False),
        ("/calendar-reform-is-voted-down", False),
        ("/archive/1998/04/old-story?id=7", False),
    ],
)
def test_an_address_of_endlessly_many_is_a_trap(path, is_one):
    assert trap("http://a.example" + path, NOW) is is_one


def test_one_path_has_only_so_many_spellings():
    spellings = Spellings()
    told = [spellings.too_many(f"http://a.example/list?sort={n}") for n in range(MAX_SPELLINGS + 2)]
    assert told.count(True) == 2
    assert not spellings.too_many("http://a.example/list")
