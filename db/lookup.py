"""Everything that reads the database for a person: articles, names, chains, counts, runs."""

import json
from datetime import datetime

from sqlite_utils import Database

from db.chain import Chain, chain
from db.coverage import coverage
from db.find import find_article
from db.outlets import Names
from db.records import Alias, Outlet, Run
from db.tallies import tallies
from db.told import confidence, listed_links, shown_links
from db.values import one, rows

__all__ = [
    "Chain",
    "chain",
    "confidence",
    "counts",
    "coverage",
    "find_article",
    "last_runs",
    "listed_links",
    "names",
    "shown_links",
]

# The user's own sites first, then the shipped catalogue: the first outlet wins a name.
_OUTLETS = """
SELECT id, domain, name, kind, family, country, language FROM outlets WHERE domain IS NOT NULL
 ORDER BY CASE origin WHEN 'own' THEN 0 WHEN 'catalogue' THEN 1 WHEN 'outlets' THEN 2 ELSE 3 END, id
"""
_ALIASES = "SELECT outlet_id, alias, language, needs FROM outlet_aliases ORDER BY outlet_id, alias, language"
_COUNTS = """
SELECT (SELECT count(*) FROM versions) AS versions,
       (SELECT count(*) FROM outlets WHERE resolved = 1) AS outlets,
       (SELECT count(*) FROM evidence) AS evidence,
       (SELECT count(*) FROM matches) AS matches,
       (SELECT count(*) FROM tombstones) AS forgotten
"""
_TOLD = ("articles", "versions", "unreadable", "phantoms", "outlets", "evidence", "matches", "links",
         "siblings", "candidates", "judged", "due", "forgotten")  # fmt: skip
_RUNS = "SELECT id, command, started, ended, outcome, counts FROM runs ORDER BY id DESC LIMIT ?"


def names(db: Database) -> Names:
    """The outlets stored, found by name or address; the catalogue's come first."""
    aliases: dict[int, list[Alias]] = {}
    for row in rows(db, _ALIASES):
        alias = Alias(text=row["alias"], language=row["language"] or None, needs=row["needs"])
        aliases.setdefault(row["outlet_id"], []).append(alias)
    return Names(
        Outlet(
            domain=row["domain"],
            name=row["name"],
            kind=row["kind"],
            family=row["family"],
            country=row["country"],
            language=row["language"],
            aliases=tuple(aliases.get(row["id"], ())),
        )
        for row in rows(db, _OUTLETS)
    )


def counts(db: Database) -> dict[str, int]:
    """How many rows of each kind the database holds, by name."""
    found = tallies(db) | dict(one(db, _COUNTS))
    return {name: found[name] for name in _TOLD}


def last_runs(db: Database, limit: int = 10) -> list[Run]:
    """The last runs, the newest first."""
    return [
        Run(
            id=row["id"],
            command=row["command"],
            started=datetime.fromisoformat(row["started"]),
            ended=row["ended"] and datetime.fromisoformat(row["ended"]),
            outcome=row["outcome"],
            counts=json.loads(row["counts"]),
        )
        for row in rows(db, _RUNS, [limit])
    ]
