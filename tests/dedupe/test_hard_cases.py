"""What must make no link, or the right one: shared words that are no copying, and evidence gone wrong."""

from datetime import UTC, datetime

import pytest

from db.progress import Tell, silent
from db.records import Evidence, Outlet
from db.store import check, forget, judge, open_db, put_article, put_outlets
from db.values import one
from dedupe.run import link
from tests.dedupe.by_hand import NOW, WORDS, credit, linked, page, paragraph, text, told

A, B, C = (f"http://{name}.example/1" for name in ("hill", "lake", "moor"))
STATEMENT = f"“{paragraph(90, 60)[:-1]},” the minister said."
TABLE = "\n".join(
    f"{n}. {a} {b} {n % 4}:{n % 3} {60 - n}"
    for n, (a, b) in enumerate(zip(WORDS, WORDS[20:], strict=False), 1)
)
WEATHER = "\n".join(
    f"{town.title()}: cloudy, 4 to 9 degrees, wind from the west, 20 kilometres an hour."
    for town in WORDS[:12]
)
STARS = "\n".join(
    f"{sign}: {paragraph(n, 14)}" for n, sign in enumerate(("Aries", "Taurus", "Gemini", "Cancer"), 70)
)


@pytest.mark.parametrize(
    "shared",
    [STATEMENT, TABLE, WEATHER, STARS],
    ids=["an official statement", "a league table", "the weather", "a horoscope"],
)
def test_what_everybody_prints_makes_no_republication(shared):
    own = [
        page(url, f"{text(n, n + 10)}\n{shared}\n{text(n + 20)}", hour=n) for n, url in enumerate((A, B, C))
    ]
    assert told(linked(*own)) == set()


@pytest.mark.parametrize("kind", ["liveblog", "section"])
def test_a_page_of_everything_is_no_source(kind):
    blog = page(A, text(*range(12)), hour=0, kind=kind)
    assert {k for k in told(linked(blog, page(B, text(3, 4), hour=5))) if k[1] == A} == set()


def test_a_stub_is_no_republication_of_the_page_it_ends_like():
    assert (
        told(linked(page(A, paragraph(1), hour=0, kind="stub"), page(B, text(1, 2, 3, 4), hour=3))) == set()
    )


def test_a_release_is_the_parent_of_both_that_print_it():
    office = Outlet(domain="office.example", name="Harbour Office", kind="press_office")
    release = page("http://office.example/1", text(1, 2, 3), hour=0, known=office)
    copies = [page(url, text(1, 2, 3, n), hour=n) for n, url in enumerate((B, A), 4)]
    found = told(linked(release, *copies))
    assert found == {
        (A, "http://office.example/1", "republishes"),
        (B, "http://office.example/1", "republishes"),
    }


def test_a_page_that_holds_the_copys_own_words_took_it_from_the_copy():
    """C credits A, whose story it is, and holds what only B wrote: A's page alone cannot be its source."""
    first = page(A, text(1, 2, 3), hour=0)
    copy = page(B, text(1, 2, 3, 20, 21), credit("Hill"), hour=3)
    last = page(C, text(1, 2, 3, 20, 21), credit("Hill"), credit("Lake"), hour=6)
    found = told(linked(first, copy, last))
    assert (C, B, "republishes") in found
    assert (C, A, "republishes") not in found


def test_two_that_name_each_other_are_not_put_in_an_order():
    db = linked(page(A, text(1, 2, 3), credit("Lake")), page(B, text(1, 2, 3), credit("Hill")))
    assert not {k for k in told(db) if k[1] in (A, B)}


def test_addresses_that_declare_each_other_make_no_circle():
    def declares(target):
        return Evidence(
            kind="canonical_elsewhere",
            quote=target,
            region="machine",
            name="",
            domain=target.split("/")[2],
            target_url=target,
        )

    pages = [page(url, text(1, 2, 3), declares(target)) for url, target in ((A, B), (B, C), (C, A))]
    db = linked(*pages)
    found = {(child, source) for child, source, _ in told(db)}
    assert not found >= {(A, B), (B, C), (C, A)}
    assert check(db) == []


def test_a_page_that_names_itself_gets_no_link():
    assert told(linked(page(A, text(1, 2, 3), credit("Hill"), credit("Hill", url=A)))) == set()


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_time_that_cannot_be_decides_nothing(year):
    odd = datetime(year, 1, 1, tzinfo=UTC)
    db = linked(page(A, text(1, 2, 3), at=odd), page(B, text(1, 2, 3), hour=2))
    assert {k for k in told(db) if k[2] != "sibling"} == set()
    credited = linked(page(A, text(1, 2, 3), at=odd), page(B, text(1, 2, 3), credit("Hill"), hour=2))
    assert told(credited) == {(B, A, "republishes")}


def test_two_hundred_copies_of_one_story_all_find_it():
    agency = Outlet(domain="wire.example", name="Wire", kind="agency")
    story = page("http://wire.example/1", text(1, 2, 3, 4), hour=0, known=agency)
    copies = [
        page(f"http://paper{n}.example/1", text(1, 2, 3, 4), credit("Wire"), hour=1 + n % 9)
        for n in range(200)
    ]
    db = linked(story, *copies)
    found = told(db)
    assert {source for _, source, _ in found} == {"http://wire.example/1"}
    assert len(found) == 200
    kept = one(db, "SELECT count(*) AS n FROM links")["n"]
    assert kept < 200 * 15  # of each only the likeliest sources, not every pair


def test_an_outlet_that_moved_is_one_house_where_the_catalogue_says_so():
    old, new = "http://old.example/1", "http://new.example/1"
    apart = linked(page(old, text(1, 2, 3), hour=0), page(new, text(1, 2, 3), credit("Old"), hour=5))
    assert told(apart) == {(new, old, "republishes")}
    moved = Outlet(domain="new.example", name="New", family="old.example")
    db = open_db(":memory:")
    put_outlets(db, [Outlet(domain="old.example", name="Old"), moved], "catalogue")
    for article in (
        page(old, text(1, 2, 3), hour=0),
        page(new, text(1, 2, 3), credit("Old"), hour=5, known=moved),
    ):
        put_article(db, article)
    copy = page(A, text(1, 2, 3), credit("New"), hour=9)
    put_article(db, copy)
    link(db, now=NOW, tell=Tell(str, silent))
    assert {(child, source) for child, source, _ in told(db)} == {(A, new)}
    assert check(db) == []


def test_a_word_on_pages_that_were_forgotten_is_forgotten_with_them():
    db = linked(page(A, text(1, 2, 3), hour=0), page(B, text(1, 2, 3), credit("Hill"), hour=5))
    judge(db, B, A, "reject", note="", by="Ana", now=NOW)
    forget(db, A, NOW)
    link(db, now=NOW, tell=Tell(str, silent), rebuild=True)
    assert {k for k in told(db) if k[1] == A} == set()
    assert one(db, "SELECT count(*) AS n FROM judgements")["n"] == 0
    assert check(db) == []
