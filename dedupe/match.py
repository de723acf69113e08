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
from collections import ChainMap, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.records import Match
from dedupe import speed
from dedupe.bulk import Shared, Sketch, shared, sketches
from dedupe.candidates import Candidate, Index, Postings
from dedupe.compare import match, side
from dedupe.house import count
from dedupe.sketch import SCHEME, SIZE
from dedupe.words import split

PARTNERS = 256  # matches kept of each text, at least: every pair of a story on 257 pages
_FEWEST, _MOST = 1000, 10_000  # versions matched at once
_POSTINGS = 6000  # of the index, run through for each of them
_PAIRS = 512  # verified in one call, about

Progress = Callable[[int, int], None]
Blocks = Mapping[int, frozenset[str]]


def match_versions(
    db: Database,
    versions: Sequence[int],
    *,
    sketched: Mapping[int, Sketch] | None = None,
    blocks: Blocks | None = None,
    progress: Progress | None = None,
) -> Iterator[Match]:
    """The matches of these versions with everything indexed and among themselves, each pair once.

    Versions of one article are not matched with each other.  `sketched` may hold what `house.count` gave
    for some; `blocks` maps an outlet to the hashes of its house blocks, which are left out; by default the
    stored ones.  `progress(done, total)` is called as versions are compared.  Signatures and postings are
    written before the first match comes out, and matches that no longer count are deleted after the last:
    call it inside one `db.open.writing`, and store what it gives in the same.

    Raises StaleSignature when stored signatures were made under another scheme.
    """
    rows.check_signatures(db, SCHEME, SIZE)
    left_out = _LeftOut(db, blocks)
    texts = _texts(db, versions, left_out, sketched or {})
    if not texts:
        return
    index = Index(db)
    keys = np.concatenate([text.keys for text in texts])
    handles = np.repeat([text.handle for text in texts], [len(text.keys) for text in texts])
    postings = Postings.gather(index, keys, handles.astype(np.uint32))
    index.add(keys, handles)
    pairs = _Pairs(db, texts, left_out, postings)
    found = list(pairs.found(progress))
    rows.drop_thin(db, postings.common().tolist())
    rows.put_thin(db, pairs.thin)
    yield from pairs.settled(found)


def batch_size(db: Database) -> int:
    """How many versions to match at once, 1,000 to 10,000.

    A batch runs through the index once, so the larger the index, the more versions should share that.
    """
    stored = sum(segment.postings for segment in rows.segments(db, "keys"))
    return min(max(stored // _POSTINGS, _FEWEST), _MOST)


def compare_texts(a: str, b: str) -> Match | None:
    """What two texts share, as a match of versions 1 and 2; None when it is too little."""
    found = match(side(split(a)), side(split(b)))
    return None if found is None else _record(1, 2, found)


@dataclass(frozen=True, slots=True)
class _Text:
    """One version of the batch."""

    version: int
    article: int
    handle: int
    keys: np.ndarray


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

    def touches(self, outlet: int, sketch: Sketch) -> bool:
        """Whether a block of its outlet stands in a text."""
        own = self.of(outlet)
        return len(own) > 0 and bool(np.isin(sketch.lines, own, assume_unique=True).any())


def _texts(
    db: Database, versions: Sequence[int], left_out: _LeftOut, sketched: Mapping[int, Sketch]
) -> list[_Text]:
    """These versions by handle, sketched without their outlets' blocks; their signatures are written."""
    known = ChainMap({}, count(db, versions), sketched)
    speed.expect(len(versions))
    waiting = rows.waiting(db, versions)
    again = [
        one.version for one in waiting
        if one.version not in known or left_out.touches(one.outlet, known[one.version])
    ]  # fmt: skip
    documents = rows.documents(db, again)
    blocks = [left_out.of(document.outlet) for document in documents]
    made = sketches([document.text for document in documents], blocks)
    known |= zip((document.version for document in documents), made, strict=True)
    signatures = [(one.version, known[one.version]) for one in waiting]
    rows.put_signatures(db, [(v, SCHEME, SIZE, one.size, one.signature) for v, one in signatures])
    texts = [_Text(one.version, one.article, one.handle, known[one.version].keys) for one in waiting]
    return sorted(texts, key=lambda text: (text.handle, text.version))


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


def _candidates(texts: Sequence[_Text], postings: Postings) -> list[list[Candidate]]:
    """The candidates of each text of the batch."""
    ends = np.cumsum([len(text.keys) for text in texts]).tolist()
    own = zip(texts, [0, *ends], ends, strict=False)
    return [postings.candidates(text.handle, slice(start, end)) for text, start, end in own]


Wanted = tuple[_Text, rows.Known, Candidate]


class _Pairs:
    """The candidate pairs of a batch, verified."""

    def __init__(self, db: Database, texts: Sequence[_Text], left_out: _LeftOut, postings: Postings) -> None:
        self.db = db
        self.texts = texts
        self.left_out = left_out
        self.candidates = _candidates(texts, postings)
        self.known = self._known()
        self.partners = _Partners(db)
        self.handles = {text.version: text.handle for text in texts}
        self.thin: list[tuple[int, int, int]] = []

    def _known(self) -> dict[int, list[rows.Known]]:
        """The versions under every candidate's handle."""
        wanted = {candidate.handle for some in self.candidates for candidate in some}
        known = defaultdict(list)
        for one in rows.known(self.db, sorted(wanted)):
            known[one.handle].append(one)
        return known

    def found(self, progress: Progress | None) -> Iterator[Match]:
        """The matches among the candidates, by handle, those skipped that would not stay.

        While one heap of pairs is read off, the next is being compared.
        """
        running: deque[tuple[int, list[Wanted], Future]] = deque()
        with ThreadPoolExecutor(1) as pool:
            for done, wanted in self._heaps():
                running.append((done, wanted, pool.submit(*self._comparing(wanted))))
                if len(running) > 1:
                    yield from self._read(*running.popleft(), progress)
            while running:
                yield from self._read(*running.popleft(), progress)

    def _heaps(self) -> Iterator[tuple[int, list[Wanted]]]:
        """The pairs to verify, some hundred at a time, each heap with how many texts are done after it."""
        heap: list[Wanted] = []
        for done, (text, some) in enumerate(zip(self.texts, self.candidates, strict=True), 1):
            for candidate in some:
                heap += [(text, other, candidate) for other in self.known[candidate.handle]
                         if self._wanted(text, other)]  # fmt: skip
            if len(heap) >= _PAIRS or done == len(self.texts):
                yield done, heap
                heap = []

    def _wanted(self, text: _Text, other: rows.Known) -> bool:
        twice = other.handle == text.handle and other.version <= text.version
        return not twice and other.article != text.article and not self._crowded(text, other)

    def _comparing(self, wanted: Sequence[Wanted]) -> tuple:
        """What compares a heap of pairs, and what it is to be called with."""
        versions = sorted({version for text, other, _ in wanted for version in (text.version, other.version)})
        documents = rows.documents(self.db, versions) if versions else []
        places = {document.version: place for place, document in enumerate(documents)}
        pairs = [tuple(sorted((places[text.version], places[other.version]))) for text, other, _ in wanted]
        blocks = [self.left_out.of(document.outlet) for document in documents]
        return shared, [document.text for document in documents], blocks, pairs

    def _read(
        self, done: int, wanted: Sequence[Wanted], running: Future, progress: Progress | None
    ) -> Iterator[Match]:
        """The matches of a heap that stay for now."""
        for (text, other, candidate), found in zip(wanted, running.result(), strict=True):
            if found is not None and not self._crowded(text, other):
                yield self._noted(text, other, candidate, found)
        if progress:
            progress(done, len(self.texts))

    def _noted(self, text: _Text, other: rows.Known, candidate: Candidate, found: Shared) -> Match:
        a, b = sorted((text.version, other.version))
        self.handles[other.version] = other.handle
        self.partners.add(text.version, other.handle)
        self.partners.add(other.version, text.handle)
        if candidate.thin is not None:
            self.thin.append((candidate.thin, a, b))
        return _record(a, b, found)

    def _crowded(self, text: _Text, other: rows.Known) -> bool:
        """Whether each of two has its PARTNERS before the other, so their match would not stay."""
        return (
            len(self.partners.found[text.version]) >= PARTNERS
            and self.partners.before(text.version, other.handle) >= PARTNERS
            and self.partners.before(other.version, text.handle) >= PARTNERS
        )

    def settled(self, found: list[Match]) -> Iterator[Match]:
        """The matches found that stay; stored ones that stay no longer are deleted."""
        counts = rows.match_counts(self.db, self.partners.found)
        full = {v for v, more in self.partners.found.items() if counts.get(v, 0) + len(more) > PARTNERS}
        if not full:
            yield from found
            return
        rows.drop_matches(self.db, [pair for version in sorted(full) for pair in self._displaced(version)])
        for made in found:
            if not (full & {made.a, made.b}) or self._stays(made.a, made.b):
                yield made

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


def _record(a: int, b: int, found: Shared) -> Match:
    overlap, passages = found
    return Match(
        a=a,
        b=b,
        a_in_b=overlap.a_in_b,
        b_in_a=overlap.b_in_a,
        jaccard=overlap.jaccard,
        shared_words=overlap.shared_words,
        longest_run=overlap.longest_run,
        passages=passages,
    )
