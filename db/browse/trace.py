"""`/-/trace`: the chain behind an address or a pasted text, drawn, in words, and as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from db.browse import said
from db.browse.answer import Answer, Ask, as_json, page
from db.browse.chart import Chart, Near, chart, near
from db.browse.context import Quote, Said, Shared, people, quotes, shared
from db.browse.judging import may_write
from db.browse.licensed import licences_of
from db.browse.remembered import remembered
from db.browse.timeline import Timeline, timeline
from db.chain import Chain, chain, nodes_of
from db.coverage import counted, coverage
from db.errors import BadCatalogue, BadUrl
from db.told import in_text_order, is_taken, listed_links
from db.values import rows

# What a pasted text has not.
_UNTOLD = dict.fromkeys(("published_from", "published_to", "published_basis"))
MAX_TEXT = 200_000  # characters of a pasted text
TOLD = 30  # links told with quotes and passages; the timeline has the others

_FAMILIES = """
SELECT domain, family FROM outlets WHERE family IS NOT NULL AND domain IN (SELECT value FROM json_each(?))
"""
_REJECTED = """
SELECT id FROM links WHERE child_id = ? AND status = 'rejected' AND decided_by = 'human' ORDER BY id LIMIT 10
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link, with all that a reader needs to judge it."""

    link: Mapping[str, Any]
    child: Mapping[str, Any]
    parent: Mapping[str, Any]
    sure: str
    relation: str
    figures: str
    quotes: Sequence[Quote]
    passages: Sequence[Shared]
    people: Sequence[Said]
    taken: bool


def trace(db: Database, ask: Ask) -> Answer:
    """The page of an address (`?url=`) or of a pasted text (sent as `text`); without either, the form."""
    with counted(remembered(db, "coverage", coverage)):
        return _trace(db, ask)


def _trace(db: Database, ask: Ask) -> Answer:
    if ask.post is not None and "text" in ask.post:
        return _of_text(db, ask, ask.post["text"].strip())
    url = ask.arg("url", 20_001)
    if not url:
        return _form(ask)
    try:
        found = chain(db, url, licences=licences_of(db, ask.tools.licences))
    except BadUrl as error:
        return _form(ask, url=url, problem=str(error), status=400)
    except BadCatalogue as error:
        return _form(ask, url=url, problem=str(error), status=500)
    return _told(db, ask, found, url)


def _form(ask: Ask, *, url: str = "", text: str = "", problem: str = "", status: int = 200) -> Answer:
    if ask.form == "json":
        return as_json({"error": problem or "give ?url="}, 400)
    return page(
        ask,
        "trace.html",
        status=status,
        url=url[:300],
        text=text,
        problem=problem,
        told=None,
        may_write=False,
    )


def _of_text(db: Database, ask: Ask, text: str) -> Answer:
    if ask.tools.trace_text is None:
        problem = (
            "A text is looked up by `newstrace serve` only; on the command line: newstrace trace - --text"
        )
        return _form(ask, problem=problem, status=501)
    if not text or len(text) > MAX_TEXT:
        problem = f"The text has more than {MAX_TEXT:,} characters." if text else "The box is empty."
        return _form(ask, problem=problem, status=400)
    return _told(db, ask, ask.tools.trace_text(db, text), "", text)


def _told(db: Database, ask: Ask, found: Chain, url: str, text: str = "") -> Answer:
    if ask.form == "json":
        return as_json(found.as_dict())
    return page(
        ask, "trace.html", url=url, text=text, problem="", told=Told(db, found, url), may_write=may_write(ask)
    )


class Told:
    """A chain as the template tells it."""

    def __init__(self, db: Database, found: Chain, url: str) -> None:
        here = found.article and _UNTOLD | found.article
        found = replace(found, article=here, nodes=[_UNTOLD | node for node in found.nodes])
        self.chain = found
        self.status = said.status(found, url)
        self.coverage = said.coverage(found.coverage)
        self.errands = said.errands(found, url)
        self.article = here
        self.near: Near | None = None
        self.chart: Chart | None = None
        if found.article is None:
            return
        self.nodes = {node["id"]: node for node in found.nodes} | {here["id"]: here}
        self.near = near(found)
        drawn = self.near.links or self.near.ties
        self.chart = chart(self.near, found.origins) if drawn else None
        self.columns = _columns(self.near)
        links = _in_order(self.near, found)
        self.steps = _steps(db, links[:TOLD], self.nodes)
        self.more_links = len(links) - len(self.steps)
        self.rejected = _rejected(db, here["id"])
        if found.status == "nothing_found" and self.rejected:
            self.status = replace(self.status, long=said.all_rejected(len(self.rejected)))
        self.paragraph = said.paragraph(found, datetime.now(UTC))
        self.shares = shares(found.paragraphs, self.nodes)
        self.timeline = self._timeline(db)

    def _timeline(self, db: Database) -> Timeline:
        """The article, what it stands on and what took from it."""
        pages = set(self.near.column) | set(self.chain.copies)
        pages |= {link[end] for link in self.near.ties for end in ("child", "parent")}
        nodes = [self.nodes[p] for p in pages if p in self.nodes and self.nodes[p]["url"]]
        domains = json.dumps(sorted({node["domain"] for node in nodes if node["domain"]}))
        return timeline(nodes, {row["domain"]: row["family"] for row in rows(db, _FAMILIES, [domains])})


def _columns(part: Near) -> list[tuple[int, list[Mapping[str, Any]]]]:
    """The pages shown by their step, for readers who see no picture: the furthest back first."""
    steps: dict[int, list[Mapping[str, Any]]] = {}
    for number, column in part.column.items():
        steps.setdefault(column, []).append(part.nodes[number])
    return sorted(steps.items())


def _in_order(part: Near, found: Chain) -> list[Mapping[str, Any]]:
    """The links to tell: from the article back to the furthest, its ties, then its copies."""
    column = part.column
    links = sorted(part.links, key=in_text_order)
    links.sort(key=lambda link: (column[link["child"]] > 0, -column[link["child"]]))
    tied = [link for link in found.links if not is_taken(link)]
    drawn = {link["id"] for link in links}
    others = [link for link in found.links if is_taken(link) and link["id"] not in drawn]
    back = [link for link in links if column[link["child"]] <= 0]
    copies = [link for link in links if column[link["child"]] > 0]
    return [*back, *tied, *copies, *others]


def _steps(db: Database, links: Sequence[Mapping[str, Any]], nodes: Mapping[int, Any]) -> list[Step]:
    words = quotes(db, [link["id"] for link in links])
    heard = people(db, links)
    texts = shared(db, [link for link in links if link["id"] > 0])
    return [
        Step(
            link=link,
            child=nodes[link["child"]],
            parent=nodes[link["parent"]],
            sure=said.sure(link),
            relation=said.relation(link, nodes),
            figures=said.figures(link, nodes),
            quotes=[_named(quote, link, nodes) for quote in words.get(link["id"], ()) if _tells(quote, link)],
            passages=texts.get(link["id"], ()),
            people=heard.get(link["id"], ()),
            taken=is_taken(link),
        )
        for link in links
    ]


def _rejected(db: Database, article: int) -> list[Step]:
    """The sources that people said the article was not taken from."""
    links = list(listed_links(db, [row["id"] for row in rows(db, _REJECTED, [article])]))
    ends = {link[end] for link in links for end in ("child", "parent")}
    return _steps(db, links, {id_: _UNTOLD | node for id_, node in nodes_of(db, ends).items()})


def _tells(quote: Quote, link: Mapping[str, Any]) -> bool:
    """Whether a quote is worth showing: of pages neither of which is the source only words are."""
    return quote.literal or is_taken(link)


def _named(quote: Quote, link: Mapping[str, Any], nodes: Mapping[int, Any]) -> Quote:
    return quote if quote.literal else replace(quote, words=said.named(quote.words, link, nodes))


def shares(paragraphs: Iterable[Mapping[str, Any]], nodes: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Whose words an article's text is made of, the largest part first; each with its share, 0..1."""
    counted: dict[tuple[int | None, str], int] = {}
    for paragraph in paragraphs:
        for part in paragraph["parts"]:
            key = (part["source"], part["basis"])
            counted[key] = counted.get(key, 0) + part["words"]
    total = sum(counted.values())
    return [
        {
            "source": source,
            "name": said.name(nodes[source]) if source in nodes else "its own words",
            "basis": basis,
            "words": words,
            "share": words / total,
        }
        for (source, basis), words in sorted(counted.items(), key=lambda item: -item[1])
    ]
