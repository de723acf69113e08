"""Standard input as a file of its kind: what it is, its first bytes tell."""

import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from crawler.tables import MAGIC

HEAD = 4096  # bytes looked at

_GZIP = b"\x1f\x8b"
_LINES = ".jsonl"


@contextmanager
def as_files(names: Iterable[str]) -> Iterator[list[str]]:
    """The names of files, `-` replaced by a file of what is on standard input, there while the block runs.

    Plain JSON Lines stay `-`: they are read as they come.
    """
    names = list(names)
    kind = kind_of(_head(sys.stdin.buffer)) if "-" in names else _LINES
    if kind == _LINES:
        yield names
        return
    with TemporaryDirectory(prefix="newstrace-") as folder:
        path = Path(folder) / f"stdin{kind}"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [str(path) if name == "-" else name for name in names]


def kind_of(head: bytes) -> str:
    """The ending of a file that begins so: .warc .html .jsonl .csv .tsv or .db, with .gz where it is packed.

    >>> kind_of(b"url,text"), kind_of(b" <!doctype html>"), kind_of(b'{"url": 1}'), kind_of(MAGIC)
    ('.csv', '.html', '.jsonl', '.db')
    """
    if head.startswith(_GZIP):
        return _plain(_unpacked(head)) + ".gz"
    return _plain(head)


def _plain(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"WARC/"):
        return ".warc"
    if start[:1] == b"<":
        return ".html"
    if start.startswith(MAGIC):
        return ".db"
    if start[:1] in (b"{", b"[", b""):
        return _LINES
    line = start.split(b"\n", 1)[0]
    return ".tsv" if line.count(b"\t") > line.count(b",") else ".csv"


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return b""


def _head(file: BinaryIO) -> bytes:
    """The first bytes of a stream, left in it."""
    if peek := getattr(file, "peek", None):
        return peek(HEAD)[:HEAD]
    at = file.tell()
    head = file.read(HEAD)
    file.seek(at)
    return head
