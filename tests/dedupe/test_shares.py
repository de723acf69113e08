"""What two pages share, as the linker reads it: where an outlet speaks of itself."""

import pytest

from db.linking import Met
from dedupe.shares import Text, house_share, shares

LEAD = "The ferry stays in the harbour until its rudder is found, the captain told Valley Post."
STORY = "Divers searched the whole morning and found a bell, a boot and a letter."
BIO = "Ann Berg has written for Valley Post since her own ferry sank in the same harbour."
TEXT = "\n".join((LEAD, STORY, BIO))


def row(name, kind="outlet", text=TEXT):
    return {"outlet_name": name, "domain": None, "outlet_kind": kind, "text": text}


def read(name, kind="outlet", text=TEXT):
    return Text(row(name, kind, text))


def test_a_line_after_the_lead_that_names_the_outlet_is_found():
    start = TEXT.index(BIO)
    page = read("Valley Post")
    assert page.naming(["valley post"]) == ((start, len(TEXT)),)
    assert page.naming(["coast courier"]) == ()


def test_a_text_whose_small_letters_stand_elsewhere_names_nobody():
    page = read("Valley Post", text=f"İstanbul\n{BIO}")
    assert page.naming(["valley post"]) == ()


@pytest.mark.parametrize(
    ("names", "kind", "span", "expected"),
    [
        (("Valley Post", "Coast Courier"), "outlet", BIO, 1.0),
        (("Valley Post", "Coast Courier"), "outlet", STORY, 0.0),
        (("Valley Post", "Coast Courier"), "outlet", LEAD, 0.0),
        (("Valley Post", "Coast Courier"), "agency", BIO, 0.0),
        (("Post", "Coast"), "outlet", BIO, 0.0),
    ],
)
def test_the_share_of_a_match_that_is_an_outlets_own_words(names, kind, span, expected):
    start = TEXT.index(span)
    runs = ((start, start + len(span)),)
    assert house_share(runs, read(names[0], kind), read(names[1])) == expected


def test_whose_words_a_run_is_does_not_hang_on_which_page_was_stored_first():
    whole = TEXT.replace(f"{STORY}\n", f"{STORY} ")  # one page runs the story and the bio together
    pages = {1: row("Valley Post", text=TEXT), 2: row("Coast Courier", text=whole)}
    runs = {n: (text.index(STORY), text.index(STORY) + len(STORY)) for n, text in ((1, TEXT), (2, whole))}
    found = []
    for a, b in ((1, 2), (2, 1)):
        met = Met(7, a, b, 0.5, 0.5, 0.3, 14, a, b)
        (shared,) = shares([(met, frozenset())], {7: ((runs[a],), (runs[b],))}, pages)
        found.append(shared.house)
    assert found == [0.0, 0.0]
