"""The user's licences for the pages, read again when their file changed."""

from pathlib import Path

from sqlite_utils import Database

from db.browse.remembered import remembered
from db.licences import Licences, read_licences
from db.lookup import names


def licences_of(db: Database, file: Path | None) -> Licences | None:
    """What the file says; None where there is no file.

    Raises BadCatalogue for a file with something wrong in it.
    """
    if file is None or not file.exists():
        return None
    told = read_licences(file)
    return Licences(told, remembered(db, "names", names)) if told else None
