"""From a URL as a person has it to the stored article."""

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
