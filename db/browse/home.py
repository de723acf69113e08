"""`/`: what the database holds, the biggest stories of its last days, open credits, what each table is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, as_json, page
from db.browse.remembered import remembered
from db.browse.words import METADATA
from db.coverage import coverage
from db.lookup import counts, last_runs
from db.records import CREDIT_KINDS
from db.told import TAKEN
from db.values import one, rows

VIEWS = ("chains", "republications", "outlet_flows", "unresolved_credits", "newest_versions")
DAYS = 7  # before the newest page that count as the last days
STORIES = 8
CREDITS = 10

_NEWEST = "SELECT max(coalesce(published, first_seen)) AS newest FROM articles WHERE published <= ?"
# The pages that most others took from in the last days; a page that itself is taken is another's story.
_STORIES = f"""
SELECT s.url, s.title, s.phantom, o.name AS outlet, o.domain, count(DISTINCT c.outlet_id) AS outlets,
       count(*) AS copies, min(c.url) AS example, min(c.title) AS example_title
  FROM articles c JOIN links l ON l.child_id = c.id AND {TAKEN}
  JOIN articles s ON s.id = l.source_id JOIN outlets o ON o.id = s.outlet_id
 WHERE c.published >= :since AND c.published <= :until
   AND NOT EXISTS (SELECT 1 FROM links u WHERE u.child_id = s.id AND {TAKEN.replace("l.", "u.")})
 GROUP BY s.id ORDER BY copies DESC, s.id DESC LIMIT {STORIES}
"""  # noqa: S608
# Credits that mean no known outlet: those of no outlet, and those of a name that was never placed.
_UNRESOLVED = f"""
SELECT name, sum(credits) AS credits FROM (
       SELECT e.name, count(*) AS credits FROM evidence e INDEXED BY evidence_unplaced
        WHERE e.outlet_id IS NULL AND e.name <> '' AND e.kind <> 'photo_credit' AND e.kind IN ({{kinds}})
        GROUP BY e.name
        UNION ALL
       SELECT o.name, count(*) FROM outlets o CROSS JOIN evidence e ON e.outlet_id = o.id
        WHERE o.resolved = 0 AND e.kind IN ({{kinds}}) GROUP BY o.id)
 GROUP BY name ORDER BY credits DESC, name LIMIT {CREDITS}
"""  # noqa: S608


def home(db: Database, ask: Ask) -> Answer:
    """The first page."""
    told = {
        "counts": remembered(db, "counts", counts),
        "coverage": remembered(db, "coverage", coverage),
        "stories": remembered(db, "stories", stories),
        "unresolved": remembered(db, "unresolved", unresolved),
        "runs": [_run(run) for run in last_runs(db, 3)],
    }
    if ask.form == "json":
        return as_json(told)
    return page(ask, "home.html", **told, **_tables(), days=DAYS)


def stories(db: Database) -> list[dict[str, Any]]:
    """The pages that most others took from in the last days there are, the most taken first."""
    newest = one(db, _NEWEST, [_now()])["newest"]
    if not newest:
        return []
    since = (datetime.fromisoformat(newest) - timedelta(days=DAYS)).isoformat(timespec="seconds")
    return [dict(row) for row in rows(db, _STORIES, {"since": since, "until": newest})]


def unresolved(db: Database) -> list[dict[str, Any]]:
    """The names that pages credit and nobody could place, the most frequent first."""
    sql = _UNRESOLVED.format(kinds=", ".join("?" * len(CREDIT_KINDS)))
    return [dict(row) for row in rows(db, sql, [*CREDIT_KINDS, *CREDIT_KINDS])]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _run(run: Any) -> dict[str, Any]:
    return {
        "command": run.command,
        "started": run.started.isoformat(timespec="seconds"),
        "outcome": run.outcome or "running, or killed",
    }


def _tables() -> dict[str, Any]:
    words = METADATA["databases"]["newstrace"]
    told = {name: table for name, table in words["tables"].items() if table.get("description")}
    views = [(name, told[name]) for name in VIEWS]
    return {
        "about": METADATA["description"],
        "views": views,
        "tables": [(name, table) for name, table in told.items() if name not in VIEWS],
        "queries": list(words["queries"].items()),
    }
