"""A whole crawl beside its peers: `python bench/crawl.py [--pages N] [--recorded FOLDER] [--peers PYTHON]`.

One press of invented pages on loopback (`bench/crawl_world.py`), delays off, each crawler in a process of its
own, one after the other: pages per second and CPU seconds per 100 pages, its helpers' and start-up's
counted.  `press` is what serving the pages took, `busy` how much of the cores both used.  `--recorded`
serves recorded pages (*.gz) instead.  `--peers` names a Python that has news-please and newspaper4k, which
read every tenth page.  `--only NAME,...` runs some; `--pages 20000 --only ours` shows the memory.  On a busy
machine read the CPU seconds: other programs' work is not in them.
"""

import argparse
import asyncio
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])

import crawl_world as world  # noqa: E402

FEW = 10  # peers that need a second for some pages read every so-many-th
SUBREAPER = 36  # prctl: what a crawler's helpers spent is told to us when they end


def bare(_: dict) -> int:
    """Scrapy alone: every page fetched, nothing read."""
    return _with_scrapy(lambda response: len(response.body))


def reactor(_: dict) -> int:
    """trafilatura with its metadata, called where the page arrives."""
    import trafilatura

    return _with_scrapy(lambda r: trafilatura.bare_extraction(r.text, url=r.url, with_metadata=True))


def _with_scrapy(read: Callable) -> int:
    import re

    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    pages = []

    class Spider(scrapy.Spider):
        name = "bench"

        async def start(self):
            for host in range(world.HOSTS):
                yield scrapy.Request(f"http://press-{host:02}.example/feed.xml", callback=self.parse_feed)

        def parse_feed(self, response):
            for link in re.findall(r"<link>([^<]+)</link>", response.text):
                yield scrapy.Request(link, callback=self.parse_page)

        def parse_page(self, response):
            pages.append(len(response.body))
            read(response)

    process = AsyncCrawlerProcess({
        "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "CONCURRENT_REQUESTS": 32, "DOWNLOAD_DELAY": 0,
        "USER_AGENT": "bench",
    })  # fmt: skip
    process.crawl(Spider)
    process.start()
    return len(pages)


def ours(given: dict) -> int:
    """The whole crawl: frontier, robots, reading in processes of its own, storing."""
    from crawler.run import crawl
    from crawler.sites import Catalogue, Site

    hosts = [f"press-{n:02}.example" for n in range(world.HOSTS)]
    sites = (Site(domain=h, name=h, feeds=(f"http://{h}/feed.xml",), delay=0.0) for h in hosts)
    summary = crawl(given["db"], Catalogue(sites=tuple(sites), contact="bench@press.example"))
    total = summary.total
    assert not total.failed, total.failed
    return total.stored + total.unchanged + total.new_versions


def alone(given: dict) -> int:
    """The same reading of the same pages on every core, without a crawl: its pages made beforehand."""
    import gzip
    from functools import partial

    from crawler.parallel import in_order
    from crawler.sites import catalogue_in_use, names

    press = world.Press(given["pages"], given["recorded"] and Path(given["recorded"]))
    numbers = range(given["pages"])
    pieces = ([(gzip.decompress(press.page(n)), world.link(n))] for n in numbers)
    done = in_order(partial(_read_piece), pieces, names(catalogue_in_use()))
    return sum(done)


def _read_piece(piece: list, names: object) -> int:
    from datetime import UTC, datetime

    from crawler.extract import read_page

    return sum(read_page(html, url, names=names, now=datetime.now(UTC)) is not None for html, url in piece)


def news_please(given: dict) -> int:
    """news-please's own fetching and reading."""
    from newsplease import NewsPlease

    links = [world.link(n) for n in range(0, given["pages"], FEW)]
    return sum(article is not None for article in NewsPlease.from_urls(links, fetch_images=False).values())


def newspaper4k(given: dict) -> int:
    """newspaper4k's fetching and reading, two threads."""
    import newspaper

    settings = newspaper.Config()
    settings.fetch_images = False

    def read(number: int) -> bool:
        article = newspaper.Article(world.link(number), config=settings)
        with suppress(Exception):  # it may raise anything, for a language it has no words of
            article.download()
            article.parse()
        return bool(article.html)

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(read, range(0, given["pages"], FEW)))


WAYS: dict[str, Callable[[dict], int]] = {
    "bare": bare, "reactor": reactor, "alone": alone, "ours": ours, "again": ours,
    "newspaper4k": newspaper4k, "news-please": news_please,
}  # fmt: skip
TOLD = {
    "bare": "Scrapy, nothing read",
    "reactor": "trafilatura with metadata, on the reactor",
    "alone": "our reading on every core, no crawl",
    "ours": "newstrace: crawled, read, stored",
    "again": "newstrace: again, nothing changed",
    "newspaper4k": "newspaper4k",
    "news-please": "news-please",
}
PEERS = ("newspaper4k", "news-please")


def run_way(way: str, told: str) -> None:
    """In a process of its own: one crawl, its figures printed as JSON on the last line."""
    given = json.loads(told)
    start = time.monotonic()
    pages = WAYS[way](given)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "pages": pages, "seconds": time.monotonic() - start, "main": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
    }))  # fmt: skip


def measured(way: str, given: dict, python: str) -> dict | None:
    """The figures of one way; None, and why is printed, when it cannot run."""
    command = [sys.executable, str(Path(__file__)), "--watch", way, "--python", python]
    command += ["--given", json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, env=given["env"], check=False)
    if done.returncode:
        print(f"{way}: left out ({' '.join(done.stderr.strip().splitlines()[-1:])})")
        return None
    return json.loads(done.stdout)


def watch(way: str, told: str, python: str) -> int:
    """Run one way below this process, so that the CPU of all its helpers is told, also when it was killed."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    done = subprocess.run(
        [python, str(Path(__file__)), "--as", way, "--given", told], stdout=subprocess.PIPE, check=False
    )
    with suppress(ChildProcessError):
        while True:
            os.wait()
    if not done.returncode:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        row = json.loads(done.stdout.strip().splitlines()[-1])
        print(json.dumps(row | {"cpu": spent.ru_utime + spent.ru_stime}))
    return done.returncode


@contextmanager
def served(pages: int, recorded: str | None) -> Iterator[tuple[int, subprocess.Popen]]:
    """The port of a press of so many pages, and the process that serves it."""
    command = [sys.executable, str(Path(__file__)), "--serve", "--pages", str(pages)]
    command += ["--recorded", recorded] if recorded else []
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(server.stdout.readline()), server
    finally:
        server.kill()
        server.communicate()


def spent_by(pid: int) -> float:
    """CPU seconds that a running process has used."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def table(found: dict[str, dict]) -> str:
    """The figures side by side, ours as a multiple of each; the press's own work beside them."""
    heads = ("pages", 7), ("pages/s", 9), ("CPU s/100", 11), ("main", 7), ("press", 7), ("busy", 6), ("MB", 6)
    lines = [f"{'':44}" + "".join(f"{head:>{width}}" for head, width in (*heads, ("ours is", 9)))]
    mine = found.get("ours")
    for way, row in found.items():
        each = row["cpu"] / row["pages"]
        ratio = f"{each / (mine['cpu'] / mine['pages']):8.2f}x" if mine and way != "ours" else ""
        rate, main = row["pages"] / row["seconds"], 100 * row["main"] / row["pages"]
        busy = (row["cpu"] + row["served"]) / row["seconds"] / (os.cpu_count() or 1)
        figures = f"{row['pages']:7,}{rate:9.1f}{100 * each:11.2f}{main:7.2f}"
        figures += f"{100 * row['served'] / row['pages']:7.2f}{busy:6.0%}{row['memory']:6.0f}"
        lines.append(f"{TOLD[way]:44}{figures}{ratio:>9}")
    return "\n".join(lines)


def verdict(found: dict[str, dict]) -> list[str]:
    """What was asked of a crawl beside what came out."""
    each = {way: row["cpu"] / row["pages"] for way, row in found.items()}
    rate = {way: row["pages"] / row["seconds"] for way, row in found.items()}
    told = []
    if {"ours", "reactor"} <= each.keys():
        told.append(
            f"pages/s beside trafilatura on the reactor: {rate['ours'] / rate['reactor']:.2f} (>= 2.5)"
        )
    if {"ours", "news-please"} <= each.keys():
        told.append(f"pages/s beside news-please: {rate['ours'] / rate['news-please']:.1f} (>= 7)")
    if "ours" in each:
        told.append(f"CPU seconds per 100 pages: {100 * each['ours']:.2f} (<= 4)")
        told.append(f"memory of the main process: {found['ours']['memory']:.0f} MB (<= 400)")
    if {"ours", "alone"} <= each.keys():
        told.append(f"pages/s beside reading alone: {rate['ours'] / rate['alone']:.2f} (>= .85); "
                    f"pages per CPU second: {each['alone'] / each['ours']:.2f}")  # fmt: skip
    if {"ours", "again"} <= each.keys():
        told.append(
            f"a second run over unchanged pages: {each['again'] / each['ours']:.1%} of the first (<= 5 %)"
        )
    return told


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pages", type=int, default=2000)
    options.add_argument("--recorded", help="a folder of recorded pages (*.gz) to serve instead")
    options.add_argument("--peers", help="a Python that has news-please and newspaper4k")
    options.add_argument("--only", default=",".join(WAYS), help=f"some of {', '.join(WAYS)}")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--watch", help=argparse.SUPPRESS)
    options.add_argument("--python", help=argparse.SUPPRESS)
    options.add_argument("--as", dest="way", help=argparse.SUPPRESS)
    options.add_argument("--given", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        asyncio.run(world.serve(given.pages, given.recorded and Path(given.recorded)))
    elif given.watch:
        sys.exit(watch(given.watch, given.given, given.python))
    elif given.way:
        run_way(given.way, given.given)
    else:
        if given.recorded and not world.recorded_pages(Path(given.recorded)):
            options.error(f"--recorded {given.recorded}: there are no recorded pages (*.gz) in that folder")
        compare(given)


def compare(given: argparse.Namespace) -> None:
    """Run one way after the other over one press."""
    found = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        served(given.pages, given.recorded) as (port, server),
    ):
        env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        env |= {"http_proxy": f"http://127.0.0.1:{port}", "NEWSTRACE_HOME": folder}
        told = {"pages": given.pages, "recorded": given.recorded, "db": f"{folder}/n.db", "env": env}
        for way in given.only.split(","):
            before = spent_by(server.pid)
            if way in PEERS and not given.peers:
                print(f"{way}: left out (--peers names a Python that has it)")
            elif row := measured(way, told, given.peers if way in PEERS else sys.executable):
                found[way] = row | {"served": spent_by(server.pid) - before}
                print(f"{way} done", file=sys.stderr)
    print(f"\n{given.pages:,} pages on {world.HOSTS} hosts\n\n{table(found)}\n")
    print("\n".join(verdict(found)))


if __name__ == "__main__":
    main()
