"""A result folder run again from itself: to the same bytes, or with what differs told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import molosim
from molosim.experiments.design import load_design
from molosim.experiments.executors import Opening
from molosim.experiments.replications import replicate
from molosim.experiments.run import run
from molosim.experiments.search_record import MADE_WITH, SEARCH_FILES
from molosim.experiments.searches import repeat
from molosim.experiments.sweep import recompute, sweep
from molosim.experiments.sweep_tables import TABLES as SWEEP_TABLES
from molosim.experiments.tasks import Model, code_version, simulated
from molosim.inputs.scenario import bike_file, load, map_file, walk_file
from molosim.network.graph import RoadGraph
from molosim.results.folder import CONFIG, FIT, SAMPLE_DAY, SWEEP, is_result, read_manifest, require_kind
from molosim.results.provenance import about_map, check_sources, library_versions, machine
from molosim.results.reader import reading
from molosim.results.schema import COMPARED_ACCOUNTS, OF_RUNS, SAMPLED, file_of
from molosim.results.writer import part, write_rows
from molosim.runtime import bundled
from molosim.runtime.errors import ScenarioError
from molosim.simulation.world import build_world

RUN_FILES = (
    *(file_of(name) for name in ("replications", "comparison", "band", *OF_RUNS, *SAMPLED)),
    SAMPLE_DAY,
    *map(file_of, COMPARED_ACCOUNTS),
)
"""What a run must come to again, byte for byte."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rerun:
    """How a folder and its rerun compare."""

    made_with: tuple[str, ...]
    """What is not as it was when the folder was made: version, code, map, libraries, machine."""
    outcome: tuple[str, ...]
    """What came out otherwise; empty where everything is the same."""


def rerun(
    folder: Path,
    *,
    replication: int | None = None,
    workers: int | None = None,
    opening: Opening | None = None,
    model: Model = simulated,
    progress: Progress | None = None,
) -> Rerun:
    """Run a result of `molosim.run`, a sweep or searches again, beside it, and compare; the folder stays as it is.

    Parameters
    ----------
    folder
        The result.
    replication
        The only one to compute and compare, of a run or a sweep's tables; all by default, and all searches.
    workers, opening
        Processes for a run; where a sweep or search computes.
    model
        What a sweep or search was computed by.
    progress
        Told the number of finished and of all runs, or tasks.

    Raises
    ------
    ScenarioError
        The folder is no complete result, or has no such replication; a component of the user's own has another source.
    """
    require_kind(folder, "rerun" if replication is None else "rerun --replication")
    if is_result(folder, FIT):
        raise ScenarioError.at(str(folder), "is a fit, which molosim.fitting.fit_folder.rerun_fit repeats")
    manifest = read_manifest(folder)
    if replication is not None and replication >= manifest["replications"]:
        raise ScenarioError.at("replication", f"found {replication}; the last is {manifest['replications'] - 1}")
    check_sources(folder, manifest)
    for record in manifest.get("searches", ()) if replication is None else ():
        check_sources(folder, {**manifest, "components": [], **record})
    made_with = tuple(_made_with(folder, manifest, model))
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        if not is_result(folder):
            outcome = _of_design(folder, manifest, work, replication, opening=opening, model=model, progress=progress)
        elif replication is None:
            run(load(folder / CONFIG), work / "result", workers=workers, progress=progress)
            outcome = differing_files(folder, work / "result", RUN_FILES)
        else:
            outcome = _replication(folder, work, replication, progress)
        return Rerun(made_with, tuple(outcome))


def _made_with(folder: Path, manifest: Mapping[str, Any], model: Model) -> Iterator[str]:
    said = load(folder / CONFIG).map
    files = {"map": map_file(said), "map of bikes' ways": bike_file(said), "map of the ways on foot": walk_file(said)}
    now = {
        "version": molosim.__version__,
        "code of the model": code_version(model),
        **{name: about_map(RoadGraph.load(file))["sha256"] if file else None for name, file in files.items()},
        "system": machine()["system"],
        **library_versions(),
    }
    yield from differing(origins(manifest), now)
    for record in manifest.get("searches", ()):
        if any(key in record for key in MADE_WITH):
            lines = _made_with(folder, {**manifest, "searches": (), **record}, model)
            yield from (f"{record['command']}: {line}" for line in lines)


def origins(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says that a result was made with."""
    return {
        "version": manifest["version"],
        "code of the model": manifest.get("code"),
        "map": manifest.get("map", {}).get("sha256"),
        "map of bikes' ways": manifest.get("bike_map", {}).get("sha256"),
        "map of the ways on foot": manifest.get("walk_map", {}).get("sha256"),
        "system": manifest["machine"]["system"],
        **manifest["versions"],
    }


def differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Lines of what a result was made with and is not as it was."""
    for name, value in now.items():
        if then.get(name) != value:
            yield f"{name}: then {then.get(name)}, now {value}"


def _of_design(
    folder: Path,
    manifest: Mapping[str, Any],
    work: Path,
    replication: int | None,
    *,
    opening: Opening | None,
    model: Model,
    progress: Progress | None,
) -> Iterator[str]:
    """Tables of a sweep and of all searches, which use its tasks."""
    design, again = load_design(folder), work / "sweep"
    if replication is not None:
        now = recompute(design, again, (replication,), opening=opening, model=model, progress=progress)
        yield from _rows("runs.parquet", _of(folder / "runs.parquet", replication), now)
        return
    if manifest["kind"] == SWEEP:
        sweep(design, again, opening=opening, model=model, progress=progress)
        yield from differing_files(folder, again, SWEEP_TABLES)
    for record in manifest.get("searches", ()):
        repeat(record, design, again, opening=opening, model=model)
        yield from differing_files(folder, again, SEARCH_FILES[record["command"]])


def _replication(folder: Path, work: Path, replication: int, progress: Progress | None) -> Iterator[str]:
    scenario = load(folder / CONFIG)
    finished = iter(range(1, len(scenario.alternatives) + 1))
    tell = progress or (lambda *_: None)
    world = build_world(scenario, bundled.cache_folder())
    outcome = replicate(world, replication, work, lambda: tell(next(finished), len(scenario.alternatives)))
    write_rows(part(work, "replications", replication), outcome.rows)
    for table in ("replications", "trips", "boxes"):
        now = pq.read_table(part(work, table, replication))
        yield from _rows(f"{table}.parquet", _of(folder / f"{table}.parquet", replication), now)


def _of(path: Path, replication: int) -> pa.Table:
    with reading(path):
        return pq.read_table(path, filters=pc.field("replication") == replication)


def differing_files(then: Path, now: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Lines of files that are not the same in two folders."""
    for name in names:
        if not (then / name).is_file():
            yield f"{name}: is missing from the folder"
        elif (then / name).read_bytes() != (now / name).read_bytes():
            yield from list(_rows(name, *map(_table, (then / name, now / name)))) or [f"{name}: other bytes"]


def _table(path: Path) -> pa.Table:
    if path.suffix != ".parquet":
        return pa.table({})
    with reading(path):
        return pq.read_table(path)


def _rows(name: str, then: pa.Table, now: pa.Table) -> Iterator[str]:
    """Differences of two tables that should be the same."""
    if then.num_rows != now.num_rows:
        yield f"{name}: then {then.num_rows} rows, now {now.num_rows}"
        return
    if then.column_names != now.column_names:
        strange = sorted(set(then.column_names) ^ set(now.column_names))
        yield f"{name}: other columns: {', '.join(strange) or 'in another order'}"
        return
    differing = [column for column in then.column_names if not _same(then[column], now[column])]
    if differing:
        column = differing[0]
        pairs = zip(then[column].to_pylist(), now[column].to_pylist(), strict=True)
        row, (before, after) = next((i, pair) for i, pair in enumerate(pairs) if repr(pair[0]) != repr(pair[1]))
        first = f"'{column}' in row {row}: then {before}, now {after}"
        yield f"{name}: {len(differing)} of {then.num_columns} columns differ, first {first}"


def _same(then: pa.ChunkedArray, now: pa.ChunkedArray) -> bool:
    """Equal, where not a number equals itself."""
    return repr(then.to_pylist()) == repr(now.to_pylist())
