"""Archives in and out: filtered, gone on with, broken ones told; what a crawl keeps can be read back."""

import gzip
from datetime import UTC, datetime
from io import BytesIO

import pytest
from scrapy.http import HtmlResponse

from crawler.imports import import_files
from db.open import open_db
from db.progress import Tell, silent
from db.values import rows
from tests.crawler.test_news import page

fastwarc = pytest.importorskip("fastwarc", reason="fastwarc is not installed: `make install` brings it")

from crawler.warc import Filters, Writer, pages  # noqa: E402
from crawler.warc_end import broken_at  # noqa: E402
from db.marks import put_record  # noqa: E402

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(url, body, head=b"Content-Type: text/html; charset=utf-8"):
    return url, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body


def archive(path, *records, day=DAY):
    from fastwarc.warc import WarcRecord, WarcRecordType

    with path.open("wb") as file:
        for url, block in records:
            record = WarcRecord()
            record.init_headers(record_type=WarcRecordType.response)
            record.headers["WARC-Target-URI"] = url
            record.headers["WARC-Date"] = day.strftime("%Y-%m-%dT%H:%M:%SZ")
            record.headers["Content-Type"] = "application/http; msgtype=response"
            record.set_bytes_content(block)
            written = BytesIO()
            record.write(written)
            file.write(gzip.compress(written.getvalue()))
    return str(path)


def record_starts(packed):
    """Where the gzip members of a file begin."""
    return [at for at in range(len(packed)) if packed[at : at + 4] == b"\x1f\x8b\x08\x00"]


@pytest.fixture
def db():
    with_tables = open_db(":memory:")
    yield with_tables
    with_tables.close()


@pytest.fixture
def told():
    return []


def taken(db, told, *files, **which):
    tell = Tell(told.append, silent)
    filters = Filters(**which) if which else None
    return import_files(db, files, {}, url=None, now=datetime.now(UTC), tell=tell, filters=filters)


def urls(db):
    return [row["url"] for row in rows(db, "SELECT url FROM articles ORDER BY url")]


def test_pages_of_an_archive_become_articles_and_the_rest_is_passed_over(db, told, tmp_path):
    file = archive(
        tmp_path / "news.warc.gz",
        answer("http://a.example/one", page("Upperton")),
        answer("http://b.example/pdf", b"%PDF", b"Content-Type: application/pdf"),
        ("http://b.example/gone", b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>gone"),
        answer("http://b.example/zipped", gzip.compress(page("Lowerton")),
               b"Content-Type: text/html\r\nContent-Encoding: gzip"),
        answer("http://c.example/old", page("Stâna").decode().encode("iso8859-2"),
               b"Content-Type: text/html; charset=iso-8859-2"),
    )  # fmt: skip
    assert taken(db, told, file)["stored"] == 3
    assert urls(db) == ["http://a.example/one", "http://b.example/zipped", "http://c.example/old"]
    text = "SELECT v.text FROM versions v JOIN articles a ON a.id = v.article_id WHERE a.url LIKE '%old'"
    assert "Stâna" in next(rows(db, text))["text"]
    assert {row["fetched"] for row in rows(db, "SELECT fetched FROM versions")} == {DAY.isoformat()}


@pytest.mark.parametrize(
    ("which", "kept"),
    [
        ({"domains": frozenset({"a.example"})}, 1),
        ({"languages": frozenset({"ro"})}, 0),
        ({"languages": frozenset({"en"})}, 2),
        ({"since": datetime(2026, 3, 2, tzinfo=UTC)}, 0),
    ],
)
def test_only_what_was_asked_for_is_taken(db, told, tmp_path, which, kept):
    records = [answer(f"http://{host}.example/1", page(host.upper() + "ton")) for host in "ab"]
    file = archive(tmp_path / "n.warc.gz", *records)
    assert taken(db, told, file, **which)["stored"] == kept


def test_a_file_taken_in_before_is_not_read_again_and_a_stopped_one_goes_on(db, told, tmp_path, monkeypatch):
    monkeypatch.setattr("crawler.warc_import.CHUNK", 1)
    records = [answer(f"http://a.example/{n}", page(f"Gate{n}")) for n in range(4)]
    file = archive(tmp_path / "n.warc.gz", *records)

    def stop(what, done, total):
        if len(urls(db)) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_files(
            db, [file], {}, url=None, now=datetime.now(UTC), tell=Tell(told.append, stop), filters=None
        )
    assert len(urls(db)) == 2
    assert taken(db, told, file) == {"stored": 2, "new versions": 0, "known": 1, "refused": 0}
    assert any("going on at byte" in line for line in told)
    assert taken(db, told, file)["known"] == 0
    assert "taken in before" in told[-1]


def cut(packed):
    return packed[:-200]


def cut_in_its_sum(packed):
    return packed[:-3]


def cut_unpacked(packed):
    return gzip.decompress(packed)[:-500]


def broken_in_the_middle(packed):
    at = record_starts(packed)[2]
    return packed[: at + 40] + b"no gzip at all" + packed[at + 54 :]


@pytest.mark.parametrize("harm", [cut, cut_in_its_sum, cut_unpacked, broken_in_the_middle])
def test_a_broken_archive_is_told_and_what_stands_before_the_break_is_kept(db, told, tmp_path, harm):
    file = tmp_path / "n.warc.gz"
    archive(file, *[answer(f"http://a.example/{n}", page(f"Gate{n}")) for n in range(3)])
    whole = file.read_bytes()
    starts = record_starts(whole)
    file.write_bytes(harm(whole))
    plain = [0, *(len(gzip.decompress(whole[:at])) for at in starts[1:])]
    assert taken(db, told, str(file)) == {"stored": 2, "new versions": 0, "known": 0, "refused": 1}
    assert urls(db) == ["http://a.example/0", "http://a.example/1"]  # no half page among them
    (line,) = [line for line in told if "breaks off" in line]
    at = (plain if harm is cut_unpacked else starts)[2]
    assert str(file) in line
    assert f"the file breaks off at byte {at:,}" in line


@pytest.mark.parametrize("packed", [True, False])
def test_a_whole_archive_is_whole_from_any_of_its_records_on(tmp_path, packed):
    file = tmp_path / "n.warc.gz"
    archive(file, *[answer(f"http://a.example/{n}", page(f"Gate{n}") * 200) for n in range(3)])
    whole = file.read_bytes()
    starts = record_starts(whole)
    if not packed:
        starts = [0, *(len(gzip.decompress(whole[:at])) for at in starts[1:])]
        file.write_bytes(gzip.decompress(whole))
    with file.open("rb") as stream:
        assert [broken_at(stream, at) for at in starts] == [None] * 3


def test_an_archive_that_is_not_there_is_refused(db, told, tmp_path):
    assert taken(db, told, str(tmp_path / "none.warc"))["refused"] == 1


def test_what_a_crawl_keeps_is_read_back_byte_for_byte(db, told, tmp_path):
    writer = Writer(folder=tmp_path, agent="newstrace/0.1 (desk@quarry.example)", run=3)
    body = page("Upperton")
    response = HtmlResponse(
        "http://a.example/one", body=body, headers={"Content-Type": "text/html; charset=utf-8", "ETag": '"x"'}
    )
    file, at = writer.response(response, DAY)
    _, second = writer.revisit(response, DAY, DAY.isoformat())
    assert (at > 0, second > at) == (True, True)  # a record of who wrote it goes first
    ((found, row),) = pages(file, at, Filters())
    assert (found, row["html"], row["url"]) == (at, body, "http://a.example/one")
    assert taken(db, told, file)["stored"] == 1
    put_record(db, 1, file, at)
    put_record(db, 1, file, second)
    assert [tuple(r) for r in rows(db, "SELECT * FROM warc_records")] == [(1, file, at)]
