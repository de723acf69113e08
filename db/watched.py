"""What was looked at, outlet by outlet and day by day: the ground of every "nothing was found"."""

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from db.filters import EVERYTHING, Wanted, condition
from db.values import rows

# Days (UTC) on which an outlet's pages were first seen, read, and last visited.
_WATCHED = """
SELECT o.domain, o.name AS outlet, d.day, sum(d.articles) AS articles, sum(d.texts) AS texts,
       sum(d.unreadable) AS unreadable, sum(d.visited) AS visited, sum(d.failed) AS failed
  FROM (SELECT outlet_id, substr(first_seen, 1, 10) AS day, count(*) AS articles, 0 AS texts,
               0 AS unreadable, 0 AS visited, 0 AS failed
          FROM articles WHERE phantom = 0 GROUP BY 1, 2
         UNION ALL
        SELECT a.outlet_id, substr(v.fetched, 1, 10), 0, count(*), sum(v.kind = 'unreadable'), 0, 0
          FROM versions v JOIN articles a ON a.id = v.article_id GROUP BY 1, 2
         UNION ALL
        SELECT s.id, substr(f.visited, 1, 10), 0, 0, 0, count(*), sum(f.state = 'failed')
          FROM frontier f JOIN outlets s ON s.domain = f.site
         WHERE f.visited IS NOT NULL GROUP BY 1, 2) d
  JOIN outlets o ON o.id = d.outlet_id
 WHERE {these}
 GROUP BY o.id, d.day ORDER BY o.domain, o.id, d.day
"""


def watched(
    db: Database,
    *,
    all_: bool = False,  # noqa: ARG001 - the signature of every export
    wanted: Wanted = EVERYTHING,
) -> Iterator[dict[str, Any]]:
    """One row for each outlet and day on which something of it was read or visited."""
    these, told = condition("coverage", wanted)
    return (dict(row) for row in rows(db, _WATCHED.format(these=these), told))
