"""A database frozen for a paper: one file, what made it, its sum, and words to cite it by."""

import hashlib
import json
import sqlite3
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.coverage import coverage
from db.errors import BadInput
from db.linking import names_fingerprint
from db.lookup import counts
from db.open import open_db, open_read, writing
from db.values import one, rows

_RULES = "SELECT rule_version, count(*) AS links FROM links GROUP BY rule_version ORDER BY rule_version"
_RUN = "SELECT versions FROM runs WHERE versions <> '{}' ORDER BY id DESC LIMIT 1"
_TEXTS = "versions_fts_update"
# What holds the texts of pages, emptied; quotes, titles and places stay.
_EMPTIED = (
    "INSERT INTO versions_fts (versions_fts) VALUES ('delete-all')",
    "UPDATE versions SET text = ''",
    "UPDATE blocks SET text = ''",
    "DELETE FROM raw_pages",
)


def snapshot(db: Database, path: Path, now: datetime, *, without_texts: bool = False) -> dict[str, Any]:
    """What the copy at `path` is: counts, versions, its SHA-256 and a citation; also written beside it.

    Raises BadInput where a file stands there already, or where none can be written; nothing is left then.
    """
    beside = Path(f"{path}.json")
    for file in (path, beside):
        if file.exists():
            raise BadInput(f"{file} is there already: a snapshot replaces nothing")
    try:
        db.conn.execute("VACUUM INTO ?", [str(path)])
        if without_texts:
            _empty(path)
        told = _told(path, now, without_texts=without_texts)
        beside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except (sqlite3.Error, OSError) as error:
        for file in (path, beside):
            with suppress(OSError):
                file.unlink()
        raise BadInput(f"{path} cannot be written ({error})") from error
    return told


def _empty(path: Path) -> None:
    """Take the texts out of a copy; `db.texts` knows such a file by them."""
    copy = open_db(path)
    (trigger,) = copy.conn.execute("SELECT sql FROM sqlite_master WHERE name = ?", [_TEXTS]).fetchone()
    with writing(copy):
        copy.conn.execute(f"DROP TRIGGER {_TEXTS}")
        for sql in _EMPTIED:
            copy.conn.execute(sql)
        copy.conn.execute(trigger)
    copy.conn.execute("PRAGMA journal_mode = DELETE")
    copy.conn.execute("PRAGMA temp_store = FILE")  # the copy that VACUUM makes is as large as the database
    copy.conn.execute("VACUUM")
    copy.close()


def _told(path: Path, now: datetime, *, without_texts: bool) -> dict[str, Any]:
    copy = open_read(path)
    run, held = one(copy, _RUN), coverage(copy)
    told = {
        "made": now.isoformat(timespec="seconds"),
        "newstrace": version("newstrace"),
        "rules": {row["rule_version"]: row["links"] for row in rows(copy, _RULES)},
        "names": names_fingerprint(copy),
        "versions": json.loads(run["versions"]) if run else {},
        "texts": not without_texts,
        "counts": counts(copy),
        "coverage": held,
    }
    copy.close()
    sum_ = _sum(path)
    words = (
        f"newstrace database snapshot, {now:%Y-%m-%d}: {held['articles']:,} articles of {held['outlets']:,} "
        f"outlets{', without texts' if without_texts else ''}; newstrace {told['newstrace']}, "
        f"rules {', '.join(told['rules']) or 'none'}, outlets {told['names']}; SHA-256 {sum_}."
    )
    return told | {"sha256": sum_, "citation": words}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
