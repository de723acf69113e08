"""Chains made by hand, drawn: as a tree, as Mermaid, as dot."""

import re

import pytest

from db.chain import Chain
from db.draw import MAX_COPIES, dot, mermaid, tree

COVERAGE = {
    "articles": 58,
    "outlets": 11,
    "first_seen_from": "2026-03-16T08:00:00+00:00",
    "first_seen_to": "2026-03-16T08:10:00+00:00",
    "published_from": "2026-02-01T08:00:00+00:00",
    "published_to": "2026-03-15T08:00:00+00:00",
    "not_looked_at": ["2 pages that could not be read"],
}
QUOTE = {"kind": "source_line", "quote": "Source: Hot News", "region": "tail", "weight": 3.5}
TIME = {"kind": "time", "quote": "noon, then two", "region": "", "weight": -1.2}


def node(id_, outlet, title="A goat closes the bypass", *, phantom=False, **facts):
    url = None if phantom else f"https://{outlet.lower().replace(' ', '')}.example/{id_}"
    stated = {} if phantom else {"published": "2026-03-12T09:30:00+00:00"}
    first = {"id": id_, "url": url, "outlet": outlet, "domain": None, "kind": "outlet", "title": title}
    seen = {"published": None, "phantom": phantom, "article_kind": "article", "language": "en"}
    return first | seen | {"first_seen": "2026-03-16T08:00:00+00:00"} | stated | facts


def link(child, parent, relation="republishes", **facts):
    sure = {"p_related": 0.99, "p_direction": 0.97, "p_direct": 0.97, "confidence": "certain"}
    kept = {"status": "accepted", "decided_by": "rule", "credited": "full", "rule_version": "1"}
    same = {"containment": 0.95, "jaccard": 0.9, "shared_words": 540}
    more = {"evidence": [QUOTE], "passages": [{"child_start": 40, "words": 212}]}
    ends = {"id": child * 1000 + parent, "child": child, "parent": parent, "relation": relation}
    return ends | sure | kept | same | more | facts


def chain(nodes, links, status="traced", origins=(), copies=(), unknown=()):
    return Chain(
        status=status,
        article=nodes[0] if nodes else None,
        nodes=nodes,
        links=links,
        origins=list(origins),
        copies=list(copies),
        unknown=list(unknown),
        coverage=COVERAGE,
    )


def model_case():
    return chain(
        [
            node(1, "247 news reel"),
            node(2, "HotNews"),
            node(3, "CNN"),
            node(4, "AFP", title="", phantom=True),
        ],
        [
            link(1, 2),
            link(2, 3, "excerpts", containment=0.3, confidence="likely", p_direct=0.8),
            link(2, 4, "credits", containment=None, shared_words=None, passages=[]),
        ],
        origins=[3, 4],
    )


def test_the_model_case_reads_from_its_sources_down_to_its_words():
    drawn = tree(model_case())
    lines = drawn.split("\n")
    assert lines[0] == "CNN and AFP -> HotNews -> 247 news reel"
    assert lines[1] == (
        "Traced: taken from 1 page; no page here took from it. Furthest back seen here: CNN, AFP (page not"
    )
    for words in (
        "247 news reel: A goat closes the bypass",
        "└─ taken from HotNews: A goat closes the bypass",
        "published 2026-03-12 09:30 UTC",
        "https://hotnews.example/2",
        "certain: most of this page is that page's text (95 % of its words); 540 words in common, the",
        "“Source: Hot News” (source line, below the text)",
        "└─ taken from AFP\n",
        "named, page not seen",
        "certain: this page names it as source; its text was not seen",
        "likely: part of this page is that page's text (30 % of its words)",
        "Looked among 58 articles of 11 outlets, published 2026-02-01 to 2026-03-15, first seen",
        "Not looked at: 2 pages that could not be read.",
    ):
        assert words in drawn, words


@pytest.mark.parametrize(
    ("status", "nodes", "words"),
    [
        ("not_stored", [], "--fetch"),
        ("unreadable", [node(1, "CNN", article_kind="unreadable")], "no article text"),
        ("nothing_found", [node(1, "CNN")], "does not make it the first"),
        ("direction_unknown", [node(1, "CNN")], "nothing says who took it from whom"),
        ("nothing_found", [node(0, "the text you pasted", url=None)], "no article here shares this text"),
        ("direction_unknown", [node(0, "the text you pasted", url=None)], "pages here carry this text"),
        ("traced", [node(1, "CNN")], "no source of this page was found"),
    ],
)
def test_every_status_says_what_it_means_and_what_to_do(status, nodes, words):
    drawn = tree(chain(nodes, [], status, unknown=["`newstrace fetch URL`"]))
    assert words in " ".join(drawn.split())
    assert "- `newstrace fetch URL`" in drawn
    assert "Looked among" in drawn


def test_what_was_forgotten_is_not_offered_to_be_fetched():
    drawn = tree(chain([], [], "not_stored", unknown=["https://a.example/1 was forgotten on request"]))
    assert "--fetch" not in drawn
    assert "forgotten" in drawn


def test_evidence_against_a_link_is_shown_as_such():
    drawn = tree(chain([node(1, "A"), node(2, "B")], [link(1, 2, evidence=[QUOTE, TIME])], origins=[2]))
    assert "against: by the clock: noon, then two" in drawn


@pytest.mark.parametrize(
    ("role", "weight", "words"),
    [
        ("agency", 1.0, "the source is an agency"),
        ("agency", -1.0, "against: this page's outlet is an agency"),
        ("aggregator", 0.5, "this page's outlet is an aggregator"),
        ("aggregator", -0.5, "against: the source is an aggregator"),
        ("press_release", 1.0, "that page is a press release"),
    ],
)
def test_a_kind_of_publisher_is_told_of_the_right_side(role, weight, words):
    reason = {"kind": "role", "quote": role, "region": "", "weight": weight}
    drawn = tree(chain([node(1, "A"), node(2, "B")], [link(1, 2, evidence=[reason])], origins=[2]))
    assert f"       {words}\n" in drawn


def test_what_a_person_decided_and_what_the_page_does_not_say_are_told():
    found = link(1, 2, decided_by="human", credited="none_found", evidence=[])
    drawn = tree(chain([node(1, "A"), node(2, "B")], [found], origins=[2]))
    assert "certain, by a person's word: most of" in drawn
    assert "no credit found on the page" in drawn


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "published 2026-03-12 09:30 UTC"),
        ({"published": None}, "time not known, first seen 2026-03-16 08:00 UTC"),
        ({"published_basis": "feed"}, "published 2026-03-12 09:30 UTC (by its feed)"),
        (
            {"published_from": "2026-03-11T19:30:00+00:00", "published_to": "2026-03-12T21:30:00+00:00"},
            "published between 2026-03-11 19:30 and 2026-03-12 21:30 UTC, not stated more closely",
        ),
    ],
)
def test_a_time_comes_with_what_is_known_of_it(facts, words):
    assert f"    {words}\n" in tree(chain([node(1, "A", **facts)], [], "nothing_found"))


def test_a_page_reached_twice_is_written_once_and_referred_to():
    links = [link(1, 2), link(1, 3), link(2, 4), link(3, 4)]
    drawn = tree(chain([node(n, f"Paper {n}", f"Title {n}") for n in (1, 2, 3, 4)], links, origins=[4]))
    assert drawn.count("https://paper4.example/4") == 1
    assert "taken from Paper 4: Title 4 (shown above)" in drawn
    assert drawn.startswith("Paper 4 -> Paper 2 and Paper 3 -> Paper 1\n")


def test_sources_are_told_in_the_order_of_the_text():
    early, late = ([{"child_start": at, "words": 9}] for at in (0, 400))
    links = [link(1, 2, passages=late), link(1, 3, passages=early, p_direct=0.6)]
    assert tree(chain([node(n, f"Paper {n}") for n in (1, 2, 3)], links)).startswith("Paper 3 and Paper 2 ->")


def test_a_circle_ends():
    links = [link(1, 2), link(2, 3), link(3, 1)]
    circular = chain([node(n, f"Paper {n}") for n in (1, 2, 3)], links, copies=[2, 3])
    assert "(shown above)" in tree(circular)
    assert mermaid(circular).count("-->") == dot(circular).count("->") == 3


@pytest.mark.parametrize("draw", [tree, mermaid, dot])
def test_of_five_hundred_copies_the_first_are_drawn_and_the_rest_counted(draw):
    copies = range(2, 502)
    nodes = [node(1, "AFP"), *(node(n, f"Paper {n}") for n in copies)]
    drawn = draw(chain(nodes, [link(n, 1) for n in copies], copies=copies))
    assert f"... and {500 - MAX_COPIES} more copies" in drawn
    assert len(drawn) < 20_000


@pytest.mark.parametrize("draw", [tree, mermaid, dot])
def test_a_chain_of_thousands_of_steps_is_cut_and_counted(draw):
    nodes = [node(n, f"Paper {n}") for n in range(1, 3001)]
    drawn = draw(chain(nodes, [link(n, n + 1) for n in range(1, 3000)], origins=[3000]))
    assert "... and 2,989 more sources" in drawn


def test_siblings_are_no_sources_and_are_told_once():
    pages = [node(1, "A"), node(2, "B")]
    told = "{} and {} carry the same text, each from a third and not from the other"
    sentence = told.format(pages[0]["url"], pages[1]["url"])
    found = chain(pages, [link(1, 2, "sibling")], "direction_unknown", unknown=[sentence])
    drawn = tree(found)
    assert "certain: both carry the same text, each from a third page" in drawn
    assert "Not known" not in drawn
    assert "-.-" in mermaid(found)
    assert "dir=none" in dot(found)


HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07",
    "left\u202eright\u2066",
    "line\nbreak\r\u2028\x85",
    '"]; click n1 "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "%%{init: {'securityLevel': 'loose'}}%%",
    '\\"; n9 [label=<b>x</b>]; \\N',
    "#quot; &lt; `code` | } end",
    "e" + "\u0301" * 500,
    "\ud800",
]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("draw", [tree, mermaid, dot])
def test_what_a_page_says_stays_words(draw, words):
    nodes = [node(1, words, words), node(2, words, words, url=f"https://a.example/{words}")]
    found = [link(1, 2, evidence=[QUOTE | {"quote": words, "region": words}])]
    drawn = draw(chain(nodes, found, origins=[2], unknown=[words]))
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", drawn
    )
    assert "\u0301" * 5 not in drawn


@pytest.mark.parametrize("words", HOSTILE)
def test_a_mermaid_label_holds_no_letter_that_mermaid_reads(words):
    drawn = mermaid(chain([node(1, words, words)], [], "nothing_found"))
    (label,) = re.findall(r'^    n1\["(.*)"\]$', drawn, re.M)
    assert not set('"<>`%{}&;[]|\\') & set(re.sub(r"#\d+;|<br/>", "", label))


@pytest.mark.parametrize("words", HOSTILE)
def test_a_dot_label_ends_where_it_should(words):
    drawn = dot(chain([node(1, words, words)], [], "nothing_found"))
    (line,) = (line for line in drawn.split("\n") if line.startswith("    n1 "))
    string = r'"(?:[^"\\]|\\.)*"'
    assert re.fullmatch(rf"    n1 \[label={string}(, URL={string})?, penwidth=2\];", line)


def test_only_web_addresses_become_links_in_dot():
    named = [node(1, "A", url="javascript:alert(1)"), node(2, "B", url="urn:wire:1")]
    assert "URL=" not in dot(chain(named, [link(1, 2)], origins=[2]))
    assert 'URL="https://a.example/1"' in dot(chain([node(1, "A")], [], "nothing_found"))


def test_pages_not_seen_are_dashed():
    assert "class n4 unseen" in mermaid(model_case())
    assert re.search(r"n4 \[label=.*style=dashed", dot(model_case()))


@pytest.mark.parametrize(
    ("licensed", "words"),
    [("yes", "    licensed, says"), ("no", "    not licensed, says"), ("unknown", None)],
)
def test_the_tree_says_what_is_licensed_where_somebody_wrote_it_down(licensed, words):
    drawn = tree(chain([node(1, "A"), node(2, "B")], [link(1, 2, licensed=licensed)], origins=[2]))
    assert (words in drawn) if words else ("licensed" not in drawn)


def test_a_page_that_linking_has_not_seen_is_not_told_of_as_alone():
    alone = node(1, "A", linked=False)
    drawn = tree(chain([alone], [], "nothing_found"))
    assert "Not looked yet" in drawn
    assert "newstrace link" in drawn
    assert "Nothing found" not in drawn


def test_two_languages_without_a_direction_are_told_as_such():
    undecided = link(1, 2, "translates", status="candidate", p_direction=0.5, p_direct=0.5, shared_words=None)
    drawn = tree(chain([node(1, "A"), node(2, "B")], [undecided], "direction_unknown"))
    assert "one text in two languages" in drawn
