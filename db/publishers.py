"""Writing outlets: one row per domain, the better informed believed over the worse."""

import sqlite3
from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from db.open import writing
from db.outlets import fold
from db.records import Outlet
from db.values import insert, one, plain, rows

_RANK = {"credit": 0, "page": 0, "outlets": 1, "catalogue": 2, "own": 3}  # believed over whom

_OUTLET_ID = "SELECT id, origin FROM outlets WHERE domain = ?"
_UNRESOLVED_ID = "SELECT id, origin FROM outlets WHERE domain IS NULL AND name = ?"
_UPDATE_OUTLET = """
UPDATE outlets SET name = :name, kind = :kind, family = :family, country = :country, language = :language,
       origin = :origin WHERE id = :id
"""
_HELD = "SELECT id, domain, name, kind, family, country, language, origin FROM outlets WHERE domain NOT NULL"
_NEW_ALIAS = "INSERT OR REPLACE INTO outlet_aliases (outlet_id, alias, language, needs) VALUES (?, ?, ?, ?)"


def put_outlets(db: Database, outlets: Iterable[Outlet], origin: str) -> None:
    """Store outlets with their aliases, one row per domain.

    `origin` says who told us: `own` (a catalogue of the user's) is believed over `catalogue` (the shipped
    one), that over `outlets`, that over `page` and `credit`; what a weaker one says of a known outlet is
    left out.
    Raises ValueError for another origin.
    """
    if origin not in _RANK:
        raise ValueError(f"an outlet's origin is one of {', '.join(_RANK)}, not {origin!r}")
    with writing(db):
        held = _held(db)
        for outlet in outlets:
            if not outlet.domain or held.get(outlet.domain) != _as_held(outlet, origin):
                _put_outlet(db, outlet, origin)


def _held(db: Database) -> dict[str, tuple]:
    """What is stored of each outlet with a domain, in the form of `_as_held`."""
    aliases: dict[int, set[tuple[str, str, str]]] = {}
    for row in rows(db, "SELECT outlet_id, alias, language, needs FROM outlet_aliases"):
        aliases.setdefault(row[0], set()).add((row[1], row[2], row[3]))
    return {row["domain"]: (*row[2:], frozenset(aliases.get(row["id"], ()))) for row in rows(db, _HELD)}


def _as_held(outlet: Outlet, origin: str) -> tuple:
    facts = (plain(outlet.name), outlet.kind, outlet.family, outlet.country, outlet.language, origin)
    return (*facts, frozenset((plain(a.text), a.language or "", a.needs) for a in outlet.aliases))


def outlet_names(db: Database, outlet: Mapping) -> set[str]:
    """Every name of an outlet, folded: `outlet` has its `outlet_id`, `name` and `domain`."""
    aliases = (
        row["alias"]
        for row in rows(db, "SELECT alias FROM outlet_aliases WHERE outlet_id = ?", [outlet["outlet_id"]])
    )
    return {fold(name) for name in (outlet["name"], outlet["domain"], *aliases) if name}


def outlet_row(db: Database, outlet: Outlet) -> int:
    """The id of an outlet's row, a new one where it is not known yet."""
    known = _known_outlet(db, outlet)
    if known is not None:
        return known["id"]
    with writing(db):
        return _put_outlet(db, outlet, "page" if outlet.domain else "credit")


def _known_outlet(db: Database, outlet: Outlet) -> sqlite3.Row | None:
    if outlet.domain:
        return one(db, _OUTLET_ID, [plain(outlet.domain)])
    return one(db, _UNRESOLVED_ID, [plain(outlet.name)])


def _put_outlet(db: Database, outlet: Outlet, origin: str) -> int:
    facts = {
        "name": plain(outlet.name),
        "kind": outlet.kind,
        "family": outlet.family,
        "country": outlet.country,
        "language": outlet.language,
        "origin": origin,
    }
    known = _known_outlet(db, outlet)
    if known is None:
        domain = outlet.domain and plain(outlet.domain)
        row = insert(db, "outlets", facts | {"domain": domain, "resolved": int(bool(domain))})
    elif _RANK[origin] >= _RANK[known["origin"]]:
        row = known["id"]
        db.conn.execute(_UPDATE_OUTLET, facts | {"id": row})
        db.conn.execute("DELETE FROM outlet_aliases WHERE outlet_id = ?", [row])
    else:
        return known["id"]
    db.conn.executemany(_NEW_ALIAS, [(row, plain(a.text), a.language or "", a.needs) for a in outlet.aliases])
    return row
