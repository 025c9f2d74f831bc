"""An experiment: every alternative, every replication, into one result folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from molosim.emissions.grid import conditions_of
from molosim.evaluation.statistics import compare, compare_models, infeasible
from molosim.experiments.replications import Progress, ReplicationOutcome, part, run_all, sample_day
from molosim.inputs.scenario import Scenario, check_recordable
from molosim.results import map_layers
from molosim.results.account_tables import write_accounts
from molosim.results.folder import result_folder
from molosim.results.input_copies import write_inputs
from molosim.results.provenance import manifest, write_manifest
from molosim.results.writer import SAMPLED, TABLES, merge_parts, write_rows
from molosim.runtime import bundled
from molosim.runtime.cache import prune
from molosim.runtime.files import writing
from molosim.simulation.world import World, build_world


def run(
    scenario: Scenario,
    out: Path,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    finish: Callable[[Path], object] | None = None,
) -> Path:
    """Run a scenario and write its result folder.

    Parameters
    ----------
    scenario
        What to run.
    out
        The folder; an earlier result there is replaced.
    workers
        Processes; all cores by default.
    progress
        Told the number of finished and of all runs.
    finish
        Called with the complete but not yet named folder, e.g. to add the report.

    Returns
    -------
    Path
        The result folder. Everything in it but ``manifest.json`` is the same bytes for any number of workers.

    Raises
    ------
    ScenarioError
        For inputs that do not go together with the map and for folders that cannot be written.
    """
    started = datetime.now(UTC)
    workers = workers or os.cpu_count() or 1
    cache, limit_bytes = bundled.cache_folder(), bundled.cache_limit_bytes()
    check_recordable(scenario)
    with result_folder(out) as folder:
        with writing(cache):
            cache.mkdir(parents=True, exist_ok=True)
        world = build_world(scenario, cache)
        conditions_of(scenario)  # a file of hours that will not do is told before anything runs
        with writing(out):
            outcomes = run_all(world, folder, workers=workers, progress=progress or _silent)
            _write(folder, world, outcomes)
            content = manifest(folder, world, started=started, workers=workers, gap=outcomes[0].gap)
            write_manifest(folder, content)
            if finish:
                finish(folder)
    prune(cache, limit_bytes)
    return out


def _silent(done: int, total: int) -> None:
    del done, total


def _write(folder: Path, world: World, outcomes: Sequence[ReplicationOutcome]) -> None:
    scenario = world.scenario
    for table in TABLES:
        parts = [part(folder, table, i) for i in range(scenario.horizon.replications)]
        merge_parts(folder / f"{table}.parquet", parts)
    for table in SAMPLED:
        merge_parts(folder / f"{table}.parquet", [part(folder, table, 0)])
    rows = [row for outcome in outcomes for row in outcome.rows]
    write_rows(folder / "replications.parquet", rows)
    found = pd.DataFrame(rows)
    comparison = compare(found, scenario.baseline)
    comparison.to_csv(folder / "comparison.csv", index=False, lineterminator="\n")
    band = pd.DataFrame([row for outcome in outcomes for row in outcome.band])
    by_model = compare_models(band, scenario.baseline, impossible=infeasible(found))
    by_model.to_csv(folder / "band.csv", index=False, lineterminator="\n")
    map_layers.write_features(
        folder / "roads.geojson", map_layers.roads(world.graph), attribution=world.graph.attribution
    )
    day = map_layers.sample_day(world, outcomes[0].sample_tours, sample_day(world))
    map_layers.write_features(folder / "sample_day.geojson", day, attribution=world.graph.attribution)
    write_inputs(folder, scenario)
    write_accounts(folder)
