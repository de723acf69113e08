import logging

import pytest

from db.errors import BadUrl, UnknownArticle
from db.lookup import find_article
from db.records import Link, Match, Outlet, Passage, Reason
from db.store import (
    check,
    forget,
    is_forgotten,
    open_db,
    open_read,
    outlet_row,
    put_article,
    put_found,
    put_links,
    put_matches,
    put_outlets,
    put_phantom,
)

SECRET = "zanzibarine"  # a word that stands on the erased page alone


def _bytes(path):
    return b"".join(part.read_bytes() for part in path.parent.iterdir() if part.name.startswith(path.name))


def _share(db, a, b):
    passage = Passage(a_start=0, a_end=5, b_start=0, b_end=5, words=5)
    shares = {"a_in_b": 1, "b_in_a": 1, "jaccard": 1, "shared_words": 5, "longest_run": 5}
    put_matches(db, [Match(a=a, b=b, passages=(passage,), **shares)])


def _link(db, child, source, *reasons):
    facts = {"relation": "credits", "p_related": 1, "p_direction": 1, "p_direct": 1, "status": "accepted"}
    put_links(db, [Link(child=child, source=source, reasons=reasons, **facts)], rule_version="1", run=None)


def test_no_byte_of_a_forgotten_page_stays_in_the_file(tmp_path, made, credit, noon):
    path = tmp_path / "news.db"
    db = open_db(path, create=True)
    for n in range(20):
        put_article(db, made(f"https://b.example/{n}", text=f"other words {n} " * 50))
    article = made(
        title=f"{SECRET} title",
        text=f"The {SECRET} bridge opened. " * 400,
        evidence=(credit(f"Source: {SECRET}"),),
        raw=f"<p>{SECRET}".encode(),
        urls=((f"https://a.example/{SECRET}", "redirect"),),
    )
    mine = put_article(db, article)
    theirs = put_article(db, made("https://c.example/1", text="a copy"))
    first, second = sorted((mine.version, theirs.version))
    _share(db, first, second)
    reason = Reason(kind="inherited", weight=1, quote=f"Source: {SECRET}")
    for source in (mine.article, 1):
        _link(db, theirs.article, source, reason)
    assert SECRET.encode() in _bytes(path)
    assert forget(db, "https://a.example/1", noon) == 1
    found = _bytes(path)
    tombstone = f"https://a.example/{SECRET}".encode()
    assert found.replace(tombstone, b"").count(SECRET.encode()) == 0
    assert check(db) == []
    for table in ("matches", "passages", "raw_pages"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    assert db.execute("SELECT count(*) FROM links").fetchone()[0] == 1
    assert (
        db.execute("SELECT count(*) FROM versions_fts WHERE versions_fts MATCH ?", [SECRET]).fetchone()[0]
        == 0
    )
    db.close()


def test_a_quote_that_stands_on_another_page_too_stays_there(db, made, credit, linked, noon):
    put_article(db, made("https://x.example/1", evidence=(credit(),)))
    put_article(db, made("https://y.example/1", evidence=(credit(),)))
    linked("ba", reasons=(Reason(kind="source_line", weight=1, quote=credit().quote),))
    forget(db, "https://x.example/1", noon)
    assert db.execute("SELECT quote FROM link_evidence").fetchall() == [(credit().quote,)]


def test_a_forgotten_domain_covers_all_its_hosts_and_nothing_else(db, made, noon):
    gone = ["https://www.a.example/1", "http://m.a.example/2", "https://en.a.example/3"]
    kept = ["https://aa.example/1", "https://a.example.net/1", "https://b.example/?u=a.example"]
    put_outlets(db, [Outlet(domain="en.a.example", name="A in English")], "catalogue")
    for url in gone[:2]:
        put_article(db, made(url, domain="a.example"))
    put_article(db, made(gone[2]))
    for url in kept:
        put_article(db, made(url))
    put_article(db, made("urn:wire:7", domain="a.example"))
    put_found(db, [(url, "a.example", "article", None, noon) for url in ("https://x.a.example/9", kept[0])])
    assert forget(db, "WWW.A.example", noon) == 4
    assert [is_forgotten(db, url) for url in gone] == [True] * 3
    assert [is_forgotten(db, url) for url in kept] == [False] * 3
    assert db.execute("SELECT url, state FROM frontier ORDER BY url").fetchall() == [
        (kept[0], "due"),
        ("https://x.a.example/9", "refused"),
    ]


def test_a_forgotten_account_leaves_the_platform_alone(db, made, noon):
    for account in ("one", "two"):
        put_article(db, made(f"https://t.me/{account}/5", domain=f"t.me/{account}"))
    assert forget(db, "t.me/One", noon) == 1
    assert is_forgotten(db, "https://t.me/one/77")
    assert not is_forgotten(db, "https://t.me/two/5")


def test_a_forgotten_page_is_known_by_every_spelling(db, made, noon):
    put_article(db, made("https://a.example/1", urls=(("https://a.example/amp/1", "amp"),)))
    forget(db, "http://www.a.example/1/", noon)
    assert is_forgotten(db, "https://a.example/1")
    assert is_forgotten(db, "https://a.example/amp/1")
    assert not is_forgotten(db, "https://a.example/2")
    with pytest.raises(UnknownArticle, match="forgotten on request"):
        find_article(db, "https://a.example/1")


def test_what_was_never_stored_gets_its_tombstone_too(db, noon):
    assert forget(db, "https://a.example/never", noon) == 0
    assert is_forgotten(db, "https://a.example/never")


def test_a_phantom_goes_with_the_last_page_that_named_it(db, made, noon):
    agency = outlet_row(db, Outlet(domain="agency.example", name="Agency"))
    phantom = put_phantom(db, outlet=agency, key="agency bridge", seen=noon)
    for n in (1, 2):
        _link(db, put_article(db, made(f"https://{n}.example/")).article, phantom)
    left = []
    for n in (1, 2):
        forget(db, f"https://{n}.example/", noon)
        left.append(db.execute("SELECT count(*) FROM articles").fetchone()[0])
    assert left == [2, 0]


@pytest.mark.parametrize("name", ["", "example", "a.example/path", "not a name", "-", "a.example:80"])
def test_a_name_that_means_no_page_and_no_domain_erases_nothing(db, made, name, noon):
    put_article(db, made())
    with pytest.raises(BadUrl):
        forget(db, name, noon)
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 1


def test_a_reader_that_holds_the_file_open_is_spoken_of(tmp_path, made, noon, caplog):
    path = tmp_path / "news.db"
    db = open_db(path, create=True)
    put_article(db, made())
    reader = open_read(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchone()
    db.execute("PRAGMA busy_timeout = 50")
    with caplog.at_level(logging.WARNING):
        assert forget(db, "a.example", noon) == 1
    assert "a reader holds the database open" in caplog.text
    reader.close()
    db.close()
