"""The folder of the user's own sites, outlets, wordings and database."""

import os
from functools import lru_cache
from pathlib import Path

import platformdirs


def home() -> Path:
    """NEWSTRACE_HOME, else the user data folder; it need not be there yet."""
    return _folder(os.environ.get("NEWSTRACE_HOME", ""))


@lru_cache(maxsize=8)  # every page that is read asks
def _folder(stated: str) -> Path:
    return Path(stated or platformdirs.user_data_dir("newstrace", appauthor=False))
