"""House blocks of the stored outlets: paragraphs counted as pages arrive, blocks learned from the counts.

Call `count` on batches of new versions, then `relearn`, before they are matched.  What is learned hangs
on which pages are stored, not on the order they came in: when a page more or less makes a block or
unmakes it, the versions that hold it are taken out of the comparison and are pending again.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.open import trusting, writing
from dedupe import speed
from dedupe.blocks import OWN, PAGES, own_share, paragraphs, threshold
from dedupe.bulk import NO_BLOCKS, Sketches, sketching
from dedupe.candidates import Index, distinct, ranked
from dedupe.sketch import KEY_BITS
from dedupe.words import mix

SAMPLED = 64  # pages of a repeated paragraph that are read, the first by handle

_AHEAD = 2  # heaps of texts read while others are sketched
_AGENCY = 1 << 30  # the handle bit that says: not an agency


class Counted(NamedTuple):
    """Versions named in the index, in order and in columns, as they were sketched for that."""

    versions: np.ndarray  # int64
    articles: np.ndarray
    outlets: np.ndarray
    handles: np.ndarray
    sketches: Sketches
    texts: dict[int, rows.Text]  # of some of them

    @classmethod
    def joined(cls, parts: "Sequence[Counted]") -> "Counted":
        """These one after the other."""
        columns = zip((_NONE, _NONE, _NONE, _NONE), *(part[:4] for part in parts), strict=True)
        texts = {version: text for part in parts for version, text in part.texts.items()}
        made = Sketches.joined([part.sketches for part in parts])
        return cls(*map(np.concatenate, columns), made, texts)

    def taken(self, places: np.ndarray) -> "Counted":
        """Those at these places, in this order."""
        columns = (column[places] for column in self[:4])
        return Counted(*columns, self.sketches.taken(places), self.texts)


_NONE = np.zeros(0, np.int64)


def count(db: Database, versions: Iterable[int], *, keep: int = 0) -> Counted:
    """Count the paragraphs of versions that are not counted yet, and name them in the index.

    What comes back is their sketches, no blocks left out, and about the first `keep` bytes of texts:
    `dedupe.match` can go on from there.
    """
    with trusting(db), sketching() as start:
        waiting: deque[Callable[[], Counted]] = deque()
        parts = []
        for some in rows.arrived(db, versions):
            speed.expect(len(some.versions))
            kept = _texts(some) if keep > 0 else {}
            keep -= sum(map(len, some.texts))
            waiting.append(partial(_counted, some, start(some.texts, [NO_BLOCKS] * len(some.texts)), kept))
            if len(waiting) > _AHEAD:
                parts.append(waiting.popleft()())
        made = Counted.joined(parts + [finish() for finish in waiting])
        if len(made.versions):
            rows.mark(db, made.versions.tolist(), made.handles.tolist(), _prints(made.sketches))
            rows.put_unlearned(db, np.unique(made.outlets).tolist())
            _put_lines(db, made)
        return made


def _texts(some: rows.Arrived) -> dict[int, rows.Text]:
    told = zip(some.versions, some.articles, some.outlets, some.texts, strict=True)
    return dict(zip(some.versions, told, strict=True))


def _counted(some: rows.Arrived, finish: Callable[[], Sketches], kept: dict[int, rows.Text]) -> Counted:
    columns = (np.array(column, np.int64) for column in (some.versions, some.articles, some.outlets))
    return Counted(*columns, handles_of(some), finish(), kept)


def handles_of(some: rows.Arrived) -> np.ndarray:
    """The names of versions in the index: 31 bits of URL and text, int64.

    Agencies come first, so that a story everybody takes is compared with the agency's own text above all.
    """
    named = zip(some.urls, some.sha256, strict=True)
    digests = b"".join([blake2b(f"{url}\n{text}".encode(), digest_size=4).digest() for url, text in named])
    numbers = np.frombuffer(digests, ">u4").astype(np.int64) >> 2
    return np.where(np.array(some.agencies, bool), numbers, numbers | _AGENCY)


def _prints(made: Sketches) -> list[int]:
    """31 bits of all the paragraphs of each text: equal for pages that say the same."""
    lines, ends = made.lines.tobytes(), (8 * made.line_ends).tolist()
    digests = b"".join([blake2b(lines[first:end], digest_size=4).digest() for first, end in pairwise(ends)])
    return (np.frombuffer(digests, ">u4").astype(np.int64) >> 1).tolist()


def _put_lines(db: Database, made: Counted) -> None:
    """Put the paragraphs of texts into the index, and remember those that stand on several versions."""
    sizes, hashes = np.diff(made.sketches.line_ends), made.sketches.lines
    owners = np.repeat(made.outlets, sizes)
    keys = _keys(owners, hashes)
    index = Index(db, "paragraphs")
    unique, order, ranks = ranked(keys)
    index.add_sorted(keys[order], np.repeat(made.handles.astype(np.uint32), sizes)[order])
    often = order[_often(index, unique)[ranks]]
    rows.put_repeated(db, zip(owners[often].tolist(), map(_hex, hashes[often].tolist()), strict=True))


def relearn(db: Database) -> int:
    """How many matched versions are pending again, now that the blocks of all outlets are learned."""
    redone = 0
    with writing(db):
        for outlet in rows.unlearned(db):
            changed = rows.put_blocks(db, outlet, _learn(db, outlet))
            versions = [row[1] for held in _holders(db, outlet, sorted(changed)) for row in held]
            again = rows.matched(db, set(versions))
            if again:
                rows.unmatch(db, again)
            rows.learned(db, outlet)
            redone += len(again)
    return redone


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
