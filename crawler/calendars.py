"""A day or a year as other calendars count it comes in, the Gregorian one goes out."""

import re
from datetime import date

_BUDDHIST = 543  # years that Thai pages count more
_GREGORIAN = range(1900, 2200)
_PERSIAN = range(1300, 1500)
_CYCLE = 33  # years, of which eight are leap years: right from 1178 to 1633
# Names of the solar months as pages spell them, in their order.
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("فروردین فروردين", "اردیبهشت ارديبهشت", "خرداد", "تیر تير", "مرداد امرداد", "شهریور شهريور", "مهر",
         "آبان ابان", "آذر اذر", "دی دي", "بهمن", "اسفند"),
        1,
    )
    for name in names.split()
}  # fmt: skip
# The year before the first of an era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_OF_ERA = re.compile(f"({'|'.join(_ERAS)})\\s?(\\d{{1,3}}|元)\\s?年")
_PERSIAN_DIGITS = re.compile("[\u06f0-\u06f9]")


def common_year(year: int) -> int | None:
    """The Gregorian year that a number means; Buddhist years are 543 ahead.  None: it is no year of news."""
    if year in _GREGORIAN:
        return year
    return year - _BUDDHIST if year - _BUDDHIST in _GREGORIAN else None


def without_eras(text: str) -> str:
    """The words with years of Japan's and Taiwan's eras as Gregorian ones.

    >>> without_eras("令和6年3月12日")
    '2024年3月12日'
    """
    if "年" not in text:
        return text
    return _OF_ERA.sub(lambda f: f"{_ERAS[f[1]] + (1 if f[2] == '元' else int(f[2]))}年", text)


def persian_month(word: str) -> int | None:
    """The number of a solar month of Iran by its name, or None."""
    return _MONTHS.get(word)


def is_persian(year: int, text: str, language: str | None) -> bool:
    """Whether numbers of a text are a day of Iran's calendar: by the year, and the language or the digits."""
    return year in _PERSIAN and (language == "fa" or (not language and bool(_PERSIAN_DIGITS.search(text))))


def from_persian(year: int, month: int, day: int) -> date:
    """The Gregorian day. Raises ValueError for one that is none.

    >>> from_persian(1403, 1, 1)
    datetime.date(2024, 3, 20)
    """
    if not (year in _PERSIAN and 1 <= month <= 12 and 1 <= day <= (31 if month < 7 else 30)):
        raise ValueError(f"no day of the Persian calendar: {year}-{month}-{day}")
    shifted = year + 1595
    months = (month - 1) * 31 if month < 7 else (month - 7) * 30 + 186
    leaps = shifted // _CYCLE * 8 + (shifted % _CYCLE + 3) // 4
    return date.fromordinal(365 * shifted + leaps + months + day - 356_033)
