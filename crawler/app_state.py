"""The JSON that a page hands to its own scripts comes in, the article's paragraphs and day in it go out.

Pages built in the reader's browser (Next.js and the like) hold their text only there.  The text is the list,
or the string of markup, with the most prose in it; nothing else is known of such JSON.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from crawler.blocks import LONG
from crawler.markup import one_line

MAX_SCRIPT = 3_000_000  # characters
MAX_VALUES = 200_000
MAX_LINE = 20_000  # characters

_TAGS = re.compile(r"<[^<>]{0,1000}>")
_ENDS = re.compile(r"</(?:p|h\d|li|blockquote|div)>|<br\s{0,3}/?>|\n", re.I)
_WORDS = ("text", "content", "html", "value", "body", "markup", "paragraph", "data", "children")
_DAY = re.compile(
    r'"(?:datePublished|published(?:At|_at|Date|_date|Time|On)?|publi(?:sh|cation)(?:_?[dD]ate|_?[tT]ime)'
    r'|first_?[pP]ublish(?:ed)?(?:_?[dD]ate|_?[aA]t)?|display_date)"\s{0,3}:\s{0,3}"([^"]{8,40})"'
)


def app_text(tree: HtmlElement) -> list[str]:
    """The article's paragraphs in the page's JSON; [] when there is none with prose in it."""
    best: list[str] = []
    size = 0
    for script in _scripts(tree):
        try:
            values = list(_values(json.loads(script)))
        except (ValueError, RecursionError):
            continue
        for value in values:
            lines = _prose(value)
            if (letters := sum(map(len, lines))) > size:
                best, size = lines, letters
    return best


def app_day(tree: HtmlElement) -> str | None:
    """The time of publication as the page's JSON states it first; None where it states none."""
    return next((found[1] for script in _scripts(tree) if (found := _DAY.search(script))), None)


def _scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if script.get("type") == "application/json" and len(script.text or "") <= MAX_SCRIPT:
            yield script.text or ""


def _values(root: Any) -> Iterator[Any]:
    """Every list of the JSON, and every string of markup, at most MAX_VALUES values looked at."""
    stack, left = [root], MAX_VALUES
    while stack and left:
        left -= 1
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            yield value
            stack.extend(value)
        elif isinstance(value, str) and "</p>" in value:
            yield value


def _prose(value: Any) -> list[str]:
    """The paragraphs of a string of markup, or of a list of texts and of objects that hold one."""
    if isinstance(value, str):
        return _lines(value)
    texts = [item if isinstance(item, str) else _held(item) for item in value]
    lines = [line for text in texts if text for line in _lines(text)]
    return lines if sum(len(line) >= LONG for line in lines) > len(lines) / 2 else []


def _held(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return next((item[key] for key in _WORDS if isinstance(item.get(key), str)), "")


def _lines(text: str) -> list[str]:
    pieces = (one_line(unescape(_TAGS.sub("", piece)))[:MAX_LINE] for piece in _ENDS.split(text))
    return [piece for piece in pieces if piece]
