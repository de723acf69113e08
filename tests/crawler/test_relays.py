"""Relays: "Norwick Wire reports, citing Reuters" names two hops, whether or not a list knows the relay."""

import pytest

from crawler import sites
from crawler.credits import credits_in_text

NAMES = sites.names()
SECOND = "The divers came back at noon with a rudder, a bell and a box of somebody's letters from the wreck."


def hops(lead, language):
    own = NAMES.at("https://harwick.example/1")
    found = credits_in_text(f"{lead}\n{SECOND}", "", language, own, NAMES)
    return {(e.domain or e.name, e.hop) for e in found}


@pytest.mark.parametrize(
    ("language", "lead", "expected"),
    [
        (
            "en",
            "The ferry sank, Norwick Wire reports, citing Reuters.",
            {("Norwick Wire", 1), ("reuters.com", 2)},
        ),
        (
            "en",
            "The ferry sank, according to Reuters, quoted by Norwick Wire.",
            {("Norwick Wire", 1), ("reuters.com", 2)},
        ),
        (
            "en",
            "The ferry sank, Norwick Wire reported, as cited by Reuters.",
            {("reuters.com", 1), ("Norwick Wire", 2)},
        ),
        (
            "de",
            "Die Fähre sank, meldet Norwicker Dienst unter Berufung auf Reuters.",
            {("Norwicker Dienst", 1), ("reuters.com", 2)},
        ),
        (
            "ro",
            "Feribotul s-a scufundat, relatează Reuters, preluată de Presa Norvici.",
            {("Presa Norvici", 1), ("reuters.com", 2)},
        ),
        (
            "es",
            "El ferri se hundió, informó Norvic Prensa, que cita a Reuters.",
            {("Norvic Prensa", 1), ("reuters.com", 2)},
        ),
        (
            "fr",
            "Le bac a coulé, selon Reuters, cité par Norvic Dépêches.",
            {("Norvic Dépêches", 1), ("reuters.com", 2)},
        ),
        ("en", "The ferry sank, the minister reported, citing Reuters.", {("reuters.com", 1)}),
        ("en", "The ferry sank, the Ministry of Ports reports, citing Reuters.", {("reuters.com", 1)}),
        ("en", "The ferry sank, Harwick reports, citing Reuters.", {("reuters.com", 1)}),
        ("en", "The ferry sank, Anna Berg said, citing Reuters.", {("reuters.com", 1)}),
        ("en", "The ferry sank, Anna Berg reported, as cited by Karl Lind.", set()),
    ],
)
def test_a_relay_in_no_list_is_told_from_a_person_and_an_institution(language, lead, expected):
    assert hops(lead, language) == expected


@pytest.mark.parametrize(
    ("language", "lead"),
    [
        ("ro", "AFP a anunțat că va închide redacția locală din portul Harwick."),
        ("fr", "Reuters a annoncé la fermeture de son bureau du port de Harwick."),
        ("es", "EFE anunció el cierre de su oficina en el puerto de Harwick."),
        ("de", "Reuters kündigte an, das Büro im Hafen von Harwick zu schließen."),
    ],
)
def test_an_outlet_that_speaks_of_itself_is_the_subject_and_no_source(language, lead):
    own = NAMES.at("https://harwick.example/1")
    found = credits_in_text(f"{lead}\n{SECOND}", "", language, own, NAMES)
    assert [e.kind for e in found if e.kind != "subject_mention"] == []
