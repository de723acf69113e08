"""The chain behind a stored article: all its sources, all its copies, and what is not known.

Links form a graph and never a tree: a page can have several sources, and even a circle ends.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlite_utils import Database

from db.coverage import coverage
from db.doubts import doubts, is_linked, reason
from db.errors import UnknownArticle
from db.find import find_article
from db.licences import Licences
from db.provenance import paragraphs_of
from db.texts import not_compared
from db.told import TAKEN, in_text_order, is_taken, listed_links
from db.values import rows

MAX_NODES = 10_000  # in each direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What `trace` prints: the article, the pages around it, and how sure we are of it."""

    status: str  # not_stored | unreadable | nothing_found | direction_unknown | traced
    article: dict[str, Any] | None  # its node, `reason`, `linked` (was it looked at), `not_compared`
    nodes: list[dict[str, Any]]  # id url domain outlet kind title published phantom ...
    links: list[dict[str, Any]]  # as exported, `child` and `parent` by node id, with passages
    origins: list[int]  # the nodes furthest back seen here
    copies: list[int]  # the nodes that took from the article, directly or not
    unknown: list[str]  # reasons in plain words
    coverage: dict[str, Any]  # what the database holds, and what was not looked at
    paragraphs: list[dict[str, Any]] = field(default_factory=list)  # of the article: whose its words are

    def as_dict(self) -> dict[str, Any]:
        """The fields in their order, for JSON."""
        return asdict(self)


_LISTED = "IN (SELECT value FROM json_each(?))"
UP = f"SELECT id, source_id AS next FROM links l WHERE child_id {_LISTED} AND {TAKEN}"  # noqa: S608
_DOWN = f"SELECT id, child_id AS next FROM links l WHERE source_id {_LISTED} AND {TAKEN}"  # noqa: S608
_WITH_SOURCE = f"SELECT DISTINCT child_id FROM links l WHERE child_id {_LISTED} AND {TAKEN}"  # noqa: S608
# Pages that share the article's text in no known direction.
_TIES = """
SELECT id, iif(child_id = :article, source_id, child_id) AS next, relation FROM links
 WHERE (child_id = :article OR source_id = :article) AND p_related >= .5
   AND (status = 'candidate' OR (status = 'accepted' AND relation = 'sibling'))
"""
# A page, and the interval that its stated time of publication can mean.
# The claim that an article's published time rests on, as `t`.
STATED_TIME = """
  LEFT JOIN newest_versions v ON v.article_id = a.id
  LEFT JOIN time_claims t ON t.id = (
       SELECT id FROM time_claims c
        WHERE c.article_id = a.id AND c.kind = 'published' AND c.basis = v.published_basis
          AND a.published BETWEEN c.earliest_utc AND c.latest_utc
        ORDER BY c.earliest_utc DESC, c.latest_utc, c.id LIMIT 1)
"""
_NODES = f"""
SELECT a.id, a.url, o.domain, o.name AS outlet, o.kind, a.title, a.published, a.phantom,
       a.kind AS article_kind, a.first_seen, a.language,
       t.basis AS published_basis, t.earliest_utc AS published_from, t.latest_utc AS published_to
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
  {STATED_TIME}
 WHERE a.id IN (SELECT value FROM json_each(?)) ORDER BY a.id
"""  # noqa: S608


def chain(db: Database, url: str, *, licences: Licences | None = None) -> Chain:
    """The chain of the article at `url`; one that is not stored gives the status `not_stored`.

    `licences`: what the user's own file says of who may take from whom.
    Raises BadUrl for what is no URL.
    """
    try:
        article = find_article(db, url)["id"]
    except UnknownArticle as error:
        return _not_stored(db, str(error))
    up, sources, up_cut = _walk(db, article, UP)
    down, copies, down_cut = _walk(db, article, _DOWN)
    taken = up | down
    ties = _ties(db, article, sources | copies)
    nodes = nodes_of(db, {article} | sources | copies | ties.keys())
    links = list(listed_links(db, taken | set(ties.values()), licences=licences))
    here = nodes[article]
    return Chain(
        status=_status(here, taken=bool(taken), tied=bool(ties)),
        article=here | _looked_at(db, article),
        nodes=list(nodes.values()),
        links=links,
        origins=_in_order(article, links, _origins(db, article, sources)),
        copies=sorted(copies),
        unknown=list(doubts(db, here, nodes, [link for link in links if link["id"] not in taken]))
        + _cut(up_cut, down_cut, _circular(article, sources, copies)),
        coverage=coverage(db),
        paragraphs=[asdict(paragraph) for paragraph in paragraphs_of(db, article)],
    )


def _looked_at(db: Database, article: int) -> dict[str, Any]:
    """What is known of how the article was read and compared; `not_compared` says why it was not."""
    return {
        "reason": reason(db, article),
        "linked": is_linked(db, article),
        "not_compared": not_compared(db, article),
    }


def _not_stored(db: Database, why: str) -> Chain:
    empty = {"nodes": [], "links": [], "origins": [], "copies": []}
    return Chain(status="not_stored", article=None, unknown=[why], coverage=coverage(db), **empty)


def _walk(db: Database, start: int, sql: str) -> tuple[set[int], set[int], bool]:
    """The ids of all links passed and articles met from `start` on; whether the walk was cut short."""
    links, met, edge = set(), {start}, {start}
    while edge and len(met) <= MAX_NODES:
        passed = list(rows(db, sql, [json.dumps(sorted(edge))]))
        links |= {row["id"] for row in passed}
        edge = {row["next"] for row in passed} - met
        met |= edge
    return links, met - {start}, bool(edge)


def _ties(db: Database, article: int, traced: set[int]) -> dict[int, int]:
    """The links, by the page at their other end, to pages that the chain does not reach."""
    tied = rows(db, _TIES, {"article": article})
    return {
        row["next"]: row["id"] for row in tied if row["next"] not in traced or row["relation"] == "sibling"
    }


def nodes_of(db: Database, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The pages of those articles by id, as a chain tells them."""
    found = rows(db, _NODES, [json.dumps(sorted(ids))])
    return {row["id"]: dict(row) | {"phantom": bool(row["phantom"])} for row in found}


def _origins(db: Database, article: int, sources: set[int]) -> set[int]:
    """The sources that have no source themselves."""
    further = {row["child_id"] for row in rows(db, _WITH_SOURCE, [json.dumps(sorted(sources))])}
    return sources - further - {article}


def _in_order(article: int, links: Iterable[dict[str, Any]], pages: set[int]) -> list[int]:
    """The pages as a reader of the texts meets them: step by step back, in the order of each text."""
    sources: dict[int, list[int]] = {}
    for link in sorted(filter(is_taken, links), key=in_text_order):
        sources.setdefault(link["child"], []).append(link["parent"])
    met, edge = {article: None}, [article]
    while edge:
        edge = [p for p in dict.fromkeys(p for at in edge for p in sources.get(at, ())) if p not in met]
        met |= dict.fromkeys(edge)
    return [page for page in met if page in pages]


def _status(here: dict[str, Any], *, taken: bool, tied: bool) -> str:
    if here["article_kind"] == "unreadable":
        return "unreadable"
    return "traced" if taken else "direction_unknown" if tied else "nothing_found"


def _circular(article: int, sources: set[int], copies: set[int]) -> bool:
    return bool(sources & copies) or article in sources


def _cut(up: bool, down: bool, circular: bool) -> list[str]:
    reasons = []
    if up or down:
        way = "sources" if up else "copies"
        reasons.append(f"the walk along the {way} stopped after {MAX_NODES:,} pages: there are more")
    if circular:
        reasons.append("some of these pages are linked in a circle: which was first is not known")
    return reasons
