"""Anchors: names and numbers known again in any script, and how two rows of them align."""

from random import Random

import pytest

from dedupe.anchors import MOST, Row, alignment, anchors, breadth, in_common, number, packed, sound, telling

ENGLISH = "In May, Maarten Osterveld sent 11 plants to Halmstede. Later Ilka Radosvet asked for 9,000 cans."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Osterveld", "Остервельд"),
        ("Osterveld", "Όστερβελντ"),
        ("Trondarp", "Трондарпом"),
        ("Maarten", "マールテン"),
        ("Radosvet", "رادوسفت"),
        ("Müller", "Мюллер"),
        ("Kavanagh", "Кавана"),
    ],
)
def test_a_name_sounds_alike_in_two_scripts(one, other):
    length = min(len(sound(one)), len(sound(other)))
    assert length >= 3
    assert sound(one)[:length] == sound(other)[:length]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("10,000", "10.000", "10000"),
        ("10\u00a0000", "10 000", "10000"),
        ("1.5", "1,5", "1.5"),
        ("٢٥", "25", "25"),
        ("2,000,000", "2.000.000", "2000000"),
        ("7", "٧", ""),
    ],
)
def test_a_number_is_one_in_every_notation(one, other, expected):
    assert number(one) == number(other) == expected


def test_names_are_capitals_within_a_sentence():
    words = [ENGLISH[a.start : a.end] for a in anchors(ENGLISH)]
    assert words == ["Maarten", "Osterveld", "11", "Halmstede", "Ilka", "Radosvet", "9,000"]


def test_a_row_aligns_with_itself_and_not_with_its_reverse():
    row = packed(ENGLISH)
    assert alignment(Row(row), Row(row)) > 2
    assert alignment(Row(row), Row(row[::-1])) < 1
    assert alignment(Row(row), Row(packed(""))) == 0


def test_an_alignment_that_is_enough_is_told_whatever_was_asked_for():
    random = Random(5)
    names = [f"{first}{last}" for first in ("Osterveld", "Trondarp", "Maartinsk") for last in "abcdefgh"]
    for _ in range(200):
        rows = [Row(packed("and " + " ".join(random.choices(names, k=random.randrange(40))))) for _ in "ab"]
        whole = alignment(*rows)
        assert alignment(*rows, whole) == whole == alignment(*reversed(rows))
        assert alignment(*rows, whole + 0.2) in (0.0, whole)


def test_what_two_texts_have_in_common_is_told_as_spelled_in_the_first():
    other = (
        "В мае Мартен Остервельд отправил 11 станций в Хальмстеде. Потом Илка Радосвет просила 9 000 канистр."
    )
    assert set(in_common(ENGLISH, other)) >= {"Osterveld", "11", "Radosvet", "9,000"}


def test_years_and_short_numbers_are_not_looked_up():
    assert len(telling(packed("It was 2026 when 11 men and 250 boats came."))) == 1


def test_no_text_has_too_many_anchors():
    assert len(anchors("and Osterveld " * 5000)) == MOST


def test_a_wide_character_counts_as_three_letters():
    assert breadth("ab\u65e5") == 5
