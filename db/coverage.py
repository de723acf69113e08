"""What the database holds and what it has not looked at: the ground every answer stands on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlite_utils import Database

from db.values import one, rows

_COVERAGE = """
SELECT (SELECT count(*) FROM articles WHERE phantom = 0) AS articles,
       (SELECT count(DISTINCT outlet_id) FROM articles WHERE phantom = 0) AS outlets,
       (SELECT min(first_seen) FROM articles WHERE phantom = 0) AS first_seen_from,
       (SELECT max(first_seen) FROM articles WHERE phantom = 0) AS first_seen_to,
       (SELECT min(published) FROM articles WHERE phantom = 0) AS published_from,
       (SELECT max(published) FROM articles WHERE phantom = 0) AS published_to
"""
# Sentences about what was not looked at, each with the number it speaks of.
_NOT_LOOKED_AT = {
    "{} article(s) not linked yet": """
        SELECT count(*) FROM articles a WHERE phantom = 0 AND kind NOT IN ('unreadable', 'section')
           AND NOT EXISTS (SELECT 1 FROM versions v JOIN judged j ON j.version_id = v.id
                            WHERE v.article_id = a.id)""",
    "{} page(s) that could not be read": "SELECT count(*) FROM articles WHERE kind = 'unreadable'",
    "{} page(s) cut by a paywall": "SELECT count(*) FROM articles WHERE kind = 'stub'",
    "{} page(s) found and not fetched yet": """
        SELECT count(*) FROM frontier WHERE kind = 'article' AND state = 'due'""",
    "{} page(s) whose fetch failed": """
        SELECT count(*) FROM frontier WHERE kind = 'article' AND state = 'failed'""",
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
    return dict(one(db, _COVERAGE)) | {"not_looked_at": list(_not_looked_at(db))}


def _not_looked_at(db: Database) -> Iterator[str]:
    for sentence, sql in _NOT_LOOKED_AT.items():
        if count := next(rows(db, sql))[0]:
            yield sentence.format(count)
