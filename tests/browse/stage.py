"""What the browser tests and the screenshots stand on: the demo database, a server over it, a Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from db.browse.answer import Tools
from db.browse.serve import browser, local_only

ROOT = Path(__file__).parents[2]
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
PAGE = "http://247newsreel.example/compact-sends-plants-pumps-promised/"
SOURCE = "http://hotnews.example/news/compact-sends-plants-pumps-promised"
DEMANDED = os.environ.get("NEWSTRACE_DEMANDS_CHROMIUM") == "1"


def missing() -> str:
    """Why no browser can be started, "" when one can."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed"
    return "" if chromium() else "chromium is not installed"


def chromium() -> str | None:
    """The path of a Chromium of this system."""
    found = (path for path in (*CHROMIUM, shutil.which("chromium")) if path and Path(path).exists())
    return next(found, None)


def make_demo(path: Path) -> Path:
    """The demo's database, crawled from its embedded press world."""
    command = [sys.executable, "-m", "demo.run", "--db", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


@contextlib.contextmanager
def served(path: Path, tools: Tools | None = None) -> Iterator[str]:
    """The pages over a database, at an address of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        local_only(browser(path, tools).app()), log_level="critical", lifespan="on", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def started() -> Iterator[object]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=chromium(), args=["--no-proxy-server", "--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield made
        finally:
            made.close()
