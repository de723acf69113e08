"""Datasette's hooks: how a cell is shown, and the lookup of an address in SQL.

Registered by entry point, it serves every Datasette of the environment, so it touches only
values that any database would want shown this way.  What it leaves alone Datasette escapes.
"""

import json
import sqlite3
from typing import Any

import markupsafe
from datasette import hookimpl

from db.errors import BadUrl
from db.screen import printable
from db.tombstones import spellings
from db.urls import canonical, is_web

MAX_ADDRESS = 80  # characters shown of an address; the link goes to the whole
_LINK = markupsafe.Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>')


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """`url_spellings(text)` in SQL: a JSON list of the addresses that a typed one can be stored under."""
    conn.create_function("url_spellings", 1, _spellings, deterministic=True)


def _spellings(typed: object) -> str:
    try:
        return json.dumps(spellings(canonical(str(typed or "").strip())))
    except BadUrl:
        return "[]"


@hookimpl
def render_cell(value: Any) -> markupsafe.Markup | str | None:
    """A web address as a link, a fraction to three places; None leaves the cell to Datasette.

    Nothing but http(s) becomes a link, and no address that holds control or bidi characters.
    """
    if isinstance(value, float):
        return f"{value:.3f}"
    if not isinstance(value, str) or "://" not in value[:8]:
        return None
    if is_web(value) and printable(value) == value and not any(letter.isspace() for letter in value):
        return _LINK.format(value, printable(value, MAX_ADDRESS))
    return markupsafe.escape(printable(value))
