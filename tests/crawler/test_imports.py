"""Rows of a file as articles: their times, languages, outlets and links, and what is refused."""

import json
from datetime import UTC, datetime

import pytest

from crawler.imports import import_files, read_rows_of, reread_pages, to_article
from crawler.rows import Problem
from db.errors import BadInput
from db.outlets import Names
from db.progress import Tell, silent
from db.records import Outlet
from db.store import open_db

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMES = Names(
    [Outlet(domain="tarn-herald.example", name="The Tarn Herald"), Outlet(domain="afp.com", name="AFP")]
)
URL = "https://tarn-herald.example/news/a"
WORDS = "The harbour board met on Monday evening and spoke for two hours about the old bridge."
PAGE = f"<html lang='en'><body><h1>Bridge shut</h1>{f'<p>{WORDS}</p>' * 3}</body></html>"
KINDS = {"a page": {"html": PAGE}, "a text": {"text": f"{WORDS}\n{WORDS}"}}


def article(**row):
    return to_article({"url": URL} | row, NAMES, NOW)


@pytest.mark.parametrize("row", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize(
    ("published", "moment"),
    [
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
        ("2026-05-04T10:00:00+03:00", datetime(2026, 5, 4, 7, tzinfo=UTC)),
        ("2026-05-04 10:00", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        (1777888800, datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2031-05-04", None),
        ("yesterday", None),
    ],
)
def test_the_time_a_row_gives_is_the_time_of_publication(row, published, moment):
    reading = article(published=published, **row).reading
    assert (reading.published, reading.published_basis) == (moment, "import" if moment else None)


@pytest.mark.parametrize("row", KINDS.values(), ids=KINDS.keys())
def test_the_address_says_which_number_is_the_day(row):
    url = "https://tarn-herald.example/2026/04/05/bridge"
    assert article(url=url, published="04/05/2026", **row).reading.published == datetime(
        2026, 4, 5, tzinfo=UTC
    )


def test_the_time_the_page_states_is_believed_over_the_row_and_both_are_kept():
    page = PAGE.replace("<h1>", "<time datetime='2026-05-03T08:00:00+02:00'>3 May</time><h1>")
    reading = article(html=page, published="2026-05-04").reading
    assert reading.published == datetime(2026, 5, 3, 6, tzinfo=UTC)
    assert ("import", "2026-05-04") in {(claim.basis, claim.raw) for claim in reading.times}


@pytest.mark.parametrize(
    ("fetched", "moment"),
    [
        ("2026-05-05T10:00:00Z", datetime(2026, 5, 5, 10, tzinfo=UTC)),
        ("2026-05-05T10:00:00", datetime(2026, 5, 5, 22, tzinfo=UTC)),  # at the latest: no zone is stated
        ("2027-01-01T00:00:00Z", NOW),
    ],
)
def test_a_row_says_when_it_was_fetched(fetched, moment):
    assert article(text=WORDS, fetched=fetched).fetched == moment


@pytest.mark.parametrize("fetched", ["soon", 0, "1970-01-01T00:00:00Z"])
def test_a_row_fetched_at_no_time_is_refused(fetched):
    with pytest.raises(BadInput, match="`fetched`"):
        article(text=WORDS, fetched=fetched)


def test_an_archive_copy_is_the_page_it_copies_and_was_seen_when_it_was_captured():
    copied = article(url=f"https://web.archive.org/web/20260504101500/{URL}", html=PAGE)
    assert copied.reading.url == URL
    assert ("seen", "archive", datetime(2026, 5, 4, 10, 15, tzinfo=UTC)) in {
        (claim.kind, claim.basis, claim.earliest) for claim in copied.reading.times
    }


def test_what_the_page_does_not_say_the_row_may():
    bare = f"<html><body>{f'<p>{WORDS}</p>' * 3}</body></html>"
    assert article(html=bare, title="Bridge\nshut").reading.title == "Bridge shut"
    assert article(text="12 34", language="RO-ro").reading.language == "ro"


@pytest.mark.parametrize(
    ("outlet", "domain", "name"),
    [
        ("AFP", "afp.com", "AFP"),
        ("tarn-herald.example", "tarn-herald.example", "The Tarn Herald"),
        ("The Herald of Nowhere", "tarn-herald.example", "The Herald of Nowhere"),
        ("", "tarn-herald.example", "The Tarn Herald"),
    ],
)
def test_the_outlet_is_the_one_the_row_names_or_else_the_address(outlet, domain, name):
    found = article(text=WORDS, outlet=outlet).outlet
    assert (found.domain, found.name) == (domain, name)


@pytest.mark.parametrize(
    "links",
    [
        [{"url": "https://afp.com/x", "text": "AFP"}, "ftp://afp.com/y", 7],
        '["https://afp.com/x"]',
        "https://afp.com/x urn:y",
    ],
)
def test_the_links_a_row_lists_are_body_links(links):
    found = [e.target_url for e in article(text=WORDS, links=links).reading.evidence if e.rule == "import"]
    assert found == ["https://afp.com/x"]


@pytest.mark.parametrize("row", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize(
    ("published", "why"),
    [("yesterday", "is no time: 'yesterday'"), ("2031-05-04", "is no likely time"), (7, "is no time: '7'")],
)
def test_a_time_that_cannot_be_read_is_told_with_its_row_and_the_row_is_stored(row, published, why):
    found = read_rows_of([("a row 3", {"url": URL, "published": published} | row)], NAMES, now=NOW)
    (told,) = [item for item in found if isinstance(item, Problem)]
    assert (told.place, told.refused) == ("a row 3", False)
    assert why in told.message
    assert len(found) == 2


def test_a_time_that_can_be_read_is_not_told():
    for published in ({}, {"published": "2026-05-04"}):
        found = read_rows_of([("a row 3", {"url": URL, "text": WORDS} | published)], NAMES, now=NOW)
        assert not any(isinstance(item, Problem) for item in found)


@pytest.fixture
def taken_in(tmp_path):
    """Import rows into a fresh database: its counts, and what was said."""
    db = open_db(":memory:")

    def take(lines, name="rows.jsonl", mapping=None):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        said = []
        tell = Tell(said.append, silent)
        counts = import_files(db, [str(tmp_path / name)], mapping or {}, url=None, now=NOW, tell=tell)
        return counts, said

    yield take, db
    db.close()


def test_unread_times_are_counted(taken_in):
    take, _ = taken_in
    rows = [json.dumps({"url": f"urn:a:{n}", "text": WORDS, "published": "soon"}) for n in range(3)]
    counts, said = take(rows)
    assert counts == {"stored": 3, "new versions": 0, "known": 0, "refused": 0, "dates not read": 3}
    assert [line.rpartition("rows.jsonl ")[2].split(":")[0] for line in said] == ["row 1", "row 2", "row 3"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
@pytest.mark.parametrize("key", ["url", "byline"])
def test_a_mapped_column_that_is_not_there_is_told_once(taken_in, name, key):
    take, _ = taken_in
    row = {"url": "urn:a", "text": WORDS}
    lines = [json.dumps(row)] * 3 if name == "rows.jsonl" else ["url,text", *["urn:a,words"] * 3]
    counts, said = take(lines, name, {key: "nope"})
    assert counts["refused"] == 1
    assert counts["stored"] == 0
    (message,) = said
    assert f"{name}: there is no column `nope` (--map {key}=nope); the columns are: text, url" in message


def test_a_mapped_column_may_be_missing_in_single_rows(taken_in):
    take, _ = taken_in
    rows = [{"url": "urn:a", "text": WORDS}, {"url": "urn:b", "text": WORDS, "writer": "Ada Wren"}]
    counts, said = take(map(json.dumps, rows), mapping={"byline": "writer"})
    assert (counts["stored"], said) == (2, [])


def test_masked_words_are_counted_and_explained_once(taken_in):
    take, _ = taken_in
    masked = WORDS.replace("on Monday evening", "@ @ @")
    rows = [
        {"url": f"urn:{n}", "text": text}
        for n, text in enumerate([masked, masked, WORDS, "write to a@b @ c"])
    ]
    counts, said = take(map(json.dumps, rows))
    assert counts["masked"] == 2
    (message,) = said
    assert "masked words (`@`) stand in 2 of the texts: they are left out when texts are compared" in message


def test_texts_without_a_page_are_not_read_again_and_it_is_said_why(taken_in):
    take, db = taken_in
    take([json.dumps({"url": f"urn:{n}", "text": WORDS}) for n in range(2)])
    take([json.dumps({"url": URL, "html": PAGE})])
    said = []
    assert reread_pages(db, None, tell=Tell(said.append, silent)) == {"read": 1, "changed": 0}
    assert [line.split(":")[0] for line in said] == ["2 articles were imported as text, without their page"]
    assert reread_pages(db, "tarn-herald.example", tell=Tell(pytest.fail, silent))["read"] == 1
