"""From a URL as a person has it to the stored article."""

import difflib
import json
from typing import Any

from sqlite_utils import Database

from db.errors import UnknownArticle
from db.tombstones import is_forgotten, spellings
from db.urls import canonical
from db.values import one, rows

# Every stored URL among the spellings in a JSON list, with its article.
_AT = """
SELECT u.url AS known_as, coalesce(a.merged_into, a.id) AS id
  FROM article_urls u JOIN articles a ON a.id = u.article_id
 WHERE u.url IN (SELECT value FROM json_each(?))
"""
ARTICLE = """
SELECT a.*, o.domain AS domain, o.name AS outlet, o.kind AS outlet_kind
  FROM articles a JOIN outlets o ON o.id = a.outlet_id WHERE a.id = ?
"""


def find_article(db: Database, url: str) -> dict[str, Any]:
    """The article stored under `url` or another spelling of it, with its outlet's domain, name and kind.

    Archive copies and redirectors are unwrapped; http and https, `www.` and a last slash do not
    matter, but a page stored under the very URL comes first.
    Raises UnknownArticle, saying how the page gets in, and BadUrl for what is no URL.
    """
    tried = spellings(canonical(url))
    known = {row["known_as"]: row["id"] for row in rows(db, _AT, [json.dumps(tried)])}
    for spelling in tried:
        if spelling in known:
            return dict(one(db, ARTICLE, [known[spelling]]))
    raise UnknownArticle(_how_it_gets_in(db, tried[0]))


def _how_it_gets_in(db: Database, url: str) -> str:
    if is_forgotten(db, url):
        return f"{url} was forgotten on request, and is not fetched again"
    return (
        f"no article is stored under {url}. To add it: `newstrace fetch {url}`, or save the page in a "
        f"browser and `newstrace import PAGE.html --url {url}`. It may also be stored under another spelling "
        "(AMP, mobile, an older address)"
    )


_NAMED = (
    "SELECT domain, name FROM outlets WHERE domain = :domain OR name = :name ORDER BY domain IS NULL LIMIT 1"
)


def outlet_named(db: Database, name: str) -> str | None:
    """An outlet, by domain or name, as filters take it: its domain, else its name; None: there is none."""
    told = {"domain": name.strip().lower().removeprefix("www."), "name": name.strip()}
    row = one(db, _NAMED, told)
    return row and (row["domain"] if row["domain"] == told["domain"] else row["name"])


_LANGUAGES = """
SELECT language FROM articles WHERE language IS NOT NULL
UNION SELECT language FROM outlets WHERE language IS NOT NULL ORDER BY 1
"""


def languages(db: Database) -> list[str]:
    """The languages of the stored articles and outlets."""
    return [row["language"] for row in rows(db, _LANGUAGES)]


def nearest_outlets(db: Database, name: str) -> list[str]:
    """Outlets whose domain or name is spelled nearly so, three at most."""
    known = {told for row in rows(db, "SELECT domain, name FROM outlets") for told in row if told}
    return difflib.get_close_matches(name, sorted(known), n=3)
