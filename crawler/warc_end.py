"""Is a WARC file whole up to its end?  Its reader takes a file that breaks off for one that ends there."""

import re
import zlib
from typing import BinaryIO

CHUNK = 1 << 20  # bytes
MAX_HEAD = 1 << 16  # bytes of the headers of one record

_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})\s*$")


def broken_at(file: BinaryIO, start: int) -> int | None:
    """Where the record begins that is cut or broken, from `start` (a record's beginning) on; None: nowhere.

    For files of gzip members and for plain ones; None also for those packed in another way.
    """
    file.seek(start)
    magic = file.read(5)
    file.seek(start)
    if magic[:2] == b"\x1f\x8b":
        return _broken_member(file, start)
    return _broken_record(file, start) if magic == b"WARC/" else None


def _broken_member(file: BinaryIO, start: int) -> int | None:
    rest = b""
    while True:
        rest = rest or file.read(CHUNK)
        if not rest.strip(b"\x00"):
            return None  # the end; some writers pad it
        member, unpacker, size = start, zlib.decompressobj(wbits=31), 0
        try:
            while not unpacker.eof:
                unpacker.decompress(rest, CHUNK)
                size += len(rest) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data)
                rest = unpacker.unconsumed_tail or unpacker.unused_data or file.read(CHUNK)
                if not rest and not unpacker.eof:
                    return member
        except zlib.error:
            return member
        start = member + size


def _broken_record(file: BinaryIO, start: int) -> int | None:
    end = file.seek(0, 2)
    while start < end:
        file.seek(start)
        head, blank, _ = file.read(MAX_HEAD).partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not (head.startswith(b"WARC/") and blank and length):
            return start
        body = start + len(head) + len(blank)
        if body + int(length[1]) > end:
            return start
        start = body + int(length[1])
        file.seek(start)
        while file.read(2) == b"\r\n":
            start += 2
    return None
