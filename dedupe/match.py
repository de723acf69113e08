"""Matching: versions in, their matches with everything indexed out, the index brought up to date.

The one call is `match_versions`; it writes to the index in the caller's transaction, so a batch of
versions, its keys and its matches are stored together or not at all.  Which matches exist in the end
does not hang on the order or the batches in which versions came:

* candidates follow a rule over the set of texts (`dedupe.candidates`); the few matches that stand on a
  single rare key are remembered, and go when that key becomes common;
* of a text with very many matches, those with its PARTNERS first others (by handle, a hash) stay, and
  those for which it is one of the first itself.
"""

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.matches import Found
from db.records import Match
from dedupe import speed
from dedupe.bulk import NO_BLOCKS, Compared, Shared, compared, shared, sketches, slices
from dedupe.candidates import Index, Postings
from dedupe.house import Counted, count
from dedupe.sketch import SCHEME, SIZE
from dedupe.words import mix

PARTNERS = 256  # matches kept of each text, at least: every pair of a story on 257 pages
_FEWEST, _MOST = 1000, 10_000  # versions matched at once
_POSTINGS = 6000  # of the index, run through for each of them
_CALM = 8  # matches a version: where there are more, batches stay small, for their matches are held at once
_PAIRS = 256  # verified in one call, about

Progress = Callable[[int, int], None]
Blocks = Mapping[int, frozenset[str]]


def match_versions(
    db: Database,
    versions: Sequence[int],
    *,
    sketched: Counted | None = None,
    blocks: Blocks | None = None,
    progress: Progress | None = None,
) -> Found:
    """The matches of these versions with everything indexed and among themselves, each pair once.

    Versions of one article are not matched with each other.  `sketched` may hold what `house.count` gave
    for some that are not matched yet; `blocks` maps an outlet to the hashes of its house blocks, which are
    left out; by default the stored ones.  `progress(done, total)` is called as versions are compared.
    Signatures and postings are written, and matches that no longer count are deleted: call it inside one
    `db.open.trusting`, and store what it gives in the same.

    Raises StaleSignature when stored signatures were made under another scheme.
    """
    rows.check_signatures(db, SCHEME, SIZE)
    left_out = _LeftOut(db, blocks)
    batch = _batch(db, versions, left_out, Counted.joined([]) if sketched is None else sketched)
    if not len(batch.versions):
        return Found.of([])
    index = Index(db)
    handles = np.repeat(batch.handles, np.diff(batch.ends))
    postings = Postings.gather(index, batch.keys, handles.astype(np.uint32), add=True)
    pairs = _Pairs(db, batch, left_out, postings)
    found = pairs.found(progress)
    rows.drop_thin(db, postings.common().tolist())
    rows.put_thin(db, pairs.thin_matches(found))
    return pairs.settled(found)


def batch_size(db: Database) -> int:
    """How many versions to match at once, 1,000 to 10,000.

    A batch runs through the index once, so the larger the index, the more versions should share that.
    """
    stored = sum(segment.postings for segment in rows.segments(db, "keys"))
    return min(max(stored // _POSTINGS, _FEWEST), _MOST)


def next_size(db: Database, size: int, compared: int, matches: int) -> int:
    """The same after so many versions of a batch of `size` had so many matches: calm ones grow."""
    least = batch_size(db)
    if matches > _CALM * compared:
        return max(size // 4, least)
    return max(min(4 * size, _MOST), least)


def compare_texts(a: str, b: str) -> Match | None:
    """What two texts share, as a match of versions 1 and 2; None when it is too little."""
    (found,) = shared([text.encode("utf-8", "surrogatepass") for text in (a, b)], [NO_BLOCKS] * 2, [(0, 1)])
    return None if found is None else _record(1, 2, found)


def _record(a: int, b: int, found: Shared) -> Match:
    a_in_b, b_in_a, jaccard, words, run, passages = found
    return Match(
        a=a, b=b, a_in_b=a_in_b, b_in_a=b_in_a, jaccard=jaccard, shared_words=words, longest_run=run,
        passages=passages,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Batch:
    """The versions at hand, by handle: one place in each array."""

    versions: np.ndarray
    handles: np.ndarray
    keys: np.ndarray  # of all, one after the other
    ends: np.ndarray  # where each one's keys begin, one more than versions
    texts: Mapping[int, rows.Text]  # of some


class _LeftOut:
    """The house blocks of each outlet: sorted hashes, uint64."""

    def __init__(self, db: Database, given: Blocks | None) -> None:
        self.db = db
        self.given = given
        self.hashes: dict[int, np.ndarray] = {}

    def of(self, outlet: int) -> np.ndarray:
        """The blocks of an outlet."""
        if outlet not in self.hashes:
            given = self.given
            found = rows.block_hashes(self.db, outlet) if given is None else given.get(outlet, ())
            self.hashes[outlet] = np.array(sorted(int(key, 16) for key in found), np.uint64)
        return self.hashes[outlet]

    def touch(self, counted: Counted) -> np.ndarray:
        """bool: in which of these texts a block of its outlet may stand: in all in which one does."""
        blocks = [(outlet, self.of(outlet)) for outlet in np.unique(counted.outlets).tolist()]
        marks = [mix(np.full(len(own), outlet, np.uint64)) ^ own for outlet, own in blocks if len(own)]
        if not marks:
            return np.zeros(len(counted.versions), bool)
        lines, ends = counted.sketches.lines, counted.sketches.line_ends
        owners = np.repeat(np.arange(len(counted.versions)), np.diff(ends))
        met = np.isin(mix(counted.outlets.astype(np.uint64))[owners] ^ lines, np.concatenate(marks))
        return np.bincount(owners[met], minlength=len(counted.versions)) > 0


def _batch(db: Database, versions: Sequence[int], left_out: _LeftOut, sketched: Counted) -> _Batch:
    """These versions by handle, sketched without their outlets' blocks; their signatures are written."""
    speed.expect(len(versions))
    known = sketched.taken(np.flatnonzero(np.isin(sketched.versions, rows.unmatched(db, versions))))
    other = np.setdiff1d(versions, known.versions).tolist()
    again = left_out.touch(known)
    if other or again.any():
        made = _sketched(db, known.taken(np.flatnonzero(again)), other, left_out)
        known = Counted.joined([known.taken(np.flatnonzero(~again)), made])
        known = known.taken(np.argsort(known.versions))._replace(texts=sketched.texts)
    versions, made = known.versions.tolist(), known.sketches
    rows.put_signatures(db, (SCHEME, SIZE), versions, (made.sizes.tolist(), made.hashes()))
    order = np.lexsort((known.versions, known.handles))
    keys = slices(made.keys, made.key_ends, order)
    return _Batch(known.versions[order], known.handles[order], *keys, known.texts)


def _sketched(db: Database, known: Counted, other: Sequence[int], left_out: _LeftOut) -> Counted:
    """Versions that are counted, and others that may be, sketched from their texts."""
    if other:
        count(db, other)
    handles = dict(zip(known.versions.tolist(), known.handles.tolist(), strict=True))
    handles |= {one.version: one.handle for one in rows.waiting(db, other)}
    texts = rows.texts(db, sorted(handles))
    made = sketches([one.text for one in texts], [left_out.of(one.outlet) for one in texts])
    columns = ([one[place] for one in texts] for place in range(3))
    numbers = (np.array(column, np.int64) for column in (*columns, [handles[one.version] for one in texts]))
    return Counted(*numbers, made, {})


_SPREAD = 8  # rounds: stories that hang together by longer ways may fall apart


def _together(mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A number for each pair, equal for most of those that hang together: they are compared in one heap, and
    a text that stands in many of them is made ready once.
    """
    _, places = np.unique(np.concatenate((mine, other)), return_inverse=True)
    one, two = places[: len(mine)], places[len(mine) :]
    least = np.arange(len(places))
    for _ in range(_SPREAD):
        lesser = np.minimum(least[one], least[two])
        np.minimum.at(least, one, lesser)
        np.minimum.at(least, two, lesser)
        least = least[least]
    return least[one]


@dataclass(slots=True)
class _Partners:
    """Whom each version matches, by handle: stored matches, and those found so far."""

    db: Database
    stored: dict[int, list[int]] = field(default_factory=dict)
    found: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, version: int) -> list[int]:
        """The handles of the stored partners of a version, in order."""
        if version not in self.stored:
            self.stored[version] = [handle for handle, _ in rows.partners(self.db, version)]
        return self.stored[version]

    def before(self, version: int, handle: int) -> int:
        """How many partners of a version come before a handle."""
        return bisect_left(self.of(version), handle) + bisect_left(self.found[version], handle)

    def add(self, version: int, handle: int) -> None:
        """A partner found."""
        insort(self.found[version], handle)

    def limit(self, version: int, *, old: bool = False) -> int | None:
        """The handle of the last of a version's PARTNERS first; None when it has not more than these."""
        both = self.of(version) if old else sorted(self.of(version) + self.found[version])
        return both[PARTNERS - 1] if len(both) > PARTNERS else None


class _Pairs:
    """The candidate pairs of a batch, verified.

    Each has a place in the arrays `mine` and `other` (versions), their handles, and `thin` (the one key
    they share, or -1).  Only of versions that may come to have more than PARTNERS matches, the `crowded`,
    is kept whom they match.
    """

    def __init__(self, db: Database, batch: _Batch, left_out: _LeftOut, postings: Postings) -> None:
        self.db = db
        self.batch = batch
        self.left_out = left_out
        self.partners = _Partners(db)
        self.handles: dict[int, int] = {}
        owner, handle, thin = postings.all_candidates(batch.handles, batch.ends).T
        at, place = self._under(handle)
        self.thin, owner = thin[place], owner[place]
        self.mine, self.my_handle = batch.versions[owner], batch.handles[owner]
        self.other, self.other_handle = at, handle[place]
        self._take((self.other_handle != self.my_handle) | (self.other > self.mine))
        self.stored, self.crowded = self._weigh()
        if not self.crowded:
            self._take(np.argsort(_together(self.mine, self.other), kind="stable"))

    def _under(self, handles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The versions under these handles, and at which place of these each stands."""
        unique = np.unique(handles)
        under = np.array(rows.under(self.db, unique.tolist()), np.int64).reshape(-1, 2)
        first = np.searchsorted(under[:, 0], handles)
        counts = np.searchsorted(under[:, 0], handles, "right") - first
        place = np.repeat(np.arange(len(handles)), counts)
        at = np.arange(len(place)) + np.repeat(first - np.cumsum(counts) + counts, counts)
        return under[at, 1], place

    def _take(self, taken: np.ndarray) -> None:
        for name in ("thin", "mine", "my_handle", "other", "other_handle"):
            setattr(self, name, getattr(self, name)[taken])

    def _weigh(self) -> tuple[dict[int, int], frozenset[int]]:
        """The stored matches of each version from before, and the versions that may have too many."""
        versions, counts = np.unique(np.concatenate((self.mine, self.other)), return_counts=True)
        stored = rows.match_counts(self.db, np.setdiff1d(versions, self.batch.versions).tolist())
        most = zip(versions.tolist(), counts.tolist(), strict=True)
        return stored, frozenset(v for v, new in most if new + stored.get(v, 0) > PARTNERS)

    def found(self, progress: Progress | None) -> Compared:
        """What the candidates share that match, their places among these, by handle; those are skipped that
        would not stay.  While one heap of pairs is being compared, the next is made ready.
        """
        running: deque[tuple[np.ndarray, Future]] = deque()
        parts: list[Compared] = []
        with ThreadPoolExecutor(1) as pool:
            for start in range(0, len(self.mine), _PAIRS):
                pairs, wanted = self._comparing(np.arange(start, min(start + _PAIRS, len(self.mine))))
                running.append((pairs, pool.submit(compared, *wanted)))
                if len(running) > 1:
                    parts.append(self._read(*running.popleft(), progress))
            while running:
                parts.append(self._read(*running.popleft(), progress))
        if progress:
            progress(len(self.batch.versions), len(self.batch.versions))
        return Compared.joined(parts)

    def _comparing(self, pairs: np.ndarray) -> tuple[np.ndarray, tuple]:
        """The pairs of a heap worth comparing, and what compares them is to be called with."""
        if self.crowded:
            pairs = np.array([pair for pair in pairs.tolist() if not self._is_crowded(pair)], np.int64)
        both = np.stack((self.mine[pairs], self.other[pairs]))
        told = self._texts(np.unique(both).tolist())
        columns = zip(*told, strict=True) if told else ((),) * 4
        versions, articles, outlets, texts = columns
        versions, articles = np.array(versions, np.int64), np.array(articles, np.int64)
        known = np.isin(both, versions).all(axis=0)
        pairs, both = pairs[known], np.searchsorted(versions, both[:, known])
        apart = articles[both[0]] != articles[both[1]]
        pairs, both = pairs[apart], both[:, apart]
        both.sort(axis=0)
        return pairs, (texts, list(map(self.left_out.of, outlets)), both.T)

    def _texts(self, versions: list[int]) -> list[rows.Text]:
        """These versions with their texts, in order; pages that show no article are left out."""
        held = self.batch.texts
        missing = [version for version in versions if version not in held]
        if not missing:
            return [held[version] for version in versions]
        read = {one[0]: one for one in rows.texts(self.db, missing)}
        both = (held.get(version) or read.get(version) for version in versions)
        return [one for one in both if one]

    def _read(self, pairs: np.ndarray, running: Future, progress: Progress | None) -> Compared:
        """The matches of a heap that stay for now."""
        found: Compared = running.result()
        found = found._replace(places=pairs[found.places])
        if self.crowded:
            noted = [self._noted(pair) for pair in found.places.tolist()]
            found = found.taken(np.flatnonzero(np.array(noted, bool)))
        if progress and len(pairs):
            progress(int(pairs[-1] * len(self.batch.versions) // len(self.mine)), len(self.batch.versions))
        return found

    def thin_matches(self, found: Compared) -> list[tuple[int, int, int]]:
        """(key, version a, version b) of those found by one key."""
        places = found.places[self.thin[found.places] >= 0]
        both = np.sort(np.stack((self.mine[places], self.other[places])), axis=0)
        return list(zip(self.thin[places].tolist(), *both.tolist(), strict=True))

    def _noted(self, pair: int) -> bool:
        """Whether a match found would stay for now; then it is remembered of the crowded."""
        if self._is_crowded(pair):
            return False
        mine, other = int(self.mine[pair]), int(self.other[pair])
        for version, one, two in (
            (mine, self.my_handle, self.other_handle),
            (other, self.other_handle, self.my_handle),
        ):
            if version in self.crowded:
                self.handles[version] = int(one[pair])
                self.partners.add(version, int(two[pair]))
        return True

    def _is_crowded(self, pair: int) -> bool:
        """Whether each of two has its PARTNERS before the other, so their match would not stay."""
        mine, other = int(self.mine[pair]), int(self.other[pair])
        return (
            mine in self.crowded
            and other in self.crowded
            and len(self.partners.found[mine]) >= PARTNERS
            and self.partners.before(mine, int(self.other_handle[pair])) >= PARTNERS
            and self.partners.before(other, int(self.my_handle[pair])) >= PARTNERS
        )

    def settled(self, found: Compared) -> Found:
        """The matches found that stay; stored ones that stay no longer are deleted."""
        new = self.partners.found
        full = {v for v in self.crowded if self.stored.get(v, 0) + len(new[v]) > PARTNERS}
        if full:
            self.handles |= self._all_handles()
            displaced = [pair for version in sorted(full) for pair in self._displaced(version)]
            rows.drop_matches(self.db, displaced)
            pairs = zip(self.mine[found.places].tolist(), self.other[found.places].tolist(), strict=True)
            stay = [not (full & {a, b}) or self._stays(a, b) for a, b in pairs]
            found = found.taken(np.flatnonzero(np.array(stay, bool)))
        return self._columns(found)

    def _columns(self, found: Compared) -> Found:
        """What was found of the pairs, by their versions."""
        both = np.sort(np.stack((self.mine[found.places], self.other[found.places])), axis=0)
        order = np.lexsort((both[1], both[0]))
        found, both = found.taken(order), both[:, order]
        figures = *both.tolist(), *found.shares.T.tolist(), *found.words.T.tolist()
        owners = np.repeat(np.arange(len(found.counts)), found.counts)
        return Found(figures, owners.tolist(), found.passages.T.tolist())

    def _all_handles(self) -> dict[int, int]:
        mine = zip(self.mine.tolist(), self.my_handle.tolist(), strict=True)
        other = zip(self.other.tolist(), self.other_handle.tolist(), strict=True)
        return dict(mine) | dict(other)

    def _displaced(self, version: int) -> Iterator[tuple[int, int]]:
        """Stored matches of a version that its new ones have put out of the first PARTNERS."""
        before, now = self.partners.limit(version, old=True), self.partners.limit(version)
        for handle, other in rows.partners(self.db, version):
            self.handles[other] = handle
            if handle > now and (before is None or handle <= before) and not self._stays(version, other):
                yield min(version, other), max(version, other)

    def _stays(self, a: int, b: int) -> bool:
        """Whether one of two versions is among the other's PARTNERS first."""
        return any(
            limit is None or handle <= limit
            for limit, handle in (
                (self.partners.limit(a), self.handles[b]),
                (self.partners.limit(b), self.handles[a]),
            )
        )
