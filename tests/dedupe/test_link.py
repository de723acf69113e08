"""Stories judged: each row of evidence, alone and against the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.records import Link
from dedupe.link import judge, without_cycles
from dedupe.story import Named, Page, Publisher, Shared, Story

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUSES = {
    "cnn": Publisher(id=1, name="CNN", kind="outlet", house="cnn.example"),
    "afp": Publisher(id=2, name="AFP", kind="agency", house="afp.example"),
    "hotnews": Publisher(id=3, name="HotNews", kind="outlet", house="hotnews.example"),
    "reel": Publisher(id=4, name="247 news reel", kind="aggregator", house="247newsreel.example"),
    "valley": Publisher(
        id=5, name="Valley Tribune", kind="outlet", house="valley.example", site="valley.example"
    ),
    "coast": Publisher(id=6, name="Coast Courier", kind="outlet", house="coast.example"),
}
REUTERS = 90  # an outlet of which no page is stored


def page(article, house, *named, hours=None, kind="article"):
    earliest = NOON + timedelta(hours=hours) if hours is not None else None
    return Page(
        article=article,
        version=article * 10,
        url=f"http://{HOUSES[house].house}/{article}",
        publisher=HOUSES[house],
        kind=kind,
        earliest=earliest,
        latest=earliest,
        named=named,
    )


def credit(evidence, outlet, kind="source_line", quote="Source: it", **more):
    return Named(evidence=evidence, kind=kind, region="own", quote=quote, name=quote, outlet=outlet, **more)


def shared(a, b, a_in_b=0.95, b_in_a=0.95, spans=((0, 1200),), b_spans=None, quoted=0.0):
    return Shared(
        a=a, b=b, match=a * 100 + b, a_version=a * 10, b_version=b * 10, a_in_b=a_in_b, b_in_a=b_in_a,
        jaccard=min(a_in_b, b_in_a) * 0.9, words=200, a_spans=spans, b_spans=b_spans or spans, quoted=quoted,
    )  # fmt: skip


def story(*pages, matches=(), blocks=None):
    return Story(pages={p.article: p for p in pages}, shared=tuple(matches), blocks=blocks or {})


def accepted(judgement):
    return {(k.child, k.source, k.relation) for k in judgement.links if k.status == "accepted"}


def test_a_credit_decides_the_direction():
    found = judge(story(page(1, "hotnews"), page(2, "reel", credit(7, 3)), matches=[shared(1, 2)]))
    assert accepted(found) == {(2, 1, "republishes")}
    (link,) = found.links
    assert link.credited == "full"
    assert ("Source: it", 7) in {(r.quote, r.evidence) for r in link.reasons}


def test_time_alone_never_decides():
    found = judge(story(page(1, "valley", hours=0), page(2, "coast", hours=9), matches=[shared(1, 2)]))
    (link,) = found.links
    assert (link.child, link.source, link.status) == (2, 1, "candidate")
    assert 0.5 < link.p_direction < 0.8


@pytest.mark.parametrize("later", [9, 900])
def test_neither_does_time_with_an_aggregator_and_a_cut_text(later):
    cut = shared(1, 2, a_in_b=0.5, b_in_a=0.98)
    found = judge(story(page(1, "valley", hours=0), page(2, "reel", hours=later), matches=[cut]))
    assert accepted(found) == set()


def test_how_many_others_hold_the_story_says_nothing_against_the_page_a_copy_links_to():
    link = Named(evidence=5, kind="body_link", region="body", quote="here", target=1, site="valley.example")
    bare = [page(n, "coast" if n % 2 else "cnn", hours=0) for n in range(3, 15)]
    every = [shared(1, 2)]
    every += [shared(a, b.article) for b in bare for a in (1, 2)]
    found = judge(story(page(1, "valley"), page(2, "reel", link, hours=9), *bare, matches=every))
    assert (2, 1, "republishes") in accepted(found)


def test_a_last_line_that_names_the_source_was_left_in():
    bio = {(2, 5): "Ann Berg writes for the Valley Tribune."}
    pages = page(1, "valley"), page(2, "coast")
    found = judge(replace(story(*pages, matches=[shared(1, 2)]), leftovers=bio))
    assert accepted(found) == {(2, 1, "republishes")}
    (link,) = found.links
    assert {(r.kind, r.quote) for r in link.reasons if r.weight} == {("leftover_line", bio[2, 5])}
    assert link.credited == "none_found"  # a line left in is no credit


def test_without_times_and_credits_the_direction_is_even():
    (link,) = judge(story(page(1, "valley"), page(2, "coast"), matches=[shared(1, 2)])).links
    assert (link.status, link.p_direction) == ("candidate", 0.5)


def test_a_backdated_copy_is_still_the_copy():
    found = judge(
        story(page(1, "valley", hours=5), page(2, "coast", credit(7, 5), hours=0), matches=[shared(1, 2)])
    )
    assert accepted(found) == {(2, 1, "republishes")}


def test_contradicting_credits_leave_the_direction_open():
    found = judge(
        story(page(1, "valley", credit(6, 6)), page(2, "coast", credit(7, 5)), matches=[shared(1, 2)])
    )
    assert accepted(found) == set()


def test_a_house_block_of_the_source_on_the_copy_decides():
    found = judge(
        story(
            page(1, "hotnews"), page(2, "coast"), matches=[shared(1, 2)], blocks={(2, 3): "Follow the latest"}
        )
    )
    assert accepted(found) == {(2, 1, "republishes")}
    assert "Follow the latest" in {r.quote for link in found.links for r in link.reasons}


def test_words_that_the_source_has_changed_since_decide():
    old = shared(1, 2)._replace(a_changed=True)
    found = judge(story(page(1, "valley", hours=0), page(2, "coast", hours=9), matches=[old]))
    assert accepted(found) == {(2, 1, "republishes")}
    assert "earlier_version" in {r.kind for link in found.links for r in link.reasons}


def test_a_left_over_link_to_the_sources_other_pages_speaks_for_it():
    link = Named(evidence=5, kind="body_link", region="body", quote="Read also", site="valley.example")
    late = page(2, "coast", link, hours=9)
    found = judge(story(page(1, "valley", hours=0), late, matches=[shared(1, 2)]))
    assert accepted(found) == {(2, 1, "republishes")}


def test_a_compilation_has_two_parents_and_its_copy_only_the_compilation():
    """CNN and AFP -> HotNews -> 247 news reel: the credits in the copy came along with its text."""
    first, second = ((0, 1000),), ((1000, 2000),)
    cnn = credit(1, 1, "reports_phrase", "CNN reports", span=(900, 911))
    afp = credit(2, 2, "reports_phrase", "reports AFP", span=(1900, 1911))
    found = judge(
        story(
            page(1, "cnn", hours=0),
            page(2, "afp", hours=1),
            page(3, "hotnews", cnn, afp, hours=3),
            page(
                4,
                "reel",
                credit(11, 1, "reports_phrase", "CNN reports", span=(900, 911)),
                credit(12, 2, "reports_phrase", "reports AFP", span=(1900, 1911)),
                credit(13, 3, quote="Source: Hot News RU", span=(2400, 2420)),
                hours=5,
            ),
            matches=[
                shared(1, 3, a_in_b=0.8, b_in_a=0.42, spans=((0, 1000),), b_spans=first),
                shared(2, 3, a_in_b=0.8, b_in_a=0.42, spans=((0, 1000),), b_spans=second),
                shared(1, 4, a_in_b=0.8, b_in_a=0.38, spans=((0, 1000),), b_spans=first),
                shared(2, 4, a_in_b=0.8, b_in_a=0.38, spans=((0, 1000),), b_spans=second),
                shared(3, 4, a_in_b=0.97, b_in_a=0.9, spans=((0, 2200),)),
            ],
        )
    )
    assert accepted(found) == {(3, 1, "excerpts"), (3, 2, "excerpts"), (4, 3, "republishes")}
    inherited = {(k.child, k.source): k.p_direct for k in found.links if k.child == 4 and k.source != 3}
    assert inherited
    assert max(inherited.values()) < 0.2


def test_copies_of_an_unseen_agency_story_are_siblings_under_one_phantom():
    pages = [
        page(1, "valley", credit(1, REUTERS, "agency_byline", "Reuters"), hours=0),
        page(2, "coast", credit(2, REUTERS, "agency_dateline", "(Reuters)"), hours=4),
        page(3, "hotnews", credit(3, REUTERS, quote="Source: Reuters"), hours=8),
    ]
    found = judge(story(*pages, matches=[shared(1, 2), shared(1, 3), shared(2, 3)]))
    assert len(found.phantoms) == 1
    assert accepted(found) == {
        (1, -1, "republishes"), (2, -1, "republishes"), (3, -1, "republishes"),
        (2, 1, "sibling"), (3, 1, "sibling"), (2, 3, "sibling"),
    }  # fmt: skip


def test_two_that_nothing_sets_apart_are_rather_siblings_than_parent_and_child():
    named = [page(n, house, credit(n, REUTERS)) for n, house in ((1, "valley"), (2, "coast"))]
    phrase = [page(n, h, credit(n, REUTERS, "reports_phrase")) for n, h in ((1, "valley"), (2, "coast"))]
    for pages in (named, phrase):
        found = judge(story(*pages, matches=[shared(1, 2)]))
        (sibling,) = [k for k in found.links if k.relation == "sibling"]
        assert sibling.p_direct > 0.7


def test_the_agencys_own_page_takes_the_phantoms_place():
    found = judge(
        story(
            page(1, "afp", hours=0),
            page(2, "valley", credit(1, 2, "agency_byline", "AFP"), hours=1),
            page(3, "coast", credit(2, 2, "agency_byline", "AFP"), hours=2),
            matches=[shared(1, 2), shared(1, 3), shared(2, 3)],
        )
    )
    assert found.phantoms == ()
    assert accepted(found) == {(2, 1, "republishes"), (3, 1, "republishes")}


def test_a_copy_of_a_copy_that_credits_the_middle_is_the_middles_child():
    found = judge(
        story(
            page(1, "cnn", hours=0),
            page(2, "valley", credit(1, 1), hours=2),
            page(3, "coast", credit(2, 5, quote="Source: Valley Tribune"), hours=4),
            matches=[shared(1, 2), shared(1, 3), shared(2, 3)],
        )
    )
    assert accepted(found) == {(2, 1, "republishes"), (3, 2, "republishes")}


def test_a_page_credited_whole_to_an_unseen_outlet_is_no_child_of_those_its_text_names():
    named = credit(1, 1, "reports_phrase", "CNN reports"), credit(2, REUTERS, quote="Source: Reuters")
    pages = page(1, "cnn", hours=0), page(2, "reel", *named, hours=4)
    found = judge(story(*pages, matches=[shared(1, 2, 0.6, 0.6)]))
    assert accepted(found) == {(2, -1, "republishes")}
    (between,) = (k for k in found.links if (k.child, k.source) == (2, 1))
    assert between.status == "candidate"
    assert between.p_direct < 0.5


@pytest.mark.parametrize(
    ("own", "blocks"),
    [
        (credit(3, 1, "agency_byline", "By CNN"), {}),
        (Named(evidence=3, kind="body_link", region="body", quote="", target=1), {}),
        (credit(3, 1, "reports_phrase", "CNN reports"), {(2, 1): "Read more on CNN"}),
    ],
)
def test_a_page_with_a_sign_of_its_own_is_a_child_beside_an_unseen_source(own, blocks):
    pages = page(1, "cnn", hours=0), page(2, "reel", own, credit(2, REUTERS, quote="Source: Reuters"))
    assert (2, 1) in {k[:2] for k in accepted(judge(story(*pages, matches=[shared(1, 2)], blocks=blocks)))}


def test_between_two_possible_parents_nothing_decides_and_both_are_shown():
    found = judge(
        story(
            page(1, "cnn", hours=0),
            page(2, "valley", credit(1, 1), hours=2),
            page(3, "coast", hours=9),
            matches=[shared(1, 2), shared(1, 3), shared(2, 3)],
        )
    )
    assert accepted(found) == {(2, 1, "republishes")}
    both = {(k.source, k.status) for k in found.links if k.child == 3}
    assert both == {(1, "candidate"), (2, "candidate")}


def test_a_credit_without_text_in_common_names_a_phantom():
    found = judge(story(page(1, "valley", credit(1, REUTERS, "reports_phrase", "Reuters reports"))))
    (link,) = found.links
    assert (link.child, link.source, link.relation, link.credited) == (1, -1, "credits", "partial")


def test_a_relay_phrase_gives_two_hops():
    found = judge(
        story(
            page(
                1,
                "valley",
                credit(1, 91, "reports_phrase", "relatează AFP, preluată de Agerpres"),
                credit(2, 2, "reports_phrase", "relatează AFP, preluată de Agerpres", hop=2),
            )
        )
    )
    assert [p.outlet for p in found.phantoms] == [91, 2]
    assert accepted(found) == {(1, -1, "credits"), (-1, -2, "credits")}


def test_a_bare_name_means_the_alike_outlet_whose_text_the_page_holds():
    found = judge(
        story(
            page(1, "hotnews"),
            page(2, "coast", Named(evidence=5, kind="source_line", region="own", quote="Source: Hot News RU",
                                   name="Hot News RU", outlet=77, resolved=False)),
            matches=[shared(1, 2)],
        )
    )  # fmt: skip
    assert accepted(found) == {(2, 1, "republishes")}
    assert found.resolved == {5: 3}


@pytest.mark.parametrize(
    ("kind", "named", "expected"),
    [
        ("liveblog", (credit(1, 5),), set()),
        ("stub", (), set()),
        ("stub", (credit(1, 5),), {(2, 1, "republishes")}),
    ],
)
def test_a_live_blog_is_no_parent_and_a_stub_only_of_pages_that_name_it(kind, named, expected):
    pages = page(1, "valley", kind=kind, hours=0), page(2, "coast", *named, hours=9)
    matches = [shared(1, 2, a_in_b=1.0, b_in_a=0.2)]
    assert accepted(judge(story(*pages, matches=matches))) - {(2, -1, "republishes")} == expected


def test_bare_copies_of_an_agencys_text_are_the_agencys_children():
    pages = [
        page(1, "afp", hours=0),
        *(page(n, h, hours=n) for n, h in enumerate(("valley", "coast", "cnn"), 2)),
    ]
    matches = [shared(a, b) for a in range(1, 5) for b in range(a + 1, 5)]
    found = judge(story(*pages, matches=matches))
    assert accepted(found) == {(2, 1, "republishes"), (3, 1, "republishes"), (4, 1, "republishes")}


def test_a_shared_quotation_alone_makes_no_link():
    few = shared(1, 2, a_in_b=0.2, b_in_a=0.1, quoted=1.0)
    assert judge(story(page(1, "valley"), page(2, "coast"), matches=[few])).links == ()


def test_pages_of_one_house_are_no_copies_of_each_other():
    found = judge(story(page(1, "valley", hours=0), page(2, "valley", hours=3), matches=[shared(1, 2)]))
    assert accepted(found) == {(2, 1, "revises")}


def test_a_page_that_credits_itself_gets_no_link():
    assert judge(story(page(1, "valley", credit(1, 5)))).links == ()


def test_cycles_open_at_the_weakest_link():
    def link(child, source, p):
        return Link(
            child=child, source=source, relation="republishes", p_related=1, p_direction=p, p_direct=p,
            status="accepted",
        )  # fmt: skip

    kept, held_back = without_cycles([link(1, 2, 0.9), link(2, 3, 0.8), link(3, 1, 0.6), link(4, 1, 0.7)])
    assert held_back == 1
    assert [(k.child, k.source) for k in kept if k.status == "candidate"] == [(3, 1)]


def test_the_order_of_pages_and_matches_does_not_matter():
    pages = [page(1, "cnn", hours=0), page(2, "valley", credit(1, 1)), page(3, "coast", credit(2, 5))]
    matches = [shared(1, 2), shared(1, 3), shared(2, 3)]
    one = judge(story(*pages, matches=matches))
    other = judge(story(*reversed(pages), matches=matches[::-1]))
    assert set(one.links) == set(other.links)


@pytest.mark.parametrize(
    ("name", "publisher", "house", "expected"),
    [
        ("Hot News RU", "HotNews", "hotnews.example", True),
        ("Valley Tribune", "valley.example", "valley.example", True),
        ("Newsweek", "News", "news.example", False),
        ("Times Herald", "times.example", "times.example", False),
        ("Hot", "HotNews", "hotnews.example", False),
    ],
)
def test_a_bare_name_is_alike_only_with_an_ending_or_further_words(name, publisher, house, expected):
    bare = Named(
        evidence=5, kind="source_line", region="own", quote=name, name=name, outlet=77, resolved=False
    )
    source = page(1, "hotnews")._replace(
        publisher=Publisher(id=3, name=publisher, kind="outlet", house=house)
    )
    found = judge(story(source, page(2, "coast", bare), matches=[shared(1, 2)]))
    assert (found.resolved == {5: 3}) is expected


def test_two_pages_with_one_sources_words_are_siblings_where_only_time_sets_them_apart():
    words = {"kind": "reports_phrase", "quote": "Reuters reports", "span": (10, 25)}
    first = page(1, "valley", credit(1, REUTERS, **words), hours=0)
    later = page(2, "coast", credit(2, REUTERS, **words), hours=9)
    found = judge(story(first, later, matches=[shared(1, 2)]))
    assert accepted(found) == {(1, -1, "credits"), (2, -1, "credits"), (2, 1, "sibling")}


def test_the_words_of_a_source_are_inherited_where_the_page_points_to_the_copy_between():
    words = {"kind": "reports_phrase", "quote": "Reuters reports", "span": (10, 25)}
    first = page(1, "valley", credit(1, REUTERS, **words), hours=0)
    later = page(2, "coast", credit(2, REUTERS, **words), credit(3, 5), hours=9)
    found = judge(story(first, later, matches=[shared(1, 2)]))
    assert accepted(found) == {(1, -1, "credits"), (2, 1, "republishes")}


def test_a_shared_bio_that_names_the_outlet_is_no_shared_story():
    bio = shared(1, 2, a_in_b=0.3, b_in_a=0.1)._replace(words=50, house=0.9)
    pages = page(1, "valley"), page(2, "coast", credit(7, 5))
    assert [k for k in judge(story(*pages, matches=[bio])).links if k.source == 1] == []
    told = bio._replace(house=0.0)
    assert accepted(judge(story(*pages, matches=[told]))) == {(2, 1, "excerpts")}
