"""Writing articles: one row per page, a version per text, its evidence and times beside.

Facts are append-only and every write is idempotent: storing what is stored changes nothing.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from db.clean import cleaned
from db.errors import RefusedUrl
from db.merge import REFRESH, merge
from db.open import writing
from db.publishers import outlet_row
from db.records import Article, Evidence, Packed, Reading, Stored, TimeClaim
from db.tombstones import covering, is_forgotten
from db.urls import is_web, outlet_key
from db.values import insert, one, packed, rows, stamp, stamp_or_none


def put_article(db: Database, article: Article) -> Stored:
    """Store one page as fetched or imported, and say what that did.

    A page known under any of its URLs is updated; a changed title or text makes a version, also one
    that was there before an edit and is back at a later fetch; not one that was stored as fetched at
    the same time, or that nobody says when it was fetched (`undated`): such rows can be handed in
    again and again.  The same text read again brings its evidence up to date.  An unreadable page
    never replaces a readable one.  A reading without the raw page adds evidence but takes none away.
    Raises RefusedUrl when the URL, its outlet or its domain was forgotten.
    """
    article = cleaned(article)
    if is_forgotten(db, article.url, article.outlet.domain or ""):
        raise RefusedUrl(f"{article.url} was forgotten on request: it is not stored again")
    with writing(db):
        outlet = outlet_row(db, article.outlet)
        found = _same_article(db, article, outlet)
        row = _new_article(db, article, outlet) if found is None else found
        _put_urls(db, article, row, outlet)
        if found is None:  # nothing is stored of it that this could change
            version, new, changed = _new_version(db, article, row, _sum(article.reading)), True, False
        else:
            version, new, changed = _put_version(db, article, row)
        _put_times(db, article.reading.times, row)
        if found is not None:
            db.conn.execute(_SEEN, {"article": row, "at": stamp(article.fetched)})
            db.conn.execute(REFRESH, {"article": row})
    return Stored(
        article=row, version=version, new_article=found is None, new_version=new, evidence_changed=changed
    )


_ARTICLE_AT = """
SELECT a.id, a.outlet_id, a.url, u.relation FROM article_urls u JOIN articles a ON a.id = u.article_id
 WHERE u.url = ?
"""
_WITHDRAWN_SHA = "withdrawn"  # no text has such a sum
_WITHDRAWN = "SELECT 1 FROM versions WHERE article_id = ? AND sha256 = 'withdrawn'"
_SEEN = """
UPDATE articles SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at) WHERE id = :article
"""


def put_told(db: Database, url: str, times: Iterable[TimeClaim], evidence: Iterable[Evidence]) -> bool:
    """Whether an article is stored at `url`; what a list says of it is added to what its page says."""
    article = one(db, _ARTICLE_AT, [url])
    if article is None:
        return False
    with writing(db):
        _put_times(db, times, article["id"])
        newest = next(iter(rows(db, _VERSIONS, [article["id"]])), None)
        if newest is not None:
            put_evidence(db, newest["id"], evidence, complete=False)
    return True


def put_withdrawal(db: Database, url: str, status: int, now: datetime, run: int | None) -> bool:
    """Whether a page we hold was noted as withdrawn: a version without a text, after its last one.

    It never takes the place of the text; noted once, it is not noted again.
    """
    article = one(db, _ARTICLE_AT, [url])
    reading = Reading(url=url, kind="unreadable", reason=f"withdrawn: the page answers {status}")
    if article is None or one(db, _WITHDRAWN, [article["id"]]):
        return False
    facts = {"article_id": article["id"], "fetched": stamp(now), "sha256": _WITHDRAWN_SHA, "status": status}
    with writing(db):
        insert(db, "versions", facts | {"run_id": run} | _read_facts(reading))
    return True


def _same_article(db: Database, article: Article, outlet: int) -> int | None:
    """The stored article that this page is, or None.

    A canonical URL counts only inside one outlet.  A URL that only ever redirected (a "latest"
    page, a short link) says nothing: only one that a page was read under does.
    """
    here = one(db, _ARTICLE_AT, [article.url])
    if here and here["outlet_id"] != outlet and here["relation"] != "stored":
        here = None
    claimed = article.reading.canonical
    claim = one(db, _ARTICLE_AT, [claimed]) if claimed and _can_be_article(claimed) else None
    if claim and claim["outlet_id"] == outlet:
        if here and here["id"] != claim["id"]:
            merge(db, here["id"], claim["id"])
        return claim["id"]
    if here:
        return here["id"]
    known = (one(db, _ARTICLE_AT, [url]) for url, _ in article.urls)
    return next(
        (k["id"] for k in known if k and k["outlet_id"] == outlet and k["relation"] == "stored"), None
    )


def _can_be_article(url: str) -> bool:
    """Not a front page: some sites name theirs as the canonical URL of every page."""
    return not is_web(url) or bool(url.split("://", 1)[1].partition("/")[2])


def _new_article(db: Database, article: Article, outlet: int) -> int:
    seen = stamp(article.fetched)
    reading = article.reading
    return insert(
        db,
        "articles",
        {
            "outlet_id": outlet,
            "url": article.url,
            "kind": reading.kind,
            "language": reading.language,
            "title": reading.title,
            "published": stamp_or_none(reading.published),
            "first_seen": seen,
            "last_seen": seen,
        },
    )


_PUT_URL = (
    "INSERT INTO article_urls (url, article_id, relation) VALUES (?, ?, ?) ON CONFLICT (url) DO NOTHING"
)
# The URL a page was read under is this article's, whoever redirected from it before.
_PUT_OWN_URL = """
INSERT INTO article_urls (url, article_id, relation) VALUES (?, ?, 'stored')
    ON CONFLICT (url) DO UPDATE SET article_id = excluded.article_id, relation = 'stored'
 WHERE (article_id, relation) IS NOT (excluded.article_id, 'stored')
"""


def _put_urls(db: Database, article: Article, row: int, outlet: int) -> None:
    reading = article.reading
    db.conn.execute(_PUT_OWN_URL, [article.url, row])
    if reading.canonical == article.url:  # the page itself, and not its AMP or mobile form
        db.conn.execute(
            "UPDATE articles SET url = ? WHERE id = ? AND url <> ?", [article.url, row, article.url]
        )
    elif reading.canonical and _can_be_article(reading.canonical) and _is_of(db, reading.canonical, outlet):
        db.conn.execute(_PUT_URL, [reading.canonical, row, "canonical"])
    db.conn.executemany(_PUT_URL, [(url, row, relation) for url, relation in article.urls])


def _is_of(db: Database, url: str, outlet: int) -> bool:
    """Whether `url` belongs to the outlet of that row."""
    names = json.dumps(sorted(covering(url)))
    listed = rows(
        db, "SELECT id, domain FROM outlets WHERE domain IN (SELECT value FROM json_each(?))", [names]
    )
    ids = {row["domain"]: row["id"] for row in listed}
    return ids.get(outlet_key(url, ids)) == outlet


_VERSIONS = """
SELECT id, sha256, fetched, kind, EXISTS (SELECT 1 FROM raw_pages WHERE version_id = versions.id) AS raw
  FROM versions WHERE article_id = ? ORDER BY (kind = 'unreadable'), fetched DESC, id DESC
"""
_REREAD = """
UPDATE versions SET ({names}) = ({marks}) WHERE id = ? AND ({names}) IS NOT ({marks})
"""


def _put_version(db: Database, article: Article, row: int) -> tuple[int, bool, bool]:
    """The version this reading is: its id, whether it is new, whether known evidence changed."""
    stored = list(rows(db, _VERSIONS, [row]))
    if stored and stored[0]["kind"] != "unreadable" and article.reading.kind == "unreadable":
        return stored[0]["id"], False, False
    sha = _sum(article.reading)
    own_page = one(db, "SELECT 1 FROM articles WHERE id = ? AND url = ?", [row, article.url]) is not None
    fetched = stamp(article.fetched)
    # An AMP form, or an older copy, is compared with every version: else the two forms of one
    # unchanged page would add a version each at every crawl.
    comparable = stored
    if own_page and not article.undated and stored and fetched >= stored[0]["fetched"]:
        comparable = [*stored[:1], *(v for v in stored[1:] if v["fetched"] == fetched)]
    known = next((version for version in comparable if version["sha256"] == sha), None)
    if known is None:
        return _new_version(db, article, row, sha), True, False
    complete = own_page and (article.raw is not None or not known["raw"])
    if complete:
        facts = _read_facts(article.reading)
        sql = _REREAD.format(names=", ".join(facts), marks=", ".join("?" * len(facts)))
        db.conn.execute(sql, [*facts.values(), known["id"], *facts.values()])
    _put_raw(db, known["id"], article.raw)
    changed = put_evidence(db, known["id"], article.reading.evidence, complete=complete)
    return known["id"], False, changed


def _sum(reading: Reading) -> str:
    """What tells one version from another: the SHA-256 of its title and text."""
    return hashlib.sha256(f"{reading.title}\n{reading.text}".encode()).hexdigest()


def _new_version(db: Database, article: Article, row: int, sha: str) -> int:
    """The id of a version that was not stored before, with its evidence."""
    came = {
        "article_id": row,
        "fetched": stamp(article.fetched),
        "sha256": sha,
        "status": article.status,
        "robots": article.robots,
        "reservation": article.reservation,
        "run_id": article.run,
    }
    version = insert(db, "versions", came | _read_facts(article.reading))
    _put_raw(db, version, article.raw)
    for facts in _told(article.reading.evidence).values():
        insert(db, "evidence", {"version_id": version} | facts)
    return version


def _read_facts(reading: Reading) -> dict[str, Any]:
    """The columns of a version that come from its reading."""
    verdict = reading.is_republication
    return {
        "title": reading.title,
        "text": reading.text,
        "words": len(reading.text.split()),
        "kind": reading.kind,
        "language": reading.language,
        "authors": packed(reading.authors),
        "byline": reading.byline,
        "section": reading.section,
        "canonical": reading.canonical,
        "published": stamp_or_none(reading.published),
        "published_basis": reading.published_basis,
        "titles": packed(reading.titles),
        "image": reading.image,
        "is_republication": None if verdict is None else int(verdict),
        "reason": reading.reason,
        "extractor": reading.extractor,
    }


def _put_raw(db: Database, version: int, raw: bytes | Packed | None) -> None:
    """Keep the raw page; the first one kept for a version stays."""
    if raw is not None:
        kept = [version, raw.body if isinstance(raw, Packed) else zlib.compress(raw)]
        db.conn.execute("INSERT OR IGNORE INTO raw_pages (version_id, html) VALUES (?, ?)", kept)


_OLD_EVIDENCE = """
SELECT kind, region, quote, name, domain, target_url, "start", "end", scope_start, scope_end, hop, language,
       rule, id FROM evidence WHERE version_id = ? ORDER BY id
"""


def put_evidence(db: Database, version: int, evidence: Iterable[Evidence], *, complete: bool) -> bool:
    """Whether a version's evidence changed by being told `evidence`; equal rows keep their ids.

    `complete`: this is all there is, so rows it does not name go.
    """
    told = _told(evidence)
    with writing(db):
        old = {tuple(row)[:-1]: row["id"] for row in rows(db, _OLD_EVIDENCE, [version])}
        gone = [(row,) for values, row in old.items() if values not in told] if complete else []
        new = [facts for values, facts in told.items() if values not in old]
        db.conn.executemany("DELETE FROM evidence WHERE id = ?", gone)
        for facts in new:
            insert(db, "evidence", {"version_id": version} | facts)
    return bool(gone or new)


def _told(evidence: Iterable[Evidence]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The facts of evidence, each once, by their values."""
    return {tuple(facts.values()): facts for facts in map(_evidence_facts, evidence)}


def _evidence_facts(item: Evidence) -> dict[str, Any]:
    """The columns that an observed fact fills, in the order of `_OLD_EVIDENCE`."""
    scope = item.scope or (None, None)
    return {
        "kind": item.kind,
        "region": item.region,
        "quote": item.quote,
        "name": item.name,
        "domain": item.domain,
        "target_url": item.target_url,
        "start": item.start,
        "end": item.end,
        "scope_start": scope[0],
        "scope_end": scope[1],
        "hop": item.hop,
        "language": item.language,
        "rule": item.rule,
    }


# A claim's raw words stay; how they are understood follows the newest reading.
_PUT_TIME = """
INSERT INTO time_claims (article_id, kind, basis, raw, earliest_utc, latest_utc, zone_known, plausible)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (article_id, kind, basis, raw) DO UPDATE
   SET earliest_utc = excluded.earliest_utc, latest_utc = excluded.latest_utc,
       zone_known = excluded.zone_known, plausible = excluded.plausible
 WHERE (earliest_utc, latest_utc, zone_known, plausible)
       IS NOT (excluded.earliest_utc, excluded.latest_utc, excluded.zone_known, excluded.plausible)
"""


def _put_times(db: Database, times: Iterable[TimeClaim], row: int) -> None:
    """Keep every stated time; when we fetched it is the article's `first_seen`, not a claim."""
    db.conn.executemany(
        _PUT_TIME,
        [
            (row, claim.kind, claim.basis, claim.raw, stamp(claim.earliest), stamp(claim.latest),
             int(claim.zone_known), int(claim.plausible))
            for claim in times
            if (claim.kind, claim.basis) != ("seen", "fetch")
        ],
    )  # fmt: skip
