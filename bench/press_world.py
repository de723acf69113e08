"""A press world with its known truth: `python bench/press_world.py --seed N --stories K --out FOLDER`.

Writes `pages.jsonl` (for `newstrace import`), `sites.toml` and `outlets.toml` (the world's catalogue, for
NEWSTRACE_HOME) and `truth.jsonl`.  The same seed gives the same world.  Rows of the truth:

  page        a page, its story, its site's habits
  link        child <- parent (parent_url null: the page is not in the world), and how it was made
  not         a pair that must not be linked, and why
  unknowable  a true pair (or an ancestor of one) that nothing on the pages tells: a link to it is neither
              asked for nor wrong; one in the other direction is
"""

import argparse
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from world_builder import Builder
from world_pages import Setter, Setting
from world_sites import Press, catalogue, make_press, outlets
from world_stories import tell
from world_translated import tell_translations
from world_truth import Truth, counts

STORIES = 130  # some 600 pages


def build(seed: int, stories: int, texts: Sequence[str] = (), translations: int = 0) -> tuple[Press, Builder]:
    """The press of a world and everything it published; `translations` come on top of the rest."""
    chance = random.Random(seed)
    press = make_press(chance)
    world = Builder(chance, press, texts)
    tell(world, stories)
    tell_translations(world, translations)
    return press, world


def write(folder: Path, press: Press, world: Builder, setting: Setting) -> dict[str, int]:
    """Write a world's files; how many rows of each kind the truth has."""
    folder.mkdir(parents=True, exist_ok=True)
    setter = Setter(world.drafts, setting)
    pages = (
        {"url": d.url, "html": setter.html(d), "fetched": d.fetched.replace(tzinfo=UTC).isoformat()}
        for d in sorted(world.drafts, key=lambda d: (d.fetched, d.url))
    )
    truth = list(Truth(world, setting).rows())
    _lines(folder / "pages.jsonl", pages)
    _lines(folder / "truth.jsonl", truth)
    (folder / "sites.toml").write_text(catalogue(press), encoding="utf-8")
    (folder / "outlets.toml").write_text(outlets(press), encoding="utf-8")
    return counts(truth)


def _lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read_texts(path: str | None) -> list[str]:
    """The texts of a JSON Lines file of {text}."""
    if path is None:
        return []
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["text"] for line in lines if line.strip()]


def main() -> None:
    """Write a world and say what is in it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stories", type=int, default=STORIES)
    parser.add_argument("--out", type=Path, help="the folder to write to; without it nothing is written")
    parser.add_argument("--texts", help="JSON Lines of {text}: originals to use instead of invented ones")
    parser.add_argument("--translations", type=int, default=0, help="stories told again in another language")
    parser.add_argument("--no-credits", action="store_true", help="leave out every credit and link")
    parser.add_argument("--no-times", action="store_true", help="leave out every stated time")
    args = parser.parse_args()
    press, world = build(args.seed, args.stories, read_texts(args.texts), args.translations)
    setting = Setting(credits=not args.no_credits, times=not args.no_times)
    print(
        f"world {args.seed}: {len(press.sites)} sites, {len(world.drafts)} pages, {len(world.facts)} stories"
    )
    if args.out:
        print(", ".join(f"{n} {kind}" for kind, n in write(args.out, press, world, setting).items()))


if __name__ == "__main__":
    main()
