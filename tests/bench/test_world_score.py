"""The score of links whose truth is known."""

import pytest
from world_score import Judge, score
from world_sites import make_press

PAGES = {"a": 1, "b": 1, "c": 1, "d": 2}


def link(child, parent, p=0.9, **more):
    return {
        "child_url": child, "parent_url": parent, "parent_domain": "x.example", "parent_name": "X",
        "relation": "republishes", "status": "accepted", "p_direct": p, "evidence": [], **more,
    }  # fmt: skip


def row(verdict, child, parent, *, direct=True, case="credit: lead"):
    return {
        "verdict": verdict, "child_url": child, "parent_url": parent, "parent_domain": "x.example",
        "parent_name": "X", "unseen_story": None if parent else "unseen", "direct": direct, "case": case,
        "relation": "republishes", "how": {},
    }  # fmt: skip


@pytest.fixture
def judge():
    pages = [{"verdict": "page", "url": u, "story": s, "domain": f"{u}.example"} for u, s in PAGES.items()]
    truth = [
        *pages,
        row("link", "b", "a"),
        row("link", "c", "b"),
        row("not", "c", "a", direct=False, case="ancestor"),
        row("link", "a", None),
    ]
    return Judge(truth, lambda domain, name: domain or name)


@pytest.mark.parametrize(
    ("child", "parent", "is_a"),
    [
        ("b", "a", "right"),
        ("a", "b", "turned round"),
        ("a", "c", "turned round"),
        ("c", "a", "ancestor"),
        ("d", "a", "unrelated"),
        ("a", None, "right"),
        ("d", None, "another name"),
    ],
)
def test_a_link_is_what_the_truth_says(judge, child, parent, is_a):
    assert judge.judge(link(child, parent)).is_a == is_a


def test_recall_and_precision_count_what_stands(judge):
    held = link("c", "b", 0.3, status="candidate")
    found = score(judge, [link("b", "a"), link("d", "a"), held]).score
    assert (found.recall("web"), found.precision("web")) == (0.5, 0.5)
    assert found.recall("phantom") == 0
    assert found.share("unrelated") == 0.5


def test_calibration_compares_what_is_said_with_what_is_true(judge):
    found = score(judge, [link("b", "a", 1.0), link("d", "a", 0.0, status="candidate")]).score
    assert found.calibration_error() == 0
    assert score(judge, [link("d", "a", 1.0)]).score.calibration_error() == 1


def test_a_press_has_sites_of_several_kinds():
    import random

    press = make_press(random.Random(1))
    assert {"agency", "press_office", "outlet"} <= {site.kind for site in press.sites}
    assert len({site.template for site in press.sites}) >= 10
