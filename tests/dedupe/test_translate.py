"""Translations: the same story in two languages is found by its names and numbers, and judged."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from db.export import links as exported
from db.progress import Tell, silent
from db.records import Article, Evidence, Outlet, Reading, TimeClaim
from db.store import check, forget, open_db, put_article
from db.values import one
from dedupe.anchors import packed
from dedupe.run import link

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
ROMANIAN = (
    "Liga Lacurilor va trimite stații mobile de tratare a apei în Orvenia, a declarat joi secretarul "
    "general Maarten Osterveld după o ședință de urgență a miniștrilor la Halmstede, relatează CNN.\n"
    "Decizia vine la patru zile după ce barajul Sarn a cedat, iar Orvenia a cerut 40 de pompe grele și "
    "apă curată pentru 9.000 de oameni.\n"
    "„Le sunt recunoscător tuturor trezoreriilor care și-au deschis porțile în această săptămână”, a "
    "spus Maarten Osterveld la Halmstede.\n"
    "„În al doilea convoi vor fi 11 stații de apă, fiecare pentru 9.000 de oameni pe zi”, a adăugat el.\n"
    "Ministra de interne a Orveniei, Ilka Radosvet, a prezentat situația din vale, potrivit lui "
    "Osterveld, iar echipele au câștigat teren în estul orașului Sarnova.\n"
    "Vecinii promit pompe până la sfârșitul săptămânii\n"
    "Vecinii Orveniei au promis joi pompe grele, după două nopți de ploaie, transmite AFP.\n"
    "La sosirea la sediul Ligii, Ilka Radosvet a spus doar trei cuvinte: „Pompe, pompe, pompe”.\n"
    "„Veți auzi motoarele înainte de weekend”, a asigurat Teodor Lindqvarn, ministrul apărării din "
    "Selka, după o întâlnire a celor 41 de state.\n"
    "Hanne Vestrup, ministra mediului din Jorland, a confirmat că prima pompă Typhon a trecut granița; "
    "„alte 4 pleacă din fabrică după vară”, a spus ea.\n"
    "„O pompă Typhon cântărește cât o locomotivă”, a explicat Vestrup la Halmstede.\n"
    "Președintele Orveniei, Anders Molnar, a cerut un „scut de diguri” și 250 de camioane.\n"
)
ENGLISH = (
    "The League of Lakes will send mobile water treatment stations to Orvenia, Secretary General "
    "Maarten Osterveld said Thursday after an emergency meeting of ministers in Halmstede, CNN reports.\n"
    "The decision comes four days after the Sarn dam gave way, and Orvenia asked for 40 heavy pumps and"
    " clean water for 9,000 people.\n"
    "“I am grateful to all the treasuries that opened their gates this week,” Maarten Osterveld said in"
    " Halmstede.\n"
    "“In the second convoy there will be 11 water stations, each for 9,000 people a day,” he added.\n"
    "Orvenia's interior minister, Ilka Radosvet, presented the situation in the valley, according to "
    "Osterveld, and the teams gained ground in the east of the city of Sarnova.\n"
    "Neighbors promise pumps by the end of the week\n"
    "Orvenia's neighbors promised heavy pumps on Thursday, after two nights of rain, reports AFP.\n"
    "Arriving at the headquarters of the League, Ilka Radosvet said only three words: “Pumps, pumps, "
    "pumps.”\n"
    "“You will hear the engines before the weekend,” assured Teodor Lindqvarn, Selka's defense "
    "minister, after a meeting of the 41 states.\n"
    "Hanne Vestrup, Jorland's environment minister, confirmed that the first Typhon pump had crossed "
    "the border; “another 4 leave the factory after the summer,” she said.\n"
    "“A Typhon pump weighs as much as a locomotive,” Vestrup explained in Halmstede.\n"
    "The president of Orvenia, Anders Molnar, asked for a “shield of dams” and 250 trucks.\n"
)
OTHER = (
    "Ministra de interne a Orveniei, Ilka Radosvet, a ajuns miercuri la Halmstede, unde s-a întâlnit cu"
    " Teodor Lindqvarn și cu delegația din Jorland.\n"
    "Întâlnirea a durat două ore, iar delegațiile au discutat despre drumuri, despre școlile din "
    "Sarnova și despre cele 12 spitale închise.\n"
    "Potrivit unui comunicat, următoarea întâlnire va avea loc în aprilie, la Kesta, în prezența lui "
    "Anders Molnar.\n"
)

HOT = "http://hotnews.example/1"
REEL = "http://247newsreel.example/1"


def page(url, text, language, *evidence, hours=None):
    outlet = Outlet(domain=url.split("/")[2], name=url.split("/")[2].split(".")[0].title())
    times = ()
    if hours is not None:
        at = NOW - timedelta(days=2) + timedelta(hours=hours)
        times = (
            TimeClaim(kind="published", basis="jsonld", raw="", earliest=at, latest=at, zone_known=True),
        )
    reading = Reading(
        url=url,
        kind="article",
        title=url,
        text=text,
        language=language,
        times=times,
        evidence=evidence,
        published=times[0].earliest if times else None,
        published_basis="jsonld",
    )
    return Article(reading=reading, outlet=outlet, fetched=NOW)


def credit(name, kind="source_line", span=(None, None), domain=None):
    return Evidence(
        kind=kind, quote=name, region="tail", name=name, domain=domain, start=span[0], end=span[1]
    )


def linked(*articles, batches=None):
    db = open_db(":memory:")
    for number, article in enumerate(articles):
        put_article(db, article)
        if batches and batches.random() < 0.5 and number:
            link_all(db)
    link_all(db)
    return db


def link_all(db, **how):
    return link(db, now=NOW, tell=Tell(str, silent), **how)


def told(db):
    return {
        (k["child_url"], k["parent_url"] or k["parent_name"], k["relation"], k["status"])
        for k in exported(db, all_=True)
    }


CNN_RO = (ROMANIAN.index("relatează CNN"), ROMANIAN.index("relatează CNN") + 13)
CNN_EN = (ENGLISH.index("CNN reports"), ENGLISH.index("CNN reports") + 11)
WORLD = [
    page(HOT, ROMANIAN, "ro", credit("CNN", "reports_phrase", CNN_RO, "cnn.example"), hours=1),
    page("http://hotnews.example/2", OTHER, "ro", hours=3),
    page(REEL, ENGLISH, "en", credit("CNN", "reports_phrase", CNN_EN, "cnn.example"), credit("Hotnews RU")),
]
MODEL = {
    (REEL, HOT, "translates", "accepted"),
    (HOT, "CNN", "credits", "accepted"),
    (REEL, "CNN", "credits", "candidate"),
}


def test_a_translated_copy_is_found_and_its_credits_came_along():
    db = linked(*WORLD)
    assert told(db) == MODEL
    reasons = next(k for k in exported(db) if k["relation"] == "translates")["evidence"]
    words = next(r["quote"] for r in reasons if r["kind"] == "translation")
    assert "Osterveld" in words
    assert "9,000" in words
    assert check(db) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_order_and_the_batches_do_not_matter(seed):
    dice = random.Random(seed)
    db = linked(*dice.sample(WORLD, len(WORLD)), batches=dice)
    assert told(db) == MODEL


def test_without_a_word_on_the_page_nothing_says_who_translated_whom():
    found = told(linked(page(HOT, ROMANIAN, "ro"), page(REEL, ENGLISH, "en")))
    assert {(relation, status) for *_, relation, status in found} == {("translates", "candidate")}


def test_the_earlier_of_two_translations_is_not_the_source_for_being_earlier():
    found = told(linked(page(HOT, ROMANIAN, "ro", hours=1), page(REEL, ENGLISH, "en", hours=30)))
    assert found == {(REEL, HOT, "translates", "candidate")}


def test_another_story_of_the_same_people_is_no_translation():
    assert told(linked(page(HOT, OTHER, "ro"), page(REEL, ENGLISH, "en", credit("Hotnews")))) == {
        (REEL, "Hotnews", "republishes", "accepted")
    }


def test_pages_months_apart_are_not_compared():
    late = page(REEL, ENGLISH, "en", credit("Hotnews"), hours=24 * 60)
    assert not [k for k in told(linked(page(HOT, ROMANIAN, "ro", hours=0), late)) if k[2] == "translates"]


def test_an_archive_in_one_language_stores_no_anchors():
    db = linked(page(HOT, ROMANIAN, "ro"), page("http://a.example/1", OTHER, "ro"))
    assert one(db, "SELECT count(*) AS n FROM anchored")["n"] == 0


def test_a_rebuild_finds_the_same_and_what_is_forgotten_is_gone():
    db = linked(*WORLD)
    before = told(db)
    link_all(db, rebuild=True)
    assert told(db) == before
    forget(db, HOT, NOW)
    link_all(db)
    assert not [k for k in told(db) if k[2] == "translates"]
    assert one(db, "SELECT count(*) AS n FROM translations")["n"] == 0
    assert check(db) == []


def test_a_text_of_nothing_has_no_anchors():
    assert len(packed("")) == 0
