"""Records of WARC files (ISO 28500) as they were kept: read out by their place, checked by their digest."""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from fastwarc.warc import ArchiveIterator

MOST = 50_000_000  # bytes of one record, packed
_CHUNK = 1 << 16
GZIP = b"\x1f\x8b"
_LENGTH = re.compile(rb"^content-length:\s*(\d{1,12})\s*$", re.I | re.M)


def record_at(file: str | Path, offset: int) -> bytes | None:
    """The bytes of the record at that place, packed as they stand; None where there is none any more."""
    try:
        with Path(file).open("rb") as archive:
            archive.seek(offset)
            start = archive.read(_CHUNK)
            rest = iter(lambda: archive.read(_CHUNK), b"")
            if start.startswith(GZIP):
                return _member(start, rest)
            return _plain(start, rest) if start.startswith(b"WARC/") else None
    except OSError:
        return None


def _member(start: bytes, rest: Iterator[bytes]) -> bytes | None:
    """One member of a gzip file."""
    reader, found, piece = zlib.decompressobj(31), bytearray(), start
    try:
        while piece and not reader.eof and len(found) < MOST:
            reader.decompress(piece)
            found += piece
            piece = b"" if reader.eof else next(rest, b"")
    except zlib.error:
        return None
    return bytes(found[: len(found) - len(reader.unused_data)]) if reader.eof else None


def _plain(start: bytes, rest: Iterator[bytes]) -> bytes | None:
    """A record that is not packed: its headers say how long it is."""
    head, blank, _ = start.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not blank or not length or int(length[1]) > MOST:
        return None
    size = len(head) + len(blank) + int(length[1]) + 4
    whole = start + b"".join(_up_to(rest, size - len(start)))
    return whole[:size] if len(whole) >= size else None


def _up_to(pieces: Iterator[bytes], size: int) -> list[bytes]:
    """The pieces until they hold that many bytes."""
    found: list[bytes] = []
    while size > 0 and (piece := next(pieces, b"")):
        found.append(piece)
        size -= len(piece)
    return found


def is_whole(record: bytes) -> bool:
    """Whether the bytes are one record whose block has the digest that it states, or states none."""
    try:
        found = list(_digests(record))
    except (OSError, ValueError):
        return False
    return found == [True]


def _digests(record: bytes) -> Iterator[bool]:
    for one in ArchiveIterator(BytesIO(record), parse_http=False):
        yield one.headers.get("WARC-Block-Digest") is None or bool(one.verify_block_digest())
