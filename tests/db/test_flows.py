"""Rows of who takes from whom, and of what was watched when."""

import pytest

from db.export import EXPORTS
from db.flows import licensed_pairs
from db.frontier import put_found
from db.graphs import flows_graph
from db.licences import Licence, Licences
from db.lookup import names
from db.store import put_article


@pytest.fixture
def flow(db):
    return lambda **how: list(EXPORTS["flows"](db, **how))


def test_a_pair_has_its_pages_share_credits_and_lag(db, linked, made, noon, flow):
    linked("ba", credited="full")
    linked("bc", credited="none_found", relation="excerpts")
    put_article(db, made("https://a.example/1", text="text of a", published=noon))
    put_article(db, made("https://b.example/1", text="text of b", published=noon.replace(hour=15, minute=30)))
    one, two = flow()
    assert one == {
        "source_domain": "a.example", "source": "a.example", "taken_by_domain": "b.example",
        "taken_by": "b.example", "pages": 1, "links": 1, "share": 1.0, "relations": "republishes 1",
        "credited": 1, "no_credit": 0, "median_lag_hours": 3.5, "first": "2026-03-01", "last": "2026-03-01",
        "licensed": None, "not_licensed": None,
    }  # fmt: skip
    assert (two["source"], two["no_credit"], two["median_lag_hours"]) == ("c.example", 1, None)


def test_licences_are_counted_link_by_link(db, linked, flow):
    linked("ba", "ca")
    said = Licences([Licence(outlet="b.example", source="a.example", licensed=False)], names(db))
    assert [(row["licensed"], row["not_licensed"]) for row in flow(licences=said)] == [(0, 1), (0, 0)]
    ((_, told),) = licensed_pairs(db, said).items()
    assert (told.yes, told.no, told.unknown) == (0, 1, 0)
    assert licensed_pairs(db, said, credit="full") == {}


def test_a_graph_of_flows_is_weighed_by_pages(linked, flow):
    linked("ba", "ca")
    graph = flows_graph(flow())
    assert graph.edges["a.example", "b.example"]["weight"] == 1
    assert sorted(graph.nodes) == ["a.example", "b.example", "c.example"]


def test_a_day_tells_what_was_read_and_visited(db, made, noon):
    put_article(db, made("https://a.example/1"))
    put_article(db, made("https://a.example/2", kind="unreadable", text="", reason="a wall"))
    put_article(db, made("https://a.example/1", text="changed", hours=24))
    put_found(db, [("https://a.example/3", "a.example", "article", None, noon)])
    db.execute("UPDATE frontier SET state = 'failed', visited = ?", [noon.replace(day=2).isoformat()])
    keys = ("day", "articles", "texts", "unreadable", "visited", "failed")
    told = [tuple(row[key] for key in keys) for row in EXPORTS["coverage"](db)]
    assert told == [("2026-03-01", 2, 2, 1, 0, 0), ("2026-03-02", 0, 1, 0, 1, 1)]
