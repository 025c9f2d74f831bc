"""Tables of a result folder read back by those who must not trust them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from molosim.spec import ScenarioError

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
