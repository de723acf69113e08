"""Drafts in, HTML pages out: each site in its own markup, with or without its credits and times."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from world_drafts import Credit, Draft, Para, Run
from world_sites import Site
from world_texts import HERE, months, tables

RELATED = 4
_BYLINES = ("byline", "author", "article-author", "post-author", "by-line", "autor", "c-byline__name")
_RELATED = ("related", "most-read", "recommended", "widget_popular", "sidebar-list", "teasers")
_BIOS = ("author-bio", "bio", "about-author", "article-text")
_PROMOS = ("promo", "inline-promo", "box", "text")
_ALSO = ("read-also", "in-text-link", "also", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the pages keep when they are set."""

    credits: bool = True  # credits, and links to other pages
    times: bool = True


class Setter:
    """The templates, and every page of the world for the widgets."""

    def __init__(self, drafts: Sequence[Draft], setting: Setting) -> None:
        self.setting = setting
        self.by_site: dict[Site, list[Draft]] = {}
        for draft in drafts:
            self.by_site.setdefault(draft.site, []).append(draft)
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def html(self, page: Draft) -> str:
        """The page as its site sets it."""
        site = page.site
        template = self.templates.get_template(f"{site.template}.html")
        return template.render(page=self._facts(page))

    def _facts(self, page: Draft) -> dict[str, Any]:
        site, words = page.site, tables("languages")[page.site.language]["page"]
        chance = random.Random(site.look)
        ring = self.by_site[site]
        at = ring.index(page)
        others = [p for p in (ring[at + 1 :] + ring[:at])[:RELATED] if p is not page]
        byline = self._byline(page)
        return {
            "title": page.title,
            "url": page.url,
            "canonical": self._canonical(page),
            "site": site,
            "look": site.look,
            "topic": site.look % 7,
            "author": page.author,
            "byline": f"{chance.choice(words['by'])}{byline}" if byline == page.author and byline else byline,
            "photo": page.photo,
            "others": [{"url": other.url, "title": other.title} for other in others],
            "words": {
                "related": chance.choice(words["related"]),
                "nav": words["nav"],
                "subscribe": words["subscribe"],
            },
            "css": self._classes(chance),
            "iso": self._iso(page),
            "shown": self._shown(page),
            "json_ld": self._json_ld(page),
            "paras": [self._para(para, page) for para in self._paras(page)],
            "live": page.kind == "liveblog",
            "stub": page.kind == "stub",
        }  # fmt: skip

    @staticmethod
    def _classes(chance: random.Random) -> dict[str, str]:
        return {
            "byline": chance.choice(_BYLINES),
            "byline_tag": chance.choice(("span", "div", "p")),
            "related": chance.choice(_RELATED),
            "bio": chance.choice(_BIOS),
            "promo": chance.choice(_PROMOS),
            "also": chance.choice(_ALSO),
        }

    def _paras(self, page: Draft) -> list[Para]:
        kept = [p for p in page.paras if self.setting.credits or p.kind != "credit"]
        if page.kind != "stub":
            return kept
        words, short = 0, []
        for para in kept:
            if words < 60 and para.kind == "text":
                short.append(para)
                words += len(para.words.split())
        return short

    def _para(self, para: Para, page: Draft) -> dict[str, Any]:
        html = Markup("").join(self._run(run) for run in para.runs)
        time = f"{page.published:%Y-%m-%dT%H:%M}" if self.setting.times else ""
        pasted = para.house is not None and para.house is not page.site  # nobody keeps the other's classes
        return {"kind": "text" if pasted else para.kind, "html": html, "time": time}

    def _run(self, run: Run) -> Markup:
        if run.kind == "credit" and not self.setting.credits:
            return Markup("")
        href = run.page.url if run.page else f"{run.names.scheme}://{run.names.domain}/" if run.href else ""
        if href and self.setting.credits:
            return Markup('<a href="{}">{}</a>').format(href, run.text)
        return escape(run.text)

    def _credit(self, page: Draft, place: str) -> Credit | None:
        if not self.setting.credits:
            return None
        return next((credit for credit in page.meta if credit.place == place), None)

    def _byline(self, page: Draft) -> str:
        credit = self._credit(page, "byline")
        return credit.words if credit else page.author

    def _canonical(self, page: Draft) -> str:
        credit = self._credit(page, "canonical")
        return credit.page.url if credit and credit.page else page.url

    def _json_ld(self, page: Draft) -> Markup:
        named, based = self._credit(page, "jsonld"), self._credit(page, "based_on")
        author = (
            {"@type": "Organization", "name": named.words}
            if named
            else {"@type": "Person", "name": page.author}
        )
        facts = {
            "@type": "LiveBlogPosting" if page.kind == "liveblog" else "NewsArticle",
            "headline": page.title,
            "url": page.url,
            "author": author,
            "publisher": {"@type": "Organization", "name": page.site.name},
        }
        if iso := self._iso(page):
            facts["datePublished"] = iso
        if based and based.page:
            facts["isBasedOn"] = based.page.url
        if page.kind == "stub":
            facts["isAccessibleForFree"] = False
        whole = {"@graph": [facts, {"@type": "WebSite", "name": page.site.name}]}
        told = {"@context": "https://schema.org", **(whole if page.site.template == "graph" else facts)}
        return Markup(json.dumps(told, ensure_ascii=False).replace("<", "\\u003c"))

    def _iso(self, page: Draft) -> str:
        stated = page.stated if self.setting.times else None
        if stated is None or (page.site.template == "tables"):
            return ""
        if stated.day_only:
            return f"{stated.clock:%Y-%m-%d}"
        base = f"{stated.clock:%Y-%m-%dT%H:%M:00}"
        if stated.zone is None:
            return base
        sign = "-" if stated.zone < 0 else "+"
        return f"{base}{sign}{abs(int(stated.zone)):02d}:00"

    def _shown(self, page: Draft) -> str:
        stated = page.stated if self.setting.times else None
        if stated is None:
            return ""
        clock = stated.clock
        day = f"{clock.day} {months(page.site.language)[clock.month - 1]} {clock.year}"
        return day if stated.day_only else f"{day}, {clock:%H:%M}"
