"""The words behind links, where they stand: quotes in their sentence, passages from the stored texts.

Only the pieces that are shown are read; a text itself is never loaded whole here.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from db.judgements import PHANTOM
from db.screen import KINDS, PLACES, printable, role_words
from db.values import rows

AROUND = 140  # characters on each side of a quote
PASSAGE = 360  # characters shown of a passage
PASSAGES = 3  # of one link, the longest
QUOTES = 12  # of one link


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One piece of evidence: the words, and what stands around them in the text."""

    before: str
    words: str
    after: str
    told: str  # what it is and where it stands
    weight: float
    literal: bool  # whether `words` stand on a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The beginning of a passage that stands in both texts."""

    start: int  # where it begins in the taker's text
    words: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said of a link."""

    who: str
    verdict: str  # accept | reject | unsure
    note: str
    when: str


# The evidence with its surroundings: by its stored place, else by the first place of the quote.
_QUOTES = f"""
SELECT le.link_id, le.kind, le.quote, le.region, le.weight, x.at,
       substr(x.text, max(1, x.at - {AROUND}), min({AROUND}, x.at - 1)) AS before,
       substr(x.text, x.at + length(le.quote), {AROUND}) AS after
  FROM link_evidence le LEFT JOIN (
       SELECT le2.id, v.text,
              iif(e."start" IS NOT NULL AND substr(v.text, e."start" + 1, length(le2.quote)) = le2.quote,
                  e."start" + 1, nullif(instr(v.text, le2.quote), 0)) AS at
         FROM link_evidence le2 JOIN links l ON l.id = le2.link_id
         LEFT JOIN evidence e ON e.id = le2.evidence_id
         JOIN versions v ON v.id = coalesce(e.version_id, l.child_version)
        WHERE le2.link_id IN (SELECT value FROM json_each(:links)) AND le2.quote <> ''
          AND le2.kind NOT IN ('role', 'time', 'judgement')) x ON x.id = le.id
 WHERE le.link_id IN (SELECT value FROM json_each(:links)) AND le.kind <> 'judgement'
 ORDER BY le.link_id, le.weight DESC, le.id
"""  # noqa: S608
_TEXTS = """
SELECT json_extract(wanted.value, '$[0]') AS link_id, json_extract(wanted.value, '$[3]') AS words,
       json_extract(wanted.value, '$[1]') AS start,
       substr(v.text, json_extract(wanted.value, '$[1]') + 1,
              json_extract(wanted.value, '$[2]') - json_extract(wanted.value, '$[1]')) AS text
  FROM json_each(?) wanted JOIN links l ON l.id = json_extract(wanted.value, '$[0]')
  JOIN versions v ON v.id = iif(json_extract(wanted.value, '$[4]') = l.child_id, l.child_version,
                                l.source_version)
 ORDER BY wanted.key
"""


_PEOPLE = """
SELECT child_url, source_url, verdict, note, judge, judged FROM judgements
 WHERE child_url IN (SELECT value FROM json_each(?)) ORDER BY judged
"""


def people(db: Database, links: Collection[Mapping[str, Any]]) -> dict[int, list[Said]]:
    """What people said of each link, the first word first."""
    pairs = {
        (link["child_url"], link["parent_url"] or f"{PHANTOM}{link['parent_name']}"): link["id"]
        for link in links
    }
    found: dict[int, list[Said]] = {}
    children = sorted({child for child, _ in pairs if child})
    for row in rows(db, _PEOPLE, [json.dumps(children)]):
        link = pairs.get((row["child_url"], row["source_url"]))
        if link is not None:
            said = Said(
                who=printable(row["judge"], 80) or "somebody",
                verdict=row["verdict"],
                note=printable(row["note"], 600),
                when=row["judged"],
            )
            found.setdefault(link, []).append(said)
    return found


def quotes(db: Database, links: Collection[int]) -> dict[int, list[Quote]]:
    """The evidence of each of those links that has words, the heaviest first."""
    found: dict[int, list[Quote]] = {}
    for row in rows(db, _QUOTES, {"links": json.dumps(list(links))}):
        told = found.setdefault(row["link_id"], [])
        if len(told) < QUOTES and (quote := _quote(dict(row))) and quote not in told:
            told.append(quote)
    return found


def _quote(row: Mapping[str, Any]) -> Quote | None:
    words = printable(row["quote"], 600)
    if not words:
        return None
    literal = row["kind"] not in ("role", "time", "judgement")
    if row["kind"] == "role":
        words = role_words(words, speaks_for=row["weight"] > 0)
    placed = literal and row["at"] is not None
    return Quote(
        before=_cut(row["before"] or "", at_start=True) if placed else "",
        words=words,
        after=_cut(row["after"] or "", at_start=False) if placed else "",
        told=_what(row["kind"], row["region"]),
        weight=row["weight"],
        literal=literal,
    )


def _cut(text: str, *, at_start: bool) -> str:
    """The surroundings of a quote to a whole word, within its own paragraph."""
    if at_start:
        text = text.rsplit("\n", 1)[-1]
        cut = len(text) >= AROUND - 1
        return ("… " + text.split(" ", 1)[-1].lstrip()) if cut else text
    text = text.split("\n", 1)[0]
    return (text.rsplit(" ", 1)[0] + " …") if len(text) >= AROUND else text


def _what(kind: str, region: str) -> str:
    told = KINDS.get(kind, kind.replace("_", " "))
    place = "" if kind in ("block", "body_link", "time", "role", "judgement") else PLACES.get(region, region)
    return told if place in ("", told) else f"{told}, {place}"


def shared(db: Database, links: Iterable[Mapping[str, Any]]) -> dict[int, list[Shared]]:
    """The beginnings of the longest passages of each link, as they stand on the taker's page."""
    wanted = [
        [
            link["id"],
            p["child_start"],
            min(p["child_end"], p["child_start"] + PASSAGE),
            p["words"],
            link["child"],
        ]
        for link in links
        for p in sorted(link.get("passages", ()), key=lambda p: -p["words"])[:PASSAGES]
    ]
    found: dict[int, list[Shared]] = {}
    for row in rows(db, _TEXTS, [json.dumps(wanted)]):
        text = row["text"].strip()
        text = text.rsplit(" ", 1)[0] + " …" if len(row["text"]) >= PASSAGE else text
        found.setdefault(row["link_id"], []).append(Shared(start=row["start"], words=row["words"], text=text))
    return found
