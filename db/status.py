"""`newstrace status`: what the database holds, how its sites and files stand, what every detector found."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from db.coverage import coverage
from db.health import bytes_in_words, files_of, sites_of
from db.lookup import counts, last_runs
from db.screen import minute
from db.silence import found_by_outlet, silent
from db.values import rows

# Per outlet: pages read, those with some credit, and when the last one was seen.
_OUTLETS = """
SELECT o.domain, o.name, count(*) AS articles, sum(a.kind = 'unreadable') AS unreadable,
       sum(EXISTS (SELECT 1 FROM newest_versions v JOIN evidence e ON e.version_id = v.id
                    WHERE v.article_id = a.id AND
                       e.kind NOT IN ('body_link', 'photo_credit'))) AS with_credit,
       max(a.last_seen) AS last_seen
  FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE a.phantom = 0
 GROUP BY o.id ORDER BY articles DESC, o.domain
"""
# Per rule: how often it found something, and when last.
_RULES = """
SELECT e.kind, e.rule, count(*) AS found, max(v.fetched) AS last_found
  FROM evidence e JOIN versions v ON v.id = e.version_id GROUP BY e.kind, e.rule ORDER BY e.kind, found DESC
"""


SHOWN = 40  # outlets, and sites, that a terminal shows


def status_of(db: Database, now: datetime | None = None) -> dict[str, Any]:
    """Counts, coverage, the last runs, sites, files, and what was found per outlet and rule: plain values."""
    return {
        "counts": counts(db),
        "coverage": coverage(db),
        "runs": [
            {
                "id": run.id,
                "command": run.command,
                "started": run.started.isoformat(),
                "ended": run.ended and run.ended.isoformat(),
                "outcome": run.outcome or "running, or killed",
                "counts": dict(run.counts),
            }
            for run in last_runs(db)
        ],
        "outlets": [dict(row) for row in rows(db, _OUTLETS)],
        "detectors": [dict(row) for row in rows(db, _RULES)],
        "detectors_by_outlet": found_by_outlet(db),
        "sites": list(sites_of(db, now or datetime.now(UTC))),
        "files": files_of(db),
    }


def as_text(status: dict[str, Any]) -> str:
    """The status for a terminal."""
    parts = [_table("in the database", ((name, f"{n:,}") for name, n in status["counts"].items()))]
    parts.append(_table("files", _files(status["files"])))
    parts.append(_table("last runs", ((minute(r["started"]), _run(r)) for r in status["runs"])))
    if sites := status["sites"]:
        title = "sites (last success, articles per day, waiting, errors)"
        parts.append(_table(title, ((s["site"], _site(s)) for s in sites[:SHOWN])))
    if len(sites) > SHOWN:
        parts.append(f"  and {len(sites) - SHOWN:,} more sites (--json lists all)")
    outlets = status["outlets"]
    parts.append(
        _table(
            "outlets (articles, with a credit, unreadable)",
            (
                (o["domain"] or o["name"], f"{o['articles']:,}  {o['with_credit']:,}  {o['unreadable']:,}")
                for o in outlets[:SHOWN]
            ),
        )
    )
    if len(outlets) > SHOWN:
        parts.append(f"  and {len(outlets) - SHOWN:,} more outlets (--json lists all)")
    if stopped := list(silent(status["detectors_by_outlet"])):
        parts.append(_table("detectors that stopped finding credits", stopped))
    found: dict[str, int] = {}
    for row in status["detectors"]:
        found[row["kind"]] = found.get(row["kind"], 0) + row["found"]
    parts.append(_table("evidence found, by kind", ((kind, f"{n:,}") for kind, n in found.items())))
    return "\n".join(parts)


def _files(files: Mapping[str, Any]) -> list[tuple[str, str]]:
    warc, raw = files["warc"], files["raw_pages"]
    lines = [
        ("database", f"{bytes_in_words(files['database']['bytes'])}  {files['database']['path']}"),
        ("its log (WAL)", bytes_in_words(files["wal"]["bytes"])),
        ("raw pages in it", f"{bytes_in_words(raw['bytes'])}  {raw['pages']:,} pages"),
    ]
    if warc["files"]:
        missing = f", {warc['missing']} not there any more" if warc["missing"] else ""
        told = (
            f"{bytes_in_words(warc['bytes'])}  {warc['files']} files in {', '.join(warc['folders'])}{missing}"
        )
        lines.append(("WARC files", told))
    return lines


def _run(run: Mapping[str, Any]) -> str:
    """One run in a line: how it ended, and its counts over all sites."""
    counts = [f"{many:,} {name.replace('_', ' ')}" for name, many in run["counts"].items() if " " not in name]
    return f"{run['command']}: {run['outcome']}" + (f" ({', '.join(counts)})" if counts else "")


def _site(site: Mapping[str, Any]) -> str:
    success = minute(site["last_success"]) if site["last_success"] else "never"
    errors = ", ".join(f"{reason or 'no reason noted'} {many:,}" for reason, many in site["errors"].items())
    return f"{success:<16}  {site['articles_per_day']:>7,.1f}  {site['waiting']:>6,}  {errors}".rstrip()


def _table(title: str, lines: Any) -> str:
    return "\n".join([title, *(f"  {name:<32} {value}" for name, value in lines)])
