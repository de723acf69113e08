"""`newstrace serve --write` as a person starts it: a page is fetched from the browser, its sources chased."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from db.open import open_db
from db.urls import host
from demo.run import NEWSTRACE, proxied
from demo.server import PressWorld
from tests.browse.stage import PAGE, ROOT


@pytest.fixture
def desk(tmp_path):
    """A client of a server over an empty database, which may write, and the address that lets it."""
    path, home = tmp_path / "a.db", tmp_path / "home"
    open_db(path, create=True).close()
    home.mkdir()
    shutil.copy(ROOT / "demo" / "sites.toml", home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with PressWorld() as world:
        env = proxied(world.proxy_url) | {
            "NEWSTRACE_HOME": str(home),
            "NEWSTRACE_CONTACT": "desk@paper.example",
        }
        env["PYTHONPATH"] = f"{ROOT}{os.pathsep}{env.get('PYTHONPATH', '')}"
        command = [sys.executable, str(NEWSTRACE), "--db", str(path), "serve", "--write", "--port", str(port)]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            told = [process.stderr.readline() for _ in range(2)]
            base = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=base, trust_env=False, timeout=30, follow_redirects=True) as client:
                for _ in range(100):
                    try:
                        client.get("/-/newstrace.css")
                        break
                    except httpx.ConnectError:
                        time.sleep(0.1)
                yield client, told[1].split()[-1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
            process.stderr.close()


def done(client, what, token):
    """The errand that the page's form begins, once it is over."""
    client.post("/-/errand", data={"what": what, "url": PAGE, "csrftoken": token})
    for _ in range(300):
        errand = client.get("/-/errand.json").json()["errand"]
        if not errand["running"]:
            break
        time.sleep(0.2)
    assert errand["outcome"] == "Done.", errand["lines"]
    return errand


def test_a_page_is_fetched_its_sources_are_named_and_then_found(desk):
    client, opener = desk
    assert "Fetch this page now" not in client.get("/-/trace", params={"url": PAGE}).text
    client.get(opener)
    form = client.get("/-/trace", params={"url": PAGE}).text
    token = re.search(r'name="csrftoken" value="([^"]+)"', form)[1]
    done(client, "fetch", token)
    told = client.get("/-/trace.json", params={"url": PAGE}).json()
    assert told["status"] == "traced"
    unseen = sum(node["phantom"] for node in told["nodes"])
    assert unseen > 1
    assert (
        f"Go after {unseen} sources named and not seen" in client.get("/-/trace", params={"url": PAGE}).text
    )
    errand = done(client, "chase", token)
    told = client.get("/-/trace.json", params={"url": PAGE}).json()
    found = {node["url"] for node in told["nodes"] if not node["phantom"]} - {PAGE}
    assert found, errand["lines"]
    assert sum(node["phantom"] for node in told["nodes"]) < unseen
    assert any(host(url) in line for url in found for line in errand["lines"])
