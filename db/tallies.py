"""Counts that are kept while rows are written, so that no answer reads a whole table for them.

Triggers keep them inside the writing transaction: `tallies` holds numbers by name, `unlinked` the
articles whose newest text the linker has not judged.  `wrong` holds them against a count of the rows.
"""

from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from db.values import rows

COUNTED: Mapping[str, str] = {
    "articles": "SELECT count(*) FROM articles WHERE phantom = 0",
    "unreadable": "SELECT count(*) FROM articles WHERE phantom = 0 AND kind = 'unreadable'",
    "stub": "SELECT count(*) FROM articles WHERE phantom = 0 AND kind = 'stub'",
    "phantoms": "SELECT count(*) FROM articles WHERE phantom = 1 AND merged_into IS NULL",
    "links": "SELECT count(*) FROM links WHERE status = 'accepted' AND relation <> 'sibling'",
    "siblings": "SELECT count(*) FROM links WHERE status = 'accepted' AND relation = 'sibling'",
    "candidates": "SELECT count(*) FROM links WHERE status = 'candidate'",
    "judged": "SELECT count(*) FROM links WHERE decided_by = 'human'",
    "due": "SELECT count(*) FROM frontier WHERE state = 'due'",
    "articles due": "SELECT count(*) FROM frontier WHERE kind = 'article' AND state = 'due'",
    "articles failed": "SELECT count(*) FROM frontier WHERE kind = 'article' AND state = 'failed'",
}
"""Every number that is kept, with the count it stands for."""

# The names that one row adds to, by table, and when it does; a name that is not kept is passed over.
_NAMES = {
    "articles": (
        ("iif({r}.phantom = 0, 'articles', 'phantoms')", "{r}.phantom = 0 OR {r}.merged_into IS NULL"),
        ("{r}.kind", "{r}.phantom = 0 AND {r}.kind IN ('unreadable', 'stub')"),
    ),
    "links": (
        (
            """CASE WHEN {r}.status = 'candidate' THEN 'candidates'
                    WHEN {r}.relation = 'sibling' THEN 'siblings' ELSE 'links' END""",
            "{r}.status <> 'rejected'",
        ),
        ("'judged'", "{r}.decided_by = 'human'"),
    ),
    "frontier": (("{r}.state", "1"), ("{r}.kind || 's ' || {r}.state", "1")),
}
_UNLINKED = """
CREATE TABLE unlinked (              -- articles whose newest text `link` has not judged, with that text
    version_id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL UNIQUE
) STRICT;
"""
_CHANGE = "UPDATE tallies SET n = n {sign} 1 WHERE name = {name} AND ({when});"
_COLUMNS = {
    "articles": ("phantom", "kind", "merged_into"),
    "links": ("status", "relation", "decided_by"),
    "frontier": ("kind", "state"),
}
# An article waits when its newest text can be linked and was not judged.
_WAITING = """
SELECT v.id, v.article_id FROM versions v
 WHERE v.kind NOT IN ('unreadable', 'section') AND {these}
   AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.version_id = v.id)
   AND v.id = (SELECT n.id FROM versions n WHERE n.article_id = v.article_id
                ORDER BY (n.kind = 'unreadable'), n.fetched DESC, n.id DESC LIMIT 1)
"""
_LOOK_AGAIN = """
DELETE FROM unlinked WHERE article_id = {article};
INSERT OR IGNORE INTO unlinked (version_id, article_id) {waiting};
"""
_JUDGED_OF = "(SELECT article_id FROM versions WHERE id = {}.version_id)"
# What happened, and which articles to look at again.  A new text and a mark, by far the most frequent,
# have their own.
_LOOKED_AT = {
    "INSERT ON versions WHEN new.kind = 'section'": ("new.article_id",),
    "DELETE ON versions": ("old.article_id",),
    "UPDATE OF kind, fetched, article_id ON versions WHEN (old.kind, old.fetched, old.article_id)"
    " IS NOT (new.kind, new.fetched, new.article_id)": ("old.article_id", "new.article_id"),
    "DELETE ON judged": (_JUDGED_OF.format("old"),),
}
_NEW_MARK = """
CREATE TRIGGER unlinked_marked AFTER INSERT ON judged BEGIN
    DELETE FROM unlinked WHERE version_id = new.version_id;
END;
"""
_NEW_TEXT = """
CREATE TRIGGER unlinked_new_text AFTER INSERT ON versions WHEN new.kind NOT IN ('unreadable', 'section')
BEGIN
    INSERT OR REPLACE INTO unlinked (version_id, article_id)
    SELECT new.id, new.article_id
     WHERE new.id = (SELECT n.id FROM versions n WHERE n.article_id = new.article_id
                      ORDER BY (n.kind = 'unreadable'), n.fetched DESC, n.id DESC LIMIT 1);
END;
"""


def schema() -> str:
    """The tables and triggers as SQL; the numbers themselves come from `recount`."""
    tables = """
CREATE TABLE tallies (
    name TEXT PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX articles_stored ON articles (outlet_id) WHERE phantom = 0;
"""
    return tables + _UNLINKED + "".join(_tally_triggers()) + "".join(_waiting_triggers())


def waiting_versions() -> str:
    """SQL that makes and fills the table of what waits, where an older version kept the articles alone."""
    filled = f"INSERT INTO unlinked (version_id, article_id) {_WAITING.format(these='1')};"
    return "DROP TABLE unlinked;" + _UNLINKED + filled


def lean_triggers() -> str:
    """SQL that puts the triggers of `schema` in the place of those that an older version made."""
    kept = [f"tally_{what}_{table}" for table in _NAMES for what in ("more", "less", "changed")]
    marks = [*(f"unlinked_{number}" for number in range(5)), "unlinked_new_text", "unlinked_marked"]
    dropped = "".join(f"DROP TRIGGER IF EXISTS {name};\n" for name in (*kept, *marks))
    return dropped + "".join(_tally_triggers()) + "".join(_waiting_triggers())


def _tally_triggers() -> Iterator[str]:
    for table, names in _NAMES.items():
        more, less = (
            " ".join(_CHANGE.format(sign=sign, name=name, when=when) for name, when in names).format(r=row)
            for sign, row in (("+", "new"), ("-", "old"))
        )
        yield f"CREATE TRIGGER tally_more_{table} AFTER INSERT ON {table} BEGIN {more} END;\n"
        yield f"CREATE TRIGGER tally_less_{table} AFTER DELETE ON {table} BEGIN {less} END;\n"
        before, after = (", ".join(f"{row}.{c}" for c in _COLUMNS[table]) for row in ("old", "new"))
        changed = f"UPDATE OF {', '.join(_COLUMNS[table])} ON {table} WHEN ({before}) IS NOT ({after})"
        yield f"CREATE TRIGGER tally_changed_{table} AFTER {changed} BEGIN {less} {more} END;\n"


def _waiting_triggers() -> Iterator[str]:
    yield _NEW_TEXT
    yield _NEW_MARK
    for number, (happened, articles) in enumerate(_LOOKED_AT.items()):
        looked = "".join(_LOOK_AGAIN.format(article=a, waiting=_waiting(a)) for a in articles)
        yield f"CREATE TRIGGER unlinked_{number} AFTER {happened} BEGIN {looked} END;\n"


def _waiting(article: str) -> str:
    return _WAITING.format(these=f"v.article_id = {article}")


def recount(db: Database) -> None:
    """Count everything anew, inside the caller's transaction."""
    for name, sql in COUNTED.items():
        db.conn.execute(f"INSERT OR REPLACE INTO tallies (name, n) VALUES (?, ({sql}))", [name])  # noqa: S608
    db.conn.execute("DELETE FROM unlinked")
    db.conn.execute(f"INSERT INTO unlinked (version_id, article_id) {_WAITING.format(these='1')}")


def tallies(db: Database) -> dict[str, int]:
    """The numbers of COUNTED by name, and `unlinked`."""
    kept = {row["name"]: row["n"] for row in rows(db, "SELECT name, n FROM tallies")}
    return kept | {"unlinked": next(rows(db, "SELECT count(*) FROM unlinked"))[0]}


def wrong(db: Database) -> Iterator[str]:
    """One sentence for each number that is not what the rows count to."""
    counted = COUNTED | {"unlinked": f"SELECT count(*) FROM ({_WAITING.format(these='1')})"}  # noqa: S608
    kept = tallies(db)
    for name, sql in counted.items():
        found = next(rows(db, sql))[0]
        if kept.get(name) != found:
            yield f"the kept count {name!r} says {kept.get(name)}, the rows are {found}"
