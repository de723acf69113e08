"""What people decided about links: their words are kept, and no rule overrules them.

A source whose page was not seen is named `phantom:NAME`, NAME being its outlet's: phantoms come and
go with what is stored, the name that stands on the page does not.  A direct word (`judge`) decides at
once; words of several coders (`settle_all`) decide by majority, and where they are even the rules do.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from db.errors import BadInput, UnknownLink
from db.find import find_article
from db.open import writing
from db.outlets import fold
from db.publishers import outlet_names
from db.values import insert, one, plain, rows, stamp

VERDICTS = ("accept", "reject", "unsure")
PHANTOM = "phantom:"

_KEEP = """
INSERT INTO judgements (child_url, source_url, verdict, note, judge, judged, relation, stratum, stratum_size)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (child_url, source_url, judge) DO UPDATE
   SET verdict = excluded.verdict, note = excluded.note, judged = excluded.judged,
       relation = iif(excluded.stratum IS NULL, relation, excluded.relation),
       stratum = coalesce(excluded.stratum, stratum),
       stratum_size = max(coalesce(excluded.stratum_size, stratum_size), coalesce(stratum_size, 0))
"""
_BETWEEN = "SELECT id, relation, decided_by FROM links WHERE child_id = ? AND source_id = ?"
_ACCEPT = """
UPDATE links SET status = 'accepted', decided_by = 'human', p_related = 1, p_direction = 1, p_direct = 1,
       child_id = :child, source_id = :source,
       child_version = iif(child_id = :child, child_version, source_version),
       source_version = iif(child_id = :child, source_version, child_version),
       relation = iif(relation = 'sibling', 'republishes', relation)
 WHERE id = :link
"""
_ACCEPT_SIBLING = "UPDATE links SET status = 'accepted', decided_by = 'human', p_related = 1 WHERE id = ?"
_REJECT = "UPDATE links SET status = 'rejected', decided_by = 'human' WHERE id = ?"
_WORD = "DELETE FROM link_evidence WHERE link_id = ? AND kind = 'judgement'"
# The rules judge the page again, and with it the link, at the next `link`.
_HAND_BACK = (
    "UPDATE links SET decided_by = 'rule', status = 'candidate' WHERE id = :link",
    "DELETE FROM link_evidence WHERE link_id = :link AND kind = 'judgement'",
    "DELETE FROM judged WHERE version_id IN (SELECT id FROM versions WHERE article_id = :child)",
)
# The links of a page to sources of any name, unseen ones first.
_SOURCES = """
SELECT s.id, s.phantom, o.id AS outlet_id, o.name, o.domain FROM links l
  JOIN articles s ON s.id = l.source_id JOIN outlets o ON o.id = s.outlet_id
 WHERE l.child_id = ? AND l.relation <> 'sibling' ORDER BY s.phantom DESC, s.id
"""

_CERTAIN = 10.0  # log-odds of a person's word


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one person said of one link; the addresses are those the articles have now."""

    child: str
    source: str  # URL, or phantom:NAME
    verdict: str  # one of VERDICTS
    judge: str = ""
    note: str = ""
    relation: str = ""  # as the person was shown it; "" without a sample
    stratum: str | None = None  # None: not drawn by `sample`
    stratum_size: int | None = None


@dataclass(frozen=True, slots=True)
class _Pair:
    child: dict[str, Any]
    source: int | None  # article id; None: nothing of that name is linked now
    named: str  # as judgements name it


def judge(
    db: Database, child_url: str, source_url: str, verdict: str, *, note: str, by: str, now: datetime
) -> None:
    """Keep a person's word, accept or reject, that the page at `child_url` took from `source_url`.

    Accepting makes the link where none stands, and settles its direction: a sibling link becomes
    one, a link the other way is rejected.  A source that is `phantom:NAME` must be linked.
    Raises UnknownArticle, UnknownLink (a reject where nothing is linked) and BadInput.
    """
    if verdict not in {"accept", "reject"}:
        raise BadInput(f"a verdict is accept or reject, not {verdict!r}")
    pair = _pair(db, child_url, source_url)
    if pair.source is None or (verdict == "reject" and _link_between(db, pair) is None):
        raise UnknownLink(
            f"no link says that {pair.child['url']} took from {pair.named}: "
            f"`newstrace trace {pair.child['url']}` shows the links of the page"
        )
    with writing(db):
        _decide(db, pair, verdict, relation="", note=note)
        _keep(db, Word(child=child_url, source=source_url, verdict=verdict, judge=by, note=note), pair, now)


def put_word(db: Database, word: Word, now: datetime) -> tuple[str, str]:
    """Keep one coder's word; the pair as judgements name it. Links change by `settle_all` alone.

    Raises UnknownArticle, BadUrl and BadInput.
    """
    if word.verdict not in VERDICTS:
        raise BadInput(f"a verdict is one of {', '.join(VERDICTS)}, not {word.verdict!r}")
    pair = _pair(db, word.child, word.source)
    with writing(db):
        _keep(db, word, pair, now)
    return pair.child["url"], pair.named


def settle_all(db: Database, pairs: Collection[tuple[str, str]]) -> None:
    """Write the majority's verdict on each pair to its link.

    Where they are even or unsure the rules decide: a link that a person had decided is given back
    to them, and judged by the next `link`.  A sibling link that is accepted stays one.
    """
    with writing(db):
        for words in grouped(w for w in all_words(db) if (w.child, w.source) in pairs).values():
            _settle(db, words)


def _settle(db: Database, words: list[Word]) -> str | None:
    verdict = majority(words)
    pair = _pair(db, words[0].child, words[0].source)
    if pair.source is None:
        return verdict
    relation = next((w.relation for w in words if w.relation), "")
    link = _link_between(db, pair)
    with writing(db):
        if verdict:
            _decide(db, pair, verdict, relation=relation, note="; ".join(w.note for w in words if w.note))
        elif link is not None and link["decided_by"] == "human":
            for statement in _HAND_BACK:
                db.conn.execute(statement, {"link": link["id"], "child": pair.child["id"]})
    return verdict


def majority(words: Collection[Word]) -> str | None:
    """accept or reject, whichever more people said; None when as many said the one as the other."""
    sides = [w.verdict for w in words]
    yes, no = sides.count("accept"), sides.count("reject")
    return None if yes == no else "accept" if yes > no else "reject"


def grouped(words: Iterator[Word]) -> dict[tuple[str, str], list[Word]]:
    """The words on each pair, in the order of the first of them."""
    found: dict[tuple[str, str], list[Word]] = {}
    for word in words:
        found.setdefault((word.child, word.source), []).append(word)
    return found


def _pair(db: Database, child_url: str, source_url: str) -> _Pair:
    child = find_article(db, child_url)
    if not source_url.startswith(PHANTOM):
        source = find_article(db, source_url)
        if child["id"] == source["id"]:
            raise BadInput(f"{child_url} and {source_url} are one article")
        return _Pair(child, source["id"], source["url"])
    name = " ".join(plain(source_url.removeprefix(PHANTOM)).split())
    if not fold(name):
        raise BadInput(f"a source that is not seen is written phantom:NAME, not {source_url!r}")
    for row in rows(db, _SOURCES, [child["id"]]):
        if fold(name) in outlet_names(db, row):
            return _Pair(child, row["id"], f"{PHANTOM}{name}")
    return _Pair(child, None, f"{PHANTOM}{name}")


def _keep(db: Database, word: Word, pair: _Pair, now: datetime) -> None:
    said = [word.verdict, plain(word.note), plain(word.judge), stamp(now), plain(word.relation)]
    stratum = word.stratum and plain(word.stratum)
    db.conn.execute(_KEEP, [pair.child["url"], pair.named, *said, stratum, word.stratum_size])


def _decide(db: Database, pair: _Pair, verdict: str, *, relation: str, note: str) -> None:
    child, source = pair.child["id"], pair.source
    if verdict == "reject":
        link = _rejected(db, pair)
    elif relation == "sibling" and (found := _link_between(db, pair)) and found["relation"] == "sibling":
        link = found["id"]
        db.conn.execute(_ACCEPT_SIBLING, [link])
    else:
        link = _accepted(db, child, source)
    db.conn.execute(_WORD, [link])
    weight = _CERTAIN if verdict == "accept" else -_CERTAIN
    reason = {"link_id": link, "kind": "judgement", "quote": plain(note), "region": "", "weight": weight}
    insert(db, "link_evidence", reason)


def _accepted(db: Database, child: int, source: int) -> int:
    there, back = one(db, _BETWEEN, [child, source]), one(db, _BETWEEN, [source, child])
    if there is None and back is not None and back["relation"] == "sibling":
        there, back = back, None
    if back is not None:
        db.conn.execute(_REJECT, [back["id"]])
    link = there["id"] if there else _new_link(db, child, source, "accepted", 1.0)
    db.conn.execute(_ACCEPT, {"link": link, "child": child, "source": source})
    return link


def _new_link(db: Database, child: int, source: int, status: str, p: float) -> int:
    facts = {"child_id": child, "source_id": source, "relation": "republishes", "status": status}
    sure = {"p_related": p, "p_direction": p, "p_direct": p, "decided_by": "human"}
    return insert(db, "links", facts | sure | {"rule_version": "human"})


def _link_between(db: Database, pair: _Pair) -> Any | None:
    """The link of the pair, or the sibling link that stands the other way round."""
    link = one(db, _BETWEEN, [pair.child["id"], pair.source])
    if link is None:
        back = one(db, _BETWEEN, [pair.source, pair.child["id"]])
        return back if back is not None and back["relation"] == "sibling" else None
    return link


def _rejected(db: Database, pair: _Pair) -> int:
    """The pair's link, rejected; a row that holds the word where nothing is linked yet."""
    link = _link_between(db, pair)
    if link is None:
        return _new_link(db, pair.child["id"], pair.source, "rejected", 0.0)
    db.conn.execute(_REJECT, [link["id"]])
    return link["id"]


# The words on every pair, the oldest first, by the URLs the articles have now.
_WORDS = """
SELECT coalesce(ca.url, j.child_url) AS child, coalesce(sa.url, j.source_url) AS source, j.verdict, j.judge,
       j.note, j.relation, j.stratum, j.stratum_size
  FROM judgements j
  LEFT JOIN article_urls c ON c.url = j.child_url LEFT JOIN articles ca ON ca.id = c.article_id
  LEFT JOIN article_urls s ON s.url = j.source_url LEFT JOIN articles sa ON sa.id = s.article_id
 ORDER BY j.judged, j.rowid
"""


def all_words(db: Database) -> Iterator[Word]:
    """Every person's word that is kept, the oldest first."""
    return (Word(**dict(row)) for row in rows(db, _WORDS))


def judgements(db: Database) -> dict[tuple[str, str], str]:
    """The latest verdict, accept or reject, by (URL of the child, URL of the source)."""
    return {(word.child, word.source): word.verdict for word in all_words(db) if word.verdict != "unsure"}
