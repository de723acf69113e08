"""The codebook: what every column of every export means, its type and its range, from `codebook.toml`."""

import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

COLUMNS = ("export", "column", "type", "range", "meaning")

_FILE = Path(__file__).with_name("codebook.toml")
_WIDTH = 100  # characters of a line


def codebook(what: str | None = None) -> Iterator[Mapping[str, str]]:
    """One row for every column, in the order of the exports: COLUMNS; of the export `what` alone if given."""
    for export, columns in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        if what in (None, export):
            for column, told in columns.items():
                yield {"export": export, "column": column} | {key: told[key] for key in COLUMNS[2:]}


def as_text(rows: Iterable[Mapping[str, str]]) -> str:
    """The rows for reading: a heading for each export, then each column with what it holds."""
    lines: list[str] = []
    export = None
    for row in rows:
        if row["export"] != export:
            lines += ["", row["export"]] if lines else [row["export"]]
            export = row["export"]
        lines.append(f"  {row['column']}: {row['type']}")
        for words in (row["meaning"], f"range: {row['range']}"):
            lines += textwrap.wrap(words, _WIDTH, initial_indent="      ", subsequent_indent="        ")
    return "\n".join(lines)
