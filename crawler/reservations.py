"""Text-mining reservations: what headers, meta elements and the well-known file of a host say.

W3C TDMRep (`tdm-reservation: 1`) reserves and is obeyed; `noai` of the robots tags is kept as stated.
"""

import json
import re
from dataclasses import dataclass

from scrapy.http import Headers

from db.hosts import Rules

WELL_KNOWN = "/.well-known/tdmrep.json"
MAX_RULES = 1000  # of one file
HEAD = 100_000  # bytes of a page among which its meta elements stand

_META = re.compile(rb"<meta\b[^>]{0,500}>", re.I)
_META_NAME = re.compile(rb"""\bname\s{0,5}=\s{0,5}["']?\s{0,5}(tdm-reservation|robots)\b""", re.I)
_META_CONTENT = re.compile(rb"""\bcontent\s{0,5}=\s{0,5}["']?([^"'>]{1,200})""", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A stated text-mining reservation, as it stands, and whether it keeps the page from us."""

    words: str
    reserved: bool


def reservation(headers: Headers, body: bytes) -> Reservation | None:
    """What a page's headers and meta elements say of text and data mining; None: nothing.

    `tdm-reservation: 1` (W3C TDMRep) reserves; `noai` of the robots tags is kept as stated.
    """
    said = [f"tdm-reservation: {_latin(value)}" for value in headers.getlist("tdm-reservation")]
    said += [f"x-robots-tag: {_latin(value)}" for value in headers.getlist("x-robots-tag")]
    for meta in _META.findall(body[:HEAD]):
        name, content = _META_NAME.search(meta), _META_CONTENT.search(meta)
        if name and content:
            said.append(f"meta {_latin(name[1])}: {_latin(content[1])}".lower())
    kept = [words for words in said if "tdm-reservation" in words or "noai" in words]
    if not kept:
        return None
    reserved = any(re.search(r"tdm-reservation: 1\b", words) for words in kept)
    return Reservation(words="; ".join(dict.fromkeys(kept))[:300], reserved=reserved)


def _latin(value: bytes) -> str:
    return " ".join(value.decode("latin-1").split())[:200]


def read_rules(body: bytes) -> Rules:
    """The rules of a tdmrep.json; none where it is broken or something else.

    >>> read_rules(b'[{"location": "/archive/*", "tdm-reservation": 1}]')
    (('/archive/*', True),)
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    return tuple(
        (rule["location"][:500], str(rule.get("tdm-reservation")) == "1")
        for rule in (told if isinstance(told, list) else [])[:MAX_RULES]
        if isinstance(rule, dict) and isinstance(rule.get("location"), str)
    )


def is_reserved(rules: Rules, path: str) -> bool:
    """Whether a path (with its query) is reserved: the longest pattern that fits decides.

    >>> is_reserved((("/", True), ("/free/*", False)), "/free/story"), is_reserved((("/", True),), "/x")
    (False, True)
    """
    fitting = [(len(pattern), reserved) for pattern, reserved in rules if _fits(pattern, path)]
    return max(fitting)[1] if fitting else False


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern with `*` and a closing `$` fits the beginning of a path, as in a robots.txt."""
    whole = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for number, part in enumerate(rest, start=1):
        last = whole and number == len(rest)
        found = path.rfind(part) if last else path.find(part, at)
        if found < at:
            return False
        at = found + len(part)
    return not whole or at == len(path)
