"""Stated times: the words a page, feed, sitemap or URL uses come in, the interval they can mean goes out.

A day without an hour is the whole day, an hour without a zone any zone's, `03/04/2024` both days it
can be.  Nothing is narrowed by guessing where an outlet sits.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.calendars import common_year, from_persian, is_persian, persian_month, without_eras
from db.records import TimeClaim

MAX_RAW = 120  # characters; a stated time is short
MAX_DAYS = 4  # days in such words, of which the first that can be one counts

_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)  # the zones there are
_ZERO_DOUBT = timedelta(hours=3)
# "+00:00" and "Z" are not taken at their word on a page: WordPress sites with a fixed UTC+n setting
# wrote local time under +00:00 (Yoast #2152, #10971).  Three hours either way cover Europe, Africa,
# the Near East and eastern South America; the full doubt would make every UTC time worthless.
_TRUSTED = ("feed", "sitemap", "archive", "fetch", "import")  # written by machines that know UTC
_EARLY = datetime(1995, 1, 1, tzinfo=UTC)  # no news page is older

_ZONES = {"EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1, "CET": 1, "CEST": 2,
          "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "WEST": 1, "MSK": 3, "TRT": 3, "JST": 9, "KST": 9,
          "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "GMT": 0, "UTC": 0, "HKT": 8, "SGT": 8, "PKT": 5,
          "WIB": 7, "SAST": 2, "EAT": 3, "WAT": 1, "BRT": -3, "ART": -3, "МСК": 3, "мск": 3}  # fmt: skip
_DOUBTFUL = {"IST": 5.5, "CST": -6, "CDT": -5}
# These mean several zones: the moment is told by the one that the press writes most, its doubt stays.
_REGIONS = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
# These follow the clocks of a place; read only right behind the hour, "ET" is a word.
_ABBREVIATION = re.compile(r"\b(?:" + "|".join(_ZONES) + r")\b")
_LETTERS = "|".join((*_ZONES, *_DOUBTFUL, *_REGIONS))
_ZONE = (
    r"(?:\s*[(\[]?(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|(?-i:"
    + _LETTERS
    + r")(?![^\W_])|Z(?![^\W_])|UTC|GMT))?"
)
_TIME = (
    r"(?P<pm>오후|下午|午後)?\s?(?P<H>\d{1,2})\s?[:.hH時时點点시]\s?(?P<M>\d{2})[分분]?(?![./-]?\d)(?::(?P<S>\d{2})(?P<f>[.,]\d{1,9})?)?"
    rf"\s*(?P<half>[ap]\.?\s?m\b\.?|[πμ]\.?\s?μ\b\.?|[صم]\b)?{_ZONE}"
)
_CLOCK = rf"(?:\D{{0,16}}?{_TIME})?"
_CLOCK_BEFORE = re.compile(rf"(?<![\d.:]){_TIME}(?![\d.:])", re.I)
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(?P<y>\d{{4}})\s?[-/.年년]\s?(?P<a>\d{{1,2}})\s?[-/.月월]\s?(?P<b>\d{{1,2}})(?!\d)[일日.]?{_CLOCK}",
    re.I,
)
_YEAR_LAST = re.compile(
    rf"(?<!\d)(?P<a>\d{{1,2}})(?P<mark>[-/.])\s?(?P<b>\d{{1,2}})[-/.]\s?(?P<y>\d{{4}})(?!\d)\.?{_CLOCK}", re.I
)
_SHORT_YEAR = re.compile(  # only as Central Europe writes it, with the hour behind it
    rf"(?<![\d.])(?P<a>\d{{1,2}})(?P<mark>\.)\s?(?P<b>\d{{1,2}})\.\s?(?P<y>[0-3]\d)(?![\d.])\D{{1,10}}?{_TIME}",
    re.I,
)
_WORD = r"(?P<month>[^\W\d_][^\d\s,./|()–—-]{1,19})\.?"
_DAY_MONTH = re.compile(
    rf"(?<![\d:.–—-])(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º|ª|-)?[\s,./-]{{0,2}}(?:de\s|di\s|ta['’])?{_WORD}[\s,./-]{{0,2}}(?:de\s|del\s)?(?P<y>\d{{4}})(?!\d)",
    re.I,
)
_MONTH_DAY = re.compile(
    rf"{_WORD}\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s)(?:\d{{1,2}}:\d{{2}}\s)?(?P<y>\d{{4}})(?!\d)", re.I
)
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(?P<y>\d{{4}})[\s.,-]{{1,2}}{_WORD}[\s.-](?P<d>\d{{1,2}})(?!\d)", re.I)
_DOTTED_THAI = re.compile("(?<=[\u0e01-\u0e4e])\\.(?=[\u0e01-\u0e4e])")  # its short names of months
_CLOCK_ANYWHERE = re.compile(rf"(?<![\d.:]){_TIME}(?![\d:])", re.I)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(Z|[+-]\d{2}:?\d{2})?")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{13})|(\d{16})")
_JS_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d{4} \d\d:\d\d:\d\d(?: (?:GMT|UTC)([+-]\d{4}))?")
_URL_DAY = re.compile(
    r"[/_-]((?:19|20)\d\d)(?:([/_-])(0?[1-9]|1[0-2])\2|/?(0[1-9]|1[0-2])/?)(0[1-9]|[12]\d|3[01]|(?<=\D)[1-9])"
    r"(?=[/_.?-]|$)"
)
_URL_MONTH = re.compile(
    r"/((?:19|20)\d\d)/(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}/(\d{1,2})(?=/|$)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class Stated:
    """A time as its words state it: naive local moments, and the offset that stands with them."""

    moments: tuple[datetime, ...]  # more than one: the day and the month could be swapped
    has_clock: bool
    has_seconds: bool = False
    offset: timedelta | None = None  # None: no zone stated
    doubtful: bool = False  # the zone's letters mean others, too
    sure: bool = False  # the offset was written by software that converts (".000Z", a clock number)


def claim(
    raw: str,
    kind: str,
    basis: str,
    *,
    url: str = "",
    now: datetime,
    zone: str | None = None,
    language: str | None = None,
) -> TimeClaim | None:
    """The claim that `raw` makes, with its interval in UTC; None when no day can be read from it.

    `zone`: the zone ("Europe/Bucharest" or "+02:00") the writer is known to use where none is stated.
    `url`: where it stands, for a path that settles which number is the day.  `language` settles the
    same; `now` tells which times are plausible (1995 to a day from now).
    """
    stated = parse(raw, language=language)
    if stated is None:
        return None
    stated = _settled_by(url, stated)
    earliest, latest, known = _interval(stated, basis, zone)
    return TimeClaim(
        kind=kind,
        basis=basis,
        raw=" ".join(raw.split())[:MAX_RAW],
        earliest=earliest,
        latest=latest,
        zone_known=known,
        plausible=latest >= _EARLY and earliest <= now + timedelta(days=1),
    )


def url_claim(url: str, *, now: datetime) -> TimeClaim | None:
    """The day that stands in a URL's path (`/2024/05/06/`), as a published claim of basis "url"."""
    for year, month, day in _url_days(url):
        made = claim(f"{year}-{month:02}-{day:02}", "published", "url", now=now)
        if made and made.plausible:
            return made
    return None


def _url_days(url: str) -> list[tuple[int, int, int]]:
    """The days (year, month, day) that stand in a URL's path."""
    path = re.split("[?#]", url[:2000], maxsplit=1)[0].lower()
    days = [(int(f[1]), int(f[3] or f[4]), int(f[5])) for f in _URL_DAY.finditer(path)]
    return days + [(int(f[1]), _MONTHS.index(f[2]) + 1, int(f[3])) for f in _URL_MONTH.finditer(path)]


def stated_moment(
    made: TimeClaim, *, url: str = "", language: str | None = None, zone: str | None = None
) -> datetime:
    """The moment a claim states, in UTC; one without a zone is read as if it were UTC.

    Of two days that `03/04/2024` can be, the first; of a day, its first minute.
    """
    stated = parse(made.raw, language=language)
    if stated is None:
        return made.earliest
    stated = _settled_by(url, stated)
    offset = stated.offset if stated.offset is not None else _offset(zone, stated.moments[0])
    return (stated.moments[0] - (offset or timedelta(0))).replace(tzinfo=UTC)


def confirmed(claims: Iterable[TimeClaim]) -> tuple[TimeClaim, ...]:
    """The claims of one page, doubted "+00:00" times believed where another claim bears them out.

    Two things do: the same moment under an offset other than zero, and the same minute on a clock
    that is whole quarters of an hour off (the page shows local time, so the other was converted).
    """
    claims = tuple(claims)
    moments = [(c, parse(c.raw)) for c in claims]
    return tuple(
        _believed(c, s)
        if s and s.offset == timedelta(0) and not c.zone_known and _borne_out(s, moments)
        else c
        for c, s in moments
    )


@lru_cache(maxsize=2048)  # a page states one time in many places, an archive one day on many pages
def parse(raw: str, *, language: str | None = None) -> Stated | None:
    """What the words of a time state, or None when they hold no whole day.

    >>> parse("2024-05-06T10:00:00+03:00").offset
    datetime.timedelta(seconds=10800)
    """
    text = " ".join(raw[: 4 * MAX_RAW].split())[:MAX_RAW].strip(" \"'")
    if not text:
        return None
    try:
        found = _digits(text) or _numeric(text, language) or _letter(text) or _named(text, language)
        if found and len(found.moments) > 1:  # "4 May 2026 (5/4/2026)", "Mon, 05/04/2026"
            return _named(text, language) or _on_its_weekday(text, found)
        return found
    except (ValueError, OverflowError):  # the 31st of February, the hour 25
        return None


def _on_its_weekday(text: str, stated: Stated) -> Stated:
    """The statement, with only the day that is the weekday beside it, where one is named."""
    named = _WEEKDAY.search(text)
    kept = tuple(m for m in stated.moments if named and m.strftime("%a").lower() == named[1].lower())
    return replace(stated, moments=kept) if len(kept) == 1 else stated


_WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b", re.I)


def _digits(text: str) -> Stated | None:
    """A clock number (seconds, milli- or microseconds since 1970) or `20240506T101500Z`."""
    if found := _COMPACT.fullmatch(text):
        numbers = [int(n) for n in found.groups()[:6] if n]
        if 1900 <= numbers[0] <= 2199 and 1 <= numbers[1] <= 12 and 1 <= numbers[2] <= 31:
            return Stated((datetime(*numbers),), len(numbers) > 3, len(numbers) > 5, _zone_offset(found[7]))  # noqa: DTZ001
    if found := _EPOCH.fullmatch(text):
        digits = next(n for n in found.groups() if n)
        seconds = int(digits) / {9: 1, 10: 1, 13: 1e3, 16: 1e6}[len(digits)]
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
        return Stated((moment,), True, True, timedelta(0), sure=True)
    return None


def _numeric(text: str, language: str | None) -> Stated | None:
    """`2024-05-06 10:00`, `6.5.2024`, `05/06/2024 at 10:00 pm`; the first that some calendar has."""
    text = without_eras(text)
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _SHORT_YEAR):
        for found in islice(pattern.finditer(text), MAX_DAYS):
            if days := _numbered(found, text, language):
                return _at_its_clock(found, days, text)
    return None


def _numbered(found: re.Match[str], text: str, language: str | None) -> list[date]:
    """The days that three numbers can be; [] where their year is of no calendar that is known."""
    year, a, b = int(found["y"]), int(found["a"]), int(found["b"])
    if found.re is _SHORT_YEAR:
        year += 2000
    if is_persian(year, text, language):
        return [from_persian(year, a, b) if found.re is _YEAR_FIRST else from_persian(year, b, a)]
    if (common := common_year(year)) is None:
        return []
    pairs = [(a, b)] if found.re is _YEAR_FIRST else _day_and_month(a, b, found["mark"], language)
    return [date(common, month, day) for month, day in pairs]


def _at_its_clock(found: re.Match[str], days: list[date], text: str) -> Stated:
    """The statement of a day in numbers with the hour behind or before it."""
    found_clock = found if found["H"] else _CLOCK_BEFORE.search(text[: found.start()]) or found
    clock = _clock(found_clock)
    moments = [datetime.combine(day, time(*(clock or ()))) for day in days]
    sure = bool(found["f"]) and (found["zone"] or "").upper() == "Z"
    zone = found_clock["zone"] if clock else None
    return Stated(
        tuple(sorted(moments)),
        clock is not None,
        bool(found["S"]),
        _zone_offset(zone, moments[0]),
        zone in _DOUBTFUL,
        sure,
    )


def _day_and_month(a: int, b: int, mark: str, language: str | None) -> list[tuple[int, int]]:
    """The (month, day) pairs that two numbers can be; only English writes the month first."""
    if a > 12 or mark == "." or (language and not language.startswith("en")):
        return [(b, a)]
    if b > 12:
        return [(a, b)]
    return [(a, b)] if a == b else [(a, b), (b, a)]


def _clock(found: re.Match[str]) -> tuple[int, int, int] | None:
    if not found["H"]:
        return None
    hour, minute, second = int(found["H"]), int(found["M"]), int(found["S"] or 0)
    half = (found["half"] or "").lower()
    if (half or found["pm"]) and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(("p", "μ", "م")) or found["pm"] else 0)
    return (hour, minute, min(second, 59)) if hour < 24 and minute < 60 else None


def _letter(text: str) -> Stated | None:
    """`Mon, 06 May 2024 10:00:00 +0300` (RFC 5322) and what JavaScript prints."""
    if found := _JS_DATE.match(text):
        moment = datetime.strptime(text[4:24].strip(), "%b %d %Y %H:%M:%S")  # noqa: DTZ007
        return Stated((moment,), True, True, _zone_offset(found[1]))
    if not re.search(r"\d\d:\d\d", text) or not text.isascii():
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if not 1900 <= moment.year <= 2199:
        return None
    if moment.utcoffset() is None and re.search(r"\d:\d\d(?::\d\d)?\s?[A-Za-z]", text):
        return None  # "pm", or a zone that RFC 5322 does not know
    sure = text.upper().endswith(("GMT", "UTC"))
    return Stated((moment.replace(tzinfo=None),), True, True, moment.utcoffset(), sure=sure)


def _named(text: str, language: str | None) -> Stated | None:
    """A day whose month is a word of some language, in any order: `May 6, 2024 at 3:05 pm EDT`."""
    text = _DOTTED_THAI.sub("", text)
    for pattern in (_DAY_MONTH, _MONTH_DAY, _YEAR_MONTH_DAY):
        for found in islice(pattern.finditer(text), MAX_DAYS):
            if day := _worded(found, language):
                return _beside_its_clock(found, day, text)
    return None


def _worded(found: re.Match[str], language: str | None) -> date | None:
    """The day that a month's name between two numbers makes; None where no calendar has it."""
    year, day = int(found["y"]), int(found["d"])
    if month := persian_month(_plain_word(found["month"])):
        return from_persian(year, month, day)
    month, common = _month(found["month"], language), common_year(year)
    return date(common, month, day) if month and common else None


def _beside_its_clock(found: re.Match[str], day: date, text: str) -> Stated:
    """The statement of a day in words with the hour behind or before it."""
    at = _CLOCK_ANYWHERE.search(text[found.end() :]) or _CLOCK_ANYWHERE.search(text[: found.start()])
    clock = _clock(at) if at else None
    moment = datetime.combine(day, time(*(clock or ())))
    letters = at["zone"] if at and clock else None
    if clock and letters is None and (elsewhere := _ABBREVIATION.search(text)):
        letters = elsewhere[0]
    seconds = bool(clock and at and at["S"])
    return Stated((moment,), clock is not None, seconds, _zone_offset(letters, moment), letters in _DOUBTFUL)


def _month(word: str, language: str | None) -> int | None:
    """The month that a word means: in the stated language, else where all languages agree."""
    plain = _plain_word(word)
    meant = _month_words().get(plain) or _month_words().get(plain.removeprefix("ב")) or {}  # "in March"
    if language and language in meant:
        return meant[language]
    return next(iter(meant.values())) if len(set(meant.values())) == 1 else meant.get("en")


@cache
def _month_words() -> dict[str, dict[str, int]]:
    """Every name of a month, without case and diacritics -> language -> its number (CLDR, by babel)."""
    from babel import Locale

    found: dict[str, dict[str, int]] = {}
    for tag in _LOCALES.split():
        locale = Locale.parse(tag)
        for width in ("wide", "abbreviated"):
            for use in ("format", "stand-alone"):
                for number, word in locale.months[use][width].items():
                    found.setdefault(_plain_word(word), {})[locale.language] = number
    return found


_LOCALES = """
    en de fr es pt it ro nl nb sv da fi is et lv lt pl cs sk sl hr sr sr_Latn bs mk bg ru uk be el tr az hu sq
    ca gl eu ga cy mt ar ar_LB he fa ur hi bn ta te mr gu kn ml pa id ms vi sw af fil ka hy kk th km lo
"""


def _plain_word(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word).casefold().strip(". ").replace(".", "")
    return "".join(c for c in plain if not unicodedata.combining(c))


def _zone_offset(words: str | None, moment: datetime | None = None) -> timedelta | None:
    """The offset that words behind an hour mean: "+0200", "UTC+2", "MEZ", or "ET" as it was then."""
    if not words:
        return None
    if words in _REGIONS and moment is not None:
        return _offset(_REGIONS[words], moment)
    if (hours := _ZONES.get(words, _DOUBTFUL.get(words))) is not None:
        return timedelta(hours=hours)
    sign_and_digits = re.sub(r"[^\d+-]", "", words)
    if not sign_and_digits:
        return timedelta(0)
    digits = sign_and_digits[1:]
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if sign_and_digits[0] == "-" else offset


def _offset(zone: str | None, moment: datetime) -> timedelta | None:
    """The offset that a zone's name or `+02:00` has at a local moment."""
    if not zone:
        return None
    if zone[0] in "+-":
        return _zone_offset(zone)
    try:
        return moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _interval(stated: Stated, basis: str, zone: str | None) -> tuple[datetime, datetime, bool]:
    """Earliest and latest moment in UTC, and whether the zone is known."""
    first, last = stated.moments[0], stated.moments[-1]
    if not stated.has_clock:
        last += timedelta(hours=23, minutes=59, seconds=59)
    elif not stated.has_seconds:
        last += timedelta(seconds=59)
    offset = stated.offset if stated.has_clock else None
    doubted = offset == timedelta(0) and not stated.sure and basis not in _TRUSTED
    if offset is None:
        offset = _offset(zone, first)
    if offset is None or stated.doubtful:
        return (first - _EAST).replace(tzinfo=UTC), (last + _WEST).replace(tzinfo=UTC), False
    if doubted:
        first, last = first - _ZERO_DOUBT, last + _ZERO_DOUBT
    shift = timezone(offset)
    return (
        first.replace(tzinfo=shift).astimezone(UTC),
        last.replace(tzinfo=shift).astimezone(UTC),
        not doubted,
    )


def _settled_by(url: str, stated: Stated) -> Stated:
    """The statement, with only the day that the URL's path names when it could be two."""
    if len(stated.moments) < 2:
        return stated
    for year, month, day in _url_days(url):
        if kept := tuple(m for m in stated.moments if (m.year, m.month, m.day) == (year, month, day)):
            return replace(stated, moments=kept)
    return stated


def _borne_out(stated: Stated, others: list[tuple[TimeClaim, Stated | None]]) -> bool:
    for other, words in others:
        if words is None or not words.has_clock or len(words.moments) > 1:
            continue
        apart = words.moments[0] - stated.moments[0]
        if words.offset and abs(apart - words.offset) < timedelta(minutes=1):
            return True
        if words.offset is None and other.basis == "visible" and _is_an_offset(apart):
            return True
    return False


def _is_an_offset(apart: timedelta) -> bool:
    """Whether two clocks stand apart as two zones do: whole quarters of an hour, and not none."""
    minutes = round(apart.total_seconds() / 60)
    return minutes != 0 and minutes % 15 == 0 and -_WEST <= apart <= _EAST


def _believed(made: TimeClaim, stated: Stated) -> TimeClaim:
    moment = stated.moments[0].replace(tzinfo=UTC)
    return replace(
        made,
        earliest=moment,
        latest=moment + timedelta(seconds=0 if stated.has_seconds else 59),
        zone_known=True,
    )


def has_clock(made: TimeClaim) -> bool:
    """Whether the claim states an hour, not only a day."""
    stated = parse(made.raw)
    return bool(stated and stated.has_clock)
