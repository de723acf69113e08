"""A filled file of `export outlets --unresolved` in, names added to the user's own outlets.toml out.

The file is checked whole before anything is written.  What stands in outlets.toml already, comments and
all, stays as it is: a name of a listed outlet joins its `aliases`, another outlet becomes a new table.
"""

import csv
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from crawler.metadata import common_words
from crawler.sites import OUTLET_KEYS, catalogue_in_use, names, own_outlets, read_outlets, shipped_outlets
from db.errors import BadCatalogue, BadInput, BadUrl
from db.outlets import Names, fold
from db.records import Outlet
from db.urls import is_suffix, is_web

MAX_NAME = 200  # characters
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")  # how our own CSV writes what a spreadsheet would run
_TABLE = re.compile(r"(?m)^[ \t]*\[\[\s*outlet\s*\]\][^\n]*\n?")
_ALIASES = re.compile(r"(?m)^[ \t]*aliases[ \t]*=[ \t]*\[")


@dataclass(frozen=True, slots=True)
class Placed:
    """One filled row: this name means the outlet at this domain."""

    name: str
    domain: str
    line: int = field(default=0, compare=False)  # of the file


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done with a file, in names."""

    added: int
    known: int  # they meant that outlet already
    empty: int  # no domain filled in


def apply(path: str | Path, home: Path) -> Applied:
    """Add the names of a filled file to `home`/outlets.toml, once each.

    Raises BadInput with every problem of the file, each with its line, or where outlets.toml cannot be
    written, and BadCatalogue for an outlets.toml that is broken; nothing is written then.
    """
    placed, empty = read_placed(Path(path))
    own = {outlet.domain: outlet for outlet in own_outlets()}
    shipped = {outlet.domain: outlet for outlet in shipped_outlets()}
    known = names(catalogue_in_use())
    if taken := [told for row in placed if (told := _taken(known, row))]:
        raise BadInput("\n".join(f"{path} {told}" for told in taken))
    new = [row for row in placed if not _means(known, row)]
    if new:
        _write(home / "outlets.toml", new, own, shipped)
    return Applied(added=len(new), known=len(placed) - len(new), empty=empty)


def read_placed(path: Path) -> tuple[list[Placed], int]:
    """The rows of a CSV or JSON Lines file that have a domain, in order, and how many have none.

    Raises BadInput that tells every row that is wrong.
    """
    found: dict[str, Placed] = {}
    problems: list[str] = []
    empty = 0
    for line, row in _rows(path, problems):
        if not str(row.get("domain") or "").strip():
            empty += 1
            continue
        try:
            one = _placed(row, line)
        except ValueError as error:
            problems.append(f"{path} line {line}: {error}")
            continue
        other = found.setdefault(fold(one.name), one)
        if other.domain != one.domain:
            problems.append(f"{path} line {line}: {one.name!r} is at {other.domain} in line {other.line}")
    if problems:
        raise BadInput("\n".join(problems))
    return list(found.values()), empty


def _rows(path: Path, problems: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows of a file with the lines they stand on; what is no row is added to `problems`."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start}): save it as CSV UTF-8") from error
    return _json_rows(path, text, problems) if text.lstrip().startswith("{") else _csv_rows(path, text)


def _json_rows(path: Path, text: str, problems: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                problems.append(f"{path} line {number}: not JSON: {error}")
                continue
            if isinstance(row, dict):
                yield number, row
            else:
                problems.append(f"{path} line {number}: not an object with `name` and `domain`")


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)  # spreadsheets of some countries write semicolons
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    if missing := [key for key in ("name", "domain") if key not in (reader.fieldnames or ())]:
        raise BadInput(
            f"{path} line 1: no column {missing[0]!r}: give a file of `export outlets --unresolved`"
        )
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadInput(f"{path} line {reader.line_num}: not CSV: {error}") from error


def _placed(row: Mapping[str, Any], line: int) -> Placed:
    """A filled row; raises ValueError saying what is wrong with it."""
    name = str(row.get("name") or "")
    name = " ".join((name[1:] if name.startswith(_FORMULA) else name).split())
    if not fold(name) or len(name) > MAX_NAME:
        raise ValueError(f"name: {name[:80]!r} is no outlet's name")
    if fold(name) in set().union(*common_words().values()):
        raise ValueError(
            f"name: {name!r} is an everyday word and would be found in every text: if it is a name, write "
            f'it into outlets.toml by hand, as {{ text = {_quoted(name)}, needs = "anchor" }}'
        )
    stated = str(row["domain"]).strip()
    try:
        domain = (Names(()).at(stated).domain or "") if is_web(stated) else stated
        domain = OUTLET_KEYS["domain"](domain.removeprefix("www."))
        if is_suffix(domain):
            raise ValueError(domain)
        return Placed(name, domain, line)
    except (ValueError, BadUrl):
        raise ValueError(
            f"domain: {stated[:80]!r} is not allowed here: give a domain such as hotnews.ro"
        ) from None


def _taken(known: Names, row: Placed) -> str:
    """Why a row's name cannot mean its outlet: another listed one has it already; "" where none has."""
    other = known.find(row.name, anchored=True)
    if other is None or other.domain == row.domain:
        return ""
    return (
        f"line {row.line}: {row.name!r} is a name of {other.name} ({other.domain}) already: a name means "
        "one outlet"
    )


def _means(known: Names, row: Placed) -> bool:
    outlet = known.find(row.name, anchored=True)
    return outlet is not None and outlet.domain == row.domain


def _write(path: Path, new: list[Placed], own: Mapping[str | None, Outlet], shipped: Mapping) -> None:
    """Put names into the file at `path`, whole or not at all."""
    text = path.read_text("utf-8-sig") if path.exists() else ""
    by_domain: dict[str, list[str]] = {}
    for row in new:
        by_domain.setdefault(row.domain, []).append(row.name)
    for domain, spelled in by_domain.items():
        if domain in own:
            text = _with_aliases(path, text, domain, spelled)
        else:
            text = f"{text.rstrip()}\n\n{_table(domain, spelled, shipped.get(domain))}".lstrip()
    made = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    try:
        read_outlets(made)
    except BadCatalogue:
        made.unlink()
        raise
    made.replace(path)


def _table(domain: str, spelled: list[str], known: Outlet | None) -> str:
    """A table for `outlets.toml`; of an outlet that is listed elsewhere it repeats what that says."""
    facts = {"domain": domain, "name": known.name if known else spelled[0]}
    if known:
        facts |= {key: getattr(known, key) for key in ("kind", "family", "country", "language")}
    lines = [f"{key} = {_quoted(value)}" for key, value in facts.items() if value]
    aliases = spelled if known else spelled[1:]
    if aliases:
        lines.append(f"aliases = [{', '.join(map(_alias, aliases))}]")
    return "\n".join(["[[outlet]]", *lines, ""])


def _with_aliases(path: Path, text: str, domain: str, names: list[str]) -> str:
    """The text of an outlets.toml in which the table of `domain` has more aliases."""
    heads = [m.start() for m in _TABLE.finditer(text)] + [len(text)]
    for begin, end in pairwise(heads):
        if _domain_in(text[begin:end]) != domain:
            continue
        there, more = _ALIASES.search(text, begin, end), ", ".join(map(_alias, names))
        if there:
            return f"{text[: there.end()]}{more}, {text[there.end() :]}"
        head = _TABLE.match(text, begin)
        after = head.end() if head else begin
        return f"{text[:after]}aliases = [{more}]\n{text[after:]}"
    raise BadInput(f"{path}: no table [[outlet]] of {domain}: add {names[0]!r} to its aliases by hand")


def _domain_in(table: str) -> str | None:
    """The domain of one table's text; None where it is none that can be read alone."""
    try:
        stated = tomllib.loads(table)["outlet"][0].get("domain")
    except (tomllib.TOMLDecodeError, KeyError):
        return None
    return stated.strip().lower() if isinstance(stated, str) else None


def _alias(name: str) -> str:
    """How an alias is written: one word counts as it is spelled only, a few letters where a source stands."""
    needs = "anchor" if len(name) <= 3 else "case" if " " not in name else ""
    return f"{{ text = {_quoted(name)}, needs = {_quoted(needs)} }}" if needs else _quoted(name)


def _quoted(words: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
