"""How fast the provenance pages answer while a writer writes: a generated database, an open loop.

    python bench/browse.py [--articles 20000] [--seconds 15] [--file KEPT.db]

Prints the 50th, 95th and 99th percentile of `/-/trace` at 20 requests a second (the time from when a
request was due until it was answered whole), the time of Datasette's table pages and our others, and of the
command `trace` in a process of its own.
Every outlet, title and text is generated.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import httpx

from db import flow_days, tallies
from db.open import open_db

ROOT = Path(__file__).parents[1]
RATE = 20  # requests a second
DAY = 86_400
START = 1_735_689_600  # 2025-01-01
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "r", "st", "lo", "mi")]
TABLES = ("articles", "links", "chains", "matches", "evidence", "outlets", "versions", "republications",
          "outlet_flows", "unresolved_credits", "newest_versions", "article_urls", "time_claims", "passages",
          "link_evidence", "versions/5", "links/5", "articles/5")  # fmt: skip
PAGES = ("/", "/-/flows", "/-/flows?outlet=o1.example", "/-/flows?since=2025-06-01&until=2025-06-30",
         "/-/outlet/o1.example", "/-/outlet/o900.example", "/-/outlet/o1.example.atom")  # fmt: skip


def stamp(second: float) -> str:
    """A time as the tables hold it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(second))


def stories(total: int, dice: random.Random) -> Iterator[int]:
    """Sizes of stories that add up to `total`: many of one page, few of hundreds."""
    left = total
    while left > 0:
        size = min(left, max(1, int(dice.paretovariate(0.9))), 800)
        left -= size
        yield size


def generate(path: Path, articles: int) -> None:
    """A database of that many articles and about twice as many links."""
    db, dice = open_db(path, create=True), random.Random(7)
    conn = db.conn
    conn.execute("PRAGMA synchronous = OFF")
    conn.execute("PRAGMA cache_size = -400000")
    outlets = 2000
    triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    conn.execute("BEGIN")
    for name, _ in triggers:  # the search index stays empty: none of these pages asks it
        conn.execute(f'DROP TRIGGER "{name}"')
    conn.executemany(
        "INSERT INTO outlets (id, domain, name, kind, family, origin) VALUES (?, ?, ?, ?, ?, 'page')",
        ((n, f"o{n}.example", f"Outlet {n}", "agency" if n < 20 else "outlet", f"o{n % 150 + 1}.example")
         for n in range(1, outlets + 1)),
    )  # fmt: skip
    first = 1
    for size in stories(articles, dice):
        story(conn, dice, first, size, outlets)
        first += size
    for _, sql in triggers:
        conn.execute(sql)
    for kept in (tallies, flow_days):  # as the triggers would have counted
        kept.recount(db)
    conn.execute("COMMIT")
    db.close()


def story(conn: sqlite3.Connection, dice: random.Random, first: int, size: int, outlets: int) -> None:
    """The pages of one story, each linked to one before it and to one or two more."""
    began = START + dice.randrange(365 * DAY)
    text = " ".join(dice.choices(WORDS, k=60))
    for n in range(size):
        id_, outlet = first + n, dice.randrange(1, 20) if n == 0 else dice.randrange(1, outlets + 1)
        when, url = stamp(began + n * dice.randrange(60, 4000)), f"https://o{outlet}.example/{first + n}"
        title = " ".join(dice.choices(WORDS, k=7)).capitalize()
        conn.execute(
            "INSERT INTO articles (id, outlet_id, url, kind, language, title, published, first_seen,"
            " last_seen) VALUES (?, ?, ?, 'article', 'en', ?, ?, ?, ?)",
            (id_, outlet, url, title, when, when, when),
        )
        conn.execute("INSERT INTO article_urls VALUES (?, ?, 'stored')", (url, id_))
        conn.execute(
            "INSERT INTO versions (id, article_id, fetched, sha256, title, words, kind, language, published,"
            " published_basis, text) VALUES (?, ?, ?, ?, ?, 60, 'article', 'en', ?, 'meta', ?)",
            (id_, id_, when, str(id_), title, when, text),
        )
        conn.execute(
            "INSERT INTO time_claims (article_id, kind, basis, raw, earliest_utc, latest_utc, zone_known)"
            " VALUES (?, 'published', 'meta', ?, ?, ?, 1)",
            (id_, when, when, when),
        )
        conn.execute("INSERT INTO judged VALUES (?, 'bench')", (id_,))
        if n:
            link(conn, dice, id_, first + dice.randrange(max(1, n // 4)), "republishes", 0.97)
            if n > 1:
                link(conn, dice, id_, first + n - 1, "sibling", 0.2)
            if n > 2:
                link(conn, dice, id_, first + n - 2, "excerpts", 0.3)


def link(
    conn: sqlite3.Connection, dice: random.Random, child: int, source: int, relation: str, sure: float
) -> None:
    """A link with its evidence; one that stands has a match and a passage too."""
    status = "accepted" if sure > 0.5 else "candidate"
    cursor = conn.execute(
        "INSERT OR IGNORE INTO links (child_id, source_id, child_version, source_version, relation,"
        " p_related, p_direction, p_direct, status, decided_by, credited, containment, jaccard,"
        " shared_words, rule_version) VALUES (?, ?, ?, ?, ?, .99, ?, ?, ?, 'rule', ?, .9, .8, 55, 'bench')",
        (child, source, child, source, relation, sure, sure, status, dice.choice(("full", "none_found"))),
    )
    if not cursor.rowcount:
        return
    quote = f"Source: Outlet {dice.randrange(2000)}"
    evidence = conn.execute(
        "INSERT INTO evidence (version_id, kind, region, quote, name)"
        " VALUES (?, 'source_line', 'tail', ?, ?)",
        (child, quote, quote[8:]),
    ).lastrowid
    conn.execute(
        "INSERT INTO link_evidence (link_id, evidence_id, kind, quote, region, weight)"
        " VALUES (?, ?, 'source_line', ?, 'tail', 3.0)",
        (cursor.lastrowid, evidence, quote),
    )
    if status == "accepted":
        match = conn.execute(
            "INSERT INTO matches (version_a, version_b, a_in_b, b_in_a, jaccard, shared_words, longest_run)"
            " VALUES (?, ?, .9, .9, .8, 55, 55)",
            (source, child),
        ).lastrowid
        conn.execute("INSERT INTO passages VALUES (?, 0, 250, 0, 250, 55)", (match,))


def keep_writing(path: Path, stop: threading.Event) -> None:
    """Store pages, twenty in a transaction, until told to stop."""
    conn = sqlite3.connect(path, isolation_level=None, timeout=30)
    number = 0
    while not stop.wait(0.05):
        conn.execute("BEGIN IMMEDIATE")
        for _ in range(20):
            number += 1
            now = stamp(time.time())
            url = f"https://o5.example/new/{time.time_ns()}/{number}"
            row = conn.execute(
                "INSERT INTO articles (outlet_id, url, kind, title, first_seen, last_seen)"
                " VALUES (5, ?, 'article', 'New', ?, ?)",
                (url, now, now),
            ).lastrowid
            conn.execute("INSERT INTO article_urls VALUES (?, ?, 'stored')", (url, row))
        conn.execute("COMMIT")
    conn.close()


async def open_loop(base: str, urls: list[str], seconds: float) -> list[float]:
    """Milliseconds from when each request was due until its answer was read, at RATE a second."""
    took: list[float] = []
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=base, timeout=60, trust_env=False, limits=limits) as client:

        async def ask(url: str, due: float) -> None:
            answer = await client.get("/-/trace", params={"url": url})
            assert answer.status_code == 200, (url, answer.status_code)
            took.append(1000 * (time.perf_counter() - due))

        begun, tasks = time.perf_counter(), []
        for number in range(int(RATE * seconds)):
            due = begun + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(ask(urls[number % len(urls)], due)))
        await asyncio.gather(*tasks)
    return took


def timed(base: str, path: str) -> float:
    """Milliseconds of a page: the slower of the second and the third time."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        answer = httpx.get(base + path, timeout=120, trust_env=False)
        took.append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            return float("nan")
    return max(took[1:])


def serve(path: Path) -> tuple[subprocess.Popen, str]:
    """A server over the file, and where it listens."""
    program = (
        "import sys; from pathlib import Path; from db.browse.serve import serve; serve(Path(sys.argv[1]), 0)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    told = process.stderr.readline()
    return process, next(word for word in told.split() if word.startswith("http://")).rstrip("/")


def traced(path: Path, urls: list[str]) -> dict[str, float]:
    """Milliseconds of `newstrace trace URL`, a process for each, the file dropped from memory before.

    `cpu` is the processor's time of one: what is left on a machine that does nothing else.
    """
    took, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for url in urls:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        begun = time.perf_counter()
        command = [sys.executable, "-m", "newstrace", "--db", str(path), "trace", url]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        took.append(1000 * (time.perf_counter() - begun))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"p50": sorted(took)[len(took) // 2], "worst": max(took), "cpu": 1000 * cpu / len(took)}


def measure(path: Path, seconds: float) -> dict[str, object]:
    """The figures over one database."""
    conn = sqlite3.connect(path)
    last = conn.execute("SELECT max(id) FROM articles WHERE url NOT LIKE '%/new/%'").fetchone()[0]
    dice = random.Random(3)
    ids = [dice.randrange(1, last + 1) for _ in range(int(RATE * seconds))]
    urls = [conn.execute("SELECT url FROM articles WHERE id = ?", [id_]).fetchone()[0] for id_ in ids]
    counts = {t: conn.execute(f"SELECT max(id) FROM {t}").fetchone()[0] for t in ("articles", "links")}
    conn.close()
    process, base = serve(path)
    stop = threading.Event()
    writer = threading.Thread(target=keep_writing, args=(path, stop))
    try:
        asyncio.run(open_loop(base, urls[:40], 2))
        writer.start()
        took = asyncio.run(open_loop(base, urls, seconds))
        cuts = quantiles(took, n=100)
        trace = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "worst": max(took)}
        pages = {name: timed(base, f"/newstrace/{name}") for name in TABLES}
        pages |= {path: timed(base, path) for path in PAGES}
    finally:
        stop.set()
        writer.join()
        process.terminate()
        process.wait()
        process.stderr.close()
    return {"rows": counts, "cli_trace_ms": traced(path, urls[:9]), "trace_ms": trace, "pages_ms": pages}


def main() -> None:
    """Generate where nothing is kept, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--file", type=Path, help="Generate into this file, or use it as it is.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "browse.db"
        if not path.exists():
            begun = time.perf_counter()
            generate(path, options.articles)
            print(f"generated in {time.perf_counter() - begun:.0f} s, {path.stat().st_size >> 20} MB")
        found = measure(path, options.seconds)
    print(json.dumps(found, indent=1, default=float))


if __name__ == "__main__":
    main()
