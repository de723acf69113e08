"""The words for tables, columns and queries, as they stand in `metadata.toml`."""

import tomllib
from pathlib import Path

METADATA = tomllib.loads((Path(__file__).parent / "metadata.toml").read_text(encoding="utf-8"))

SAME = {"republications": "chains", "newest_versions": "versions"}
"""Views with the columns of another table or view, and so with its words."""

for _view, _table in SAME.items():
    _tables = METADATA["databases"]["newstrace"]["tables"]
    _tables[_view]["columns"] = _tables[_table]["columns"]
