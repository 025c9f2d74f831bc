"""The only writer of tables of result folders: columns as the schema says, in the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from molosim.results.schema import OF_RUNS, SAMPLED, file_of, table
from molosim.runtime.arrays import Columns
from molosim.runtime.files import replace


class SchemaError(Exception):
    """A table has other columns than the schema says: a defect of the program, never of the input."""


def part(folder: Path, name: str, replication: int) -> Path:
    """Part file of a table: what one replication adds to it."""
    return folder / f"{name}-{replication:05d}.part"


def write_part(folder: Path, name: str, replication: int, runs: Mapping[str, Columns]) -> None:
    """Write one replication's rows of a table, a row group for each alternative.

    Raises
    ------
    SchemaError
        The columns are not those of the schema.
    """
    first, *rest = [_labelled(columns, of, replication) for of, columns in runs.items()]
    _check(name, first.schema)
    with pq.ParquetWriter(part(folder, name, replication), first.schema, compression="zstd") as writer:
        for rows in (first, *rest):
            writer.write_table(rows)


def _labelled(columns: Columns, alternative: str, replication: int) -> pa.Table:
    rows = len(next(iter(columns.values())))
    labels: Columns = {"alternative": np.full(rows, alternative), "replication": np.full(rows, replication, np.int32)}
    return pa.table({name: pa.array(values) for name, values in {**labels, **columns}.items()})


class PartMerger:
    """Appends part files to the tables of a run's folder, replication by replication in their order.

    Row groups are copied one at a time, so that memory stays small.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def append(self, replication: int) -> None:
        """Add the parts of a replication, which are removed."""
        for name in (*OF_RUNS, *SAMPLED) if replication == 0 else OF_RUNS:
            path = part(self._folder, name, replication)
            with pq.ParquetFile(path) as file:
                writer = self._writer(name, file.schema_arrow)
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group))
            path.unlink()

    def _writer(self, name: str, schema: pa.Schema) -> pq.ParquetWriter:
        if name not in self._writers:
            writer = pq.ParquetWriter(self._folder / file_of(name), schema, compression="zstd")
            self._writers[name] = self._open.enter_context(writer)
        return self._writers[name]


def write_table(folder: Path, name: str, rows: pa.Table | pd.DataFrame, *, file: str = "") -> Path:
    """Write a whole table into a result folder: Parquet or CSV, as the schema or another ``file`` says.

    Raises
    ------
    SchemaError
        The columns are not those of the schema.
    """
    path = folder / (file or file_of(name))
    if isinstance(rows, pd.DataFrame):
        _check_names(name, list(rows.columns))
        replace(path, partial(rows.to_csv, index=False, lineterminator="\n"))
    elif path.suffix == ".csv":
        _check_names(name, rows.column_names)
        options = pyarrow.csv.WriteOptions(quoting_style="needed")
        replace(path, lambda temporary: pyarrow.csv.write_csv(rows, temporary, options))
    else:
        _check(name, rows.schema)
        replace(path, lambda temporary: pq.write_table(rows, temporary, compression="zstd"))
    return path


def write_shipments(folder: Path, runs: Mapping[str, Columns]) -> Path:
    """Write the list of shipments of a replication's alternatives, which come by their names."""
    names = table("shipments").names
    listed = [
        pa.table({name: columns[name] for name in names if name != "alternative"}).add_column(
            0, "alternative", pa.array(np.full(len(columns["day"]), of))
        )
        for of, columns in runs.items()
    ]
    return write_table(folder, "shipments", pa.concat_tables(listed))


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows of equal keys as a Parquet file."""
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path, compression="zstd")


def _check(name: str, found: pa.Schema, *, of_types: bool = True) -> None:
    if faults := table(name).faults(found, of_types=of_types):
        raise SchemaError(f"{name}: {'; '.join(faults[:3])}")


def _check_names(name: str, found: Sequence[str]) -> None:
    _check(name, pa.schema([(column, pa.null()) for column in found]), of_types=False)
