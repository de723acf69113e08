"""Pages in time: intervals that overlap have no order; a picture of any chain ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from db.browse.chart import chart, near
from db.browse.timeline import told_lag
from db.chain import Chain

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def span(start, end):
    return NOON + timedelta(hours=start), NOON + timedelta(hours=end)


@pytest.mark.parametrize(
    ("one", "two", "told"),
    [
        (span(0, 0), span(0, 0), "at the same time"),
        (span(0, 0), span(1.5, 1.5), "1 h 30 min later"),
        (span(0, 0), span(-26, -26), "1 d 2 h earlier"),
        (span(0, 2), span(3, 4), "1 h to 4 h later"),
        (span(0, 2), span(1, 3), "which was first is not known"),
        (span(5, 6), span(0, 1), "4 h to 6 h earlier"),
        (span(0, 0), span(0, 3), "under 1 min to 3 h later"),
    ],
)
def test_a_lag_is_as_certain_as_its_times(one, two, told):
    assert told_lag(one, two) == told


def drawn(*pairs, here="h"):
    """The chart of links given as "ba": b took from a."""
    ids = {letter: number for number, letter in enumerate(sorted({*here, *"".join(pairs)}), 1)}
    facts = {"published": None, "phantom": False}
    nodes = [facts | {"id": n, "url": f"https://{c}.example/", "outlet": c} for c, n in ids.items()]
    stands = {
        "status": "accepted",
        "relation": "republishes",
        "p_direct": 0.9,
        "p_related": 0.9,
        "passages": [],
    }
    links = [stands | {"id": n, "child": ids[c], "parent": ids[p]} for n, (c, p) in enumerate(pairs)]
    article = next(node for node in nodes if node["id"] == ids[here])
    empty = {"origins": [], "copies": [], "unknown": [], "coverage": {}}
    found = Chain(status="traced", article=article, nodes=nodes, links=links, **empty)
    made = chart(near(found), [])
    return made, {box.node["outlet"]: (box.x, box.y) for box in made.boxes if box.node}


def test_sources_stand_left_of_who_took_from_them():
    made, at = drawn("hb", "ba", "ha", "ch")
    assert at["a"][0] < at["b"][0] < at["h"][0] < at["c"][0]
    assert len(made.arrows) == 4


def test_no_two_boxes_overlap():
    _, at = drawn(*(f"h{letter}" for letter in "abcdef"), *(f"{letter}h" for letter in "uvwxyz"))
    for x in {x for x, _ in at.values()}:
        tops = sorted(y for left, y in at.values() if left == x)
        assert all(after - before >= 158 for before, after in pairwise(tops))


@pytest.mark.parametrize("pairs", [("ha", "ah"), ("hb", "ba", "ab"), ("hb", "bc", "ch")])
def test_a_circle_is_drawn_and_ends(pairs):
    made, at = drawn(*pairs)
    assert "h" in at
    assert made.width < 3000
