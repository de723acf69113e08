"""Datasette's hooks: our pages, how a cell is shown, and the lookup of an address in SQL.

Registered by entry point, it serves every Datasette of the environment: our pages stand only where a
database of ours is open, and cells change only as any database would want them shown.  What it
leaves alone Datasette escapes.
"""

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import markupsafe
from datasette import hookimpl
from datasette.utils.asgi import Request, Response
from sqlite_utils import Database

from db.browse import routes
from db.browse.answer import SECURITY, Answer, Ask, Tools
from db.errors import BadUrl
from db.screen import printable
from db.tombstones import spellings
from db.urls import canonical, is_web

NAME = "newstrace"  # of the database in addresses, whatever its file is called
MAX_ADDRESS = 80  # characters shown of an address; the link goes to the whole
MAX_TEXT = 300  # characters shown of an article's text
MAX_POST = 1_000_000  # bytes of a form
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
def render_cell(value: Any, column: str) -> markupsafe.Markup | str | None:
    """A web address as a link, a fraction to three places, a text's beginning; None leaves it to Datasette.

    Nothing but http(s) becomes a link, and no address that holds control or bidi characters.
    """
    if column == "text" and isinstance(value, str) and len(value) > MAX_TEXT:
        return markupsafe.escape(
            f"{printable(value, MAX_TEXT)} ({len(value):,} characters; the JSON has all)"
        )
    if isinstance(value, float):
        return f"{value:.3f}"
    if not isinstance(value, str) or "://" not in value[:8]:
        return None
    if is_web(value) and printable(value) == value and not any(letter.isspace() for letter in value):
        return _LINK.format(value, printable(value, MAX_ADDRESS))
    return markupsafe.escape(printable(value))


@hookimpl(tryfirst=True)
def register_routes(datasette: Any) -> list[tuple[str, Callable]]:
    """Our pages, where a database of ours is open."""
    if NAME not in datasette.databases:
        return []
    return [(route, partial(_answered, view)) for route, view in routes.PAGES]


@hookimpl
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """Our pages in Datasette's menu."""
    if NAME not in datasette.databases:
        return []
    return [{"href": path, "label": label} for path, label in routes.MENU]


async def _answered(view: Callable[[Database, Ask], Answer], datasette: Any, request: Request) -> Response:
    """What a page of ours answers, read in one moment of the database."""
    ask = await _ask(datasette, request)
    if request.method not in ("GET", "HEAD", "POST"):
        answer = Answer(body="only GET and POST", status=405, type="text/plain")
    else:
        answer = await datasette.get_database(NAME).execute_fn(lambda conn: _at_one_moment(conn, view, ask))
    return Response(answer.body, answer.status, {**SECURITY, **answer.headers}, answer.type)


def _at_one_moment(conn: sqlite3.Connection, view: Callable[[Database, Ask], Answer], ask: Ask) -> Answer:
    conn.execute("BEGIN")
    try:
        return view(Database(conn, execute_plugins=False), ask)
    finally:
        conn.rollback()


async def _ask(datasette: Any, request: Request) -> Ask:
    post = None
    if request.method == "POST":
        post = await request.post_vars()
    return Ask(
        args={name: request.args.get(name) or "" for name in request.args},
        parts={name: value for name, value in request.url_vars.items() if value is not None},
        post=post,
        cookies=request.cookies,
        base=f"{request.scheme}://{request.host}",
        token=request.scope.get("csrftoken", str),
        tools=getattr(datasette, "newstrace_tools", None) or Tools(),
    )
