"""Readings compared: the lines that others bear out, and the reading that most agree with."""

import random
import time

import pytest

from crawler.vote import Heard, agreement, borne_out, elected, share, surely_agree, words

LINES = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge.",
    "A crane is to come upriver before the weekend, if the water is high enough, the master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait for the town.",
]
TEASERS = [
    f"Pilot boat number {n} was named by the mayor's daughter on a wet morning in the third week of May, and "
    f"{n + 40} guests came."
    for n in range(4)
]
LEAD = "Whoever wants to cross the river has to wait for the ferry, and that may take until the autumn rain."
TEXT = Heard(LINES)


@pytest.mark.parametrize(
    ("reading", "stays"),
    [
        (LINES, LINES),
        ([*LINES, *TEASERS], LINES),
        ([*TEASERS[:2], *LINES], [TEASERS[1], *LINES]),
        ([LEAD, *LINES], [LEAD, *LINES]),
        (["Menu", *LINES], LINES),
        ([*LINES[:2], "A crane", *LINES[2:]], [*LINES[:2], "A crane", *LINES[2:]]),
        ([*LINES[:2], TEASERS[0], *LINES[2:]], LINES),
        ([*LINES, "Source: AFP"], [*LINES, "Source: AFP"]),
        ([*LINES, "(AFP)", "Photo: Ana Pop"], [*LINES, "(AFP)", "Photo: Ana Pop"]),
        ([*LINES, "(AFP)", "Read also", *TEASERS], [*LINES, "(AFP)"]),
        (TEASERS, TEASERS),
        ([" ".join(LINES[:2]), *LINES[2:]], [" ".join(LINES[:2]), *LINES[2:]]),
    ],
)
def test_a_line_stays_where_another_reading_says_it_too(reading, stays):
    assert borne_out(Heard(reading), [TEXT]).lines == stays


@pytest.mark.parametrize(
    ("readings", "best"),
    [
        ({"a": LINES, "b": LINES[:3], "c": LINES}, "a"),
        ({"a": [*LINES, *TEASERS], "b": LINES, "c": LINES}, "b"),
        ({"a": ["Read on."], "b": LINES, "c": LINES[1:]}, "b"),
        ({"a": LINES, "b": [*LINES, "Source: AFP"]}, "a"),
        ({"a": LINES, "b": TEASERS, "c": TEASERS}, "a"),  # the headline speaks of the first article
    ],
)
def test_the_reading_that_the_others_agree_with_is_elected(readings, best):
    assert elected({name: Heard(lines) for name, lines in readings.items()}, ("The old bridge",)) == best


def test_there_is_no_election_without_a_reading():
    with pytest.raises(ValueError, match="no reading"):
        elected({}, ())


def test_readings_are_compared_whatever_their_lines_and_signs():
    one = Heard([" ".join(LINES).upper()])
    assert agreement(one, TEXT) == share(TEXT, one) == 1.0
    assert agreement(TEXT, Heard(TEASERS)) == 0.0
    assert agreement(Heard([]), Heard([])) == share(Heard([]), TEXT) == 0.0


def test_a_letter_of_a_script_without_spaces_is_a_word():
    assert words("橋は閉鎖 AFP 2026") == ["橋", "は", "閉", "鎖", "afp", "2026"]


@pytest.mark.parametrize("unit", ["a ", "ab", "橋", ". ", "the same words again and again "])
def test_no_text_takes_long_to_compare(unit):
    start = time.process_time()
    text = unit * (100_000 // len(unit))
    borne_out(Heard([text]), [Heard([text[: len(text) // 2]]), Heard(LINES)])
    elected({"a": Heard([text]), "b": Heard(LINES), "c": Heard([text, text])}, (text[:200],))
    assert time.process_time() - start < 2


def test_a_teaser_about_the_headline_does_not_win_over_the_article():
    readings = {
        "a": Heard(["The old bridge is shut."]),
        "b": Heard([*LINES[1:], *TEASERS]),
        "c": Heard(TEASERS),
    }
    assert elected(readings, ("Old bridge",)) != "a"


def test_readings_that_their_lines_say_agree_do_so_by_their_words():
    chance = random.Random(7)
    names = [
        f"{one}{two}{three}" for one in "bdfgklmnprst" for two in "aeiou" for three in ("", "rs", "ndel")
    ]

    def line():
        return " ".join(chance.choices(names, k=chance.choice((0, 1, 2, 5, 30, 80))))

    sure = 0
    for _ in range(2_000):
        lines = [line() for _ in range(chance.randint(1, 40))]
        other = [line for line in lines if chance.random() < 0.97]
        other.insert(chance.randint(0, len(other)), line())
        one, two = Heard(lines), Heard(other)
        if surely_agree(one, two, 0.9):
            sure += 1
            assert agreement(one, two) >= 0.9
    assert sure > 200


def test_lines_in_another_order_or_without_words_do_not_say_that_readings_agree():
    assert surely_agree(TEXT, Heard(list(LINES)), 1.0)
    assert not surely_agree(TEXT, Heard(LINES[::-1]), 0.5)
    assert not surely_agree(Heard(["* * *"]), Heard(["* * *"]), 0.5)
