"""Detectors that stopped finding credits on an outlet: a database in, counts per outlet and rule out.

A site that moves its byline to another place does not become a site without credits: the rule that read
it falls silent.  So each rule's newest pages of an outlet are held against the ones before.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from db.records import CREDIT_KINDS
from db.values import rows

LAST = 20  # newest articles of an outlet
BEFORE = 50  # articles before them
MIN_BEFORE = 20  # of fewer nothing is concluded
MIN_SHARE = 0.3  # a rule that found as much cannot miss LAST pages in a row by chance: .7 ** 20 < .001

# An outlet's articles, the newest first; what of them each rule found a credit on.
_FOUND = f"""
WITH placed AS (
  SELECT a.id, a.outlet_id, row_number() OVER (PARTITION BY a.outlet_id
           ORDER BY a.first_seen DESC, a.id DESC) AS place
    FROM articles a WHERE a.phantom = 0 AND a.kind = 'article'),
pages AS (
  SELECT p.outlet_id, p.place <= {LAST} AS is_last,
         (SELECT n.id FROM versions n WHERE n.article_id = p.id
           ORDER BY (n.kind = 'unreadable'), n.fetched DESC, n.id DESC LIMIT 1) AS version
    FROM placed p WHERE p.place <= {LAST + BEFORE}),
totals AS (
  SELECT outlet_id, sum(is_last) AS last_pages, sum(NOT is_last) AS before_pages
    FROM pages GROUP BY outlet_id),
hits AS (
  SELECT DISTINCT p.outlet_id, p.is_last, p.version, e.rule
    FROM pages p JOIN evidence e ON e.version_id = p.version
   WHERE e.kind IN (SELECT value FROM json_each(?)))
SELECT o.domain, o.name, h.rule, sum(NOT h.is_last) AS before_found, t.before_pages,
       sum(h.is_last) AS last_found, t.last_pages,
       (SELECT count(DISTINCT x.version) FROM hits x WHERE x.outlet_id = h.outlet_id AND x.is_last)
         AS last_credited
  FROM hits h JOIN totals t ON t.outlet_id = h.outlet_id JOIN outlets o ON o.id = h.outlet_id
 GROUP BY h.outlet_id, h.rule ORDER BY o.domain, before_found DESC, h.rule
"""  # noqa: S608


def found_by_outlet(db: Database) -> list[dict[str, Any]]:
    """Per outlet and rule: on how many of the newest pages, and of those before, the rule found a credit.

    `last_found` of `last_pages` (at most LAST), `before_found` of `before_pages` (at most BEFORE);
    `last_credited` of the newest pages hold a credit of any rule; `silent`: the rule stopped.
    """
    found = [dict(row) for row in rows(db, _FOUND, [json.dumps(CREDIT_KINDS)])]
    return [row | {"silent": _is_silent(row)} for row in found]


def silent(found: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(outlet, what its silent rule found before and since), of the rows of `found_by_outlet`."""
    for row in found:
        if row["silent"]:
            before = f"{row['before_found']} of the {row['before_pages']} pages before"
            last = f"0 of the last {row['last_pages']}"
            other = f"(of these {row['last_credited']} hold another credit)"
            yield row["domain"] or row["name"], f"credits from {row['rule']}: {before}, {last} {other}"


def _is_silent(row: dict[str, Any]) -> bool:
    enough = row["last_pages"] == LAST and row["before_pages"] >= MIN_BEFORE
    return enough and not row["last_found"] and row["before_found"] >= MIN_SHARE * row["before_pages"]
