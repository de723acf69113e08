"""The folder of the user's own sites, outlets, wordings and database."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """NEWSTRACE_HOME, else the user data folder; it need not be there yet."""
    return Path(os.environ.get("NEWSTRACE_HOME") or platformdirs.user_data_dir("newstrace", appauthor=False))
