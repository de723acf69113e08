"""Names that mean something else: short words, stations, widgets, encodings, own names, bare names."""

import pytest

from tests.traps.press import Sheet, story

HILL, LAKE = (f"https://{name}.example/news/ferry" for name in ("hill", "lake"))
BODY = story(1, 2, 3, 4)


LINES = {
    "apa is the water in Romanian": (
        "Apa a ajuns la podul vechi, iar apa din port a crescut, a spus primarul din Harwick luni.", "ro",
    ),
    "pa and tt in small letters": ("The boats pa past the tt of the pier, the captain said.", "en"),
    "a station's own dateline": ("HARWICK (KMIZ) - The mayor opened the ferry pier.", "en"),
    "told a reporter": ("“We waited all night,” the captain told AFP on the pier.", "en"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "language"), LINES.values(), ids=LINES)
def test_a_short_word_a_station_and_a_conversation_are_no_agencys_story(newsroom, line, language):
    newsroom.take_in(Sheet(LAKE, [line, *BODY], language=language))
    assert {k for k in newsroom.told() if k[2] != "credits"} == set()


def test_a_name_means_the_users_own_site_before_a_shipped_one(newsroom):
    newsroom.know("mirror.example", "Le Monde")
    first = "https://mirror.example/2026/03/02/ferry"
    newsroom.take_in(Sheet(first, BODY), Sheet(LAKE, [*BODY, "Source: Le Monde"]))
    assert newsroom.told() == {(LAKE, first, "republishes")}


def test_a_widget_of_authors_on_every_page_credits_nobody(newsroom):
    widget = (
        "<aside class='most-read'><h3>Most read authors</h3><ul><li><a href='/autor/reuters'>Reuters</a></li>"
        "<li><a href='/autor/afp'>AFP</a></li><li><a href='/autor/ann'>Ann Berg</a></li></ul></aside>"
    )
    newsroom.take_in(Sheet(LAKE, BODY, below=widget, byline="By Ann Berg"))
    assert newsroom.told() == set()


def test_the_second_of_several_authors_may_be_the_agency(newsroom):
    newsroom.take_in(
        Sheet(
            LAKE, BODY, head='<meta name="author" content="Ann Berg"><meta name="author" content="Reuters">'
        )
    )
    assert {source for _, source, _ in newsroom.told()} == {"Reuters"}


def test_the_caption_of_a_picture_in_the_data_credits_the_picture(newsroom):
    newsroom.take_in(
        Sheet(LAKE, BODY, ld={"image": {"@type": "ImageObject", "caption": "Ferry. Source: Reuters"}})
    )
    assert newsroom.told() == set()


@pytest.mark.parametrize("name", ["Hot News RU", "HotNews", "hotnews.ro", "HOTNEWS"])
def test_an_aggregators_name_for_a_source_is_told_by_the_text_it_holds(newsroom, name):
    hot, reel = "https://hotnews.ro/ferry", "https://reel.example/story/9"
    newsroom.take_in(Sheet(hot, BODY), Sheet(reel, [*BODY, f"Source: {name}"]))
    assert newsroom.told() == {(reel, hot, "republishes")}


@pytest.mark.parametrize("spelled", ["Știri de Seară", "Ştiri de Seară", "Stiri de Seara"])
def test_cedillas_commas_and_bare_letters_are_one_name(newsroom, spelled):
    newsroom.know("stiri.example", "Știri de Seară", language="ro")
    body = [
        "Feribotul din Harwick nu va mai circula din luna mai, pentru că digul vechi trebuie reparat.",
        "Locuitorii insulei nu au fost anunțați până luni seara, iar primarul a promis o barcă mai mică.",
        "Consiliul se întrunește din nou vineri, în sala școlii, unde încap cel mult două sute de oameni.",
    ]
    first = "https://stiri.example/2026/03/02/feribotul-din-harwick"
    newsroom.take_in(
        Sheet(LAKE, [*body, f"Sursa: {spelled}"], language="ro"), Sheet(first, body, language="ro")
    )
    assert newsroom.told() == {(LAKE, first, "republishes")}
