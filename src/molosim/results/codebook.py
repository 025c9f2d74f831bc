"""What every column means, as a page of the documentation and as a table in each result folder."""

from __future__ import annotations

import csv
from pathlib import Path

from molosim.results.schema import TableSchema, tables
from molosim.runtime.files import replace

CODEBOOK = "codebook.csv"
HEAD = """# Codebook

Every column of every table of a result folder, with its type, its unit and what it means. The same lines are in
`codebook.csv` of each folder, for the tables that the folder holds. Unit `1` is a share, `*` a unit that the row names.
Text columns hold words as they stand in the configuration. This page is written from the code by
`docs/make_codebook.py`.
"""


def page() -> str:
    """The page of the documentation, in Markdown."""
    return "\n".join([HEAD, *(_section(table) for table in tables().values())])


def _section(table: TableSchema) -> str:
    rows = [f"| `{column.name}` | {column.type} | {column.unit} | {column.meaning} |" for column in table.columns]
    head = f"## {table.file}\n\nA row is {table.rows_are}.\n\n| column | type | unit | holds |\n|---|---|---|---|"
    return "\n".join([head, *rows, ""])


def write_codebook(folder: Path) -> None:
    """Write ``codebook.csv`` beside the tables that a result folder holds."""
    rows = [
        (table.file, column.name, column.type, column.unit, column.meaning)
        for table in tables().values()
        if (folder / table.file).is_file()
        for column in table.columns
    ]

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("table", "column", "type", "unit", "meaning"), *rows])

    replace(folder / CODEBOOK, write)
