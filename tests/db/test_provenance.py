"""Whose words a paragraph holds."""

import pytest

from db.provenance import Claim, paragraphs

TEXT = "One two three four.\n\nFive six seven eight nine ten.\nEleven."


def claim(source, words, basis="passage"):
    start = TEXT.index(words)
    return Claim(source=source, start=start, end=start + len(words), basis=basis)


def told(claims):
    return [[(part.source, part.basis, part.words) for part in p.parts] for p in paragraphs(TEXT, claims)]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([], [[(None, "own", 4)], [(None, "own", 6)], [(None, "own", 1)]]),
        ([claim(7, "One two three four.")], [[(7, "passage", 4)], [(None, "own", 6)], [(None, "own", 1)]]),
        (
            [claim(7, "Five six"), claim(8, "seven eight nine")],
            [
                [(None, "own", 4)],
                [(8, "passage", 3), (7, "passage", 2), (None, "own", 1)],
                [(None, "own", 1)],
            ],
        ),
        (
            [claim(9, "Five six seven eight nine ten.", "credit"), claim(7, "seven eight")],
            [[(None, "own", 4)], [(9, "credit", 4), (7, "passage", 2)], [(None, "own", 1)]],
        ),
        (
            [claim(7, "One two"), claim(8, "One two three")],
            [
                [(7, "passage", 2), (None, "own", 1), (8, "passage", 1)],
                [(None, "own", 6)],
                [(None, "own", 1)],
            ],
        ),
    ],
)
def test_every_word_is_somebodys(claims, expected):
    assert told(claims) == expected


@pytest.mark.parametrize("spans", [[], [(0, 9)], [(3, 30), (10, 44)], [(0, 1000)], [(5, 5)]])
def test_the_shares_of_a_paragraph_add_up(spans):
    claims = [Claim(source=n, start=a, end=b, basis="passage") for n, (a, b) in enumerate(spans)]
    for paragraph in paragraphs(TEXT, claims):
        assert sum(part.share for part in paragraph.parts) == pytest.approx(1.0)
        assert sum(part.words for part in paragraph.parts) == paragraph.words


def test_half_a_word_is_not_taken():
    assert told([Claim(source=7, start=0, end=5, basis="passage")])[0] == [
        (None, "own", 3),
        (7, "passage", 1),
    ]
