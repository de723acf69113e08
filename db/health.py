"""How the crawled sites and the files stand: last success, articles per day, error kinds, sizes in bytes."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.values import one, rows, stamp

WEEK = timedelta(days=7)  # articles per day are those of the last seven days, or of all days since the first

# Per site of the catalogue: how its addresses stand now.
_SITES = """
SELECT site, max(CASE WHEN state IN ('stored', 'unchanged') THEN visited END) AS last_success,
       max(visited) AS last_visit, min(found) AS known_since,
       sum(kind = 'article' AND state = 'due') AS waiting
  FROM frontier GROUP BY site ORDER BY site
"""
_REASONS = """
SELECT site, state, note, count(*) AS many FROM frontier
 WHERE state IN ('failed', 'gone', 'refused') GROUP BY site, state, note ORDER BY many DESC, note
"""
_NEW = """
SELECT o.domain, count(*) AS many FROM articles a JOIN outlets o ON o.id = a.outlet_id
 WHERE a.phantom = 0 AND a.kind <> 'unreadable' AND a.first_seen >= ? GROUP BY o.domain
"""
_RAW = "SELECT count(*) AS pages, coalesce(sum(length(html)), 0) AS bytes FROM raw_pages"
_RECORDS = "SELECT file FROM warc_records UNION SELECT file FROM warc_revisits ORDER BY file"


def sites_of(db: Database, now: datetime) -> Iterator[dict[str, Any]]:
    """Each crawled site; `errors` and `left_out` count its addresses by reason, as they stand now."""
    new = {row["domain"]: row["many"] for row in rows(db, _NEW, [stamp(now - WEEK)])}
    reasons: dict[tuple[str, bool], dict[str, int]] = {}
    for row in rows(db, _REASONS):
        kind = reasons.setdefault((row["site"], row["state"] == "refused"), {})
        kind[row["note"]] = kind.get(row["note"], 0) + row["many"]
    for row in rows(db, _SITES):
        age = min(now - datetime.fromisoformat(row["known_since"]), WEEK)
        days = max(age / timedelta(days=1), 1.0)
        yield {
            "site": row["site"],
            "last_success": row["last_success"],
            "last_visit": row["last_visit"],
            "articles_per_day": round(new.get(row["site"], 0) / days, 1),
            "waiting": row["waiting"],
            "errors": reasons.get((row["site"], False), {}),
            "left_out": reasons.get((row["site"], True), {}),
        }


def files_of(db: Database) -> dict[str, Any]:
    """The files behind a database and their bytes; a WARC file that is not where it was is `missing`."""
    path = next(row["file"] for row in rows(db, "PRAGMA database_list") if row["name"] == "main")
    raw = one(db, _RAW)
    kept = [Path(row["file"]) for row in rows(db, _RECORDS)]
    sizes = {file: _size(file) for file in kept}
    return {
        "database": {"path": path, "bytes": _size(Path(path)) or 0},
        "wal": {"bytes": _size(Path(f"{path}-wal")) or 0},
        "raw_pages": {"pages": raw["pages"], "bytes": raw["bytes"]},
        "warc": {
            "folders": sorted({str(file.parent) for file in kept}),
            "files": len(kept),
            "missing": sum(size is None for size in sizes.values()),
            "bytes": sum(size or 0 for size in sizes.values()),
        },
    }


def _size(file: Path) -> int | None:
    with suppress(OSError):
        return file.stat().st_size
    return None


def bytes_in_words(many: int) -> str:
    """A size as people read it.

    >>> bytes_in_words(999), bytes_in_words(48_700_000)
    ('999 B', '48.7 MB')
    """
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if many >= size:
            return f"{many / size:,.1f} {unit}"
    return f"{many} B"
