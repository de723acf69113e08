"""Stored raw pages, for reading them again under better wordings."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db.records import Outlet
from db.values import rows

# The newest version of each article, where its raw page is kept.
_RAW = """
SELECT v.id, a.url, v.fetched, v.status, o.domain, o.name, o.kind, o.family
  FROM newest_versions v JOIN raw_pages r ON r.version_id = v.id
  JOIN articles a ON a.id = v.article_id JOIN outlets o ON o.id = a.outlet_id
 WHERE :outlet IS NULL OR :outlet IN (o.domain, o.name)
 ORDER BY v.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One page as it was fetched."""

    url: str
    fetched: datetime
    status: int | None
    outlet: Outlet
    html: bytes


def raw_pages(db: Database, outlet: str | None) -> Iterator[RawPage]:
    """The raw pages of every article's newest version, or of one outlet's (by domain)."""
    for row in list(rows(db, _RAW, {"outlet": outlet})):
        (html,) = db.conn.execute("SELECT html FROM raw_pages WHERE version_id = ?", [row["id"]]).fetchone()
        yield RawPage(
            url=row["url"],
            fetched=datetime.fromisoformat(row["fetched"]),
            status=row["status"],
            outlet=Outlet(domain=row["domain"], name=row["name"], kind=row["kind"], family=row["family"]),
            html=zlib.decompress(html),
        )


# A page that was fetched has an extractor that is not "text": its raw page was kept once, and pruned since.
_WITHOUT = """
SELECT coalesce(sum(v.extractor = 'text'), 0), coalesce(sum(v.extractor <> 'text'), 0)
  FROM articles a JOIN newest_versions v ON v.article_id = a.id JOIN outlets o ON o.id = a.outlet_id
 WHERE a.phantom = 0 AND a.kind <> 'unreadable' AND (:outlet IS NULL OR :outlet IN (o.domain, o.name))
   AND NOT EXISTS (SELECT 1 FROM versions v
                    WHERE v.article_id = a.id
                      AND (v.id IN (SELECT version_id FROM raw_pages)
                           OR v.id IN (SELECT version_id FROM warc_records)))
"""


def without_page(db: Database, outlet: str | None) -> tuple[int, int]:
    """How many articles are stored without any page: (imported as text, their raw page pruned).

    Of all outlets, or of one (by domain).
    """
    return tuple(db.conn.execute(_WITHOUT, {"outlet": outlet}).fetchone())
