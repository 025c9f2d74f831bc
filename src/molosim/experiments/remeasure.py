"""A stored run measured again under another emission model or other electricity, without simulating."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from molosim.emissions import MODELS
from molosim.emissions.grid import conditions_of
from molosim.evaluation.measures import Account, allocation_measures, band, environment, measured
from molosim.evaluation.statistics import compare, compare_models, infeasible
from molosim.inputs.cross_checks import known
from molosim.inputs.emission_settings import FileGrid
from molosim.inputs.scenario import Scenario
from molosim.results.checked_tables import TEXTS, check_charges, check_kind, read_charges, reading
from molosim.results.folder import ACCOUNTS, CONFIG, SWEEP, is_result
from molosim.results.input_copies import copies, write_inputs
from molosim.results.results import Results
from molosim.results.writer import write_rows
from molosim.runtime.arrays import Column, Columns, Ints
from molosim.runtime.errors import Fault, ScenarioError
from molosim.runtime.files import remove, take_place, unfinished, writing

MEASURED = "measured"
"""Folder of what was measured again, within a result folder."""
WRITTEN = ("replications.parquet", "comparison.csv", "band.csv", "config.toml")
_OF_EMISSIONS = {m.name for m in (*environment.MEASURES, *allocation_measures.MEASURES)}


@dataclass(frozen=True)
class _Stored:
    """Tables of one alternative of one replication; counts of the whole city are not kept on disk."""

    trips: Columns
    boxes: Columns
    charges: Columns = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)


def remeasure(folder: Path, model: str, *, grid: Mapping[str, object] | None = None) -> Path:
    """Measure a run again with every vehicle by one emission model.

    Parameters
    ----------
    folder
        A result of `molosim.run`; its own tables stay as they are.
    model
        Of `MODELS`.
    grid
        In place of ``emissions.grid``: a file of hours, in the zone of the run's own file where it names none.

    Returns
    -------
    Path
        ``folder/measured/MODEL`` with the replications' measures, the comparison, the band over all models, and the
        configuration that these belong to. Measures that rest on counts not kept on disk are as the run had them.

    Raises
    ------
    ScenarioError
        No such model; no complete result of a run; tables that are missing, broken or not of this run.
    """
    if faults := known("--emissions", model, MODELS):
        raise ScenarioError(faults)
    if is_result(folder, SWEEP):
        raise ScenarioError.at(str(folder), "is a sweep; runs can be measured again, a sweep keeps no trips")
    results = Results(folder)
    scenario = _by(results.scenario, model, grid)
    conditions_of(scenario)
    accounts = {key: Account(tables, scenario) for key, tables in _tables(folder, scenario)}
    for need in MODELS[model].needs:
        if not all(need in account.tables.trips for account in accounts.values()):
            raise ScenarioError.at(str(folder / "trips.parquet"), f"has no column '{need}', which '{model}' needs")
    stored = {(row["alternative"], row["replication"]): row for row in _rows(folder / "replications.parquet")}
    if set(stored) != set(accounts):
        raise ScenarioError.at(str(folder), "replications.parquet and trips.parquet are of different runs")
    try:
        rows = [_again(stored[key], account) for key, account in accounts.items()]
    except KeyError as error:
        raise ScenarioError.at(str(folder), f"its tables have no column {error}") from None
    by_model = [
        {"alternative": alternative, "replication": replication, "model": name, **values}
        for (alternative, replication), account in accounts.items()
        for name, values in band(account).items()
    ]
    return _write(folder / MEASURED / model, scenario, rows, by_model)


def _by(scenario: Scenario, model: str, grid: Mapping[str, object] | None) -> Scenario:
    own = scenario.emissions.grid
    # The days stay where they were: other hours of theirs are in the same zone unless it is said again.
    there = {"zone": own.zone} if isinstance(own, FileGrid) else {}
    electricity = {} if grid is None else {"emissions.grid": {**there, **grid}}
    changed = scenario.but({"emissions.model": model, **electricity})
    vehicles = {name: v.model_copy(update={"emission_model": None}) for name, v in changed.vehicles.items()}
    return changed.model_copy(update={"vehicles": vehicles})


def _again(stored: Mapping[str, object], account: Account) -> dict[str, object]:
    """A row with what can be measured from the tables; the rest as it was."""
    row: dict[str, object] = {name: stored[name] for name in ("alternative", "replication")}
    for name, value in measured(account, of=str(stored["alternative"])).items():
        known_now = name in _OF_EMISSIONS or math.isfinite(value)
        row[name] = value if known_now or stored.get(name) is None else stored[name]
    return row


def _tables(folder: Path, scenario: Scenario) -> Iterator[tuple[tuple[str, int], _Stored]]:
    """Trips and boxes by alternative and replication, in the order of the replications."""
    trips, boxes = _parts(folder / "trips.parquet"), _parts(folder / "boxes.parquet")
    if set(trips) != set(boxes):
        raise ScenarioError.at(str(folder), "trips.parquet and boxes.parquet are of different runs")
    charges = read_charges(folder)
    order = {name: place for place, name in enumerate(scenario.alternatives)}
    for key in sorted(trips, key=lambda key: (key[1], order.get(key[0], -1))):
        alternative, _ = key
        strange = set(np.unique(trips[key]["vehicle_type"].astype(str))) - set(scenario.vehicles)
        if alternative not in order or strange:
            problem = f"holds '{min(strange) if strange else alternative}', which config.toml does not know"
            raise ScenarioError.at(str(folder / "trips.parquet"), problem)
        mine = charges.get(key, {})
        check_charges(folder, mine, trips[key])
        yield key, _Stored(trips[key], boxes[key], mine)


def _parts(path: Path) -> dict[tuple[str, int], Columns]:
    with reading(path):
        table = pq.read_table(path)
    needed = {"alternative", "replication", *(("vehicle_type", "day", "metres") if path.stem == "trips" else ())}
    if missing := sorted(needed - set(table.column_names)):
        raise ScenarioError.at(str(path), f"has no column '{missing[0]}'")
    if not table.num_rows:
        raise ScenarioError.at(str(path), "has no rows")
    columns = {name: _values(path, name, table[name]) for name in table.column_names}
    names, alternative = np.unique(columns.pop("alternative"), return_inverse=True)
    replication = columns.pop("replication").astype(np.int64)
    cuts = np.flatnonzero((np.diff(alternative) != 0) | (np.diff(replication) != 0)) + 1
    starts, ends = np.r_[0, cuts], np.r_[cuts, len(alternative)]
    found: dict[tuple[str, int], Columns] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        key = (str(names[alternative[start]]), int(replication[start]))
        if key in found:
            problem = f"has rows of '{key[0]}', replication {key[1]}, in two places"
            raise ScenarioError.at(str(path), problem)
        found[key] = {name: column[start:end] for name, column in columns.items()}
    return found


def _values(path: Path, name: str, column: pa.ChunkedArray) -> Column:
    check_kind(path, name, column.type)
    if name not in TEXTS:
        return np.asarray(column.to_numpy())
    # Few different words over many rows: told apart once, not row by row.
    encoded = column.fill_null("").combine_chunks().dictionary_encode()
    words: NDArray[np.str_] = np.array(encoded.dictionary.to_pylist(), str)
    rows: Ints = encoded.indices.to_numpy()
    return words[rows]


def _rows(path: Path) -> list[dict[str, object]]:
    with reading(path):
        rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    if not rows or not {"alternative", "replication"} <= set(rows[0]):
        raise ScenarioError.at(str(path), "is no table of replications")
    for name, value in rows[0].items():
        if name != "alternative" and not isinstance(value, int | float | None):
            raise ScenarioError.at(str(path), f"column '{name}' holds '{value}'; numbers are expected")
    return rows


def _write(out: Path, scenario: Scenario, rows: list[dict[str, object]], by_model: list[dict[str, object]]) -> Path:
    """The measures in their folder, which is whole or as it was before."""
    _check(out, (*WRITTEN, ACCOUNTS, "grid.csv", *copies(scenario)))
    with writing(out):
        out.parent.mkdir(exist_ok=True)
        work = unfinished(out)
        work.mkdir()
        try:
            write_rows(work / WRITTEN[0], rows)
            found = pd.DataFrame(rows)
            compare(found, scenario.baseline).to_csv(work / WRITTEN[1], index=False, lineterminator="\n")
            table = compare_models(pd.DataFrame(by_model), scenario.baseline, impossible=infeasible(found))
            table.to_csv(work / WRITTEN[2], index=False, lineterminator="\n")
            write_inputs(work, scenario)
            take_place(work, out)
        finally:
            remove(work)
    return out


def _check(out: Path, ours: Sequence[str]) -> None:
    faults = [
        Fault(str(path), "is not a folder of molosim measure; move it")
        for path in (out.parent, out)
        if path.is_symlink() or (path.exists() and not path.is_dir())
    ]
    strange = [path for path in out.iterdir() if path.name not in ours] if out.is_dir() and not faults else []
    faults += [Fault(str(path), "is not of molosim measure; move it") for path in strange[:1]]
    if faults:
        raise ScenarioError(faults)


def home_of(folder: Path, model: str) -> Path:
    """Where a run has been measured again by a model.

    Raises
    ------
    ScenarioError
        No such model, or nobody has done that yet.
    """
    if faults := known("--emissions", model, MODELS):
        raise ScenarioError(faults)
    found = folder / MEASURED / model
    if not (found / CONFIG).is_file():
        command = f"molosim measure {folder} --emissions {model}"
        raise ScenarioError.at("--emissions", f"the run has not been measured by '{model}' yet; first: {command}")
    return found
