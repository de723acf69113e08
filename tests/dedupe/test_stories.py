"""What two pages share, as the linker reads it: where an outlet speaks of itself."""

import pytest

from dedupe.stories import house_share, naming
from dedupe.story import Shared

LEAD = "The ferry stays in the harbour until its rudder is found, the captain told Valley Post."
STORY = "Divers searched the whole morning and found a bell, a boot and a letter."
BIO = "Ann Berg has written for Valley Post since her own ferry sank in the same harbour."
TEXT = "\n".join((LEAD, STORY, BIO))


def row(name, kind="outlet"):
    return {"outlet_name": name, "domain": None, "outlet_kind": kind, "text": TEXT}


def told(start, end):
    return Shared(
        a=1, b=2, match=1, a_version=1, b_version=2, a_in_b=0.5, b_in_a=0.5, jaccard=0.3, words=30,
        a_spans=((start, end),), b_spans=((0, end - start),),
    )  # fmt: skip


def test_a_line_after_the_lead_that_names_the_outlet_is_found():
    start = TEXT.index(BIO)
    assert naming(TEXT, ["valley post"]) == ((start, len(TEXT)),)
    assert naming(TEXT, ["coast courier"]) == ()


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
    shared = told(start, start + len(span))
    assert house_share(shared, row(names[0], kind), row(names[1])) == expected
