"""What class names and ids tell of an element."""

import pytest

from crawler.labels import AWAY, BYLINE, CAPTION, LABELS, MAX_KEPT, MAX_NAME, SURE, is_own_footer


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("related-articles", AWAY),
        ("siteNav", AWAY),
        ("navy", 0),
        ("articleByline", BYLINE),
        ("byliner", 0),
        ("box photo", CAPTION),
        ("photo-credit", CAPTION | SURE),
        ("media_author", CAPTION | SURE | BYLINE),
        ("story-footer", 0),
        ("story-footer ads", AWAY),
        ("page footer", AWAY),
        ("x" * MAX_NAME + " sidebar", 0),
        ("", 0),
    ],
)
def test_a_name_tells_what_its_words_say(name, told):
    assert LABELS[name] == told


def test_the_end_of_an_article_is_not_the_end_of_the_page():
    assert (is_own_footer("post__footer"), is_own_footer("site-footer")) == (True, False)


def test_only_so_many_names_are_kept():
    for n in range(MAX_KEPT + 10):
        assert LABELS[f"c{n} sidebar"] == AWAY
    assert len(LABELS) <= MAX_KEPT
