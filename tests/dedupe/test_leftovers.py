"""A bio or promo left in a copy: told by the outlet it names, at the end and nowhere before."""

import pytest

from dedupe.leftovers import leftover
from tests.dedupe.by_hand import linked, page, text, told

STORY = "The ferry sank at noon.\nDivers came.\nNobody was hurt.\nA lamp burned on the quay."


@pytest.mark.parametrize(
    ("end", "names", "expected"),
    [
        ("Ann Berg writes for Valley Tribune.", ["Valley Tribune"], True),
        ("Ann Berg | valley.example", ["Valley Tribune", "valley.example"], True),
        ("Ann Berg (Seagull24)", ["Seagull24"], True),
        ("Ann Berg writes for Valley Tribunes.", ["Valley Tribune"], False),  # another name
        ("The harbour opens Today.", ["Today"], False),  # a word
        ("Ann Berg writes.", ["Valley Tribune"], False),
    ],
)
def test_the_last_lines_may_name_an_outlet(end, names, expected):
    assert leftover(f"{STORY}\n{end}\nMore news below.", names) == (end if expected else None)


def test_a_text_about_the_outlet_names_it_before_its_end():
    about = f"Valley Tribune closes its desk.\n{STORY}\nValley Tribune has not commented."
    assert leftover(about, ["Valley Tribune"]) is None


def test_a_text_of_one_line_has_no_end():
    assert leftover("Valley Tribune reports a storm.", ["Valley Tribune"]) is None


def test_an_authors_bio_in_a_bare_copy_names_its_parent():
    first = page("http://hilltribune.example/1", f"{text(1, 2, 3)}\nAnn Berg writes for hilltribune.example.")
    copy = page("http://lake.example/1", f"{text(1, 2, 3)}\nAnn Berg writes for hilltribune.example.")
    assert told(linked(first, copy)) == {
        ("http://lake.example/1", "http://hilltribune.example/1", "republishes")
    }
