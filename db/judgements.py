"""What people decided about links: their words are kept, and no rule overrules them."""

from datetime import datetime

from sqlite_utils import Database

from db.errors import BadInput, UnknownLink
from db.find import find_article
from db.open import writing
from db.values import insert, one, plain, rows, stamp

_KEEP = """
INSERT INTO judgements (child_url, source_url, verdict, note, judge, judged) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (child_url, source_url, judge) DO UPDATE
   SET verdict = excluded.verdict, note = excluded.note, judged = excluded.judged
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
_REJECT = "UPDATE links SET status = 'rejected', decided_by = 'human' WHERE id = ?"
_WORD = "DELETE FROM link_evidence WHERE link_id = ? AND kind = 'judgement'"

_CERTAIN = 10.0  # log-odds of a person's word


def judge(
    db: Database, child_url: str, source_url: str, verdict: str, *, note: str, by: str, now: datetime
) -> None:
    """Keep a person's word, accept or reject, that the page at `child_url` took from `source_url`.

    Accepting makes the link where none stands, and settles its direction: a sibling link becomes
    one, a link the other way is rejected.
    Raises UnknownArticle, UnknownLink (a reject where nothing is linked) and BadInput.
    """
    if verdict not in {"accept", "reject"}:
        raise BadInput(f"a verdict is accept or reject, not {verdict!r}")
    child, source = find_article(db, child_url), find_article(db, source_url)
    if child["id"] == source["id"]:
        raise BadInput(f"{child_url} and {source_url} are one article")
    with writing(db):
        link = _accepted(db, child["id"], source["id"]) if verdict == "accept" else None
        link = link or _rejected(db, child, source)
        db.conn.execute(_WORD, [link])
        weight = _CERTAIN if verdict == "accept" else -_CERTAIN
        reason = {"link_id": link, "kind": "judgement", "quote": plain(note), "region": "", "weight": weight}
        insert(db, "link_evidence", reason)
        db.conn.execute(_KEEP, [child["url"], source["url"], verdict, plain(note), plain(by), stamp(now)])


def _accepted(db: Database, child: int, source: int) -> int:
    there, back = one(db, _BETWEEN, [child, source]), one(db, _BETWEEN, [source, child])
    if there is None and back is not None and back["relation"] == "sibling":
        there, back = back, None
    if back is not None:
        db.conn.execute(_REJECT, [back["id"]])
    link = there["id"] if there else _new_link(db, child, source)
    db.conn.execute(_ACCEPT, {"link": link, "child": child, "source": source})
    return link


def _new_link(db: Database, child: int, source: int) -> int:
    facts = {"child_id": child, "source_id": source, "relation": "republishes", "status": "accepted"}
    sure = {"p_related": 1.0, "p_direction": 1.0, "p_direct": 1.0, "decided_by": "human"}
    return insert(db, "links", facts | sure | {"rule_version": "human"})


def _rejected(db: Database, child: dict, source: dict) -> int:
    link = one(db, _BETWEEN, [child["id"], source["id"]])
    if link is None:
        back = one(db, _BETWEEN, [source["id"], child["id"]])
        link = back if back is not None and back["relation"] == "sibling" else None
    if link is None:
        raise UnknownLink(
            f"no link says that {child['url']} took from {source['url']}: `newstrace trace {child['url']}` "
            "shows the links of the page"
        )
    db.conn.execute(_REJECT, [link["id"]])
    return link["id"]


# The latest word on each pair, by the URLs the articles have now.
_LATEST = """
SELECT coalesce(ca.url, j.child_url) AS child_url, coalesce(sa.url, j.source_url) AS source_url, j.verdict
  FROM judgements j
  LEFT JOIN article_urls c ON c.url = j.child_url LEFT JOIN articles ca ON ca.id = c.article_id
  LEFT JOIN article_urls s ON s.url = j.source_url LEFT JOIN articles sa ON sa.id = s.article_id
 ORDER BY j.judged, j.rowid
"""


def judgements(db: Database) -> dict[tuple[str, str], str]:
    """The latest verdict, accept or reject, by (URL of the child, URL of the source)."""
    return {(row["child_url"], row["source_url"]): row["verdict"] for row in rows(db, _LATEST)}
