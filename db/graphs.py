"""Links and flows as graphs that other programs read: GraphML (Gephi, igraph), through networkx."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

from db.screen import printable

Row = Mapping[str, Any]

# What of a link becomes an attribute of its edge.
EDGE = (
    "relation", "confidence", "p_related", "p_direction", "p_direct", "containment", "shared_words",
    "status", "decided_by", "credited",
)  # fmt: skip


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
        keys = ("relations", "credited", "no_credit", "first", "last")
        told = {"weight": flow["pages"]} | {key: flow[key] for key in keys}
        graph.add_edge(*map(_clean, ends), **_plain(told))
    return graph


def to_graphml(graph: Any) -> bytes:
    """The graph as GraphML, UTF-8."""
    import networkx

    file = io.BytesIO()
    networkx.write_graphml(graph, file)
    return file.getvalue()


def _plain(told: Row) -> dict[str, Any]:
    """Values GraphML can hold: no nulls, and no characters that XML refuses."""
    return {key: _clean(value) for key, value in told.items() if value is not None}


def _clean(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value
