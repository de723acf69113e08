"""Who took it from whom, measured: press worlds in, newstrace's links beside the truth and the usual recipe.

`python bench/links.py --seeds 1,2,3,4,5 [--stories K] [--no-credits] [--no-times] [--show-errors N]`

To work on the linker: `--keep FOLDER` once, then `--keep FOLDER --relink --show-errors 5 --only WORDS`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import world_baseline as baseline
from press_world import STORIES, build, read_texts, write
from world_pages import Setting
from world_report import cases_table, credits_table, main_table, reliability_plot, show_errors
from world_score import Judge, Score, Verdict, score

from crawler.sites import names as known_names
from crawler.sites import put_known_outlets, read_catalogue, read_outlets
from db import index, linking
from db.open import open_db, open_read
from db.outlets import Names, fold
from db.progress import Tell, silent
from dedupe.run import compare_pending, link
from dedupe.translate import align_pending

NEWSTRACE = Path(sys.executable).with_name("newstrace")
_PAGES = """
SELECT a.url, o.domain, coalesce(a.published, a.first_seen) AS published, v.text
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
  JOIN versions v ON v.article_id = a.id WHERE a.phantom = 0 ORDER BY v.id
"""


@dataclass(slots=True, kw_only=True)
class Totals:
    """What is printed when all worlds are done."""

    score: Score = field(default_factory=Score)
    recipes: dict[str, Score] = field(default_factory=lambda: {rule: Score() for rule in baseline.RULES})
    credits: dict[tuple[str, str], Counter] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)  # (class of error, words)
    seconds: Counter = field(default_factory=Counter)
    errors: list[Verdict] = field(default_factory=list)


def newstrace(folder: Path, *words: str) -> str:
    """What a newstrace command prints, its home and database in the folder."""
    env = {**os.environ, "NEWSTRACE_HOME": str(folder)}
    command = [str(NEWSTRACE), "--db", str(folder / "world.db"), *words]
    done = subprocess.run(command, env=env, capture_output=True, check=False, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"newstrace {' '.join(words)}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return done.stdout


def rows_of(text: str) -> list[dict[str, Any]]:
    """The rows of JSON Lines."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def names_of(folder: Path) -> Names:
    """Every outlet the world's newstrace knows."""
    catalogue = read_catalogue(folder / "sites.toml")
    listed = read_outlets(folder / "outlets.toml") if (folder / "outlets.toml").read_text().strip() else ()
    names = known_names(catalogue)
    return Names([*names.by_domain.values(), *listed])


def name_key(names: Names) -> Callable[[str | None, str | None], str]:
    """The function that says which outlet a domain, or else a name, means."""

    def key(domain: str | None, name: str | None) -> str:
        known = names.find(name, anchored=True) if name and not domain else None
        return domain or (known.domain if known else None) or fold(name or "")

    return key


def prepare(folder: Path, seed: int, args: argparse.Namespace) -> None:
    """Write a world, take it in and link it."""
    press, world = build(seed, args.stories, read_texts(args.texts), args.translations)
    write(folder, press, world, Setting(credits=not args.no_credits, times=not args.no_times))
    if not (folder / "outlets.toml").read_text().strip():
        (folder / "outlets.toml").unlink()
    os.environ["NEWSTRACE_HOME"] = str(folder)
    db = open_db(folder / "world.db", create=True)
    put_known_outlets(db, read_catalogue(folder / "sites.toml"))
    db.close()


def measure(folder: Path, seed: int, args: argparse.Namespace, totals: Totals) -> None:
    """One world: written, taken in, linked and scored."""
    again = args.relink and (folder / "world.db").exists()
    if not again:
        prepare(folder, seed, args)
        started = time.monotonic()
        newstrace(folder, "import", str(folder / "pages.jsonl"))
        totals.seconds["import"] += time.monotonic() - started
    link_world(folder, totals, again=again)
    links = rows_of(newstrace(folder, "export", "links", "--all", "--format", "jsonl"))
    evidence = rows_of(newstrace(folder, "export", "evidence", "--format", "jsonl"))
    truth = rows_of((folder / "truth.jsonl").read_text(encoding="utf-8"))
    key = name_key(Names(known_names(read_catalogue(folder / "sites.toml")).by_domain.values()))
    judge = Judge(truth, key)
    verdict = score(judge, links)
    totals.score.add(verdict.score)
    totals.errors.append(verdict)
    if not args.no_credits:
        read_credits(totals, truth, evidence, key)
    pages = stored_pages(folder)
    near = baseline.neighbours(pages)
    for rule in baseline.RULES:
        totals.recipes[rule].add(score(judge, baseline.links(pages, near, rule)).score)


def link_world(folder: Path, totals: Totals, *, again: bool) -> None:
    """What `newstrace link` does, timed apart in CPU seconds: near-duplicates, translations, then judging."""
    db = open_db(folder / "world.db")
    if again:
        index.clear(db)
        linking.forget_judged(db)
    tell = Tell(lambda words: print(words, file=sys.stderr), silent)
    steps = {
        "compare": lambda: compare_pending(db, tell),
        "translations": lambda: align_pending(db, tell),
        "judge": lambda: link(db, now=datetime.now(UTC), tell=tell),
    }
    for step, run in steps.items():
        started = time.process_time()
        run()
        totals.seconds[step] += time.process_time() - started
    db.close()


def stored_pages(folder: Path) -> list[baseline.Page]:
    """The stored pages as the recipe sees them, each once."""
    db = open_read(folder / "world.db")
    found = {row["url"]: baseline.Page(**row) for row in db.query(_PAGES)}
    db.close()
    return list(found.values())


def read_credits(
    totals: Totals, truth: Sequence[Mapping[str, Any]], evidence: Sequence[Mapping[str, Any]], key: Callable
) -> None:
    """Count, by place and language, the credits that the reader saw on the pages."""
    named: dict[str, set[str]] = {}
    for row in evidence:
        if row["kind"] not in ("photo_credit", "subject_mention", "body_link"):
            named.setdefault(row["url"], set()).add(key(row["domain"], row["source_name"]))
    languages = {row["url"]: row["language"] for row in truth if row["verdict"] == "page"}
    done = set()
    for row in truth:
        how = row.get("how", {})
        url = row.get("child_url")
        if how.get("names") and not how.get("shown") and row.get("direct") and url not in done:
            done.add(url)
            read = key(None, how["names"]) in named.get(url, set())
            totals.credits.setdefault((how["place"], languages[url]), Counter())[read] += 1
            if not read:
                told = f"- {url}\n   {how['words']!r}, read {sorted(named.get(url, ())) or 'nothing'}"
                totals.unread.append((f"UNREAD credit: {how['place']} ({languages[url]})", told))


def main() -> None:
    """Measure the worlds and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="1,2,3,4,5", help="the worlds, by their seeds")
    parser.add_argument("--stories", type=int, default=STORIES)
    parser.add_argument("--translations", type=int, default=0, help="stories told again in another language")
    parser.add_argument("--texts", help="JSON Lines of {text}: originals to use instead of invented ones")
    parser.add_argument(
        "--no-credits", action="store_true", help="every credit and link left out of the pages"
    )
    parser.add_argument("--no-times", action="store_true", help="every stated time left out")
    parser.add_argument(
        "--show-errors", type=int, default=0, metavar="N", help="print so many of each class of error"
    )
    parser.add_argument("--only", help="show only errors whose class or case has these words")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep worlds and databases there")
    parser.add_argument(
        "--plot", type=Path, metavar="PNG", help="draw how sure it says it is, and how often it is right"
    )
    parser.add_argument(
        "--relink", action="store_true", help="link the worlds kept by --keep anew, no import"
    )
    args = parser.parse_args()
    totals = Totals()
    for seed in (int(word) for word in args.seeds.split(",")):
        with tempfile.TemporaryDirectory() as scratch:
            folder = args.keep / f"world-{seed}" if args.keep else Path(scratch)
            if not args.relink:
                (folder / "world.db").unlink(missing_ok=True)
            measure(folder, seed, args, totals)
        print(f"world {seed} is done", file=sys.stderr)
    report(totals, args)


def report(totals: Totals, args: argparse.Namespace) -> None:
    """Print everything that was measured."""
    left_out = [words for given, words in ((args.no_credits, "credits"), (args.no_times, "times")) if given]
    print(f"Worlds {args.seeds}{', without ' + ' and '.join(left_out) if left_out else ''}: ", end="")
    print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in totals.seconds.items()))
    print(main_table(totals.score, totals.recipes))
    judging, aligning = (
        totals.seconds[step] / max(0.001, totals.seconds["compare"]) for step in ("judge", "translations")
    )
    print(f"Judging takes {judging:.2f}x of the CPU time of finding near-duplicates (target <= 1x),", end=" ")
    print(f"finding translations {aligning:.2f}x.")
    print(cases_table(totals.score))
    if totals.credits:
        print(credits_table(totals.credits))
    if args.show_errors:
        print(show_errors(totals.errors, totals.unread, args.show_errors, args.only))
    if args.plot:
        print(reliability_plot(totals.score, args.plot))


if __name__ == "__main__":
    main()
