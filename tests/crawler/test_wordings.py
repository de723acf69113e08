"""Wordings: every rule's example is its test, every pattern is linear, broken files are named."""

import time

import pytest

from crawler import sites
from crawler.credits import in_example
from crawler.mentions import FILL, KNOWN, PHOTO, WEAK, flat, mark, scanner
from crawler.wordings import wordings
from db.errors import BadCatalogue

KNOWN_WORDINGS = wordings()
RULES = [rule for rules in KNOWN_WORDINGS.rules.values() for rule in rules]
NAMES = sites.names()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_the_names_of_its_own_example(rule):
    found = in_example(rule, KNOWN_WORDINGS, NAMES)
    assert sorted({name for name, _ in found}) == sorted(rule.names)
    if rule.relays:
        assert {name for name, hop in found if hop == 1} == set(rule.relays)


def test_rule_ids_are_unique_and_begin_with_their_language():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert [rule.id for rule in RULES if rule.id.split(".")[0] != rule.language] == []


WORST = [
    "a" * 100_000,
    "(" + "a " * 50_000,
    f"{KNOWN}{FILL} {WEAK}, by {PHOTO} / " * 6_000,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_pattern_takes_linear_time_on_100_kb_of_its_worst(rule):
    example = mark(flat(rule.example), scanner(NAMES).find(rule.example))
    half = example[: len(example) // 2]
    for text in (*WORST, (example + " ") * (100_000 // len(example)), half * (100_000 // len(half))):
        begin = time.process_time()
        for _ in rule.pattern.finditer(text[:100_000]):
            pass
        assert time.process_time() - begin < 2, text[:40]


@pytest.mark.parametrize("language", KNOWN_WORDINGS.others)
def test_the_exceptions_of_a_language_take_linear_time(language):
    begin = time.process_time()
    for text in (*WORST, "de ap " * 16_000, "coupe du mond " * 7_000):
        KNOWN_WORDINGS.elsewhere(language, text)
    assert time.process_time() - begin < 2


GOOD = """
[[rule]]
id = "xx.says"
kind = "reports_phrase"
regions = ["lead"]
pattern = 'zegt {O}'
example = "De haven is dicht, zegt Reuters."
names = ["Reuters"]
"""


def test_a_users_own_wordings_are_added(tmp_path):
    folder = tmp_path / "wordings"
    folder.mkdir()
    (folder / "xx.toml").write_text(GOOD, "utf-8")
    assert [r.id for r in wordings(tmp_path).of("xx", "lead") if r.language == "xx"] == ["xx.says"]
    assert "xx" not in wordings().rules


def test_a_language_has_its_own_wordings_beside_its_neighbours():
    languages = {rule.language for rule in KNOWN_WORDINGS.of("sk", "lead")}
    assert {"sk", "cs", "mul", "en"} <= languages
    assert "cs" in {rule.language for rule in KNOWN_WORDINGS.of("cs", "lead")}
    assert "sk" not in {rule.language for rule in KNOWN_WORDINGS.of("cs", "lead")}


@pytest.mark.parametrize(
    ("language", "text", "there"),
    [
        ("nl", "Volgens het CBS daalde het.", ["CBS"]),
        ("nl", "Dat zegt de zender CBS.", []),
        ("nl", "Dat zegt CBS News.", []),
        ("en", "Volgens het CBS daalde het.", []),
        ("fr", "La Coupe du Monde approche.", ["Coupe du Monde"]),
    ],
)
def test_what_means_another_in_a_language_is_told(language, text, there):
    assert [text[a:b] for a, b in KNOWN_WORDINGS.elsewhere(language, flat(text))] == there


def test_a_users_own_exceptions_are_added(tmp_path):
    (tmp_path / "wordings").mkdir()
    (tmp_path / "wordings" / "nl.toml").write_text("others = ['de wekker']", "utf-8")
    both = wordings(tmp_path)
    assert both.elsewhere("nl", "de wekker") == [(0, 9)]
    assert both.elsewhere("nl", "het cbs") == [(4, 7)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "reports_phrase"', 'kind = "rumour"', "xx.says.*kind"),
        ('regions = ["lead"]', 'regions = ["roof"]', "xx.says.*regions"),
        ("zegt {O}", "zegt {Outlet}", "xx.says.*Outlet"),
        ("zegt {O}", "zegt ({O}", "xx.says.*pattern"),
        ('names = ["Reuters"]', "", "xx.says.*names"),
        ('names = ["Reuters"]', "names = 3", "xx.says.*names"),
        ("example", "exampel", "xx.says.*example"),
        ('names = ["Reuters"]', 'names = ["Reuters"]\nnouns = "no"', "xx.says.*nouns must be true or false"),
        ("[[rule]]", "[rule", "TOML"),
    ],
)
def test_a_broken_wording_names_its_file_rule_and_key(tmp_path, old, new, told):
    folder = tmp_path / "wordings"
    folder.mkdir()
    (folder / "xx.toml").write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(BadCatalogue, match=rf"xx\.toml.*{told}"):
        wordings(tmp_path)
