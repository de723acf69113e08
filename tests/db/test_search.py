"""The search index fits the texts, whether versions join it one by one or by the batch."""

import pytest

from db.errors import RefusedUrl
from db.search import indexed_at_once
from db.store import check, put_article, writing


def _found(db, word):
    sql = "SELECT rowid FROM versions_fts WHERE versions_fts MATCH ? ORDER BY rowid"
    return [row[0] for row in db.execute(sql, [word])]


def _failing_batch(db, article):
    with indexed_at_once(db):
        put_article(db, article)
        raise RefusedUrl("stop")


def test_a_batch_joins_the_index_at_its_end(db, made):
    put_article(db, made("https://a.example/0", text="A ferry sank."))
    with indexed_at_once(db):
        for n in (1, 2):
            put_article(db, made(f"https://a.example/{n}", text="A ferry was raised."))
        assert _found(db, "ferry") == [1]
    assert _found(db, "ferry") == [1, 2, 3]
    put_article(db, made("https://a.example/4", text="The last ferry."))
    assert _found(db, "ferry") == [1, 2, 3, 4]
    assert check(db) == []


def test_what_changes_inside_a_batch_is_indexed_as_it_is_at_its_end(db, made):
    put_article(db, made("https://a.example/1", text="Old ferry."))
    with indexed_at_once(db):
        put_article(db, made("https://a.example/1", text="Old ferry.", raw=b"<p>"))
        put_article(db, made("https://a.example/1", text="New ferry.", hours=1))
        put_article(db, made("https://a.example/2", text="Other ferry."))
        put_article(db, made("https://a.example/2", text="Other ferry.", raw=b"<p>"))
        put_article(db, made("https://a.example/2", text="A boat.", hours=1))
        db.execute("DELETE FROM versions WHERE text IN ('Old ferry.', 'Other ferry.')")
    assert _found(db, "ferry") == _found(db, "new") == [2]
    assert check(db) == []


def test_a_batch_that_fails_leaves_the_index_as_it_was(db, made):
    with pytest.raises(RefusedUrl):
        _failing_batch(db, made(text="A ferry sank."))
    assert _found(db, "ferry") == []
    assert check(db) == []
    put_article(db, made(text="A ferry sank."))
    assert _found(db, "ferry") == [1]


def test_a_batch_inside_a_batch_ends_with_it(db, made):
    with indexed_at_once(db):
        with indexed_at_once(db):
            put_article(db, made("https://a.example/1", text="A ferry sank."))
        assert _found(db, "ferry") == []
        put_article(db, made("https://a.example/2", text="A ferry rose."))
    assert _found(db, "ferry") == [1, 2]


def test_an_error_caught_outside_a_batch_leaves_no_pause(db, made):
    with writing(db):
        with pytest.raises(RefusedUrl):
            _failing_batch(db, made("https://a.example/1", text="A ferry sank."))
        put_article(db, made("https://a.example/2", text="A ferry rose."))
    assert _found(db, "ferry") == [1, 2]
    assert check(db) == []


def test_the_words_of_a_batch_are_one_piece_of_the_index(db, made):
    with indexed_at_once(db):
        for n in range(40):
            words = " ".join(
                f"ferry{n}x{m}" for m in range(1_000)
            )  # 10 kB: more than FTS5 lets wait by itself
            put_article(db, made(f"https://a.example/{n}", text=words * 3))
    pieces = db.execute("SELECT count(DISTINCT segid) FROM versions_fts_idx").fetchone()
    assert pieces == (1,)
    assert check(db) == []
