"""A press of any size on loopback for `bench/crawl.py`: invented pages of the size real ones have, gzipped.

Each page is its own head, headline and first paragraphs before a body of some hundred that take turns, so
that twenty thousand pages need no more memory than some hundred.  Everything follows from the seed.
"""

import asyncio
import gzip
import hashlib
import json
import random
import re
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

HOSTS = 20
BODIES = 200
MEAN = 174_000  # bytes of a page, as of 181 recorded ones
NEWEST = datetime(2026, 3, 12, 18, tzinfo=UTC)
_TALK = """
the council said on Monday that a new bridge over the river will open before winter and that the old one
stays for walkers while the harbour board asks three firms for offers to repair both piers after storms had
torn away part of the northern wall where boats used to land with fish and salt from islands whose people
had not been told of any plan to stop their ferry in May as engineers warn against waiting another year
because water keeps rising under roads built too low by men who never saw such floods
"""
_WORDS = tuple(_TALK.split())


def link(number: int) -> str:
    """The address of a page."""
    return f"http://press-{number % HOSTS:02}.example/2026/03/12/story-{number:05}-{_slug(number)}.html"


def feed(host: int, pages: int) -> bytes:
    """The RSS feed of one host, the newest first."""
    items = "".join(
        f"<item><title>{title(n)}</title><link>{link(n)}</link>"
        f"<pubDate>{format_datetime(_published(n))}</pubDate></item>"
        for n in range(host, pages, HOSTS)
    )
    head = "<?xml version='1.0'?><rss version='2.0'><channel><title>Press</title>"
    return f"{head}{items}</channel></rss>".encode()


def title(number: int) -> str:
    """The headline of a page: no two are equal."""
    return f"{_sentence(random.Random(f'title {number}'), 7)} {number}"


def page(number: int) -> bytes:
    """A whole page, as gzip members in a row."""
    before, after = _body(number % BODIES)
    return gzip.compress(_head(number), 1) + before + gzip.compress(_lead(number), 1) + after


def _published(number: int) -> datetime:
    return NEWEST - timedelta(seconds=97 * number)


def _slug(number: int) -> str:
    return re.sub(r"\W+", "-", title(number).lower())


def _head(number: int) -> bytes:
    told, when = title(number), _published(number).isoformat()
    facts = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": told, "datePublished": when,
        "author": {"@type": "Person", "name": "Ada Tollen"}, "mainEntityOfPage": link(number),
        "publisher": {"@type": "Organization", "name": f"Press {number % HOSTS}"},
    }  # fmt: skip
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{told}</title>"
        f"<link rel='canonical' href='{link(number)}'><meta property='og:title' content='{told}'>"
        f"<meta property='og:type' content='article'>"
        f"<meta property='article:published_time' content='{when}'>"
        f"<meta name='description' content='{_sentence(random.Random(number), 20)}'>"
        f"<script type='application/ld+json'>{json.dumps(facts)}</script>"
    ).encode()


def _lead(number: int) -> bytes:
    chance = random.Random(f"lead {number}")
    paragraphs = "".join(f"<p class='par'>{_paragraph(chance)}</p>" for _ in range(4))
    head = f"<header><h1>{title(number)}</h1><p class='byline'>By Ada Tollen</p></header>"
    return f"<article id='story'>{head}<div class='article-body'>{paragraphs}".encode()


@cache
def _body(number: int) -> tuple[bytes, bytes]:
    """What stands before the headline and what after the first paragraphs, each gzipped."""
    chance = random.Random(f"body {number}")
    size = int(min(max(chance.lognormvariate(11.75, 0.7), 30_000), 900_000) * MEAN / 164_000)
    rest = "".join(f"<p class='par'>{_paragraph(chance)}</p>" for _ in range(chance.randrange(6, 22)))
    credit = "<p>Source: Reuters</p>" if number % 3 == 0 else ""
    before = _scripts(chance, int(size * 0.5)) + "</head><body>" + _menu(chance, 90)
    after = rest + credit + "</div></article>" + _cards(chance, 50) + _menu(chance, 70)
    after += _scripts(chance, max(size - len(before) - len(after), 0)) + "</body></html>"
    return gzip.compress(before.encode(), 6), gzip.compress(after.encode(), 6)


def _scripts(chance: random.Random, size: int) -> str:
    """About so many bytes of styles and of the data that pages carry along for their own scripts."""
    style = "".join(f".c{chance.randrange(9999)} .d{n}{{margin:{n}px;color:#{n:06x}}}" for n in range(120))
    parts = [f"<style>{style[: size // 3]}</style>"]
    while (left := size - sum(map(len, parts))) > 200:
        row = {f"k{chance.randrange(99)}": _sentence(chance, 9), "id": chance.randrange(10**9), "on": True}
        told = json.dumps([row] * 1 + [chance.random() for _ in range(20)]) * min(left // 400 + 1, 12)
        parts.append(f"<script>window.__S{len(parts)}={told[:left]}</script>")
    return "".join(parts)


def _menu(chance: random.Random, many: int) -> str:
    rows = "".join(
        f"<li class='i{n}'><a href='/section/{n}'><span>{_sentence(chance, 2)}</span></a></li>"
        for n in range(many)
    )
    return f"<nav class='menu'><div><ul>{rows}</ul></div></nav>"


def _cards(chance: random.Random, many: int) -> str:
    rows = "".join(
        f"<div class='card c-{n}'><div class='in'><a href='/2026/03/1{n % 9}/card-{n}'><figure>"
        f"<img src='/i/{n}.jpg' alt=''></figure><div><h3>{_sentence(chance, 8)}</h3></div></a>"
        f"<div class='meta'><span>{n} min</span><time>1{n % 9} March</time></div>"
        f"<div class='t'>{_sentence(chance, 9)}</div></div></div>"
        for n in range(many)
    )
    return f"<aside class='related'><h2>Read also</h2>{rows}</aside>"


def _paragraph(chance: random.Random) -> str:
    words = ". ".join(_sentence(chance, chance.randrange(9, 19)) for _ in range(2))
    return f"{words}. <a href='/tag/{chance.randrange(99)}'>{_sentence(chance, 2)}</a> <em>too</em>."


def _sentence(chance: random.Random, words: int) -> str:
    start = chance.randrange(len(_WORDS))
    picked = [_WORDS[(start + n * chance.choice((1, 1, 1, 7))) % len(_WORDS)] for n in range(words)]
    return " ".join(picked).capitalize()


class Press:
    """A forward proxy before every host of the press; counts what it answered."""

    def __init__(self, pages: int, recorded: Path | None = None) -> None:
        self.pages = pages
        self._recorded = recorded_pages(recorded) if recorded else ()

    def page(self, number: int) -> bytes:
        """One page, gzipped."""
        return self._recorded[number % len(self._recorded)] if self._recorded else page(number)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection until its other side hangs up."""
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(self.answer(head.decode("latin-1")))
                await writer.drain()

    def answer(self, head: str) -> bytes:
        """The whole answer to one request."""
        target = urlsplit(head.split(" ", 2)[1])
        host = target.hostname or re.search(r"(?im)^host:\s*([^\s:]+)", head)[1]
        number = int(host.partition(".")[0].rpartition("-")[2]) if host.startswith("press-") else -1
        story = re.search(r"/story-(\d+)-", target.path)
        if story and int(story[1]) < self.pages:
            tag = f'"{hashlib.sha256(story[1].encode()).hexdigest()[:16]}"'
            if f"if-none-match: {tag}" in head.lower():
                return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
            more = f"ETag: {tag}\r\nContent-Encoding: gzip\r\nContent-Type: text/html; charset=utf-8\r\n"
            return _sent("200 OK", more, self.page(int(story[1])))
        if target.path == "/feed.xml" and number >= 0:
            if 'if-none-match: "feed"' in head.lower():
                return b'HTTP/1.1 304 Not Modified\r\nETag: "feed"\r\n\r\n'
            more = 'ETag: "feed"\r\nContent-Type: application/rss+xml\r\n'
            return _sent("200 OK", more, feed(number, self.pages))
        return _sent("404 Not Found", "Content-Type: text/html\r\n", b"<h1>Not here</h1>")


def _sent(status: str, headers: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def recorded_pages(folder: Path) -> tuple[bytes, ...]:
    """The pages of a folder, as they lie there: gzipped."""
    return tuple(file.read_bytes() for file in sorted(folder.glob("*.gz")))


async def serve(pages: int, recorded: Path | None = None) -> None:
    """Serve until killed; prints the port first."""
    press = Press(pages, recorded)
    for number in range(min(pages, BODIES)):
        press.page(number)
    server = await asyncio.start_server(press.talk, "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()
