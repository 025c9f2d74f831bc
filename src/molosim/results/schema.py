"""The one schema of result folders: every column of every table with its type, unit and meaning.

Files of tables are in ``tables.csv`` beside this module, their columns in ``columns.csv``, with ``{fraction}``,
``{band}``, ``{measure}`` and ``{factor}`` where one line stands for a column of each. Measures describe themselves;
factors are a design's own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from molosim.evaluation.measures import MEASURES
from molosim.inputs.boxes import FRACTIONS
from molosim.trips import SPEED_BANDS_KMH

FACTOR = "factor_"
"""How columns of a design's factors begin; their type is that of the factor's values."""
ANY = "any"
"""Type of a column whose values decide, such as a factor's."""


@dataclass(frozen=True, slots=True)
class ColumnSchema:
    """A column of a table."""

    name: str
    type: str
    """Arrow's name of it, such as ``int32``, ``double`` or ``string``; `ANY` where the values decide."""
    unit: str
    """Empty where there is none, ``1`` for shares, ``*`` where the row says it."""
    meaning: str
    is_optional: bool = False
    """Whether a table may lack it, such as a measure that nobody has computed."""

    @property
    def is_text(self) -> bool:
        """Whether it holds words."""
        return self.type == "string"


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table of a result folder."""

    name: str
    file: str
    """Where it stands in the folder."""
    rows_are: str
    columns: tuple[ColumnSchema, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns in their order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnSchema | None:
        """A column by its name, factors of any design included; None where the table has no such column."""
        for column in self.columns:
            if name == column.name or (column.name == f"{FACTOR}NAME" and name.startswith(FACTOR)):
                return column
        return None

    def faults(self, found: pa.Schema, *, of_types: bool = True) -> list[str]:
        """What is missing, too much, out of order or of another type; nothing where a table is as the schema says."""
        wanted = [column for column in self.columns if column.name != f"{FACTOR}NAME"]
        names = [name for name in found.names if not (self.column(FACTOR) and name.startswith(FACTOR))]
        told = [f"misses '{column.name}'" for column in wanted if column.name not in names and not column.is_optional]
        told += [f"has '{name}', which the schema does not know" for name in names if self.column(name) is None]
        if not told and names != [column.name for column in wanted if column.name in names]:
            told.append("has its columns in another order")
        types = {column.name: column.type for column in wanted if of_types}
        return told + [
            f"'{name}' is {found.field(name).type}, not {types[name]}"
            for name in names
            if types.get(name, ANY) not in (ANY, str(found.field(name).type))
        ]


OF_RUNS = ("trips", "boxes", "pickups", "box_days", "stays", "charges")
"""Tables of every replication, by their names in what a run leaves behind."""
SAMPLED = ("sample_stops", "sample_boxes")
"""Tables of the sampled day of the first replication."""
COMPARED_ACCOUNTS = ("inventory", "allocated", "costs")
"""Accounts that compare all replications; beside them ``shipments`` is of one."""


def _bands() -> Iterator[tuple[str, str]]:
    """Number of each band of leg-mean speed, and its range in words."""
    yield "0", f"below {SPEED_BANDS_KMH[0]} km/h"
    for number, (low, high) in enumerate(pairwise(SPEED_BANDS_KMH), start=1):
        yield str(number), f"{low} to {high} km/h"
    yield str(len(SPEED_BANDS_KMH)), f"{SPEED_BANDS_KMH[-1]} km/h or more"


def _columns(lines: Sequence[ColumnSchema]) -> Iterator[ColumnSchema]:
    """Columns of lines in their order; lines of fractions or bands that follow each other stand for each in turn."""
    for line in lines:
        if line.name == "{measure}":
            for m in MEASURES.values():
                yield ColumnSchema(m.name, line.type, m.unit, f"{m.label}. {m.definition}", is_optional=True)
        elif "{fraction}" in line.name:
            yield from (_filled(line, fraction=fraction) for fraction in FRACTIONS)
        elif "{band}" in line.name:
            yield from (_filled(line, band=band, band_words=words) for band, words in _bands())
        else:
            yield _filled(line, factor="NAME")


def _filled(line: ColumnSchema, **words: str) -> ColumnSchema:
    return replace(line, name=line.name.format(**words), meaning=line.meaning.format(**words))


def _lines(file: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def tables() -> Mapping[str, TableSchema]:
    """Every table of every kind of result folder by its name."""
    columns: dict[str, list[ColumnSchema]] = {}
    for row in _lines("columns.csv"):
        column = ColumnSchema(row["column"], row["type"], row["unit"], row["meaning"])
        columns.setdefault(row["table"], []).append(column)
    return MappingProxyType(
        {name: TableSchema(name, *about, tuple(_columns(columns[name]))) for name, about in _files().items()}
    )


@cache
def _files() -> Mapping[str, tuple[str, str]]:
    """Of each table its file and what its rows are."""
    return {row["table"]: (row["file"], row["rows_are"]) for row in _lines("tables.csv")}


def table(name: str) -> TableSchema:
    """A table by its name."""
    return tables()[name]


def file_of(name: str) -> str:
    """Where a table stands in a result folder."""
    return _files()[name][0]
