"""The JSON that a page hands to its own scripts comes in, the article's paragraphs and day in it go out.

Pages built in the reader's browser (Next.js, Arc's Fusion and the like) hold their text only there: in
scripts of JSON, or assigned to a variable (`window.__STATE__ = {`).  The text is the list, or the string of
markup, with the most prose in it; nothing else is known of such JSON.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from crawler.blocks import LONG, size
from crawler.held import tagged
from crawler.markup import one_line

MAX_SCRIPT = 3_000_000  # characters
MAX_VALUES = 200_000
MAX_LINE = 20_000  # characters
MAX_ASSIGNED = 20  # objects of one script
MAX_INLINE = 2_000  # characters of a paragraph that is made of pieces
MIN_ASSIGNED = 500  # characters of a script that can hold an article
MAX_NESTED = 5  # lists between a paragraph and its pieces

_TAGS = re.compile(r"<[^<>]{0,1000}>")
_ENDS = re.compile(r"</(?:p|h\d|li|blockquote|div)>|<br\s{0,3}/?>|\n", re.I)
_WORDS = (
    "text",
    "content",
    "html",
    "value",
    "body",
    "markup",
    "paragraph",
    "data",
    "children",
    "model",
    "blocks",
)
_OTHERS = re.compile(
    r"link|image|photo|picture|video|embed|gallery|related|promo|newsletter|raw_html|advert", re.I
)
_KINDS = ("type", "_type", "__typename", "blockType")
_HEADED = ("headline", "title", "slug")  # of what is an article of its own, and no paragraph
_ASSIGNED = re.compile(r"=\s{0,9}(?=[\[{])")
_PARSED = re.compile(r"JSON\.parse\(\s{0,9}(?=[\"'])")
_UNDEFINED = re.compile(r"(?<=[:,\[])\s{0,3}undefined\b")
_DECODER = json.JSONDecoder()
_DAY = re.compile(
    r'"(?:datePublished|published(?:At|_at|Date|_date|Time|On)?|publi(?:sh|cation)(?:_?[dD]ate|_?[tT]ime)'
    r'|first_?[pP]ublish(?:ed)?(?:_?[dD]ate|_?[aA]t)?|display_date)"\s{0,3}:\s{0,3}"([^"]{8,40})"'
)


def app_text(tree: HtmlElement) -> list[str]:
    """The article's paragraphs in the page's JSON; [] when there is none with prose in it."""
    best: list[str] = []
    most = 0
    for script in _scripts(tree):
        for root in _decoded(script):
            for value in _values(root):
                lines = _prose(value)
                if (letters := sum(map(len, lines))) > most:
                    best, most = lines, letters
    return best


def app_day(tree: HtmlElement) -> str | None:
    """The time of publication as the page's JSON states it first; None where it states none."""
    return next((found[1] for script in _scripts(tree) if (found := _DAY.search(script))), None)


def _scripts(tree: HtmlElement) -> Iterator[str]:
    """The scripts that are JSON, and those that can assign some."""
    for script in tagged(tree, "script"):
        words = script.text or ""
        if len(words) <= MAX_SCRIPT and (
            script.get("type") == "application/json"
            or (len(words) >= MIN_ASSIGNED and "ld+json" not in (script.get("type") or "") and '":' in words)
        ):
            yield words


def _decoded(script: str) -> Iterator[Any]:
    """The objects and lists of a script: all of it, or those that it assigns."""
    try:
        yield json.loads(script)
    except (ValueError, RecursionError):
        yield from _assigned(_UNDEFINED.sub("null", script))
        for found in islice(_PARSED.finditer(script), MAX_ASSIGNED):
            yield from _quoted(script[found.end() :])


def _assigned(script: str) -> Iterator[Any]:
    at = 0
    for _ in range(MAX_ASSIGNED):
        if not (found := _ASSIGNED.search(script, at)):
            return
        try:
            value, at = _DECODER.raw_decode(script, found.end())
        except (ValueError, RecursionError):
            at = found.end()
            continue
        yield value


def _quoted(script: str) -> Iterator[Any]:
    """What a string of JSON in a script holds."""
    try:
        words, _ = _DECODER.raw_decode(script)
        yield json.loads(words)
    except (ValueError, RecursionError, TypeError):
        return


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
        elif isinstance(value, str) and ("</p>" in value or "<br" in value):
            yield value


def _prose(value: Any) -> list[str]:
    """The paragraphs of a string of markup, or of a list of texts and of objects that hold one."""
    if isinstance(value, str):
        return _lines(value)
    texts = [item if isinstance(item, str) else _held(item, MAX_NESTED) for item in value]
    lines = [line for text in texts if text for line in _lines(text)]
    return lines if sum(size(line) >= LONG for line in lines) > len(lines) / 2 else []


def _held(item: Any, depth: int) -> str:
    """The text of an object that is a paragraph: its string, or the pieces it is made of."""
    if not isinstance(item, dict) or any(_OTHERS.search(str(item.get(key, ""))[:60]) for key in _KINDS):
        return ""
    if words := next((item[key] for key in _WORDS if isinstance(item.get(key), str)), ""):
        return words
    if any(item.get(key) for key in _HEADED):
        return ""
    inner = next((item[key] for key in _WORDS if isinstance(item.get(key), (list, dict))), None)
    pieces = _pieces(inner, depth) if inner and depth else ""
    return pieces if len(pieces) <= MAX_INLINE else ""


def _pieces(inner: Any, depth: int) -> str:
    items = inner[:MAX_INLINE] if isinstance(inner, list) else [inner]
    return "".join(item if isinstance(item, str) else _held(item, depth - 1) for item in items)


def _lines(text: str) -> list[str]:
    pieces = (one_line(unescape(_TAGS.sub("", piece)))[:MAX_LINE] for piece in _ENDS.split(text))
    return [piece for piece in pieces if piece]
