"""`link`: compare what is not compared yet, judge the stories it touches, write the links.

Everything happens in short transactions, and each leaves marks (signatures, judged versions) that
say what is done: a run that was killed is continued by the next.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlite_utils import Database

from db import index, linking
from db.lookup import names as stored_names
from db.progress import Tell
from db.records import Link
from db.store import end_run, put_matches, put_phantom, replace_links, start_run, writing
from dedupe.bulk import Sketch
from dedupe.direction import VERSION
from dedupe.house import count, relearn
from dedupe.link import Judgement, judge
from dedupe.match import batch_size, match_versions
from dedupe.stories import stories_of
from dedupe.story import Story
from dedupe.translate import align_pending

KEPT = 100_000  # sketches, about a kilobyte each


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
        counts["translations"] = align_pending(db, tell)
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
    sketched = _count(db, index.uncounted(db), tell)
    relearn(db)
    waiting = index.pending(db)
    counts = {"compared": 0, "matches": 0}
    while batch := waiting[counts["compared"] :][: batch_size(db)]:
        before = counts["compared"]

        def told(done: int, _: int, before: int = before) -> None:
            tell.progress("compare", before + done, len(waiting))

        with writing(db):
            found = list(match_versions(db, batch, sketched=sketched, progress=told))
            put_matches(db, found)
        for version in batch:
            sketched.pop(version, None)
        counts["compared"] += len(batch)
        counts["matches"] += len(found)
    return counts


def _count(db: Database, versions: Sequence[int], tell: Tell) -> dict[int, Sketch]:
    """Count the paragraphs of these versions: what stands on many pages of an outlet is a house block.

    What comes back is the sketches of the first of them, which need not be made again.
    """
    sketched: dict[int, Sketch] = {}
    done, size = 0, batch_size(db)
    while done < len(versions):
        made = count(db, versions[done : done + size])
        if len(sketched) < KEPT:
            sketched |= made
        done = min(done + size, len(versions))
        tell.progress("count", done, len(versions))
    return sketched


def _judge_pending(db: Database, run: int, now: datetime, tell: Tell) -> dict[str, int]:
    counts = {"judged": linking.mark_lone(db, VERSION), "links changed": 0, "cycles": 0}
    waiting = linking.pending(db, VERSION)
    done = 0
    for stories in stories_of(db, waiting):
        with writing(db):
            changed, cycles = _judge_stories(db, stories, run, now)
        done += sum(len(story.pages) for story in stories)
        counts["links changed"] += changed
        counts["cycles"] += cycles
        tell.progress("judge", done, max(done, len(waiting)))
    counts["judged"] += done
    return counts


def _judge_stories(db: Database, stories: Sequence[Story], run: int, now: datetime) -> tuple[int, int]:
    """How many links changed, and how many closed a circle."""
    links: list[Link] = []
    refused = linking.refused(db, [article for story in stories for article in story.pages])
    judgements = [judge(replace(story, refused=refused)) for story in stories]
    for judgement in judgements:
        linking.place(db, judgement.resolved)
        links += _with_phantoms(db, judgement, now)
    linking.merge_phantoms(db, links)
    pages = [page for story in stories for page in story.pages.values()]
    members = {page.article for page in pages}
    members |= linking.phantoms_of(db, members)
    changed = replace_links(db, members, links, rule_version=VERSION, run=run)
    linking.mark_judged(db, [page.version for page in pages if page.version is not None], VERSION)
    return changed, sum(judgement.cycles for judgement in judgements)


def _with_phantoms(db: Database, judgement: Judgement, now: datetime) -> list[Link]:
    """The links with the phantoms' article ids in the place of their numbers."""
    ids = {
        -n: put_phantom(db, outlet=p.outlet, key=p.key, seen=now) for n, p in enumerate(judgement.phantoms, 1)
    }
    return [
        replace(k, child=ids.get(k.child, k.child), source=ids.get(k.source, k.source))
        for k in judgement.links
    ]
