import itertools
from datetime import date

import pytest

from db.export import COLUMNS, EXPORTS
from db.filters import COLUMNS as FILTERED
from db.filters import Wanted, refused
from db.records import Link, Match, Outlet
from db.store import outlet_row, put_article, put_links, put_matches, put_phantom

SURE = {"p_related": 1, "p_direction": 1, "p_direct": 0.99, "status": "accepted"}


@pytest.fixture
def told(db, made, credit, noon):
    """Exports of a (1 March, English), b that took it (2 March, Romanian), c that took from a phantom."""
    a = put_article(db, made("https://a.example/1", published=noon, language="en", evidence=(credit(),)))
    b = put_article(
        db,
        made(
            "https://b.example/1",
            text="b",
            published=noon.replace(day=2),
            language="ro",
            evidence=(credit(),),
        ),
    )
    c = put_article(
        db, made("https://c.example/1", text="c", language="ro", hours=24 * 9, evidence=(credit(),))
    )
    wire = put_phantom(db, outlet=outlet_row(db, Outlet(domain=None, name="Wire")), key="k", seen=noon)
    for child, source, relation in ((b.article, a.article, "republishes"), (c.article, wire, "credits")):
        put_links(
            db, [Link(child=child, source=source, relation=relation, **SURE)], rule_version="1", run=None
        )
    shares = {"a_in_b": 1.0, "b_in_a": 1.0, "jaccard": 1.0, "shared_words": 9, "longest_run": 9}
    put_matches(db, [Match(a=a.version, b=b.version, **shares)])

    def tell(what, **wanted):
        name = {
            "matches": "b_url",
            "links": "child_url",
            "outlets": "domain",
            "stories": "furthest_back",
            "flows": "taken_by_domain",
            "coverage": "domain",
        }
        return [row[name.get(what, "url")] for row in EXPORTS[what](db, wanted=Wanted(**wanted))]

    return tell


A, B, C = (f"https://{letter}.example/1" for letter in "abc")
WIRE = "Wire: named, page not seen"


@pytest.mark.parametrize(
    ("what", "wanted", "rows"),
    [
        ("articles", {}, [A, B, C]),
        ("articles", {"since": date(2026, 3, 2)}, [B, C]),  # c states no time: first seen on the 10th
        ("articles", {"until": date(2026, 3, 1)}, [A]),
        ("articles", {"since": date(2026, 3, 2), "until": date(2026, 3, 2)}, [B]),
        ("articles", {"since": date(2026, 3, 3), "until": date(2026, 3, 2)}, []),
        ("articles", {"until": date.max}, [A, B, C]),
        ("articles", {"outlet": ("a.example", "c.example")}, [A, C]),
        ("articles", {"language": ("ro",)}, [B, C]),
        ("articles", {"language": ("ro",), "outlet": ("a.example",)}, []),
        ("links", {"relation": ("credits",)}, [C]),
        ("links", {"outlet": ("a.example",)}, [B]),
        ("links", {"outlet": ("Wire",)}, [C]),
        ("links", {"language": ("en",)}, []),
        ("links", {"since": date(2026, 3, 3)}, [C]),
        ("matches", {"outlet": ("a.example",)}, [B]),
        ("matches", {"until": date(2026, 3, 1)}, []),
        ("matches", {"language": ("en",)}, [B]),
        ("evidence", {"outlet": ("b.example",)}, [B]),
        ("evidence", {"since": date(2026, 3, 10)}, [C]),
        ("outlets", {"outlet": ("b.example",)}, ["b.example"]),
        ("chains", {"language": ("ro",)}, [B, C]),
        ("chains", {"until": date(2026, 3, 2)}, [B]),
        ("chains", {"relation": ("credits",)}, [C]),
        ("flows", {}, ["b.example", "c.example"]),
        ("flows", {"relation": ("credits",)}, ["c.example"]),
        ("flows", {"outlet": ("a.example",)}, ["b.example"]),
        ("flows", {"language": ("en",)}, []),
        ("flows", {"until": date(2026, 3, 2)}, ["b.example"]),
        ("coverage", {}, ["a.example", "b.example", "c.example"]),
        ("coverage", {"since": date(2026, 3, 2)}, ["c.example"]),
        ("coverage", {"outlet": ("b.example",)}, ["b.example"]),
        ("stories", {}, [A, WIRE]),
        ("stories", {"outlet": ("b.example",)}, [A]),
        ("stories", {"outlet": ("Wire",)}, [WIRE]),
        ("stories", {"since": date(2026, 3, 2)}, [WIRE]),
        ("stories", {"until": date(2026, 3, 1)}, [A]),
        ("stories", {"language": ("en",)}, [A]),
        ("articles", {"outlet": ("a.example') OR 1 --", "\x00", "'\"")}, []),
        ("links", {"relation": ("') OR (1",)}, []),
    ],
)
def test_an_export_holds_what_is_wanted(told, what, wanted, rows):
    assert told(what, **wanted) == rows


GIVEN = {
    "since": date(2026, 3, 1),
    "until": date(2026, 3, 9),
    "outlet": ("a.example",),
    "language": ("en",),
    "relation": ("credits",),
}


@pytest.mark.parametrize(("what", "name"), list(itertools.product(EXPORTS, GIVEN)))
def test_a_filter_works_or_is_refused(told, what, name):
    wanted = {name: GIVEN[name]}
    if not refused(what, Wanted(**wanted)):
        told(what, **wanted)


def test_what_has_no_relation_and_no_time_takes_no_such_filter():
    everything = Wanted(**GIVEN)
    assert refused("links", everything) == ()
    assert refused("outlets", everything) == ("since", "until", "relation")
    assert refused("stories", everything) == ("relation",)


def test_every_export_says_what_it_is_filtered_by():
    assert FILTERED.keys() == EXPORTS.keys() == COLUMNS.keys()
