"""Paragraph by paragraph: which words of a text came from which source, and which are its own.

A word that stands in a passage shared with an accepted source is that source's; one that stands in
none, but under a credit to a source whose text is not seen, is that source's by the page's own word;
all others are the page's own.  The shares of a paragraph add up to 1.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from db.values import one, rows

_WORD = re.compile(r"\w+")
OWN = None  # the source of the page's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A span of a text that one source accounts for."""

    source: int
    start: int
    end: int
    basis: str  # passage | credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The share of a paragraph's words that one source accounts for."""

    source: int | None  # OWN for the page's own words
    basis: str  # passage | credit | own
    words: int
    share: float  # 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One line of the text and where its words came from, the largest part first."""

    start: int
    end: int
    words: int
    parts: tuple[Part, ...]


def paragraphs(text: str, claims: Iterable[Claim]) -> list[Paragraph]:
    """Every paragraph of `text` that has words, with its parts.

    Where claims overlap a passage counts before a credit, then the claim given first.

    >>> [(p.parts[0].source, p.words) for p in paragraphs("Own words.\\nTaken over whole.",
    ...     [Claim(source=7, start=11, end=28, basis="passage")])]
    [(None, 2), (7, 3)]
    """
    ordered = sorted(claims, key=lambda claim: claim.basis != "passage")
    owners = _owners(text, ordered)
    found, start = [], 0
    for line in text.split("\n"):
        end = start + len(line)
        counted = _counted([owner for at, owner in owners if start <= at < end]) if line.strip() else ()
        if counted:
            total = sum(part.words for part in counted)
            found.append(Paragraph(start=start, end=end, words=total, parts=counted))
        start = end + 1
    return found


def _owners(text: str, claims: Sequence[Claim]) -> list[tuple[int, tuple[int | None, str]]]:
    """(offset, (source, basis)) of every word."""
    words = [found.span() for found in _WORD.finditer(text)]
    owner: list[tuple[int | None, str]] = [(OWN, "own")] * len(words)
    for claim in reversed(claims):
        for place in _within(words, claim.start, claim.end):
            owner[place] = (claim.source, claim.basis)
    return [(start, who) for (start, _), who in zip(words, owner, strict=True)]


def _within(words: Sequence[tuple[int, int]], start: int, end: int) -> range:
    """The places of the words that lie wholly in a span."""
    first = bisect_left(words, (start, start))
    last = bisect_right(words, (end, -1))
    while last > first and words[last - 1][1] > end:
        last -= 1
    return range(first, last)


def _counted(owners: Sequence[tuple[int | None, str]]) -> tuple[Part, ...]:
    counts: dict[tuple[int | None, str], int] = {}
    for who in owners:
        counts[who] = counts.get(who, 0) + 1
    total = max(1, len(owners))
    parts = [
        Part(source=source, basis=basis, words=number, share=number / total)
        for (source, basis), number in counts.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.words, part.basis, part.source or 0)))


# The passages of the article's text that stand in its accepted sources' texts, the surest source first.
_PASSAGES = """
SELECT l.source_id AS source, iif(m.version_a = l.child_version, p.a_start, p.b_start) AS start,
       iif(m.version_a = l.child_version, p.a_end, p.b_end) AS "end", 'passage' AS basis
  FROM links l
  JOIN matches m ON m.version_a = min(l.child_version, l.source_version)
                AND m.version_b = max(l.child_version, l.source_version)
  JOIN passages p ON p.match_id = m.id
 WHERE l.child_id = :article AND l.child_version = :version AND l.status = 'accepted'
   AND l.relation <> 'sibling' AND l.p_direct >= .5
 ORDER BY l.p_direct DESC, l.source_id, p.words DESC
"""
# What its credits to sources without a text cover, the narrowest scope first.
_SCOPES = """
SELECT l.source_id AS source, e.scope_start AS start, e.scope_end AS "end", 'credit' AS basis
  FROM links l JOIN link_evidence le ON le.link_id = l.id JOIN evidence e ON e.id = le.evidence_id
 WHERE l.child_id = :article AND e.version_id = :version AND l.source_version IS NULL
   AND l.status = 'accepted' AND l.p_direct >= .5 AND le.weight > 0 AND e.scope_start IS NOT NULL
 ORDER BY e.scope_end - e.scope_start, l.source_id
"""
_NEWEST = "SELECT id, text FROM newest_versions WHERE article_id = ?"


def paragraphs_of(db: Database, article: int) -> list[Paragraph]:
    """The paragraphs of an article's newest text with their parts; none where it has no text."""
    newest = one(db, _NEWEST, [article])
    if newest is None:
        return []
    of = {"article": article, "version": newest["id"]}
    claims = [Claim(**dict(row)) for sql in (_PASSAGES, _SCOPES) for row in rows(db, sql, of)]
    return paragraphs(newest["text"], claims)
