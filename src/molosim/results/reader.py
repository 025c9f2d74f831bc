"""The only reader of result folders: tables checked against the schema, runs as views, map layers.

Whoever reads a result must not trust it: a folder may be broken, of another version or of another program. What does
not hold is one `ScenarioError` that names the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import ValidationError

from molosim.evaluation.run_view import RunView
from molosim.evaluation.shipments import trips_of
from molosim.inputs.scenario import Scenario, load
from molosim.results.folder import CONFIG, read_manifest
from molosim.results.schema import ColumnSchema, TableSchema, file_of, table
from molosim.runtime import files
from molosim.runtime.arrays import Column, Columns, Ints
from molosim.runtime.errors import ScenarioError
from molosim.trips import MUNICIPALITY

Feature = dict[str, Any]
"""A GeoJSON feature."""
_KEY = ("alternative", "replication")
_VIEWED = ("trips", "pickups", "boxes", "charges")
"""Tables that a `RunView` reads."""


def _missing() -> str:
    return "is missing from the result"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file of a result into one line.

    Raises
    ------
    ScenarioError
        The file is missing, cannot be read, or does not hold what its name promises.
    """
    try:
        with files.reading(path, _missing):
            yield
    except pa.ArrowException as error:
        line = str(error).partition("\n")[0]
        raise ScenarioError.at(str(path), f"is no Parquet file: {line}") from None
    except (ValueError, KeyError) as error:
        line = str(error).partition("\n")[0]
        raise ScenarioError.at(str(path), f"is not what molosim writes: {line}") from None


@dataclass(frozen=True, slots=True)
class StoredTables:
    """Tables of one alternative of one replication, read back; counts of the whole city are not kept on disk."""

    trips: Columns
    pickups: Columns
    boxes: Columns
    charges: Columns
    totals: Mapping[str, float] = field(default_factory=dict)


class ResultReader:
    """A folder of a run, a sweep or a search, read file by file as somebody asks.

    Parameters
    ----------
    folder
        The folder. Nothing is read or checked before something is asked for.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"

    @cached_property
    def scenario(self) -> Scenario:
        """What was run, with the files that it names beside it."""
        return load(self.folder / CONFIG)

    @cached_property
    def recorded(self) -> Scenario:
        """What was run, as the folder says it; files that it names are not looked for."""
        path = self.folder / CONFIG
        try:
            return Scenario.model_validate(files.read_toml(path, missing=_missing))
        except ValidationError as error:
            raise ScenarioError.at(str(path), f"is of another version: {error.errors()[0]['msg']}") from None

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, map, seed, machine and time."""
        return read_manifest(self.folder)

    def path(self, name: str) -> Path:
        """File of a table."""
        return self.folder / file_of(name)

    def has(self, name: str) -> bool:
        """Whether the folder holds a table, or a file of that name."""
        return (self.folder / name).is_file() if "." in name else self.path(name).is_file()

    def table(self, name: str, columns: Sequence[str] = (), *, where: pc.Expression | None = None) -> pa.Table:
        """A table of a Parquet file.

        Parameters
        ----------
        name
            Of the schema's tables.
        columns
            Those to read, which must be there and hold what the schema says; all columns that the file has, among
            which must be those that name its rows, where none is named.
        where
            Rows to read.

        Raises
        ------
        ScenarioError
            The file is missing or broken, or lacks a column, or holds words for numbers.
        """
        path = self.path(name)
        with reading(path):
            found = pq.read_schema(path)
        check_columns(path, table(name), found, columns)
        with reading(path):
            return pq.read_table(path, columns=list(columns) or None, filters=where)

    def frame(self, name: str, columns: Sequence[str] = (), *, where: pc.Expression | None = None) -> pd.DataFrame:
        """As `table`, of a CSV file too, for pandas."""
        path = self.path(name)
        if path.suffix == ".parquet":
            return self._frame(self.table(name, columns, where=where))
        with reading(path):
            found = pd.read_csv(path)
        for column in columns or table(name).names:
            if column not in found and not column.startswith("factor_"):
                raise ScenarioError.at(str(path), f"has no column '{column}'")
        return found[list(columns)] if columns else found

    def categories(self, name: str, columns: Sequence[str], *, where: pc.Expression | None = None) -> pd.DataFrame:
        """As `frame`, with texts as categories: few words that stand in very many rows."""
        found = self.table(name, columns, where=where)
        for place, column in enumerate(found.schema):
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                found = found.set_column(place, column.name, found[column.name].dictionary_encode())
        return self._frame(found)

    @staticmethod
    def _frame(found: pa.Table) -> pd.DataFrame:
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def features(self, file: str) -> tuple[Feature, ...]:
        """Features of a GeoJSON file."""
        path = self.folder / file
        try:
            return tuple(files.read_json(path, "GeoJSON", _missing)["features"])
        except (KeyError, TypeError):
            raise ScenarioError.at(str(path), "is no GeoJSON that molosim wrote") from None

    def rows(self) -> dict[tuple[str, int], dict[str, Any]]:
        """Rows of ``replications.parquet`` by alternative and replication, in their order.

        Raises
        ------
        ScenarioError
            As `table`, and for words in the place of measures.
        """
        found = self.table("replications")
        return {(row["alternative"], row["replication"]): row for row in found.to_pylist()}

    def views(self, scenario: Scenario, replication: int) -> Iterator[tuple[str, RunView]]:
        """Every alternative of a replication as a view, in the scenario's order.

        Parameters
        ----------
        scenario
            By which the runs are to be seen: the folder's own, or one that differs in emissions or accounts.
        replication
            Its number.

        Raises
        ------
        ScenarioError
            Tables are missing, broken, of another version, or not of this scenario's run.
        """
        self._check_runs(scenario)
        mine = pc.field("replication") == replication
        found = {name: self.table(name, table(name).names, where=mine) for name in _VIEWED}
        for alternative in scenario.alternatives:
            trips, pickups, boxes, charges = (_columns(found[name], alternative) for name in _VIEWED)
            stored = StoredTables(trips, pickups, boxes, charges)
            self._check_run(stored, scenario, f"'{alternative}', replication {replication}")
            yield alternative, RunView(stored, scenario)

    def _check_runs(self, scenario: Scenario) -> None:
        """Runs of the tables are those of the configuration, and stand in one place each."""
        of = {name: self._runs_of(name) for name in ("trips", "boxes")}
        expected = {(name, i) for name in scenario.alternatives for i in range(scenario.horizon.replications)}
        if strange := sorted({name for name, _ in of["trips"] | of["boxes"]} - set(scenario.alternatives)):
            raise ScenarioError.at(str(self.path("trips")), f"holds '{strange[0]}', which config.toml has not")
        if of["boxes"] != expected:
            missing = sorted(expected - of["boxes"]) or [("", 0)]
            problem = f"has no rows of '{missing[0][0]}', replication {missing[0][1]}, which config.toml names"
            raise ScenarioError.at(str(self.path("boxes")), problem)
        if of["trips"] and of["trips"] != of["boxes"]:
            raise ScenarioError.at(str(self.folder), "trips.parquet and boxes.parquet are of different runs")

    def _runs_of(self, name: str) -> set[tuple[str, int]]:
        """Alternatives and replications of which a table has rows."""
        keys = self.table(name, _KEY)
        codes = keys["alternative"].combine_chunks().dictionary_encode()
        words, alternative = codes.dictionary.to_pylist(), codes.indices.to_numpy()
        replication = keys["replication"].to_numpy()
        begins = np.ones(len(alternative), np.bool_)
        begins[1:] = (np.diff(alternative) != 0) | (np.diff(replication) != 0)
        runs = [(str(words[alternative[i]]), int(replication[i])) for i in np.flatnonzero(begins).tolist()]
        if double := next((run for i, run in enumerate(runs) if run in runs[:i]), None):
            problem = f"has rows of '{double[0]}', replication {double[1]}, in two places"
            raise ScenarioError.at(str(self.path(name)), problem)
        return set(runs)

    def _check_run(self, stored: StoredTables, scenario: Scenario, of: str) -> None:
        """Tables of one run hold together and know only what the configuration knows."""
        boxes, last = len(stored.boxes["name"]), int(stored.pickups["box"].max(initial=0))
        if last >= boxes:
            raise ScenarioError.at(str(self.path("boxes")), f"has {boxes} rows of {of}, none of box {last}")
        operators = {MUNICIPALITY, *(carrier.name for carrier in scenario.carriers)}
        for name, allowed in (("vehicle_type", set(scenario.vehicles)), ("operator", operators)):
            if strange := sorted(set(np.unique(stored.trips[name]).tolist()) - allowed):
                raise ScenarioError.at(str(self.path("trips")), f"holds '{strange[0]}', which config.toml has not")
        try:
            trips_of(stored.trips, stored.pickups)
        except KeyError as error:
            problem = f"{of}: the trip {error} of a pick-up is not in trips.parquet"
            raise ScenarioError.at(str(self.path("pickups")), problem) from None
        self._check_charges(stored)

    def _check_charges(self, stored: StoredTables) -> None:
        """Charges are such as somebody can have made, and of these trips."""
        path, charges = str(self.path("charges")), stored.charges
        start_s, kw, kwh = (np.asarray(charges[name], np.float64) for name in ("start_s", "kw", "kwh"))
        if not all(np.isfinite(values).all() for values in (start_s, kw, kwh)):
            raise ScenarioError.at(path, "holds values that are not finite")
        if (kw <= 0).any() or (kwh < 0).any():
            raise ScenarioError.at(path, "holds a charge without power, or of less than no energy")
        trip, days = np.asarray(charges["trip"], np.int64), np.asarray(stored.trips["day"])
        if (trip < 0).any() or (trip >= len(days)).any() or (days[trip] != charges["day"]).any():
            raise ScenarioError.at(path, "is of another run than trips.parquet")


def check_columns(path: Path, about: TableSchema, found: pa.Schema, columns: Sequence[str]) -> None:
    """Raise ScenarioError where a file lacks columns, or has words for numbers in one that the schema knows."""
    for name in columns or [name for name in about.names if name in _KEY]:
        if name not in found.names:
            problem = f"has no column '{name}'; it is of another version or program, so run it again"
            raise ScenarioError.at(str(path), problem)
    for name in columns or found.names:
        if (column := about.column(name)) is not None:
            _check_kind(path, column, found.field(name).type)


def _check_kind(path: Path, column: ColumnSchema, kind: pa.DataType) -> None:
    if column.type in ("any", "bool"):
        return
    right = (
        (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)
        if column.is_text
        else (pa.types.is_integer, pa.types.is_floating, pa.types.is_null)
    )
    if not any(holds(kind) for holds in right):
        expected = "text" if column.is_text else "numbers"
        raise ScenarioError.at(str(path), f"column '{column.name}' holds {kind}; {expected} are expected")


def _columns(rows: pa.Table, alternative: str) -> Columns:
    mine = rows.filter(pc.field("alternative") == alternative).drop_columns(list(_KEY))
    return {name: _values(mine[name]) for name in mine.column_names}


def _values(column: pa.ChunkedArray) -> Column:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.asarray(column.to_numpy())
    # Few different words over many rows: arrays of text made once, since comparing objects one by one takes most of
    # the time of a year's accounts.
    encoded = column.fill_null("").combine_chunks().dictionary_encode()
    words: NDArray[np.str_] = np.array(encoded.dictionary.to_pylist() or [""], str)
    rows: Ints = encoded.indices.to_numpy()
    return words[rows]
