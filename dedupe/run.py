"""`link`: compare what is not compared yet, judge the stories it touches, write the links.

Everything happens in short transactions, and each leaves marks (signatures, judged versions) that
say what is done: a run that was killed is continued by the next.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter

from sqlite_utils import Database

from db import habits, index, linking
from db.lookup import names as stored_names
from db.open import trusting
from db.progress import Tell
from db.records import Link
from db.store import end_run, put_matches, put_phantom, replace_links, start_run, writing
from db.texts import must_keep_texts
from dedupe import speed
from dedupe.direction import VERSION
from dedupe.handed import Passages
from dedupe.house import Counted, count, relearn
from dedupe.link import Judgement, judge
from dedupe.match import batch_size, match_versions, next_size
from dedupe.stories import stories_of
from dedupe.story import Story
from dedupe.translate import align_pending

ROUNDS = 3  # of judging, where habits are learned on the way
KEPT = 100_000  # sketches, about a kilobyte each
TEXTS = 1 << 27  # bytes of texts, which need not be read again
_TEXT = itemgetter(3)  # of the versions kept with their texts
COUNTED = 5000  # versions counted at once, at least


def link(db: Database, *, now: datetime, tell: Tell, rebuild: bool = False) -> dict[str, int]:
    """Counts of what linking did; with `rebuild` every comparison and judgement is made again.

    Raises BadInput for a file whose texts were left out; nothing is changed then.
    """
    with speed.memory_kept():
        return _link(db, now, tell, rebuild=rebuild)


def _link(db: Database, now: datetime, tell: Tell, *, rebuild: bool) -> dict[str, int]:
    must_keep_texts(db)
    fingerprint = linking.names_fingerprint(db)
    run = start_run(db, "link", now, versions={"rules": VERSION, "names": fingerprint})
    counts: dict[str, int] = {}
    outcome = "failed"
    try:
        if rebuild:
            index.clear(db)
            linking.forget_judged(db)
            habits.clear(db)
        passages = Passages()
        with speed.uncollected():
            counts |= compare_pending(db, tell, passages)
        counts["translations"] = align_pending(db, tell)
        linking.resolve_names(db, stored_names(db), again=linking.last_fingerprint(db) != fingerprint)
        with speed.uncollected():
            counts |= _judge_all(db, run, now, tell, passages)
        outcome = "done"
    except KeyboardInterrupt:
        outcome = "stopped"
        raise
    finally:
        end_run(db, run, outcome, counts, datetime.now(UTC))
    return counts


def compare_pending(db: Database, tell: Tell, passages: Passages | None = None) -> dict[str, int]:
    """Counts of comparing every version that is not compared yet, each batch in one transaction.

    What is stored is handed to `passages`, too.
    """
    sketched = _count(db, index.uncounted(db), tell)
    relearn(db)
    waiting = index.pending(db)
    counts = {"compared": 0, "matches": 0}
    size = batch_size(db)
    while batch := waiting[counts["compared"] :][:size]:
        before = counts["compared"]

        def told(done: int, _: int, before: int = before) -> None:
            tell.progress("compare", before + done, len(waiting))

        with trusting(db):
            found = match_versions(db, batch, sketched=sketched, progress=told)
            put_matches(db, found)
        if passages is not None:
            passages.add(found)
        matches = len(found.figures[0])
        counts["compared"] += len(batch)
        counts["matches"] += matches
        size = next_size(db, size, len(batch), matches)
    return counts


def _count(db: Database, versions: Sequence[int], tell: Tell) -> Counted:
    """Count the paragraphs of these versions: what stands on many pages of an outlet is a house block.

    What comes back is the sketches of the first of them, which need not be made again.
    """
    kept: list[Counted] = []
    done, room = 0, TEXTS
    while done < len(versions):
        size = max(COUNTED, batch_size(db))
        made = count(db, versions[done : done + size], keep=room)
        room -= sum(map(len, map(_TEXT, made.texts.values())))
        if done < KEPT:
            kept.append(made)
        done = min(done + size, len(versions))
        tell.progress("count", done, len(versions))
    return Counted.joined(kept)


def _judge_all(db: Database, run: int, now: datetime, tell: Tell, passages: Passages) -> dict[str, int]:
    """Counts of judging what waits, and once more what the habits learned on the way touch."""
    counts: Counter[str] = Counter()
    for _ in range(ROUNDS):
        told, learned = _judge_pending(db, run, now, tell, passages)
        counts.update(told)
        if not learned:
            break
    return dict(counts)


def _judge_pending(
    db: Database, run: int, now: datetime, tell: Tell, passages: Passages
) -> tuple[dict[str, int], int]:
    """What was done, and how many habits of outlets it made or ended."""
    counts = {"judged": linking.mark_lone(db, VERSION), "links changed": 0, "cycles": 0}
    waiting = linking.pending(db, VERSION)
    done = learned = 0
    for stories in stories_of(db, waiting, passages):
        refused = linking.refused(db, [article for story in stories for article in story.pages])
        judgements = [judge(replace(story, refused=refused) if refused else story) for story in stories]
        pairs = {pair for both in zip(stories, judgements, strict=True) for pair in _takers(*both)}
        fresh = not linking.are_linked(db, [article for story in stories for article in story.pages])
        with trusting(db) if fresh else writing(db):  # of pages without links none is deleted
            counts["links changed"] += _write(db, stories, judgements, run, now)
            learned += habits.refit(db, pairs)
        counts["cycles"] += sum(judgement.cycles for judgement in judgements)
        done += sum(len(story.pages) for story in stories)
        tell.progress("judge", done, max(done, len(waiting)))
    counts["judged"] += done
    return counts, learned


def _takers(story: Story, judgement: Judgement) -> Iterator[habits.Pair]:
    """(taking outlet, source outlet) of the accepted links."""
    for k in judgement.links:
        if k.status == "accepted" and k.relation != "sibling" and k.child > 0:
            unseen = k.source < 0
            source = (
                judgement.phantoms[-k.source - 1].outlet if unseen else story.pages[k.source].publisher.id
            )
            yield story.pages[k.child].publisher.id, source


def _write(
    db: Database, stories: Sequence[Story], judgements: Sequence[Judgement], run: int, now: datetime
) -> int:
    """How many links changed."""
    links: list[Link] = []
    linking.place(db, {e: o for judgement in judgements for e, o in judgement.resolved.items()})
    for judgement in judgements:
        links += _with_phantoms(db, judgement, now)
    linking.merge_phantoms(db, links)
    pages = [page for story in stories for page in story.pages.values()]
    members = {page.article for page in pages}
    members |= linking.phantoms_of(db, members)
    changed = replace_links(db, members, links, rule_version=VERSION, run=run)
    linking.mark_judged(db, [page.version for page in pages if page.version is not None], VERSION)
    return changed


def _with_phantoms(db: Database, judgement: Judgement, now: datetime) -> Sequence[Link]:
    """The links with the phantoms' article ids in the place of their numbers."""
    if not judgement.phantoms:
        return judgement.links
    ids = {
        -n: put_phantom(db, outlet=p.outlet, key=p.key, seen=now) for n, p in enumerate(judgement.phantoms, 1)
    }
    return [
        k._replace(child=ids.get(k.child, k.child), source=ids.get(k.source, k.source))
        for k in judgement.links
    ]
