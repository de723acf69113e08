"""What stands in boxes beside an article."""

import pytest

from crawler.apart import apart
from crawler.blocks import blocks
from crawler.markup import open_page

STORY = [
    "The harbour board met on Monday evening and spoke for two hours about the old bridge of Harwick.",
    "A crane is to come upriver before the weekend, if the water is high enough, the harbour master said.",
    "The ferry will run twice an hour in the meantime, and once an hour after midnight, until it is mended.",
    "Bakers on the island side asked for an earlier boat, because the ovens cannot wait for the town.",
]
OTHER = "I have lived beside that bridge for forty years, and it has been falling down for all of them."


def p(*lines):
    return "".join(f"<p>{line}</p>" for line in lines)


def left_out(inside):
    page = blocks(open_page(f"<html><body><h1>Old bridge shut</h1>{inside}</body></html>"))
    held = [n for n, block in enumerate(page) if block.tag != "h1"]
    return [page[n].words for n in sorted(apart(page, held))]


@pytest.mark.parametrize(
    "box",
    [
        '<div class="comment">',
        '<div id="comments">',
        '<div class="LeserkommentareBox">',
        '<ol class="commentlist">',
        '<div class="spForum">',
        '<div id="comentarios">',
        '<div class="subscription-widget">',
        '<div class="m-newsletter-box">',
        '<div class="signup">',
        '<gu-island name="EmailSignUp">',
        '<div id="author-description">',
        '<div class="author-bio">',
        '<div class="related-articles">',
        '<div class="incut">',
        '<div class="c-inline-teaser-list">',
        '<div class="relatedBox">',
        '<div class="read-more-inline">',
    ],
)
def test_a_box_that_is_called_so_holds_none_of_the_article(box):
    end = f"</{box[1:].split()[0]}>"
    assert left_out(f"<div class='story'>{p(*STORY)}{box}{p(OTHER)}{end}</div>") == [OTHER]


@pytest.mark.parametrize(
    "names",
    ["commentary", "has-comments", "with-related", "no-newsletter", "author", "subscriber-only", "forumula",
     "js-comments", "relative", "informationtext", "kommentar"],
)  # fmt: skip
def test_a_box_whose_name_only_sounds_so_is_no_such_box(names):
    assert left_out(f"<div>{p(*STORY[:3])}</div><div class='{names}'>{p(*STORY[3:], OTHER)}</div>") == []


def test_a_box_that_holds_the_headline_or_most_of_the_text_is_the_article_whatever_its_name():
    page = open_page(f"<html><body><div class='comments'><h1>Bridge</h1>{p(*STORY)}</div></body></html>")
    found = blocks(page)
    assert apart(found, range(len(found))) == frozenset()
    assert left_out(f"<div class='related'>{p(*STORY)}</div><div>{p(OTHER * 4)}</div>") == []


def test_comments_may_be_longer_than_the_article():
    talk = [f"{n}: {OTHER}" for n in range(20)]
    assert left_out(f"<div>{p(*STORY)}</div><div class='comments'>{p(*talk)}</div>") == talk


def test_nothing_is_left_out_where_next_to_nothing_would_be_left():
    assert left_out(f"<div>{p(STORY[0])}</div><div class='comments'>{p(*STORY[1:])}</div>") == []
