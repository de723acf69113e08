"""A chain drawn: as a tree for the terminal, as a Mermaid diagram, as a Graphviz graph.

Pure: a `Chain` comes in, text goes out.  Every drawing shows the nearest pages and counts the rest.
"""

import textwrap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.chain import Chain
from db.doubts import undirected
from db.screen import KINDS, PLACES, in_one_line, minute, printable, relation_words, role_words, when
from db.told import confidence, in_text_order, is_taken
from db.urls import is_web

WIDTH = 100  # characters of a line; an address is never broken
MAX_SOURCES = 40
MAX_COPIES = 20
MAX_TIES = 20  # pages with the same text in no known direction
MAX_STEPS = 10  # away from the page
MAX_QUOTES = 8  # of one link
MAX_TITLE = 160  # characters
MAX_QUOTE = 180

Node = Mapping[str, Any]
Link = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is drawn of a chain: the pages near the article, and how many are left out."""

    article: int
    nodes: Mapping[int, Node]
    sources: Mapping[int, Sequence[Link]]  # page -> the links to its sources
    takers: Mapping[int, Sequence[Link]]  # page -> the links of those who took from it
    ties: Sequence[Link]  # of the article, in no known direction
    above: Collection[int]  # the sources drawn
    below: Collection[int]  # the copies drawn
    more_above: int
    more_below: int


def tree(chain: Chain) -> str:
    """The chain as lines for a terminal: one line of outlets, the status, the tree, what is not known."""
    if chain.article is None:
        return "\n".join(_filled(_status(chain, None)) + _not_known(chain) + _coverage(chain))
    part = _part(chain)
    lines = [_first_line(part), *_filled(_status(chain, part)), "", *_Tree(part).lines()]
    return "\n".join(lines + _not_known(chain) + _coverage(chain))


def mermaid(chain: Chain) -> str:
    """The chain as a Mermaid flowchart, sources on the left, pages not seen dashed."""
    lines = ["flowchart LR"]
    if chain.article is None:
        return "\n".join([*lines, '    none["Not stored"]'])
    part = _part(chain)
    drawn, left_out = _drawn(part)
    for node in drawn:
        label = "<br/>".join(mermaid_text(line) for line in _label(node))
        lines.append(f'    n{_id(node["id"])}["{label}"]')
    lines += [f'    {name}["{words}"]' for name, words in left_out]
    for link in _edges(part, drawn):
        ends = f'n{_id(link["parent"])} {{}}|"{_edge_words(link)}"| n{_id(link["child"])}'
        lines.append("    " + ends.format("-->" if is_taken(link) else "-.-"))
    lines += ["    classDef unseen stroke-dasharray:5 5", "    classDef here stroke-width:3px"]
    lines += [f"    class n{_id(node['id'])} unseen" for node in drawn if node["phantom"]]
    return "\n".join([*lines, f"    class n{_id(part.article)} here"])


def dot(chain: Chain) -> str:
    """The chain as a Graphviz graph, sources on the left, pages not seen dashed."""
    lines = ["digraph newstrace {", "    rankdir=LR;", '    node [shape=box, fontname="sans-serif"];']
    if chain.article is None:
        return "\n".join([*lines, '    none [label="Not stored"];', "}"])
    part = _part(chain)
    drawn, left_out = _drawn(part)
    for node in drawn:
        label = "\\n".join(dot_text(line) for line in _label(node))
        style = ", style=dashed" if node["phantom"] else ", penwidth=2" if node["id"] == part.article else ""
        url = printable(node["url"] or "")
        link = f', URL="{dot_text(url)}"' if is_web(url) else ""
        lines.append(f'    n{_id(node["id"])} [label="{label}"{link}{style}];')
    lines += [f'    {name} [label="{words}", shape=plaintext];' for name, words in left_out]
    for edge in _edges(part, drawn):
        style = "" if is_taken(edge) else ", dir=none, style=dotted"
        ends = f"n{_id(edge['parent'])} -> n{_id(edge['child'])}"
        lines.append(f'    {ends} [label="{_edge_words(edge)}"{style}];')
    return "\n".join([*lines, "}"])


def _part(chain: Chain) -> _Part:
    article = chain.article["id"]
    taken = [link for link in chain.links if is_taken(link)]
    nodes = {node["id"]: node for node in chain.nodes} | {article: chain.article}
    sources = _grouped(taken, "child", in_text_order)
    takers = _grouped(taken, "parent", lambda link: (nodes[link["child"]]["published"] or "~",))
    above = _nearest(article, lambda page: (link["parent"] for link in sources.get(page, ())), MAX_SOURCES)
    below = _nearest(article, lambda page: (link["child"] for link in takers.get(page, ())), MAX_COPIES)
    return _Part(
        article=article,
        nodes=nodes,
        sources=sources,
        takers=takers,
        ties=[link for link in chain.links if not is_taken(link)],
        above=above,
        below=below,
        more_above=_reached(article, sources, "parent") - len(above),
        more_below=_reached(article, takers, "child") - len(below),
    )


def _grouped(
    links: Iterable[Link], end: str, order: Callable[[Link], tuple[Any, ...]]
) -> dict[int, list[Link]]:
    """The links by the page at that end, in that order."""
    found: dict[int, list[Link]] = {}
    for link in sorted(links, key=lambda link: (*order(link), link["id"])):
        found.setdefault(link[end], []).append(link)
    return found


def _nearest(start: int, near: Callable[[int], Iterable[int]], limit: int) -> dict[int, None]:
    """At most `limit` pages reached from `start`, the nearest first, no more than MAX_STEPS away."""
    found: dict[int, None] = {}
    edge = [start]
    for _ in range(MAX_STEPS):
        edge = list(dict.fromkeys(p for page in edge for p in near(page) if p != start and p not in found))
        found |= dict.fromkeys(edge)
    return dict.fromkeys(list(found)[:limit])


def _reached(start: int, links: Mapping[int, Sequence[Link]], end: str) -> int:
    """How many pages the links reach from `start`, itself not counted."""
    met, waiting = {start}, [start]
    while waiting:
        fresh = {link[end] for link in links.get(waiting.pop(), ())} - met
        met |= fresh
        waiting += fresh
    return len(met) - 1


def _first_line(part: _Part) -> str:
    pages = {part.article, *part.above}
    sources = {
        page: [link["parent"] for link in part.sources.get(page, ()) if link["parent"] in pages]
        for page in pages
    }
    outlets = {page: _outlet(part.nodes[page]) for page in pages}
    return in_one_line(part.article, sources, outlets, most=6)[0]


def _outlet(node: Node) -> str:
    return printable(node["outlet"] or "", 60) or "(not known)"


def _status(chain: Chain, part: _Part | None) -> str:
    """The status in plain words, and what to do next where there is something to do."""
    if chain.status == "not_stored":
        can_be = any("newstrace fetch" in reason for reason in chain.unknown)
        return "Not stored." + (
            " The same command with --fetch asks the site for the page." if can_be else ""
        )
    if chain.status == "unreadable":
        return "Unreadable: the page was fetched, and holds no article text that could be read."
    if chain.status == "nothing_found" and (why := chain.article.get("not_compared")):
        return f"Not looked: {why}."
    if chain.article["url"] is None:
        return _PASTED[chain.status]
    if chain.status == "nothing_found" and not chain.article.get("linked", True):
        return (
            "Not looked yet: linking has not compared this page with the others. "
            "Run `newstrace link` and trace again."
        )
    if chain.status == "nothing_found":
        return (
            "Nothing found: no article here shares its text, and no credit on it led to a source. "
            "That does not make it the first. If you suspect a source, `newstrace fetch` that page "
            "and trace again."
        )
    if chain.status == "direction_unknown":
        return (
            "Direction not known: other pages carry this text, and nothing says who took it from whom. "
            "`newstrace judge CHILD SOURCE accept` keeps what you found out yourself."
        )
    return _traced(chain, part)


_PASTED: Mapping[str, str] = {
    "nothing_found": "Nothing found: no article here shares this text.",
    "direction_unknown": "Found: pages here carry this text. Which was first a pasted text cannot tell.",
}


def _traced(chain: Chain, part: _Part) -> str:
    copies = f"{_pages(len(chain.copies))} took from it" if chain.copies else "no page here took from it"
    if not part.above:
        return f"Traced onwards: no source of this page was found; {copies}."
    known = [*part.above, *(page for page in chain.origins if page not in part.above)]
    furthest = [part.nodes[page] for page in known if page in chain.origins][:6]
    names = [_outlet(node) + (" (page not seen)" if node["phantom"] else "") for node in furthest]
    more = f" and {len(chain.origins) - len(names)} more" if len(chain.origins) > len(names) else ""
    told = f" Furthest back seen here: {', '.join(names)}{more}." if names else ""
    return f"Traced: taken from {_pages(len(part.sources[part.article]))}; {copies}.{told}"


def _pages(number: int) -> str:
    return _many(number, "page")


def _many(number: int | None, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number or 0:,} {what}s"


@dataclass(slots=True)
class _Tree:
    """Writes the pages of a part as an indented tree, each page once."""

    part: _Part
    written: set[int] = field(default_factory=set)

    def lines(self) -> list[str]:
        """The article with its sources under it, then its copies, then its ties."""
        part = self.part
        here = part.nodes[part.article]
        self.written.add(part.article)
        lines = [*_wrapped(_title(here), "", "    "), *_facts(here, "    ")]
        lines += self._branches(part.article, part.sources, "parent", "")
        lines += _left_out(part.more_above, "source")
        if part.below:
            lines += ["", f"Taken from this page by {_pages(len(part.below) + part.more_below)}:"]
            lines += self._branches(part.article, part.takers, "child", "")
            lines += _left_out(part.more_below, "copy")
        return lines + self._ties()

    def _branches(self, page: int, links: Mapping[int, Sequence[Link]], end: str, prefix: str) -> list[str]:
        drawn = {self.part.article, *(self.part.above if end == "parent" else self.part.below)}
        shown = [link for link in links.get(page, ()) if link[end] in drawn]
        lines = []
        for link in shown:
            last = link is shown[-1]
            stem = prefix + ("└─ " if last else "├─ ")
            lines += self._branch(link, links, end, (stem, prefix + ("   " if last else "│  ")))
        return lines

    def _branch(
        self, link: Link, links: Mapping[int, Sequence[Link]], end: str, prefixes: tuple[str, str]
    ) -> list[str]:
        stem, rest = prefixes
        node = self.part.nodes[link[end]]
        way = "taken from " if end == "parent" else "taken by "
        again = node["id"] in self.written
        where = " (shown above)" if again else ""
        lines = _wrapped(f"{way}{_title(node)}{where}", stem, rest + "    ")
        lines += [] if again else _facts(node, rest + "    ")
        lines += _why(link, rest + "    ", seen=not self.part.nodes[link["parent"]]["phantom"])
        self.written.add(node["id"])
        return lines if again else lines + self._branches(node["id"], links, end, rest)

    def _ties(self) -> list[str]:
        ties = self.part.ties
        if not ties:
            return []
        lines = ["", "The same text, and not known to be taken one from the other:"]
        for link in ties[:MAX_TIES]:
            other = link["parent"] if link["child"] == self.part.article else link["child"]
            node = self.part.nodes[other]
            stem, rest = ("└─ ", "       ") if link is ties[:MAX_TIES][-1] else ("├─ ", "│      ")
            lines += [*_wrapped(_title(node), stem, rest), *_facts(node, rest), *_why(link, rest, seen=True)]
        return lines + _left_out(len(ties) - MAX_TIES, "page")


def _title(node: Node) -> str:
    title = printable(node["title"] or "", MAX_TITLE)
    return f"{_outlet(node)}: {title}" if title else _outlet(node)


def _facts(node: Node, prefix: str) -> list[str]:
    """The lines with a page's time and address."""
    address = printable(node["url"] or "")
    return [f"{prefix}{when(node)}", *([f"{prefix}{address}"] if address else [])]


def _why(link: Link, prefix: str, *, seen: bool) -> list[str]:
    """The lines with what a link says, how sure it is, and the words that stand behind it."""
    sure = link["confidence"] if is_taken(link) else confidence(link["p_related"])
    by = ", by a person's word" if link["decided_by"] == "human" else ""
    words = f"{sure}{by}: {_relation(link, seen=seen)}"
    lines = _wrapped(words + _figures(link), prefix, prefix + "  ")
    tell = _reason if is_taken(link) else _undirected_reason
    reasons = [told for told in dict.fromkeys(map(tell, link["evidence"])) if told]
    for told in reasons[:MAX_QUOTES]:
        lines += _wrapped(told, prefix, prefix + "  ")
    if len(reasons) > MAX_QUOTES:
        lines.append(f"{prefix}... and {len(reasons) - MAX_QUOTES} more: --json lists all")
    if link["credited"] == "none_found" and is_taken(link):
        lines.append(f"{prefix}no credit found on the page")
    if is_taken(link) and (words := _LICENSED.get(link.get("licensed", "unknown"))):
        lines.append(f"{prefix}{words}")
    return lines


_LICENSED: Mapping[str, str] = {
    "yes": "licensed, says licences.toml",
    "no": "not licensed, says licences.toml",
}


def _relation(link: Link, *, seen: bool) -> str:
    if is_taken(link) or link["relation"] == "sibling":
        return relation_words(link, seen=seen)
    if link["relation"] == "translates":
        return "the two read as one text in two languages; who translated whom is not known"
    return "the two share text; who took it from whom is not known"


def _figures(link: Link) -> str:
    """The shared words and the longest passage, where the texts were compared."""
    if not link["shared_words"]:
        return ""
    longest = max((passage["words"] for passage in link.get("passages", ())), default=0)
    run = f", the longest passage {longest:,}" if longest else ""
    return f"; {link['shared_words']:,} words in common{run}"


def _reason(reason: Mapping[str, Any]) -> str:
    """One piece of evidence in a line; "" for what the figures say already."""
    kind, weight = reason["kind"], reason["weight"]
    quote = printable(reason["quote"], MAX_QUOTE)
    against = "against: " if weight < 0 else ""
    if kind == "role":
        return against + role_words(quote, speaks_for=weight > 0)
    if kind == "time":
        return f"{against}by the clock: {quote}"
    if not quote:
        return ""
    return f"{against}{_quoted(kind, quote, reason['region'])}"


def _undirected_reason(reason: Mapping[str, Any]) -> str:
    """One piece of evidence for pages of which neither is known to be the source: words only."""
    quote = printable(reason["quote"], MAX_QUOTE)
    if reason["kind"] in ("role", "time") or not quote:
        return ""
    return _quoted(reason["kind"], quote, reason["region"])


def _quoted(kind: str, quote: str, region: str) -> str:
    """The words of a page, what they are, and where they stand."""
    place = "" if kind in ("block", "body_link") else PLACES.get(region, printable(region, 40))
    told = KINDS.get(kind, kind.replace("_", " "))
    return f"“{quote}” ({told if place in ('', told) else f'{told}, {place}'})"


def _left_out(number: int, what: str) -> list[str]:
    if number <= 0:
        return []
    noun = what if number == 1 else "copies" if what == "copy" else f"{what}s"
    return [f"... and {number:,} more {noun}: --json lists all"]


def _not_known(chain: Chain) -> list[str]:
    """The reasons why something is not known; what the tree shows already is left out."""
    nodes = {node["id"]: node for node in chain.nodes}
    shown = {undirected(link, nodes) for link in chain.links if not is_taken(link)}
    if chain.article and chain.status == "nothing_found":  # the status says it
        shown.add(chain.article.get("not_compared", ""))
    reasons = [reason for reason in chain.unknown if reason not in shown]
    if not reasons:
        return []
    lines = ["", "Not known:"] if chain.article else [""]
    for reason in reasons[:MAX_TIES]:
        lines += _wrapped(printable(reason), "- ", "  ")
    return lines + _left_out(len(reasons) - MAX_TIES, "reason")


def _coverage(chain: Chain) -> list[str]:
    """What was looked at, and what was not."""
    known = chain.coverage
    held = f"{_many(known.get('articles'), 'article')} of {_many(known.get('outlets'), 'outlet')}"
    dates = [_dates("published", known), _dates("first_seen", known)]
    held = ", ".join(filter(None, [held, *dates]))
    lines = ["", *_filled(f"Looked among {held}.")]
    if missed := known.get("not_looked_at"):
        lines += _filled(f"Not looked at: {'; '.join(missed)}.")
    return lines


def _dates(what: str, known: Mapping[str, Any]) -> str:
    """From which day to which; "" when no time is known."""
    start, end = known.get(f"{what}_from"), known.get(f"{what}_to")
    if not start or not end:
        return ""
    days = [minute(start)[:10], minute(end)[:10]]
    return f"{what.replace('_', ' ')} {' to '.join(dict.fromkeys(days))}"


def _filled(words: str) -> list[str]:
    return _wrapped(words, "", "")


def _wrapped(words: str, first: str, rest: str) -> list[str]:
    """Lines of about WIDTH characters; deep branches keep room for forty."""
    return textwrap.wrap(
        words,
        width=max(WIDTH, len(rest) + 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _drawn(part: _Part) -> tuple[list[Node], list[tuple[str, str]]]:
    """The pages of a diagram, and boxes (name, words) that count the ones left out."""
    tied = [end for link in part.ties[:MAX_TIES] for end in (link["child"], link["parent"])]
    pages = dict.fromkeys([part.article, *part.above, *part.below, *tied])
    counted = (
        ("moreSources", part.more_above, "sources"),
        ("moreCopies", part.more_below, "copies"),
        ("moreTies", len(part.ties) - MAX_TIES, "pages with the same text"),
    )
    boxes = [(name, f"... and {number:,} more {what}") for name, number, what in counted if number > 0]
    return [part.nodes[page] for page in pages], boxes


def _edges(part: _Part, drawn: Iterable[Node]) -> Iterator[Link]:
    """The links between the drawn pages, each once."""
    pages = {node["id"] for node in drawn}
    links = {link["id"]: link for found in part.sources.values() for link in found}
    links |= {link["id"]: link for link in part.ties}
    return (link for _, link in sorted(links.items()) if {link["child"], link["parent"]} <= pages)


def _label(node: Node) -> list[str]:
    title = printable(node["title"] or "", 80)
    return [line for line in (_outlet(node), title, when(node)) if line]


def _edge_words(link: Link) -> str:
    if is_taken(link):
        return f"{link['relation']}, {link['confidence']}"
    words = "same text" if link["relation"] == "sibling" else "direction not known"
    return f"{words}, {confidence(link['p_related'])}"


def _id(article: int) -> str:
    """A number as part of a name; the page of a pasted text has a negative one."""
    return str(article).replace("-", "_")


# Mermaid reads entities, comments, directives, markdown and HTML inside a label: all but plain
# letters is written as a number.
_MERMAID_PLAIN = frozenset(" .,:!?'()/+=_-")


def mermaid_text(words: str) -> str:
    """The words as a label of a Mermaid diagram, where nothing of them is read as anything else."""
    return "".join(c if c.isalnum() or c in _MERMAID_PLAIN else f"#{ord(c)};" for c in words)


# Graphviz reads backslash escapes and HTML entities in a quoted label.
_DOT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


def dot_text(words: str) -> str:
    """The words inside a quoted string of a Graphviz graph."""
    return words.translate(_DOT_ESCAPES)
