"""House blocks of the stored outlets: paragraphs counted as pages arrive, blocks learned from the counts.

Call `count` on batches of new versions, then `relearn`, before they are matched.  What is learned hangs
on which pages are stored, not on the order they came in: when a page more or less makes a block or
unmakes it, the versions that hold it are taken out of the comparison and are pending again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.open import writing
from dedupe import speed
from dedupe.blocks import OWN, PAGES, own_share, paragraphs, threshold
from dedupe.bulk import NO_BLOCKS, Sketch, sketches
from dedupe.candidates import Index, distinct, ranked
from dedupe.sketch import KEY_BITS
from dedupe.words import mix

SAMPLED = 64  # pages of a repeated paragraph that are read, the first by handle

_AGENCY = 1 << 30  # the handle bit that says: not an agency


class Counted(NamedTuple):
    """A version named in the index, as it was sketched for that."""

    article: int
    outlet: int
    handle: int
    sketch: Sketch


def handle_of(document: rows.Arrived) -> int:
    """The name of a version in the index: 31 bits of its URL and text.

    Agencies come first, so that a story everybody takes is compared with the agency's own text above all.
    """
    digest = hashlib.blake2b(f"{document.url}\n{document.sha256}".encode(), digest_size=4).digest()
    number = int.from_bytes(digest) >> 2
    return number if document.agency else number | _AGENCY


def count(db: Database, versions: Iterable[int]) -> dict[int, Counted]:
    """Count the paragraphs of versions that are not counted yet, and name them in the index.

    What comes back is their sketches by version, no blocks left out: `dedupe.match` can go on from there.
    """
    with writing(db):
        made: dict[int, Counted] = {}
        prints = []
        for some in rows.arrived(db, versions):
            speed.expect(len(some))
            found = sketches([one.text for one in some], [NO_BLOCKS] * len(some))
            for one, sketch in zip(some, found, strict=True):
                made[one.version] = Counted(one.article, one.outlet, handle_of(one), sketch)
                prints.append(_print(sketch.lines))
        counted = list(made.values())
        if counted:
            handles = [one.handle for one in counted]
            rows.mark(db, zip(made, handles, prints, strict=True))
            rows.put_unlearned(db, {one.outlet for one in counted})
            _put_lines(db, [one.outlet for one in counted], handles, [one.sketch for one in counted])
        return made


def _put_lines(db: Database, outlets: Sequence[int], handles: Sequence[int], made: Sequence[Sketch]) -> None:
    """Put the paragraphs of texts into the index, and remember those that stand on several versions."""
    sizes = [len(sketch.lines) for sketch in made]
    hashes = np.concatenate([sketch.lines for sketch in made])
    owners = np.repeat(np.array(outlets, np.int64), sizes)
    keys = _keys(owners, hashes)
    index = Index(db, "paragraphs")
    unique, order, ranks = ranked(keys)
    index.add_sorted(keys[order], np.repeat(np.array(handles, np.uint32), sizes)[order])
    often = order[_often(index, unique)[ranks]]
    rows.put_repeated(db, zip(owners[often].tolist(), map(_hex, hashes[often].tolist()), strict=True))


def relearn(db: Database) -> int:
    """How many matched versions are pending again, now that the blocks of all outlets are learned."""
    redone = 0
    for outlet in rows.unlearned(db):
        with writing(db):
            changed = rows.put_blocks(db, outlet, _learn(db, outlet))
            versions = [row[1] for held in _holders(db, outlet, sorted(changed)) for row in held]
            again = rows.matched(db, set(versions))
            rows.unmatch(db, again)
            rows.learned(db, outlet)
        redone += len(again)
    return redone


def _print(hashes: np.ndarray) -> int:
    """31 bits of all the paragraphs of a text: equal for pages that say the same."""
    return int.from_bytes(hashlib.blake2b(hashes.tobytes(), digest_size=4).digest()) >> 1


def _hex(value: int) -> str:
    return f"{value:016x}"


def _keys(outlets: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """The key of each paragraph of an outlet in the index."""
    return mix(hashes ^ mix(outlets.astype(np.uint64))) >> np.uint64(64 - KEY_BITS)


def _often(index: Index, keys: np.ndarray) -> np.ndarray:
    """bool: which of these sorted unique keys stand on as many versions as the smallest block."""
    found, _ = index.look_up(keys)
    return np.bincount(found, minlength=len(keys)) >= PAGES


def _holders(db: Database, outlet: int, hashes: Sequence[str]) -> list[list[tuple[int, int, int, int]]]:
    """For each paragraph, the (handle, version, article, print) of the outlet's versions that hold it."""
    if not hashes:
        return []
    values = np.array([int(key, 16) for key in hashes], np.uint64)
    keys, at = distinct(_keys(np.full(len(values), outlet), values))
    places, handles = Index(db, "paragraphs").look_up(keys)
    known: dict[int, list[tuple[int, int, int, int]]] = {}
    for row in rows.holders(db, outlet, set(handles.tolist())):
        known.setdefault(row[0], []).append(row)
    held: list[list[tuple[int, int, int, int]]] = [[] for _ in keys]
    for place, handle in sorted(zip(places.tolist(), handles.tolist(), strict=True)):
        held[place].extend(known.get(handle, ()))
    return [held[place] for place in at.tolist()]


def _learn(db: Database, outlet: int) -> dict[str, tuple[str, int, int]]:
    """The blocks of an outlet: hash, and text, words, number of pages."""
    needed = threshold(rows.pages(db, outlet))
    hashes = rows.repeated(db, outlet)
    held = dict(zip(hashes, _holders(db, outlet, hashes), strict=True))
    held = {key: found for key, found in held.items() if _pages(found) >= needed}
    sampled = {key: _distinct(found)[:SAMPLED] for key, found in held.items()}
    versions = sorted({version for some in sampled.values() for version in some})
    texts = {document.version: document.text for document in rows.documents(db, versions)}
    found = {version: paragraphs(text) for version, text in texts.items()}
    own = {version: own_share(page, held) >= OWN for version, page in found.items()}
    blocks = {}
    for key, some in sampled.items():
        good = [version for version in some if own[version]]
        pages = _pages(held[key]) * len(good) // len(some)
        if good and pages >= needed:
            one = next(paragraph for paragraph in found[good[0]] if paragraph.hash == key)
            blocks[key] = (texts[good[0]][one.start : one.end], one.words, pages)
    return blocks


def _pages(held: Sequence[tuple[int, int, int, int]]) -> int:
    """On how many pages whose other text differs."""
    return min(len({article for _, _, article, _ in held}), len({other for *_, other in held}))


def _distinct(held: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """One version of each article and of each text, the first by handle."""
    articles, prints, versions = set(), set(), []
    for _, version, article, other in sorted(held):
        if article not in articles and other not in prints:
            articles.add(article)
            prints.add(other)
            versions.append(version)
    return versions
