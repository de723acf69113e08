"""Everything that writes: outlets and articles here, the rest gathered from the files beside.

Facts are append-only and every write is idempotent: storing what is stored changes nothing.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable

from sqlite_utils import Database

from db.clean import cleaned
from db.errors import RefusedUrl
from db.merge import REFRESH, merge
from db.open import lock, open_db, open_read, writing
from db.records import Article, Evidence, Outlet, Reading, Stored
from db.runs import end_run, start_run
from db.tombstones import covering, is_forgotten
from db.urls import is_web, outlet_key
from db.values import one, packed, plain, rows, stamp, stamp_or_none

__all__ = [
    "end_run", "is_forgotten", "lock", "merge", "open_db", "open_read", "outlet_row", "put_article",
    "put_outlets", "start_run", "writing",
]  # fmt: skip

_RANK = {"credit": 0, "page": 0, "outlets": 1, "catalogue": 2}  # who is believed over whom

_OUTLET_ID = "SELECT id, origin FROM outlets WHERE domain = ?"
_UNRESOLVED_ID = "SELECT id, origin FROM outlets WHERE domain IS NULL AND name = ?"
_NEW_OUTLET = """
INSERT INTO outlets (name, kind, family, country, language, origin, domain, resolved)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_OUTLET = """
UPDATE outlets SET name = ?, kind = ?, family = ?, country = ?, language = ?, origin = ? WHERE id = ?
"""
_NEW_ALIAS = "INSERT OR REPLACE INTO outlet_aliases (outlet_id, alias, language, needs) VALUES (?, ?, ?, ?)"


def put_outlets(db: Database, outlets: Iterable[Outlet], origin: str) -> None:
    """Store outlets with their aliases, one row per domain.

    `origin` says who told us: `catalogue` is believed over `outlets`, that over `page` and
    `credit`; what a weaker one says of a known outlet is left out.
    Raises ValueError for another origin.
    """
    if origin not in _RANK:
        raise ValueError(f"an outlet's origin is one of {', '.join(_RANK)}, not {origin!r}")
    with writing(db):
        for outlet in outlets:
            _put_outlet(db, outlet, origin)


def outlet_row(db: Database, outlet: Outlet) -> int:
    """The id of an outlet's row, a new one where it is not known yet."""
    known = _known_outlet(db, outlet)
    if known is not None:
        return known["id"]
    with writing(db):
        return _put_outlet(db, outlet, "page" if outlet.domain else "credit")


def _known_outlet(db: Database, outlet: Outlet):
    if outlet.domain:
        return one(db, _OUTLET_ID, [plain(outlet.domain)])
    return one(db, _UNRESOLVED_ID, [plain(outlet.name)])


def _put_outlet(db: Database, outlet: Outlet, origin: str) -> int:
    facts = [plain(outlet.name), outlet.kind, outlet.family, outlet.country, outlet.language, origin]
    known = _known_outlet(db, outlet)
    if known is None:
        domain = outlet.domain and plain(outlet.domain)
        row = db.conn.execute(_NEW_OUTLET, [*facts, domain, int(bool(domain))]).lastrowid
    elif _RANK[origin] >= _RANK[known["origin"]]:
        row = known["id"]
        db.conn.execute(_UPDATE_OUTLET, [*facts, row])
        db.conn.execute("DELETE FROM outlet_aliases WHERE outlet_id = ?", [row])
    else:
        return known["id"]
    db.conn.executemany(_NEW_ALIAS, [(row, plain(a.text), a.language or "", a.needs) for a in outlet.aliases])
    return row


def put_article(db: Database, article: Article) -> Stored:
    """Store one page as fetched or imported, and say what that did.

    A page known under any of its URLs is updated; a changed title or text makes a version; the
    same text read again brings its evidence up to date.  An unreadable page never replaces a
    readable one.  A reading without the raw page adds evidence but takes none away.
    Raises RefusedUrl when the URL, its outlet or its domain was forgotten.
    """
    article = cleaned(article)
    if is_forgotten(db, article.url):
        raise RefusedUrl(f"{article.url} was forgotten on request: it is not stored again")
    with writing(db):
        outlet = outlet_row(db, article.outlet)
        found = _same_article(db, article, outlet)
        row = _new_article(db, article, outlet) if found is None else found
        _put_urls(db, article, row, outlet)
        version, new, changed = _put_version(db, article, row)
        _put_times(db, article.reading, row)
        db.conn.execute(_SEEN, {"article": row, "at": stamp(article.fetched)})
        db.conn.execute(REFRESH, {"article": row})
    return Stored(
        article=row, version=version, new_article=found is None, new_version=new, evidence_changed=changed
    )


_ARTICLE_AT = """
SELECT a.id, a.outlet_id, a.url, u.relation FROM article_urls u JOIN articles a ON a.id = u.article_id
 WHERE u.url = ?
"""
_NEW_ARTICLE = """
INSERT INTO articles (outlet_id, url, kind, title, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?)
"""
_SEEN = """
UPDATE articles SET first_seen = min(first_seen, :at), last_seen = max(last_seen, :at) WHERE id = :article
"""


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
    facts = [outlet, article.url, article.reading.kind, article.reading.title, seen, seen]
    return db.conn.execute(_NEW_ARTICLE, facts).lastrowid


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
  FROM versions WHERE article_id = ? ORDER BY kind = 'unreadable', fetched DESC, id DESC
"""
_READ = [
    "title",
    "text",
    "words",
    "kind",
    "language",
    "authors",
    "byline",
    "section",
    "canonical",
    "published",
    "published_basis",
    "titles",
    "image",
    "is_republication",
    "reason",
    "extractor",
]  # the columns that come from the reading
_FETCHED = ["status", "robots", "reservation", "run_id"]
_COLUMNS = ["article_id", "fetched", "sha256", *_READ, *_FETCHED]
_NEW_VERSION = f"INSERT INTO versions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_REREAD = f"""
UPDATE versions SET ({", ".join(_READ)}) = ({", ".join("?" * len(_READ))})
 WHERE id = ? AND ({", ".join(_READ)}) IS NOT ({", ".join("?" * len(_READ))})
"""  # noqa: S608


def _put_version(db: Database, article: Article, row: int) -> tuple[int, bool, bool]:
    """The version this reading is: its id, whether it is new, whether known evidence changed."""
    stored = list(rows(db, _VERSIONS, [row]))
    if stored and stored[0]["kind"] != "unreadable" and article.reading.kind == "unreadable":
        return stored[0]["id"], False, False
    sha = hashlib.sha256(f"{article.reading.title}\n{article.reading.text}".encode()).hexdigest()
    own_page = one(db, "SELECT 1 FROM articles WHERE id = ? AND url = ?", [row, article.url]) is not None
    newer = not stored or stamp(article.fetched) >= stored[0]["fetched"]
    # An AMP form, or an older copy, is compared with every version: else the two forms of one
    # unchanged page would add a version each at every crawl.
    comparable = stored[:1] if own_page and newer else stored
    known = next((version for version in comparable if version["sha256"] == sha), None)
    if known is None:
        version = _new_version(db, article, row, sha)
        put_evidence(db, version, article.reading.evidence, complete=True)
        return version, True, False
    complete = own_page and (article.raw is not None or not known["raw"])
    if complete:
        facts = _read_facts(article.reading)
        db.conn.execute(_REREAD, [*facts, known["id"], *facts])
    _put_raw(db, known["id"], article.raw)
    changed = put_evidence(db, known["id"], article.reading.evidence, complete=complete)
    return known["id"], False, changed


def _new_version(db: Database, article: Article, row: int, sha: str) -> int:
    came = [article.status, article.robots, article.reservation, article.run]
    facts = [row, stamp(article.fetched), sha, *_read_facts(article.reading), *came]
    version = db.conn.execute(_NEW_VERSION, facts).lastrowid
    _put_raw(db, version, article.raw)
    return version


def _read_facts(reading: Reading) -> list:
    """The values of `_READ`, in its order."""
    verdict = None if reading.is_republication is None else int(reading.is_republication)
    return [
        reading.title, reading.text, len(reading.text.split()), reading.kind, reading.language,
        packed(reading.authors), reading.byline, reading.section, reading.canonical,
        stamp_or_none(reading.published), reading.published_basis, packed(reading.titles), reading.image,
        verdict, reading.reason, reading.extractor,
    ]  # fmt: skip


def _put_raw(db: Database, version: int, raw: bytes | None) -> None:
    """Keep the raw page; the first one kept for a version stays."""
    if raw is not None:
        kept = [version, zlib.compress(raw)]
        db.conn.execute("INSERT OR IGNORE INTO raw_pages (version_id, html) VALUES (?, ?)", kept)


_EVIDENCE = [
    "kind",
    "region",
    "quote",
    "name",
    "domain",
    "target_url",
    '"start"',
    '"end"',
    "scope_start",
    "scope_end",
    "hop",
    "language",
    "rule",
]
_OLD_EVIDENCE = f"SELECT id, {', '.join(_EVIDENCE)} FROM evidence WHERE version_id = ? ORDER BY id"  # noqa: S608
_NEW_EVIDENCE = f"""
INSERT INTO evidence (version_id, {", ".join(_EVIDENCE)}) VALUES ({", ".join("?" * (len(_EVIDENCE) + 1))})
"""  # noqa: S608


def put_evidence(db: Database, version: int, evidence: Iterable[Evidence], *, complete: bool) -> bool:
    """Whether a version's evidence changed by being told `evidence`; equal rows keep their ids.

    `complete`: this is all there is, so rows it does not name go.
    """
    told = dict.fromkeys(_evidence_facts(item) for item in evidence)
    with writing(db):
        old = {tuple(row)[1:]: row["id"] for row in rows(db, _OLD_EVIDENCE, [version])}
        gone = [(row,) for facts, row in old.items() if facts not in told] if complete else []
        new = [(version, *facts) for facts in told if facts not in old]
        db.conn.executemany("DELETE FROM evidence WHERE id = ?", gone)
        db.conn.executemany(_NEW_EVIDENCE, new)
    return bool(gone or new)


def _evidence_facts(item: Evidence) -> tuple:
    """The values of `_EVIDENCE`, in its order."""
    scope = item.scope or (None, None)
    return (
        item.kind, item.region, item.quote, item.name, item.domain, item.target_url, item.start, item.end,
        *scope, item.hop, item.language, item.rule,
    )  # fmt: skip


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


def _put_times(db: Database, reading: Reading, row: int) -> None:
    """Keep every stated time; when we fetched it is the article's `first_seen`, not a claim."""
    db.conn.executemany(
        _PUT_TIME,
        [
            (row, claim.kind, claim.basis, claim.raw, stamp(claim.earliest), stamp(claim.latest),
             int(claim.zone_known), int(claim.plausible))
            for claim in reading.times
            if (claim.kind, claim.basis) != ("seen", "fetch")
        ],
    )  # fmt: skip
