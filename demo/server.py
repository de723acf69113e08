"""The press world over HTTP: a forward proxy whose host names are the sites of the world.

`PressWorld` runs it in a thread; `python -m demo.server --port 8765` runs it to
browse through.  Nothing leaves this machine: an unknown host is answered 502.
"""

import argparse
import gzip
import hashlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from urllib.parse import urlsplit

from demo.feeds import FORMS, robots
from demo.render import Renderer
from demo.world import Page, Site, load_sites

LAST_MODIFIED = "Mon, 16 Mar 2026 06:00:00 GMT"
"""One constant for every page, so that a header never tells which of two pages is older."""

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def html(text: str, status: int = 200) -> Answer:
    """An HTML answer."""
    return Answer(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


def answer(sites: dict[str, Site], renderer: Renderer, host: str, path: str) -> Answer:
    """What the world says at `host` and `path` (no query): 502 for no such host, 404 for no such path."""
    site = sites.get(host)
    if site is None:
        return html("<h1>No such site in this world</h1>", 502)
    if path == "/":
        return html(renderer.front(site))
    if path == "/robots.txt":
        return Answer(200, robots(site).encode(), {"Content-Type": "text/plain; charset=utf-8"})
    if path in site.house.endpoints:
        return feed_answer(site, path)
    if path in site.house.redirects:
        return Answer(301, b"", {"Location": f"http://{host}{site.house.redirects[path]}"})
    if path.startswith("/images/"):
        return Answer(200, PIXEL, {"Content-Type": "image/gif"})
    return page_answer(site, renderer, path)


def feed_answer(site: Site, path: str) -> Answer:
    """The feed or sitemap at `path`; gzipped when its name ends in .gz."""
    form = site.house.endpoints[path]
    body = FORMS[form](site).encode()
    if path.endswith(".gz"):
        return Answer(200, gzip.compress(body, mtime=0), {"Content-Type": "application/gzip"})
    return Answer(200, body, {"Content-Type": f"{TYPES.get(form, 'application/xml')}; charset=utf-8"})


def page_answer(site: Site, renderer: Renderer, path: str) -> Answer:
    """The article at `path`, or its AMP variant, or 404."""
    page = site.find(path)
    if page:
        return html(renderer.article(page, site))
    plain: Page | None = site.find(path.removeprefix("/amp"))
    if plain and plain.amp:
        return html(renderer.article(plain, site, amp=True))
    return html("<h1>Page not found</h1>", 404)


class Handler(BaseHTTPRequestHandler):
    """Answers requests in proxy form (`GET http://host/path`) and in plain form with a Host header."""

    protocol_version = "HTTP/1.1"
    server: "WorldServer"

    def do_GET(self) -> None:
        """Answer a request, with 304 when the client holds the answer already."""
        target = urlsplit(self.path)
        host = (target.hostname or self.headers.get("Host", "").partition(":")[0]).lower()
        found = answer(self.server.sites, self.server.renderer, host, target.path or "/")
        tag = f'"{hashlib.sha256(found.body).hexdigest()[:20]}"'
        if found.status == 200 and self.is_unchanged(tag):
            self.reply(Answer(304, b"", {"ETag": tag, "Last-Modified": LAST_MODIFIED}))
        elif found.status == 200:
            fresh = {**found.headers, "ETag": tag, "Last-Modified": LAST_MODIFIED}
            self.reply(Answer(200, found.body, fresh))
        else:
            self.reply(found)

    do_HEAD = do_GET  # noqa: N815

    def do_CONNECT(self) -> None:
        """Refuse a tunnel: the sites of this world have no https."""
        self.close_connection = True
        self.reply(html("<h1>This world speaks plain http only</h1>", 502))

    def is_unchanged(self, tag: str) -> bool:
        """Whether the client already holds this answer: its ETag first, its date else (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tag in {one.strip().removeprefix("W/") for one in tags.split(",")}
        return self.headers.get("If-Modified-Since") == LAST_MODIFIED

    def reply(self, found: Answer) -> None:
        """Send an answer, without its body for HEAD."""
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        if found.status != 304:
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    def log_message(self, *args: object) -> None:
        """Nothing: the crawler keeps its own log."""


class WorldServer(ThreadingHTTPServer):
    """The HTTP server with the world it serves."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.sites = load_sites()
        self.renderer = Renderer()


class PressWorld:
    """The world in a thread for the length of a `with` block; port 0 takes a free one."""

    def __init__(self, port: int = 0) -> None:
        self.server = WorldServer(port)
        self.thread = Thread(target=self.server.serve_forever, daemon=True)

    @property
    def proxy_url(self) -> str:
        """What `http_proxy` is to be set to."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "PressWorld":
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve the newstrace demo world as a forward proxy.")
    parser.add_argument("--port", type=int, default=8765)
    server = WorldServer(parser.parse_args().port)
    print(f"http_proxy=http://127.0.0.1:{server.server_address[1]}  ({', '.join(server.sites)})")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
