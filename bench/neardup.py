"""The near-duplicate engine beside its peers, as ratios: `python bench/neardup.py --seed 1`.

Prints tables of CPU time (this process, its threads counted) and recall.  Peers that are not installed
are left out.  `--indexed 1000000` fills an index that far before the cold start is measured.
"""

import argparse
import importlib
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from corpus import Corpus, Plant, make  # noqa: E402
from plots import cost_against_size, recall_against_containment  # noqa: E402

from db import index as rows  # noqa: E402
from db.progress import Tell, silent  # noqa: E402
from db.store import open_db, writing  # noqa: E402
from db.values import stamp  # noqa: E402
from dedupe import speed  # noqa: E402
from dedupe.candidates import Index  # noqa: E402
from dedupe.compare import compare, passages  # noqa: E402
from dedupe.run import link  # noqa: E402
from dedupe.sketch import KEY_BITS, signature  # noqa: E402
from dedupe.words import shingles, split  # noqa: E402

WORD = re.compile(r"\w+")
OUTLETS = 200
COLD = 1000  # articles a cold process adds
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = stamp(NOW)


def cpu() -> float:
    """CPU seconds of this process so far."""
    return time.process_time()


def installed(name: str) -> ModuleType | None:
    """A peer, when it is there."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def table(title: str, heads: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    lines = [[f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    print(f"\n{title}")
    for line in [heads, ["-" * width for width in widths], *lines]:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in
                        enumerate(zip(line, widths, strict=True))))  # fmt: skip


# Signatures


def pieces(text: str) -> list[str]:
    """The word-5 shingles of a text, of the same words as ours."""
    words = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]


def signers() -> dict[str, Callable[[str], object]]:
    """Text -> 128 permutations, each way there is here."""
    from datasketch import MinHash

    def batch(text: str) -> object:
        made = MinHash(num_perm=128)
        made.update_batch([piece.encode() for piece in pieces(text)])
        return made

    def update(text: str) -> object:
        made = MinHash(num_perm=128)
        for piece in pieces(text):
            made.update(piece.encode())
        return made

    ways: dict[str, Callable[[str], object]] = {"newstrace": signature, "datasketch update_batch": batch,
                                                "datasketch update": update}  # fmt: skip
    if rensa := installed("rensa"):

        def rensa_hash(text: str) -> object:
            made = rensa.RMinHash(128, 1)
            made.update(pieces(text))
            return made.digest()

        ways["rensa RMinHash"] = rensa_hash
    if gaoya := installed("gaoya"):

        def gaoya_hash(text: str, kept: list = []) -> object:  # noqa: B006 - one index for the run
            if not kept:
                shape = {"hash_size": 32, "jaccard_threshold": 0.5, "num_bands": 25, "band_size": 5}
                words = {"analyzer": "word", "lowercase": True, "ngram_range": (5, 5)}
                kept.append(gaoya.minhash.MinHashStringIndex(**shape, **words))
            return kept[0].insert_document(len(kept), text)

        ways["gaoya (insert included)"] = gaoya_hash
    return ways


def measure_signatures(texts: Sequence[str]) -> None:
    """Time every way on the same texts, in turns, and print the best round of each."""
    ways = signers()
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(3):
        for name, way in ways.items():
            start = cpu()
            for text in texts:
                way(text)
            best[name] = min(best[name], cpu() - start)
    if daft := installed("daft"):
        frame = daft.from_pydict({"text": list(texts) * 5})
        for _ in range(3):
            start = cpu()
            frame.select(daft.col("text").minhash(num_hashes=128, ngram_size=5)).collect()
            best["daft minhash"] = min(best.get("daft minhash", float("inf")), (cpu() - start) / 5)
    with speed.using(None):
        start = cpu()
        for text in texts:
            signature(text)
        best["newstrace without numba"] = cpu() - start
    ours = best["newstrace"]
    lines = [
        (name, took / len(texts) * 1e6, took / ours)
        for name, took in sorted(best.items(), key=lambda b: b[1])
    ]
    table("Text -> signature of 128 permutations", ("", "CPU us/text", "x newstrace"), lines)


# End to end


def fill(db: object, texts: Sequence[str], first: int) -> list[int]:
    """Store texts as articles by plain SQL: what is measured begins with stored texts."""
    with writing(db):
        if not db["outlets"].count:
            db.conn.executemany(
                "INSERT INTO outlets (id, domain, name, kind, origin) VALUES (?, ?, ?, 'outlet', 'page')",
                [(i, f"o{i}.example", f"o{i}") for i in range(1, OUTLETS + 1)],
            )
        numbers = range(first, first + len(texts))
        db.conn.executemany(
            "INSERT INTO articles (id, outlet_id, url, kind, first_seen, last_seen)"
            " VALUES (?, ?, ?, 'article', ?, ?)",
            [(i, i % OUTLETS + 1, f"https://o{i % OUTLETS + 1}.example/{i}", SEEN, SEEN) for i in numbers],
        )
        db.conn.executemany(
            "INSERT INTO versions (id, article_id, fetched, sha256, title, text, words, kind)"
            " VALUES (?, ?, ?, ?, '', ?, 0, 'article')",
            [(i, i, SEEN, str(i), text) for i, text in zip(numbers, texts, strict=True)],
        )
    return list(numbers)


def link_all(db: object) -> int:
    """What `newstrace link` does with whatever is pending; how many matches."""
    return link(db, now=NOW, tell=Tell(str, silent))["matches"]


def by_datasketch(texts: Sequence[str]) -> set[tuple[int, int]]:
    """The usual recipe: update_batch and MinHashLSH(threshold=.5); candidate pairs, nothing stored."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=0.5, num_perm=128)
    found = set()
    for i, text in enumerate(texts):
        made = MinHash(num_perm=128)
        made.update_batch([piece.encode() for piece in pieces(text)])
        found |= {(j, i) for j in lsh.query(made)}
        lsh.insert(i, made)
    return found


def measured(corpus: Corpus) -> list[tuple[Plant, float, float, int]]:
    """The known pairs with what they share, exactly: containment, Jaccard, shingles."""
    sets = {
        n: shingles(split(corpus.texts[n])) for plant in corpus.plants for n in (plant.original, plant.copy)
    }
    found = []
    for plant in corpus.plants:
        shared = compare(sets[plant.original], sets[plant.copy])
        found.append((plant, max(shared.a_in_b, shared.b_in_a), shared.jaccard, shared.shared_shingles))
    return found


def classes(pairs: Sequence[tuple[Plant, float, float, int]]) -> dict[str, list[tuple[int, int]]]:
    """The known pairs by what they share."""
    found: dict[str, list[tuple[int, int]]] = {}
    for plant, containment, jaccard, shared in pairs:
        brief = plant.kind.startswith("emb") and containment >= 0.5
        for name, holds in (
            ("Jaccard >= .5", jaccard >= 0.5),
            ("containment >= .5", containment >= 0.5),
            ("containment .2 to .5", 0.2 <= containment < 0.5),
            ("briefs of 60-150 words, containment >= .5", brief),
            ("a run of 30 words", plant.kind == "run" and shared >= 26),
        ):
            if holds:
                found.setdefault(name, []).append((plant.original, plant.copy))
    return found


def measure_matching(corpus: Corpus, folder: Path, plots: Path | None) -> Path:
    """Ours beside datasketch's recipe over one corpus: time and recall; the path of the database."""
    path = folder / "news.db"
    db = open_db(path, create=True)
    fill(db, corpus.texts, 1)
    start = cpu()
    made = link_all(db)
    ours = cpu() - start
    ours_found = {(a - 1, b - 1) for a, b in db.execute("SELECT version_a, version_b FROM matches")}
    some = corpus.texts[: min(len(corpus.texts), 4000)]
    start = cpu()
    theirs_found = by_datasketch(some)
    theirs = (cpu() - start) * len(corpus.texts) / len(some)
    size = len(corpus.texts)
    table(
        f"Stored text -> verified matches and links in SQLite ({size} texts, {made} matches)",
        ("", "CPU us/text", "texts/CPU s", "x newstrace"),
        [
            (
                "newstrace (writes signatures, index, matches, passages, links)",
                ours / size * 1e6,
                size / ours,
                1.0,
            ),
            (
                "datasketch update_batch + MinHashLSH(.5) (writes nothing)",
                theirs / size * 1e6,
                size / theirs,
                theirs / ours,
            ),
        ],
    )
    lines, known = [], measured(corpus)
    for name, pairs in sorted(classes(known).items()):
        ours_got = np.mean([tuple(sorted(pair)) in ours_found for pair in pairs])
        within = [pair for pair in pairs if max(pair) < len(some)]
        theirs_got = (
            np.mean([tuple(sorted(pair)) in theirs_found for pair in within]) if within else float("nan")
        )
        lines.append((name, len(pairs), f"{ours_got:.4f}", f"{theirs_got:.3f}"))
    table("Recall of planted pairs", ("", "pairs", "newstrace", "datasketch"), lines)
    if plots:
        ours_curve = [(c, (p.original, p.copy) in ours_found) for p, c, *_ in known]
        theirs_curve = [
            (c, (p.original, p.copy) in theirs_found)
            for p, c, *_ in known
            if max(p.original, p.copy) < len(some)
        ]
        curves = {"newstrace": ours_curve, "datasketch MinHashLSH(.5)": theirs_curve}
        print(recall_against_containment(curves, plots / "recall.png"))
    bytes_of = dict(
        db.execute(
            "SELECT name, sum(pgsize) FROM dbstat WHERE name IN"
            " ('buckets', 'segments', 'indexed', 'indexed_handle', 'signatures') GROUP BY name"
        ).fetchall()
    )
    index = sum(taken for name, taken in bytes_of.items() if name != "signatures")
    table("Bytes per article", ("index (keys and paragraphs)", "signatures"),
          [(f"{index / size:.0f}", f"{bytes_of['signatures'] / size:.0f}")])  # fmt: skip
    db.close()
    return path


def measure_passages(corpus: Corpus) -> None:
    """Aligned passages beside difflib's, on known pairs."""
    import difflib

    pairs = [plant for plant in corpus.plants if plant.kind in ("edited", "cut", "header")][:30]
    sides = [(split(corpus.texts[p.original]), split(corpus.texts[p.copy])) for p in pairs]
    passages(*sides[0])
    start = cpu()
    for _ in range(20):
        for a, b in sides:
            passages(a, b)
    ours = (cpu() - start) / 20
    start = cpu()
    for plant in pairs:
        a, b = corpus.texts[plant.original].split(), corpus.texts[plant.copy].split()
        difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    theirs = cpu() - start
    count = len(pairs) / 1e6
    lines = [("newstrace", ours / count, 1.0), ("difflib", theirs / count, theirs / ours)]
    table("Passages", ("", "CPU us/pair", "x newstrace"), lines)


# Large archives


def pad(db: object, upto: int, seed: int) -> None:
    """Fill the index up to so many texts with keys of texts that are not there."""
    random = np.random.default_rng(seed)
    have = db["indexed"].count
    db.execute("PRAGMA foreign_keys = OFF")
    index, paragraphs = Index(db), Index(db, "paragraphs")
    base = 1 << 40  # version ids of the texts that are not there
    for start in range(have, upto, 20_000):
        count = min(20_000, upto - start)
        handles = random.integers(0, 1 << 31, count).astype(np.uint32)
        with writing(db):
            rows.mark(db, range(base + start, base + start + count), handles.tolist(), [0] * count)
            for family, each in ((index, 64), (paragraphs, 15)):
                keys = random.integers(0, 1 << KEY_BITS, count * each).astype(np.uint64)
                family.add(keys, np.repeat(handles, each))
    db.execute("PRAGMA foreign_keys = ON")


def cold(path: Path) -> None:
    """Link what is pending in a database, in this process; print seconds and megabytes."""
    db = open_db(path)
    waiting = len(rows.pending(db))
    link_all(db)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{waiting} {used.ru_utime + used.ru_stime:.2f} {_peak(used.ru_maxrss):.0f}")


def _peak(fallback: int) -> float:
    """Megabytes this process held at most; getrusage counts in what it was forked from."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), fallback) / 1024


def measure_growth(path: Path, sizes: Sequence[int], seed: int, plots: Path | None) -> None:
    """Cold processes adding articles to archives of growing size."""
    lines, costs, number = [], [], 10_000_000
    for size in sizes:
        db = open_db(path)
        pad(db, size, seed + size)
        for count in (1, COLD, 10 * COLD):
            number += fill_more(db, number, count, seed + number)
            db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            start = time.perf_counter()
            command = [sys.executable, __file__, "--cold", str(path)]
            told = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
            added, seconds, megabytes = told.stdout.split()
            wall = time.perf_counter() - start
            lines.append((f"{size:,}", added, float(seconds), wall, megabytes, int(added) / float(seconds)))
        costs.append((size, float(seconds) / int(added) * 1e6))
        db.close()
    table(
        "A cold process: start, count, match, judge, store",
        ("indexed", "added", "CPU s", "wall s", "MB", "articles/CPU s"),
        lines,
    )
    if plots:
        print(cost_against_size(costs, plots / "cost.png"))


def fill_more(db: object, first: int, count: int, seed: int) -> int:
    """Store so many more made-up articles; how many."""
    texts = make(count, seed).texts
    fill(db, texts, first)
    return len(texts)


def main() -> None:
    """Print every table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=5000, help="texts of the corpus")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--indexed", type=int, nargs="*", default=[], help="sizes of archive to add to")
    options.add_argument("--plots", type=Path, help="folder for recall.png and cost.png")
    options.add_argument("--cold", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.cold:
        cold(chosen.cold)
        return
    corpus = make(chosen.size, chosen.seed)
    speed.expect(chosen.size)
    measure_signatures(corpus.texts[:300])
    measure_passages(corpus)
    with tempfile.TemporaryDirectory() as folder:
        path = measure_matching(corpus, Path(folder), chosen.plots)
        if chosen.indexed:
            measure_growth(path, chosen.indexed, chosen.seed, chosen.plots)


if __name__ == "__main__":
    main()
