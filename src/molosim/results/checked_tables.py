"""Tables of a result folder read back by those who must not trust them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from molosim.runtime.arrays import Columns
from molosim.runtime.errors import ScenarioError

CHARGES = "charges.parquet"
_CHARGE = ("trip", "day", "start_s", "kw", "kwh")
TEXTS = ("alternative", "operator", "vehicle_type", "purpose", "name", "district")
"""Columns that hold text; all others are numbers."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a table into one line.

    Raises
    ------
    ScenarioError
        The file is missing, cannot be read, or is no Parquet file.
    """
    try:
        yield
    except FileNotFoundError:
        raise ScenarioError.at(str(path), "is missing from the result") from None
    except OSError as error:
        raise ScenarioError.at(str(path), f"cannot be read: {error.strerror or error}") from None
    except pa.ArrowException as error:
        line = str(error).partition("\n")[0]
        raise ScenarioError.at(str(path), f"is no Parquet file: {line}") from None


def check_kind(path: Path, name: str, kind: pa.DataType) -> None:
    """Raise ScenarioError where a column does not hold what its name promises."""
    text = name in TEXTS
    right = (pa.types.is_string, pa.types.is_large_string) if text else (pa.types.is_integer, pa.types.is_floating)
    if not any(holds(kind) for holds in right):
        expected = "text" if text else "numbers"
        raise ScenarioError.at(str(path), f"column '{name}' holds {kind}; {expected} are expected")


def read_charges(folder: Path, replication: int | None = None) -> dict[tuple[str, int], Columns]:
    """Charges of a result, or of one replication, by alternative and replication.

    There are none in results from before charges were told.

    Raises
    ------
    ScenarioError
        The table is broken, of another program, or has charges that nobody can have made.
    """
    path = folder / CHARGES
    if not path.is_file():
        return {}
    with reading(path):
        table = pq.read_table(path)
    for name in ("alternative", "replication", *_CHARGE):
        if name not in table.column_names:
            raise ScenarioError.at(str(path), f"has no column '{name}'")
        check_kind(path, name, table[name].type)
    columns = {name: table[name].to_numpy() for name in _CHARGE}
    if not all(np.isfinite(column).all() for column in columns.values()):
        raise ScenarioError.at(str(path), "holds values that are not finite")
    if (columns["kw"] <= 0).any() or (columns["kwh"] < 0).any():
        raise ScenarioError.at(str(path), "holds a charge without power, or of less than no energy")
    columns["trip"] = columns["trip"].astype(np.int64)
    of = table.select(["alternative", "replication"]).to_pandas().groupby(["alternative", "replication"]).indices
    return {
        (str(alternative), int(number)): {name: column[rows] for name, column in columns.items()}
        for (alternative, number), rows in of.items()
        if replication in (None, number)
    }


def check_charges(folder: Path, charges: Columns, trips: Columns) -> None:
    """Raise ScenarioError where charges are not those of these trips."""
    if not charges:
        return
    trip, days = np.asarray(charges["trip"], np.int64), np.asarray(trips["day"])
    if (trip < 0).any() or (trip >= len(days)).any() or (days[trip] != charges["day"]).any():
        raise ScenarioError.at(str(folder / CHARGES), "is of another run than trips.parquet")
