"""Who takes from whom, counted by day while links are written: `flow_days`.

One row for each (source outlet, taking outlet, relation, credit, day) with the number of links that
stand; triggers keep it inside the writing transaction, so that a table of all flows never reads all
links.  The day is that of the taker's publication as stated (UTC); of a page that states none, of
when it was first seen.  Rows of 0 links can stay behind.
"""

from collections.abc import Iterator

from sqlite_utils import Database

from db.values import rows

_TAKEN = "{r}.status = 'accepted' AND {r}.relation <> 'sibling' AND {r}.p_direct >= .5"
# The links of a FROM and a condition, counted by the key of the table.
_COUNT = (
    """
SELECT s.outlet_id, c.outlet_id, {r}.relation, {r}.credited,
       substr(coalesce(c.published, c.first_seen), 1, 10), {sign}count(*)
  FROM {source} JOIN articles s ON s.id = {r}.source_id
 WHERE {these} AND c.outlet_id <> s.outlet_id AND """
    + _TAKEN
    + " GROUP BY 1, 2, 3, 4, 5"
)
_ADD = """
INSERT INTO flow_days (source_id, taker_id, relation, credited, day, links) {counted}
    ON CONFLICT (source_id, taker_id, relation, credited, day) DO UPDATE SET links = links + excluded.links;
"""
_ALL = _COUNT.format(r="l", sign="", source="links l JOIN articles c ON c.id = l.child_id", these="1")


def schema() -> str:
    """The table and its triggers as SQL; the numbers themselves come from `recount`."""
    return (
        """
CREATE TABLE flow_days (             -- accepted links between two outlets, by the day of the taker's page
    source_id INTEGER NOT NULL,
    taker_id INTEGER NOT NULL,
    relation TEXT NOT NULL,
    credited TEXT NOT NULL,
    day TEXT NOT NULL,
    links INTEGER NOT NULL,
    PRIMARY KEY (source_id, taker_id, relation, credited, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_days_taker ON flow_days (taker_id, source_id);
"""
        + "".join(_link_triggers())
        + "".join(_article_triggers())
    )


def lean_triggers() -> str:
    """SQL that puts the triggers on links in the place of those that an older version made."""
    dropped = "".join(f"DROP TRIGGER IF EXISTS flow_{what}_link;\n" for what in ("new", "lost", "changed"))
    return dropped + "".join(_link_triggers())


def _link_triggers() -> Iterator[str]:
    add, take = _one_link("new", ""), _one_link("old", "-")
    changed = "UPDATE OF status, relation, p_direct, credited, child_id, source_id ON links"
    came, went = (f"ON links WHEN {_TAKEN.format(r=row)}" for row in ("new", "old"))
    yield f"CREATE TRIGGER flow_new_link AFTER INSERT {came} BEGIN {add} END;\n"
    yield f"CREATE TRIGGER flow_lost_link AFTER DELETE {went} BEGIN {take} END;\n"
    yield f"CREATE TRIGGER flow_changed_link AFTER {changed} BEGIN {take} {add} END;\n"


def _one_link(row: str, sign: str) -> str:
    # The article is asked for by the row's own id: of a link that goes with its article none is found,
    # and the article's own trigger took it away before.
    return _ADD.format(
        counted=_COUNT.format(r=row, sign=sign, source="articles c", these=f"c.id = {row}.child_id")
    )


def _article_triggers() -> Iterator[str]:
    """A page that goes, or whose day or outlet changes, takes its links along; most pages have none."""
    whole = "".join(_ends("old", "-", end) for end in ("child", "source"))
    yield f"CREATE TRIGGER flow_lost_page BEFORE DELETE ON articles BEGIN {whole} END;\n"
    day = "substr(coalesce({0}.published, {0}.first_seen), 1, 10), {0}.outlet_id"
    moved = {
        "child": (f"({day.format('old')}) IS NOT ({day.format('new')})", "published, first_seen, outlet_id"),
        "source": ("old.outlet_id IS NOT new.outlet_id", "outlet_id"),
    }
    for end, (when, columns) in moved.items():
        linked = f"{when} AND EXISTS (SELECT 1 FROM links WHERE {end}_id = old.id)"  # noqa: S608
        changed = f"UPDATE OF {columns} ON articles WHEN {linked}"
        for moment, row, sign in (("BEFORE", "old", "-"), ("AFTER", "new", "")):
            name = f"flow_{moment.lower()}_{end}"
            yield f"CREATE TRIGGER {name} {moment} {changed} BEGIN {_ends(row, sign, end)} END;\n"


def _ends(row: str, sign: str, end: str) -> str:
    """The links at whose child or source end that article stands."""
    links, these = "links l JOIN articles c ON c.id = l.child_id", f"l.{end}_id = {row}.id"
    return _ADD.format(counted=_COUNT.format(r="l", sign=sign, source=links, these=these))


def recount(db: Database) -> None:
    """Count everything anew, inside the caller's transaction."""
    db.conn.execute("DELETE FROM flow_days")
    db.conn.execute(_ADD.format(counted=_ALL))


def wrong(db: Database) -> Iterator[str]:
    """A sentence for each outlet pair and day whose kept number is not that of the links, at most ten."""
    kept = "SELECT source_id, taker_id, relation, credited, day, links FROM flow_days WHERE links <> 0"
    odd = f"SELECT * FROM ({kept} EXCEPT {_ALL}) UNION SELECT * FROM ({_ALL} EXCEPT {kept}) LIMIT 10"  # noqa: S608
    for row in rows(db, odd):
        yield f"the kept count of outlet {row[1]} taking from outlet {row[0]} on {row[4]} is wrong"
