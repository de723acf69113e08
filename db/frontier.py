"""The frontier: which URLs a crawl knows of, which are due, what their servers and their lists last said.

It lives in the database so that a killed crawl goes on where it stopped.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one list (a feed, a sitemap, a front page) says of one page."""

    url: str  # canonical
    link: str  # as spelled there
    basis: str  # feed | sitemap | front
    published: str | None = None  # as it stands
    updated: str | None = None
    source_name: str = ""
    source_url: str | None = None
    newest: datetime | None = None  # the later of the two times, as far as it can be read
    title: str = ""  # as it stands; not kept


_PUT_FOUND = """
INSERT INTO frontier (url, site, kind, state, next_visit, found_in, found) VALUES (?, ?, ?, 'due', ?, ?, ?)
    ON CONFLICT (url) DO NOTHING
"""
_PUT_LISTING = """
INSERT INTO listings (url, listed_in, link, basis, published, updated, source_name, source_url, seen)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM frontier WHERE url = ?1)
    ON CONFLICT (url, listed_in, link) DO UPDATE
   SET basis = excluded.basis, published = excluded.published, updated = excluded.updated,
       source_name = excluded.source_name, source_url = excluded.source_url, seen = excluded.seen
"""
_SAID = """
SELECT 1 FROM listings WHERE url = ? AND listed_in = ? AND link = ? AND basis = ?
   AND published IS ? AND updated IS ? AND source_name = ? AND source_url IS ?
"""
_NEWEST_OF = "SELECT url, newest, found FROM frontier WHERE url IN (SELECT value FROM json_each(?))"
_UNCHANGED = """
UPDATE frontier SET state = 'unchanged', visited = ?, status = 304, next_visit = ?, note = '', tries = 0
 WHERE url = ?
"""
_NEVER = datetime.fromtimestamp(0, UTC)
_NEWEST = "UPDATE frontier SET newest = ?2 WHERE url = ?1 AND coalesce(newest, '') < ?2"
_LISTED = """
SELECT url, link, basis, published, updated, source_name, source_url FROM listings
 WHERE listed_in = :list AND seen = (SELECT max(seen) FROM listings WHERE listed_in = :list)
 ORDER BY url, link
"""
_HINTS = """
SELECT url, link, basis, published, updated, source_name, source_url FROM listings
 WHERE url = ? ORDER BY basis, listed_in, link
"""
_HINTS_OF_ARTICLE = """
SELECT l.url, l.link, l.basis, l.published, l.updated, l.source_name, l.source_url
  FROM article_urls own JOIN article_urls u ON u.article_id = own.article_id
  JOIN listings l ON l.url = u.url WHERE own.url = ? ORDER BY l.basis, l.listed_in, l.link
"""
_DUE = """
SELECT url, site, kind, state, next_visit, tries, etag, last_modified, found_in, newest, rhythm FROM frontier
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


def put_listed(
    db: Database, site: str, listings: Iterable[Listing], listed_in: str, now: datetime
) -> tuple[int, tuple[Listing, ...]]:
    """How many of the articles that a list names are new, and what it had not said before.

    All of it is kept, or nothing.
    """
    listings = tuple(listings)
    with writing(db):
        new = put_found(db, ((item.url, site, "article", listed_in, now) for item in listings))
        fresh = tuple(item for item in listings if not _is_known(db, item, listed_in))
        db.conn.executemany(_PUT_LISTING, (_facts(item, listed_in, now) for item in listings))
        stated = ((item.url, stamp(item.newest)) for item in listings if item.newest)
        db.conn.executemany(_NEWEST, stated)
    return new, fresh


def _is_known(db: Database, item: Listing, listed_in: str) -> bool:
    return one(db, _SAID, _facts(item, listed_in, _NEVER)[:8]) is not None


def _facts(item: Listing, listed_in: str, now: datetime) -> list[str | None]:
    said = (item.published and plain(item.published), item.updated and plain(item.updated))
    source = (plain(item.source_name), item.source_url and plain(item.source_url))
    return [plain(item.url), plain(listed_in), plain(item.link), item.basis, *said, *source, stamp(now)]


def listed(db: Database, listed_in: str) -> tuple[Listing, ...]:
    """What a list named when it was last read."""
    return tuple(Listing(**row) for row in rows(db, _LISTED, {"list": listed_in}))


def hints(db: Database, url: str) -> tuple[Listing, ...]:
    """What every list that ever named an article says of it."""
    return tuple(Listing(**row) for row in rows(db, _HINTS, [url]))


def hints_of_article(db: Database, url: str) -> tuple[Listing, ...]:
    """What every list says of the article stored at `url`, under any of its addresses."""
    return tuple(Listing(**row) for row in rows(db, _HINTS_OF_ARTICLE, [url]))


def children(db: Database, parent: str) -> tuple[tuple[str, str], ...]:
    """(URL, kind) of the sitemaps and feeds that a list named, the newest first."""
    sql = (
        "SELECT url, kind FROM frontier WHERE found_in = ? AND kind IN ('sitemap', 'feed')"
        " ORDER BY newest DESC, url"
    )
    return tuple((row["url"], row["kind"]) for row in rows(db, sql, [parent]))


def due(db: Database, site: str, now: datetime) -> Iterator[dict]:
    """The frontier rows of a site whose next visit has come, the longest waiting first."""
    return (dict(row) for row in rows(db, _DUE, [site, stamp(now)]))


def next_due(db: Database) -> datetime | None:
    """When the next URL of any site is due; None: never, or none is known."""
    sql = "SELECT min(next_visit) AS soonest FROM frontier WHERE state NOT IN ('refused', 'gone')"
    row = one(db, sql)
    return datetime.fromisoformat(row["soonest"]) if row and row["soonest"] else None


def sources(db: Database) -> Iterator[dict]:
    """The frontier rows of all feeds, sitemaps and front pages that no other list named, in their order."""
    sql = "SELECT * FROM frontier WHERE kind <> 'article' AND found_in IS NULL ORDER BY site, kind, url"
    return (dict(row) for row in rows(db, sql))


def states(db: Database, urls: Iterable[str]) -> dict[str, dict]:
    """The frontier rows (state, next_visit, visited, newest) of those URLs that are known, by URL."""
    sql = (
        "SELECT url, state, next_visit, visited, newest FROM frontier"
        " WHERE url IN (SELECT value FROM json_each(?))"
    )
    return {row["url"]: dict(row) for row in rows(db, sql, [json.dumps(list(urls))])}


def known(db: Database, url: str) -> dict | None:
    """The frontier row of a URL; None when it was never met."""
    row = one(db, "SELECT * FROM frontier WHERE url = ?", [url])
    return dict(row) if row else None


def postpone(db: Database, url: str, until: datetime) -> None:
    """Let a URL wait; nothing else about it changes."""
    with writing(db):
        db.conn.execute("UPDATE frontier SET next_visit = ? WHERE url = ?", [stamp(until), url])


def put_newest(db: Database, url: str, newest: datetime) -> None:
    """Note the newest time that is stated of a URL; an older one changes nothing."""
    with writing(db):
        db.conn.execute(_NEWEST, [url, stamp(newest)])


def put_rhythm(db: Database, url: str, rhythm: str) -> None:
    """Keep the rhythm of a source, as JSON."""
    with writing(db):
        db.conn.execute("UPDATE frontier SET rhythm = ? WHERE url = ?", [rhythm, url])


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


def visited_unchanged(
    db: Database, visits: Mapping[str, datetime], next_visit: Callable[[datetime, datetime], datetime | None]
) -> None:
    """Note of pages that their servers said they are as they were, all at once: URL -> when that was said.

    `next_visit(newest time stated of it, that moment)` says when each is due again; None: not again.
    """
    newest = {
        row["url"]: datetime.fromisoformat(row["newest"] or row["found"])
        for row in rows(db, _NEWEST_OF, [json.dumps(list(visits))])
    }
    facts = [
        (stamp(when), stamp_or_none(next_visit(newest[url], when)), url)
        for url, when in visits.items()
        if url in newest
    ]
    with writing(db):
        db.conn.executemany(_UNCHANGED, facts)


def validators(db: Database, url: str) -> tuple[str | None, str | None]:
    """The ETag and Last-Modified a server last sent for `url`, each None when there is none."""
    row = one(db, "SELECT etag, last_modified FROM frontier WHERE url = ?", [url])
    return (row["etag"], row["last_modified"]) if row else (None, None)
