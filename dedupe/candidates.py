"""The candidate index: which texts share a key, looked up many at once, in sorted segments.

A batch becomes one new segment; four segments of like size are merged into one, so there are at most
three of each size and every posting is rewritten once per fourfold growth.  A lookup reads only the
buckets its keys fall in, or runs through a segment once when the keys are many.

Which pairs are candidates is a rule over the set of texts, not over their order of arrival: two texts
are, when they share two keys, or one that stands in at most RARE texts.  Of a key that stands in more
than LONG texts, only pairs with one of the LONG first of these (by handle, a hash) count; so a story
syndicated ten thousand times costs a few hundred looks a copy, not thousands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sqlite_utils import Database

from db import index as rows
from dedupe import speed
from dedupe.sketch import KEY_BITS

RARE = 32  # texts: a key in more says little on its own
LONG = 256  # texts of one key looked at

_FAN = 4  # segments of like size before they are merged
_SMALLEST = 4096  # postings: smaller segments count as this size
_BUCKET = 4096  # postings in a bucket, about: in smaller ones a row costs more than what is not read
_WIDTHS = {2: 25, 3: 33, 5: KEY_BITS}  # bytes of a step: up to which bits of a key within its bucket
_NOBODY = 0xFFFFFFFF  # no handle
_SLICE = 1 << 21  # postings merged at a time
_SLAB = 1 << 22  # bytes of postings read at a time


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another text that shares keys with one."""

    handle: int
    shared: int  # keys
    thin: int | None  # the one shared key, when there is only one


class Index:
    """The postings of one family, in the database; every change is part of the caller's transaction."""

    def __init__(self, db: Database, family: str = "keys") -> None:
        self.db = db
        self.family = family

    def add(self, keys: np.ndarray, handles: np.ndarray) -> None:
        """Put postings in: uint64 keys below 2 ** KEY_BITS, uint32 handles below 2 ** 31, any order."""
        self.add_sorted(*_sorted(keys, handles))

    def add_sorted(self, keys: np.ndarray, handles: np.ndarray) -> None:
        """The same of postings in the order of their keys."""
        if len(keys):
            self._write(iter([(keys, handles)]), len(keys))
            self._merge()

    def look_up(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The postings of sorted unique keys, as (place in `keys`, handle), in no order."""
        gone = _Gone.of(self.db, self.family)
        places, handles = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
        for segment in rows.segments(self.db, self.family):
            for slab in _slabs(self._touched(segment, keys), segment):
                some_places, some_handles = slab.hits(keys)
                stays = gone.stays(some_handles, segment.id)
                places.append(some_places[stays])
                handles.append(some_handles[stays])
        return np.concatenate(places), np.concatenate(handles)

    def _touched(self, segment: rows.Segment, keys: np.ndarray) -> Iterator[tuple[int, bytes]]:
        """The buckets that hold these keys, and others between them when that is as quick."""
        wanted = firsts_of(keys >> np.uint64(segment.shift))[0].astype(np.int64)
        if len(wanted) * 4 > 1 << (KEY_BITS - segment.shift):
            return rows.bucket_range(self.db, segment.id, int(wanted[0]), int(wanted[-1]))
        return rows.some_buckets(self.db, segment.id, wanted.tolist())

    def _merge(self) -> None:
        """Merge segments of like size, until there are fewer than four of each."""
        while True:
            tiers: dict[int, list[rows.Segment]] = {}
            for segment in rows.segments(self.db, self.family):
                tiers.setdefault(_tier(segment.postings), []).append(segment)
            full = [tier for tier in sorted(tiers) if len(tiers[tier]) >= _FAN]
            if not full:
                return
            self.merge(tiers[full[0]])

    def merge(self, parts: Sequence[rows.Segment]) -> None:
        """Make one segment of several, without the postings that count no more."""
        self._write(self._merged(parts), sum(part.postings for part in parts))
        rows.drop_segments(self.db, self.family, parts)

    def _merged(self, parts: Sequence[rows.Segment]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The postings of several segments in order, a slice of the keys at a time."""
        gone = _Gone.of(self.db, self.family)
        total = sum(part.postings for part in parts)
        cuts = 1 << (total // _SLICE).bit_length()
        for cut in range(cuts):
            low, high = cut * (1 << KEY_BITS) // cuts, (cut + 1) * (1 << KEY_BITS) // cuts - 1
            found = [(np.zeros(0, np.uint64), np.zeros(0, np.uint32))]
            for part in parts:
                buckets = rows.bucket_range(self.db, part.id, low >> part.shift, high >> part.shift)
                for slab in _slabs(buckets, part):
                    keys, handles = slab.postings()
                    kept = gone.stays(handles, part.id) & (keys >= low) & (keys <= high)
                    found.append((keys[kept], handles[kept]))
            yield _sorted(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _write(self, parts: Iterator[tuple[np.ndarray, np.ndarray]], expected: int) -> None:
        """Write sorted postings, given in slices no bucket crosses, as a new segment."""
        shift = _shift(expected)
        count = [0]
        segment = rows.add_segment(self.db, self.family, shift, _counted(parts, shift, count))
        rows.size_segment(self.db, segment, count[0])


def _sorted(keys: np.ndarray, handles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Postings in the order of their keys."""
    ordered, order = _ordered(keys)
    return ordered, handles[order]


def _ordered(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys in order, and the place of each; those of equal keys as given.

    A key and its place fit into one number, and numbers are sorted several times faster than places.
    """
    bits = np.uint64(64 - KEY_BITS)
    if len(keys) >> (64 - KEY_BITS):
        order = np.argsort(keys, kind="stable")
        return keys[order], order
    both = keys << bits | np.arange(len(keys), dtype=np.uint64)
    fast = speed.kernel()
    both = fast.in_order(both, 64 - KEY_BITS, 64) if fast else np.sort(both)
    return both >> bits, (both & np.uint64((1 << (64 - KEY_BITS)) - 1)).astype(np.int64)


def distinct(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys (below 2 ** KEY_BITS) sorted, each once, and where each key given stands among them."""
    unique, order, ranks = ranked(keys)
    places = np.empty(len(keys), np.int64)
    places[order] = ranks
    return unique, places


def ranked(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The keys sorted, each once; the places of the keys in their order; where each of these stands among
    the unique.
    """
    ordered, order = _ordered(keys)
    new = _is_first(ordered)
    return ordered[new], order, np.cumsum(new) - 1


def firsts_of(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values in order, each once, and where each first stands."""
    firsts = np.flatnonzero(_is_first(ordered))
    return ordered[firsts], firsts


def _is_first(ordered: np.ndarray) -> np.ndarray:
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


def _tier(postings: int) -> int:
    return max(postings // _SMALLEST, 1).bit_length() // 2


def _shift(postings: int) -> int:
    """Bits of a key within its bucket, so that a bucket holds about _BUCKET postings."""
    return KEY_BITS - (postings // _BUCKET).bit_length()


def _width(shift: int) -> int:
    """Bytes for the step from one key to the next: as many as nearly every step in such a segment needs."""
    return next(width for width, most in _WIDTHS.items() if shift <= most)


def _counted(
    parts: Iterator[tuple[np.ndarray, np.ndarray]], shift: int, count: list[int]
) -> Iterator[tuple[int, bytes]]:
    """The buckets of sorted postings, packed; their number is added to `count`.

    A posting is the step from the key before it, or from the start of its bucket, and a handle.  Before
    a step too long for its bytes stand postings of no handle.
    """
    width = _width(shift)
    for keys, handles in parts:
        if not len(keys):
            continue
        count[0] += len(keys)
        buckets, firsts = firsts_of(keys >> np.uint64(shift))
        before = np.append(np.uint64(0), keys[:-1])
        before[firsts] = buckets << np.uint64(shift)
        steps, longest = keys - before, np.uint64((1 << 8 * width) - 1)
        extra = steps // longest
        packed = _packed(steps - extra * longest, handles, extra.astype(np.int64), width)
        starts = np.append(0, np.cumsum(extra.astype(np.int64) + 1))[[*firsts, len(keys)]].tolist()
        blob, row = packed.tobytes(), width + 4
        for bucket, first, end in zip(buckets.tolist(), starts, starts[1:], strict=False):
            yield bucket, blob[first * row : end * row]


def _packed(steps: np.ndarray, handles: np.ndarray, extra: np.ndarray, width: int) -> np.ndarray:
    """uint8[postings, width + 4]: steps and handles, each after so many of no handle."""
    if extra.any():
        at = np.cumsum(extra + 1) - 1
        all_steps = np.full(at[-1] + 1, (1 << 8 * width) - 1, np.uint64)
        all_handles = np.full(at[-1] + 1, _NOBODY, np.uint32)
        all_steps[at], all_handles[at] = steps, handles
        steps, handles = all_steps, all_handles
    packed = np.empty((len(steps), width + 4), np.uint8)
    packed[:, :width] = steps.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width]
    packed[:, width:] = handles.astype("<u4").view(np.uint8).reshape(-1, 4)
    return packed


@dataclass(frozen=True, slots=True)
class Slab:
    """Some packed buckets of a segment."""

    buckets: Sequence[int]
    blobs: Sequence[bytes]
    shift: int

    def _packed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows of bytes, how many each bucket has, and the key each bucket begins at."""
        row = _width(self.shift) + 4
        packed = np.frombuffer(b"".join(self.blobs), np.uint8).reshape(-1, row)
        within = np.array(self.buckets, np.uint64) & np.uint64(rows.BUCKETS - 1)
        bases = within << np.uint64(self.shift)
        return packed, np.array(list(map(len, self.blobs)), np.int64) // row, bases

    def postings(self) -> tuple[np.ndarray, np.ndarray]:
        """All (keys, handles), in the order of the keys."""
        packed, counts, bases = self._packed()
        width = packed.shape[1] - 4
        steps = np.zeros((len(packed), 8), np.uint8)
        steps[:, :width] = packed[:, :width]
        sums = np.cumsum(steps.view("<u8").ravel())
        before = np.append(np.uint64(0), sums)[np.cumsum(counts) - counts]
        keys = sums + np.repeat(bases - before, counts)
        handles = np.ascontiguousarray(packed[:, width:]).view("<u4").ravel()
        real = handles != _NOBODY
        return (keys, handles) if real.all() else (keys[real], handles[real])

    def hits(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The postings of sorted unique keys, as (place in `keys`, handle)."""
        fast = speed.kernel()
        if fast:
            packed, counts, bases = self._packed()
            places, handles = np.empty(len(packed), np.int64), np.empty(len(packed), np.uint32)
            count = fast.hits(packed, counts, bases, keys, places, handles)
            return places[:count].copy(), handles[:count].copy()
        own, handles = self.postings()
        at = np.searchsorted(keys, own)
        at[at == len(keys)] = 0
        hit = keys[at] == own
        return at[hit], handles[hit]


def _slabs(found: Iterator[tuple[int, bytes]], segment: rows.Segment) -> Iterator[Slab]:
    """Buckets of a segment in heaps of about _SLAB bytes."""
    each = (segment.postings >> (KEY_BITS - segment.shift)) + 1
    most = _SLAB // (each * (_width(segment.shift) + 4)) + 1
    while some := list(islice(found, most)):
        buckets, blobs = zip(*some, strict=True)
        yield Slab(buckets, blobs, segment.shift)


@dataclass(frozen=True, slots=True)
class _Gone:
    """Handles whose older postings count no more."""

    handles: np.ndarray  # sorted
    segments: np.ndarray  # up to which

    @classmethod
    def of(cls, db: Database, family: str) -> "_Gone":
        found = rows.departed(db, family)
        return cls(
            np.array([handle for handle, _ in found], np.uint32),
            np.array([segment for _, segment in found], np.int64),
        )

    def stays(self, handles: np.ndarray, segment: int) -> np.ndarray:
        """bool: which of these handles still count in a segment."""
        if not len(self.handles):
            return np.ones(len(handles), bool)
        at = np.minimum(np.searchsorted(self.handles, handles), len(self.handles) - 1)
        return (self.handles[at] != handles) | (self.segments[at] < segment)


@dataclass(frozen=True, slots=True)
class Postings:
    """The keys of a batch with all that stands under them, stored and new, by key and handle."""

    keys: np.ndarray  # uint64, sorted unique
    places: np.ndarray  # int64: where the keys of the batch, as given, stand among these
    firsts: np.ndarray  # int64, one more than keys: where each begins
    handles: np.ndarray  # uint32
    new: np.ndarray  # bool: of the batch at hand

    @classmethod
    def gather(cls, index: Index, keys: np.ndarray, handles: np.ndarray, *, add: bool = False) -> "Postings":
        """The postings of a batch (one key and handle each), beside those of the same keys in the index, to
        which they may be added.
        """
        unique, order, ranks = ranked(keys)
        handles = handles[order]
        old = index.look_up(unique)
        if add:
            index.add_sorted(keys[order], handles)
        places = np.empty(len(keys), np.int64)
        places[order] = ranks
        return cls._joined(unique, places, _pack(ranks, handles, 1), _pack(*old, 0))

    @classmethod
    def joined(
        cls, unique: np.ndarray, new: tuple[np.ndarray, np.ndarray], old: tuple[np.ndarray, np.ndarray]
    ) -> "Postings":
        """The postings (place of the key, handle) of a batch and of the index, under sorted unique keys."""
        return cls._joined(unique, new[0], _pack(*new, 1), _pack(*old, 0))

    @classmethod
    def _joined(cls, unique: np.ndarray, places: np.ndarray, new: np.ndarray, old: np.ndarray) -> "Postings":
        old.sort()
        if not (new[1:] >= new[:-1]).all():
            new.sort()
        packed = np.insert(new, np.searchsorted(new, old), old) if len(old) else new
        firsts = np.searchsorted(packed, np.arange(len(unique) + 1, dtype=np.uint64) << np.uint64(32))
        fresh = (packed & np.uint64(1)) == 1
        return cls(unique, places, firsts, packed.astype(np.uint32) >> np.uint32(1), fresh)

    def common(self) -> np.ndarray:
        """The keys that are not rare."""
        return self.keys[np.diff(self.firsts) > RARE]

    def candidates(self, handle: int, own: slice) -> list[Candidate]:
        """The texts worth an exact look beside a new one, whose keys are a slice of the batch's, by handle;
        of two new ones, only the later.
        """
        fast = speed.kernel()
        partners = fast.partners if fast else _partners
        found = partners(handle, self.places[own], self.firsts, self.handles, self.new, LONG, RARE)
        if not len(found[0]):
            return []
        return [
            Candidate(other, shared, int(self.keys[place]) if shared == 1 else None)
            for other, shared, place in zip(*(column.tolist() for column in found), strict=True)
        ]

    def all_candidates(self, owners: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """The same of all new texts, int64[candidates, 3]: which of the owners, handle, the one shared key or
        -1.  Their keys end in the batch at `ends`, int64, one more than owners, which are handles.
        """
        fast = speed.kernel()
        if fast:
            postings = self.firsts, self.handles, self.new
            found = fast.all_partners(owners, ends, self.places, postings, (LONG, RARE))
        else:
            found = self._all_partners(owners, ends)
        keys = np.append(self.keys, np.uint64(0))[found[:, 3]].astype(np.int64)
        return np.stack((found[:, 0], found[:, 1], np.where(found[:, 2] == 1, keys, -1)), axis=1)

    def _all_partners(self, owners: np.ndarray, ends: np.ndarray) -> np.ndarray:
        parts = [np.zeros((0, 4), np.int64)]
        for owner, (handle, first, end) in enumerate(
            zip(owners.tolist(), ends.tolist(), ends[1:].tolist(), strict=False)
        ):
            under = self.places[first:end]
            some = _partners(handle, under, self.firsts, self.handles, self.new, LONG, RARE)
            parts.append(np.stack((np.full(len(some[0]), owner), *some), axis=1).astype(np.int64))
        return np.concatenate(parts)


def _partners(
    handle: int,
    under: np.ndarray,
    firsts: np.ndarray,
    handles: np.ndarray,
    new: np.ndarray,
    long: int,
    rare: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(handles, shared keys, place of one of them) of the texts worth an exact look."""
    seen, at = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)]
    for place in under.tolist():
        first, end = firsts[place], firsts[place + 1]
        if end - first < 2:
            continue
        others, fresh = handles[first:end], new[first:end]
        own = np.flatnonzero((others == handle) & fresh)[0]
        wanted = ~fresh | (np.arange(end - first) > own)
        wanted[own] = False
        if own >= long:
            wanted[long:] = False
        seen.append(others[wanted])
        at.append(np.full(np.count_nonzero(wanted), place))
    found, one, shared = np.unique(np.concatenate(seen), return_index=True, return_counts=True)
    places = np.concatenate(at)[one]
    kept = (shared > 1) | (np.diff(firsts)[places] <= rare)
    return found[kept], shared[kept], places[kept]


def _pack(places: np.ndarray, handles: np.ndarray, new: int) -> np.ndarray:
    places, handles = places.astype(np.uint64), handles.astype(np.uint64)
    return places << np.uint64(32) | handles << np.uint64(1) | np.uint64(new)
