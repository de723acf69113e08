"""Writing what was judged: links with their reasons, phantoms.

A link that a person decided keeps that person's word, whatever the rules say later.  Rows that
would not change are not written, so their ids and their run stay.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from db.open import writing
from db.publishers import outlet_names
from db.records import Link, Reason
from db.values import insert, insert_rows, one, plain, rows, stamp

# A person's word holds the status and the probabilities; the figures follow the newest texts.
_UPDATE_BY_RULE = """
UPDATE links
   SET relation = :relation, p_related = :p_related, p_direction = :p_direction, p_direct = :p_direct,
       status = :status, credited = :credited,
       child_version = :child_version, source_version = :source_version,
       containment = :containment, jaccard = :jaccard, shared_words = :shared_words,
       rule_version = :rule_version, run_id = :run_id
 WHERE id = :id
"""
_UPDATE_BY_HUMAN = """
UPDATE links SET credited = :credited, child_version = :child_version, source_version = :source_version,
       containment = :containment, jaccard = :jaccard, shared_words = :shared_words,
       rule_version = :rule_version, run_id = :run_id
 WHERE id = :id
"""
# A person said it is the other way round: that settles the pair.
_SETTLED = """
SELECT 1 FROM links WHERE child_id = ? AND source_id = ? AND decided_by = 'human' AND status = 'accepted'
"""
_FACTS = ("relation", "p_related", "p_direction", "p_direct", "status", "credited", "child_version",
          "source_version", "containment", "jaccard", "shared_words", "rule_version")  # fmt: skip
_OF_FACTS = slice(Link._fields.index(_FACTS[0]), Link._fields.index(_FACTS[-2]) + 1)
_LINK = "SELECT * FROM links WHERE child_id = ? AND source_id = ?"
_HUMAN_KEEPS = frozenset({"relation", "p_related", "p_direction", "p_direct", "status"})


def put_links(db: Database, links: Iterable[Link], *, rule_version: str, run: int | None) -> int:
    """How many links were new or changed; each is one row per (child, source), its reasons replaced.

    Pages on which a person gave a word are looked at link by link, all others together.
    """
    given = list(links)
    together: dict[tuple[int, int], Link] = {}
    alone: list[Link] = []
    with writing(db):
        ends = json.dumps(sorted({end for link in given for end in (link.child, link.source)}))
        worded = {row[0] for row in db.conn.execute(_WORDED, [ends])}
        for link in given:
            pair = link.child, link.source
            if pair in together or link.child in worded or link.source in worded:
                alone.append(link)
            else:
                together[pair] = link
        changed = _put_together(db, list(together.values()), rule_version, run)
        return changed + sum(_put_link(db, link, rule_version, run) for link in alone)


_WORDED = """
SELECT child_id FROM links WHERE decided_by = 'human' AND child_id IN (SELECT value FROM json_each(?))
"""
_STORED = f"""
SELECT child_id, source_id, id, {", ".join(_FACTS)} FROM links
 WHERE child_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - names of our own
_STORED_REASONS = """
SELECT link_id, kind, weight, quote, region, evidence_id, match_id FROM link_evidence
 WHERE kind <> 'judgement' AND link_id IN (SELECT value FROM json_each(?)) ORDER BY link_id, id
"""
_NEW_LINK = f"INSERT INTO links (child_id, source_id, id, {', '.join(_FACTS)}, decided_by, run_id)"
_CHANGE_LINK = f"UPDATE links SET {', '.join(f'{name} = ?' for name in _FACTS)}, run_id = ? WHERE id = ?"  # noqa: S608
_DROP_REASONS = """
DELETE FROM link_evidence WHERE kind <> 'judgement' AND link_id IN (SELECT value FROM json_each(?))
"""


def _put_together(db: Database, links: Sequence[Link], rule_version: str, run: int | None) -> int:
    """How many of these links, on which nobody gave a word and each given once, were new or changed."""
    children = json.dumps(sorted({link.child for link in links}))
    stored = {row[:2]: row[2:] for row in db.conn.execute(_STORED, [children])}
    pairs = {(link.child, link.source) for link in links}
    reasons = _stored_reasons(db, [row[0] for pair, row in stored.items() if pair in pairs])
    free = one(db, "SELECT coalesce(max(id), 0) + 1 AS id FROM links")["id"]
    new, changed, told = [], [], {}
    for link in links:
        facts = (*link[_OF_FACTS], rule_version)
        number, *old = stored.get(link[:2], (None,))
        if number is None:
            number = free + len(new)
            new.append((*link[:2], number, *facts, "rule", run))
        elif tuple(old) != facts:
            changed.append((*facts, run, number))
        rows_of = _reason_rows(link.reasons)
        if rows_of != reasons.get(number, []):
            told[number] = rows_of
    insert_rows(db, _NEW_LINK, new)
    db.conn.executemany(_CHANGE_LINK, changed)
    db.conn.execute(_DROP_REASONS, [json.dumps([number for number in told if number < free])])
    insert_rows(db, _NEW_REASON, [(*row, number) for number, some in told.items() for row in some])
    return len({number for *_, number in changed} | {number for number in told if number < free}) + len(new)


def _stored_reasons(db: Database, links: Sequence[int]) -> dict[int, list[tuple]]:
    """The rules' reasons of these links, by link."""
    found: dict[int, list[tuple]] = {}
    for number, *reason in db.conn.execute(_STORED_REASONS, [json.dumps(links)]):
        found.setdefault(number, []).append(tuple(reason))
    return found


def _reason_rows(reasons: Iterable[Reason]) -> list[tuple]:
    return [(*r[:2], plain(r.quote), *r[3:]) if r.quote else r for r in reasons]


def replace_links(
    db: Database, articles: Collection[int], links: Iterable[Link], *, rule_version: str, run: int | None
) -> int:
    """How many rows were new, changed or taken away, so that `links` are all the rules say of `articles`.

    Links that a person decided stay.  Phantoms that no link names any more go.
    """
    links = list(links)
    told = {(link.child, link.source) for link in links}
    with writing(db):
        old = rows(db, _RULE_LINKS, {"articles": json.dumps(sorted(articles))})
        gone = [row["id"] for row in old if (row["child_id"], row["source_id"]) not in told]
        changed = put_links(db, links, rule_version=rule_version, run=run)
        delete_links(db, gone)
        db.conn.execute(_LONELY_PHANTOMS, [json.dumps(sorted(articles))])
        return changed + len(gone)


_RULE_LINKS = """
SELECT id, child_id, source_id FROM links
 WHERE decided_by = 'rule' AND (child_id IN (SELECT value FROM json_each(:articles))
                                OR source_id IN (SELECT value FROM json_each(:articles)))
"""
# Phantoms exist for the links that name them.
_LONELY_PHANTOMS = """
DELETE FROM articles WHERE phantom = 1 AND merged_into IS NULL
   AND id IN (SELECT value FROM json_each(?))
   AND NOT EXISTS (SELECT 1 FROM links WHERE child_id = articles.id OR source_id = articles.id)
"""


def delete_links(db: Database, ids: Collection[int]) -> None:
    """Take links away, and with them the phantoms that no other link names."""
    listed = json.dumps(list(ids))
    with writing(db):
        named = "SELECT child_id, source_id FROM links WHERE id IN (SELECT value FROM json_each(?))"
        ends = [end for row in rows(db, named, [listed]) for end in row]
        db.conn.execute("DELETE FROM links WHERE id IN (SELECT value FROM json_each(?))", [listed])
        db.conn.execute(_LONELY_PHANTOMS, [json.dumps(ends)])


def _put_link(db: Database, link: Link, rule_version: str, run: int | None) -> bool:
    if one(db, _SETTLED, [link.source, link.child]):
        return False
    facts = _link_facts(link, rule_version)
    old = one(db, _LINK, [link.child, link.source]) or _moved(db, link)
    if old is None:
        pair = {"child_id": link.child, "source_id": link.source, "decided_by": "rule", "run_id": run}
        _put_reasons(db, insert(db, "links", facts | pair), link.reasons)
        return True
    human = old["decided_by"] == "human"
    compared = facts.keys() - _HUMAN_KEEPS if human else facts.keys()
    changed = any(old[name] != facts[name] for name in compared)
    if changed:
        update = _UPDATE_BY_HUMAN if human else _UPDATE_BY_RULE
        db.conn.execute(update, facts | {"run_id": run, "id": old["id"]})
    return _put_reasons(db, old["id"], link.reasons) or changed


# A person's word on a source that was not seen, when the rules name that source anew: its story
# grew, its name was placed, or its page was met.
_JUDGED_PHANTOMS = """
SELECT l.id, o.id AS outlet_id, o.name, o.domain FROM links l
  JOIN articles s ON s.id = l.source_id JOIN outlets o ON o.id = s.outlet_id
 WHERE l.child_id = :child AND l.decided_by = 'human' AND s.phantom = 1
   AND (:met OR (SELECT phantom FROM articles WHERE id = :source) = 1)
"""
_OUTLET_OF = """
SELECT o.id AS outlet_id, o.name, o.domain FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE a.id = ?
"""
_MOVE = "UPDATE links SET source_id = ? WHERE id = ?"


def _moved(db: Database, link: Link) -> sqlite3.Row | None:
    """The link that holds a person's word on this source, moved to what now stands for it."""
    met = link.status == "accepted" and link.relation not in ("sibling", "revises")
    told = {"child": link.child, "source": link.source, "met": met}
    for judged in list(rows(db, _JUDGED_PHANTOMS, told)):
        if outlet_names(db, judged) & outlet_names(db, one(db, _OUTLET_OF, [link.source])):
            db.conn.execute(_MOVE, [link.source, judged["id"]])
            return one(db, _LINK, [link.child, link.source])
    return None


def _link_facts(link: Link, rule_version: str) -> dict[str, Any]:
    return dict(zip(_FACTS, (*link[_OF_FACTS], rule_version), strict=True))


_REASONS = """
SELECT kind, weight, quote, region, evidence_id, match_id FROM link_evidence
 WHERE link_id = ? AND kind <> 'judgement' ORDER BY id
"""
_NEW_REASON = "INSERT INTO link_evidence (kind, weight, quote, region, evidence_id, match_id, link_id)"


def _put_reasons(db: Database, link: int, reasons: Iterable[Reason]) -> bool:
    """Whether the link's reasons changed; a person's own reason stays beside them."""
    told = _reason_rows(reasons)
    if told == [tuple(row) for row in rows(db, _REASONS, [link])]:
        return False
    db.conn.execute("DELETE FROM link_evidence WHERE link_id = ? AND kind <> 'judgement'", [link])
    insert_rows(db, _NEW_REASON, [(*reason, link) for reason in told])
    return True


_PUT_PHANTOM = """
INSERT INTO articles (outlet_id, kind, phantom, phantom_key, first_seen, last_seen)
VALUES (:outlet, 'article', 1, :key, :seen, :seen)
    ON CONFLICT (phantom_key) DO UPDATE
   SET first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
 WHERE excluded.first_seen < first_seen OR excluded.last_seen > last_seen
"""
_PHANTOM_ID = "SELECT coalesce(merged_into, id) AS id FROM articles WHERE phantom_key = ?"


def put_phantom(db: Database, *, outlet: int, key: str, seen: datetime) -> int:
    """The article id of a source whose page was never seen; `key` names its outlet and story.

    Where the real page has been met since, the real article's id.
    """
    key = plain(key)
    with writing(db):
        db.conn.execute(_PUT_PHANTOM, {"outlet": outlet, "key": key, "seen": stamp(seen)})
        return one(db, _PHANTOM_ID, [key])["id"]
