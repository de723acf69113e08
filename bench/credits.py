"""How well credits are read on hand-annotated pages: prints the score tables, all credits and strong ones.

Run as `python bench/credits.py [FOLDER]`; the folder (default: gold-dev in the shared data beside the
checkout) holds `dev.jsonl`, `pages/`, `score.py` and `aliases_dev.json`.
"""

import gzip
import hashlib
import importlib.util
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler import sites
from crawler.extract import read_page
from db.outlets import Names
from db.records import CREDIT_KINDS
from db.urls import domain

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "gold-dev"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def predict(folder: Path, page: dict[str, Any], names: Names) -> dict[str, Any]:
    """What the project reads from one annotated page, in the scorer's form."""
    url = page["url"] or ""
    if domain(url) != domain(page["publisher"]):  # a page that was kept under its original's address
        url = f"https://www.{page['publisher']}/"
    html = gzip.decompress((folder / "pages" / page["page"]).read_bytes())
    reading = read_page(html, url, names=names, now=NOW)
    found = [
        {"source": e.name, "domain": e.domain, "kind": e.kind}
        for e in reading.evidence
        if e.kind in CREDIT_KINDS
    ]
    return {"page": page["page"], "credits": found, "is_republication": reading.is_republication}


def half(page: dict[str, Any]) -> int:
    """0 or 1: which half of the pages this one is in, by the hash of its name."""
    return int(hashlib.md5(page["page"].encode()).hexdigest(), 16) % 2


def table(
    name: str, gold: list[dict[str, Any]], found: list[dict[str, Any]], scorer: ModuleType, known: Any
) -> None:
    """Print the figures of some pages: all credits, strong credits, false ones, republications."""
    every, strong = (scorer.score(gold, found, known, only_strong) for only_strong in (False, True))
    print(f"{name}: {len(gold)} pages")
    for title, figures in (
        ("all credits", every["credits"]),
        ("strong", strong["credits"]),
        ("republication", every["republication"]),
    ):
        print(f"  {title:14} P {figures['P']:.3f}  R {figures['R']:.3f}  F1 {figures['F1']:.3f}")
    print(
        f"  false credits  hard negatives {every['hard_negatives']['rate']}, photo taken for text"
        f" {every['false_positives_that_are_photo_credits']}, own publisher"
        f" {every['false_positives_that_are_the_publisher']}"
    )


def main(folder: Path = SHARED) -> None:
    """Read every page of `folder` and print the tables, or say that it is not there."""
    if not (folder / "dev.jsonl").exists():
        print(f"skipped: no annotated pages in {folder}")
        return
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    known = scorer.Names(folder / "aliases_dev.json")
    gold = [json.loads(line) for line in (folder / "dev.jsonl").read_text("utf-8").splitlines()]
    names = sites.names()
    begin = time.process_time()
    found = [predict(folder, page, names) for page in gold]
    seconds = time.process_time() - begin
    table("all", gold, found, scorer, known)
    for number in (0, 1):
        table(f"half {number}", [p for p in gold if half(p) == number], found, scorer, known)
    print(f"{1000 * seconds / len(gold):.0f} ms of CPU a page, reading included")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
