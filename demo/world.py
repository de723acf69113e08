"""The press world as data: the catalogue, the house lines and the page files in, sites and pages out.

A page file is `pages/<domain>/<slug>.md`: TOML between two `+++` lines, then
paragraphs parted by blank lines.  A paragraph may be `## a sub-heading` or
`![caption](image)`; `[words](url)` is a link anywhere.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FENCE = "+++\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of one site, as its file states it."""

    domain: str
    slug: str
    path: str
    title: str
    published: str  # ISO 8601 as the page states it: with zone, without zone or date only
    author: str = ""
    section: str = "news"
    kind: str = "article"  # article | stub | consent | section
    promo: bool = True  # carries the promo line of its house, where the house has one
    amp: bool = False
    paragraphs: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The canonical URL."""
        return f"http://{self.domain}{self.path}"

    @property
    def amp_path(self) -> str:
        """Where the AMP variant stands, if there is one."""
        return f"/amp{self.path}"

    @property
    def when(self) -> datetime | date:
        """The stated time; a bare date when the page states no more."""
        exact = "T" in self.published
        return datetime.fromisoformat(self.published) if exact else date.fromisoformat(self.published)

    @property
    def teaser(self) -> str:
        """The opening words, for feeds."""
        words = self.paragraphs[0].split() if self.paragraphs else []
        return " ".join(words[:18]) + "..."


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a site prints round every article, and the addresses it answers beside them."""

    tagline: str
    path: str  # pattern of article paths: {slug}, {section}, {day}
    shown: str  # strftime pattern of the visible time
    nav: tuple[str, ...]
    newsletter: str
    bio: str = ""
    promo: str = ""
    more: str = "Read also"
    endpoints: dict[str, str] = field(default_factory=dict)  # path -> rss | atom | news | index
    redirects: dict[str, str] = field(default_factory=dict)  # old path -> new path
    extra_links: tuple[tuple[str, str], ...] = ()  # (words, href) on the front page
    extra_feed: tuple[str, ...] = ()  # further paths the feed lists, AMP and old ones
    tracking: str = ""  # query string on every other feed link


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One host of the world."""

    domain: str
    name: str
    kind: str
    language: str
    house: House
    pages: tuple[Page, ...]  # newest first

    @property
    def articles(self) -> tuple[Page, ...]:
        """The pages a feed would list."""
        return tuple(page for page in self.pages if page.kind in ("article", "stub"))

    def find(self, path: str) -> Page | None:
        """The page at `path`; None when the site has none there."""
        return next((page for page in self.pages if page.path == path), None)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_page(path: Path, pattern: str) -> Page:
    """The page in a file; raises ValueError when its front matter is not fenced."""
    start, fence, rest = path.read_text(encoding="utf-8").partition(FENCE)
    front, second, text = rest.partition(FENCE)
    if start or not fence or not second:
        raise ValueError(f"{path.name}: no front matter between two +++ lines")
    facts = tomllib.loads(front)
    day, section = facts["published"][:10].replace("-", "/"), facts.get("section", "news")
    return Page(
        domain=path.parent.name,
        slug=path.stem,
        path=pattern.format(slug=path.stem, day=day, section=section),
        paragraphs=tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip()),
        **facts,
    )


def frozen(value: Any) -> Any:
    """The value with its lists, and the lists in them, as tuples."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def load_sites(folder: Path = HERE) -> dict[str, Site]:
    """Every site of the world by its domain, in catalogue order."""
    houses = read_toml(folder / "house.toml")
    sites = {}
    for row in read_toml(folder / "sites.toml")["site"]:
        domain = row["domain"]
        house = House(**{key: frozen(value) for key, value in houses[domain].items()})
        files = sorted((folder / "pages" / domain).glob("*.md"))
        pages = [read_page(file, house.path) for file in files]
        pages.sort(key=lambda page: (page.published, page.slug), reverse=True)
        sites[domain] = Site(
            domain=domain,
            name=row["name"],
            kind=row["kind"],
            language=row.get("language", "en"),
            house=house,
            pages=tuple(pages),
        )
    return sites
