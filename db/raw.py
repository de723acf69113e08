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
 WHERE :outlet IS NULL OR o.domain = :outlet
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


_WITHOUT = """
SELECT count(*) FROM articles a JOIN outlets o ON o.id = a.outlet_id
 WHERE a.phantom = 0 AND a.kind <> 'unreadable' AND (:outlet IS NULL OR o.domain = :outlet)
   AND NOT EXISTS (SELECT 1 FROM versions v
                    WHERE v.article_id = a.id
                      AND (v.id IN (SELECT version_id FROM raw_pages)
                           OR v.id IN (SELECT version_id FROM warc_records)))
"""


def without_page(db: Database, outlet: str | None) -> int:
    """How many articles, of all or of one outlet (by domain), are stored without any page."""
    return db.conn.execute(_WITHOUT, {"outlet": outlet}).fetchone()[0]
