"""The page reader beside its peers, as ratios: `python bench/reading.py [--pages FOLDER] [--every N]`.

Prints pages per CPU second of this process, each peer in the same run on the same pages, taken in turns, and
where the reader's own time goes.  The pages are recorded ones, gzipped, in `../shared/data/gold-dev/pages`;
without that folder, or without a peer (newspaper4k, news-please, readability-lxml, resiliparse), it says so.
The peers are not dependencies: install them beside the project in an environment of their own.
"""

import argparse
import gc
import gzip
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

PAGES = ROOT.parent / "shared" / "data" / "gold-dev"
WARMING = 4  # every such page is read once before the clock runs, where all pages are timed; else others
Read = Callable[[str, str], object]


def ours() -> Read:
    """The reader of this project, credits and all."""
    from crawler.extract import read_page
    from crawler.sites import catalogue_in_use, names

    known, now = names(catalogue_in_use()), datetime.now(UTC)
    return lambda html, url: read_page(html, url, names=known, now=now)


def body_only() -> Read:
    """The same reader's text alone, its parse counted, and the tree held as `read_page` holds it."""
    from crawler.body import body
    from crawler.held import hold
    from crawler.markup import open_page

    def read(html: str, _: str) -> object:
        tree = open_page(html)
        with hold(tree):
            return body(tree)

    return read


def trafilatura_alone() -> Read:
    """trafilatura's text, without metadata."""
    import trafilatura

    return lambda html, _: trafilatura.extract(html, include_comments=False, include_tables=False)


def newspaper4k() -> Read:
    """newspaper4k's text and metadata, no pictures fetched."""
    import newspaper

    settings = newspaper.Config()
    settings.fetch_images = False

    def read(html: str, url: str) -> object:
        article = newspaper.Article(url, config=settings)
        article.download(input_html=html)
        article.parse()
        return article.text

    return read


def news_please() -> Read:
    """news-please's text and metadata."""
    from newsplease import NewsPlease

    return lambda html, url: NewsPlease.from_html(html, url=url, fetch_images=False)


def readability() -> Read:
    """readability-lxml's text."""
    from readability import Document

    return lambda html, _: Document(html).summary()


def resiliparse() -> Read:
    """resiliparse's text."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, _: extract_plain_text(html, main_content=True)


PEERS: dict[str, Callable[[], Read]] = {
    "newstrace: everything": ours,
    "newstrace: text alone": body_only,
    "trafilatura, text": trafilatura_alone,
    "newspaper4k": newspaper4k,
    "news-please": news_please,
    "readability-lxml, text": readability,
    "resiliparse, text": resiliparse,
}


def recorded(folder: Path, first: int, every: int) -> Iterator[tuple[str, str]]:
    """(html, url) of every n-th recorded page."""
    from crawler.markup import decode

    for line in (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()[first::every]:
        page = json.loads(line)
        yield decode(gzip.decompress((folder / "pages" / page["page"]).read_bytes())), page["url"]


def readers() -> dict[str, Read]:
    """Every reader that is installed; what is missing is said."""
    found = {}
    for name, make in PEERS.items():
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name}: left out, not installed ({error})")
    return found


def spent(read: Read, html: str, url: str) -> tuple[float, bool]:
    """CPU seconds of one reading, and whether it came to an end."""
    start = time.process_time()
    try:
        read(html, url)
    except Exception:  # a peer may raise anything; it is counted
        return time.process_time() - start, False
    return time.process_time() - start, True


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pages", type=Path, default=PAGES, help="a folder with dev.jsonl and pages/")
    options.add_argument("--every", type=int, default=1, help="read every n-th page only")
    given = options.parse_args()
    if not (given.pages / "dev.jsonl").is_file():
        print("skipped: the recorded pages are not here (--pages FOLDER)")
        return
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pages, found = list(recorded(given.pages, 0, given.every)), readers()
    others = recorded(given.pages, 1, given.every) if given.every > 1 else pages[::WARMING]
    seconds, failed = dict.fromkeys(found, 0.0), dict.fromkeys(found, 0)
    for html, url in others:  # what is loaded once, also for a language, is nobody's page
        for read in found.values():
            spent(read, html, url)
    gc.collect()
    gc.freeze()  # as our own reading processes do: what is loaded is not looked at again and again
    for html, url in pages:
        for name, read in found.items():
            took, done = spent(read, html, url)
            seconds[name] += took
            failed[name] += not done
    mine = seconds["newstrace: everything"]
    print(f"\n{len(pages)} pages\n\n{'':26}{'pages/CPU s':>12}{'ours is':>10}{'raised':>8}")
    for name, took in seconds.items():
        print(f"{name:26}{len(pages) / took:12.1f}{took / mine:9.2f}x{failed[name]:8}")


if __name__ == "__main__":
    main()
