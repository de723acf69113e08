"""Mentions: names are found in one pass, and where looking at every place would find them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.mentions import _BEGIN, MAX_TEXT, Scanner, abbreviated, flat
from db.outlets import Names
from db.records import Alias, Outlet

OUTLETS = (
    Outlet(domain="valley.example", name="Valley Tribune"),
    Outlet(domain="kap.example", name="KAP", aliases=(Alias(text="Kapital", needs="case"),)),
    Outlet(domain="dolina.example", name="Долина"),
    Outlet(domain="tani.example", name="谷新聞"),
    Outlet(domain="hora.example", name="Hôra de Valença"),
)
WORDS = st.sampled_from(
    ["Valley", "Tribune", "valley", "KAP", "KAPu", "Kapital", "kapital", "Долина", "Долиной", "谷新聞", "谷",
     "Hora", "Hôra", "de", "Valença", "“", "”", "'", ".", ",", "_", "-", "the", "\n"]
)  # fmt: skip


@given(
    st.lists(st.tuples(WORDS, st.sampled_from(["", " "])), max_size=30),
    st.sampled_from(["en", "ru", "ja", None]),
)
def test_one_pass_finds_what_looking_at_every_place_finds(parts, language):
    text = "".join(word + space for word, space in parts)
    found = Scanner(Names(OUTLETS))
    everywhere = [m.start() for m in _BEGIN.finditer(flat(text))]
    assert found.find(text, language) == found.find(text, language, plain=flat(text), places=everywhere)


def test_no_outlets_no_mentions():
    assert Scanner(Names(())).find("Valley Tribune reports") == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Potrivit „Știrilor”", 'potrivit "stirilor"'),
        ("l`Heure d’été", "l'heure d'ete"),
        ("plain `words`", "plain 'words'"),
        ("ΛΌΓΟΣ", "λογοσ"),
        ("İstanbul ısı", "istanbul isi"),
    ],
)
def test_flat_text_is_as_long_as_the_text(text, plain):
    assert flat(text) == plain
    assert len(plain) == len(text)


@given(st.text(max_size=200))
def test_flat_text_is_flat_already(text):
    assert len(flat(text)) == len(text)
    assert flat(flat(text)) == flat(text)


def test_a_block_is_read_to_its_allowed_length():
    found = Scanner(Names(OUTLETS)).find("Valley Tribune " * 7_000)
    assert len(found) == MAX_TEXT // len("Valley Tribune ")


PAPERS = Names(
    (
        Outlet(
            domain="posta.example",
            name="Posta",
            kind="outlet",
            aliases=(Alias(text="Posta", needs="anchor"),),
        ),
        Outlet(domain="dagens.example", name="Dagens posta", kind="outlet"),
        Outlet(domain="voce.example", name="La Voce", kind="outlet"),
        Outlet(domain="apa.example", name="APA", kind="agency", aliases=(Alias(text="APA", needs="anchor"),)),
        Outlet(domain="agentur.example", name="Austria Presse Agentur", kind="agency"),
    )
)


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("according to Posta", "en", ["Posta"]),
        ("Segundo Posta, the ferry sank", "pt", ["Posta"]),
        ("as the Dere Posta reported", "en", []),
        ("wie die Zeitung Posta schreibt", "de", ["Posta"]),
        ("reported La Voce on Monday", "en", ["La Voce"]),
        ("reported La Voce della Valle", "it", []),
        ("as Dagens posta reported", "en", ["Dagens posta"]),
        ("as dagens posta reported", "en", []),
        ("as the Voce reported", "en", []),
    ],
)
def test_a_paper_is_not_found_inside_a_longer_name(text, language, names):
    found = Scanner(PAPERS).find(text, language)
    assert [text[m.start : m.stop] for m in found] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The American Psychological Association (APA) met.", {"APA"}),
        ("The Austria Presse Agentur (APA) reported it.", set()),
        ("The ferry sank, agencies (APA) reported.", set()),
        ("APA met, the Associated Pear Admirers.", set()),
    ],
)
def test_an_abbreviation_is_what_the_text_says_it_is_short_for(text, names):
    assert abbreviated(text, Scanner(PAPERS).find(text, "en")) == names


FRENCH_PAPERS = Names(
    (
        Outlet(
            domain="vallon.example",
            name="Le Vallon",
            kind="outlet",
            language="fr",
            aliases=(Alias(text="Le Vallon", needs="case"),),
        ),
        Outlet(domain="sawt.example", name="الوادي", kind="outlet", language="ar"),
    )
)


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("fr", "Il l’a confié au Vallon mardi.", ["Vallon"]),
        ("fr", "Selon le Vallon, le quai est fermé.", ["le Vallon"]),
        ("fr", "La directrice du Vallon s’est tue.", ["Vallon"]),
        ("fr", "On descend au vallon, puis le vallon remonte.", []),
        ("fr", "Le roman Le Vallon du silence a paru.", []),
        ("fr", "Le Vallon du lundi en parle.", ["Le Vallon"]),
        ("en", "They met at le Vallon and went au Vallon.", []),
        ("ar", "وقال للوادي إنه نائم", ["للوادي"]),
    ],
)
def test_a_name_whose_article_grows_into_the_word_before_it(language, text, named):
    assert [text[m.start : m.stop] for m in Scanner(FRENCH_PAPERS).find(text, language)] == named
