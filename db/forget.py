"""Erasing pages on request: no text, quote or raw page stays in the file, only a tombstone."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime

from sqlite_utils import Database

from db.errors import BadUrl
from db.links import delete_links
from db.open import writing
from db.tombstones import covering, spellings
from db.urls import canonical, host, is_web, outlet_key
from db.values import rows, stamp

log = logging.getLogger(__name__)

_DOMAIN = re.compile(r"[^\s/:@?#]+\.[^\s/:@?#]+(?:/[^\s/:@?#]+)?|localhost")

# Articles by the URLs they are known under; the text of the name narrows the search.
_KNOWN_AS = """
SELECT u.url, a.id, a.url AS stored_as FROM article_urls u JOIN articles a ON a.id = u.article_id
 WHERE instr(lower(u.url), ?)
"""
_OUTLETS = (
    "SELECT a.id FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE o.domain = ? AND a.phantom = 0"
)
_URLS = "SELECT url FROM article_urls WHERE article_id IN (SELECT value FROM json_each(?))"
# What goes with the articles in a JSON list; the rest follows by foreign keys.
_ERASE = (
    "DELETE FROM judgements WHERE child_url IN (SELECT value FROM json_each(:urls))",
    "DELETE FROM judgements WHERE source_url IN (SELECT value FROM json_each(:urls))",
    "DELETE FROM articles WHERE merged_into IN (SELECT value FROM json_each(:articles))",
    "DELETE FROM articles WHERE id IN (SELECT value FROM json_each(:articles))",
)
_LINKS = """
SELECT id FROM links WHERE child_id IN (SELECT value FROM json_each(:articles))
                        OR source_id IN (SELECT value FROM json_each(:articles))
"""
# Words of the erased pages that reasons elsewhere repeat: found before, gone after, unless they
# stand on another page too.
_QUOTES = """
SELECT DISTINCT e.quote FROM evidence e JOIN versions v ON v.id = e.version_id
 WHERE v.article_id IN (SELECT value FROM json_each(?)) AND e.quote <> ''
"""
_ERASE_QUOTES = """
DELETE FROM link_evidence
 WHERE quote IN (SELECT value FROM json_each(?))
   AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.quote = link_evidence.quote)
"""
_ERASE_BLOCKS = "DELETE FROM blocks WHERE outlet_id IN (SELECT id FROM outlets WHERE domain = ?)"
_TOMBSTONE = "INSERT OR IGNORE INTO tombstones (name, forgotten) VALUES (?, ?)"
_FRONTIER = "SELECT url FROM frontier WHERE instr(lower(url), ?)"
_REFUSE = """
UPDATE frontier SET state = 'refused', next_visit = NULL, etag = NULL, last_modified = NULL,
       note = 'forgotten on request' WHERE url = ?
"""


def forget(db: Database, name: str, now: datetime) -> int:
    """How many articles were erased: the one at a URL, or all of a domain, its hosts or an account.

    Their texts, quotes, passages, links and raw pages are gone from the file when this returns,
    and nothing of that name is fetched or stored again.
    Raises BadUrl when `name` is neither a URL nor a domain.
    """
    name = _name(name)
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        articles = _articles(db, name)
        urls = [row["url"] for row in rows(db, _URLS, [json.dumps(articles)])]
        _erase(db, articles, urls)
        db.conn.execute(_ERASE_BLOCKS, [name])
        tombs = [name, *urls] if _is_page(name) else [name]
        db.conn.executemany(_TOMBSTONE, [(tomb, stamp(now)) for tomb in tombs])
        for tomb in tombs:
            refused = [(url,) for url in _covered(db, _FRONTIER, tomb)]
            db.conn.executemany(_REFUSE, refused)
            db.conn.executemany("DELETE FROM listings WHERE url = ?", refused)
    _scrub(db)
    return len(articles)


def knows(db: Database, name: str) -> bool:
    """Whether anything that `name` covers is stored, or waits in the frontier. Raises BadUrl as `forget`."""
    name = _name(name)
    return bool(_articles(db, name)) or any(True for _ in _covered(db, _FRONTIER, name))


def _erase(db: Database, articles: list[int], urls: list[str]) -> None:
    told = {"articles": json.dumps(articles), "urls": json.dumps(urls)}
    quotes = json.dumps([row["quote"] for row in rows(db, _QUOTES, [told["articles"]])])
    delete_links(db, [row["id"] for row in rows(db, _LINKS, {"articles": told["articles"]})])
    for statement in _ERASE:
        db.conn.execute(statement, told)
    db.conn.execute(_ERASE_QUOTES, [quotes])


def _name(name: str) -> str:
    """The name as tombstones hold it: a canonical URL, a domain without `www.`, or an account."""
    if is_web(name) or re.match(r"[a-z][a-z0-9+.-]*:\D", name, re.I):
        return canonical(name)
    name = name.strip().strip("/").lower().removeprefix("www.")
    if name and not name.isascii():
        name = host(canonical(f"https://{name}"))
    if not _DOMAIN.fullmatch(name):
        raise BadUrl(f"neither a URL nor a domain: {name[:200]!r}")
    if "/" in name and outlet_key(f"https://{name}") != name:
        raise BadUrl(f"{name} is neither a domain nor an account: give the whole URL, https://{name}")
    return name


def _is_page(name: str) -> bool:
    return ":" in name


def _articles(db: Database, name: str) -> list[int]:
    """The articles that `name` covers, those merely redirected from it left out."""
    if _is_page(name):
        tried = json.dumps(spellings(name))
        at = "SELECT article_id FROM article_urls WHERE url IN (SELECT value FROM json_each(?))"
        return sorted({row["article_id"] for row in rows(db, at, [tried])})
    own = {row["id"] for row in rows(db, _OUTLETS, [name])}
    known = rows(db, _KNOWN_AS, [_needle(name)])
    return sorted(own | {row["id"] for row in known if name in covering(row["stored_as"] or "")})


def _needle(name: str) -> str:
    """What every URL that `name` covers holds, in lower case."""
    return name.rpartition("://")[2].removeprefix("www.").partition(".")[0].rstrip("/").lower()


def _covered(db: Database, sql: str, name: str) -> Iterator[str]:
    return (row["url"] for row in list(rows(db, sql, [_needle(name)])) if name in covering(row["url"]))


def _scrub(db: Database) -> None:
    """Take the erased words out of the search index, the write-ahead log and the free pages."""
    with writing(db):
        db.conn.execute("INSERT INTO versions_fts (versions_fts) VALUES ('optimize')")
    busy, _, _ = db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        log.warning(
            "a reader holds the database open: what was erased leaves its log file when that reader ends "
            "and the next command writes"
        )
