"""`/-/pack?url=`: the evidence pack of a page, to keep."""

from datetime import UTC, datetime

from sqlite_utils import Database

from db.browse.answer import Answer, Ask, page
from db.browse.licensed import licences_of
from db.browse.remembered import remembered
from db.coverage import counted, coverage
from db.errors import NewsError
from db.pack import pack


def evidence(db: Database, ask: Ask) -> Answer:
    """The ZIP, or why there is none."""
    try:
        with counted(remembered(db, "coverage", coverage)):
            licences = licences_of(db, ask.tools.licences)
            made = pack(db, ask.arg("url"), datetime.now(UTC), licences=licences)
    except NewsError as error:
        return page(ask, "message.html", status=404, words=str(error), back="/-/trace")
    headers = {"Content-Disposition": 'attachment; filename="newstrace-evidence.zip"'}
    return Answer(body=made, type="application/zip", headers=headers)
