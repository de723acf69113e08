"""Names that pages credit and that mean no outlet we know: a database in, rows to fill in out.

`crawler.placed` reads them back with their `domain` filled in.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from db.records import CREDIT_KINDS
from db.values import rows

COLUMNS = ("name", "times", "kinds", "url", "quote", "domain")
"""The keys of a row: the literal name, how often it is named, in which kinds of credit, on which page
for one and with which words, and the domain for the reader to fill in."""

KINDS = (*CREDIT_KINDS, "unplaced_source")

_NAMED = """
SELECT g.name, g.times, g.kinds, a.url, e.quote
  FROM (SELECT name, sum(times) AS times, json_group_array(kind) AS kinds, min(first) AS first
          FROM (SELECT e.name, e.kind, count(*) AS times, min(e.id) AS first
                  FROM evidence e LEFT JOIN outlets o ON o.id = e.outlet_id
                 WHERE e.name <> '' AND e.kind IN (SELECT value FROM json_each(?))
                   AND (o.id IS NULL OR o.resolved = 0)
                 GROUP BY e.name, e.kind ORDER BY times DESC)
         GROUP BY name) g
  JOIN evidence e ON e.id = g.first JOIN versions v ON v.id = e.version_id
  JOIN articles a ON a.id = v.article_id
 ORDER BY g.times DESC, g.name
"""


def unresolved(db: Database) -> Iterator[dict[str, Any]]:
    """The names in credits that nobody could place, the most frequent first, `domain` empty."""
    for row in rows(db, _NAMED, [json.dumps(KINDS)]):
        yield dict(row) | {"kinds": json.loads(row["kinds"]), "domain": ""}
