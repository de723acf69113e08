"""The words for tables, columns and queries, as they stand in `metadata.toml`."""

import tomllib
from pathlib import Path

METADATA = tomllib.loads((Path(__file__).parent / "metadata.toml").read_text(encoding="utf-8"))
