"""What of an export is wanted: dates, outlets, languages and relations, as conditions of its query.

A date is of publication as the page states it (UTC); of a page that states none, of when it was first
seen.  A condition names columns of our own queries; what a user gives always travels as a parameter.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The rows wanted; an empty field wants every row."""

    since: date | None = None  # this day and later
    until: date | None = None  # this day and earlier
    outlet: tuple[str, ...] = ()  # domains, or the name of an outlet that has none
    language: tuple[str, ...] = ()  # ISO 639-1
    relation: tuple[str, ...] = ()  # db.records.RELATIONS

    def given(self) -> tuple[str, ...]:
        """The names of the fields that want something."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def takes(self, time: str | None, outlets: set[str], languages: set[str | None]) -> bool:
        """Whether a row of that time (ISO 8601, UTC), of these outlets and languages is wanted."""
        early = self.since and (time or "") < self.since.isoformat()
        late = self.until and (time or "~") >= _day_after(self.until)
        elsewhere = self.outlet and not outlets & set(self.outlet)
        other = self.language and not languages & set(self.language)
        return not (early or late or elsewhere or other)


EVERYTHING = Wanted()

_ONE_OF = "{} IN (SELECT value FROM json_each(?))"
_TIME = "coalesce({0}.published, {0}.first_seen)"
_LATER = f"max({_TIME.format('c')}, {_TIME.format('s')})"

COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "articles": {
        "time": (_TIME.format("a"),),
        "outlet": ("o.domain", "o.name"),
        "language": ("a.language",),
    },
    "matches": {
        "time": (f"max({_TIME.format('a')}, {_TIME.format('b')})",),
        "outlet": ("ao.domain", "ao.name", "bo.domain", "bo.name"),
        "language": ("a.language", "b.language"),
    },
    "links": {
        "time": (f"iif(l.relation = 'sibling', {_LATER}, {_TIME.format('c')})",),
        "outlet": ("co.domain", "co.name", "so.domain", "so.name"),
        "language": ("c.language", "iif(l.relation = 'sibling', s.language, NULL)"),
        "relation": ("l.relation",),
    },
    "flows": {
        "time": (_TIME.format("c"),),
        "outlet": ("co.domain", "co.name", "so.domain", "so.name"),
        "language": ("c.language",),
        "relation": ("l.relation",),
    },
    "evidence": {
        "time": (_TIME.format("a"),),
        "outlet": ("ao.domain", "ao.name"),
        "language": ("a.language",),
    },
    "outlets": {"outlet": ("o.domain", "o.name"), "language": ("o.language",)},
    "chains": {
        "time": (_TIME.format("a"),),
        "outlet": ("o.domain", "o.name"),
        "language": ("a.language",),
        "relation": ("l.relation",),
    },
    "coverage": {"time": ("d.day",), "outlet": ("o.domain", "o.name"), "language": ("o.language",)},
    "stories": {"time": (), "outlet": (), "language": ()},  # filtered row by row, by `Wanted.takes`
}
"""The columns that a filter looks at, by export; a row is wanted when any of them fits."""


def refused(what: str, wanted: Wanted) -> tuple[str, ...]:
    """The filters given that the export `what` has nothing to hold against."""
    known = COLUMNS[what].keys()
    return tuple(
        name for name in wanted.given() if ("time" if name in ("since", "until") else name) not in known
    )


def condition(what: str, wanted: Wanted) -> tuple[str, list[Any]]:
    """An SQL condition for the query of the export `what`, "1" for everything, and its parameters."""
    parts, told = [], []
    columns = COLUMNS[what]
    if wanted.since:
        parts.append(f"{columns['time'][0]} >= ?")
        told.append(wanted.since.isoformat())
    if wanted.until:
        parts.append(f"{columns['time'][0]} < ?")
        told.append(_day_after(wanted.until))
    for name in ("outlet", "language", "relation"):
        if values := getattr(wanted, name):
            either = [_ONE_OF.format(column) for column in columns[name]]
            parts.append(f"({' OR '.join(either)})")
            told += [json.dumps(values)] * len(either)
    return " AND ".join(parts) or "1", told


def _day_after(day: date) -> str:
    """The first text that is later than every time of `day`."""
    return (day + timedelta(days=1)).isoformat() if day < date.max else "~"
