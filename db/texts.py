"""Whether the texts of pages are kept in a file, and whether a page's text could be compared."""

from pathlib import Path

from sqlite_utils import Database

from db.errors import BadInput, NoDatabase, WrongDatabase
from db.open import open_read
from db.values import one

LEFT_OUT = "the texts of pages are not kept in this file (a snapshot without texts): nothing was compared"
TOO_SHORT = (
    "the text is too short, masked (@) or only the outlet's standing lines: no run of words is left to "
    "compare, so it was not compared with any other"
)

# The oldest text: what is stored later, into a file whose texts were left out, does not hide that.
_OLDEST = """
SELECT text = '' AS left_out FROM versions
 WHERE words > 0 AND kind NOT IN ('unreadable', 'section') ORDER BY id LIMIT 1
"""
# A text without a shingle has an empty signature.
_EMPTY = """
SELECT 1 FROM newest_versions v JOIN signatures s ON s.version_id = v.id
 WHERE v.article_id = ? AND length(s.hashes) = 0
"""


def texts_left_out(db: Database) -> bool:
    """Whether the file was made without the texts of its pages."""
    oldest = one(db, _OLDEST)
    return oldest is not None and bool(oldest["left_out"])


def must_keep_texts(db: Database) -> None:
    """Raises BadInput where the texts were left out: comparing would take every link for gone."""
    if texts_left_out(db):
        raise BadInput(
            "this file is a snapshot without texts: there is nothing to compare, and linking would lose "
            "the links it holds. Nothing was changed; work on the database it was made from"
        )


def must_keep_texts_at(path: Path) -> None:
    """The same of the file at `path`, which is not touched; of a file not there nothing is said."""
    try:
        db = open_read(path)
    except (NoDatabase, WrongDatabase):  # opening it for writing tells, or brings it up to date
        return
    try:
        must_keep_texts(db)
    finally:
        db.close()


def not_compared(db: Database, article: int) -> str:
    """Why an article's newest text was compared with no other though linking looked at it; "" if it was."""
    return TOO_SHORT if one(db, _EMPTY, [article]) else ""
