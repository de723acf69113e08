"""`make shots`: every page over the demo database, at three widths, light and dark, as PNG files.

python -m tests.browse.shots FOLDER [README_FOLDER]

The two pictures of the README, the upper parts of a chain and of two texts, go to README_FOLDER.
"""

import sys
import tempfile
from pathlib import Path

from db.browse.answer import Tools
from dedupe.match import compare_texts
from dedupe.pasted import trace_text
from tests.browse.stage import PAGE, SOURCE, make_demo, missing, served, started

PAGES = {
    "home": "/",
    "trace": f"/-/trace?url={PAGE}",
    "unseen-source": "/-/trace?url=http://morrowdigest.example/d/salt-train-harbour",
    "not-stored": "/-/trace?url=https://nowhere.example/1",
    "compare": f"/-/compare?a={PAGE}&b={SOURCE}",
    "compilation": f"/-/compare?a={SOURCE}&b=http://afp.example/en/news/partners-promise-pumps",
    "flows": "/-/flows",
    "outlet": "/-/outlet/hotnews.example",
}
WIDTHS = (375, 768, 1440)
README = {  # the address, and what stands at the top
    "chain": (PAGES["trace"], "h1"),
    "compilation": (PAGES["compilation"], "h1"),
}


def main(folder: Path, readme: Path | None = None) -> int:
    """Save the screenshots; exit status 1 when there is no browser."""
    if missing():
        print(f"no screenshots: {missing()}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        path = make_demo(Path(scratch) / "demo.db")
        with served(path, Tools(trace_text=trace_text, compare=compare_texts)) as base, started() as chrome:
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    shoot(chrome, base, folder, width, scheme)
            if readme:
                shoot_for_readme(chrome, base, readme)
    print(f"{len(PAGES) * len(WIDTHS) * 2} screenshots in {folder}")
    return 0


def shoot_for_readme(chrome: object, base: str, folder: Path) -> None:
    """The chain behind a page, and two texts side by side, as far as they fit a README."""
    folder.mkdir(parents=True, exist_ok=True)
    context = chrome.new_context(viewport={"width": 960, "height": 690}, color_scheme="light")
    page = context.new_page()
    for name, (path, first) in README.items():
        page.goto(base + path)
        page.locator(first).evaluate("e => window.scrollTo(0, e.offsetTop - 16)")
        page.screenshot(path=folder / f"{name}.png")
    context.close()


def shoot(chrome: object, base: str, folder: Path, width: int, scheme: str) -> None:
    """Every page at one width."""
    context = chrome.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(base + path)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
