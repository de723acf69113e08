"""A database in Datasette, on this machine and read-only.

A thin layer over Datasette 0.65: what it shows is in `metadata.toml`, how a cell looks in `plugin.py`.
"""

import copy
import errno
import re
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from datasette.app import Datasette, DatasetteClient
from datasette.database import Database
from datasette.plugins import pm

from db.browse import plugin
from db.browse.answer import Tools
from db.browse.plugin import NAME
from db.browse.remembered import warm
from db.browse.words import METADATA
from db.coverage import coverage
from db.errors import NewsError
from db.lookup import counts
from db.open import open_read
from db.values import one

HERE = Path(__file__).parent
HOST = "127.0.0.1"
COUNT_MS = 100  # milliseconds that counting a table's rows may take
QUICK = ("id", "first_seen")  # columns that an index keeps in order
_NEWEST_IDS = ("SELECT max(id) FROM articles", "SELECT max(id) FROM links")
LARGE = 100_000  # links or articles above which no facet is shown: each would read its whole table
SETTINGS = {
    "default_page_size": 50,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 2000,
    "facet_time_limit_ms": 150,
    "allow_facet": False,  # stated facets only: one on any column would scan the table
    "suggest_facets": False,
    "default_facet_size": 100,
    "truncate_cells_html": 300,
    "allow_download": False,  # a copy of a file being written is not whole
    "allow_csv_stream": False,  # whole tables: `newstrace export`
    "default_cache_ttl": 0,
}
# Who else could ask: a page in the reader's browser, through a name that leads to this machine.
_LOCAL_HOST = re.compile(rb"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?")

App = Callable[..., Awaitable[None]]


class ReadOnly(Database):
    """A database file that no connection of Datasette can write to, its rows not counted for long."""

    async def execute(self, sql: str, params: Any = None, **more: Any) -> Any:
        """As Datasette does; the count beside a table's rows is given up when it takes long."""
        if sql.startswith("select count(*) from "):
            more["custom_time_limit"] = min(COUNT_MS, more.get("custom_time_limit") or COUNT_MS)
            more["log_sql_errors"] = False
        return await super().execute(sql, params, **more)

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A connection that only reads, while others may write to the file."""
        if write:
            raise NewsError("this database is shown read-only")
        address = f"{Path(self.path).absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = 1")
        self._all_file_connections.append(connection)
        return connection


def browser(path: Path, tools: Tools | None = None) -> Datasette:
    """Datasette over the database at `path`, with our pages, settings, words and queries.

    Raises NoDatabase and WrongDatabase as `open_read` does.
    """
    told = _metadata(path)
    if not pm.is_registered(plugin):
        pm.register(plugin, name="newstrace")
    shown = Datasette(
        [],
        metadata=told,
        settings=SETTINGS,
        template_dir=str(HERE / "templates"),
        static_mounts=[("browse", str(HERE / "static"))],
    )
    shown.newstrace_tools = tools or Tools()
    shown.add_database(ReadOnly(shown, path=str(path)), name=NAME)
    shown.client = DatasetteClient(shown)  # made before there was a database, it knows no page of ours
    return shown


def _metadata(path: Path) -> dict[str, Any]:
    """Our words; without facets, and orders that no index keeps, where the file is large."""
    db = open_read(path)
    try:
        large = max(one(db, sql)[0] or 0 for sql in _NEWEST_IDS)
    finally:
        db.close()
    told = copy.deepcopy(METADATA)
    if large > LARGE:
        for table in told["databases"][NAME]["tables"].values():
            table.pop("facets", None)
            if table.get("sort_desc") not in QUICK:
                table.pop("sort_desc", None)
    return told


def serve(path: Path, port: int, tools: Tools | None = None) -> None:
    """Shows the database at `path` on http://127.0.0.1:`port`/ until Ctrl-C; port 0 takes a free one.

    Raises NewsError when the port is taken, NoDatabase and WrongDatabase as `open_read` does.
    """
    shown = browser(path, tools)
    warm(path, {"coverage": coverage, "counts": counts})
    with _listening(port) as listener:
        port = listener.getsockname()[1]
        print(f"browse {path} at http://{HOST}:{port}/ (Ctrl-C ends)", file=sys.stderr, flush=True)
        if tools and tools.secret:
            print(
                f"judge and fetch at http://{HOST}:{port}/-/write?token={tools.secret}",
                file=sys.stderr,
                flush=True,
            )
        config = uvicorn.Config(local_only(shown.app()), log_level="warning", lifespan="on")
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            return
        finally:
            if tools and tools.errands:
                tools.errands.end()


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(100)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise NewsError(
                f"port {port} is taken, perhaps by another `newstrace serve`: choose one with --port N"
            ) from error
        raise NewsError(f"port {port} cannot be used: {error.strerror}") from error
    return listener


def local_only(app: App) -> App:
    """The app, answering only requests that name this machine as their host."""

    async def guarded(scope: dict[str, Any], receive: App, send: App) -> None:
        host = dict(scope.get("headers", ())).get(b"host", b"")
        if scope["type"] == "http" and not _LOCAL_HOST.fullmatch(host):
            await send({"type": "http.response.start", "status": 421, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return guarded
