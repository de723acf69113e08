"""A report as it is printed: words for a mail, rows for a table, an Atom feed."""

import hashlib
import re
import xml.etree.ElementTree as Tree
from collections.abc import Iterable, Iterator
from typing import Any

from db.records import CREDIT_KINDS
from db.report import Report, Row, is_doubtful
from db.screen import minute, percent, printable

COLUMNS = (
    "kind", "when", "url", "domain", "outlet", "title", "source_url", "source_domain", "source_name",
    "relation", "confidence", "p_direct", "containment", "credited", "licensed", "note",
)  # fmt: skip
"""The keys of each row of the table; later versions add at the end."""

SHOWN = 100  # entries of one part of a mail
TITLE = 120  # letters of a title in a mail
ATOM = "http://www.w3.org/2005/Atom"
CREDITED = {
    "full": "credited",
    "partial": "credited for a part",
    "other": "another source is credited",
    "none_found": "no credit found on the page",
    "unknown": "credit not known",
}
LICENSED = {"yes": "licensed", "no": "no licence", "unknown": "licence not known"}

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(report: Report) -> str:
    """The report as words for a person; empty when nothing is new."""
    if not report:
        return ""
    of = f", {report.outlet}" if report.outlet else ""
    title = f"new from {minute(report.since)} to {minute(report.until)} UTC{of}"
    doubtful = report.doubtful
    others = [copy for copy in report.copies if not is_doubtful(copy)]
    parts = [
        _part("new copies with no credit found, or no licence", map(_copy, doubtful), len(doubtful)),
        _part("other new copies", map(_copy, others), len(others)),
        _part("pages that changed", map(_edit, report.edits), len(report.edits)),
        _part("withdrawn, still carried elsewhere", map(_gone, report.withdrawn), len(report.withdrawn)),
    ]
    return "\n\n".join([title, *filter(None, parts)])


def as_rows(report: Report) -> Iterator[Row]:
    """One row per copy, per changed page, and per page that carries a withdrawn story."""
    for copy in report.copies:
        yield (
            _row("copy", copy, _source(copy), note=_quote(copy))
            | {
                name: copy[name]
                for name in ("relation", "confidence", "p_direct", "containment", "credited", "licensed")
            }
            | {"url": copy["child_url"], "domain": copy["child_domain"], "outlet": copy["child_name"]}
        )
    for edit in report.edits:
        yield _row("edit", edit, {}, note=_change(edit))
    for story in report.withdrawn:
        source = {
            "source_url": story["url"], "source_domain": story["domain"], "source_name": story["outlet"],
        }  # fmt: skip
        for page in story["carriers"]:
            seen = f"there when last asked, {minute(page['last_seen'])} UTC"
            yield _row("withdrawn", {"when": story["when"]} | page, source, note=seen)


def as_atom(report: Report) -> str:
    """The report as an Atom feed (RFC 4287), the newest entry first; ids stay from report to report."""
    Tree.register_namespace("", ATOM)
    feed = Tree.Element(f"{{{ATOM}}}feed")
    _child(feed, "title", f"newstrace: {report.outlet or 'every outlet'}")
    _child(feed, "id", f"urn:newstrace:report:{_short(report.outlet or '')}")
    _child(Tree.SubElement(feed, f"{{{ATOM}}}author"), "name", "newstrace")
    entries = sorted(as_rows(report), key=lambda row: row["when"], reverse=True)
    _child(feed, "updated", entries[0]["when"] if entries else report.since)
    for row in entries:
        _entry(feed, row)
    Tree.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Tree.tostring(feed, encoding="unicode")


def _entry(feed: Tree.Element, row: Row) -> None:
    entry = Tree.SubElement(feed, f"{{{ATOM}}}entry")
    named = "\n".join(str(row[key]) for key in ("kind", "url", "source_url", "source_name"))
    at = row["when"] if row["kind"] == "edit" else ""  # a page changes many times, and is copied once
    _child(entry, "id", f"urn:newstrace:{row['kind']}:{_short(named + at)}")
    _child(entry, "title", f"{row['outlet']}: {printable(row['title'], TITLE)} ({_headline(row)})")
    _child(entry, "updated", row["when"])
    Tree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=_plain(row["url"]))
    if row["source_url"]:
        Tree.SubElement(entry, f"{{{ATOM}}}link", rel="via", href=_plain(row["source_url"]))
    words = [*(_facts(row) if row["kind"] == "copy" else ()), row["note"]]
    _child(entry, "summary", "; ".join(filter(None, words)) or _headline(row))


def _headline(row: Row) -> str:
    if row["kind"] == "copy":
        return f"from {row['source_name']}, {CREDITED[row['credited']]}"
    return "changed" if row["kind"] == "edit" else f"withdrawn by {row['source_name']}"


def _row(kind: str, told: Row, source: Row, *, note: str) -> Row:
    """The row with what `told` and `source` say, every other column empty."""
    known = {"kind": kind, "note": note} | told | source
    return {column: known.get(column) for column in COLUMNS}


def _source(copy: Row) -> Row:
    return {
        "source_url": copy["parent_url"],
        "source_domain": copy["parent_domain"],
        "source_name": copy["parent_name"],
    }


def _part(title: str, entries: Iterable[str], many: int) -> str:
    if not many:
        return ""
    shown = [entry for _, entry in zip(range(SHOWN), entries, strict=False)]
    more = [f"  and {many - SHOWN:,} more: --format csv tells all"] if many > SHOWN else []
    return "\n".join([f"{title}: {many:,}", *shown, *more])


def _copy(copy: Row) -> str:
    seen = copy["parent_url"] or "named, page not seen"
    lines = [
        f"  {minute(copy['when'])}  {copy['child_name']}: {printable(copy['title'], TITLE)}",
        f"    {copy['child_url']}",
        f"    taken from {copy['parent_name']}: {seen}",
        "    " + "; ".join(_facts(copy)),
    ]
    quote = _quote(copy)
    return "\n".join([*lines, *([f"    “{quote}”"] if quote else [])])


def _facts(copy: Row) -> list[str]:
    share = f", {percent(copy['containment'])} of its words" if copy["containment"] is not None else ""
    words = [f"{copy['relation']}{share} ({copy['confidence']})", CREDITED[copy["credited"]]]
    return [*words, LICENSED[copy["licensed"]]]


def _quote(copy: Row) -> str:
    """The words that name the source, those that speak most for the link; "" where there are none."""
    speaking = (e for e in copy["evidence"] if e["kind"] in CREDIT_KINDS and e["weight"] > 0)
    quotes = (e["quote"] for e in speaking if e["quote"])
    return printable(next(quotes, ""), TITLE)


def _edit(edit: Row) -> str:
    head = f"  {minute(edit['when'])}  {edit['outlet']}: {printable(edit['title'], TITLE)}"
    return "\n".join([head, f"    {edit['url']}", f"    {_change(edit)}"])


def _change(edit: Row) -> str:
    words = f"{edit['words_before']:,} -> {edit['words']:,} words"
    if edit["title"] != edit["title_before"]:
        words += f"; its title was: {printable(edit['title_before'], TITLE)}"
    if edit["copies"]:
        words += f"; {edit['copies']:,} page{'s' * (edit['copies'] > 1)} took from it"
    return words


def _gone(story: Row) -> str:
    head = f"  {minute(story['when'])}  {story['outlet']}: {printable(story['title'], TITLE)}"
    pages = [
        f"      {page['url']} (there when last asked, {minute(page['last_seen'])} UTC)"
        for page in story["carriers"]
    ]
    more = [f"      and {len(pages) - SHOWN:,} more"] if len(pages) > SHOWN else []
    return "\n".join([head, f"    {story['url']}", "    still carried:", *pages[:SHOWN], *more])


def _child(parent: Tree.Element, name: str, words: str) -> None:
    Tree.SubElement(parent, f"{{{ATOM}}}{name}").text = _plain(words)


def _plain(words: Any) -> str:
    """Text without what XML has no place for."""
    return _NOT_XML.sub("\ufffd", str(words))


def _short(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:32]
