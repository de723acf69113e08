"""What is not known about an article's chain, in plain sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from db.records import CREDIT_KINDS
from db.texts import not_compared
from db.values import one, rows

Node = Mapping[str, Any]

# Credits of the newest text whose outlet nobody could place.
_UNRESOLVED = f"""
SELECT e.name, count(*) AS credits FROM newest_versions v JOIN evidence e ON e.version_id = v.id
  LEFT JOIN outlets o ON o.id = e.outlet_id
 WHERE v.article_id = ? AND e.kind IN ({", ".join("?" * len(CREDIT_KINDS))})
   AND e.domain IS NULL AND (o.id IS NULL OR o.resolved = 0) AND e.name <> ''
 GROUP BY e.name ORDER BY e.name
"""  # noqa: S608
_LOOKED_AT = "SELECT 1 FROM newest_versions v JOIN judged j ON j.version_id = v.id WHERE v.article_id = ?"


def reason(db: Database, article: int) -> str:
    """Why an article's page could not be read, or what it says of itself; "" when nothing is noted."""
    newest = one(db, "SELECT reason FROM newest_versions WHERE article_id = ?", [article])
    return newest["reason"] if newest else ""


def is_linked(db: Database, article: int) -> bool:
    """Whether linking has looked at the article's newest text: "not looked" is not "none"."""
    return one(db, _LOOKED_AT, [article]) is not None


def doubts(
    db: Database, here: Node, nodes: Mapping[int, Node], ties: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Why the chain of the article `here` may not be whole; `ties` are its links without direction."""
    if here["article_kind"] == "unreadable":
        why = reason(db, here["id"]) or "no article text on it"
        yield (
            f"the page could not be read ({why}): save it in a browser and "
            f"`newstrace import PAGE.html --url {here['url']}`"
        )
        return
    if here["article_kind"] == "stub":
        yield "this page is cut by a paywall: only the text before the cut was compared"
    yield from _unresolved(db, here["id"])
    yield from (undirected(link, nodes) for link in ties)
    if why := not_compared(db, here["id"]):
        yield why
    if not is_linked(db, here["id"]):
        yield "linking has not looked at this version yet: run `newstrace link`"


def _unresolved(db: Database, article: int) -> Iterator[str]:
    found = list(rows(db, _UNRESOLVED, [article, *CREDIT_KINDS]))
    if found:
        count = sum(row["credits"] for row in found)
        many = "1 credit on the page names" if count == 1 else f"{count} credits on the page name"
        yield f"{many} an outlet nobody could place: {', '.join(row['name'] for row in found)}"


def undirected(link: Mapping[str, Any], nodes: Mapping[int, Node]) -> str:
    """The sentence that says why a link between two pages has no direction."""
    child, parent = (nodes[link[end]]["url"] or nodes[link[end]]["outlet"] for end in ("child", "parent"))
    if link["relation"] == "sibling":
        return f"{child} and {parent} carry the same text, each from a third and not from the other"
    return f"direction between {child} and {parent} is not known: nothing says who took it from whom"
