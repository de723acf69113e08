"""Translations found, measured: articles in many languages in, `translates` links beside the truth.

`python bench/translations.py FILE [--credits]`

FILE is JSON Lines of {article, language, source, title, text}, the texts of one `article` translations
of each other, one of them the `source`.  Every outlet publishes in one language; every translation is
a page of its own a day after the source.  `--credits`: each names the source's outlet under its text.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from db.export import links as exported
from db.open import open_db
from db.progress import Tell, silent
from db.records import Article, Evidence, Outlet, Reading, TimeClaim
from db.store import put_article
from db.values import rows
from dedupe.run import link

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEVELS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_PAIRS = """
SELECT a.url AS a, b.url AS b, t.alignment FROM translations t
  JOIN versions x ON x.id = t.version_a JOIN versions y ON y.id = t.version_b
  JOIN articles a ON a.id = x.article_id JOIN articles b ON b.id = y.article_id
"""

Row = Mapping[str, Any]


def url_of(row: Row) -> str:
    """The address of a text: a site for each language, two for the sources."""
    return f"http://press-{row['language']}.example/{row['article']}"


def page(row: Row, source: Row, *, credits_: bool) -> Article:
    """A text as a stored page."""
    hours = 0 if row is source else 24
    at = NOON + timedelta(hours=hours)
    named = Outlet(domain=f"press-{source['language']}.example", name=f"Press {source['language'].upper()}")
    credit = Evidence(
        kind="source_line", quote=f"Source: {named.name}", region="tail", name=named.name, domain=named.domain
    )
    time_ = TimeClaim(
        kind="published", basis="jsonld", raw=at.isoformat(), earliest=at, latest=at, zone_known=True
    )
    reading = Reading(
        url=url_of(row),
        kind="article",
        title=row["title"],
        text=row["text"],
        language=row["language"],
        published=at,
        published_basis="jsonld",
        times=(time_,),
        evidence=(credit,) if credits_ and row is not source else (),
    )
    own = Outlet(domain=reading.url.split("/")[2], name=f"Press {row['language'].upper()}")
    return Article(reading=reading, outlet=own, fetched=NOON + timedelta(days=2))


def main() -> None:
    """Link the texts and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--credits", action="store_true", help="each translation names its source")
    args = parser.parse_args()
    texts = [json.loads(line) for line in args.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    db = open_db(":memory:")
    sources = {row["article"]: row for row in texts if row["source"]}
    for row in texts:
        put_article(db, page(row, sources[row["article"]], credits_=args.credits))
    started = time.process_time()
    link(db, now=NOON + timedelta(days=2), tell=Tell(lambda words: print(words, file=sys.stderr), silent))
    print(f"{len(texts)} texts in {len({row['language'] for row in texts})} languages", end=", ")
    print(f"linked in {time.process_time() - started:.1f} s of CPU")
    told = {url_of(row): row for row in texts}
    _pairs_table([(told[row["a"]], told[row["b"]], row["alignment"]) for row in rows(db, _PAIRS)], texts)
    _links_table(list(exported(db, all_=True)), texts, sources)


def _pairs_table(pairs: Sequence[tuple[Row, Row, float]], texts: Sequence[Row]) -> None:
    """Source and translation, and any two translations of it: how many align, and how many others do."""
    sizes = Counter(row["article"] for row in texts)
    every = sum(n * (n - 1) // 2 for n in sizes.values())
    to_source = sum(n - 1 for n in sizes.values())
    print("\nalignment  with the source  precision   any two  precision")
    for level in LEVELS:
        some = [(a, b) for a, b, score in pairs if score >= level]
        right = [(a, b) for a, b in some if a["article"] == b["article"]]
        mine = [(a, b) for a, b in some if a["source"] or b["source"]]
        mine_right = [(a, b) for a, b in mine if a["article"] == b["article"]]
        print(
            f"{level:9.1f}  {len(mine_right) / to_source:15.3f}  {len(mine_right) / max(1, len(mine)):9.3f}"
            f"  {len(right) / every:8.3f}  {len(right) / max(1, len(some)):9.3f}"
        )


def _links_table(links: Sequence[Row], texts: Sequence[Row], sources: Mapping[str, Row]) -> None:
    """Accepted `translates` links beside the truth, and the recall of each language."""
    true = {(url_of(row), url_of(sources[row["article"]])): row for row in texts if not row["source"]}
    found = [k for k in links if k["relation"] == "translates" and k["status"] == "accepted"]
    right = [k for k in found if (k["child_url"], k["parent_url"]) in true]
    held = [k for k in links if k["relation"] == "translates" and k["status"] == "candidate"]
    print(f"\ntranslates, accepted: {len(found)}, candidates {len(held)}")
    print(f"recall {len(right) / len(true):.3f} ({len(right)}/{len(true)})", end=", ")
    print(f"precision {len(right) / max(1, len(found)):.3f} ({len(right)}/{len(found)})")
    all_of = Counter(row["language"] for row in true.values())
    got = Counter(true[k["child_url"], k["parent_url"]]["language"] for k in right)
    print("by language: " + ", ".join(f"{name} {got[name] / n:.2f}" for name, n in sorted(all_of.items())))
    other = Counter(k["relation"] for k in links if k["status"] == "accepted" and k not in found)
    print("other accepted links: " + (", ".join(f"{k} {n}" for k, n in other.items()) or "none"))


if __name__ == "__main__":
    main()
