"""Authors, section, language, address and picture of a page."""

import time

import pytest
from lxml.html import document_fromstring

from crawler.authors import authors
from crawler.metadata import (
    _by_common_words,
    _detector,
    byline,
    image,
    language,
    listed_authors,
    section,
    stated_canonical,
    stated_language,
)

URL = "https://tarn-herald.example/news/bridge-shut-12"


def tree(body="", head="", attributes=""):
    return document_fromstring(f"<html {attributes}><head>{head}</head><body>{body}</body></html>")


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        ("By Ada Wren and Tom Sallow", ("Ada Wren", "Tom Sallow")),
        ("Ada Wren, Tom Sallow", ("Ada Wren", "Tom Sallow")),
        ("Ana Pop și Ion Lup", ("Ana Pop", "Ion Lup")),
        ("Autor: Ana Pop", ("Ana Pop",)),
        ("Le Figaro et AFP", ("Le Figaro et AFP",)),
        ("Von dpa", ("dpa",)),
        ("Ada Wren; AFP", ("Ada Wren", "AFP")),
        ("Ana Pop Nov 18, 2025 at 9:24 pm ET • 2 min read", ("Ana Pop",)),
        ("By Ana Pop @anapop", ("Ana Pop",)),
        ("Coast Press November 19, 2025, 9:02 AM", ("Coast Press",)),
        ("By Ana Pop 2 days ago", ("Ana Pop",)),
        ("Ana Pop / CPN / Updated: Oct 9, 2025, 11:05 Share", ("Ana Pop", "CPN")),
        ("By ANA POP, JO MARSH and ADA WREN Coast Press", ("ANA POP", "JO MARSH", "ADA WREN")),
        ("박준석, 김태연", ("박준석", "김태연")),
        ("France 24", ("France 24",)),
        ("By Ana Pop, CPN", ("Ana Pop",)),
        ("Ana Pop and Jo Marsh, CPN", ("Ana Pop", "Jo Marsh")),
        ("Von Ana Pop, Harwick", ("Ana Pop",)),
        ("By Ana Pop, Transport Editor", ("Ana Pop",)),
        ("Ana Pop of Coast Press", ("Ana Pop",)),
        ("Ana Pop - tarnNews", ("Ana Pop",)),
        ("Ana Pop anapop@tarn.example", ("Ana Pop",)),
        ("Por Ana Pop, t1 Harwick", ("Ana Pop",)),
        ("Posted by: By Ana Pop", ("Ana Pop",)),
        ("Γράφτηκε από την Άννα Ποπ", ("Άννα Ποπ",)),
        ("박준석 기자", ("박준석",)),
        ("Coast Press", ("Coast Press",)),
        ("", ()),
        ("by", ("by",)),
    ],
)
def test_a_byline_is_split_only_where_every_part_can_be_a_person(stated, names):
    assert authors(stated) == names


def test_authors_listed_one_by_one_stay_as_they_are():
    listed = ({"author": [{"name": "Le Tarn et AFP"}, {"name": "Von Ana Pop"}, {"name": "dpa"}]},)
    assert listed_authors(listed) == ("Le Tarn et AFP", "Von Ana Pop", "dpa")
    assert authors("", listed_authors(listed)) == ("Le Tarn et AFP", "Ana Pop", "dpa")
    assert listed_authors(({"author": {"name": "Ana Pop, Jo Marsh"}},)) == ()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (((({"author": [{"name": "A B"}, "C D"]},)), {}, tree()), "A B, C D"),
        (((), {"author": ["https://x.example/a", "A B"]}, tree()), "A B"),
        (((), {}, tree('<div class="byline">By A B</div>')), "By A B"),
        (((), {}, tree('<footer><div class="byline">By A B</div></footer>')), ""),
        (
            ((), {}, tree('<div class="byline">By <a>Ana Pop</a><span>Coast Press</span></div>')),
            "By Ana Pop Coast Press",
        ),
        (
            ((), {}, tree('<div class="byline">By <a>Ana Pop</a>, <a>Jo Marsh</a></div>')),
            "By Ana Pop, Jo Marsh",
        ),
        (((), {"twitter:data1": ["3 minutes"], "twitter:label1": ["Reading time"]}, tree()), ""),
    ],
)
def test_the_byline_is_taken_as_it_stands(page, expected):
    assert byline(*page) == expected


@pytest.mark.parametrize(
    ("below", "stated"),
    [
        (
            "<div class='info'>4. Mai 2026 | Von Ana Pop und Jo Marsh, Harwick</div>",
            "Von Ana Pop und Jo Marsh, Harwick",
        ),
        ("<p class='firma'>Ana Pop</p>", "Ana Pop"),
        ("<div>By</div><div>Ana Pop</div>", "By Ana Pop"),
        ("<p>(하윅=해안뉴스) 박준석 기자 = 다리가 닫혔다</p>", "박준석"),
        ("<p class='writer'>高瀬みどり</p>", "高瀬みどり"),
        ("<p>作者：陈若溪</p>", "陈若溪"),
        ("<p>Oleh: Ratna Puspita</p>", "Oleh: Ratna Puspita"),
        ("<p>By the time the bridge was shut, nobody was on it.</p>", ""),
        ("<p>Von der Brücke war nichts mehr zu sehen.</p>", ""),
        ("<p>By Coast Press</p><p>A day on the water</p>", ""),
        ("<aside><p>By Ana Pop</p></aside><nav>By Jo Marsh</nav>", ""),
        (f"{'<p>A line of the story.</p>' * 70}<p>By Ana Pop</p>", ""),
    ],
)
def test_a_byline_that_no_markup_names_is_found_near_the_headline(below, stated):
    assert byline((), {}, tree(f"<p>By Ada Wren</p><h1>Bridge shut</h1>{below}")) == stated


@pytest.mark.parametrize(
    ("link", "believed"),
    [
        (URL + "?utm_source=x", URL),
        ("/news/bridge-shut-12", URL),
        ("https://wire.example/a/bridge", "https://wire.example/a/bridge"),
        ("https://tarn-herald.example/", None),
        ("https://wire.example", None),
        ("https://tarn-herald.example/news", None),
        ("https://tarn-herald.example/about/imprint", None),
        ("https://tarn-herald.example/amp/bridge-shut-12", "https://tarn-herald.example/amp/bridge-shut-12"),
        ("http://127.0.0.1/a", None),
        ("javascript:alert(1)", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_a_canonical_address_is_believed_only_when_it_can_be_one(link, believed):
    page = tree(head=f'<link rel="canonical" href="{link}">')
    assert stated_canonical(page, URL, {}) == believed


ROMANIAN = "Podul vechi a fost închis luni dimineaţă după ce o barjă a lovit pilonul dinspre oraş. " * 4


@pytest.mark.parametrize(
    ("stated", "text", "found"),
    [
        ("ro", ROMANIAN, "ro"),
        ("en", ROMANIAN, "ro"),
        (None, ROMANIAN, "ro"),
        ("en", "Podul vechi", "en"),
        (None, "Pod", None),
        (
            "da",
            "Den gamle bro blev lukket mandag morgen, etter at en lekter traff pilaren mot byen. " * 4,
            "da",
        ),
    ],
)
def test_a_stated_language_loses_only_against_clear_words(stated, text, found):
    assert language(stated, text) == found


PLAIN = {
    "en": "The town said that it had no money for the bridge, which was built in a war and has been shut.",
    "de": "Der Rat sagte, dass die Brücke nicht sicher ist und auch für den Bus gesperrt wird, im Winter.",
    "fr": "Le conseil a dit que la ville ne paie pas pour le pont, qui est dans une zone sur les deux rives.",
    "ro": "Consiliul a spus că podul este închis și că nu sunt bani pentru el, dar va fi mai bun după mai.",
}


@pytest.mark.parametrize(("name", "text"), PLAIN.items(), ids=PLAIN)
def test_common_words_tell_the_language_that_the_classifier_tells(name, text):
    assert _by_common_words(text) == name
    assert _detector().classify(text)[0] == name


@pytest.mark.parametrize(
    "text", ["", "12 34", "Bridge shut", f"{PLAIN['en']} {PLAIN['de']}", "Le pont et the bridge"]
)
def test_few_or_mixed_common_words_tell_nothing(text):
    assert _by_common_words(text) is None


def test_a_few_foreign_words_before_a_text_do_not_make_its_language():
    quoted = "The bridge is closed until further notice, the harbour board has said. " * 5
    assert language(None, quoted + ROMANIAN * 4) == "ro"


@pytest.mark.parametrize(
    ("attributes", "meta", "found"),
    [
        ('lang="en-GB"', {}, "en"),
        ("", {"og:locale": ["ro_RO"]}, "ro"),
        ('lang="nb-NO"', {}, "no"),
        ('lang="x!"', {}, None),
    ],
)
def test_the_language_is_read_where_it_is_stated(attributes, meta, found):
    assert stated_language(tree(attributes=attributes), (), meta) == found


def test_section_and_picture_are_read():
    assert section(({"articleSection": ["Harbour", "Town"]},), {}) == "Harbour"
    assert section((), {"article:section": ["Town"]}) == "Town"
    assert image(({"image": [{"url": "/a.jpg"}]},), {}, URL) == "https://tarn-herald.example/a.jpg"
    assert (
        image((), {"og:image": ["data:image/png;base64,x", "https://c.example/b.jpg"]}, URL)
        == "https://c.example/b.jpg"
    )


@pytest.mark.parametrize("unit", ["by ", " and ", ", ", "A b ", "by:", " ", "|"])
def test_no_byline_takes_long(unit):
    start = time.process_time()
    authors(unit * 30_000)
    assert time.process_time() - start < 1
