"""A reading process: pages, feeds and sitemaps come in by a pipe, what they say goes out by it."""

import pickle
import socket
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection

from isal import isal_zlib

from crawler.listing import Listed, belonging, list_feed, list_front, list_sitemap
from crawler.parallel import begin, names_here
from db.records import Packed, Reading

LEVEL = 2  # of Intel's deflate: an eighth of the work of zlib's level 4 for a tenth more space


def serve(there: socket.socket) -> None:
    """Be a worker: the known outlets come first, then tasks one after the other until the pipe is closed."""
    pipe = Connection(there.detach())
    with suppress(EOFError, ConnectionError):  # the other side hung up: nothing more is wanted of us
        begin(pickle.loads(pipe.recv_bytes()))  # noqa: S301 - our own parent's
        pipe.send_bytes(b"ready")
        while True:
            pipe.send_bytes(_done(pipe.recv_bytes()))


def _done(message: bytes) -> bytes:
    """Whether a task went well, and what it returned or raised, pickled."""
    task, given = pickle.loads(message)  # noqa: S301 - our own parent's
    try:
        return pickle.dumps((True, task(*given)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # whatever it is: it is raised again where the task was given
        error.add_note(f"in a reading process, at {task.__name__}")
        return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)


def read_article(html: bytes, url: str, charset: str | None, now: datetime) -> tuple[Reading, Packed | None]:
    """What the page says, and the page as it is kept; None where it is none to keep. Runs in a worker."""
    from crawler.extract import read_page
    from crawler.kept import to_keep

    reading = read_page(html, url, names=names_here(), charset=charset, now=now)
    kept = None if reading.kind == "section" else Packed(isal_zlib.compress(to_keep(html, charset), LEVEL))
    return reading, kept


def read_list(kind: str, body: bytes | str, url: str, domain: str | None, now: datetime) -> Listed:
    """What a feed, sitemap or front page names, read in a worker; BadInput when it is none.

    `domain` is the site's; None: pages of any host may be listed.
    """
    lister = {"feed": list_feed, "sitemap": list_sitemap, "front": list_front}[kind]
    return lister(body, url, belonging(names_here(), domain), now)
