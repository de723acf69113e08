"""Links beside the truth of a world: which are right, which are wrong and how, what was missed."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Pair = tuple[str, str]
"""(child URL, parent URL), or (child URL, "name:OUTLET") for a source whose page is not seen."""

RIGHT = ("right", "right, not knowable")
NEUTRAL = ("right, not knowable", "ancestor, not knowable")
BINS = 10  # of a reliability curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One directed link and what it is in truth."""

    link: Row
    is_a: str  # right | turned round | ancestor | sibling copy | same event | unrelated | decoy: ... | ...
    truth: Row | None = None

    @property
    def accepted(self) -> bool:
        """Whether newstrace shows it as a link that stands."""
        return stands(self.link)

    @property
    def to_page(self) -> bool:
        """Whether its source is a page."""
        return self.link["parent_url"] is not None


def stands(link: Row) -> bool:
    """Whether a link is accepted, with a direction."""
    return link["status"] == "accepted" and link["relation"] != "sibling" and link["p_direct"] >= 0.5


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts that add up over worlds."""

    pages: int = 0
    required: Counter = field(default_factory=Counter)  # web | phantom | any -> rows asked for
    found: Counter = field(default_factory=Counter)
    accepted: Counter = field(default_factory=Counter)  # web | phantom -> judged right or wrong
    right: Counter = field(default_factory=Counter)
    kinds: Counter = field(default_factory=Counter)  # (web | phantom, what an accepted link is) -> links
    cases: dict[tuple[str, str], Counter] = field(
        default_factory=dict
    )  # (table, case) -> found, held, missed
    calibration: list[tuple[float, bool]] = field(default_factory=list)
    relations: Counter = field(default_factory=Counter)
    siblings: Counter = field(default_factory=Counter)

    def add(self, other: "Score") -> None:
        """Take in another world's counts."""
        self.pages += other.pages
        for name in ("required", "found", "accepted", "right", "kinds", "relations", "siblings"):
            getattr(self, name).update(getattr(other, name))
        for key, counter in other.cases.items():
            self.cases.setdefault(key, Counter()).update(counter)
        self.calibration += other.calibration

    def recall(self, what: str) -> float:
        """The share, 0..1, of the rows asked for that were found."""
        return self.found[what] / max(1, self.required[what])

    def precision(self, what: str) -> float:
        """The share, 0..1, of the accepted links that are right."""
        return self.right[what] / max(1, self.accepted[what])

    def share(self, *kinds: str) -> float:
        """The share, 0..1, of all accepted links that are of these kinds."""
        hits = sum(n for (_, kind), n in self.kinds.items() if kind in kinds)
        return hits / max(1, sum(self.kinds.values()))

    def calibration_error(self) -> float:
        """The expected calibration error of `p_direct`, 0..1."""
        return sum(abs(said - true) * n for said, true, n in self.curve()) / max(1, len(self.calibration))

    def curve(self) -> list[tuple[float, float, int]]:
        """(mean probability said, share that was true, links) of each filled bin."""
        bins: dict[int, list[tuple[float, bool]]] = {}
        for p, true in self.calibration:
            bins.setdefault(min(BINS - 1, int(p * BINS)), []).append((p, true))
        return [
            (sum(p for p, _ in some) / len(some), sum(t for _, t in some) / len(some), len(some))
            for _, some in sorted(bins.items())
        ]


class Judge:
    """The truth of one world, asked link by link."""

    def __init__(self, truth: Sequence[Row], name_key: Callable[[str | None, str | None], str]) -> None:
        """`name_key(domain, name)`: the outlet that a domain, or else a name, means."""
        self.key = name_key
        self.pages = {row["url"]: row for row in truth if row["verdict"] == "page"}
        self.rows: dict[Pair, Row] = {}
        self.above: dict[str, dict[str, bool]] = {}  # page -> source -> direct, over all generations
        self.nots: dict[Pair, Row] = {}
        for row in truth:
            if row["verdict"] == "page":
                continue
            if row["case"] not in ("ancestor",) and row["verdict"] == "not":
                self._not(row)
                continue
            pair = (row["child_url"], self.source(row))
            self.rows[pair] = row
            unseen = row.get("unseen_story")
            source = row["parent_url"] or unseen
            if source:
                self.above.setdefault(row["child_url"], {})[source] = row["direct"]

    def _not(self, row: Row) -> None:
        pair = (row["child_url"], self.source(row))
        self.nots[pair] = row
        if row["parent_url"] and row["case"] != "a live blog is no source":
            self.nots[pair[1], pair[0]] = row

    def source(self, row: Row) -> str:
        """The second half of a pair: a URL or an outlet."""
        return row["parent_url"] or f"name:{self.key(row['parent_domain'], row['parent_name'])}"

    def required(self) -> Iterator[tuple[str, Pair, Row]]:
        """(web | phantom | revised, pair, row) of everything that must be found."""
        for pair, row in self.rows.items():
            if row["verdict"] == "link":
                kind = (
                    "revised" if row["relation"] == "revises" else "web" if row["parent_url"] else "phantom"
                )
                yield kind, pair, row

    def every_parent(self) -> Iterator[Pair]:
        """Each true parent on the web, knowable or not."""
        for pair, row in self.rows.items():
            if (
                row["direct"]
                and row["parent_url"]
                and row["relation"] != "revises"
                and row["case"] != "live blog"
            ):
                yield pair

    def judge(self, link: Row) -> Judged:
        """What a directed link is in truth."""
        pair = (link["child_url"], self.source(link))
        row = self.rows.get(pair) or self.nots.get(pair)
        return Judged(link=link, is_a=self._is_a(pair, link), truth=row)

    def _is_a(self, pair: Pair, link: Row) -> str:
        if row := self.rows.get(pair):
            if row["verdict"] == "link":
                return "right"
            if row["verdict"] == "unknowable":
                return "right, not knowable" if row["direct"] else "ancestor, not knowable"
            return "ancestor"
        child, parent = link["child_url"], link["parent_url"]
        if parent is None:
            return self._named(pair)
        if child in self.above.get(parent, {}):
            return "turned round"
        if row := self.nots.get(pair):
            return f"decoy: {row['case']}"
        if self._common(child, parent):
            return "sibling copy"
        same = self._story(child) == self._story(parent)
        return "same event" if same else "unrelated"

    def _named(self, pair: Pair) -> str:
        if row := self.nots.get(pair):
            return f"decoy: {row['case']}"
        for source in self.above.get(pair[0], {}):
            if source in self.pages and f"name:{self.key(self.pages[source]['domain'], None)}" == pair[1]:
                return "named, but its page is here"
        return "another name"

    def _story(self, url: str) -> int | None:
        return self.pages[url]["story"] if url in self.pages else None

    def _common(self, a: str, b: str) -> bool:
        return bool(self.above.get(a, {}).keys() & self.above.get(b, {}).keys())

    def sibling(self, link: Row) -> str:
        """What a sibling link is in truth."""
        a, b = link["child_url"], link["parent_url"]
        if b in self.above.get(a, {}) or a in self.above.get(b, {}):
            return "parent and child"
        if self._common(a, b):
            return "right"
        return "same event" if self._story(a) == self._story(b) else "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A world's score, with everything behind it."""

    score: Score
    judged: tuple[Judged, ...]
    missed: tuple[tuple[Pair, Row, Row | None], ...]  # (pair, truth, the stored link of the pair if any)
    siblings: tuple[tuple[str, Row], ...] = ()  # (what it is in truth, link) of the wrong ones


def score(judge: Judge, links: Iterable[Row]) -> Verdict:
    """The score of the links of one world; `links` are all stored ones."""
    links = list(links)
    found = Score(pages=len(judge.pages))
    directed = [k for k in links if k["relation"] != "sibling" and k["child_url"]]
    judged = tuple(judge.judge(k) for k in directed)
    told = [k for k in links if k["relation"] == "sibling" and k["status"] == "accepted"]
    siblings = tuple((judge.sibling(k), k) for k in told)
    found.siblings.update(is_a for is_a, _ in siblings)
    for j in judged:
        _count(found, j)
    stored = {(k["child_url"], judge.source(k)): k for k in links if k["child_url"]}
    for pair in judge.every_parent():
        found.required["any"] += 1
        found.found["any"] += pair in stored and stands(stored[pair])
    missed = []
    for kind, pair, row in judge.required():
        link = stored.get(pair)
        ok = link is not None and stands(link)
        found.required[kind] += 1
        found.found[kind] += ok
        outcome = "found" if ok else "held back" if link else "missed"
        turned = stored.get((pair[1], pair[0]))
        if not ok and turned and stands(turned):
            outcome = "turned round"
        _tables(found, kind, row, outcome)
        if not ok:
            missed.append((pair, row, link or turned))
    _decoys(found, judge, stored)
    wrong = tuple((is_a, k) for is_a, k in siblings if is_a != "right")
    return Verdict(score=found, judged=judged, missed=tuple(missed), siblings=wrong)


def _count(found: Score, j: Judged) -> None:
    if j.link["relation"] == "revises":
        return
    found.calibration.append((j.link["p_direct"], j.is_a in RIGHT))
    if not j.accepted:
        return
    what = "web" if j.to_page else "phantom"
    found.kinds[what, j.is_a] += 1
    if j.is_a not in NEUTRAL:
        found.accepted[what] += 1
        found.right[what] += j.is_a == "right"
    if j.is_a == "right":
        found.relations[j.truth["relation"], j.link["relation"]] += 1


def _tables(found: Score, kind: str, row: Row, outcome: str) -> None:
    how = row.get("how", {})
    cut = {
        "case": f"{row['case']}{'' if kind == 'web' else ' -> unseen' if kind == 'phantom' else ''}",
        "edit": how.get("edit", ""),
        "sign": how.get("sign", ""),
        "hops": how.get("hops", ""),
        "order of times": how.get("order", "") if kind == "web" else "",
        "name of the unseen": how.get("name", ""),
    }
    for table, case in cut.items():
        if case:
            found.cases.setdefault((table, case), Counter())[outcome] += 1


def _decoys(found: Score, judge: Judge, stored: Mapping[Pair, Row]) -> None:
    """How often a pair that must not be linked was."""
    seen: set[frozenset[str]] = set()
    for pair, row in (*judge.nots.items(), *((p, r) for p, r in judge.rows.items() if r["verdict"] == "not")):
        if frozenset(pair) in seen:
            continue
        seen.add(frozenset(pair))
        bad = any(k and stands(k) for k in (stored.get(pair), stored.get((pair[1], pair[0]))))
        found.cases.setdefault(("must not be linked", row["case"]), Counter())[
            "linked" if bad else "left alone"
        ] += 1
