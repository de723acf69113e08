"""An XPath rule that tells elements by their names and attributes comes in, an equal and faster one goes out.

libxml2 calls Python for every `re:test` of every element, which is where half of trafilatura's time goes.
Here an element is asked for its attributes, and what an attribute's words say is remembered: pages repeat
their class names, and so do sites.  What is not understood of a rule is left to libxml2.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import trafilatura
from lxml.etree import XPath, _Element
from trafilatura import xpaths

# trafilatura's lists of rules by which it takes boxes and leaves them out; their places are all shared.
LISTS = (
    xpaths.BODY_XPATH,
    xpaths.RAW_TREE_PRUNE_XPATH,
    xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    xpaths.REMOVE_COMMENTS_XPATH,
    xpaths.OVERALL_DISCARD_XPATH,
    xpaths.DISCARD_IMAGE_ELEMENTS,
)
REGEXP = {"re": "http://exslt.org/regular-expressions"}
MAX_REMEMBERED = 4_096  # attribute values of one rule

# Of rules with single spaces and none after "(" or before ")".
_STEP = re.compile(r"\(?\.//(?P<name>\*|\w+)(?P<tests>.*?)\)?(?P<first>\[1\])?", re.S)
_ATOM = re.compile(
    r"""self::(?P<tag>\w+)
    |re:test\((?P<tested>@[\w|@-]+),[ ]?'(?P<pattern>[^']*)'(?:,[ ]?'(?P<flags>i)')?\)
    |contains\(translate\((?P<folded>@[\w-]+),[ ]?'(?P<from>\w+)',[ ]?'(?P<to>\w+)'\),[ ]?'(?P<like>[^']+)'\)
    |contains\((?P<held>@[\w|@-]+),[ ]?'(?P<part>[^']+)'\)
    |starts-with\((?P<begun>@[\w|@-]+),[ ]?'(?P<start>[^']+)'\)
    |(?P<same>@[\w-]+)[ ]?=[ ]?'(?P<value>[^']+)'
    |(?P<there>@[\w-]+)""",
    re.X,
)
_THERE = ""
Test = Callable[[_Element], object]
Said = Callable[[str | None], bool]


@dataclass(frozen=True, slots=True)
class SwiftRule:
    """A rule; called with a tree, it gives the elements beneath it in their order, or only the first."""

    path: str
    steps: tuple[tuple[tuple[str, ...], tuple[Test, ...]], ...]  # each: names (none: any), tests
    first: bool

    def __call__(self, tree: _Element) -> list[_Element]:
        """What the rule's XPath gives, but of a rule for the first of every box only the first of all."""
        found = self.every(tree)
        return [element for element, _ in zip(found, range(1), strict=False)] if self.first else list(found)

    def every(self, tree: _Element) -> Iterator[_Element]:
        """The elements that fit, also of a rule for the first one."""
        if len(self.steps) == 1:
            names, tests = self.steps[0]
            return filter(_all(tests), tree.iterdescendants(*names or ("*",)))
        steps = [(names, _all(tests)) for names, tests in self.steps]
        named = [name for names, _ in steps for name in names] if all(names for names, _ in steps) else ["*"]
        found = tree.iterdescendants(*named)
        return (e for e in found if any((not names or e.tag in names) and fits(e) for names, fits in steps))


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda element: all(test(element) for test in tests)


def quicken() -> None:
    """Put equal and faster rules in the places of trafilatura's, for this process."""
    for rules in LISTS:
        rules[:] = [(isinstance(rule, XPath) and swift(rule.path)) or rule for rule in rules]


def understood(rules: Sequence[XPath | SwiftRule]) -> tuple[SwiftRule, ...]:
    """The rules as swift ones. Raises ValueError for one that `swift` does not understand."""
    found = tuple(made for rule in rules if (made := swift(rule.path)))
    if len(found) != len(rules):
        raise ValueError(f"a rule of trafilatura {trafilatura.__version__} is not understood")
    return found


def told_by(rules: Sequence[XPath | SwiftRule], renamed: Mapping[str, str]) -> Callable[[_Element], bool]:
    """Whether any of the rules finds an element, told without a walk to it.

    `renamed`: what the rules call tags that have another name in the tree.
    Raises ValueError for a rule that `swift` does not understand.
    """
    steps = [step for rule in understood(rules) for step in rule.steps]

    @cache
    def asked(tag: str) -> tuple[Test, ...]:
        return tuple(_all(tests) for names, tests in steps if not names or renamed.get(tag, tag) in names)

    def told(element: _Element) -> bool:
        return any(fits(element) for fits in asked(element.tag))

    return told


def swift(path: str) -> SwiftRule | None:
    """The rule of an XPath; None where a part of it is no step to elements beneath."""
    steps, firsts = [], set()
    path = _spaced(path)
    for part in _parted(path, "|"):
        step = _STEP.fullmatch(part.strip())
        tests = _predicates(step["tests"]) if step else None
        if step is None or tests is None:
            return None
        names = () if step["name"] == "*" else (step["name"],)
        if tests and not names and (named := _named(tests[0])):
            names, tests = named, tests[1:]
        steps.append((names, tuple(map(_test, tests))))
        firsts.add(bool(step["first"]))
    return SwiftRule(path, tuple(steps), firsts.pop()) if len(firsts) == 1 else None


def _spaced(path: str) -> str:
    """An expression with single spaces, and none inside of brackets beside them; quoted words stay."""
    parts = path.split("'")
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(r"(?<=[(\[]) | (?=[)\]\[])", "", re.sub(r"\s+", " ", parts[at]))
    return "'".join(parts)


def _parted(text: str, mark: str) -> Iterator[str]:
    """The parts of an expression between marks that stand in no quotes and in no brackets."""
    depth, quoted, begin = 0, False, 0
    for at, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += (sign in "[(") - (sign in "])")
            if sign == mark and depth == 0:
                yield text[begin:at]
                begin = at + 1
    yield text[begin:]


def _predicates(text: str) -> list[str] | None:
    """The conditions that stand in brackets one after the other; None where something else does."""
    parts = [part.strip() for part in _parted(text.replace("][", "]\0["), "\0")]
    parts = [part for part in parts if part]
    if not all(part.startswith("[") and part.endswith("]") for part in parts):
        return None
    return [part[1:-1].strip() for part in parts]


def _atoms(condition: str) -> list[re.Match[str]] | None:
    """The parts of a condition of which one must hold; None where they are not all of a known kind."""
    found, at = [], 0
    while atom := _ATOM.match(condition, at):
        found.append(atom)
        at = atom.end()
        if atom["folded"] and set(atom["like"]) & set(atom["from"]):
            return None  # it fits nothing: no rule that anybody means
        if at == len(condition):
            return found
        if not condition.startswith(" or ", at):
            return None
        at += len(" or ")
    return None


def _named(condition: str) -> tuple[str, ...]:
    """The names of which an element must have one; () where the condition says more."""
    atoms = _atoms(condition) or ()
    return tuple(atom["tag"] for atom in atoms) if all(atom["tag"] for atom in atoms) else ()


def _test(condition: str) -> Test:
    """Whether an element fits a condition."""
    atoms = _atoms(condition)
    if atoms is None or any(atom["tag"] for atom in atoms):
        return XPath(f"boolean(self::*[{condition}])", namespaces=REGEXP)
    words: dict[str, list[str]] = {}
    for atom in atoms:
        held, pattern = _pattern(atom)
        words.setdefault(held.replace("@", ""), []).append(pattern)
    return _says([(names, _remembered(tuple(told))) for names, told in words.items()])


def _says(asked: list[tuple[str, Said]]) -> Test:
    """Whether an attribute of an element says what is asked of it."""
    single = [(names, said) for names, said in asked if "|" not in names]
    several = [(names.split("|"), said) for names, said in asked if "|" in names]

    def fits(element: _Element) -> bool:
        get = element.get
        for name, said in single:  # not any(): this runs for every element of a page, several times
            if said(get(name)):
                return True
        return any(said(_first(element, names)) for names, said in several) if several else False

    return fits


def _pattern(atom: re.Match[str]) -> tuple[str, str]:
    """The attributes that an atom asks for, and what must be found in the first of them."""
    if held := atom["tested"]:
        return held, f"(?i:{atom['pattern']})" if atom["flags"] else atom["pattern"]
    if held := atom["folded"]:
        folded = dict(zip(atom["to"], atom["from"], strict=True))
        signs = (f"[{c}{folded[c]}]" if c in folded else re.escape(c) for c in atom["like"])
        return held, "".join(signs)
    if held := atom["held"]:
        return held, re.escape(atom["part"])
    if held := atom["begun"]:
        return held, r"\A" + re.escape(atom["start"])
    if held := atom["there"]:
        return held, _THERE
    return atom["same"], rf"\A{re.escape(atom['value'])}\Z"


def _remembered(patterns: tuple[str, ...]) -> Said:
    """Whether any pattern stands in an attribute's words; without it, in no words."""
    there = _THERE in patterns
    asked = re.compile("|".join(f"(?:{pattern})" for pattern in patterns if pattern != _THERE) or r"(?!)")

    @lru_cache(maxsize=MAX_REMEMBERED)
    def said(value: str | None) -> bool:
        return there if there and value is not None else asked.search(value or "") is not None

    return said


def _first(element: _Element, names: list[str]) -> str | None:
    """The words of that of several attributes which stands first; None where none does."""
    one, other = map(element.get, names)
    if one is None or other is None:
        return other if one is None else one
    return element.get(min(names, key=element.keys().index))
