"""An evidence pack: the chain behind one address as a ZIP that stands on its own and can be checked.

It holds the texts of the pages, what they share, every quote, whether each taking was licensed as far
as the user's licences say, when each page was fetched and under what robots.txt, when its server said
that it was as before, its stated times, the raw pages and WARC records that were kept, PROV-JSON, a page
to print, and a manifest with the SHA-256 of every file and the versions of software, rules and names.
"""

import hashlib
import io
import json
import platform
import sqlite3
import zipfile
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from db.browse.answer import Ask, page
from db.browse.trace import Told
from db.chain import Chain, chain
from db.derivations import to_prov
from db.errors import BadInput, UnknownArticle
from db.kept_records import GZIP, is_whole, record_at
from db.licences import Licences
from db.linking import names_fingerprint
from db.told import is_taken
from db.urls import is_web
from db.values import one, rows

FORMAT = "newstrace evidence pack 1"
MANIFEST = "manifest.json"
MOST_PAGES = 40  # with their texts; the chain lists all
MOST_REVISITS = 50  # of one version, the newest
MOST_BYTES = 500_000_000  # unpacked, of a pack that is checked

_VERSIONS = """
SELECT v.id, v.fetched, v.sha256, v.title, v.words, v.kind, v.language, v.byline, v.canonical, v.published,
       v.published_basis, v.extractor, v.status, v.robots, v.reservation, v.text
  FROM versions v WHERE v.article_id = :article
   AND (v.id IN (SELECT child_version FROM links WHERE child_id = :article)
     OR v.id IN (SELECT source_version FROM links WHERE source_id = :article)
     OR v.id = (SELECT id FROM newest_versions WHERE article_id = :article))
 ORDER BY v.id
"""
_TIMES = """
SELECT kind, basis, raw, earliest_utc, latest_utc, zone_known, plausible FROM time_claims
 WHERE article_id = ? ORDER BY id
"""
_URLS = "SELECT url, relation FROM article_urls WHERE article_id = ? ORDER BY url"
_SEEN = "SELECT first_seen, last_seen FROM articles WHERE id = ?"
_RAW = "SELECT html FROM raw_pages WHERE version_id = ?"
_ROBOTS = (
    "SELECT * FROM robots WHERE origin IN (SELECT value FROM json_each(?)) AND status <> 0 ORDER BY origin"
)
_WARC = 'SELECT file, "offset" FROM warc_records WHERE version_id = ?'
# When the server said of a version that it still was the page, the newest first.
_REVISITS = """
SELECT seen, file, "offset" FROM warc_revisits WHERE version_id = ? ORDER BY seen DESC LIMIT ?
"""
_PASSAGES = """
SELECT p.a_start, p.a_end, p.b_start, p.b_end, p.words, m.version_a, m.version_b
  FROM links l JOIN matches m ON m.version_a = min(l.child_version, l.source_version)
                             AND m.version_b = max(l.child_version, l.source_version)
  JOIN passages p ON p.match_id = m.id WHERE l.id = ? ORDER BY p.a_start
"""
_RUN = "SELECT command, started, versions FROM runs WHERE versions <> '{}' ORDER BY id DESC LIMIT 1"
_RULES = "SELECT rule_version FROM links ORDER BY id DESC LIMIT 1"


def pack(db: Database, url: str, now: datetime, *, licences: Licences | None = None) -> bytes:
    """The ZIP of the chain behind `url`; `licences`: what the user's own file says of who may take from whom.

    Raises UnknownArticle when it is not stored, BadUrl for what is no URL.
    """
    found = chain(db, url, licences=licences)
    if found.article is None:
        raise UnknownArticle("; ".join(found.unknown))
    near = {found.article["id"], *(n for link in found.links for n in (link["child"], link["parent"]))}
    pages = [node for node in found.nodes if node["id"] in near and node["url"]]
    pages.sort(key=lambda node: (node["id"] != found.article["id"], node["id"] in found.copies, node["id"]))
    files: dict[str, bytes] = {"chain.json": _json(found.as_dict())}
    facts = {node["id"]: _page_files(db, files, node) for node in pages[:MOST_PAGES]}
    files["pages.json"] = _json(list(facts.values()))
    files["links.json"] = _json([_link(db, link) for link in found.links])
    prov = to_prov((link for link in found.links if is_taken(link)), pages=facts)
    files["prov.json"] = prov.encode()
    files["index.html"] = _printable(db, found, facts, now)
    manifest = _manifest(db, found, files, now, len(pages))
    files[MANIFEST] = _json(manifest | {"licences_read": licences is not None})
    return _zip(files, now)


def _page_files(db: Database, files: dict[str, bytes], node: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of one page; its texts and raw pages go into `files`."""
    told = dict(node) | dict(one(db, _SEEN, [node["id"]]))
    told["urls"] = [dict(row) for row in rows(db, _URLS, [node["id"]])]
    told["times"] = [dict(row) for row in rows(db, _TIMES, [node["id"]])]
    told["robots"] = _robots(db, files, node) if is_web(node["url"]) else []
    told["versions"] = []
    for row in rows(db, _VERSIONS, {"article": node["id"]}):
        facts = {key: row[key] for key in row.keys() if key != "text"}  # noqa: SIM118 - a row is no dict
        facts["file"] = f"texts/{row['id']}.txt"
        files[facts["file"]] = f"{row['title']}\n{row['text']}".encode()
        if raw := one(db, _RAW, [row["id"]]):
            facts["raw"] = f"raw/{row['id']}.html"
            files[facts["raw"]] = zlib.decompress(raw["html"])
        place = one(db, _WARC, [row["id"]])
        facts["warc"] = place and _record(files, place, f"warc/{row['id']}")
        facts["revisits"] = [
            _record(files, again, f"warc/{row['id']}-revisit-{number}") | {"seen": again["seen"]}
            for number, again in enumerate(rows(db, _REVISITS, [row["id"], MOST_REVISITS]), 1)
        ]
        told["versions"].append(facts)
        told["sha256"] = row["sha256"]
    return told


def _record(files: dict[str, bytes], place: sqlite3.Row, name: str) -> dict[str, Any]:
    """Where a WARC record was kept; its bytes go into `files`, where they still are there."""
    kept = record_at(place["file"], place["offset"])
    name += ".warc.gz" if kept and kept[:2] == GZIP else ".warc"
    if kept is not None:
        files[name] = kept
    archive = {"archive": Path(place["file"]).name, "offset": place["offset"]}
    return archive | {"record": name if kept is not None else None}


def _robots(db: Database, files: dict[str, bytes], node: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The robots.txt and text-mining reservations of the page's host as last read, at present."""
    parts = urlsplit(node["url"])
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    origins = [f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.netloc}:{port}"]
    told = []
    for row in rows(db, _ROBOTS, [json.dumps(origins)]):
        name = f"robots/{parts.scheme}-{parts.netloc.replace(':', '-')}.txt"
        files[name] = row["body"]
        keys = ("origin", "status", "fetched", "reservations", "reservations_fetched")
        told.append({key: row[key] for key in keys} | {"file": name})
    return told


def _link(db: Database, link: Mapping[str, Any]) -> dict[str, Any]:
    return dict(link) | {"all_passages": [dict(row) for row in rows(db, _PASSAGES, [link["id"]])]}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _printable(db: Database, found: Chain, facts: Mapping[int, Any], now: datetime) -> bytes:
    told = Told(db, found, found.article["url"])
    answer = page(Ask(), "pack.html", told=told, facts=facts, made=now.isoformat(timespec="seconds"))
    return answer.body.encode()


def _manifest(
    db: Database, found: Chain, files: Mapping[str, bytes], now: datetime, pages: int
) -> dict[str, Any]:
    run, rules = one(db, _RUN), one(db, _RULES)
    return {
        "format": FORMAT,
        "made": now.isoformat(timespec="seconds"),
        "url": found.article["url"],
        "status": found.status,
        "newstrace": version("newstrace"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "rules": rules[0] if rules else None,
        "names": names_fingerprint(db),
        "last_run": dict(run) | {"versions": json.loads(run["versions"])} if run else None,
        "pages": {"in_chain": pages, "with_texts": min(pages, MOST_PAGES)},
        "sha256": {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())},
    }


def _zip(files: Mapping[str, bytes], now: datetime) -> bytes:
    made = io.BytesIO()
    when = max(now.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC)).timetuple()[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return made.getvalue()


def verify(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The manifest of a pack, and what is wrong with it: nothing, when it is as it was made.

    Raises BadInput for a file that is no pack.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise BadInput(f"{path} unpacks to more than {MOST_BYTES:,} bytes")
            files = {name: archive.read(name) for name in archive.namelist()}
            manifest = json.loads(files[MANIFEST])
            sums, _ = dict(manifest["sha256"]), manifest["made"]
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from error
    except _DAMAGED as error:
        raise BadInput(f"{path} is no evidence pack: {_damage(error)}") from error
    present = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != MANIFEST}
    wrong = [f"{name} is missing" for name in sorted(sums.keys() - present.keys())]
    wrong += [f"{name} is not in the manifest" for name in sorted(present.keys() - sums.keys())]
    wrong += [
        f"{name} was changed" for name in sorted(present) if sums.get(name, present[name]) != present[name]
    ]
    records = (name for name in sorted(files) if name.startswith("warc/"))
    wrong += [f"{name} is not a whole WARC record" for name in records if not is_whole(files[name])]
    return manifest, wrong + _texts_wrong(files)


# What unpacking and reading a file raises that is cut, changed, or another kind of file; a RuntimeError is
# raised for a packing that zipfile does not know, a password, and JSON that is too deep.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError)


def _damage(error: Exception) -> str:
    """What is wrong with a file, in words."""
    if isinstance(error, KeyError) and error.args == (MANIFEST,):
        return f"there is no {MANIFEST} in it"
    if isinstance(error, (KeyError, TypeError, ValueError)):
        return f"its {MANIFEST} is not as it was written"
    return "it is cut off or damaged, or no ZIP file"


def _texts_wrong(files: Mapping[str, bytes]) -> list[str]:
    """The texts that are not those whose sums the database held."""
    try:
        versions = [known for told in json.loads(files["pages.json"]) for known in told["versions"]]
        return [
            f"{known['file']} is not the text that was stored"
            for known in versions
            if hashlib.sha256(files[known["file"]]).hexdigest() != known["sha256"]
        ]
    except (KeyError, TypeError, ValueError, RecursionError):
        return ["pages.json cannot be read: it is not as it was written"]
