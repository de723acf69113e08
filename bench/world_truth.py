"""What is true of a press world, and what of it anybody could know from its pages."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from world_builder import Builder
from world_drafts import Credit, Draft, Run, text_runs
from world_pages import Setting
from world_sites import Site

LINE = 5  # pages of its own site on which a line must stand before anybody can know it for the house's
RUN = 5  # words; what two texts share is counted in runs of so many
CLEAR = 12  # more shared runs than a rival: the copier's text is this page's and not the rival's
_SHOWS_NO_ZONE = {"visible_only", "tables"}

Row = dict[str, Any]


class Truth:
    """The rows of `truth.jsonl`."""

    def __init__(self, world: Builder, setting: Setting) -> None:
        self.drafts, self.setting = world.drafts, setting
        self.nots, self.maybes = world.nots, world.maybes
        self.events = world.events
        self.shingles = {draft: _shingles(draft) for draft in self._everyone()}
        own = ((d.site, p.words) for d in self.drafts for p in d.paras if p.house is d.site)
        self.lines = Counter(own)  # (site, words of a house line) -> its pages that have it
        self.stories: dict[int, list[Draft]] = {}
        for draft in self.drafts:
            self.stories.setdefault(draft.story, []).append(draft)

    def rows(self) -> Iterator[Row]:
        """Pages first, then links, ancestors and unknowable pairs, then what must not be."""
        for page in self.drafts:
            yield self._page(page)
        for page in self.drafts:
            for parent in page.parents:
                if page.kind == "revised" or parent.site.house != page.site.house:
                    yield self._link(page, parent)
            for ancestor in _ancestors(page):
                yield self._ancestor(page, ancestor)
        for page, other, why in self.nots:
            yield _pair(page, other, "not") | {"case": why, "why": why}
        for page, site, why in self.maybes:
            yield _pair(page, site, "unknowable") | {"direct": False, "case": why, "why": why}

    def _everyone(self) -> Iterator[Draft]:
        known: set[Draft] = set()
        waiting = list(self.drafts)
        while waiting:
            draft = waiting.pop()
            if draft not in known:
                known.add(draft)
                waiting += draft.parents
                yield draft

    def _page(self, page: Draft) -> Row:
        story = self.events.get(page.story, page.story)
        return {
            "verdict": "page", "url": page.url, "story": story, "domain": page.site.domain,
            "language": page.site.language, "case": page.told("case"), "template": page.site.template,
            "times": page.site.times, "kind": page.kind,
        }  # fmt: skip

    def _link(self, page: Draft, parent: Draft) -> Row:
        why = self._unknowable(page, parent)
        row = _pair(page, parent, "unknowable" if why else "link")
        relation = "revises" if page.kind == "revised" else _relation(page)
        how = dict(page.how) | {
            "hops": str(_hops(page)),
            "times": page.site.times,
            "order": self._order(page, parent),
            "name": "" if parent.seen else "listed" if parent.site.listed else "in no list",
            "words": _own_words(page),
            "shown": "" if self._shown(page) else "not in this template",
        }
        return row | {"relation": relation, "direct": True, "case": page.told("case"), "how": how, "why": why}

    def _ancestor(self, page: Draft, ancestor: Draft) -> Row:
        loose = any(self._unknowable(page, parent) for parent in page.parents)
        row = _pair(page, ancestor, "unknowable" if loose else "not")
        why = "an ancestor: its text came by way of another page"
        return row | {"direct": False, "case": "ancestor", "why": why, "how": dict(page.how)}

    @staticmethod
    def _shown(page: Draft) -> bool:
        """Whether its credit stands in the page: not every template has JSON-LD or a canonical link."""
        hidden = {credit.place for credit in page.meta} - {c.place for c in _shown_credits(page)}
        return page.told("place") not in hidden and not (page.told("place") == "jsonld" and hidden)

    # what can be known

    def _unknowable(self, page: Draft, parent: Draft) -> str:
        """Why nobody could know this link, or ""."""
        if page.kind == "liveblog":
            return "a live blog has a paragraph of everything"
        signed = self._signs(page, parent)
        if not parent.seen:
            return "" if signed else "the source is not seen and not named"
        if page.told("edit") == "translated" and not signed:
            return "a translation that names nobody"
        if page.kind == "revised":
            return "" if self._order(page, parent) == "as it was" else "no time says which came first"
        if signed and page.site in self._named(parent, own=True) and self._order(page, parent) != "as it was":
            return "each names the other"
        if signed and not self._rival_signed(page, parent):
            return ""
        if signed and self._margin(page, parent) >= CLEAR:
            return ""
        if signed:
            return "two pages are named alike, and both hold the text"
        return self._bare(page, parent)

    def _bare(self, page: Draft, parent: Draft) -> str:
        """Why a copy that points nowhere cannot be told, or ""."""
        release = parent.site.kind in ("agency", "press_office")
        rivals = [r for r in self._rivals(page, parent) if not (release and parent in _line(r))]
        if rivals and self._margin(page, parent, rivals) < CLEAR:
            return "another page holds the same text"
        order = self._order(page, parent)
        if order == "as it was" or (release and order == "not known"):
            return ""
        return f"no credit, and the order is {order}"

    def _rival_signed(self, page: Draft, parent: Draft) -> bool:
        """Whether the page names a second outlet whose text would explain it as well."""
        named = {site for site in self._named(page) if site is not parent.site}
        seen = any(r.site in named for r in self._rivals(page, parent))
        # a credit of an ancestor that came along with copied words is the ancestor's, not this page's
        own = {site for site in self._named(page, own=True) if site is not parent.site}
        return seen and bool(own)

    def _rivals(self, page: Draft, parent: Draft) -> list[Draft]:
        others = self.stories.get(page.story, [])
        return [o for o in others if o is not page and o is not parent and page not in _line(o)]

    def _margin(self, page: Draft, parent: Draft, rivals: list[Draft] | None = None) -> int:
        """How many more runs of words the page shares with its parent than with the best rival."""
        rivals = self._rivals(page, parent) if rivals is None else rivals
        mine = self.shingles[page]
        best = max((len(mine & self.shingles[r]) for r in rivals), default=0)
        return len(mine & self.shingles[parent]) - best

    def _signs(self, page: Draft, parent: Draft) -> bool:
        """Whether the page names its parent's outlet, links to its page or carries its house lines."""
        lines = [p.words for p in page.paras if p.house is parent.site and p.kind in ("bio", "promo")]
        if any(self.lines[parent.site, words] >= LINE for words in lines):
            return True
        if not self.setting.credits:
            return False
        if any(run.page is parent for run in text_runs(page.paras)):
            return True
        return parent.site in self._named(page)

    def _named(self, page: Draft, *, own: bool = False) -> set[Site]:
        if not self.setting.credits:
            return set()
        runs: list[Run | Credit] = [r for r in text_runs(page.paras) if not (own and r.inherited)]
        return {c.names for c in (*runs, *_shown_credits(page)) if c.names}

    def _order(self, page: Draft, parent: Draft) -> str:
        """How the stated times put the two: as it was | turned round | not known."""
        if not parent.seen:
            return "not known"
        child, source = self._interval(page), self._interval(parent)
        if source[1] < child[0]:
            return "as it was"
        return "turned round" if child[1] < source[0] else "not known"

    def _interval(self, page: Draft) -> tuple[datetime, datetime]:
        stated = page.stated if self.setting.times else None
        if stated is None:
            return datetime.min, page.fetched  # noqa: DTZ901 - naive is UTC here
        doubt = (
            timedelta(hours=14)
            if page.site.template in _SHOWS_NO_ZONE and stated.zone is not None
            else timedelta()
        )
        return stated.earliest - doubt, min(stated.latest + doubt, page.fetched)


def _shown_credits(page: Draft) -> list[Credit]:
    """The credits outside the text that the page's template shows."""
    no_ld = {"plain", "meta_only", "visible_only", "microdata", "tables", "sections"}
    hidden = {
        "jsonld": page.site.template in no_ld,
        "based_on": page.site.template in no_ld,
        "canonical": page.site.template in {"visible_only", "tables", "divs", "sidebar_first"},
    }
    return [credit for credit in page.meta if not hidden.get(credit.place, False)]


def _own_words(page: Draft) -> str:
    """The credits of the page's own, as they stand on it."""
    runs = [run.text for run in text_runs(page.paras) if run.kind == "credit" and not run.inherited]
    return " ".join(["".join(runs).strip(" ,"), *(f"{c.place}: {c.words}" for c in page.meta)]).strip()


def _shingles(page: Draft) -> set[tuple[str, ...]]:
    words = " ".join(p.words for p in page.paras if p.kind != "credit").lower().split()
    return {tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1)}


def _line(page: Draft) -> set[Draft]:
    """Everything above a page."""
    return {a for parent in page.parents for a in (parent, *_line(parent))}


def _ancestors(page: Draft) -> list[Draft]:
    """Everything above its parents, nearest first."""
    found = [a for parent in page.parents for a in (*parent.parents, *_ancestors(parent))]
    return [a for a in dict.fromkeys(found) if a not in page.parents]


def _hops(page: Draft) -> int:
    return 1 + max((_hops(parent) for parent in page.parents if parent.parents), default=0)


def _relation(page: Draft) -> str:
    if page.told("edit") == "translated":
        return "translates"
    return "excerpts" if page.told("edit") in ("excerpt", "merged") else "republishes"


def _pair(page: Draft, other: Draft | Site, verdict: str) -> Row:
    site = other if isinstance(other, Site) else other.site
    seen = isinstance(other, Draft) and other.seen
    return {
        "verdict": verdict,
        "child_url": page.url,
        "parent_url": other.url if seen else None,
        "parent_name": site.name,
        "parent_domain": site.domain,
        "unseen_story": None if seen or isinstance(other, Site) else other.url,
    }


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows of each verdict."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["verdict"]] = found.get(row["verdict"], 0) + 1
    return found
