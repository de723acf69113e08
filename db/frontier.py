"""The frontier: which URLs a crawl knows of, which are due, what their servers last said.

It lives in the database so that a killed crawl goes on where it stopped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db.open import writing
from db.tombstones import is_forgotten
from db.values import one, plain, rows, stamp, stamp_or_none

Found = tuple[str, str, str, str | None, datetime]  # URL, site, kind, named by which URL, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking for a URL."""

    status: int | None = None  # HTTP status; None: no answer
    etag: str | None = None
    last_modified: str | None = None
    next_visit: datetime | None = None  # None: not again
    note: str = ""


_PUT_FOUND = """
INSERT INTO frontier (url, site, kind, state, next_visit, found_in, found) VALUES (?, ?, ?, 'due', ?, ?, ?)
    ON CONFLICT (url) DO NOTHING
"""
_DUE = """
SELECT url, site, kind, state, next_visit, tries, etag, last_modified, found_in FROM frontier
 WHERE site = ? AND state NOT IN ('refused', 'gone') AND next_visit <= ? ORDER BY next_visit, url
"""
# An unchanged page answers without its validators at times: then the known ones stay.
_VISITED = """
UPDATE frontier SET state = :state, visited = :now, status = :status, next_visit = :next, note = :note,
       etag = CASE WHEN :state IN ('unchanged', 'failed') THEN coalesce(:etag, etag) ELSE :etag END,
       last_modified = CASE WHEN :state IN ('unchanged', 'failed') THEN coalesce(:modified, last_modified)
                            ELSE :modified END,
       tries = CASE WHEN :state = 'failed' THEN tries + 1 ELSE 0 END
 WHERE url = :url
"""


def put_found(db: Database, found: Iterable[Found]) -> int:
    """How many of the URLs found are new; they are due at once. Forgotten ones are left out.

    Each row is (URL, domain of the site, feed | sitemap | front | article, URL it was found in, when).
    """
    new = 0
    with writing(db):
        for url, site, kind, found_in, now in found:
            if not is_forgotten(db, url):
                facts = [plain(url), site, kind, stamp(now), found_in and plain(found_in), stamp(now)]
                new += db.conn.execute(_PUT_FOUND, facts).rowcount
    return new


def due(db: Database, site: str, now: datetime) -> Iterator[dict]:
    """The frontier rows of a site whose next visit has come, the longest waiting first."""
    return (dict(row) for row in rows(db, _DUE, [site, stamp(now)]))


def visited(db: Database, url: str, state: str, now: datetime, answer: Answer | None = None) -> None:
    """Note what came of asking for a known URL.

    `state` is due, stored, unchanged, refused, failed or gone; a failed one counts its tries.
    """
    answer = answer or Answer()
    facts = {
        "url": url,
        "state": state,
        "now": stamp(now),
        "status": answer.status,
        "next": stamp_or_none(answer.next_visit),
        "note": plain(answer.note),
        "etag": answer.etag,
        "modified": answer.last_modified,
    }
    with writing(db):
        db.conn.execute(_VISITED, facts)


def validators(db: Database, url: str) -> tuple[str | None, str | None]:
    """The ETag and Last-Modified a server last sent for `url`, each None when there is none."""
    row = one(db, "SELECT etag, last_modified FROM frontier WHERE url = ?", [url])
    return (row["etag"], row["last_modified"]) if row else (None, None)
