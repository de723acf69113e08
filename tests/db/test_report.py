"""What is new since a time, for a desk to read, a table to hold and a reader of feeds to follow."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest

from db.articles import put_withdrawal
from db.errors import BadInput
from db.export import to_csv
from db.find import nearest_outlets, outlet_named
from db.frontier import Answer, put_found, visited
from db.licences import Licence, Licences
from db.lookup import names
from db.records import Link, Match
from db.report import report, time_before
from db.report_forms import COLUMNS, as_atom, as_rows, as_text
from db.store import put_article, put_links, put_matches

HOUR = timedelta(hours=1)


def url(letter):
    return f"https://{letter}.example/1"


@pytest.fixture
def since(db, noon):
    """The report of what became known after so many hours past noon."""
    return lambda hours, **how: report(db, noon + hours * HOUR, noon + 48 * HOUR, **how)


@pytest.fixture
def store(db, made):
    return lambda letter, hours, **more: put_article(
        db,
        made(
            url(letter), **{"title": f"<Bridge> {letter}", "text": f"text of {letter}", "hours": hours} | more
        ),
    )


@pytest.fixture
def tie(db):
    def link(child, source, relation="republishes", **more):
        sure = {
            "p_related": 1,
            "p_direction": 1,
            "p_direct": 0.99,
            "status": "accepted",
            "credited": "none_found",
        }
        made = Link(child=child.article, source=source.article, relation=relation, **sure | more)
        put_links(db, [made], rule_version="1", run=None)

    return link


def children(found):
    return [copy["child_url"] for copy in found.copies]


def test_a_copy_is_new_when_the_later_of_its_two_pages_came(store, tie, since):
    a, b, c, d = store("a", 1), store("b", 5), store("c", 0), store("d", 3)
    tie(b, a)
    tie(c, d)
    assert children(since(6)) == []
    assert children(since(4)) == [url("b")]
    assert children(since(2)) == [url("b"), url("c")]


def test_text_taken_over_in_an_edit_is_new_at_the_edit_and_not_at_the_next_one(db, store, tie, since):
    a, b = store("a", 1), store("b", 1)
    changed = store("b", 6, text="text of a and more")
    facts = {"a_in_b": 1, "b_in_a": 0.5, "jaccard": 0.5, "shared_words": 3, "longest_run": 3}
    put_matches(db, [Match(a=a.version, b=changed.version, **facts)])
    store("b", 9, text="text of a and more, corrected")
    tie(b, a)
    assert children(since(7)) == []
    assert children(since(5)) == [url("b")]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"relation": "revises"}, 0),
        ({"relation": "sibling"}, 0),
        ({"status": "candidate"}, 0),
        ({"p_direct": 0.4}, 0),
        ({}, 1),
    ],
)
def test_only_links_that_stand_are_copies(store, tie, since, more, told):
    a, b = store("a", 1), store("b", 5)
    tie(b, a, **more)
    assert len(since(0).copies) == told


def test_copies_without_credit_or_licence_come_first(db, store, tie, since):
    pages = {letter: store(letter, 5) for letter in "abcd"}
    tie(pages["b"], pages["a"], credited="full")
    tie(pages["c"], pages["a"], credited="none_found")
    tie(pages["d"], pages["a"], credited="full")
    none = Licences([Licence(outlet="d.example", source="a.example", licensed=False)], names(db))
    found = since(0, licences=none)
    assert {copy["child_url"] for copy in found.doubtful} == {url("c"), url("d")}
    assert len(found.as_dict()["without_credit_or_licence"]) == 2
    words = as_text(found)
    assert words.index("no credit found, or no licence: 2") < words.index("other new copies: 1")
    assert words.index(url("d")) < words.index("other new copies") < words.index(url("b"))
    assert "no credit found on the page; licence not known" in words
    assert "credited; no licence" in words


def test_an_edit_is_told_once_with_what_changed_and_who_took_the_page(store, tie, since):
    a, b = store("a", 1, text="one two three"), store("b", 2)
    tie(b, a)
    store("a", 5, text="one two")
    store("a", 6, text="one", title="Bridge corrected")
    (edit,) = since(4).edits
    assert (edit["url"], edit["edits"], edit["words_before"], edit["words"], edit["copies"]) == (
        url("a"),
        2,
        3,
        1,
        1,
    )
    assert "3 -> 1 words; its title was: <Bridge> a; 1 page took from it" in as_text(since(4))
    assert since(7).edits == ()
    (edit,) = since(0).edits  # the page itself came since: its first text is what changed
    assert (edit["edits"], edit["words_before"]) == (2, 3)


def test_a_withdrawn_story_is_told_with_the_pages_that_still_carry_it(db, noon, store, tie, since):
    pages = {letter: store(letter, 1) for letter in "abcdef"}
    tie(pages["b"], pages["a"])
    tie(pages["c"], pages["b"])
    tie(pages["d"], pages["a"], "sibling")
    tie(pages["e"], pages["a"])
    for letter in "aef":  # e took it, and took it down as well; nobody took f
        put_withdrawal(db, url(letter), 410, noon + 5 * HOUR, None)
    (story,) = since(4).withdrawn
    assert story["url"] == url("a")
    assert [page["url"] for page in story["carriers"]] == [url("b"), url("c"), url("d")]
    assert "still carried:" in as_text(since(4))
    assert since(6).withdrawn == ()


def test_a_page_that_answers_again_is_not_withdrawn(db, noon, store, tie, since):
    a, b = store("a", 1), store("b", 1)
    tie(b, a)
    put_withdrawal(db, url("a"), 404, noon + 5 * HOUR, None)
    assert since(0).withdrawn
    put_found(db, [(url("a"), "a.example", "article", None, noon)])
    visited(db, url("a"), "unchanged", noon + 6 * HOUR, Answer(status=304))
    assert since(0).withdrawn == ()


def test_one_outlet_is_told_of_as_taker_and_as_source(store, tie, since):
    pages = {letter: store(letter, 1) for letter in "abc"}
    tie(pages["b"], pages["a"])
    tie(pages["c"], pages["b"])
    store("c", 5, text="changed")
    assert children(since(0, outlet="b.example")) == [url("b"), url("c")]
    assert children(since(0, outlet="a.example")) == [url("b")]
    assert since(0, outlet="a.example").edits == ()


def test_every_form_holds_every_fact_and_none_breaks(db, noon, store, tie, since):
    title = "=cmd() \x1b[31m\x0b</title> & \u202eegdirB"
    a, b = store("a", 1, title=title), store("b", 5, title=title)
    tie(b, a)
    store("a", 6, text="another text", title=title)
    put_withdrawal(db, url("a"), 410, noon + 7 * HOUR, None)
    found = since(0)
    assert json.loads(json.dumps(found.as_dict()))["copies"][0]["licensed"] == "unknown"
    table = io.StringIO()
    to_csv(as_rows(found), table, COLUMNS)
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert [row["kind"] for row in rows] == ["copy", "edit", "withdrawn"]
    assert all(row["url"] and row["when"] and row["domain"] for row in rows)
    assert rows[0]["title"].startswith("'=cmd()")
    feed = feedparser.parse(as_atom(found).encode())
    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == [url("b"), url("a"), url("b")]
    assert len({entry.id for entry in feed.entries}) == 3
    assert feed.feed.updated == feed.entries[0].updated
    assert "\x1b" not in as_text(found)
    assert "\u202e" not in as_text(found)


def test_an_entry_of_the_feed_keeps_its_id_from_report_to_report(store, tie, since):
    tie(store("b", 5), store("a", 1))
    first, second = (feedparser.parse(as_atom(since(hours)).encode()) for hours in (0, 4))
    assert [entry.id for entry in first.entries] == [entry.id for entry in second.entries]


def test_when_nothing_is_new_nothing_is_said(since):
    assert not since(0)
    assert as_text(since(0)) == ""
    assert list(as_rows(since(0))) == []
    assert feedparser.parse(as_atom(since(0)).encode()).entries == []


@pytest.mark.parametrize(
    ("words", "hours"), [("12h", 12), ("1d", 24), ("2w", 336), ("2026-02-27", 72), ("0d", 0)]
)
def test_a_time_is_told_in_hours_days_weeks_or_as_a_day(words, hours):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert time_before(words, now) == now - hours * HOUR


@pytest.mark.parametrize("words", ["", "1", "d", "yesterday", "1m", "-1d", "2026-13-01"])
def test_other_words_for_a_time_are_refused(words):
    with pytest.raises(BadInput, match="12h, 1d, 2w"):
        time_before(words, datetime(2026, 3, 2, tzinfo=UTC))


def test_an_outlet_is_known_by_domain_or_name_and_near_ones_are_named(store, db):
    store("a", 1)
    assert outlet_named(db, " WWW.A.example") == "a.example"
    assert outlet_named(db, "b.example") is None
    assert nearest_outlets(db, "a.exampel") == ["a.example"]
