"""Files handed to `import`: JSON Lines, CSV, SQLite and saved HTML pages become rows, bad ones named.

A row is a mapping with the keys of `KEYS`; its number is the line (or record) it stands on.
"""

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from crawler.tables import is_sqlite, table_rows
from db.errors import BadInput

KEYS = ("url", "html", "text", "title", "published", "fetched", "language", "byline", "links", "outlet")
MAX_PAGE = 50_000_000  # bytes of one page, inflated
MAX_LIST = 500_000_000  # bytes of a file that is one JSON list: it is read whole
GZIP = b"\x1f\x8b"  # how every such file begins

Row = Mapping[str, object]


LOOKED_AHEAD = 100  # rows in which a mapped column must stand once


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A row that could not be taken in, and why."""

    place: str  # "FILE row 12"
    message: str
    refused: bool = True  # False: the row was taken in, only this of it could not be read


def read_rows(
    path: str, mapping: Mapping[str, str], url: str | None = None
) -> Iterator[tuple[int, Row | BadInput]]:
    """(number, row or what is wrong with it) for each row of a file; `-` is stdin as JSON Lines.

    `mapping` gives the column that holds a key where it is not called so; `url` is the address of a
    saved page, which is one row.  Raises BadInput when the file itself cannot be read, and where it has
    none of a mapped column.
    """
    name = path.lower().removesuffix(".gz")
    if path == "-":
        yield from _json_lines(sys.stdin.buffer, mapping)
    elif name.endswith((".html", ".htm", ".xhtml")):
        yield 1, {"html": read_page_file(path), "url": url or ""}
    elif name.endswith((".csv", ".tsv")):
        yield from _csv(path, mapping, "\t" if name.endswith(".tsv") else ",")
    elif is_sqlite(path):
        for number, row in table_rows(path, KEYS, mapping):
            yield number, row if isinstance(row, BadInput) else _mapped(row, mapping)
    else:
        with _open(path) as file:
            yield from _json_lines(file, mapping)


def is_warc(path: str) -> bool:
    """Whether a file is a WARC by its name."""
    return path.lower().removesuffix(".gz").endswith(".warc")


def read_page_file(path: str) -> bytes:
    """The bytes of a saved page, gunzipped where its name ends in `.gz`; `-` is standard input.

    Raises BadInput for a file that cannot be read, is cut off, or is larger than `MAX_PAGE`.
    """
    try:
        with _open(path) as file:
            page = file.read(MAX_PAGE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path}: cannot be read ({error})") from error
    if len(page) > MAX_PAGE:
        raise BadInput(f"{path}: larger than {MAX_PAGE:,} bytes")
    return page


def _open(path: str) -> BinaryIO:
    if path == "-":
        return _standard_input()
    try:
        if not path.lower().endswith(".gz"):
            return Path(path).open("rb")
        with Path(path).open("rb") as file:
            start = file.read(len(GZIP))
        if start and start != GZIP:
            raise BadInput(f"{path!r} is named .gz, and is not packed with gzip: give it its own name")
        return gzip.open(path, "rb")
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{path!r}: cannot be read ({why})") from error


def _standard_input() -> BinaryIO:
    """One page on standard input, unpacked where it is packed."""
    page = sys.stdin.buffer.read(MAX_PAGE + 1)
    return gzip.open(io.BytesIO(page)) if page.startswith(GZIP) else io.BytesIO(page)


def json_lines_of(path: str) -> Iterator[tuple[int, Row | BadInput]]:
    """(line, object or what is wrong) of a file of JSON Lines; `-` is stdin."""
    if path == "-":
        yield from _objects(sys.stdin.buffer)
    else:
        with _open(path) as file:
            yield from _objects(file)


def _json_lines(file: BinaryIO, mapping: Mapping[str, str]) -> Iterator[tuple[int, Row | BadInput]]:
    rows = _objects(file)
    first = list(islice(rows, LOOKED_AHEAD)) if mapping else []
    known = [row for _, row in first if not isinstance(row, BadInput)]
    if known:
        _check_columns({column for row in known for column in row}, mapping)
    for number, row in chain(first, rows):
        yield number, row if isinstance(row, BadInput) else _mapped(row, mapping)


def _check_columns(columns: Iterable[str | None], mapping: Mapping[str, str]) -> None:
    """Raise BadInput for a mapped column that the file does not have."""
    held = {str(column) for column in columns if column}
    for key, column in mapping.items():
        if column not in held:
            named = ", ".join(sorted(held)[:30])[:300]
            raise BadInput(f"there is no column `{column}` (--map {key}={column}); the columns are: {named}")


def _check_url(columns: Iterable[str | None] | None, mapping: Mapping[str, str]) -> None:
    """Raise BadInput for a table, not an empty one, without the one column that every row needs."""
    held = [column for column in columns or () if column]
    if held and mapping.get("url", "url") not in held:
        named = ", ".join(held[:30])[:300]
        raise BadInput(f"there is no column `url` (another one: --map url=COLUMN); the columns are: {named}")


def _objects(file: BinaryIO) -> Iterator[tuple[int, Row | BadInput]]:
    """Lines end at a newline byte and nowhere else: U+2028 may stand inside one.

    A file that is one JSON list is read whole, and each object of the list is a row.
    """
    number = 0
    try:
        for number, line in enumerate(file, start=1):
            if number == 1 and line.lstrip(_BLANK).startswith(b"[") and (listed := _list(line, file)):
                yield from listed
                return
            if line.strip():
                yield number, _object(line)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield number + 1, BadInput(f"the file is cut off here ({error})")


_BLANK = b"\xef\xbb\xbf \t\r\n"


def _list(line: bytes, file: BinaryIO) -> list[tuple[int, Row | BadInput]]:
    """(number, object or what is wrong) of the list that a file is; of its lines, where the first is a list
    by itself."""
    rest = file.read(MAX_LIST)
    if len(rest) == MAX_LIST:
        return [
            (1, BadInput(f"a JSON list of over {MAX_LIST:,} bytes: write one object a line (JSON Lines)"))
        ]
    if rest.strip() and _is_json(line):
        lines = enumerate((line + rest).split(b"\n"), start=1)
        return [(number, _object(line)) for number, line in lines if line.strip()]
    try:
        told = json.loads(line + rest)
    except (ValueError, RecursionError) as error:
        return [(1, BadInput(f"not JSON ({error})"))]
    return [(number, _as_object(row)) for number, row in enumerate(told, start=1)]


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _object(line: bytes) -> Row | BadInput:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadInput(f"not JSON ({error})")
    return _as_object(row)


def _as_object(row: object) -> Row | BadInput:
    return row if isinstance(row, dict) else BadInput(f"not a JSON object but {type(row).__name__}")


def _csv(path: str, mapping: Mapping[str, str], delimiter: str) -> Iterator[tuple[int, Row | BadInput]]:
    csv.field_size_limit(MAX_PAGE)
    with _open(path) as file:
        lines = (line.decode("utf-8-sig" if n == 0 else "utf-8", "replace") for n, line in enumerate(file))
        reader = csv.DictReader((line.replace("\0", "") for line in lines), delimiter=delimiter, restkey="")
        number = 0
        try:
            _check_columns(reader.fieldnames or (), mapping)
            _check_url(reader.fieldnames, mapping)
            for number, row in enumerate(reader, start=1):
                yield number, _mapped(row, mapping)
        except (csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield number + 1, BadInput(f"the rest of the file cannot be read as CSV ({error})")


def _mapped(row: Mapping[str, object], mapping: Mapping[str, str]) -> Row | BadInput:
    kept = {key: row.get(mapping.get(key, key)) for key in KEYS}
    kept = {key: value for key, value in kept.items() if value not in (None, "")}
    if "url" not in kept:
        column = mapping.get("url", "url")
        return BadInput(f"no `{column}`: every row needs one (another column: --map url=COLUMN)")
    if "html" not in kept and "text" not in kept:
        return BadInput("neither `html` nor `text`: a row needs one of them (--map text=COLUMN)")
    for key, value in kept.items():
        if not isinstance(value, _FITS.get(key, str)) or isinstance(value, bool):
            return BadInput(f"`{key}` is no text but {type(value).__name__}")
    return kept


_NUMBERS = (str, int, float)  # an identifier or a moment may be a number
_FITS = {"url": (str, int), "published": _NUMBERS, "fetched": _NUMBERS, "links": (str, list)}
