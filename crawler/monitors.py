"""`crawl --monitor`: does a run look healthy? Its counts and the earlier ones in, what is wrong out.

The questions are asked of the database, of earlier runs and of credits.  A suite of spidermon sees the
statistics of one run, and its process exits 0 whatever it finds.
"""

import json

from sqlite_utils import Database

from crawler.summary import CrawlSummary, SiteCounts
from db.records import CREDIT_KINDS
from db.silence import found_by_outlet, silent
from db.values import rows

MAX_FAILED = 0.3  # share of a site's answers and failures that may be failures
FEW = 5  # of fewer pages nothing is concluded
SLOW = 10.0  # seconds that a host's answers may take, on the mean
MIN_CREDITED = 0.2  # an outlet on whose pages so many credits were found cannot lose them all at once

_EARLIER = """
SELECT counts FROM runs WHERE command = 'crawl' AND outcome = 'done' AND id < ? ORDER BY id DESC LIMIT 20
"""
# Per outlet: pages of this run and of the ones before, and those of them with a credit.
_CREDITS = """
SELECT o.domain, sum(v.run_id = :run) AS pages, sum(v.run_id < :run) AS earlier,
       sum(v.run_id = :run AND e.version_id IS NOT NULL) AS credited,
       sum(v.run_id < :run AND e.version_id IS NOT NULL) AS credited_earlier
  FROM versions v JOIN articles a ON a.id = v.article_id JOIN outlets o ON o.id = a.outlet_id
  LEFT JOIN (SELECT DISTINCT version_id FROM evidence WHERE kind IN (SELECT value FROM json_each(:kinds))) e
    ON e.version_id = v.id
 WHERE v.run_id IS NOT NULL AND v.kind = 'article' GROUP BY o.id
"""


def problems(db: Database, summary: CrawlSummary) -> list[str]:
    """What does not look healthy, one sentence each; an empty list when all does."""
    earlier = _found_earlier(db, summary.run)
    found = [line for site, counts in summary.sites.items() for line in _of_site(site, counts, earlier)]
    if not summary.reached and not found:
        found = _unanswered(summary)
    slow = ((host, wait) for host, wait in summary.waits.items() if wait > SLOW)
    told = [f"{host}: {wait:.0f} s for an answer, on the mean" for host, wait in slow]
    stopped = [f"{site}: {words}" for site, words in silent(found_by_outlet(db)) if site in summary.sites]
    return [*found, *told, *_credits(db, summary.run), *stopped]


def _unanswered(summary: CrawlSummary) -> list[str]:
    """The sites that were asked, of a run that no server answered."""
    asked = ((site, {**counts.failed, **counts.left_out}) for site, counts in summary.sites.items())
    return [f"{site}: nothing answers ({', '.join(sorted(why))})" for site, why in asked if why]


def _of_site(site: str, counts: SiteCounts, earlier: dict[str, int]) -> list[str]:
    failed = sum(counts.failed.values())
    good = counts.stored + counts.new_versions + counts.unchanged + counts.unreadable
    told = []
    if failed + good >= FEW and failed > MAX_FAILED * (failed + good):
        told.append(f"{site}: {failed} of {failed + good} pages failed ({', '.join(sorted(counts.failed))})")
    if counts.unreadable >= FEW and counts.unreadable > MAX_FAILED * good:
        told.append(f"{site}: {counts.unreadable} of {good} pages show no text")
    if counts.lists and not counts.good_lists and earlier.get(site, 0):
        reasons = sorted({*counts.failed, *counts.left_out})
        why = f" ({', '.join(reasons)})" if reasons else ""
        told.append(f"{site}: no article was found, and earlier runs found some{why}")
    return told


def _found_earlier(db: Database, run: int) -> dict[str, int]:
    """How many articles the runs before found at each site, at most."""
    most: dict[str, int] = {}
    for row in rows(db, _EARLIER, [run]):
        for name, many in json.loads(row["counts"]).items():
            what, _, site = name.partition(" ")
            if what == "found" and site:
                most[site] = max(most.get(site, 0), many)
    return most


def _credits(db: Database, run: int) -> list[str]:
    told = rows(db, _CREDITS, {"run": run, "kinds": json.dumps(CREDIT_KINDS)})
    return [
        f"{row['domain']}: no credit on any of {row['pages']} pages, and there were some on"
        f" {row['credited_earlier']} of {row['earlier']} before"
        for row in told
        if row["pages"] >= FEW
        and not row["credited"]
        and row["earlier"] >= FEW
        and row["credited_earlier"] >= MIN_CREDITED * row["earlier"]
    ]
