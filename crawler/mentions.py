"""Where a text names outlets we know: text in, mentions with their places out.

All names are looked for in one pass (Aho and Corasick 1975), so a text costs the same with ten outlets
as with ten thousand.  Matching works on the *flat* text (`flat`), which has
the same length as the text itself: a place in one is a place in the other.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from db.outlets import Names

KNOWN, WEAK, PHOTO, FILL = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
"""What stands for a name in marked text: its first character (WEAK: only an anchor makes it a name,
PHOTO: it sells pictures), then FILL to its full length.  These are Unicode noncharacters, so no page
uses them for itself."""

MAX_TEXT = 20_000  # characters of one block; a longer one is no paragraph
_NEEDS = ("none", "case", "anchor")  # the easiest first: it decides
_KEY = 6  # characters of a name by which it is looked up
_NO_SPACES = "\u0900-\u0dff\u0e00-\u0eff\u3005-\u30ff\u3400-\u9fff"
_HANGUL_SIGNS = "\uac00-\ud7af"
# A name may also begin where the script changes: "米CNN", "AFP연합뉴스".
_BEGIN = re.compile(
    rf"(?<![^\W_])[^\W_]|[{_NO_SPACES}]|(?<=[{_NO_SPACES}{_HANGUL_SIGNS}])[a-z0-9]|(?<=[a-z0-9])[{_HANGUL_SIGNS}]"
)
_UNSPACED = re.compile(rf"[{_NO_SPACES}]")
_HANGUL = re.compile(f"[{_HANGUL_SIGNS}]")
_WIDE_LETTERS = {0xFF01 + n: 0x21 + n for n in range(94)}  # "ＡＦＰ" is AFP
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f]")
_ENDING = re.compile(r"[^\W\d_]{1,3}(?![^\W_])")
_FINNISH_ENDING = re.compile(r"[^\W\d_]{1,5}(?![^\W_])")
_INNER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")  # a name begins between no two of them
_LETTERS = _INNER | {"_"}
_INFLECTING = {"ru", "uk", "bg", "sr", "mk", "be", "pl", "cs", "sk", "hu", "hr", "bs", "sl", "el", "lt", "lv",
               "et", "fi", "sq", "tr"}  # fmt: skip
_ARABIC_PREFIXES = ("ل", "ب", "و", "ول", "وب", "لل", "ف")
_SIGNS = {
    **dict.fromkeys("“”„‟«»‹›「」『』《》〈〉″＂", '"'),
    **dict.fromkeys("’‘‚‛´ʼ", "'"),
    **dict.fromkeys("–—−‒‐‑―", "-"),
    **dict.fromkeys("\u00a0\u2009\u202f\u2007\u3000", " "),
    **dict.fromkeys(KNOWN + WEAK + PHOTO + FILL, " "),
    "ς": "σ", "：": ":", "（": "(", "）": ")", "【": "[", "】": "]", "ı": "i",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a known name stands."""

    start: int
    end: int
    key: str  # the outlet's domain, or its name where it has none
    sign: str  # KNOWN, WEAK or PHOTO
    stop: int  # where the name itself ends; a case ending may follow


@dataclass(slots=True)  # frozen ones take three times as long to make, and there are thousands
class _Spelling:
    flat: str
    text: str
    needs: str
    key: str
    photo: bool
    paper: bool  # no agency, no broadcaster
    language: str | None  # of the outlet
    only: str | None  # the one language in which it is a name
    skip: int  # of its characters, how many are an article's contraction ("au " in "au Parisien")
    article: bool  # its language writes the article that it begins with small, inside a sentence
    capital: int | None  # where its last capitalised word begins


@dataclass(frozen=True, slots=True)
class _Words:
    """A text being scanned, and its language."""

    text: str
    plain: str
    language: str | None


def _flat_character(c: str) -> str:
    if sign := _SIGNS.get(c):
        return sign
    base, *marks = unicodedata.normalize("NFKD", c)
    plain = base if all(unicodedata.combining(m) for m in marks) else c
    return plain.lower()[0]


class _Flats(dict[int, str]):
    """Code points to flat characters, each worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        made = self[code] = _flat_character(chr(code))
        return made


_FLATS = _Flats()


def flat(text: str) -> str:
    """`text` in lower case, without diacritics, signs made plain; as long as it was.

    >>> flat("Potrivit „Știrilor” – AGERPRES’")
    'potrivit "stirilor" - agerpres\\''
    """
    if not text.isascii():
        text = _BEYOND_ASCII.sub(_flat_run, text)
    return text.replace("`", "'").lower()


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f](?:[\x00-@]?[^\x00-\x7f])*")  # words of another script are one run


def _flat_run(run: re.Match[str]) -> str:
    signs = run[0]
    return signs.translate(_FLATS) if len(signs) > 1 else _FLATS[ord(signs)]


class Scanner:
    """Finds the names of `names` in texts."""

    def __init__(self, names: Names) -> None:
        self._by_start: dict[str, list[_Spelling]] = {}
        seen: dict[tuple[str, str], set[str | None]] = {}
        for text, needs, key, language in names.spellings():
            outlet = names.by_domain.get(key)
            of_language = outlet.language if outlet else None
            for spelled, skip in _variants(text, of_language):
                there = seen.setdefault((spelled, key), set())
                if language in there or None in there or len(spelled) < 2:
                    continue  # an outlet's own alias comes first
                own_needs = needs == "anchor" and _LATIN.match(spelled)
                contracted = skip > 0 or _contracts(spelled, of_language)
                entry = _Spelling(
                    flat=flat(spelled),
                    text=spelled,
                    needs="anchor" if skip else needs,
                    key=key,
                    photo=outlet is not None and outlet.kind == "photo_agency",
                    paper=outlet is not None and outlet.kind == "outlet",
                    language=of_language,
                    only=of_language if skip else language if own_needs or there else None,
                    skip=skip,
                    article=contracted,
                    capital=_last_capital(spelled),
                )
                there.add(entry.only)
                self._by_start.setdefault(entry.flat[:_KEY], []).append(entry)
        for entries in self._by_start.values():
            entries.sort(key=lambda e: (-len(e.flat), _NEEDS.index(e.needs)))
        self._spelled = AhoCorasick(list({e.flat for found in self._by_start.values() for e in found}))

    def find(
        self, text: str, language: str | None = None, *, plain: str | None = None, places: Sequence[int] = ()
    ) -> list[Mention]:
        """The mentions in `text`, in order, none overlapping; the longest name wins.

        `plain` and `places` are what `flat` and `places` say of it, where that is known already.
        """
        text = text[:MAX_TEXT]
        if plain is None:
            plain = flat(text)
            places = self.places(plain, language)
        if not places:
            return []
        narrow = text if text.isascii() else text.translate(_WIDE_LETTERS)
        words = _Words(narrow, plain[:MAX_TEXT], language)
        found: list[Mention] = []
        done = 0
        for at in places:
            mention = self._at(words, at) if at >= done else None
            if mention:
                found.append(mention)
                done = mention.end
        return found

    def places(self, plain: str, language: str | None = None) -> list[int]:
        """Where the letters of a name stand in flat text from where a name can begin on, in order.

        Those that go on as a longer word are left out, where names take no endings.
        """
        hits = self._spelled.find_matches_as_indexes(plain, overlapping=True)
        before = f" {plain}"  # most begin in a word
        hits = [hit for hit in hits if before[hit[1]] not in _INNER or plain[hit[1]] not in _INNER]
        if language not in _INFLECTING:
            after = f"{plain} "
            hits = [hit for hit in hits if after[hit[2]] not in _LETTERS or plain[hit[2] - 1] not in _LETTERS]
        return [at for at in sorted({hit[1] for hit in hits}) if _BEGIN.match(plain, at)]

    def _at(self, words: _Words, at: int) -> Mention | None:
        """The longest name at a place; of two outlets of one name the one of the page's language."""
        for size in range(_KEY, 1, -1):  # names as long as the key or longer, then the short ones
            best, length = None, 0
            for entry in self._by_start.get(words.plain[at : at + size], ()):
                if len(entry.flat) < length:
                    break
                if words.plain.startswith(entry.flat, at) and (end := _end(words, at, entry)):
                    mention = _judge(words, at, end, entry)
                    if mention and entry.language == words.language:
                        return mention
                    if mention and best is None:
                        best, length = mention, len(entry.flat)
            if best:
                return best
        return None


@lru_cache(maxsize=8)
def scanner(names: Names) -> Scanner:
    """The scanner of `names`, built once."""
    return Scanner(names)


def mark(plain: str, mentions: Iterable[Mention]) -> str:
    """Flat text with every mention replaced by its sign and fill; same length."""
    parts, done = [], 0
    for m in mentions:
        parts += [plain[done : m.start], m.sign, FILL * (m.end - m.start - 1)]
        done = m.end
    return "".join([*parts, plain[done:]])


def _last_capital(name: str) -> int | None:
    """Where the last word with a capital begins; None for an address, which is spelled as one likes.

    >>> _last_capital("The Guardian"), _last_capital("Dagens industri"), _last_capital("Time.com")
    (4, 0, None)
    """
    if "." in name:
        return None
    heads = [m.start() for m in _WORD.finditer(name) if m[0][0].isupper()]
    return heads[-1] if heads else None


_WORD = re.compile(r"\S+")


def _variants(text: str, language: str | None) -> Iterable[tuple[str, int]]:
    """How a name may be written, and how many characters of it are a word that its article grew into.

    >>> list(_variants("Le Parisien", "fr"))
    [('Le Parisien', 0), ('au Parisien', 3), ('du Parisien', 3)]
    """
    yield text, 0
    if "\u0600" <= text[:1] <= "\u06ff":
        for prefix in _ARABIC_PREFIXES:
            yield prefix + text, 0
        if text.startswith("ال"):
            yield f"لل{text[2:]}", 0
    if language in _CONTRACTIONS:
        article, _, rest = text.partition(" ")
        for contracted in _CONTRACTIONS[language].get(article, ()) if rest else ():
            yield f"{contracted} {rest}", len(contracted) + 1


def _contracts(name: str, language: str | None) -> bool:
    """Whether a name begins with an article that its language writes small inside a sentence."""
    return language in _SMALL_ARTICLES and name.partition(" ")[0] in _SMALL_ARTICLES[language]


_CONTRACTIONS = {
    "fr": {"Le": ("au", "du"), "Les": ("aux", "des")},
    "it": {"Il": ("al", "del", "dal", "sul", "nel")},
    "pt": {"O": ("ao", "do", "no", "pelo"), "A": ("à", "da", "na", "pela")},
}
_SMALL_ARTICLES = {
    "fr": ("Le", "La", "Les"),
    "it": ("Il", "La", "Lo"),
    "pt": ("O", "A"),
    "nl": ("De", "Het"),
    "es": ("El", "La"),
}


def _end(words: _Words, at: int, entry: _Spelling) -> int:
    """Where the name that begins at `at` ends, a case ending included; 0 when it is part of a word."""
    plain, end = words.plain, at + len(entry.flat)
    following = plain[end : end + 1]
    if not following or not (following.isalnum() or following == "_"):
        web = plain[end : end + 5]
        return 0 if re.match(r"\.(?:com|co|org|net)\b", web) and "." not in entry.flat else end
    last = entry.flat[-1]
    if _UNSPACED.match(last) or _HANGUL.match(last) or _UNSPACED.match(following) or _HANGUL.match(following):
        return end
    long_enough = len(entry.flat) >= 4 or (
        len(entry.flat) >= 3 and entry.text.isupper() and not last.isascii()
    )
    if (
        words.language in _INFLECTING
        and long_enough
        and not entry.photo
        and (ending := (_FINNISH_ENDING if words.language == "fi" else _ENDING).match(plain, end))
    ):
        return ending.end()
    return 0


def _judge(words: _Words, at: int, end: int, entry: _Spelling) -> Mention | None:
    text, plain = words.text, words.plain
    stop = at + len(entry.text)
    literal = text[at:stop]
    small = entry.article and literal[1:] == entry.text[1:] and words.language == entry.language
    if entry.needs != "none" and literal != entry.text and not small:
        return None
    if entry.only and words.language and entry.only != words.language[:2]:
        return None
    if entry.capital is not None and not literal[entry.capital : entry.capital + 1].isupper():
        return None
    quoted = plain[max(0, at - 2) : at].strip().endswith('"') and plain[end : end + 2].strip().startswith('"')
    if not quoted and entry.paper and _of_a_place(words, literal, end):
        return None
    longer = entry.needs == "case" or (entry.needs == "anchor" and entry.paper)
    if longer and not quoted and _part_of_a_longer_name(words, end, entry):
        return None
    weak = not quoted and (entry.needs == "anchor" or (entry.needs == "case" and literal != entry.text))
    if weak and entry.paper and not literal.startswith(_TO) and _ends_a_longer_name(words, at):
        return None
    if weak and at == 0 and plain[end : end + 2].strip()[:1] == ":":
        return None  # a label: "Bild: ...", "Information: ..."
    return Mention(at + entry.skip, end, entry.key, PHOTO if entry.photo else WEAK if weak else KNOWN, stop)


def _part_of_a_longer_name(words: _Words, end: int, entry: _Spelling) -> bool:
    """Whether a one-word name such as Time stands inside a longer one ("Time Warner"); no test in
    German, where every noun is capital."""
    if words.language == "de" or " " in _ARTICLE.sub("", entry.text) or entry.text.isupper():
        return False
    following = words.text[end : end + 3]
    return len(following) == 3 and following[0] == " " and following[1].isupper() and following[2].islower()


def _ends_a_longer_name(words: _Words, at: int) -> bool:
    """Whether a capitalised word, not the sentence's first, stands before a paper's doubtful name.

    "Dere Postası" is not the Posta we know; no test in German, where every noun is capital.
    """
    return words.language != "de" and bool(_CAPITAL_BEFORE.search(words.text[max(0, at - 30) : at]))


_TO = ("au ", "aux ", "al ", "ao ", "à ")  # whom somebody told: a name before it is the teller's
_CAPITAL_BEFORE = re.compile(
    r"(?:[^\W\d_]['’]?,? |[^\W\d_] [\"“„«])[A-Z\u00c0-\u00de\u0410-\u042f][^\W\d_]{2,20} $"
)
_ARTICLE = re.compile(r"^(?:The|La|Le|Les|El|Il|Lo|O|A|Die|Der|Das|De|Het) ")
_OF_A_PLACE = re.compile(r" (?:de|del|della|dello|dell'|di|du|da|do|of) [A-Z\u00c0-\u00de]")
_OF_A_THING = re.compile(
    r" (?:de la|de l'|du|des|del|della|dello|dell'|delle|degli|do|dos|das) ?(?=([a-z]{3,}))"
)
_OF_A_DAY = frozenset(
    {"jour", "matin", "soir", "lendemain", "week", "lundi", "mardi", "mercredi", "jeudi", "vendredi",
     "samedi", "dimanche", "semaine", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado",
     "domingo", "dia", "pasado", "mismo", "mes", "domenica", "giorno", "mattino", "primo", "premier", "fim",
     "grupo", "groupe", "gruppo", "mois", "meme", "livres", "sera", "sport", "povo", "nord", "midi"}
)  # fmt: skip
"""Words after a paper's name and "of" with which it is still the paper: a day's issue, its house."""


def _of_a_place(words: _Words, literal: str, end: int) -> bool:
    """Whether a paper's one-word name goes on: "Corriere della Valle" is not the Corriere we know, and "Le
    Monde du silence" no paper."""
    name = _ARTICLE.sub("", literal)
    if " " in name or not name[:1].isupper() or name.isupper():
        return False
    thing = _OF_A_THING.match(words.plain, end)
    return bool(thing and thing[1] not in _OF_A_DAY) or bool(_OF_A_PLACE.match(words.text, end))


def abbreviated(text: str, mentions: Sequence[Mention]) -> set[str]:
    """The names that the text itself says are short for something else than the outlet so called.

    >>> from crawler.sites import names
    >>> text = "The American Psychological Association (APA) met on Monday."
    >>> abbreviated(text, scanner(names()).find(text, "en"))
    {'APA'}
    """
    found = set()
    for m in mentions:
        short = text[m.start : m.stop]
        bracketed = text[m.start - 1 : m.start] == "(" and text[m.stop : m.stop + 1] == ")"
        if bracketed and short.isupper() and not any(o.end == m.start - 2 for o in mentions):
            initials = "".join(w[0] for w in _PARTS.findall(text[max(0, m.start - 120) : m.start - 1]))
            if initials.upper().endswith(short) and len(short) > 1:
                found.add(short)
    return found


_PARTS = re.compile(r"[^\W\d_]{4,}|(?<![^\W_])[^\W\d_a-z][^\W\d_]{0,2}(?![^\W_])")
"""Words that lend their first letter to an abbreviation: the long ones, and short ones with a capital."""
