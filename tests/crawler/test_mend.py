"""What the places of a text's lines say of them."""

import pytest

from crawler.blocks import blocks
from crawler.markup import flat, open_page
from crawler.mend import Told, asides, mended
from crawler.vote import Heard, words

STORY = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge.",
    "A crane is to come upriver before the weekend, if the water is high enough, the master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait for the town.",
    "The board will meet again in a week, and the town may listen from the gallery, as it always could.",
]
LEAD = "No carts over the old bridge until the spring, and an extra ferry for the bakers of the island"
TITLE = "Old bridge shut to carts"


def read(inside, lines, heard=(), descriptions=()):
    page = blocks(open_page(f"<html><body><h1>{TITLE}</h1>{inside}</body></html>"))
    told = Told((frozenset(words(TITLE)),), descriptions, (Heard([*STORY, *lines, *heard]),))
    return mended(lines, page, told)


def p(*lines):
    return "".join(f"<p>{line}</p>" for line in lines)


@pytest.mark.parametrize("at", range(len(STORY)))
def test_a_paragraph_in_the_row_of_the_others_is_put_in_its_place(at):
    lines = [line for line in STORY if line is not STORY[at]]
    assert read(f"<div>{p(*STORY)}</div>", lines) == STORY


def test_a_paragraph_that_no_engine_read_stays_out():
    teaser = "Fish auction moves to the new shed on the quay, where the ice is kept, it was announced."
    assert read(f"<div>{p(*STORY[:2], teaser, *STORY[2:])}</div>", STORY) == STORY


def test_a_heading_before_a_paragraph_is_put_in_and_a_teasers_is_not():
    teaser = "<a href='/x'><h2>Eels are back</h2></a>"
    inside = f"<div>{p(STORY[0])}<h2>The ferry</h2>{p(STORY[1])}{teaser}{p(*STORY[2:])}</div>"
    assert read(inside, STORY, heard=["The ferry", "Eels are back"]) == [STORY[0], "The ferry", *STORY[1:]]


@pytest.mark.parametrize(
    "lead",
    [
        f"<p class='article__lead'>{LEAD}</p>",
        f"<h2 class='standfirst'>{LEAD}</h2>",
        f"<header class='c-chapo'><p>{LEAD}</p></header>",
        f"<div class='vorspann'>{LEAD}</div>",
        f"<p id='article-summary'>{LEAD}</p>",
        f"<div data-gu-name='standfirst'><div><p>{LEAD}</p></div></div>",
        f"<div class='field-chapo'><div class='items'><div class='even'>{LEAD}</div></div></div>",
        f"<h2 class='subtitulo'>{LEAD}</h2>",
    ],
)
def test_the_lead_below_the_headline_is_part_of_the_text(lead):
    assert read(f"{lead}<div>{p(*STORY)}</div>", STORY) == [LEAD, *STORY]


def test_a_sentence_right_below_the_headline_that_an_engine_read_is_a_lead():
    lead = f"{LEAD}."
    inside = f"<div>{lead}</div><div>{p(*STORY)}</div>"
    assert read(inside, STORY, heard=[lead]) == [lead, *STORY]
    assert read(inside, STORY) == STORY
    assert read(f"<div>{lead} © Tarn Pictures.</div><div>{p(*STORY)}</div>", STORY, heard=[lead]) == STORY


def test_a_second_heading_right_below_the_first_that_is_a_sentence_is_a_lead():
    lead = f"{LEAD}."
    assert read(f"<h2>{lead}</h2><div>{p(*STORY)}</div>", STORY) == [lead, *STORY]
    assert read(f"<h2>{LEAD}</h2><div>{p(*STORY)}</div>", STORY) == STORY
    assert read(f"<p>Harwick</p><h2>{lead}</h2><div>{p(*STORY)}</div>", STORY) == STORY


def test_a_byline_before_the_text_is_none_of_it_and_a_request_to_follow_neither():
    follow = "Follow us on <a href='/n'>Google News</a> and hear of every bridge before all others do"
    inside = f"<div><p class='byline'>By Ana Pop, Harwick</p>{p(*STORY, follow)}</div>"
    lines = [
        "By Ana Pop, Harwick",
        *STORY,
        "Follow us on Google News and hear of every bridge before all others do",
    ]
    assert read(inside, lines) == STORY


def test_a_lead_that_repeats_words_of_the_text_is_a_lead_all_the_same():
    lead = f"{STORY[0][:49]} and another one besides it"
    assert read(f"<p class='lead'>{lead}</p><div>{p(*STORY)}</div>", STORY) == [lead, *STORY]


def test_a_link_to_another_article_is_known_where_a_list_holds_it_too():
    link = "<a href='/eels'>Eels are back in the river of Harwick</a>"
    inside = f"<div>{p(*STORY[:2], link, *STORY[2:])}</div><ul><li>{link}</li></ul>"
    assert read(inside, [*STORY[:2], "Eels are back in the river of Harwick", *STORY[2:]]) == STORY


def test_the_lead_is_known_by_the_pages_own_description_whatever_its_class():
    inside = f"<div class=x1><p>{LEAD}</p></div><div>{p(*STORY)}</div>"
    assert read(inside, STORY) == STORY
    assert read(inside, STORY, descriptions=(LEAD,)) == [LEAD, *STORY]
    assert read(inside, STORY, descriptions=(LEAD[:70] + "...",)) == [LEAD, *STORY]


@pytest.mark.parametrize(
    "other",
    [
        f"<p class='byline-lead'>{LEAD}</p>",
        f"<div class='author-box'><div class='description'><p>{LEAD}</p></div></div>",
        f"<div class='lead-photo-caption'><p>{LEAD}</p></div>",
        f"<p class='lead'><a href='/x'>{LEAD}</a></p>",
        f"<h2 class='lead'>{TITLE} again</h2>",
        f"<p class='lead'>{STORY[0]}</p>",
    ],
)
def test_what_is_no_lead_is_not_put_before_the_text(other):
    assert read(f"{other}<div>{p(*STORY)}</div>", STORY) == STORY


@pytest.mark.parametrize(
    "aside",
    [
        "<p class='photo-desc'>{}</p>",
        "<div class='wp-caption'><p>{}</p></div>",
        "<ul><li><a href='#ferry'>{}</a></li></ul>",
        "<p><a href='/eels'>{}</a></p>",
        "<p>Read also: <a href='/eels'>{}</a></p>",
        "<p>Читайте также: <a href='/eels'>{}</a></p>",
        "<p>関連記事 <a href='/eels'>{}</a></p>",
    ],
)
def test_a_line_that_is_no_text_by_its_place_is_left_out(aside):
    eels = "Eels are back in the upper harbour this spring"
    line = aside.format(eels)
    inside = f"<div>{p(*STORY[:2])}{line}{p(*STORY[2:])}</div>"
    shown = " ".join(open_page(f"<html><body>{line}</body></html>").text_content().split())
    assert read(inside, [*STORY[:2], shown, *STORY[2:]]) == STORY


def test_links_that_a_text_is_about_stay():
    listed = [f"Harbour story number {n}, which was read by many" for n in range(6)]
    inside = f"<div>{p(STORY[0])}{p(*(f'<a href=/{n}>{line}</a>' for n, line in enumerate(listed)))}</div>"
    assert read(inside, [STORY[0], *listed]) == [STORY[0], *listed]


def test_labels_requests_and_repetitions_are_left_out():
    notice = (
        "An dieser Stelle steht eine Karte. Erst wenn Sie zustimmen, werden externe Inhalte geladen. "
        "Mehr dazu in der Datenschutzerklärung."
    )
    thrice = "Something that a template writes wherever it has nothing better to write. " * 3
    lines = [STORY[0], "Advertisement", notice, thrice.strip(), STORY[1], thrice.strip(),
             "Passer la publicité", STORY[2], thrice.strip()]  # fmt: skip
    assert read(f"<div>{p(*STORY[:3])}</div>", lines) == STORY[:3]


def test_a_long_paragraph_that_stands_twice_is_read_once():
    twice = STORY[0] + " " + STORY[1]
    assert read(f"<div>{p(twice, *STORY[2:])}</div>", [twice, twice, *STORY[2:]]) == [twice, *STORY[2:]]


def test_a_question_asked_again_and_again_stays():
    asked = "What do you like most about the harbour?"
    lines = [line for answer in STORY for line in (asked, answer)]
    assert read(f"<div>{p(*lines)}</div>", lines) == lines


def test_a_text_that_an_engine_found_twice_is_read_once_and_in_the_pages_order():
    inside = f"<div>{p(*STORY)}</div>"
    assert read(inside, [*STORY, *STORY]) == STORY
    assert read(inside, [*STORY[2:], *STORY[:2]]) == STORY


def test_paragraphs_parted_by_breaks_are_lines_of_their_own():
    assert read(f"<div>{'<br><br>'.join(STORY)}</div>", [" ".join(STORY)]) == STORY


def test_a_line_that_states_the_time_before_the_text_is_none_of_it():
    day = "Published on 4 May 2026 at 10:00, updated on 5 May 2026 at 11:30 in the morning"
    inside = f"<div><div class=date>{day}</div>{p(*STORY)}</div>"
    assert read(inside, [day, *STORY]) == STORY


def test_words_of_asides_are_flat():
    known = asides()
    assert all(line == flat(line) for line in (*known.also, *known.labels, *known.phrases))
    assert len(known.also) > 150


def test_a_page_of_many_blocks_is_mended_in_time():
    lines = [" ".join(f"word{n}of{at}" for at in range(8)) + "." for n in range(4000)]
    assert read(f"<div>{p(*lines)}</div>", lines[::2], heard=lines) == lines
