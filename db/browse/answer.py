"""What a page is asked and what it answers: our own templates, JSON, and the headers all answers carry.

Nothing here knows Datasette: `plugin.py` alone turns its requests into an `Ask` and an `Answer` into
its responses, so that another host of these pages is one file away.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from sqlite_utils import Database

from db.chain import Chain
from db.records import Match
from db.screen import minute, percent, printable
from db.urls import is_web

HERE = Path(__file__).parent
# No script at all, no style but our file, no frame around us, no form to elsewhere.
SECURITY: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Tools:
    """What the command hands in: things the pages offer and this floor of the house cannot do alone."""

    trace_text: Callable[[Database, str], Chain] | None = None  # the chain of a pasted text
    compare: Callable[[str, str], Match | None] | None = None  # what two texts share
    path: Path | None = None  # of the file, when judging from the page is on
    secret: str = ""  # what a reader must know to judge
    licences: Path | None = None  # the user's own licences.toml
    errands: Any = None  # db.browse.errands.Errands, when fetching from the page is on


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, in our own words."""

    args: Mapping[str, str] = field(default_factory=dict)  # of the query, the first of each name
    parts: Mapping[str, str] = field(default_factory=dict)  # of the path
    post: Mapping[str, str] | None = None  # the fields of a form that was sent; None: nothing was
    cookies: Mapping[str, str] = field(default_factory=dict)
    base: str = ""  # scheme and host that this was asked of
    token: Callable[[], str] = str  # the secret a form must carry back
    tools: Tools = Tools()

    @property
    def form(self) -> str:
        """What is asked for: "" for the page, else json, csv, ..."""
        return (self.parts.get("form") or "").removeprefix(".")

    def arg(self, name: str, limit: int = 2000) -> str:
        """A value of the query without spaces around it, "" where there is none."""
        return self.args.get(name, "").strip()[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    body: str | bytes
    status: int = 200
    type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)


def page(ask: Ask, template: str, *, status: int = 200, **words: Any) -> Answer:
    """The page made of that template."""
    body = _templates().get_template(template).render(ask=ask, **words)
    return Answer(body=body, status=status)


def as_json(value: Any, status: int = 200) -> Answer:
    """The value as JSON."""
    return Answer(body=json.dumps(value, ensure_ascii=False), status=status, type=JSON)


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "printable": printable,
        "minute": minute,
        "percent": percent,
        "number": lambda n: f"{n:,}",
        "many": many,
        "web": web,
    }
    made.globals |= {"address": address, "outlet_path": outlet_path}
    return made


def web(url: str | None) -> str:
    """The address when it may become a link: http(s) without control, bidi or space characters; else ""."""
    safe = bool(url) and is_web(url) and printable(url) == url and not any(c.isspace() for c in url)
    return url if safe else ""


def address(path: str, **args: Any) -> str:
    """A path of ours with its query; what is None or "" is left out."""
    query = urlencode({name: value for name, value in args.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def outlet_path(domain: str) -> str:
    """The path of an outlet's page; an account's key (`t.me/name`) keeps its slash."""
    return f"/-/outlet/{quote(domain, safe='/:@')}"


def many(number: int, one: str, more: str = "") -> str:
    """A number with its noun.

    >>> many(1, "page"), many(2000, "copy", "copies")
    ('1 page', '2,000 copies')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"
