"""`/-/errand`: fetching a page or going after its sources, started from the page, in a process of its own.

Which command does it is handed in: this floor of the house knows no crawler.  One errand runs at a
time, it writes over its own connection under the lock of every writing run, and readers never wait.
"""

import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, address, as_json, page
from db.browse.judging import may_write
from db.errors import BadUrl, Busy
from db.screen import printable
from db.urls import canonical, is_web

KINDS = {"fetch": "Fetch the page", "chase": "Go after the sources named"}
LINES = 60  # of what the command says, the last ones
LINE = 300  # characters
AGAIN = 3  # seconds until a page about a running errand is asked for again
PATIENCE = 20  # seconds for an errand to end in order, when it is told to
OUTCOMES = {
    0: "Done.",
    1: "Nothing could be done.",
    75: "Another run is writing to this database: try again when it is done.",
    130: "Stopped. What was stored stays.",
}


@dataclass(slots=True, kw_only=True)
class Errand:
    """One run of the command."""

    what: str  # fetch | chase
    url: str
    started: str
    code: int | None = None  # exit status; None while it runs
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))

    @property
    def outcome(self) -> str:
        """How it ended, in words; "" while it runs."""
        return (
            "" if self.code is None else OUTCOMES.get(self.code, f"It failed, with exit status {self.code}.")
        )


class Errands:
    """The errand that runs or ran last; `command` is what comes before `fetch URL` or `chase URL`."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self.last: Errand | None = None

    def start(self, what: str, url: str) -> Errand:
        """The errand just begun. Raises Busy while another one runs."""
        with self._lock:
            if self.last and self.last.code is None:
                raise Busy(f"an errand is under way: {self.last.what} {self.last.url}")
            self._process = subprocess.Popen(
                [*self._command, what, "--", url],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
            self.last = Errand(what=what, url=url, started=datetime.now(UTC).isoformat(timespec="seconds"))
            threading.Thread(target=_listen, args=(self._process, self.last), daemon=True).start()
            return self.last

    def stop(self) -> None:
        """Ask the errand that runs to end in order.

        By SIGTERM: what was begun in the background, as a service or with `&`, may be deaf to Ctrl-C.
        """
        with self._lock:
            if self._process and self._process.poll() is None:
                self._process.terminate()

    def end(self) -> None:
        """Stop what runs, and wait until it is gone."""
        self.stop()
        if self._process:
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _listen(process: subprocess.Popen, errand: Errand) -> None:
    """Keep the last lines that the process says, until it ends."""
    with process.stdout as said:
        while line := said.readline(10_000):
            errand.lines.append(printable(line.rstrip(), LINE))
    errand.code = process.wait()


def errand(db: Database, ask: Ask) -> Answer:  # noqa: ARG001 - the command works over a connection of its own
    """What runs or ran last; a form that is sent begins or stops one."""
    errands = ask.tools.errands
    if errands is None or not may_write(ask):
        words = "Fetching is off. Start with `newstrace serve --write` and open the address it prints."
        return _message(ask, 403, words)
    if ask.post is None:
        return _shown(ask, errands.last)
    what, url = (ask.post.get(name, "").strip() for name in ("what", "url"))
    if what == "stop":
        errands.stop()
        return Answer(body="", status=303, headers={"Location": "/-/errand"})
    try:
        url = canonical(url)
        if what not in KINDS or not is_web(url):
            return _message(ask, 400, "Only a page with an http(s) address can be fetched.")
        errands.start(what, url)
    except BadUrl as error:
        return _message(ask, 400, str(error))
    except Busy as error:
        return _message(ask, 503, f"{error}. Try again when it is done.")
    return Answer(body="", status=303, headers={"Location": "/-/errand"})


def _shown(ask: Ask, last: Errand | None) -> Answer:
    runs = last is not None and last.code is None
    if ask.form == "json":
        told = last and asdict(last) | {"lines": list(last.lines), "outcome": last.outcome, "running": runs}
        return as_json({"errand": told})
    back = address("/-/trace", url=last.url) if last else "/-/trace"
    shown = page(ask, "errand.html", errand=last, runs=runs, kinds=KINDS, back=back)
    return Answer(body=shown.body, headers={"Refresh": str(AGAIN)} if runs else {})


def _message(ask: Ask, status: int, words: str) -> Answer:
    if ask.form == "json":
        return as_json({"error": words}, status)
    return page(ask, "message.html", status=status, words=words, back="/-/trace")
