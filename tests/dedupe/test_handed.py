"""What is handed from comparing to judging is what is stored."""

import pytest

from db import linking
from db.linking import Met
from db.matches import Found
from db.open import open_db
from db.progress import Tell, silent
from dedupe.handed import Passages
from dedupe.run import compare_pending
from tests.dedupe import planted


def found(*matches):
    """Matches by their versions and passages (a_start, a_end, b_start, b_end)."""
    owners = [place for place, (_, spans) in enumerate(matches) for _ in spans]
    figures = [pair[0] for pair, _ in matches], [pair[1] for pair, _ in matches]
    columns = [list(column) for column in zip(*(s for _, spans in matches for s in spans), strict=True)]
    return Found(figures, owners, columns or [[]] * 4)


def met(number, pair):
    return Met(number, *pair, 0.5, 0.5, 0.3, 40, *pair)


def test_the_spans_of_a_match_come_by_their_place_in_a():
    handed = Passages()
    handed.add(found(((1, 2), [(50, 60, 5, 15), (0, 40, 20, 60)]), ((1, 3), [(7, 9, 1, 3)])))
    given = handed.of([met(11, (1, 2)), met(12, (1, 3)), met(13, (2, 3))])
    assert given == {11: (((0, 40), (50, 60)), ((20, 60), (5, 15))), 12: (((7, 9),), ((1, 3),))}


def test_of_two_passages_under_one_key_the_first_counts_as_in_the_table():
    handed = Passages()
    handed.add(found(((1, 2), [(0, 40, 20, 60), (0, 30, 20, 50)])))
    assert handed.of([met(11, (1, 2))]) == {11: (((0, 40),), ((20, 60),))}


def test_a_match_found_again_counts_as_it_was_found_last():
    handed = Passages()
    handed.add(found(((1, 2), [(0, 40, 20, 60)])))
    handed.add(found(((1, 2), [(3, 4, 5, 6)])))
    assert handed.of([met(11, (1, 2))]) == {11: (((3, 4),), ((5, 6),))}


@pytest.mark.parametrize("again", [[(3, 4, 5, 6), (7, 8, 9, 10)], []])
def test_a_match_that_finds_no_room_is_read_back(again):
    handed = Passages(most=2)
    handed.add(found(((1, 2), [(0, 40, 20, 60)])))
    handed.add(found(((1, 2), again)))
    assert handed.of([met(11, (1, 2))]) == {}


def test_what_is_handed_is_what_is_stored():
    db = open_db(":memory:", create=True)
    story = planted.words("story", 300)
    for number in range(6):
        own = planted.words(number, 80)
        told = [*own[:40], *story[number * 20 : 200 + number * 20], *own[40:], *story[:60]]
        planted.store(db, f"https://paper{number}.example/1", planted.text_of(told))
    handed = Passages()
    compare_pending(db, Tell(str, silent), handed)
    near = linking.near(db, [row[0] for row in db.execute("SELECT id FROM articles")])
    given = handed.of(near)
    assert len(given) == 15
    assert given == linking.passages(db, [match.id for match in near])
