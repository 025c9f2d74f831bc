"""An experiment: every alternative, every replication, into one result folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from molosim.emissions.grid import conditions_of
from molosim.evaluation.compared_accounts import compare_accounts
from molosim.evaluation.statistics import compare, compare_models, infeasible
from molosim.experiments.replications import Progress, ReplicationOutcome, run_all
from molosim.experiments.tasks import code_version
from molosim.inputs.components import record
from molosim.inputs.scenario import Scenario, as_recorded
from molosim.results.codebook import write_codebook
from molosim.results.folder import ROADS, result_folder
from molosim.results.input_copies import write_inputs
from molosim.results.map_layers import roads, write_features
from molosim.results.provenance import manifest, write_manifest
from molosim.results.schema import COMPARED_ACCOUNTS
from molosim.results.writer import PartMerger, write_table
from molosim.runtime import bundled
from molosim.runtime.cache import prune
from molosim.runtime.files import writing
from molosim.simulation.world import build_world


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
    scenario = as_recorded(scenario)
    components = record(scenario)
    with result_folder(out) as folder:
        with writing(cache):
            cache.mkdir(parents=True, exist_ok=True)
        world = build_world(scenario, cache)
        conditions_of(scenario)  # raises before anything runs where a file of hours cannot be used
        with writing(out):
            write_inputs(folder, scenario)
            write_features(folder / ROADS, roads(world.graph), attribution=world.graph.attribution)
            with PartMerger(folder) as merger:
                outcomes = run_all(
                    world, folder, components, workers=workers, progress=progress or _silent, finished=merger.append
                )
            _write_compared(folder, scenario, outcomes)
            content = manifest(
                folder, scenario, world.graph, code_version(), components=components, started=started,
                workers=workers, gap=outcomes[0].gap,
            )  # fmt: skip
            write_manifest(folder, content)
            if finish:
                finish(folder)
    prune(cache, limit_bytes)
    return out


def _silent(done: int, total: int) -> None:
    del done, total


def _write_compared(folder: Path, scenario: Scenario, outcomes: Sequence[ReplicationOutcome]) -> None:
    """Tables of all replications, from what each has handed back."""
    rows = [row for outcome in outcomes for row in outcome.rows]
    by_model = [row for outcome in outcomes for row in outcome.band]
    write_measures(folder, scenario.baseline, rows, by_model)
    accounts = {
        name: {of: [outcome.accounts[name][of] for outcome in outcomes] for of in scenario.alternatives}
        for name in COMPARED_ACCOUNTS
    }
    for name, table in compare_accounts(accounts, scenario, infeasible(pd.DataFrame(rows))).items():
        write_table(folder, name, table)
    write_codebook(folder)


def write_measures(
    folder: Path, baseline: str, rows: Sequence[Mapping[str, object]], by_model: Sequence[Mapping[str, object]]
) -> None:
    """Measures of every run, their comparison with the baseline, and the band over emission models.

    Parameters
    ----------
    folder
        Where the tables go.
    baseline
        The alternative that the others are compared with.
    rows, by_model
        A row per alternative and replication, and one per emission model of each.
    """
    found = pd.DataFrame(rows)
    write_table(folder, "replications", pa.Table.from_pylist([dict(row) for row in rows]))
    write_table(folder, "comparison", compare(found, baseline))
    band = compare_models(pd.DataFrame(by_model), baseline, impossible=infeasible(found))
    write_table(folder, "band", band)
