"""What the database holds and what it has not looked at: the ground every answer stands on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlite_utils import Database

from db.tallies import tallies
from db.values import one

_COVERAGE = """
SELECT (SELECT count(*) FROM outlets o
         WHERE EXISTS (SELECT 1 FROM articles a WHERE a.outlet_id = o.id AND a.phantom = 0)) AS outlets,
       (SELECT min(first_seen) FROM articles WHERE phantom = 0) AS first_seen_from,
       (SELECT max(first_seen) FROM articles WHERE phantom = 0) AS first_seen_to,
       (SELECT min(published) FROM articles WHERE phantom = 0) AS published_from,
       (SELECT max(published) FROM articles WHERE phantom = 0) AS published_to
"""
# Sentences about what was not looked at, by the kept count each one speaks of.
_NOT_LOOKED_AT = {
    "unlinked": ("article", "not linked yet"),
    "unreadable": ("page", "that could not be read"),
    "stub": ("page", "cut by a paywall"),
    "articles due": ("page", "found and not fetched yet"),
    "articles failed": ("page", "whose fetch failed"),
}

_counted: ContextVar[Mapping[str, Any] | None] = ContextVar("counted", default=None)


@contextmanager
def counted(known: Mapping[str, Any]) -> Iterator[None]:
    """Within the block `coverage` gives what was counted before.

    Counting reads every article; who answers many times a second counts once a while.
    """
    token = _counted.set(known)
    try:
        yield
    finally:
        _counted.reset(token)


def coverage(db: Database) -> dict[str, Any]:
    """How many articles and outlets were compared, from when to when, and what was not looked at."""
    if (known := _counted.get()) is not None:
        return dict(known)
    kept = tallies(db)
    missed = [
        f"{kept[name]} {thing}{'s' * (kept[name] != 1)} {words}"
        for name, (thing, words) in _NOT_LOOKED_AT.items()
        if kept[name]
    ]
    return {"articles": kept["articles"]} | dict(one(db, _COVERAGE)) | {"not_looked_at": missed}
