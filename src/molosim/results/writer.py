"""Tables on disk: columns to Parquet, replications' parts to one file, in the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from molosim.runtime.arrays import Columns

TABLES = ("trips", "boxes", "pickups", "box_days", "stays", "charges")
"""Tables of every replication, by their names in `RunTables`; the files are called after them."""
SAMPLED = ("sample_stops", "sample_boxes")
"""Tables of the sampled day of the first replication."""


def write_part(path: Path, tables: Sequence[Columns]) -> None:
    """Tables of equal columns below each other, one row group each."""
    first, *rest = [pa.table({name: pa.array(values) for name, values in columns.items()}) for columns in tables]
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for table in (first, *rest):
            writer.write_table(table)


def merge_parts(path: Path, parts: Sequence[Path]) -> None:
    """The parts in their order as one file, a row group at a time so that memory stays small; they are removed."""
    with pq.ParquetWriter(path, pq.read_schema(parts[0]), compression="zstd") as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group))
    for part in parts:
        part.unlink()


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows of equal keys."""
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path, compression="zstd")
