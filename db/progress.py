"""What a long run tells while it works: messages, and on a terminal one line of progress."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

BETWEEN = 0.5  # seconds between two lines
Progress = Callable[[str, int, int], None]
"""Told (what, done, total) now and then; a total of 0 is not known."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Where a run's words go."""

    say: Callable[[str], None]
    progress: Progress


def silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def on_terminal(screen: TextIO) -> Progress:
    """Progress as one line on `screen`, with rate and time left; silent where it is no terminal."""
    return _Line(screen) if screen.isatty() else silent


class _Line:
    """One line that is written over itself; ended when its work is done."""

    def __init__(self, screen: TextIO) -> None:
        self._screen = screen
        self._what = ""
        self._began = self._shown = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._shown = what, now, 0.0
        ended = 0 < total <= done
        if ended or now - self._shown >= BETWEEN:
            self._shown = now
            self._screen.write(f"\r{line(what, done, total, now - self._began)}\x1b[K" + "\n" * ended)
            self._screen.flush()


def line(what: str, done: int, total: int, seconds: float) -> str:
    """The words of one progress line.

    >>> line("compare", 500, 2000, 10.0)
    'compare: 500 of 2,000, 50 a second, 30 s left'
    """
    rate = done / seconds if seconds > 0 else 0.0
    of = f" of {total:,}" if total else ""
    left = f", {(total - done) / rate:,.0f} s left" if total and rate else ""
    return f"{what}: {done:,}{of}, {rate:,.0f} a second{left}"
