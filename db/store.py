"""Everything that writes, behind one door; each file beside holds one kind of row."""

from db.articles import put_article, put_evidence, put_told, put_withdrawal
from db.check import check
from db.forget import forget
from db.frontier import Answer, Listing, due, put_found, put_listed, validators, visited
from db.judgements import judge, judgements
from db.links import delete_links, put_links, put_phantom, replace_links
from db.matches import put_matches
from db.merge import merge
from db.open import lock, open_db, open_read, writing
from db.publishers import outlet_row, put_outlets
from db.runs import end_run, start_run
from db.tombstones import is_forgotten

__all__ = [
    "Answer",
    "Listing",
    "check",
    "delete_links",
    "due",
    "end_run",
    "forget",
    "is_forgotten",
    "judge",
    "judgements",
    "lock",
    "merge",
    "open_db",
    "open_read",
    "outlet_row",
    "put_article",
    "put_evidence",
    "put_found",
    "put_links",
    "put_listed",
    "put_matches",
    "put_outlets",
    "put_phantom",
    "put_told",
    "put_withdrawal",
    "replace_links",
    "start_run",
    "validators",
    "visited",
    "writing",
]
