"""Addresses that lead nowhere: session ids taken off, calendars and endless parameters named.

Only what a list names is judged here, by its spelling alone; a trap is counted and not noted.
"""

import re
from collections import Counter
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit

MAX_STEPS = 12  # in a path
MAX_PARAMETERS = 8
MAX_SPELLINGS = 200  # URLs of one list that differ in nothing but their parameters

_SESSION_NAME = re.compile(
    r"(?:(?:php|asp|j)?sess(?:ion)?_?id|aspsessionid\w{0,20}|sid|cfid|cftoken|zenid|oscsid)", re.I
)
_SESSION_VALUE = re.compile(r"[0-9a-f-]{12,}|[0-9a-z]{20,}", re.I)
_SESSION_STEP = re.compile(r";jsessionid=[^/?#;]{1,200}|/\([a-z]\([0-9a-z]{20,30}\)\)", re.I)
_CALENDAR = re.compile(r"(?:^|/)(?:calendar|kalender|calendario|calendrier|agenda)(?:/|$)", re.I)
_YEAR = re.compile(r"(?<!\d)((?:19|20|21)\d\d)[/-](?:0?[1-9]|1[0-2])(?!\d)")


def without_session(url: str) -> str:
    """The same address without the session it was handed out in.

    >>> without_session("https://a.example/x;jsessionid=0123456789ABCDEF?id=2&sid=00ff00ff00ff00ff")
    'https://a.example/x?id=2'
    """
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and not _is_session(pair)]
    path = _SESSION_STEP.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, parts.netloc, path, "&".join(kept), ""))


def _is_session(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return bool(_SESSION_NAME.fullmatch(name) and _SESSION_VALUE.fullmatch(value))


def trap(url: str, now: datetime) -> bool:
    """Whether an address looks like one of endlessly many: a calendar, a path that repeats itself.

    >>> from datetime import UTC
    >>> trap("https://a.example/calendar/2031/05", datetime(2026, 3, 1, tzinfo=UTC))
    True
    """
    parts = urlsplit(url)
    steps = [step for step in parts.path.split("/") if step]
    if len(steps) > MAX_STEPS or len(parse_qsl(parts.query)) > MAX_PARAMETERS:
        return True
    if max(Counter(steps).values(), default=0) >= 3:  # /news/a/news/a/news: a relative link run wild
        return True
    years = [int(year) for year in _YEAR.findall(parts.path + "?" + parts.query)]
    return any(year > now.year + 1 for year in years) or (bool(years) and bool(_CALENDAR.search(parts.path)))


class Spellings:
    """How many addresses of one list differ in nothing but their parameters."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def too_many(self, url: str) -> bool:
        """Whether this is one more than MAX_SPELLINGS; an address without parameters never is."""
        path, mark, _ = url.partition("?")
        if not mark:
            return False
        self._seen[path] += 1
        return self._seen[path] > MAX_SPELLINGS
