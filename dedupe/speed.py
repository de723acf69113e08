"""Whether the compiled kernels are used: they are, once a process has split enough texts to gain by it.

Loading them takes about a second, which one question about one article must not wait for.  The
results are the same with and without.  `NEWSTRACE_PURE=1` in the environment leaves them out, and so
does a machine without numba.
"""

import ctypes
import gc
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

ENOUGH = 200  # texts
SLOW = 3.0  # seconds

_TRIM, _MAP = -1, -3  # what glibc's mallopt sets: how much free memory, and how large a piece, goes back
_USUAL = {_TRIM: 1 << 17, _MAP: 1 << 17}
_KEPT = {_TRIM: 1 << 29, _MAP: 1 << 25}  # bytes

log = logging.getLogger(__name__)


class _Gate:
    """How much was done so far, and what came of loading the kernels."""

    seen = 0
    kernel: ModuleType | None = None
    refused = bool(os.environ.get("NEWSTRACE_PURE"))


def kernel() -> ModuleType | None:
    """The compiled kernels when they are in use, or None."""
    return _Gate.kernel


def expect(texts: int) -> ModuleType | None:
    """The kernels, or None, now that so many more texts are to be worked on."""
    _Gate.seen += texts
    if _Gate.seen >= ENOUGH and _Gate.kernel is None and not _Gate.refused:
        with _interrupts_held(), _said_when_slow(), _without_helpers():
            _Gate.kernel = load()
            _Gate.refused = _Gate.kernel is None
            if _Gate.kernel:
                importlib.import_module("dedupe.warm").warm()
    return _Gate.kernel


@contextmanager
def _said_when_slow() -> Iterator[None]:
    """A word to the log when loading takes so long that it must be compiling."""
    words = "compiling the comparison for this machine: it takes a quarter of a minute, and happens once"
    timer = threading.Timer(SLOW, log.warning, [words])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C takes effect at the end: within the compiler's callbacks it would be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)


def load() -> ModuleType | None:
    """The kernels, or None where numba is missing; they are not in use yet."""
    try:
        return importlib.import_module("dedupe.kernel")
    except ImportError as error:
        log.info("comparing without compiled kernels: %s", error)
        return None


@contextmanager
def _without_helpers() -> Iterator[None]:
    """numba asks for SciPy's linear algebra and for cffi when it starts, which takes a third of a second and
    which no kernel uses; told that there is none it goes without.
    """
    asked = [name for name in ("scipy.linalg.cython_blas", "cffi") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(asked))
    try:
        yield
    finally:
        for name in asked:
            del sys.modules[name]


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for circles of objects meanwhile: many records are made and none is part of one."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def memory_kept() -> Iterator[None]:
    """Freed memory stays with the process meanwhile: batch after batch asks for as much again, and a page
    that goes back to the system and comes again costs more than what is written to it.
    """
    library = ctypes.CDLL(None)
    setting = getattr(library, "mallopt", None)  # glibc's; elsewhere things stay as they are
    trim = getattr(library, "malloc_trim", None)
    if setting is None or trim is None:
        yield
        return
    for name, size in _KEPT.items():
        setting(name, size)
    try:
        yield
    finally:
        for name, size in _USUAL.items():
            setting(name, size)
        trim(0)


@contextmanager
def using(module: ModuleType | None) -> Iterator[None]:
    """Work with these kernels, or with none, whatever was decided; for measuring and testing."""
    before = _Gate.kernel
    _Gate.kernel = module
    try:
        yield
    finally:
        _Gate.kernel = before
