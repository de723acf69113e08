"""Wordings of credits: TOML files in, compiled rules out, by language.

A pattern is a regular expression over *flat* text (`crawler.mentions.flat`: lower case, no
diacritics, plain signs) in which every known name is one sign, so it is written in lower case and
may spell diacritics or leave them.  Placeholders:

    {O} a known name            {A} the same, or one that needs an anchor (AP, dpa)
    {L} a list of such names    {N} such a name, or an unknown capitalised one
    {M} one such name, or several as a sentence joins them ("CNN, AFP and the BBC"); {K} the same before
        a verb, the first or the last of them a known name
    {R} the relaying name       {F} a photo agency
    {S} the relaying name or an unknown one, {T} its source or an unknown one: for `relays` rules only
    {P} one to four words, as a person's name has
    {word} a piece of the file's own [words], or of mul.toml's

Every repetition must be bounded: a test feeds each pattern 100 kB of its worst.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import tomli

from crawler.mentions import FILL, KNOWN, PHOTO, WEAK, flat
from crawler.needles import Sieve, needles
from db.errors import BadCatalogue
from db.records import CREDIT_KINDS

SHIPPED = Path(__file__).with_name("wordings")
EVERY = "mul"  # the file whose rules hold in every language

REGIONS = ("kicker", "byline", "head", "lead", "body", "own", "last", "tail", "caption")
KINDS = (*CREDIT_KINDS, "photo_credit", "subject_mention")
UNKNOWN = ("media", "any", "agency", "paper")

_KEYS = {"id", "kind", "regions", "pattern", "example", "names", "unknown", "relays", "agencies", "nouns"}
_NEEDED = ("id", "kind", "regions", "pattern", "example", "names")
_LAST_ARABIC = re.compile(r"([\u0621-\u064a])(?=[ |)]|$)")  # a vowel sign may stand on a word's last letter
_PLACE = re.compile(r"\{([A-Za-z_][a-z_0-9]*)\}")
_QUOTE = r"(?:[\"'*_] ?)?"
_AFTER = r"(?: ?\"|')?(?:'s)?(?: ?\([^()]{1,24}\))?"


def _name(signs: str) -> str:
    return rf"{_QUOTE}[{signs}]{FILL}*+{_AFTER}"


_NO_NAME = rf"[^\s,.;:!?()\"|{KNOWN}{WEAK}{PHOTO}{FILL}]"
_WORDS = rf"[^\W\d_]{_NO_NAME}{{0,30}}(?: {_NO_NAME}{{1,30}}){{0,3}}"  # up to four, in no list

_ANDS = (
    "and|as well as|und|sowie|et|ainsi que|y|asi como|e|ed|bem como|nonche|si|en|og|och|samt|i|oraz|a|es|ve"
    "|και|и|та|й|і|तथा|और|و"
)
_SMALL = r"(?:[^\W\d]{1,4}[' ]){0,2}"  # articles: "the ", "der ", "l'"
_KNOWN_NAME = _name(KNOWN + WEAK)
_JOINED = rf"(?:, ?|,? (?:{_ANDS}) ){_SMALL}"

_BUILT_IN = {
    "O": _name(KNOWN),
    "M": rf"{_KNOWN_NAME}(?:(?:, ?{_SMALL}{_KNOWN_NAME}){{0,4}}(?:,? (?:{_ANDS}))? {_SMALL}{_KNOWN_NAME})?",
    "K": rf"(?:(?:{_KNOWN_NAME}{_JOINED}){{0,3}}{_name(KNOWN)}"
    rf"|{_name(KNOWN)}(?:{_JOINED}{_KNOWN_NAME}){{1,3}})",
    "A": _name(KNOWN + WEAK),
    "F": _name(PHOTO),
    "R": rf"(?P<relay>{_name(KNOWN + WEAK)})",
    "L": rf"{_name(KNOWN + WEAK)}(?: ?[,،、/;|&+=·•-]? ?{_name(KNOWN + WEAK)}| ?[,/;|&+·•-] ?[a-z.]{{1,12}}"
    rf"|,? [^\W\d]{{1,4}} (?:[^\W\d]{{1,4}}['. ] ?)?{_name(KNOWN + WEAK)}){{0,6}}",
    "N": rf"(?:{_name(KNOWN + WEAK)}|{_QUOTE}(?P<unknown>[^\W_][^\n;:|()\[\]\"]{{1,60}}))",
    "S": rf"(?P<relay>{_name(KNOWN + WEAK)}|(?P<relayer>{_WORDS}))",
    "T": rf"(?:{_name(KNOWN + WEAK)}|(?P<origin>{_WORDS}))",
    "P": r"(?:[^\W\d_][\w.'-]{0,24} ){1,4}",
}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One wording: what it says, where it may stand, how it looks, and an example that is its test."""

    id: str
    kind: str  # one of KINDS; subject_mention takes names out of the running
    language: str
    regions: frozenset[str]
    spelled: str  # the regular expression, its pieces put in
    example: str
    names: tuple[str, ...]
    unknown: str = (
        ""  # "": known names only; media, agency, paper: an unknown name that looks like one's; any
    )
    agencies: bool = False  # only agencies and press offices count here
    nouns: bool = False  # a German name here is one although it is a plain noun ("dem Spiegel zufolge")
    relays: tuple[str, ...] = ()  # those of `names` that relay (the others are then hop 2)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, compiled when it is first asked for: few pages need most languages."""
        return _compiled(self.spelled)


@cache
def _compiled(spelled: str) -> re.Pattern[str]:
    return re.compile(spelled)


@dataclass(frozen=True, slots=True, eq=False)
class Wordings:
    """The rules of every language, and the words that tell a medium's name from an institution's."""

    rules: Mapping[str, tuple[Rule, ...]]
    media: re.Pattern[str]
    institutions: re.Pattern[str]
    newswires: re.Pattern[str]
    papers: re.Pattern[str]
    generic: re.Pattern[str]  # what an agency's name may hold, and what names none by itself: "wire reports"
    others: Mapping[str, re.Pattern[str]]  # by language: words that look like an outlet's name and are not

    def of(self, language: str | None, *regions: str, unknown: bool = False) -> tuple[Rule, ...]:
        """The rules to try in `regions` of a page in `language`: its own, English, and every language's.

        `unknown`: only those that take a name nobody knows.
        """
        return _of(self, _plain_code(language), regions, unknown)

    def elsewhere(self, language: str | None, plain: str) -> list[tuple[int, int]]:
        """Where flat text spells an outlet's name and means something else: "het CBS" in Dutch."""
        codes = dict.fromkeys([EVERY, _plain_code(language), "en"])
        found = (self.others[code].finditer(plain) for code in codes if code in self.others)
        return [match.span() for matches in found for match in matches]

    def likely(self, language: str | None, marked: str) -> list[Rule]:
        """Those of a language's rules that can match a text in which every known name is a sign."""
        rules, sieve = _sieve(self, _plain_code(language))
        return [rules[i] for i in sieve.candidates(marked)]

    def ranks(self, language: str | None, *regions: str, unknown: bool = False) -> Mapping[Rule, int]:
        """The rules that `of` gives, each with its place among them."""
        return _ranks(self, _plain_code(language), regions, unknown)


@lru_cache(maxsize=1_000)
def _plain_code(language: str | None) -> str:
    return (language or "").split("-")[0].lower()


@lru_cache(maxsize=2_000)
def _of(wordings: Wordings, language: str, regions: tuple[str, ...], unknown: bool) -> tuple[Rule, ...]:
    listed = _listed(wordings, language, unknown)
    inside = ([r for r in listed if region in r.regions] for region in regions)
    ordered = (sorted(found, key=lambda r: _ORDER.get(r.kind, 1)) for found in inside)
    return tuple(dict.fromkeys(chain.from_iterable(ordered)))


@lru_cache(maxsize=2_000)
def _ranks(wordings: Wordings, language: str, regions: tuple[str, ...], unknown: bool) -> Mapping[Rule, int]:
    return {rule: place for place, rule in enumerate(_of(wordings, language, regions, unknown))}


@lru_cache(maxsize=200)
def _sieve(wordings: Wordings, language: str) -> tuple[tuple[Rule, ...], Sieve]:
    rules = _listed(wordings, language, unknown=False)
    return rules, Sieve([needles(rule.spelled) for rule in rules])


def _listed(wordings: Wordings, language: str, unknown: bool) -> tuple[Rule, ...]:
    languages = dict.fromkeys([EVERY, _SAME.get(language, language), language, "en"])
    return tuple(r for name in languages for r in wordings.rules.get(name, ()) if r.unknown or not unknown)


_ORDER = {"photo_credit": 0, "subject_mention": 0, "republished_notice": 1, "reports_phrase": 2}
# Languages read with the wordings of a near one too, and codes of old.
_SAME = {
    "nb": "no", "nn": "no", "mo": "ro", "iw": "he", "cn": "zh", "sk": "cs", "hr": "sr", "bs": "sr",
    "sh": "sr", "sl": "sr", "mk": "bg", "be": "ru", "gl": "pt", "ca": "es",
}  # fmt: skip


@lru_cache(maxsize=8)
def wordings(home: Path | None = None) -> Wordings:
    """The shipped wordings, with those of `home`/wordings layered over them (a rule of the same id wins).

    Read once in a process.  Raises BadCatalogue that names file, rule and key.
    """
    folder = home / "wordings" if home else None
    own = tuple(sorted(folder.glob("*.toml"))) if folder and folder.is_dir() else ()
    return _read((*sorted(SHIPPED.glob("*.toml")), *own))


def _read(files: tuple[Path, ...]) -> Wordings:
    tables = [(path, _load(path)) for path in files]
    every = {}
    for path, table in tables:
        if path.stem == EVERY:
            every |= _words(path, table)
    rules: dict[str, dict[str, Rule]] = {}
    media, institutions, newswires, papers, generic = [], [], [], [], []
    others: dict[str, list[str]] = {}
    for path, table in tables:
        words = every | _words(path, table)
        of_language = rules.setdefault(path.stem, {})
        for number, entry in enumerate(_list(path, table, "rule"), 1):
            rule = _rule(path, entry, number, words)
            of_language[rule.id] = rule
        media += _strings(path, table, "media")
        institutions += _strings(path, table, "institutions")
        newswires += _strings(path, table, "newswires")
        papers += _strings(path, table, "papers")
        generic += _strings(path, table, "generic")
        others.setdefault(path.stem, []).extend(_strings(path, table, "others"))
    return Wordings(
        rules={language: tuple(found.values()) for language, found in rules.items()},
        media=_any_of(media),
        institutions=_any_of(institutions),
        newswires=_any_of(newswires),
        papers=_any_of(papers),
        generic=_any_of(generic),
        others={language: _any_of(found) for language, found in others.items() if found},
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        table = tomli.loads(path.read_text("utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCatalogue(f"{path}: not readable as TOML: {error}") from error
    if strange := set(table) - {
        "words",
        "rule",
        "media",
        "institutions",
        "newswires",
        "papers",
        "generic",
        "others",
    }:
        raise BadCatalogue(f"{path}: unknown key {sorted(strange)[0]!r}")
    return table


def _words(path: Path, table: Mapping[str, Any]) -> dict[str, str]:
    words = table.get("words", {})
    if not isinstance(words, dict):
        raise BadCatalogue(f"{path}: words must be a table")
    found: dict[str, str] = {}
    for key, value in words.items():
        pieces = value if isinstance(value, list) else [value]
        if not all(isinstance(v, str) for v in pieces):
            raise BadCatalogue(f"{path}: words.{key} must be a string or a list of strings")
        found[key] = f"(?:{'|'.join(sorted(pieces, key=len, reverse=True))})"
    return found


def _list(path: Path, table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise BadCatalogue(f"{path}: {key} must be a list")
    return found


def _strings(path: Path, table: Mapping[str, Any], key: str) -> list[str]:
    found = _list(path, table, key)
    if not all(isinstance(v, str) for v in found):
        raise BadCatalogue(f"{path}: {key} must hold strings")
    return found


def _rule(path: Path, entry: Any, number: int, words: Mapping[str, str]) -> Rule:
    name = entry.get("id") if isinstance(entry, dict) else None
    where = f"{path}: rule {name or number}"
    _check(where, entry)
    return Rule(
        id=entry["id"],
        kind=entry["kind"],
        language=path.stem,
        regions=frozenset(entry["regions"]),
        spelled=_spelled(where, entry["pattern"], words, checked=path.parent == SHIPPED),
        example=entry["example"],
        names=tuple(entry["names"]),
        unknown=entry.get("unknown", ""),
        agencies=entry.get("agencies", False),
        nouns=entry.get("nouns", False),
        relays=tuple(entry.get("relays", ())),
    )


def _check(where: str, entry: Any) -> None:
    """Raise BadCatalogue for the first key of a rule that breaks its form."""
    if not isinstance(entry, dict):
        raise BadCatalogue(f"{where}: must be a table")
    if missing := [key for key in _NEEDED if key not in entry]:
        raise BadCatalogue(f"{where}: {missing[0]} is missing")
    if strange := sorted(set(entry) - _KEYS):
        raise BadCatalogue(f"{where}: unknown key {strange[0]!r}")
    _check_forms(where, entry)
    if entry["kind"] not in KINDS:
        raise BadCatalogue(f"{where}: kind {entry['kind']!r} is none of {', '.join(KINDS)}")
    if strange := [r for r in entry["regions"] if r not in REGIONS]:
        raise BadCatalogue(f"{where}: regions: {strange[0]!r} is none of {', '.join(REGIONS)}")
    if entry.get("unknown", "media") not in UNKNOWN:
        raise BadCatalogue(f"{where}: unknown must be one of {', '.join(UNKNOWN)}")


def _check_forms(where: str, entry: Mapping[str, Any]) -> None:
    """Raise BadCatalogue for the first value of a rule that is of another kind than its key holds."""
    for key in ("id", "kind", "pattern", "example"):
        if not isinstance(entry[key], str) or not entry[key]:
            raise BadCatalogue(f"{where}: {key} must be words")
    for key in ("regions", "names", "relays"):
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise BadCatalogue(f"{where}: {key} must be a list of words")
    for key in ("agencies", "nouns"):
        if not isinstance(entry.get(key, False), bool):
            raise BadCatalogue(f"{where}: {key} must be true or false")


def _spelled(where: str, pattern: str, words: Mapping[str, str], *, checked: bool) -> str:
    """A rule's regular expression with its pieces put in; `checked`: a test has compiled it already."""
    spelled = pattern
    for _ in range(4):  # pieces may hold pieces
        spelled = _PLACE.sub(lambda m: _piece(where, m[1], words), spelled)
    spelled = _plain(spelled)
    try:
        if not checked:
            _compiled(spelled)
    except re.error as error:
        raise BadCatalogue(f"{where}: pattern: {error}") from error
    return spelled


def _piece(where: str, name: str, words: Mapping[str, str]) -> str:
    if name not in words and name not in _BUILT_IN:
        raise BadCatalogue(f"{where}: pattern: no such piece {{{name}}}")
    return _BUILT_IN[name] if name in _BUILT_IN else words[name]


_BEYOND_ASCII = re.compile(f"[^\\x00-\\x7f{KNOWN}{WEAK}{PHOTO}{FILL}]+")


def _plain(pattern: str) -> str:
    """The pattern as it must be written for flat text; the signs of names stay."""
    plain = _BEYOND_ASCII.sub(lambda run: flat(run[0]), pattern)
    return _LAST_ARABIC.sub("\\1[\u064b-\u0652]?", plain)


def _any_of(words: list[str]) -> re.Pattern[str]:
    if not words:
        return re.compile(r"(?!)")
    return re.compile("|".join(_plain(w) for w in sorted(words, key=len, reverse=True)))
