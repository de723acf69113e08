"""WARC files: pages read from them for `import`, and fetched pages written to them by `crawl --warc`.

Reading streams: a file of many GB is never held. `fastwarc` does the parsing.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType
from scrapy.http import Response
from w3lib.encoding import html_body_declared_encoding, to_unicode

from crawler.rows import MAX_PAGE, Row
from crawler.warc_end import broken_at
from db.errors import BadInput
from db.urls import domain as domain_of
from db.urls import host, is_web

PAGES = ("text/html", "application/xhtml+xml")
KEPT_HEADERS = ("Content-Type", "Content-Language", "Last-Modified", "ETag", "Date", "Location",
                "TDM-Reservation", "X-Robots-Tag", "Server")  # fmt: skip
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
MAX_FILE = 1_000_000_000  # bytes, after which `crawl --warc` begins another file


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which pages of an archive are taken."""

    domains: frozenset[str] = frozenset()  # registrable domains or hosts; none: all
    languages: frozenset[str] = frozenset()  # of the article as read; none: all
    since: datetime | None = None  # fetched at or after

    def takes(self, url: str, fetched: datetime) -> bool:
        """Whether a record is worth reading."""
        named = {domain_of(url), host(url).removeprefix("www.")}
        return (not self.domains or bool(named & self.domains)) and (not self.since or fetched >= self.since)


def pages(path: str, offset: int, filters: Filters) -> Iterator[tuple[int, Row | BadInput]]:
    """(offset of the record, its page or what is wrong with it) of each page from `offset` on.

    Raises BadInput when the file cannot be opened; a file that breaks off ends with a BadInput.
    """
    try:
        with Path(path).open("rb") as file:
            file.seek(offset)
            yield from _pages(file, offset, filters)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error


def _pages(file: BinaryIO, offset: int, filters: Filters) -> Iterator[tuple[int, Row | BadInput]]:
    at, held, why = offset, [], ""  # one page is held back: where the file breaks off, it may be half of one
    try:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all"):
            yield from held
            at, held = record.stream_pos, []  # counted from the start of the file, wherever we began
            url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
            fetched = record.record_date or datetime.fromtimestamp(0, UTC)
            if is_web(url) and record.is_http and filters.takes(url, fetched):
                row = _row(record, url, fetched)
                held = [] if row is None else [(at, row)]
    except OSError as error:
        why = f" ({error})"
    broken = broken_at(file, at)
    yield from (pair for pair in held if broken is None or pair[0] < broken)
    if why or broken is not None:
        place = at if broken is None else broken
        yield place, BadInput(f"the file breaks off at byte {place:,}: what follows is lost{why}")


def _row(record: WarcRecord, url: str, fetched: datetime) -> Row | BadInput | None:
    """The page in a record; None for what is no page."""
    answer = record.http_headers
    stated = (record.http_content_type or "").lower()
    if answer is None or answer.status_code != 200 or stated not in PAGES:
        return None
    try:
        body = record.reader.read(MAX_PAGE + 1)
    except OSError as error:
        return BadInput(f"{url[:200]}: the answer cannot be decoded ({error})")
    if len(body) > MAX_PAGE:
        return BadInput(f"{url[:200]}: larger than {MAX_PAGE:,} bytes")
    return {"url": url, "html": _readable(body, record.http_charset), "fetched": fetched.isoformat()}


def _readable(body: bytes, charset: str | None) -> bytes:
    """The page so that it can be read without its headers; as it is, unless only they named its charset."""
    if not charset or charset.lower() in ("utf-8", "utf8") or html_body_declared_encoding(body):
        return body
    try:
        return b"\xef\xbb\xbf" + to_unicode(body, charset).encode("utf-8", "replace")
    except LookupError:
        return body


@dataclass(slots=True)
class Writer:
    """Appends fetched pages to WARC files in a folder; what was written before a kill can be read."""

    folder: Path
    agent: str  # who asked, for the first record of a file
    run: int
    _number: int = 0

    def response(self, response: Response, fetched: datetime) -> tuple[str, int]:
        """(file, offset) of a page as it was answered, transfer and content codings taken off."""
        head = [f"HTTP/1.1 {response.status} -"]
        head += [f"{name}: {value}" for name in KEPT_HEADERS if (value := _header(response, name))]
        head.append(f"Content-Length: {len(response.body)}")
        block = "\r\n".join([*head, "", ""]).encode("latin-1", "replace") + response.body
        return self._append(WarcRecordType.response, response.url, block, fetched)

    def revisit(self, response: Response, seen: datetime, since: str) -> tuple[str, int]:
        """(file, offset) of the note that a server said 304: the page is as it was fetched at `since`."""
        head = ["HTTP/1.1 304 Not Modified"]
        head += [f"{name}: {value}" for name in KEPT_HEADERS if (value := _header(response, name))]
        block = "\r\n".join([*head, "", ""]).encode("latin-1", "replace")
        before = datetime.fromisoformat(since)
        return self._append(WarcRecordType.revisit, response.url, block, seen, before)

    def _append(
        self, kind: WarcRecordType, url: str, block: bytes, fetched: datetime, before: datetime | None = None
    ) -> tuple[str, int]:
        record = WarcRecord()
        record.init_headers(record_type=kind)
        record.headers["WARC-Target-URI"] = url
        record.headers["WARC-Date"] = _stamp(fetched)
        record.headers["Content-Type"] = "application/http; msgtype=response"
        if before is not None:
            record.headers["WARC-Profile"] = NOT_MODIFIED
            record.headers["WARC-Refers-To-Target-URI"] = url
            record.headers["WARC-Refers-To-Date"] = _stamp(before)
        record.set_bytes_content(block)
        written = BytesIO()
        record.write(written, checksum_data=True)
        return self._put(gzip.compress(written.getvalue(), mtime=0))

    def _put(self, packed: bytes) -> tuple[str, int]:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path()
        if path.exists() and path.stat().st_size + len(packed) > MAX_FILE:
            self._number += 1
            path = self._path()
        with path.open("ab") as file:
            if not file.tell():
                file.write(self._info(path.name))
            at = file.tell()
            file.write(packed)
        return str(path.absolute()), at

    def _info(self, name: str) -> bytes:
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.warcinfo)
        record.headers["Content-Type"] = "application/warc-fields"
        record.headers["WARC-Filename"] = name
        record.set_bytes_content(f"software: newstrace\r\nhttp-header-user-agent: {self.agent}\r\n".encode())
        written = BytesIO()
        record.write(written, checksum_data=True)
        return gzip.compress(written.getvalue(), mtime=0)

    def _path(self) -> Path:
        return self.folder / f"newstrace-{self.run:06}-{self._number:04}.warc.gz"


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return " ".join(value.decode("latin-1").split()) if value else ""
