"""Atom feeds (RFC 4287): entries come in, one XML document goes out; what pages supply is only ever text."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from db.browse.answer import Answer
from db.screen import printable

ATOM = "http://www.w3.org/2005/Atom"
TYPE = "application/atom+xml; charset=utf-8"
NEVER = "1970-01-01T00:00:00+00:00"  # of a feed without entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; `link` is an address of our own."""

    id: str
    title: str
    link: str
    updated: str
    words: str


def feed(title: str, address: str, entries: Sequence[Entry]) -> Answer:
    """The feed of the page at `address`, its entries in the order given."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    _text(root, "title", title)
    _text(root, "id", address)
    _text(root, "updated", max((entry.updated for entry in entries), default=NEVER))
    author = ElementTree.SubElement(root, f"{{{ATOM}}}author")
    _text(author, "name", "newstrace")
    _link(root, f"{address}.atom", "self")
    _link(root, address, "alternate")
    for entry in entries:
        told = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
        _text(told, "title", entry.title)
        _text(told, "id", entry.id)
        _text(told, "updated", entry.updated)
        _link(told, entry.link, "alternate")
        _text(told, "summary", entry.words)
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Answer(body=body, type=TYPE)


def _text(parent: ElementTree.Element, name: str, words: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}{name}").text = printable(words)


def _link(parent: ElementTree.Element, href: str, rel: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href})
