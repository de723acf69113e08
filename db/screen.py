"""Stored facts in the words that people read on screens: terminal, diagrams, pages.

Whatever a page supplied passes through `printable` first: a title is text, and moves no cursor.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

# Format characters that show or shape letters; the other ones turn, hide or reorder text.
_SHAPING = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_DROPPED = frozenset({"Cc", "Cf", "Co", "Cs"})
_SPACES = re.compile(r"\s+")
MAX_MARKS = 4  # combining marks on one letter; more would paint over other lines

PLACES: Mapping[str, str] = {
    "machine": "in the page's head",
    "jsonld": "in the page's data",
    "meta": "in the page's data",
    "byline": "byline",
    "dateline": "dateline",
    "head": "above the text",
    "lead": "first paragraphs",
    "body": "in the text",
    "heading": "heading",
    "own": "a line of its own",
    "last": "last paragraph",
    "tail": "below the text",
    "caption": "caption",
}
"""Where a quote stands on the page, by region."""

KINDS: Mapping[str, str] = {
    "agency_byline": "byline",
    "agency_dateline": "dateline",
    "source_line": "source line",
    "reports_phrase": "credit in a sentence",
    "wire_merged": "credit of several sources",
    "canonical_elsewhere": "canonical address at another outlet",
    "structured_data": "credit in the page's data",
    "republished_notice": "notice of republication",
    "photo_credit": "photo credit",
    "body_link": "link in the text",
    "rss_source": "source named by the feed",
    "subject_mention": "mention",
    "unplaced_source": "initials in a source line",
    "block": "house block of the source, left in the text",
    "time": "times",
    "role": "kind of publisher",
    "containment": "one text is wholly in the other",
    "same_source": "both name the same third source",
    "inherited": "credit that came along with the text",
    "relay": "credit passed on",
    "match": "shared text",
    "translation": "names and numbers that stand in both texts, in one order",
    "leftover_link": "link to other pages of the source, left in the text",
    "leftover_line": "line of the source's own, left at the end of the text",
    "earlier_version": "words that the source has changed since",
    "syndicated": "others hold it too",
    "history": "what the outlet often does",
    "judgement": "a person's word",
    "edits": "words of one version only",
}
"""What a piece of evidence is, by kind."""

_BASES: Mapping[str, str] = {
    "feed": "its feed",
    "sitemap": "its sitemap",
    "url": "its address",
    "archive": "an archive",
    "import": "the imported file",
}


def printable(text: str, limit: int = 0) -> str:
    """`text` on one line without control, escape and bidi characters, cut to `limit` characters if given.

    >>> printable("Red \\x1b[31malert\\u202e\\n now", 0)
    'Red [31malert now'
    >>> printable("a long title", 6)
    'a lon…'
    """
    kept: list[str] = []
    marks = 0
    for letter in _SPACES.sub(" ", text).strip():
        category = unicodedata.category(letter)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MAX_MARKS and (category not in _DROPPED or letter in _SHAPING):
            kept.append(letter)
    clean = "".join(kept)
    return f"{clean[: limit - 1].rstrip()}…" if limit and len(clean) > limit else clean


def in_one_line(
    article: int, sources: Mapping[int, Iterable[int]], outlets: Mapping[int, str], *, most: int = 0
) -> tuple[str, int]:
    """The chain as "CNN and AFP -> HotNews -> 247 news reel", and the number of its arrows.

    `sources` gives each page's direct sources in the order to tell them, `outlets` each page's
    outlet; a source stands at its furthest step, and with `most` only so many are named at each.

    >>> in_one_line(3, {3: [2], 2: [1, 4]}, {1: "CNN", 4: "AFP", 2: "HotNews", 3: "247 news reel"})
    ('CNN and AFP -> HotNews -> 247 news reel', 2)
    """
    steps = _steps(article, sources)
    words = [_together(list(dict.fromkeys(outlets[page] for page in step)), most) for step in steps[::-1]]
    return " -> ".join([*words, outlets[article]]), len(steps)


def _steps(article: int, sources: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """The sources by how far they are, the direct ones first; each step in the order of its takers."""
    depth = depths(article, sources)
    steps: list[list[int]] = []
    before = [article]
    while before:
        met = dict.fromkeys(source for page in before for source in sources.get(page, ()))
        before = [source for source in met if depth.get(source) == len(steps) + 1]
        steps.append(before)
    placed = {page for step in steps for page in step}
    steps[0] += [page for page in depth if page not in placed]  # of a circle
    return steps if steps[-1] else steps[:-1]


def _together(names: list[str], most: int) -> str:
    if most and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return " and ".join(names)


def depths(article: int, sources: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """How many steps each source is away, by the longest way there; in a circle, by some way."""
    takers: dict[int, set[int]] = {article: set()}
    for page, found in sources.items():
        for source in found:
            takers.setdefault(source, set()).add(page)
    try:
        order = list(TopologicalSorter(takers).static_order())
    except CycleError:
        order = list(sources)
    depth = {article: 0}
    for page in order:
        for source in sources.get(page, ()):
            depth[source] = max(depth.get(source, 0), depth.get(page, 0) + 1)
    return {page: steps for page, steps in depth.items() if page != article}


def when(node: Mapping[str, Any]) -> str:
    """When a page was published, with what is known of it, in a phrase."""
    if node.get("phantom"):
        return "named, page not seen"
    stated = node.get("published")
    if not stated:
        seen = node.get("first_seen")
        return f"time not known, first seen {minute(seen)} UTC" if seen else "time not known"
    basis = _BASES.get(node.get("published_basis") or "")
    by = f" (by {basis})" if basis else ""
    earliest, latest = node.get("published_from"), node.get("published_to")
    if not earliest or not latest or minute(earliest) == minute(latest):
        return f"published {minute(stated)} UTC{by}"
    return f"published between {minute(earliest)} and {minute(latest)} UTC, not stated more closely{by}"


def minute(stamp: str) -> str:
    """A stored time to the minute.

    >>> minute("2026-03-01T09:30:00+00:00")
    '2026-03-01 09:30'
    """
    return stamp[:16].replace("T", " ")


def percent(share: float) -> str:
    """A share of 0..1 in words that do not round to nothing or to all.

    >>> [percent(share) for share in (0.954, 0.001, 0.9999, 1.0)]
    ['95 %', 'under 1 %', 'over 99 %', '100 %']
    """
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


def relation_words(link: Mapping[str, Any], *, seen: bool) -> str:
    """What a link says of its page ("this page") and the source ("that page"); `seen`: it is stored."""
    share = link["containment"]
    figure = f" ({percent(share)} of its words)" if share is not None else ""
    if not seen:
        return _UNSEEN[link["relation"]]
    words = _SEEN[link["relation"]]
    return words + (figure if link["relation"] in ("republishes", "excerpts", "sibling", "quotes") else "")


def role_words(role: str, *, speaks_for: bool) -> str:
    """What a publisher's kind says for a link, or against it.

    >>> role_words("agency", speaks_for=True), role_words("aggregator", speaks_for=True)
    ('the source is an agency', "this page's outlet is an aggregator")
    """
    of_source = speaks_for != (role == "aggregator")
    whose = "that page" if role == "press_release" and of_source else "the source" if of_source else ""
    whose = whose or ("this page" if role == "press_release" else "this page's outlet")
    return f"{whose} is {'an' if role[:1] in 'ao' else 'a'} {role.replace('_', ' ')}"


_SEEN: Mapping[str, str] = {
    "republishes": "most of this page is that page's text",
    "excerpts": "part of this page is that page's text",
    "translates": "this page reads as a translation of that page",
    "quotes": "this page quotes that page",
    "credits": "this page names it as source; the two texts share no passage",
    "sibling": "both carry the same text, each from a third page and not from the other",
    "revises": "this page is a later text of that page, at the same outlet",
}
_UNSEEN: Mapping[str, str] = {
    "republishes": "this page gives the text as theirs; that page was not seen",
    "excerpts": "this page gives part of its text as theirs; that page was not seen",
    "translates": "this page says it translates them; that page was not seen",
    "quotes": "this page quotes them; that page was not seen",
    "credits": "this page names it as source; its text was not seen",
    "sibling": "both carry the same text; that page was not seen",
    "revises": "this page is a later text of one that was not seen",
}
