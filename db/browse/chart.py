"""A chain laid out as a picture: pages as boxes in columns, the furthest back on the left.

Pure: a `Chain` comes in, places in pixels go out; a template draws them.  An arrow that passes over
a column gets a lane of its own there, so that it never runs behind a box.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from db.chain import Chain
from db.screen import depths
from db.told import confidence, in_text_order, is_taken

WIDTH, HEIGHT = 184, 158  # of a box
GAP, SPACE = 78, 18  # between columns, between boxes
LANE = 20  # height of an arrow's lane through a column
MAX_SOURCES = 16
MAX_COPIES = 8
MAX_TIES = 4
MAX_STEPS = 8  # away from the page, on either side
SWEEPS = 4

Node = Mapping[str, Any]
Link = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The pages near an article, the nearest first, and how many are left out."""

    article: int
    nodes: Mapping[int, Node]
    column: Mapping[int, int]  # of each page shown: below 0 sources, above 0 copies
    links: Sequence[Link]  # between the pages shown
    ties: Sequence[Link]  # of the article, direction not known
    left_out: Mapping[str, int]  # sources, copies, ties: how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A page in its place, or a count of what is not drawn."""

    x: int
    y: int
    node: Node | None  # None: a count
    role: str  # source | origin | here | copy | tie | more
    words: str = ""  # of a count


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A line between two boxes, with its words in the gap before the taker."""

    link: int
    path: str
    x: int
    y: int
    words: str
    known: bool  # whether its direction is


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole picture."""

    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


@dataclass(slots=True)
class _Place:
    """What fills a slot of a column: a page, a count, or the lane of an arrow."""

    key: tuple
    height: int = HEIGHT
    tied: bool = False  # to the article, in no known direction
    y: float = 0.0
    near: list[tuple] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def near(chain: Chain) -> Near:
    """What is drawn of a chain that has an article."""
    article = chain.article["id"]
    nodes = {node["id"]: node for node in chain.nodes} | {article: chain.article}
    taken = [link for link in chain.links if is_taken(link)]
    sources = _grouped(taken, "child", "parent")
    takers = _grouped(taken, "parent", "child")
    above = _reached(article, sources)
    below = [page for page in _reached(article, takers) if page not in above]
    below.sort(key=lambda page: (nodes[page]["published"] or "~", page))
    # The step of each page by its longest way; those too far are left out.
    back, on = depths(article, _within(sources, {article, *above})), depths(article, takers)
    shown_above = [page for page in above if back.get(page, 1) <= MAX_STEPS][:MAX_SOURCES]
    shown_below = _whole_ways(article, below, takers, MAX_COPIES)
    ties = [link for link in chain.links if not is_taken(link) and article in (link["child"], link["parent"])]
    column = {article: 0} | {page: -back.get(page, 1) for page in shown_above}
    column |= {page: min(on.get(page, 1), MAX_STEPS) for page in shown_below}
    return Near(
        article=article,
        nodes=nodes,
        column=column,
        links=[link for link in taken if column.get(link["parent"], 99) < column.get(link["child"], -99)],
        ties=ties[:MAX_TIES],
        left_out={
            "sources": len(above) - len(shown_above),
            "copies": len(below) - len(shown_below),
            "ties": len(ties[MAX_TIES:]),
        },
    )


def _grouped(links: Iterable[Link], end: str, other: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for link in sorted(links, key=in_text_order):
        found.setdefault(link[end], []).append(link[other])
    return found


def _reached(start: int, ways: Mapping[int, Sequence[int]]) -> list[int]:
    """Every page reached from `start`, the nearest first."""
    met, edge = {start: None}, [start]
    while edge:
        edge = [page for page in dict.fromkeys(p for at in edge for p in ways.get(at, ())) if page not in met]
        met |= dict.fromkeys(edge)
    return list(met)[1:]


def _within(ways: Mapping[int, Sequence[int]], pages: set[int]) -> dict[int, list[int]]:
    return {page: [p for p in ends if p in pages] for page, ends in ways.items() if page in pages}


def _whole_ways(
    article: int, pages: Sequence[int], takers: Mapping[int, Sequence[int]], limit: int
) -> list[int]:
    """At most `limit` of the pages in their order, none without a page that it took from."""
    shown: list[int] = []
    linked = set(takers.get(article, ()))
    waiting = list(pages)
    while len(shown) < limit and (ready := [page for page in waiting if page in linked]):
        shown.append(ready[0])
        waiting.remove(ready[0])
        linked |= set(takers.get(ready[0], ()))
    return shown


def chart(part: Near, origins: Iterable[int]) -> Chart:
    """The picture of what is near an article."""
    slots, routes = _slots(part)
    columns = sorted(slots)
    _order(slots, columns)
    height = max(_tall(slots[c]) for c in columns)
    for c in columns:
        _stack(slots[c], height)
    x = {c: n * (WIDTH + GAP) for n, c in enumerate(columns)}
    places = {place.key: (x[c], place) for c in columns for place in slots[c]}
    origins = set(origins)
    return Chart(
        width=len(columns) * (WIDTH + GAP) - GAP + 2 + (GAP if part.ties and columns[-1] == 0 else 0),
        height=round(height) + 2,
        boxes=[
            _box(part, key, at, place, origins) for key, (at, place) in places.items() if key[0] != "lane"
        ],
        arrows=[_arrow(link, [places[key] for key in route]) for link, route in routes],
    )


def _slots(part: Near) -> tuple[dict[int, list[_Place]], list[tuple[Link, list[tuple]]]]:
    """What fills each column, in no order yet, and the way of each link through them."""
    slots: dict[int, list[_Place]] = {}
    for page, column in part.column.items():
        slots.setdefault(column, []).append(_Place(("page", page)))
    routes = []
    for link in part.links:
        start, end = part.column[link["parent"]], part.column[link["child"]]
        lanes = [c for c in range(start + 1, end) if c in slots]
        keys = [("lane", link["id"], c) for c in lanes]
        for key, c in zip(keys, lanes, strict=True):
            slots[c].append(_Place(key, LANE))
        routes.append((link, [("page", link["parent"]), *keys, ("page", link["child"])]))
    for link in part.ties:
        other = link["parent"] if link["child"] == part.article else link["child"]
        if other not in part.column and not any(p.key == ("page", other) for p in slots[0]):
            slots[0].append(_Place(("page", other), tied=True))
        routes.append((link, [("page", part.article), ("page", other)]))
    for what, column in (("sources", -1), ("copies", 1), ("ties", 0)):
        if part.left_out[what] > 0:
            slots.setdefault(column, []).append(_Place(("more", what), 44))
    by_key = {place.key: place for found in slots.values() for place in found}
    for _, route in routes:
        for one, two in pairwise(route):
            by_key[one].near.append(two)
            by_key[two].near.append(one)
    return slots, routes


def _order(slots: dict[int, list[_Place]], columns: Sequence[int]) -> None:
    """Bring what is linked to about the same height: the mean of the neighbours, a few times over."""
    rank: dict[tuple, float] = {}
    for c in columns:
        rank |= {place.key: number / len(slots[c]) for number, place in enumerate(slots[c])}
    for sweep in range(SWEEPS):
        for c in columns if sweep % 2 else reversed(columns):
            slots[c].sort(key=lambda place: _wanted(place, rank))
            rank |= {place.key: (number + 0.5) / len(slots[c]) for number, place in enumerate(slots[c])}


def _wanted(place: _Place, rank: Mapping[tuple, float]) -> tuple[bool, bool, float]:
    known = [rank[key] for key in place.near]
    mean = sum(known) / len(known) if known else rank[place.key]
    return place.key[0] == "more", place.tied, mean


def _tall(places: Sequence[_Place]) -> float:
    return sum(place.height for place in places) + SPACE * (len(places) - 1)


def _stack(places: Sequence[_Place], height: float) -> None:
    y = (height - _tall(places)) / 2
    for place in places:
        place.y = y
        y += place.height + SPACE


def _box(part: Near, key: tuple, x: int, place: _Place, origins: set[int]) -> Box:
    y = round(place.y)
    if key[0] == "more":
        nouns = {"sources": "sources", "copies": "copies", "ties": "pages with the same text"}
        words = f"and {part.left_out[key[1]]:,} more {nouns[key[1]]}"
        return Box(x=x + 1, y=y + 1, node=None, role="more", words=words)
    page = key[1]
    column = part.column.get(page)
    role = "tie" if column is None else "here" if column == 0 else "source" if column < 0 else "copy"
    role = "origin" if page in origins and role != "here" else role
    return Box(x=x + 1, y=y + 1, node=part.nodes[page], role=role)


def _arrow(link: Link, stops: Sequence[tuple[int, _Place]]) -> Arrow:
    (x1, first), (x2, last) = stops[0], stops[-1]
    if x1 == x2:  # a tie stands in the article's own column: an open bow at its side
        x, side = x1 + WIDTH, x1 + WIDTH + GAP // 2
        from_, to = f"{first.middle:.0f}", f"{last.middle:.0f}"
        path = f"M{x} {from_} C{side} {from_} {side} {to} {x} {to}"
        words = "same text" if link["relation"] == "sibling" else "not known"
        return Arrow(
            link=link["id"], path=path, x=side - 2, y=round(last.middle) - 20, words=words, known=False
        )
    path = f"M{x1 + WIDTH} {first.middle:.0f}"
    at, y = x1 + WIDTH, first.middle
    for x, place in stops[1:]:
        half = (at + x) / 2
        path += f" C{half:.0f} {y:.0f} {half:.0f} {place.middle:.0f} {x:.0f} {place.middle:.0f}"
        at, y = x, place.middle
        if place is not last:
            at = x + WIDTH
            path += f" L{at} {y:.0f}"
    before = stops[-2]
    x, y = (before[0] + WIDTH + x2) // 2, round((before[1].middle + last.middle) / 2)
    return Arrow(link=link["id"], path=path, x=x, y=y, words=confidence(link["p_direct"]), known=True)
