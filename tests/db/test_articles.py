import hashlib
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.errors import RefusedUrl
from db.lookup import find_article
from db.records import Evidence, Outlet, Stored, TimeClaim
from db.store import check, forget, open_db, put_article, put_outlets


def _all_rows(db):
    tables = [t for t in db.table_names() if not t.startswith(("versions_fts", "_sqlite", "sqlite_"))]
    return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables}


def _texts(db):
    return [row[0] for row in db.execute("SELECT text FROM versions ORDER BY fetched, id")]


def _published(noon, raw="2026-03-01"):
    return TimeClaim(kind="published", basis="jsonld", raw=raw, earliest=noon, latest=noon, zone_known=True)


def test_storing_the_same_article_twice_changes_nothing(db, made, credit, noon):
    article = made(
        evidence=(credit(),),
        times=(_published(noon),),
        raw=b"<p>",
        urls=(("https://a.example/s", "redirect"),),
    )
    assert put_article(db, article) == Stored(article=1, version=1, new_article=True, new_version=True)
    before = _all_rows(db)
    assert put_article(db, article) == Stored(article=1, version=1, new_article=False, new_version=False)
    assert _all_rows(db) == before
    assert check(db) == []


def test_seeing_it_again_moves_only_last_seen(db, made):
    put_article(db, made())
    before = _all_rows(db)
    put_article(db, made(hours=5))
    after = _all_rows(db)
    assert before.pop("articles") != after.pop("articles")
    assert before == after
    assert db.execute("SELECT first_seen, last_seen FROM articles").fetchone() == (
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T17:00:00+00:00",
    )


@pytest.mark.parametrize("changed", [{"text": "The bridge closed."}, {"title": "Bridge shut"}])
def test_a_changed_text_or_title_makes_a_version(db, made, changed):
    put_article(db, made())
    assert put_article(db, made(hours=1, **changed)).new_version
    sha = db.execute("SELECT sha256, title, text FROM newest_versions").fetchone()
    assert sha[0] == hashlib.sha256(f"{sha[1]}\n{sha[2]}".encode()).hexdigest()
    assert db.execute("SELECT title FROM articles").fetchone()[0] == changed.get("title", "Bridge")


def test_a_text_taken_back_is_a_version_again(db, made):
    for hours, text in enumerate(["one", "two", "one"]):
        put_article(db, made(hours=hours, text=text))
    assert _texts(db) == ["one", "two", "one"]


def test_an_older_copy_goes_in_as_a_version_but_is_not_the_newest(db, made):
    put_article(db, made(hours=9, title="New", text="new"))
    assert put_article(db, made(hours=1, title="Old", text="old")).new_version
    assert not put_article(db, made(hours=2, title="Old", text="old")).new_version
    assert not put_article(db, made(hours=3, title="New", text="new")).new_version
    assert _texts(db) == ["old", "new"]
    assert db.execute("SELECT title, first_seen FROM articles").fetchone() == (
        "New",
        "2026-03-01T13:00:00+00:00",
    )


def test_an_unreadable_page_never_replaces_a_readable_one(db, made):
    put_article(db, made())
    stored = put_article(
        db, made(hours=1, kind="unreadable", title="Just a moment", text="", reason="a bot check")
    )
    assert not stored.new_version
    assert db.execute("SELECT kind, title, last_seen FROM articles").fetchone() == (
        "article",
        "Bridge",
        "2026-03-01T13:00:00+00:00",
    )


def test_a_readable_page_replaces_an_unreadable_one_even_when_older(db, made):
    put_article(db, made(hours=2, kind="unreadable", title="", text="", reason="a login"))
    assert db.execute("SELECT kind FROM articles").fetchone()[0] == "unreadable"
    put_article(db, made(hours=1))
    assert db.execute("SELECT kind, title FROM articles").fetchone() == ("article", "Bridge")


def test_reading_again_replaces_the_evidence_and_keeps_the_ids_of_what_stays(db, made, credit):
    same, gone, new = credit(), credit("Quelle: X", "X"), credit("Via Y", "Y")
    put_article(db, made(evidence=(gone, same), raw=b"page"))
    stored = put_article(db, made(evidence=(new, same), raw=b"page"))
    assert stored == Stored(article=1, version=1, new_article=False, new_version=False, evidence_changed=True)
    assert db.execute("SELECT id, quote FROM evidence ORDER BY id").fetchall()[0] == (2, same.quote)
    assert {row[0] for row in db.execute("SELECT quote FROM evidence")} == {same.quote, new.quote}


def test_a_reading_without_the_page_takes_no_evidence_away(db, made, credit):
    put_article(db, made(evidence=(credit(),), raw=b"page"))
    assert not put_article(db, made(evidence=())).evidence_changed
    assert db.execute("SELECT count(*) FROM evidence").fetchone()[0] == 1


def test_the_first_raw_page_of_a_version_is_kept(db, made):
    put_article(db, made(raw=b"first"))
    put_article(db, made(raw=b"second", hours=1))
    assert [zlib.decompress(row[0]) for row in db.execute("SELECT html FROM raw_pages")] == [b"first"]


def test_every_stated_time_is_kept_but_our_own_fetch(db, made, noon):
    seen = TimeClaim(kind="seen", basis="fetch", raw="now", earliest=noon, latest=noon, zone_known=True)
    put_article(db, made(times=(seen, _published(noon))))
    put_article(db, made(times=(_published(noon, "yesterday"),)))
    assert [row[0] for row in db.execute("SELECT raw FROM time_claims ORDER BY id")] == [
        "2026-03-01",
        "yesterday",
    ]


def test_a_time_without_a_zone_is_refused_and_nothing_is_stored(db, made):
    article = made()
    with pytest.raises(ValueError, match="without a zone"):
        put_article(db, replace(article, fetched=article.fetched.replace(tzinfo=None)))
    assert db.execute("SELECT count(*) FROM outlets").fetchone()[0] == 0


PAGE, AMP = "https://a.example/1", "https://a.example/amp/1"


@pytest.mark.parametrize("order", [(PAGE, AMP), (AMP, PAGE)])
def test_an_amp_form_and_its_page_are_one_article(db, made, order):
    for hours, url in enumerate(order):
        put_article(db, made(url, canonical=PAGE, hours=hours))
    assert db.execute("SELECT url FROM articles").fetchall() == [(PAGE,)]
    assert len(_texts(db)) == 1
    assert find_article(db, AMP)["url"] == find_article(db, PAGE)["url"] == PAGE


def test_two_stored_forms_become_one_when_the_page_says_so(db, made, credit):
    put_article(db, made(PAGE, text="long text", evidence=(credit(),)))
    put_article(db, made(AMP, text="short"))
    put_article(db, made(AMP, text="short", canonical=PAGE, hours=1))
    assert db.execute("SELECT url FROM articles").fetchall() == [(PAGE,)]
    assert sorted(_texts(db)) == ["long text", "short"]
    assert check(db) == []


def test_two_forms_of_an_unchanged_page_do_not_pile_up_versions(db, made):
    for hours in range(0, 10, 2):
        put_article(db, made(PAGE, canonical=PAGE, text="page", hours=hours))
        put_article(db, made(AMP, canonical=PAGE, text="amp", hours=hours + 1))
    assert len(_texts(db)) <= 3


@pytest.mark.parametrize("canonical", ["https://b.example/1", "https://a.example/", "https://a.example"])
def test_a_canonical_elsewhere_or_at_the_front_page_folds_nothing(db, made, canonical):
    put_article(db, made(canonical, text="theirs"))
    put_article(db, made("https://a.example/2", canonical=canonical, text="ours"))
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 2


def test_a_moved_page_is_found_by_the_address_it_was_read_under(db, made):
    put_article(db, made("https://a.example/old"))
    put_article(db, made("https://a.example/new", urls=(("https://a.example/old", "requested"),), hours=1))
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 1


def test_a_latest_page_that_redirects_here_and_there_joins_nothing(db, made):
    for slug in ("one", "two"):
        put_article(
            db,
            made(f"https://a.example/{slug}", text=slug, urls=(("https://a.example/latest", "requested"),)),
        )
    assert db.execute("SELECT count(*) FROM articles").fetchone()[0] == 2


def test_a_short_link_that_got_a_page_of_its_own_is_that_page(db, made):
    put_article(db, made("https://a.example/1", urls=(("https://s.example/x", "redirect"),)))
    put_article(db, made("https://s.example/x", text="of its own"))
    assert find_article(db, "https://s.example/x")["domain"] == "s.example"
    assert check(db) == []


def test_a_canonical_inside_a_listed_edition_belongs_to_that_edition(db, made):
    put_outlets(db, [Outlet(domain="en.a.example", name="A in English")], "catalogue")
    put_article(db, made("https://a.example/1", canonical="https://en.a.example/1"))
    assert db.execute("SELECT url FROM article_urls").fetchall() == [("https://a.example/1",)]


def test_what_was_forgotten_is_refused(db, made, noon):
    forget(db, "a.example", noon)
    for article in (made("https://www.a.example/x"), made("urn:wire:1", domain="a.example")):
        with pytest.raises(RefusedUrl, match="forgotten on request"):
            put_article(db, article)


def test_spans_follow_the_text_when_nul_characters_go(db, made):
    text = "a\x00b \x00Source: X"
    item = Evidence(kind="source_line", quote="Source: X", region="tail", start=5, end=14, scope=(0, 14))
    put_article(db, made(text=text, evidence=(item,)))
    kept = _texts(db)[0]
    start, end, first, last = db.execute(
        'SELECT "start", "end", scope_start, scope_end FROM evidence'
    ).fetchone()
    assert kept[start:end] == "Source: X"
    assert kept[first:last] == kept == "ab Source: X"


ODD = st.text(st.characters(exclude_categories=()), max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=ODD, title=ODD, name=ODD, quote=ODD)
def test_any_text_is_stored_once_and_comes_back(made, text, title, name, quote):
    db = open_db(":memory:")
    item = Evidence(kind="source_line", quote=quote, region="tail", name=name)
    article = made(text=text, title=title, evidence=(item,), outlet=Outlet(domain="a.example", name=name))
    put_article(db, article)
    again = put_article(db, article)
    assert (again.new_version, again.evidence_changed) == (False, False)
    clean = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not any("\ud800" <= c <= "\udfff" for c in text):
        assert _texts(db) == [clean]
    assert "\x00" not in _texts(db)[0]
    db.close()


def test_line_separators_survive(db, made):
    put_article(db, made(text="one\u2028two\u2029three\x85four"))
    assert _texts(db) == ["one\u2028two\u2029three\x85four"]


def test_the_newest_time_wins_whatever_the_microseconds(db, made):
    first = made(text="first")
    put_article(db, replace(first, fetched=first.fetched + timedelta(microseconds=900)))
    put_article(db, made(text="second"))
    assert db.execute("SELECT text FROM newest_versions").fetchone()[0] == "second"


def test_a_text_that_is_back_at_a_later_fetch_is_a_version_again_and_one_told_again_is_none(db, made):
    def put(text, hours, *, undated=False):
        article = replace(made(text=text, hours=hours), undated=undated)
        return put_article(db, article).new_version

    assert [put(text, hours) for text, hours in (("one", 0), ("two", 1), ("one", 2), ("three", 2))] == [
        True
    ] * 4
    for text, hours in (("one", 0), ("two", 1), ("one", 2), ("three", 2)):
        assert not put(text, hours)
    assert not put("two", 9, undated=True)
    assert put("two", 9)
