"""Stories: the pages that accepted links and siblings connect, each story with an id to group by.

The id is a pure function of the story's furthest-back page, and so of its content: the same links
give the same ids in any database.  Of several furthest-back sources it is the one with the earliest
stated time (of a page that was not seen: of the first that took from it), a page before one not
seen, then the smaller name.  A story that grows at its end keeps its id.  The id changes when a
source further back is found or an unseen one's page is met, when two stories turn out to be one,
and when the furthest-back page gets another address or another stated time, or is forgotten.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from db.groups import connected
from db.told import STANDS
from db.values import rows

NOT_SEEN = "{}: named, page not seen"
_UNSTATED = "~"  # after every stated time

# The links that make a story, and its pages.
_TIES = f"SELECT child_id, source_id, relation = 'sibling' AS sibling FROM links l WHERE {STANDS}"  # noqa: S608
_PAGES = """
SELECT a.id, a.url, a.title, a.published, a.first_seen, a.language, a.phantom, o.domain, o.name
  FROM articles a JOIN outlets o ON o.id = a.outlet_id
"""
_TIED = f"""
 WHERE a.id IN (SELECT child_id FROM links l WHERE {STANDS}
                UNION SELECT source_id FROM links l WHERE {STANDS})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Story:
    """The pages of one story, phantoms among them, and the one furthest back."""

    id: str
    pages: tuple[sqlite3.Row, ...]
    back: sqlite3.Row

    @property
    def outlets(self) -> set[str]:
        """The domains and the names of all its outlets."""
        return {told for page in self.pages for told in (page["domain"], page["name"]) if told}

    def row(self) -> dict[str, Any]:
        """The story as exported."""
        seen = sorted((page for page in self.pages if not page["phantom"]), key=_began)
        back = self.back
        return {
            "id": self.id,
            "first_seen": min((page["first_seen"] for page in seen), default=None),
            "published": min((page["published"] for page in seen if page["published"]), default=None),
            "title": (back if not back["phantom"] or not seen else seen[0])["title"],
            "outlets": sorted({page["domain"] or page["name"] for page in seen}),
            "articles": len(seen),
            "phantoms": sorted(page["name"] for page in self.pages if page["phantom"]),
            "furthest_back": NOT_SEEN.format(back["name"]) if back["phantom"] else back["url"],
            "languages": sorted({page["language"] for page in seen if page["language"]}),
            "urls": sorted(page["url"] for page in seen),
        }


def all_stories(db: Database, *, lone: bool = False) -> list[Story]:
    """Every story, the first seen first; with `lone` also the pages that no link ties to another."""
    pages = {row["id"]: row for row in rows(db, _PAGES if lone else _PAGES + _TIED)}
    ties = [tuple(row) for row in rows(db, _TIES)]
    sources: dict[int, list[int]] = {}
    takers: dict[int, list[int]] = {}
    for child, source, sibling in ties:
        if not sibling:
            sources.setdefault(child, []).append(source)
            takers.setdefault(source, []).append(child)
    groups = connected(pages, ((child, source) for child, source, _ in ties))
    found = [_story([pages[id_] for id_ in sorted(group)], pages, sources, takers) for group in groups]
    found = [story for story in found if any(not page["phantom"] for page in story.pages)]
    return sorted(found, key=lambda s: (min(p["first_seen"] for p in s.pages if not p["phantom"]), s.id))


def story_of_articles(db: Database) -> dict[int, str]:
    """Article id -> id of its story; articles that nothing is linked to have none."""
    return {page["id"]: story.id for story in all_stories(db) for page in story.pages}


def _story(
    members: list[sqlite3.Row],
    pages: Mapping[int, sqlite3.Row],
    sources: Mapping[int, list[int]],
    takers: Mapping[int, list[int]],
) -> Story:
    def place(page: sqlite3.Row) -> tuple[str, bool, str]:
        """When the page began, whether it is unseen, and what names it."""
        if not page["phantom"]:
            return _began(page)[0], False, page["url"]
        taken = (pages[id_] for id_ in takers.get(page["id"], ()) if not pages[id_]["phantom"])
        began, first = min(map(_began, taken), default=(_UNSTATED, ""))
        return began, True, f"phantom:{page['name']}|{first}"

    furthest = [page for page in members if page["id"] not in sources] or members
    back = min(furthest, key=place)
    named = place(back)[2]
    return Story(f"s{hashlib.sha256(named.encode()).hexdigest()[:16]}", tuple(members), back)


def _began(page: sqlite3.Row) -> tuple[str, str]:
    return page["published"] or _UNSTATED, page["url"] or ""
