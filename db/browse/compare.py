"""`/-/compare?a=&b=`: two stored texts side by side, the passages that stand in both tied to each other."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from db.browse import said
from db.browse.answer import Answer, Ask, as_json, page
from db.chain import STATED_TIME
from db.errors import BadUrl, UnknownArticle
from db.find import find_article
from db.provenance import OWN, paragraphs_of
from db.told import is_taken, listed_links
from db.values import one, rows

COLOURS = 6  # sources told apart in a compilation; further ones share the last
_WORD = re.compile(r"\w+")

_LINK = """
SELECT id, child_id, child_version, source_version FROM links
 WHERE (child_id = :a AND source_id = :b) OR (child_id = :b AND source_id = :a)
 ORDER BY (status = 'accepted') DESC, p_direct DESC LIMIT 1
"""
_NEWEST = "SELECT id, text, title, fetched, language FROM newest_versions WHERE article_id = ?"
_VERSION = "SELECT id, text, title, fetched, language FROM versions WHERE id = ?"
_PAGE = f"""
SELECT a.id, a.url, o.domain, o.name AS outlet, o.kind, a.title, a.published, a.phantom,
       t.basis AS published_basis, t.earliest_utc AS published_from, t.latest_utc AS published_to, a.outlet_id
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
  {STATED_TIME}
 WHERE a.id = ?
"""  # noqa: S608
# The passages of two versions, the first one's places first.
_PASSAGES = """
SELECT iif(m.version_a = :a, p.a_start, p.b_start) AS a_start,
       iif(m.version_a = :a, p.a_end, p.b_end) AS a_end,
       iif(m.version_a = :a, p.b_start, p.a_start) AS b_start,
       iif(m.version_a = :a, p.b_end, p.a_end) AS b_end, p.words
  FROM matches m JOIN passages p ON p.match_id = m.id
 WHERE m.version_a = min(:a, :b) AND m.version_b = max(:a, :b)
 ORDER BY 1, 3
"""
_MATCHED = "SELECT 1 FROM matches WHERE version_a = min(:a, :b) AND version_b = max(:a, :b)"
_BLOCKS = "SELECT text, pages FROM blocks WHERE outlet_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of a text that stands in the other one too, or only here."""

    text: str
    start: int
    passage: int | None  # number of the passage; None: only here
    part: int  # of the passage: which of its paragraphs this is

    @property
    def only(self) -> bool:
        """Whether these are words, and stand in no passage."""
        return self.passage is None and bool(_WORD.search(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph: its pieces, whose words it mostly is, and whether it is a house block."""

    pieces: Sequence[Piece]
    source: str  # "" when its own or not known
    colour: int | None
    block: str  # "" or whose house block it is, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two pages."""

    node: Mapping[str, Any]
    version: Mapping[str, Any]
    lines: Sequence[Line]
    words: int
    shared: int

    @property
    def only(self) -> int:
        """Words that stand in no shared passage."""
        return self.words - self.shared


def compare(db: Database, ask: Ask) -> Answer:
    """The page of two addresses (`?a=`, `?b=`); without them, a form."""
    a, b = ask.arg("a"), ask.arg("b")
    if not a or not b:
        return _form(ask, a, b, "" if not (a or b) else "Give two addresses.")
    try:
        one_, two = find_article(db, a)["id"], find_article(db, b)["id"]
    except (BadUrl, UnknownArticle) as error:
        return _form(ask, a, b, str(error), 400 if isinstance(error, BadUrl) else 404)
    if one_ == two:
        return _form(ask, a, b, "Both addresses mean the same stored page.")
    found = _Pair(db, ask, one_, two)
    if ask.form == "json":
        return as_json(found.as_dict())
    return page(ask, "compare.html", a=a, b=b, problem="", pair=found)


def _form(ask: Ask, a: str, b: str, problem: str, status: int = 200) -> Answer:
    if ask.form == "json":
        return as_json({"error": problem or "give ?a= and ?b="}, max(status, 400))
    return page(ask, "compare.html", status=status, a=a[:300], b=b[:300], problem=problem, pair=None)


class _Pair:
    """Two articles, the versions that were compared, and what they share."""

    def __init__(self, db: Database, ask: Ask, a: int, b: int) -> None:
        nodes = {id_: dict(one(db, _PAGE, [id_])) for id_ in (a, b)}
        row = one(db, _LINK, {"a": a, "b": b})
        self.link = next(listed_links(db, [row["id"]])) if row else None
        versions = _versions(db, a, b, row)
        self.readable = all(versions)
        empty = {"id": 0, "text": "", "title": "", "fetched": "", "language": None}
        one_, two = (dict(version) if version else empty for version in versions)
        self.compared, self.passages = _passages(db, ask, one_, two)
        blocks = [block for id_ in (a, b) for block in _blocks(db, nodes[id_])[1]]
        self.passages += _house_lines(one_["text"], two["text"], self.passages, blocks)
        self.legend: list[tuple[int, str]] = []
        newest = one(db, _NEWEST, [a])
        owners = _owners(db, a) if newest and newest["id"] == one_["id"] else []
        self.a = self._side(db, (nodes[a], nodes[b]), one_, [("a", "b"), owners])
        self.b = self._side(db, (nodes[b], nodes[a]), two, [("b", "a"), []])
        self.nodes = nodes
        self.taken = bool(self.link and is_taken(self.link))
        self.sure = said.sure(self.link) if self.link else ""
        self.relation = said.relation(self.link, nodes) if self.link else ""
        self.turned = self.taken and self.link["child"] == b  # the left one is the source

    def _side(
        self, db: Database, nodes: Sequence[Mapping[str, Any]], version: Mapping[str, Any], how: list
    ) -> Side:
        (here, _), owners = how
        spans = _apart([(p[f"{here}_start"], p[f"{here}_end"], n) for n, p in enumerate(self.passages)])
        blocks = [_blocks(db, node) for node in nodes]
        lines, start = [], 0
        for text in version["text"].split("\n"):
            end = start + len(text)
            if text.strip():
                name = next((name for s, e, name in owners if s == start), "")
                lines.append(Line(
                    pieces=_pieces(version["text"], start, end, spans),
                    source=name,
                    colour=self._colour(name),
                    block=_block(text, blocks),
                ))  # fmt: skip
            start = end + 1
        shared = sum(len(_WORD.findall(version["text"][s:e])) for s, e, _ in spans)
        words = len(_WORD.findall(version["text"]))
        return Side(node=nodes[0], version=version, lines=lines, words=words, shared=shared)

    def goes_to(self, piece: Piece, there: Side) -> int | None:
        """Where a piece of a passage stands on the other side; None when it does not stand there."""
        places = [p for line in there.lines for p in line.pieces if p.passage == piece.passage]
        nearest = min(places, key=lambda p: abs(p.part - piece.part), default=None)
        return nearest and nearest.start

    def _colour(self, name: str) -> int | None:
        if not name:
            return None
        known = {n: c for c, n in self.legend}
        if name not in known:
            known[name] = min(len(known), COLOURS - 1)
            self.legend.append((known[name], name))
        return known[name]

    def as_dict(self) -> dict[str, Any]:
        """The two pages, what they share and what only one of them has, for JSON."""
        sides = {name: _side_dict(side) for name, side in (("a", self.a), ("b", self.b))}
        return sides | {"compared": self.compared, "passages": self.passages, "link": self.link}


def _side_dict(side: Side) -> dict[str, Any]:
    keys = ("url", "domain", "outlet", "title", "published", "published_from", "published_to")
    told = {key: side.node[key] for key in keys} | {"fetched": side.version["fetched"]}
    told |= {"words": side.words, "shared": side.shared, "only_here": side.only, "text": side.version["text"]}
    return told | {"paragraphs": [asdict(line) for line in side.lines]}


def _versions(db: Database, a: int, b: int, link: Mapping[str, Any] | None) -> tuple[Any, Any]:
    """The newest versions, or those the link was judged on when only they were compared."""
    newest = one(db, _NEWEST, [a]), one(db, _NEWEST, [b])
    if not all(newest) or link is None or not link["child_version"] or not link["source_version"]:
        return newest
    if one(db, _MATCHED, {"a": newest[0]["id"], "b": newest[1]["id"]}):
        return newest
    judged = [link["child_version"], link["source_version"]]
    ids = judged if link["child_id"] == a else judged[::-1]
    return one(db, _VERSION, [ids[0]]), one(db, _VERSION, [ids[1]])


def _passages(
    db: Database, ask: Ask, a: Mapping[str, Any], b: Mapping[str, Any]
) -> tuple[str, list[dict[str, int]]]:
    """How the two were compared (stored, now, not) and the passages that stand in both."""
    ids = {"a": a["id"], "b": b["id"]}
    if one(db, _MATCHED, ids):
        return "stored", [dict(row) for row in rows(db, _PASSAGES, ids)]
    if ask.tools.compare is None or not a["text"] or not b["text"]:
        return "not", []
    found = ask.tools.compare(a["text"], b["text"])
    passages = [passage._asdict() for passage in found.passages] if found else []
    return "now", sorted(passages, key=lambda p: (p["a_start"], p["b_start"]))


def _apart(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The spans in order, where two overlap the later one cut.

    >>> _apart([(5, 9, 1), (0, 6, 20)])
    [(0, 6, 20), (6, 9, 1)]
    """
    found, end = [], 0
    for start, stop, other in sorted(spans):
        if stop > max(start, end):
            found.append((max(start, end), stop, other))
            end = stop
    return found


def _house_lines(
    a: str, b: str, passages: Sequence[Mapping[str, int]], blocks: Collection[str]
) -> list[dict[str, int]]:
    """House blocks that stand in both texts: they are left out when texts are compared, and are there."""
    taken = {side: [(p[f"{side}_start"], p[f"{side}_end"]) for p in passages] for side in ("a", "b")}
    there = {}
    for start, end, words in _free_lines(b, taken["b"]):
        there.setdefault(words, (start, end))
    found = []
    for start, end, words in _free_lines(a, taken["a"]):
        if words in blocks and words in there:
            b_start, b_end = there.pop(words)
            told = {"a_start": start, "a_end": end, "b_start": b_start, "b_end": b_end}
            found.append(told | {"words": len(words.split())})
    return found


def _free_lines(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """(start, end, folded words) of each paragraph that no span touches."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if (words := _folded(line)) and not any(s < end and start < e for s, e in spans):
            yield start, end, words
        start = end + 1


def _pieces(text: str, start: int, end: int, spans: Sequence[tuple[int, int, int]]) -> list[Piece]:
    """One paragraph cut where a shared passage begins or ends."""
    pieces, at = [], start
    for first, last, passage in spans:
        begin, stop = max(first, start), min(last, end)
        if begin >= stop:
            continue
        if begin > at:
            pieces.append(Piece(text=text[at:begin], start=at, passage=None, part=0))
        part = text.count("\n", first, begin)
        pieces.append(Piece(text=text[begin:stop], start=begin, passage=passage, part=part))
        at = stop
    if at < end:
        pieces.append(Piece(text=text[at:end], start=at, passage=None, part=0))
    return pieces


def _owners(db: Database, article: int) -> list[tuple[int, int, str]]:
    """(start, end, name of the source) of each paragraph mostly of one source, where there are several."""
    found = [(p.start, p.end, p.parts[0].source) for p in paragraphs_of(db, article)]
    if len({source for _, _, source in found if source is not OWN}) < 2:
        return []
    names = {source: said.name(dict(one(db, _PAGE, [source]))) for _, _, source in found if source is not OWN}
    return [(start, end, names[source]) for start, end, source in found if source is not OWN]


def _blocks(db: Database, node: Mapping[str, Any]) -> tuple[str, dict[str, int]]:
    found = {_folded(row["text"]): row["pages"] for row in rows(db, _BLOCKS, [node["outlet_id"]])}
    return said.name(node), found


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _block(text: str, blocks: Collection[tuple[str, dict[str, int]]]) -> str:
    """Whose house block a paragraph is, in words; "" for none."""
    words = _folded(text)
    for name, known in blocks:
        if words and words in known:
            return f"house block of {name}: stands on {known[words]:,} of its pages"
    return ""
