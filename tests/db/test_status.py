"""How the sites and the files behind a database stand."""

from datetime import timedelta

import pytest

from db.frontier import Answer, put_found, visited
from db.health import files_of
from db.marks import put_record
from db.status import as_text, status_of
from db.store import end_run, open_db, put_article, start_run

HOUR = timedelta(hours=1)


@pytest.fixture
def crawled(db, made, noon):
    """Site a with two articles, one failure and one refusal; site b never answered."""
    found = [(f"https://a.example/{n}", "a.example", "article", None, noon) for n in range(5)]
    put_found(db, [*found, ("https://b.example/feed", "b.example", "feed", None, noon)])
    for n in (0, 1):
        put_article(db, made(f"https://a.example/{n}", text=f"text {n}", raw=b"<p>" * 1000))
        visited(db, f"https://a.example/{n}", "stored", noon + n * HOUR, Answer(status=200))
    visited(db, "https://a.example/2", "failed", noon + 5 * HOUR, Answer(status=500, note="http_500"))
    visited(db, "https://a.example/3", "refused", noon + 5 * HOUR, Answer(note="robots"))
    visited(db, "https://b.example/feed", "failed", noon, Answer(note="timeout"))
    end_run(db, start_run(db, "crawl", noon), "done", {"stored": 2, "stored a.example": 2}, noon + HOUR)
    return db


def test_each_site_says_when_it_last_answered_and_what_went_wrong(crawled, noon):
    a, b = status_of(crawled, noon + 48 * HOUR)["sites"]
    assert (a["site"], a["last_success"], a["waiting"]) == ("a.example", (noon + HOUR).isoformat(), 1)
    assert (a["errors"], a["left_out"]) == ({"http_500": 1}, {"robots": 1})
    assert a["articles_per_day"] == 1.0  # two in the two days since it is known
    assert (b["last_success"], b["errors"]) == (None, {"timeout": 1})


def test_articles_per_day_are_those_of_the_last_week(crawled, noon):
    assert status_of(crawled, noon + 6 * 24 * HOUR)["sites"][0]["articles_per_day"] == 0.3
    assert status_of(crawled, noon + 8 * 24 * HOUR)["sites"][0]["articles_per_day"] == 0.0


def test_files_are_told_with_their_sizes(tmp_path, made):
    db = open_db(tmp_path / "n.db", create=True)
    kept = tmp_path / "warc" / "one.warc.gz"
    kept.parent.mkdir()
    kept.write_bytes(b"x" * 1234)
    for n, file in enumerate((kept, tmp_path / "lost.warc.gz")):
        stored = put_article(db, made(f"https://a.example/{n}", text=f"text {n}", raw=b"<p>" * 1000))
        put_record(db, stored.version, str(file), 0)
    files = files_of(db)
    assert files["database"]["path"] == str(tmp_path / "n.db")
    assert files["database"]["bytes"] == (tmp_path / "n.db").stat().st_size
    assert files["wal"]["bytes"] == (tmp_path / "n.db-wal").stat().st_size > 0
    assert files["raw_pages"]["pages"] == 2
    assert 0 < files["raw_pages"]["bytes"] < 200  # as they are kept: packed
    assert files["warc"] == {
        "folders": [str(tmp_path), str(kept.parent)], "files": 2, "missing": 1, "bytes": 1234,
    }  # fmt: skip
    db.close()


def test_the_status_is_told_in_words(crawled, noon):
    words = as_text(status_of(crawled, noon + 48 * HOUR))
    assert "crawl: done (2 stored)" in words
    assert "2026-03-01 13:00      1.0       1  http_500 1" in words
    assert "never" in words
    assert "raw pages in it" in words


def test_the_keys_of_the_contract_stay(db):
    assert {"counts", "coverage", "runs", "outlets", "detectors", "sites", "files"} <= status_of(db).keys()
