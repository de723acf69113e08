"""The invented lines of `newsroom/*.toml` as pages and plain texts, and what is read from them.

Each file holds a `text` of paragraphs that name nobody, and tables of lines by the place they stand in:
byline, dateline (before the first paragraph), phrase and relay (a paragraph of their own), end (after the
last sentence), tail (a line under the text), photo, and nobody, nobody_byline, nobody_tail, in which no
source is named.  A line's value lists the outlets it credits: domains, or the name where none is known;
"relay < origin" in `relay`.
"""

import html
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trafilatura

from crawler import sites
from crawler.credits import PageWords, credits_in_text, find_credits
from db.outlets import Names
from db.records import CREDIT_KINDS, Evidence, Outlet

FOLDER = Path(__file__).with_name("newsroom")
URL = "https://harwickpost.example/2026/03/03/a-ferry-story"
OWN = Outlet(domain="harwickpost.example", name="Harwick Post")
STRONG = set(CREDIT_KINDS) - {"reports_phrase"}
PLACES = ("byline", "dateline", "phrase", "relay", "end", "tail", "photo", "nobody", "nobody_byline",
          "nobody_tail")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a newsroom: where it stands, its words, whom it credits."""

    language: str
    place: str
    words: str
    expected: str
    text: tuple[str, ...]

    @property
    def id(self) -> str:
        """Its name in a report."""
        return f"{self.language}-{self.place}-{self.words}"


def lines() -> Iterator[Line]:
    """Every line of every language."""
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        text = tuple(table.pop("text"))
        for place, told in table.items():
            if place not in PLACES:
                raise ValueError(f"{path.name}: [{place}] is none of {', '.join(PLACES)}")
            for words, expected in told.items():
                yield Line(path.stem, place, words, expected, text)


def paragraphs(line: Line) -> list[str]:
    """The article's paragraphs with the line where it belongs, a byline, tail or photo left out."""
    text = list(line.text)
    if line.place == "dateline":
        text[0] = f"{line.words} {text[0]}"
    elif line.place in ("phrase", "relay", "nobody"):
        text.insert(2, line.words)
    elif line.place == "end":
        text[-1] = f"{text[-1]} {line.words}"
    return text


def from_page(line: Line, names: Names) -> tuple[Evidence, ...]:
    """What is read from a small page that holds the line."""
    body = paragraphs(line)
    words = html.escape(line.words)
    before = f"<div class=byline>{words}</div>" if line.place.endswith("byline") else ""
    if line.place == "photo":
        before = f"<p>{words}</p>"
    after = f"<p>{words}</p>" if line.place.endswith("tail") else ""
    made = "".join(f"<p>{html.escape(p)}</p>" for p in body)
    tree = trafilatura.load_html(
        f"<html lang={line.language}><head><title>Harwick Post</title></head><body><article>"
        f"<h1>A headline of some length for this page</h1>{before}{made}{after}</article></body></html>"
    )
    page = PageWords(
        tree=tree, url=URL, text="\n".join(body), language=line.language, own=OWN, title="A headline"
    )
    return find_credits(page, names)


def from_text(line: Line, names: Names) -> tuple[Evidence, ...]:
    """What is read from a plain text that holds the line."""
    body = paragraphs(line)
    if line.place == "photo":
        body.insert(1, line.words)
    elif line.place.endswith("tail"):
        body.append(line.words)
    byline = line.words if line.place.endswith("byline") else ""
    return credits_in_text("\n".join(body), byline, line.language, OWN, names)


def named(line: Line, evidence: tuple[Evidence, ...]) -> str:
    """Whom the credits name, in the form of the files; a photo credit counts in `photo` only.

    In a place where the whole text's source stands, a phrase is no answer.
    """
    told = [e for e in evidence if e.kind in CREDIT_KINDS]
    if line.place == "photo":
        if told:
            return "text: " + ", ".join(sorted({e.domain or e.name for e in told}))
        told = [e for e in evidence if e.kind == "photo_credit"]
    if line.place in ("byline", "dateline", "end", "tail") and any(e.kind not in STRONG for e in told):
        return "phrase: " + ", ".join(sorted({e.domain or e.name for e in told}))
    hops = [sorted({e.domain or e.name for e in told if e.hop == hop}) for hop in (1, 2)]
    return " < ".join(", ".join(hop) for hop in hops if hop)


def wanted(line: Line) -> str:
    """What `named` should say."""
    return " < ".join(
        ", ".join(sorted(n.strip() for n in hop.split(","))) for hop in line.expected.split("<")
    ).strip()


NAMES = sites.names()
