"""Which stored pages hang together, and their stories as the linker judges them; reading only.

Pages are connected by shared text and by credits whose link leads to a stored page.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from unicodedata import normalize

from sqlite_utils import Database

from db import habits, linking, translations
from db.groups import connected
from db.records import CREDIT_KINDS
from db.urls import outlet_key
from dedupe.anchors import in_common
from dedupe.leftovers import leftover
from dedupe.quotes import quotations
from dedupe.story import RELEASERS, Named, Page, Publisher, Shared, Spans, Story, length, overlap

SLICE = 5000  # waiting pages whose surroundings are looked up at once
CLEARLY_MORE = 0.03  # share of a text by which an earlier version holds more of it than the newest
SHORTEST = 5  # letters of an outlet's name that is looked for in its own lines
NAMES = 12  # in common that are told of a translation
TOGETHER = 500  # pages loaded at once, whole stories
_BASES = ("jsonld", "meta", "visible", "import", "feed", "sitemap", "htmldate", "url")

_SIGNS = re.compile(r"[\W_]+")

Matches = Mapping[int, Mapping]  # match id -> its row, with the articles on both sides


def stories_of(db: Database, articles: Sequence[int]) -> Iterator[list[Story]]:
    """The stories that these articles belong to, each once, some at a time."""
    done: set[int] = set()
    for start in range(0, len(articles), SLICE):
        waiting = set(articles[start : start + SLICE]) - done
        members, matches, pairs = _around(db, waiting)
        done |= members
        heap: list[frozenset[int]] = []
        for group in sorted(connected(members, pairs), key=min):
            heap.append(group)
            if sum(map(len, heap)) >= TOGETHER:
                yield load(db, heap, matches)
                heap = []
        if heap:
            yield load(db, heap, matches)


def _around(db: Database, waiting: set[int]) -> tuple[set[int], Matches, set[tuple[int, int]]]:
    """Every article that some chain of matches and links ties to the waiting ones, with the ties."""
    members, fresh = set(waiting), set(waiting)
    matches: dict[int, Mapping] = {}
    pairs: set[tuple[int, int]] = set()
    while fresh:
        found = linking.near(db, fresh)
        matches |= {row["id"]: row for row in found}
        met = {(row["article_a"], row["article_b"]) for row in found} | set(linking.led_to(db, fresh))
        met |= {(row["article_a"], row["article_b"]) for row in translations.near(db, fresh)}
        pairs |= met
        fresh = {end for pair in met for end in pair} - members
        members |= fresh
    return members, matches, pairs


def load(db: Database, groups: Sequence[Collection[int]], matches: Matches) -> list[Story]:
    """The stories of these groups of articles, read from the database together."""
    rows = {row["article"]: row for row in linking.pages(db, {a for group in groups for a in group})}
    pages = _pages(db, rows)
    shared = _shared(db, rows, matches)
    met = {(s.a, s.b) for s in shared}
    shared += [s for s in _aligned(db, rows) if (s.a, s.b) not in met]
    blocks = _blocks(db, rows, shared)
    leftovers = _leftovers(rows, shared)
    learned = habits.among(db, {row["outlet"] for row in rows.values()})
    stories = []
    for group in groups:
        mine = {article: pages[article] for article in sorted(group) if article in pages}
        stories.append(
            Story(
                pages=mine,
                shared=tuple(s for s in shared if s.a in mine) if len(mine) > 1 else (),
                blocks={key: words for key, words in blocks.items() if key[0] in mine},
                leftovers={key: words for key, words in leftovers.items() if key[0] in mine},
                habits=learned,
            )
        )
    return stories


def _pages(db: Database, rows: Mapping[int, Mapping]) -> dict[int, Page]:
    named = _named(db, {row["version"]: article for article, row in rows.items()})
    when = _when(db, rows)
    return {
        article: Page(
            article=article,
            version=row["version"],
            url=row["url"],
            publisher=Publisher(
                id=row["outlet"],
                name=row["outlet_name"],
                kind=row["outlet_kind"],
                house=row["house"],
                site=row["domain"],
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
    claims: dict[int, list[Mapping]] = {article: [] for article in rows}
    for claim in linking.times(db, rows):
        claims[claim["article_id"]].append(claim)
    found = {}
    for article, row in rows.items():
        bounds = [datetime.fromisoformat(row["first_seen"])]
        bounds += [datetime.fromisoformat(c["latest_utc"]) for c in claims[article] if c["kind"] == "seen"]
        stated = [c for c in claims[article] if c["kind"] == "published" and c["basis"] in _BASES]
        stated.sort(key=lambda c: (c["basis"] != row["published_basis"], _BASES.index(c["basis"])))
        earliest = datetime.fromisoformat(stated[0]["earliest_utc"]) if stated else None
        latest = [datetime.fromisoformat(stated[0]["latest_utc"])] if stated else []
        found[article] = (earliest, min([*latest, *bounds]))
    return found


def _shared(db: Database, rows: Mapping[int, Mapping], matches: Matches) -> list[Shared]:
    """What the pages share: of several versions' matches the newest, else the largest."""
    pairs: dict[tuple[int, int], list[Mapping]] = {}
    newest = {row["version"] for row in rows.values()}
    for match in matches.values():
        a, b = match["article_a"], match["article_b"]
        if a in rows and b in rows:
            pairs.setdefault((min(a, b), max(a, b)), []).append(match)

    def rank(match: Mapping) -> tuple[int, float, int]:
        is_new = (match["version_a"] in newest) + (match["version_b"] in newest)
        return (is_new, max(match["a_in_b"], match["b_in_a"]), match["id"])

    best = {pair: max(found, key=rank) for pair, found in pairs.items()}
    spans: dict[int, list[Mapping]] = {}
    for passage in linking.passages(db, [match["id"] for match in best.values()]):
        spans.setdefault(passage["match_id"], []).append(passage)
    quoted = {article: quotations(rows[article]["text"]) for article in {a for pair in best for a in pair}}
    made = [
        _share(match, spans.get(match["id"], ()), quoted, _changed(match, pairs[pair]))
        for pair, match in best.items()
    ]
    return [replace(s, house=house_share(s, rows[s.a], rows[s.b])) for s in made]


def house_share(shared: Shared, a: Mapping, b: Mapping) -> float:
    """The share, 0..1, of what two pages share that stands where one of their outlets speaks of itself.

    That is a paragraph after the lead that names the outlet: a bio or a promo more likely than the story.
    An agency signs its stories, so its name tells nothing.
    """
    names = {row[key].lower() for row in (a, b) for key in ("outlet_name", "domain") if row[key]}
    if {a["outlet_kind"], b["outlet_kind"]} & RELEASERS:
        return 0.0
    long = sorted(name for name in names if len(name) >= SHORTEST)
    found = naming(a["text"], long)
    return overlap(shared.a_spans, found) / max(1, length(shared.a_spans)) if found else 0.0


def naming(text: str, names: Sequence[str]) -> Spans:
    """The lines of a text after its first that hold one of some names in small letters.

    >>> naming("Ann of the Post wrote.\\nMore.\\nAnn writes for the Post.", ["post"])
    ((29, 53),)
    """
    plain = text.lower()
    if len(plain) != len(text) or not any(name in plain for name in names):
        return ()
    found, start = [], text.find("\n") + 1
    while start:
        end = text.find("\n", start)
        stop = len(text) if end < 0 else end
        if any(name in plain[start:stop] for name in names):
            found.append((start, stop))
        start = end + 1
    return tuple(found)


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


def _changed(best: Mapping, found: Sequence[Mapping]) -> frozenset[int]:
    """The articles of which an earlier version holds clearly more of the other page's text."""
    changed = set()
    for match in found:
        for side, other, share in (("a", "b", "b_in_a"), ("b", "a", "a_in_b")):
            article, beside = match[f"article_{side}"], match[f"version_{other}"]
            same = "a" if best["article_a"] == article else "b"
            same_share = "b_in_a" if same == "a" else "a_in_b"
            newer, its_other = best[f"version_{same}"], best[f"version_{'b' if same == 'a' else 'a'}"]
            is_earlier = match[f"version_{side}"] < newer and beside == its_other
            if is_earlier and match[share] >= best[same_share] + CLEARLY_MORE:
                changed.add(article)
    return frozenset(changed)


def _share(
    match: Mapping, passages: Sequence[Mapping], quoted: Mapping[int, Spans], changed: Collection[int]
) -> Shared:
    a, b = match["article_a"], match["article_b"]
    a_spans = tuple((p["a_start"], p["a_end"]) for p in passages)
    b_spans = tuple((p["b_start"], p["b_end"]) for p in passages)
    in_quotes = max(
        overlap(a_spans, quoted[a]) / max(1, length(a_spans)),
        overlap(b_spans, quoted[b]) / max(1, length(b_spans)),
    )
    return Shared(
        a=a,
        b=b,
        match=match["id"],
        a_version=match["version_a"],
        b_version=match["version_b"],
        a_in_b=match["a_in_b"],
        b_in_a=match["b_in_a"],
        jaccard=match["jaccard"],
        words=match["shared_words"],
        a_spans=a_spans,
        b_spans=b_spans,
        quoted=in_quotes,
        a_changed=a in changed,
        b_changed=b in changed,
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
    plain = {outlet: {_plain(words) for words in blocks} for outlet, blocks in known.items()}
    found: dict[tuple[int, int], str] = {}
    for article, outlets in sorted(beside.items()):
        others = outlets & plain.keys() - {rows[article]["outlet"]}
        lines = {_plain(line): line for line in rows[article]["text"].split("\n")} if others else {}
        for outlet in sorted(others):
            if held := plain[outlet] & lines.keys():
                found[article, outlet] = max((lines[key] for key in held), key=lambda line: (len(line), line))
    return found


def _leftovers(rows: Mapping[int, Mapping], shared: Sequence[Shared]) -> dict[tuple[int, int], str]:
    """(article, outlet) -> the line at the article's end that names an outlet it shares text with."""
    found: dict[tuple[int, int], str] = {}
    for s in shared:
        if s.aligned is not None:
            continue
        for page, other in ((rows[s.a], rows[s.b]), (rows[s.b], rows[s.a])):
            key = page["article"], other["outlet"]
            if key not in found and other["outlet_kind"] not in RELEASERS and page["house"] != other["house"]:
                names = [name for name in (other["outlet_name"], other["domain"]) if name]
                if line := leftover(page["text"], names):
                    found[key] = line
    return found


def _plain(line: str) -> str:
    """The letters and digits of a line, folded: blocks are the same whatever their signs and capitals."""
    return _SIGNS.sub("", normalize("NFKC", line).casefold())
