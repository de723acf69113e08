"""A story's pages in the order of their times, each with its lag and its place on the line.

Pure.  Times are intervals: of two that overlap nobody can say which came first, and nothing here does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SCALE = 1000  # the width of the line, in its own units
SHOWN = 40  # pages in the open; more are grouped by family
IN_FAMILY = 12  # pages listed of one family
FAMILIES = 40

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One page on the line."""

    node: Node
    lag: str
    start: int  # 0..SCALE
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The pages of one house, the earliest first."""

    name: str
    pages: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The rows in the open, the families of the others, and what the lag is counted from."""

    rows: Sequence[Row]
    families: Sequence[Family]
    since: Node | None  # the page that lags are counted from
    undated: int
    more_families: int


def timeline(nodes: Iterable[Node], families: Mapping[str, str]) -> Timeline:
    """The pages with their times; `families` gives the head of the house by an outlet's domain."""
    pages = sorted((node for node in nodes if not node["phantom"]), key=_order)
    dated = [node for node in pages if _interval(node)]
    since = min(dated, key=lambda node: (_interval(node)[1], _interval(node)[0]), default=None)
    scale = _scale(dated)
    rows = [_row(node, since, scale) for node in pages]
    grouped: dict[str, list[Row]] = {}
    if len(rows) > SHOWN:
        for row in rows[SHOWN // 2 :]:
            domain = row.node["domain"] or ""
            grouped.setdefault(families.get(domain, domain) or "(not known)", []).append(row)
        rows = rows[: SHOWN // 2]
    houses = sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))
    return Timeline(
        rows=rows,
        families=[Family(name=n, pages=len(f), rows=f[:IN_FAMILY]) for n, f in houses[:FAMILIES]],
        since=since,
        undated=len(pages) - len(dated),
        more_families=len(houses[FAMILIES:]),
    )


def _order(node: Node) -> tuple[str, str, int]:
    return (node["published_to"] or node["published"] or "~", node["published_from"] or "~", node["id"])


def _interval(node: Node) -> tuple[datetime, datetime] | None:
    """When a page can have been published, or None when no time is stated."""
    if not node["published"]:
        return None
    start, end = node["published_from"] or node["published"], node["published_to"] or node["published"]
    return datetime.fromisoformat(start), datetime.fromisoformat(end)


def _scale(dated: Sequence[Node]) -> tuple[datetime, float]:
    """The start of the line, and how many units a second is."""
    if not dated:
        return datetime.fromtimestamp(0, UTC), 0.0
    start = min(_interval(node)[0] for node in dated)
    seconds = (max(_interval(node)[1] for node in dated) - start).total_seconds()
    return start, (SCALE - 8) / seconds if seconds else 0.0


def _row(node: Node, since: Node | None, scale: tuple[datetime, float]) -> Row:
    interval = _interval(node)
    if interval is None or since is None:
        return Row(node=node, lag="time not known", start=0, width=0)
    start, unit = scale
    left = round((interval[0] - start).total_seconds() * unit)
    right = round((interval[1] - start).total_seconds() * unit)
    lag = "" if node is since else told_lag(_interval(since), interval)
    return Row(node=node, lag=lag, start=left, width=max(8, right - left))


def told_lag(one: tuple[datetime, datetime], two: tuple[datetime, datetime]) -> str:
    """How long after the first interval the second one is, in words.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> told_lag((noon, noon), (noon + timedelta(minutes=90),) * 2)
    '1 h 30 min later'
    >>> told_lag((noon, noon), (noon - timedelta(hours=1), noon + timedelta(hours=2)))
    'which was first is not known'
    """
    least, most = two[0] - one[1], two[1] - one[0]
    if least < timedelta(0) < most:
        return "which was first is not known"
    if least == most == timedelta(0):
        return "at the same time"
    side = "later" if most > timedelta(0) else "earlier"
    low, high = sorted((abs(least), abs(most)))
    return f"{span(low)} {side}" if span(low) == span(high) else f"{span(low)} to {span(high)} {side}"


def span(time: timedelta) -> str:
    """A length of time to two units.

    >>> span(timedelta(hours=25, minutes=3)), span(timedelta(seconds=20))
    ('1 d 1 h', 'under 1 min')
    """
    minutes = int(time.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (rest, "min")) if number]
    return " ".join(parts[:2]) or "under 1 min"
