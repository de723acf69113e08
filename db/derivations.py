"""Links as W3C PROV: pages are entities, outlets agents, and who took text was derived from its source.

What is only named and was never seen is an entity too, and says so.  Written through the `prov`
library, which checks what it writes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from db.screen import printable

NAMESPACE = "urn:newstrace:"

Row = Mapping[str, Any]


def to_prov(links: Iterable[Row], *, pages: Mapping[int, Row] | None = None) -> str:
    """PROV-JSON of told links with the rules behind them; `pages` adds titles and times by article id.

    A sibling link is no derivation between its two pages and is left out.
    """
    from prov.model import PROV, ProvDocument

    document = ProvDocument()
    document.add_namespace("newstrace", NAMESPACE)
    document.add_namespace("prov", PROV.uri)
    judging = document.activity("newstrace:judging")
    agents: dict[str, Any] = {}
    rules: dict[str, None] = {}
    for link in links:
        rules[link["rule_version"]] = None
        ends = [
            _page(document, agents, link, end, (pages or {}).get(link[end], {}))
            for end in ("child", "parent")
        ]
        if link["relation"] == "sibling":
            continue
        told = {
            f"newstrace:{key}": link[key]
            for key in ("relation", "confidence", "status", "decided_by", "credited")
        }
        told |= {f"newstrace:{key}": link[key] for key in ("p_related", "p_direction", "p_direct")}
        quotes = [printable(reason["quote"]) for reason in link["evidence"] if reason["quote"]]
        attributes = [*told.items(), *(("newstrace:quote", quote) for quote in dict.fromkeys(quotes))]
        name = f"newstrace:link-{_number(link['id'])}"
        document.derivation(ends[0], ends[1], activity=judging, identifier=name, other_attributes=attributes)
    judging.add_attributes([("newstrace:rules", version) for version in rules])
    return document.serialize(format="json", ensure_ascii=False)


def _page(document: Any, agents: dict[str, Any], link: Row, end: str, facts: Row) -> Any:
    """The entity of one end of a link, made at its first mention and credited to its outlet."""
    name = f"newstrace:article-{_number(link[end])}"
    known = document.get_record(name)
    if known:
        return known[0]
    url = link[f"{end}_url"]
    told = {"newstrace:seen": url is not None, "newstrace:url": url and printable(url)}
    told |= {"prov:label": printable(facts["title"]) if facts.get("title") else None}
    told |= {"newstrace:sha256": facts.get("sha256")}
    if facts.get("published"):
        told["newstrace:published"] = datetime.fromisoformat(facts["published"])
    entity = document.entity(name, {key: value for key, value in told.items() if value is not None})
    document.wasAttributedTo(entity, _outlet(document, agents, link, end))
    return entity


def _outlet(document: Any, agents: dict[str, Any], link: Row, end: str) -> Any:
    key = link[f"{end}_domain"] or link[f"{end}_name"]
    if key not in agents:
        told = {"prov:type": "prov:Organization", "prov:label": printable(link[f"{end}_name"])}
        told |= {"newstrace:domain": link[f"{end}_domain"]} if link[f"{end}_domain"] else {}
        agents[key] = document.agent(f"newstrace:outlet-{len(agents) + 1}", told)
    return agents[key]


def _number(id_: int) -> str:
    return str(id_).replace("-", "m")
