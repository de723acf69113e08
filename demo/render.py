"""A page of the world in, its HTML out."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from demo.world import HERE, Page, Site

LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<href>[^)]+)\)")
FIGURE = re.compile(r"!\[(?P<caption>[^\]]+)\]\((?P<image>[^)]+)\)")
RELATED = 4
OWN_TEMPLATE = ("consent", "section")


def inline(text: str) -> Markup:
    """The words as safe HTML, `[words](url)` as a link."""
    parts, at = [], 0
    for found in LINK.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(Markup('<a href="{href}">{words}</a>').format(**found.groupdict()))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def blocks(page: Page) -> list[dict[str, Any]]:
    """The body as a list of `{"kind": "p" | "h2" | "figure", "html", "image"}`."""
    found = []
    for text in page.paragraphs:
        figure = FIGURE.fullmatch(text)
        if figure:
            found.append({"kind": "figure", "html": inline(figure["caption"]), "image": figure["image"]})
        elif text.startswith("## "):
            found.append({"kind": "h2", "html": inline(text[3:])})
        else:
            found.append({"kind": "p", "html": inline(text)})
    return found


def json_ld(page: Page, site: Site) -> Markup:
    """The schema.org NewsArticle of a page, safe inside a script element."""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.title,
        "url": page.url,
        "mainEntityOfPage": page.url,
        "datePublished": page.published,
        "author": {"@type": "Person", "name": page.author},
        "publisher": {"@type": "Organization", "name": site.name},
    }
    return Markup(json.dumps(facts, ensure_ascii=False, indent=1).replace("<", "\\u003c"))  # noqa: S704


def related(page: Page, site: Site) -> list[Page]:
    """The next pages of the site after this one, round the corner."""
    ring = [other for other in site.pages if other.kind != "consent"]
    at = ring.index(page) if page in ring else 0
    turned = ring[at + 1 :] + ring[:at]
    return turned[:RELATED]


class Renderer:
    """The templates of one folder, ready to render."""

    def __init__(self, folder: Path = HERE / "templates") -> None:
        self.templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def article(self, page: Page, site: Site, *, amp: bool = False) -> str:
        """The HTML of a page, or of its AMP variant."""
        name = "amp" if amp else page.kind if page.kind in OWN_TEMPLATE else site.domain
        return self.templates.get_template(f"{name}.html").render(
            page=page,
            site=site,
            house=site.house,
            blocks=blocks(page),
            related=related(page, site),
            json_ld=json_ld(page, site),
            shown=page.when.strftime(site.house.shown),
        )

    def front(self, site: Site) -> str:
        """The HTML of a site's front page."""
        return self.templates.get_template("front.html").render(site=site, house=site.house)
