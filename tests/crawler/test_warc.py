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


def test_a_broken_archive_is_told_and_what_stands_before_the_break_is_kept(db, told, tmp_path):
    file = archive(
        tmp_path / "n.warc.gz", *[answer(f"http://a.example/{n}", page(f"Gate{n}")) for n in range(3)]
    )
    whole = (tmp_path / "n.warc.gz").read_bytes()
    (tmp_path / "n.warc.gz").write_bytes(whole[:-200])
    counts = taken(db, told, file, since=datetime(2000, 1, 1, tzinfo=UTC))
    assert counts["stored"] >= 2
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
