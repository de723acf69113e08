"""`newstrace status`: what the database holds, its last runs, and what every detector found."""

from typing import Any

from sqlite_utils import Database

from db.coverage import coverage
from db.lookup import counts, last_runs
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


def status_of(db: Database) -> dict[str, Any]:
    """Counts, coverage, the last runs, and per outlet and per rule what was found, as plain values."""
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
    }


def as_text(status: dict[str, Any]) -> str:
    """The status for a terminal."""
    parts = [_table("in the database", ((name, f"{n:,}") for name, n in status["counts"].items()))]
    parts.append(
        _table("last runs", ((r["started"], f"{r['command']}: {r['outcome']}") for r in status["runs"]))
    )
    outlets = status["outlets"]
    parts.append(
        _table(
            "outlets (articles, with a credit, unreadable)",
            (
                (o["domain"] or o["name"], f"{o['articles']:,}  {o['with_credit']:,}  {o['unreadable']:,}")
                for o in outlets[:40]
            ),
        )
    )
    if len(outlets) > 40:
        parts.append(f"  and {len(outlets) - 40:,} more outlets (--json lists all)")
    found: dict[str, int] = {}
    for row in status["detectors"]:
        found[row["kind"]] = found.get(row["kind"], 0) + row["found"]
    parts.append(_table("evidence found, by kind", ((kind, f"{n:,}") for kind, n in found.items())))
    return "\n".join(parts)


def _table(title: str, lines: Any) -> str:
    return "\n".join([title, *(f"  {name:<32} {value}" for name, value in lines)])
