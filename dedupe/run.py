"""`link`: compare what is not compared yet, judge the stories it touches, write the links.

Everything happens in short transactions, and each leaves marks (signatures, judged versions) that
say what is done: a run that was killed is continued by the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlite_utils import Database

from db import index, linking
from db.lookup import names as stored_names
from db.progress import Tell
from db.records import CREDIT_KINDS, Link
from db.store import end_run, put_matches, put_phantom, replace_links, start_run, writing
from dedupe.blocks import paragraphs
from dedupe.direction import VERSION
from dedupe.house import count, relearn
from dedupe.link import Judgement, judge
from dedupe.match import match_versions
from dedupe.quotes import quotations
from dedupe.story import Named, Page, Publisher, Shared, Story, length, overlap

BATCH = 1000  # versions compared in one transaction
MAX_STORY = 5000  # articles judged together; a larger heap is cut off and counted
_BASES = ("jsonld", "meta", "visible", "import", "feed", "sitemap", "htmldate", "url")


def link(db: Database, *, now: datetime, tell: Tell, rebuild: bool = False) -> dict[str, int]:
    """Counts of what linking did; with `rebuild` every comparison and judgement is made again."""
    fingerprint = linking.names_fingerprint(db)
    run = start_run(db, "link", now, versions={"rules": VERSION, "names": fingerprint})
    counts: dict[str, int] = {}
    outcome = "failed"
    try:
        if rebuild:
            index.clear(db)
            linking.forget_judged(db)
        counts |= compare_pending(db, tell)
        linking.resolve_names(db, stored_names(db), again=linking.last_fingerprint(db) != fingerprint)
        counts |= _judge_pending(db, run, now, tell)
        outcome = "done"
    except KeyboardInterrupt:
        outcome = "stopped"
        raise
    finally:
        end_run(db, run, outcome, counts, datetime.now(UTC))
    return counts


def compare_pending(db: Database, tell: Tell) -> dict[str, int]:
    """Counts of comparing every version that is not compared yet, each batch in one transaction."""
    for batch in _batches(index.uncounted(db)):
        count(db, batch)
    relearn(db)
    waiting = index.pending(db)
    counts = {"compared": 0, "matches": 0}
    for batch in _batches(waiting):
        with writing(db):
            found = list(match_versions(db, batch))
            put_matches(db, found)
        counts["compared"] += len(batch)
        counts["matches"] += len(found)
        tell.progress("compare", counts["compared"], len(waiting))
    return counts


def _batches(versions: Sequence[int]) -> Iterator[Sequence[int]]:
    return (versions[start : start + BATCH] for start in range(0, len(versions), BATCH))


def _judge_pending(db: Database, run: int, now: datetime, tell: Tell) -> dict[str, int]:
    counts = {"judged": linking.mark_lone(db, VERSION), "links changed": 0, "cycles": 0}
    waiting = linking.pending(db, VERSION)
    done: set[int] = set()
    for article in waiting:
        if article in done:
            continue
        members = _members(db, article)
        done |= members
        told = _judge_story(db, members, run, now)
        counts["judged"] += len(members)
        counts["links changed"] += told[0]
        counts["cycles"] += told[1]
        tell.progress("judge", len(done), max(len(waiting), len(done)))
    return counts


def _members(db: Database, article: int) -> set[int]:
    """The articles of the story around `article`: all that shared text or a credit's link connects."""
    members, fresh = {article}, {article}
    while fresh and len(members) < MAX_STORY:
        met = {end for row in linking.near(db, fresh) for end in (row["article_a"], row["article_b"])}
        met |= {end for pair in linking.led_to(db, fresh) for end in pair}
        fresh = met - members
        members |= fresh
    return members


def _judge_story(db: Database, members: set[int], run: int, now: datetime) -> tuple[int, int]:
    """How many links changed, and how many closed a circle."""
    with writing(db):
        story = load_story(db, members)
        judgement = judge(story)
        linking.place(db, judgement.resolved)
        links = _with_phantoms(db, judgement, now)
        linking.merge_phantoms(db, links)
        changed = replace_links(db, members, links, rule_version=VERSION, run=run)
        versions = [page.version for page in story.pages.values() if page.version is not None]
        linking.mark_judged(db, versions, VERSION)
    return changed, judgement.cycles


def _with_phantoms(db: Database, judgement: Judgement, now: datetime) -> list[Link]:
    """The links with the phantoms' article ids in the place of their numbers."""
    ids = {
        -n: put_phantom(db, outlet=p.outlet, key=p.key, seen=now) for n, p in enumerate(judgement.phantoms, 1)
    }
    return [
        replace(k, child=ids.get(k.child, k.child), source=ids.get(k.source, k.source))
        for k in judgement.links
    ]


def load_story(db: Database, members: Iterable[int]) -> Story:
    """The story of these articles, from the database."""
    rows = {row["article"]: row for row in linking.pages(db, members)}
    named = _named(db, {row["version"]: article for article, row in rows.items()})
    when = _when(db, rows)
    pages = {
        article: Page(
            article=article,
            version=row["version"],
            url=row["url"],
            publisher=Publisher(
                id=row["outlet"],
                name=row["outlet_name"],
                kind=row["outlet_kind"],
                house=row["house"],
            ),
            kind=row["kind"],
            earliest=when[article][0],
            latest=when[article][1],
            named=tuple(named.get(article, ())),
        )
        for article, row in rows.items()
    }
    shared = _shared(db, rows)
    return Story(pages=pages, shared=shared, blocks=_blocks(db, rows, shared))


def _named(db: Database, articles: Mapping[int, int]) -> dict[int, list[Named]]:
    """Article -> its credits and body links; `articles` maps the versions to read to their article."""
    found: dict[int, list[Named]] = {}
    for row in linking.evidence(db, articles.keys()):
        if row["kind"] not in CREDIT_KINDS and row["kind"] != "body_link":
            continue
        found.setdefault(articles[row["version_id"]], []).append(
            Named(
                evidence=row["id"],
                kind=row["kind"],
                region=row["region"],
                quote=row["quote"],
                name=row["name"],
                outlet=row["outlet_id"],
                target=row["target"],
                span=None if row["start"] is None else (row["start"], row["end"]),
                hop=row["hop"],
                resolved=bool(row["resolved"]),
            )
        )
    return found


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


def _shared(db: Database, rows: Mapping[int, Mapping]) -> tuple[Shared, ...]:
    """What the pages share: of several versions' matches the newest, else the largest."""
    best: dict[tuple[int, int], Mapping] = {}
    newest = {row["version"] for row in rows.values()}

    def rank(m: Mapping) -> tuple[int, float, int]:
        is_new = (m["version_a"] in newest) + (m["version_b"] in newest)
        return (is_new, max(m["a_in_b"], m["b_in_a"]), m["id"])

    for match in linking.near(db, rows.keys()):
        pair = (match["article_a"], match["article_b"])
        if pair[0] in rows and pair[1] in rows:
            key = (min(pair), max(pair))
            if key not in best or rank(match) > rank(best[key]):
                best[key] = match
    spans: dict[int, list[Mapping]] = {}
    for passage in linking.passages(db, [m["id"] for m in best.values()]):
        spans.setdefault(passage["match_id"], []).append(passage)
    quoted = {article: quotations(row["text"]) for article, row in rows.items()}
    return tuple(_share(m, spans.get(m["id"], ()), quoted) for m in best.values())


def _share(match: Mapping, passages: Sequence[Mapping], quoted: Mapping[int, tuple]) -> Shared:
    a_spans = tuple((p["a_start"], p["a_end"]) for p in passages)
    b_spans = tuple((p["b_start"], p["b_end"]) for p in passages)
    in_quotes = max(
        overlap(a_spans, quoted[match["article_a"]]) / max(1, length(a_spans)),
        overlap(b_spans, quoted[match["article_b"]]) / max(1, length(b_spans)),
    )
    return Shared(
        a=match["article_a"],
        b=match["article_b"],
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
    )


def _blocks(
    db: Database, rows: Mapping[int, Mapping], shared: Sequence[Shared]
) -> dict[tuple[int, int], str]:
    """(article, outlet) -> the words of a house block of that outlet that stand on the article."""
    found: dict[tuple[int, int], str] = {}
    for article in sorted({end for s in shared for end in (s.a, s.b)}):
        row = rows[article]
        here = {p.hash: row["text"][p.start : p.end] for p in paragraphs(row["text"])}
        for block, outlet in linking.foreign_blocks(db, here.keys(), row["outlet"]):
            found[(article, outlet)] = here[block]
    return found
