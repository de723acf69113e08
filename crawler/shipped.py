"""The files of words beside the code: a name in, its tables out."""

from pathlib import Path
from typing import Any

import tomli

from db.errors import BadCatalogue

FOLDER = Path(__file__).parent


def shipped(name: str) -> dict[str, Any]:
    """The tables of a TOML file of this folder. Raises BadCatalogue, which names it, when it is broken."""
    path = FOLDER / name
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadCatalogue(f"{path}: cannot be read as TOML ({error})") from error
