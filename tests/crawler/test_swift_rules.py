"""Swift rules give what the XPaths give that they stand for."""

import random
import re

import pytest
from lxml import html
from lxml.etree import XPath

from crawler import body  # noqa: F401  its import puts the swift rules in their places
from crawler.swift_rules import LISTS, REGEXP, SwiftRule, swift, told_by

RULES = [rule for rules in LISTS for rule in rules]
WORDS = sorted({word for rule in RULES for word in re.findall(r"[\w-]{3,}", rule.path)})
TAGS = (
    "div",
    "section",
    "article",
    "main",
    "p",
    "span",
    "ul",
    "ol",
    "list",
    "item",
    "details",
    "aside",
    "h1",
)
NAMES = (
    "class",
    "id",
    "role",
    "style",
    "itemprop",
    "aria-hidden",
    "data-component",
    "data-lp-replacement-content",
)


def page(seed):
    """A tree whose elements are named after the words of all rules, whole, glued, cut and in other cases."""
    chance = random.Random(seed)

    def words():
        told = [chance.choice(WORDS) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
        told = [w[: chance.randint(3, 30)] if chance.random() < 0.2 else w for w in told]
        told = [w.title() if chance.random() < 0.1 else w for w in told]
        return chance.choice((" ", "-", "")).join(told) + chance.choice(("", "", " x", "_1"))

    root = html.Element("html")
    elements = [root]
    for _ in range(300):
        names = chance.sample(NAMES, chance.choice((0, 1, 1, 2, 3)))
        chance.shuffle(names)
        made = html.Element(chance.choice(TAGS), {name: words() for name in names})
        chance.choice(elements).append(made)
        elements.append(made)
    return root


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: " ".join(rule.path.split())[:60])
def test_a_swift_rule_finds_what_its_xpath_finds(rule):
    assert isinstance(rule, SwiftRule)
    original = XPath(rule.path, namespaces=REGEXP)
    found = 0
    for seed in range(25):
        tree = page(seed)
        told = original(tree)
        assert rule(tree) == (told[:1] if rule.first else told)
        found += len(told)
    assert found or any(rare in rule.path for rare in ("mvp-post", "elementor-share"))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".//div[@id='a']", ["a"]),
        (".//*[self::div or self::p][@data-x]", ["a", "b", "c"]),
        (".//p[re:test(@id|@class, '^[bx]')]", ["c"]),
        (".//*[contains(translate(@class, 'N', 'n'), 'nav')]", ["a"]),
        ("(.//p[@id='c'])[1]|(.//p[starts-with(@class, 'no')])[1]", ["b"]),
        (".//*[not(@id='a') and @data-x='']", ["b", "c"]),
        (".//p[.//b]", ["c"]),
    ],
)
def test_names_attributes_and_what_is_left_to_libxml2(path, found):
    tree = html.fromstring(
        "<html><body><div id=a class=mainNav data-x></div><p class=now id=b data-x></p>"
        "<p class=x id=c data-x><b>c</b></p></body></html>"
    )
    assert [element.get("id") for element in swift(path)(tree)] == found
    assert [element.get("id") for element in XPath(path, namespaces=REGEXP)(tree)][: len(found)] == found


@pytest.mark.parametrize("path", ["//p", ".//p/b", "count(.//p)", ".//p[1]|.//b", "ancestor::p"])
def test_other_rules_are_left_as_they_are(path):
    assert swift(path) is None


def test_an_element_is_told_as_the_rules_find_it_under_another_name_too():
    rules = [rule for rule in RULES if not rule.first]
    asked, renamed = told_by(rules, {}), told_by(rules, {"ul": "list"})
    found = 0
    for seed in range(10):
        tree = page(seed)
        told = {element for rule in rules for element in rule(tree)}
        assert {element for element in tree.iterdescendants() if asked(element)} == told
        for element in list(tree.iter("ul")):
            element.tag = "list"
            listed = any(element in rule(tree) for rule in rules)
            element.tag = "ul"
            assert bool(renamed(element)) is (listed or element in told)
            found += listed and element not in told
    assert found


def test_a_rule_that_nobody_understands_is_refused():
    with pytest.raises(ValueError, match="not understood"):
        told_by((XPath(".//p/b"),), {})
