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
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlite_utils import Database

from db import index as rows
from db.records import Match, Passage
from dedupe import speed
from dedupe.blocks import left_out
from dedupe.bulk import Sketch, sketches
from dedupe.candidates import Candidate, Index, Postings
from dedupe.compare import Side, match, side
from dedupe.house import count
from dedupe.sketch import SCHEME, SIZE
from dedupe.words import Spans, Words, split

PARTNERS = 100  # matches kept of each text, at least
_TEXTS = 4096  # texts kept ready to compare
_FEWEST, _MOST = 1000, 10_000  # versions matched at once
_POSTINGS = 6000  # of the index, run through for each of them

Progress = Callable[[int, int], None]
Blocks = Mapping[int, frozenset[str]]


def match_versions(
    db: Database, versions: Sequence[int], *, blocks: Blocks | None = None, progress: Progress | None = None
) -> Iterator[Match]:
    """The matches of these versions with everything indexed and among themselves, each pair once.

    Versions of one article are not matched with each other.  `blocks` maps an outlet to the hashes of
    its house blocks, which are left out; by default the stored ones.  `progress(done, total)` is called
    as versions are compared.  Signatures and postings are written before the first match comes out, and
    matches that no longer count are deleted after the last: call it inside one `db.open.writing`, and
    store what it gives in the same.

    Raises StaleSignature when stored signatures were made under another scheme.
    """
    rows.check_signatures(db, SCHEME, SIZE)
    batch = _Batch.of(db, versions, blocks)
    if not batch.texts:
        return
    index = Index(db)
    keys = np.concatenate([text.keys for text in batch.texts])
    handles = np.repeat([text.handle for text in batch.texts], [len(text.keys) for text in batch.texts])
    postings = Postings.gather(index, keys, handles.astype(np.uint32))
    index.add(keys, handles)
    pairs = _Pairs(db, batch, postings)
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
    shared = match(side(split(a)), side(split(b)))
    return None if shared is None else _record(1, 2, *shared)


@dataclass(frozen=True, slots=True)
class _Text:
    """One version of the batch."""

    version: int
    article: int
    handle: int
    keys: np.ndarray


@dataclass(frozen=True, slots=True)
class _Batch:
    """The versions at hand, those with too few words to be compared among them."""

    texts: tuple[_Text, ...]
    ready: "_Ready"

    @classmethod
    def of(cls, db: Database, versions: Sequence[int], blocks: Blocks | None) -> "_Batch":
        """Split and sketch these versions, and write their signatures."""
        fresh = set(versions) - {known.version for known in rows.known(db, versions=versions)}
        count(db, sorted(fresh))
        speed.expect(len(versions))
        ready = _Ready(db, blocks)
        done = set(rows.matched(db, versions))
        documents = rows.documents(db, sorted(set(versions) - done))
        handles = {one.version: one.handle for one in rows.known(db, versions=versions)}
        texts, signatures = [], []
        for document, made in zip(documents, ready.sketches(documents), strict=True):
            row = (document.version, SCHEME, SIZE, made.side.words.size, made.signature)
            signatures.append(row)
            texts.append(_Text(document.version, document.article, handles[document.version], made.keys))
        rows.put_signatures(db, signatures)
        return cls(tuple(sorted(texts, key=lambda text: (text.handle, text.version))), ready)


class _Ready:
    """Texts split and made ready to compare, the last few thousand kept."""

    def __init__(self, db: Database, blocks: Blocks | None) -> None:
        self.db = db
        self.blocks = blocks
        self.hashes: dict[int, frozenset[int]] = {}
        self.sides: OrderedDict[int, Side] = OrderedDict()

    def sketches(self, documents: Sequence[rows.Document]) -> Iterator[Sketch]:
        """The sketches of versions, their outlets' blocks left out; they are ready then."""

        def without(number: int, words: Words) -> Spans:
            document = documents[number]
            return left_out(document.text, words, self._hashes(document.outlet))

        for document, made in zip(documents, sketches([d.text for d in documents], without), strict=True):
            self._keep(document.version, made.side)
            yield made

    def split(self, document: rows.Document) -> Side:
        """A version's text, its outlet's blocks left out."""
        words = split(document.text, document.language)
        made = side(words, left_out(document.text, words, self._hashes(document.outlet)))
        self._keep(document.version, made)
        return made

    def _keep(self, version: int, made: Side) -> None:
        self.sides[version] = made
        if len(self.sides) > _TEXTS:
            self.sides.popitem(last=False)

    def _hashes(self, outlet: int) -> frozenset[int]:
        if outlet not in self.hashes:
            given = self.blocks
            found = rows.block_hashes(self.db, outlet) if given is None else given.get(outlet, ())
            self.hashes[outlet] = frozenset(int(key, 16) for key in found)
        return self.hashes[outlet]

    def fetch(self, versions: Collection[int]) -> None:
        """Make these ready, read all at once."""
        missing = sorted(version for version in versions if version not in self.sides)
        for document in rows.documents(self.db, missing) if missing else ():
            self.split(document)

    def __getitem__(self, version: int) -> Side:
        if version not in self.sides:
            return self.split(rows.documents(self.db, [version])[0])
        self.sides.move_to_end(version)
        return self.sides[version]


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


class _Pairs:
    """The candidate pairs of a batch, verified."""

    def __init__(self, db: Database, batch: _Batch, postings: Postings) -> None:
        self.db = db
        self.batch = batch
        self.candidates = _candidates(batch.texts, postings)
        self.known = self._known()
        self.partners = _Partners(db)
        self.handles = {text.version: text.handle for text in batch.texts}
        self.thin: list[tuple[int, int, int]] = []

    def _known(self) -> dict[int, list[rows.Known]]:
        """The versions under every candidate's handle."""
        wanted = {candidate.handle for some in self.candidates for candidate in some}
        known = defaultdict(list)
        for one in rows.known(self.db, handles=sorted(wanted)):
            known[one.handle].append(one)
        return known

    def found(self, progress: Progress | None) -> Iterator[Match]:
        """The matches among the candidates, by handle, those skipped that would not stay."""
        total = len(self.batch.texts)
        for done, (text, some) in enumerate(zip(self.batch.texts, self.candidates, strict=True), 1):
            others = [(other, candidate) for candidate in some for other in self.known[candidate.handle]]
            self.batch.ready.fetch([other.version for other, _ in others[:PARTNERS]])
            for other, candidate in others:
                made = self._verified(text, other, candidate)
                if made:
                    yield made
            if progress:
                progress(done, total)

    def _verified(self, text: _Text, other: rows.Known, candidate: Candidate) -> Match | None:
        twice = other.handle == text.handle and other.version <= text.version
        if twice or other.article == text.article or self._crowded(text, other):
            return None
        a, b = sorted((text.version, other.version))
        shared = match(self.batch.ready[a], self.batch.ready[b])
        if shared is None:
            return None
        self.handles[other.version] = other.handle
        self.partners.add(text.version, other.handle)
        self.partners.add(other.version, text.handle)
        if candidate.thin is not None:
            self.thin.append((candidate.thin, a, b))
        return _record(a, b, *shared)

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


def _record(a: int, b: int, overlap: object, found: tuple[Passage, ...]) -> Match:
    return Match(
        a=a,
        b=b,
        a_in_b=overlap.a_in_b,
        b_in_a=overlap.b_in_a,
        jaccard=overlap.jaccard,
        shared_words=overlap.shared_words,
        longest_run=overlap.longest_run,
        passages=found,
    )
