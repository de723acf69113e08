"""`licences.toml` in: who may take from whom; out: whether a link was licensed, as the file says.

Credit and licence are two questions, and neither is ever inferred from the other: a page may name
its source and have no licence, or hold one and name nobody.  "no" is an accusation, so it is said
only where the file says it (`licensed = false`); a date outside a licence is one that the file says
nothing of, for a licence may have been renewed and not written down yet.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from db.errors import BadCatalogue
from db.outlets import Names, fold

KEYS = ("outlet", "source", "from", "until", "licensed", "note")
ANSWERS = ("yes", "no", "unknown")

_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?:/[\w.-]{1,80})?")

Span = tuple[date, date]
"""The first and the last day that a time can mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """What one table says: from `first` to `last`, both days included, `outlet` may take from `source`."""

    outlet: str  # domain
    source: str  # domain or name
    first: date = date.min
    last: date = date.max
    licensed: bool = True  # False: the table says that there is none
    note: str = ""

    def covers(self, when: Span | None) -> bool | None:
        """Whether it speaks of that time; None when that is not known."""
        if (self.first, self.last) == (date.min, date.max):
            return True
        if when is None:
            return None
        if self.first <= when[0] and when[1] <= self.last:
            return True
        return None if self.first <= when[1] and when[0] <= self.last else False


class Licences:
    """The licences of one file, found by the two outlets of a link."""

    def __init__(self, licences: Iterable[Licence], names: Names) -> None:
        self._by_pair: dict[tuple[str, str], list[Licence]] = {}
        for licence in licences:
            known = names.by_domain.get(licence.source.lower()) or names.find(licence.source, anchored=True)
            for source in {fold(licence.source), known.domain if known else None} - {None}:
                self._by_pair.setdefault((licence.outlet, source), []).append(licence)

    def takers(self) -> frozenset[str]:
        """The domains of the outlets that the file speaks of."""
        return frozenset(outlet for outlet, _ in self._by_pair)

    def between(self, outlet: str | None, domain: str | None, name: str) -> tuple[Licence, ...]:
        """What the file says of the outlet's taking from the source of that domain and name."""
        found = (self._by_pair.get((outlet or "", source), ()) for source in (domain or "", fold(name)))
        return tuple(dict.fromkeys(licence for some in found for licence in some))


def answer(licences: Collection[Licence], when: Span | None) -> str:
    """Whether a text taken at that time was licensed: yes | no | unknown.

    `when` is None where the time is not known.  Unknown: the file says nothing of these outlets at
    that time, or says both, or the time may lie on either side of a bound.
    """
    said = {(licence.licensed, licence.covers(when)) for licence in licences}
    yes, no = ((side, True) in said for side in (True, False))
    doubted = {side for side, covers in said if covers is None}
    if yes and not no and False not in doubted:
        return "yes"
    if no and not yes and True not in doubted:
        return "no"
    return "unknown"


def read_licences(path: str | Path) -> tuple[Licence, ...]:
    """The licences in one file. Raises BadCatalogue with every problem in it, by table and key."""
    path = Path(path)
    data = _load(path)
    problems = [
        f"the top of the file: {key}: unknown key (allowed: licence)" for key in data.keys() - {"licence"}
    ]
    tables = data.get("licence", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        problems.append("the top of the file: licence: write each one as a table [[licence]]")
        tables = []
    read = [_licence(table, _where(n, table), problems) for n, table in enumerate(tables, start=1)]
    if problems:
        raise BadCatalogue("\n".join(f"{path}: {problem}" for problem in problems))
    return tuple(read)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadCatalogue(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadCatalogue(f"{path}: not UTF-8 text (byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadCatalogue(f"{path}: not TOML: {error}") from error


def _where(number: int, table: Mapping[str, Any]) -> str:
    outlet = str(table.get("outlet") or "?")
    return f"[[licence]] number {number} ({outlet:.80})"


def _unknown(where: str, table: Mapping[str, Any], allowed: Collection[str]) -> list[str]:
    words = f"unknown key (allowed: {', '.join(allowed)})"
    return [f"{where}: {key}: {words}" for key in table if key not in allowed]


def _licence(table: Mapping[str, Any], where: str, problems: list[str]) -> Licence:
    """The licence of one table; what is wrong in it is added to the problems."""
    before = len(problems)
    problems += [
        f"{where}: {key}: unknown key (allowed: {', '.join(KEYS)})" for key in table if key not in KEYS
    ]
    problems += [f"{where}: {key}: missing" for key in ("outlet", "source") if key not in table]
    kept = {}
    for key in (key for key in KEYS if key in table):
        try:
            kept[key] = _CHECKS[key](table[key])
        except ValueError as allowed:
            problems.append(f"{where}: {key}: {table[key]!r:.80} is not allowed here: give {allowed}")
    first, last = kept.get("from", date.min), kept.get("until", date.max)
    if first > last:
        problems.append(f"{where}: until: {last} is before from, {first}")
    if len(problems) > before:
        return Licence(outlet="", source="")
    return Licence(
        outlet=kept["outlet"],
        source=kept["source"],
        first=first,
        last=last,
        licensed=kept.get("licensed", True),
        note=kept.get("note", ""),
    )


def _outlet(value: Any) -> str:
    name = value.strip().lower() if isinstance(value, str) else ""
    if not _DOMAIN.fullmatch(name) or name.startswith("www."):
        raise ValueError('a domain such as "hotnews.ro" (no scheme, no www., ASCII)')
    return name


def _source(value: Any) -> str:
    if not isinstance(value, str) or not fold(value):
        raise ValueError('a domain such as "afp.com" or a name such as "AFP"')
    return value.strip()


def _day(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("a date such as 2026-01-31")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value.strip()


_CHECKS = {
    "outlet": _outlet,
    "source": _source,
    "from": _day,
    "until": _day,
    "licensed": _flag,
    "note": _words,
}
