"""Which stored pages hang together, and their stories as the linker judges them; reading only.

Pages are connected by shared text and by credits whose link leads to a stored page.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from unicodedata import normalize

from sqlite_utils import Database

from db import habits, linking, translations
from db.groups import connected
from db.records import CREDIT_KINDS
from db.urls import outlet_key
from dedupe.anchors import in_common
from dedupe.handed import Passages
from dedupe.leftovers import ending, leftover
from dedupe.shares import newest, shares
from dedupe.story import RELEASERS, Named, Page, Publisher, Shared, Story

SLICE = 10_000  # waiting pages whose surroundings are looked up at once
HEAD = 8  # letters by which a line is known to be no block
NAMES = 12  # in common that are told of a translation
TOGETHER = 1000  # pages loaded at once, whole stories
_BASES = ("jsonld", "meta", "visible", "import", "feed", "sitemap", "htmldate", "url")

_SIGNS = re.compile(r"[\W_]+")

Matches = Mapping[int, Sequence[linking.Met]]  # by the article that they name first
Lines = Mapping[tuple[int, int], str]  # (article, outlet) -> a line of the article that tells of the outlet
_NO_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}


def stories_of(
    db: Database, articles: Sequence[int], handed: Passages | None = None
) -> Iterator[list[Story]]:
    """The stories that these articles belong to, each once, some at a time; what is `handed` is not read."""
    done: set[int] = set()
    for start in range(0, len(articles), SLICE):
        waiting = set(articles[start : start + SLICE]) - done
        members, matches, pairs = _around(db, waiting)
        done |= members
        heap: list[frozenset[int]] = []
        matches_of: dict[int, list[linking.Met]] = {}  # by the article that they name first
        for match in matches.values():
            matches_of.setdefault(match.article_a, []).append(match)
        size = 0
        for group in sorted(connected(members, pairs), key=min):
            heap.append(group)
            size += len(group)
            if size >= TOGETHER:
                yield load(db, heap, matches_of, handed)
                heap, size = [], 0
        if heap:
            yield load(db, heap, matches_of, handed)


def _around(db: Database, waiting: set[int]) -> tuple[set[int], dict[int, linking.Met], set[tuple[int, int]]]:
    """Every article that some chain of matches and links ties to the waiting ones, with the ties."""
    members, fresh = set(waiting), set(waiting)
    matches: dict[int, linking.Met] = {}
    pairs: set[tuple[int, int]] = set()
    while fresh:
        found = linking.near(db, fresh)
        matches |= {match.id: match for match in found}
        met = {(match.article_a, match.article_b) for match in found}
        met |= set(linking.led_to(db, fresh))
        met |= {(row["article_a"], row["article_b"]) for row in translations.near(db, fresh)}
        pairs |= met
        fresh = {end for pair in met for end in pair} - members
        members |= fresh
    return members, matches, pairs


def load(
    db: Database, groups: Sequence[Collection[int]], matches: Matches, handed: Passages | None
) -> list[Story]:
    """The stories of these groups of articles, read from the database together."""
    rows = {row["article"]: row for row in linking.pages(db, {a for group in groups for a in group})}
    pages = _pages(db, rows)
    best = newest([match for article in rows for match in matches.get(article, ())], rows)
    passages = handed.of(match for match, _ in best) if handed else {}
    passages |= linking.passages(db, [match.id for match, _ in best if match.id not in passages])
    shared = shares(best, passages, rows)
    met = {(s.a, s.b) for s in shared}
    shared += [s for s in _aligned(db, rows) if (s.a, s.b) not in met]
    blocks = _blocks(db, rows, shared)
    leftovers = _leftovers(rows, shared)
    learned = habits.among(db, {row["outlet"] for row in rows.values()})
    group_of = {article: number for number, group in enumerate(groups) for article in group}
    shared_in: list[list[Shared]] = [[] for _ in groups]
    for one in shared:
        shared_in[group_of[one.a]].append(one)
    blocks_in, leftovers_in = (_by_group(lines, group_of, len(groups)) for lines in (blocks, leftovers))
    return [
        Story(
            pages={article: pages[article] for article in sorted(group) if article in pages},
            shared=tuple(shared_in[number]),
            blocks=blocks_in[number],
            leftovers=leftovers_in[number],
            habits=learned,
        )
        for number, group in enumerate(groups)
    ]


def _by_group(lines: Lines, group_of: Mapping[int, int], groups: int) -> list[dict[tuple[int, int], str]]:
    """The lines that tell of an outlet, parted by the group that their article is in."""
    parted: list[dict[tuple[int, int], str]] = [{} for _ in range(groups)]
    for key, words in lines.items():
        parted[group_of[key[0]]][key] = words
    return parted


def _pages(db: Database, rows: Mapping[int, Mapping]) -> dict[int, Page]:
    named = _named(db, {row["version"]: article for article, row in rows.items()})
    when = _when(db, rows)

    return {
        article: Page(
            article=article,
            version=row["version"],
            url=row["url"],
            publisher=Publisher(
                row["outlet"], row["outlet_name"], row["outlet_kind"], row["house"], row["domain"]
            ),
            kind=row["kind"],
            earliest=when[article][0],
            latest=when[article][1],
            named=tuple(named.get(article, ())),
        )
        for article, row in rows.items()
    }


def _named(db: Database, articles: Mapping[int, int]) -> dict[int, list[Named]]:
    """Article -> its credits and body links; `articles` maps the versions to read to their article."""
    found: dict[int, list[Named]] = {}
    editions = linking.editions(db)
    for row in linking.evidence(db, articles.keys()):
        kind = _as_credit(row)
        if kind not in CREDIT_KINDS and kind != "body_link":
            continue
        found.setdefault(articles[row["version_id"]], []).append(
            Named(
                evidence=row["id"],
                kind=kind,
                region=row["region"],
                quote=row["quote"],
                name=row["name"],
                outlet=row["outlet_id"],
                target=row["target"],
                site=outlet_key(row["target_url"], editions) if row["target_url"] else None,
                span=None if row["start"] is None else (row["start"], row["end"]),
                hop=row["hop"],
                edition=row["outlet_domain"],
                house=row["outlet_house"],
                resolved=bool(row["resolved"]),
            )
        )
    return found


def _as_credit(row: Mapping) -> str:
    """The kind of a piece of evidence; initials in a source line count once they are known as an outlet."""
    placed = row["kind"] == "unplaced_source" and row["outlet_id"] is not None
    return "source_line" if placed else row["kind"]


def _when(db: Database, rows: Mapping[int, Mapping]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Article -> the interval of its publication: the best stated claim, bounded by when it was seen.

    First seen bounds it from above, and so does an archive's capture.
    """
    claims: dict[int, list[Mapping]] = {}
    for claim in linking.times(db, rows):
        claims.setdefault(claim["article_id"], []).append(claim)
    found = {}
    for article, row in rows.items():
        bounds = [datetime.fromisoformat(row["first_seen"])]
        if article not in claims:
            found[article] = (None, bounds[0])
            continue
        bounds += [datetime.fromisoformat(c["latest_utc"]) for c in claims[article] if c["kind"] == "seen"]
        stated = [c for c in claims[article] if c["kind"] == "published" and c["basis"] in _BASES]
        stated.sort(key=lambda c: (c["basis"] != row["published_basis"], _BASES.index(c["basis"])))
        earliest = datetime.fromisoformat(stated[0]["earliest_utc"]) if stated else None
        latest = [datetime.fromisoformat(stated[0]["latest_utc"])] if stated else []
        found[article] = (earliest, min([*latest, *bounds]))
    return found


def _aligned(db: Database, rows: Mapping[int, Mapping]) -> list[Shared]:
    """What pages in two languages have in common: the newest versions' alignment, else the best."""
    newest = {row["version"] for row in rows.values()}
    best: dict[tuple[int, int], tuple[tuple[int, float], Mapping]] = {}
    for pair in translations.near(db, rows):
        a, b = sorted((pair["article_a"], pair["article_b"]))
        if a in rows and b in rows:
            rank = (sum(pair[side] in newest for side in ("version_a", "version_b")), pair["alignment"])
            if (a, b) not in best or rank > best[a, b][0]:
                best[a, b] = rank, pair
    return [_translation(rows[a], rows[b], pair) for (a, b), (_, pair) in sorted(best.items())]


def _translation(a: Mapping, b: Mapping, pair: Mapping) -> Shared:
    first, second = sorted((a, b), key=lambda row: row["url"])
    a_first = pair["article_a"] == a["article"]
    return Shared(
        a=a["article"],
        b=b["article"],
        match=0,
        a_version=pair["version_a" if a_first else "version_b"],
        b_version=pair["version_b" if a_first else "version_a"],
        a_in_b=1.0,
        b_in_a=1.0,
        jaccard=0.0,
        words=0,
        a_spans=((0, len(a["text"])),),
        b_spans=((0, len(b["text"])),),
        aligned=pair["alignment"],
        common=tuple(in_common(first["text"], second["text"])[:NAMES]),
    )


def _blocks(
    db: Database, rows: Mapping[int, Mapping], shared: Sequence[Shared]
) -> dict[tuple[int, int], str]:
    """(article, outlet) -> the words of a house block of that outlet that stand on the article."""
    beside: dict[int, set[int]] = {}
    for s in shared:
        beside.setdefault(s.a, set()).add(rows[s.b]["outlet"])
        beside.setdefault(s.b, set()).add(rows[s.a]["outlet"])
    known = linking.blocks_of(db, set().union(*beside.values()))
    if not known:
        return {}
    plain = {outlet: {_plain(words) for words in blocks} for outlet, blocks in known.items()}
    plain_heads = {outlet: {words[:HEAD] for words in blocks} for outlet, blocks in plain.items()}
    found: dict[tuple[int, int], str] = {}
    for article, outlets in sorted(beside.items()):
        others = outlets & plain.keys() - {rows[article]["outlet"]}
        heads = set().union(*(plain_heads[outlet] for outlet in others))
        lines = {_plain(line): line for line in rows[article]["text"].split("\n") if _may_be(line, heads)}
        for outlet in sorted(others):
            if held := plain[outlet] & lines.keys():
                found[article, outlet] = max((lines[key] for key in held), key=lambda line: (len(line), line))
    return found


def _leftovers(rows: Mapping[int, Mapping], shared: Sequence[Shared]) -> dict[tuple[int, int], str]:
    """(article, outlet) -> the line at the article's end that names an outlet it shares text with."""
    found: dict[tuple[int, int], str] = {}
    ends = {a: _end(rows[a]) for a in {a for s in shared for a in (s.a, s.b)}}
    for s in shared:
        if s.aligned is not None:
            continue
        a, b = ends[s.a], ends[s.b]
        for page, other in ((a, b), (b, a)) if a.house != b.house else ():
            told = [name for name in other.names if name in page.lines]
            key = page.article, other.outlet
            if told and key not in found and (line := leftover(rows[page.article]["text"], other.names)):
                found[key] = line
    return found


class _End(NamedTuple):
    """The end of a page's text, and the names by which the ends of others may tell of its outlet."""

    article: int
    outlet: int
    house: str
    names: tuple[str, ...]
    lines: str


def _end(row: Mapping) -> _End:
    names = () if row["outlet_kind"] in RELEASERS else (row["outlet_name"], row["domain"])
    told = tuple([name for name in names if name])
    return _End(row["article"], row["outlet"], row["house"], told, ending(row["text"]))


def _may_be(line: str, heads: Collection[str]) -> bool:
    """Whether a line may be a block, by the first of its letters; where these are not plain, it may."""
    if not heads:
        return False
    start = line[: 4 * HEAD]
    letters = start.translate(_NO_SIGNS).lower() if start.isascii() else ""
    return len(letters) <= HEAD or letters[:HEAD] in heads


def _plain(line: str) -> str:
    """The letters and digits of a line, folded: blocks are the same whatever their signs and capitals."""
    if line.isascii():
        return line.translate(_NO_SIGNS).lower()
    return _SIGNS.sub("", normalize("NFKC", line).casefold())
