"""Links and flows as graphs for other programs: GraphML (Gephi, igraph; through networkx), Mermaid, dot."""

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from db.draw import dot_text, mermaid_text
from db.screen import printable
from db.told import confidence, is_taken
from db.urls import is_web

Row = Mapping[str, Any]

# What of a link becomes an attribute of its edge.
EDGE = (
    "relation", "confidence", "p_related", "p_direction", "p_direct", "containment", "shared_words",
    "status", "decided_by", "credited",
)  # fmt: skip

# What of a flow becomes an attribute of its edge, where it is told.
FLOW = (
    "links", "share", "relations", "credited", "no_credit", "median_lag_hours", "first", "last",
    "licensed", "not_licensed",
)  # fmt: skip
MAX_LABEL = 90  # characters of an address


def links_graph(links: Iterable[Row]) -> Any:
    """A directed multigraph of pages, its edges from the source to the page that took the text.

    A page that was named and not seen has `phantom` true and no address; a sibling edge says
    `directed` false.
    """
    import networkx

    graph = networkx.MultiDiGraph()
    for link in links:
        for end, name in (("child", "child_name"), ("parent", "parent_name")):
            url = link[f"{end}_url"]
            told = {"outlet": link[name], "domain": link[f"{end}_domain"], "url": url, "phantom": url is None}
            graph.add_node(f"a{link[end]}", **_plain(told | {"label": link[name]}))
        quotes = [e["quote"] for e in link["evidence"] if e["quote"] and e["kind"] not in ("role", "time")]
        told = {key: link[key] for key in EDGE} | {"quotes": " | ".join(quotes)}
        told["directed"] = link["relation"] != "sibling" and link["p_direction"] > 0.5
        graph.add_edge(f"a{link['parent']}", f"a{link['child']}", key=link["id"], **_plain(told))
    return graph


def flows_graph(flows: Iterable[Row]) -> Any:
    """A directed graph of outlets, its edges from the source to the taker, weighed by pages."""
    import networkx

    graph = networkx.DiGraph()
    for flow in flows:
        ends = []
        for end in ("source", "taken_by"):
            ends.append(flow[f"{end}_domain"] or f"name:{flow[end]}")
            graph.add_node(_clean(ends[-1]), **_plain({"label": flow[end], "domain": flow[f"{end}_domain"]}))
        told = {"weight": flow["pages"]} | {key: flow[key] for key in FLOW if key in flow}
        graph.add_edge(*map(_clean, ends), **_plain(told))
    return graph


def to_graphml(graph: Any) -> bytes:
    """The graph as GraphML, UTF-8."""
    import networkx

    file = io.BytesIO()
    networkx.write_graphml(graph, file)
    return file.getvalue()


def to_mermaid(links: Iterable[Row]) -> str:
    """The links as a Mermaid flowchart: sources left, pages not seen dashed, siblings without arrow."""
    boxes: dict[str, str] = {}
    unseen: dict[str, None] = {}
    arrows = []
    for link in links:
        names = [f"a{str(link[end]).replace('-', '_')}" for end in ("parent", "child")]
        for name, end in zip(names, ("parent", "child"), strict=True):
            label = "<br/>".join(mermaid_text(line) for line in _label(link, end))
            boxes.setdefault(name, f'    {name}["{label}"]')
            if link[f"{end}_url"] is None:
                unseen[name] = None
        arrow = "-->" if is_taken(link) else "-.-"
        arrows.append(f'    {names[0]} {arrow}|"{_sure(link)}"| {names[1]}')
    dashed = [f"    class {name} unseen" for name in unseen]
    style = ["    classDef unseen stroke-dasharray:5 5"] if unseen else []
    return "\n".join(["flowchart LR", *boxes.values(), *arrows, *style, *dashed])


def to_dot(links: Iterable[Row]) -> str:
    """The links as a Graphviz graph: sources left, pages not seen dashed, siblings without arrow."""
    boxes: dict[int, str] = {}
    arrows = []
    for link in links:
        for end in ("parent", "child"):
            boxes.setdefault(link[end], f'    "{link[end]}" [{_dot_box(link, end)}];')
        style = "" if is_taken(link) else ", dir=none, style=dotted"
        arrows.append(f'    "{link["parent"]}" -> "{link["child"]}" [label="{_sure(link)}"{style}];')
    head = ["digraph newstrace {", "    rankdir=LR;", '    node [shape=box, fontname="sans-serif"];']
    return "\n".join([*head, *boxes.values(), *arrows, "}"])


def _dot_box(link: Row, end: str) -> str:
    label = "\\n".join(dot_text(line) for line in _label(link, end))
    url = printable(link[f"{end}_url"] or "")
    address = f', URL="{dot_text(url)}"' if is_web(url) else ""
    return f'label="{label}"{address}' + ("" if url else ", style=dashed")


def _label(link: Row, end: str) -> Iterator[str]:
    yield printable(link["parent_name" if end == "parent" else "child_name"], 60) or "(not known)"
    url = link[f"{end}_url"]
    yield printable(url, MAX_LABEL) if url else "named, page not seen"


def _sure(link: Row) -> str:
    sure = confidence(link["p_direct"] if is_taken(link) else link["p_related"])
    return f"{link['relation']}, {sure}"


def _plain(told: Row) -> dict[str, Any]:
    """Values GraphML can hold: no nulls, and no characters that XML refuses."""
    return {key: _clean(value) for key, value in told.items() if value is not None}


def _clean(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value
