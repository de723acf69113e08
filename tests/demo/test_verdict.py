"""A run is compared with the truth link by link."""

import pytest

from demo.run import proxied, read_links
from demo.verdict import compare, has_chain, summary

TRUTH = {
    "trace": {"url": "http://c/"},
    "link": [
        {"child": "http://c/", "parent": "http://b/", "relation": "republishes"},
        {"child": "http://b/", "parent": "http://a/", "relation": "excerpts", "also": ["republishes"]},
        {"child": "http://p/", "parent_name": "Reuters", "relation": "republishes"},
        {"child": "http://q/", "parent_name": "Reuters", "relation": "republishes"},
        {"child": "http://p/", "parent": "http://q/", "relation": "sibling"},
    ],
    "no_link": [
        {"a": "http://c/", "b": "http://a/", "why": "inherited"},
        {"a": "http://n/", "b_name": "AFP", "why": "photo only"},
    ],
    "unknown": [{"a": "http://u/", "b": "http://v/", "why": "same day"}],
}


def link(child, parent=None, relation="republishes", name=None):
    """A row of the export, as far as the comparison reads it."""
    return {"child_url": child, "parent_url": parent, "parent_name": name, "relation": relation}


WHOLE = [
    link("http://c/", "http://b/"),
    link("http://b/", "http://a/"),
    link("http://p/", name="Reuters"),
    link("http://q/", name="reuters"),
]


def test_a_whole_run_has_nothing_missing_or_wrong():
    links = [*WHOLE, link("http://p/", "http://q/", "sibling")]
    verdict = compare(links, TRUTH)
    assert (len(verdict.found), verdict.missing, verdict.wrong, verdict.broken) == (5, (), (), ())
    assert len(verdict.kept) == verdict.no_links == 3


def test_children_of_one_phantom_are_siblings_without_saying_so():
    links = [link("http://p/", name="Reuters"), link("http://q/", name="Reuters")]
    assert "http://p/ <- http://q/ sibling" in compare(links, TRUTH).found


@pytest.mark.parametrize(
    ("extra", "part"),
    [
        (link("http://c/", "http://a/"), "broken"),
        (link("http://a/", "http://c/"), "broken"),
        (link("http://n/", name="afp"), "broken"),
        (link("http://u/", "http://v/"), "broken"),
        (link("http://x/", "http://y/"), "wrong"),
        (link("http://b/", "http://c/"), "wrong"),
        (link("http://q/", "http://p/"), "wrong"),
    ],
)
def test_a_link_too_many_is_named(extra, part):
    before, after = compare(WHOLE, TRUTH), compare([*WHOLE, extra], TRUTH)
    assert len(getattr(after, part)) == len(getattr(before, part)) + 1
    assert extra["child_url"] in summary(after)


def test_an_unknown_pair_may_be_siblings():
    verdict = compare([link("http://u/", "http://v/", "sibling")], TRUTH)
    assert (verdict.broken, verdict.wrong) == ((), ())


def test_a_link_of_another_relation_is_found_and_said():
    verdict = compare([link("http://c/", "http://b/", "quotes")], TRUTH)
    assert verdict.other_relation == ("http://c/ <- http://b/ republishes, found as quotes",)


def test_what_was_expected_but_not_found_is_named():
    assert "missing  http://c/ <- http://b/ republishes" in summary(compare([], TRUTH))


@pytest.mark.parametrize(
    ("links", "whole"),
    [(WHOLE, True), (WHOLE[:1], False), (WHOLE[1:], False), ([], False)],
)
def test_the_chain_counts_only_when_every_hop_is_there(links, whole):
    assert has_chain(links, TRUTH) is whole


def test_the_child_process_sees_no_other_proxy():
    env = proxied("http://127.0.0.1:1", {"PATH": "x", "HTTPS_PROXY": "y", "NO_PROXY": "z"})
    assert env == {
        "PATH": "x",
        "http_proxy": "http://127.0.0.1:1",
        "https_proxy": "http://127.0.0.1:1",
        "no_proxy": "",
    }


def test_export_rows_are_read_line_by_line():
    assert read_links('{"a": 1}\n\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]
