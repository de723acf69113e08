"""`make demo`: serve the press world, crawl it, trace one page, compare the links with the known truth.

Exit status 0 when the chain behind the traced page was found whole, else 1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.server import PressWorld
from demo.verdict import compare, has_chain, summary
from demo.world import HERE, read_toml

NEWSTRACE = Path(sys.executable).with_name("newstrace")
GO_ON = """
Go on with:
  make browse DB={db}
  make trace DB={db} URL={url}"""


def proxied(proxy_url: str, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a child process whose every host name is one of the world's."""
    ours = {name: value for name, value in base.items() if not name.lower().endswith("_proxy")}
    return {**ours, "http_proxy": proxy_url, "https_proxy": proxy_url, "no_proxy": ""}


def newstrace(db: Path, *words: str, env: Mapping[str, str]) -> str:
    """What a newstrace command prints; raises CalledProcessError when it fails."""
    command = [str(NEWSTRACE), "--db", str(db), *words]
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def read_links(text: str) -> list[dict[str, Any]]:
    """The rows of an `export links --format jsonl`."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def demonstrate(db: Path, truth: Mapping[str, Any]) -> bool:
    """Crawl, trace and compare, printing each; whether the chain was found."""
    url = truth["trace"]["url"]
    with PressWorld() as world:
        env = proxied(world.proxy_url)
        print(newstrace(db, "crawl", "--sites", str(HERE / "sites.toml"), env=env))
        print(newstrace(db, "trace", url, env=env))
        links = read_links(newstrace(db, "export", "links", "--format", "jsonl", env=env))
    print(summary(compare(links, truth)))
    found = has_chain(links, truth)
    print("The chain was found." if found else "The chain behind the traced page was NOT found whole.")
    print(GO_ON.format(db=db, url=url))
    return found


def main() -> int:
    """Run the demo and return its exit status."""
    parser = argparse.ArgumentParser(description="Crawl the demo press world and compare with its truth.")
    parser.add_argument("--db", type=Path, default=Path("demo.db"))
    options = parser.parse_args()
    try:
        return 0 if demonstrate(options.db, read_toml(HERE / "truth.toml")) else 1
    except FileNotFoundError:
        print(f"no newstrace command at {NEWSTRACE}: run `make install` first", file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"`newstrace {' '.join(error.cmd[3:])}` ended with {error.returncode}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
