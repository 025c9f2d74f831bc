"""Replications on several processes, each writing its own part files, none outliving the program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from molosim.evaluation.compared_accounts import listed_shipments
from molosim.evaluation.evaluated import Evaluated, evaluate
from molosim.evaluation.run_view import Row, RunView
from molosim.experiments.executors import CONTEXT, interrupts_held, processes
from molosim.experiments.sample_map import day_features
from molosim.inputs.asked import asking
from molosim.inputs.components import record, state_forgotten
from molosim.inputs.scenario import Scenario
from molosim.results.folder import ACCOUNTS, SAMPLE_DAY
from molosim.results.map_layers import write_features
from molosim.results.schema import OF_RUNS
from molosim.results.writer import write_part, write_shipments
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.reference import insertion_gap
from molosim.simulation.sample import stops
from molosim.simulation.world import World, build_world

Progress = Callable[[int, int], None]
"""Told the number of finished and of all runs (one alternative of one replication is a run)."""

Components = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReplicationOutcome:
    """What a replication hands back; its tables are on disk."""

    rows: list[dict[str, object]]
    """A row of measures for each alternative."""
    band: list[dict[str, object]]
    """A row of CO2e measures for each alternative and emission model."""
    accounts: dict[str, dict[str, list[Row]]]
    """Rows of each account by alternative."""
    gap: dict[str, float] = field(default_factory=dict)
    """How good the plans are; of the first replication only."""


def replicate(world: World, replication: int, folder: Path, done: Callable[[], None]) -> ReplicationOutcome:
    """Run and evaluate every alternative of one replication; its tables go to part files in ``folder``.

    The first replication writes the map of its sampled day and the list of shipments, too. Nothing that components keep
    reaches another replication, which may run in another process.
    """
    with state_forgotten(world.scenario):
        return _replicate(world, replication, folder, done)


def _replicate(world: World, replication: int, folder: Path, done: Callable[[], None]) -> ReplicationOutcome:
    scenario, first = world.scenario, replication == 0
    prepared = prepare(world, replication)
    runs: dict[str, RunTables] = {}
    for alternative in scenario.alternatives:
        runs[alternative] = simulate(world, prepared, alternative, sample_day=sample_day(world) if first else None)
        done()
    for table in OF_RUNS:
        write_part(folder, table, replication, {of: getattr(run, table) for of, run in runs.items()})
    views = {of: RunView(run, scenario) for of, run in runs.items()}
    outcome = _outcome(replication, {of: evaluate(view, of) for of, view in views.items()})
    if not first:
        return outcome
    _write_sample(world, folder, runs)
    (folder / ACCOUNTS).mkdir(exist_ok=True)
    write_shipments(folder, {of: listed_shipments(view, scenario.accounts.allocation) for of, view in views.items()})
    return replace(outcome, gap=insertion_gap(world, prepared))


def _outcome(replication: int, evaluated: Mapping[str, Evaluated]) -> ReplicationOutcome:
    accounts: dict[str, dict[str, list[Row]]] = {}
    for of, one in evaluated.items():
        for name, rows in one.accounts.items():
            accounts.setdefault(name, {})[of] = rows
    return ReplicationOutcome(
        [{"alternative": of, "replication": replication, **one.measures} for of, one in evaluated.items()],
        [
            {"alternative": of, "replication": replication, "model": model, **values}
            for of, one in evaluated.items()
            for model, values in one.band.items()
        ],
        accounts,
    )


def _write_sample(world: World, folder: Path, runs: Mapping[str, RunTables]) -> None:
    """What the first replication keeps of one day: its stops, boxes and ways."""
    write_part(folder, "sample_stops", 0, {of: stops(world, run.sample_tours) for of, run in runs.items()})
    write_part(folder, "sample_boxes", 0, {of: run.sample_boxes for of, run in runs.items()})
    day = day_features(world, {of: run.sample_tours for of, run in runs.items()}, sample_day(world))
    write_features(folder / SAMPLE_DAY, day, attribution=world.graph.attribution)


def sample_day(world: World) -> int:
    """First measured day on which collection by calendar is due and a carrier works; else the first day worked."""
    scenario, days = world.scenario, world.days
    worked = np.any([days.worked(carrier.shift) for carrier in scenario.carriers], axis=0)[days.warmup :]
    special = set[int]()
    for name, policy in scenario.alternatives.items():
        with asking(f"alternatives.{name}", policy, "collection_weekdays"):
            special |= policy.collection_weekdays()
    due = np.isin(days.weekday[days.warmup :], list(special))
    return int(np.argmax(worked & due) if np.any(worked & due) else np.argmax(worked))


def run_all(
    world: World,
    folder: Path,
    components: Components,
    *,
    workers: int,
    progress: Progress,
    finished: Callable[[int], object],
) -> list[ReplicationOutcome]:
    """Outcomes of all replications in their order, whatever the number of workers.

    ``components`` is the record of those of the user's own, which workers must have too. ``finished`` is called with
    the number of each replication, in their order, while later ones still run.
    """
    scenario, number = world.scenario, world.scenario.horizon.replications
    total = number * len(scenario.alternatives)
    if min(workers, number) == 1:
        count = _Count(progress, total)
        outcomes = []
        for replication in range(number):
            outcomes.append(replicate(world, replication, folder, count))
            finished(replication)
        return outcomes
    counter = CONTEXT.Value("q", 0)
    with processes(min(workers, number), _start_worker, (scenario, world.cache, components, counter)) as pool:
        with interrupts_held():
            futures = [pool.submit(_replicate_here, i, folder) for i in range(number)]
        _watch(futures, lambda: progress(counter.value, total), finished)
        return [future.result() for future in futures]


def _watch(
    futures: list[Future[ReplicationOutcome]], tell: Callable[[], None], finished: Callable[[int], object]
) -> None:
    """Wait until all are done or one has failed; say in their order which are done."""
    waiting, following = set(futures), 0
    while waiting:
        done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
        tell()
        for future in done:
            future.result()
        while following < len(futures) and futures[following].done():
            finished(following)
            following += 1


class _Count:
    def __init__(self, progress: Progress, total: int) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def __call__(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


@dataclass(frozen=True, slots=True)
class _Worker:
    """What a worker process keeps for all its replications."""

    scenario: Scenario
    cache_folder: Path
    components: Components
    counter: Any

    def count(self) -> None:
        with self.counter.get_lock():
            self.counter.value += 1


_worker: _Worker


def _start_worker(scenario: Scenario, cache_folder: Path, components: Components, counter: Any) -> None:
    global _worker  # noqa: PLW0603 - the pool has no other way to hand something to all of a worker's tasks
    _worker = _Worker(scenario, cache_folder, components, counter)


@cache
def _world() -> World:
    if record(_worker.scenario) != _worker.components:
        raise ScenarioError.at("workers", "an own component has other files than when the run began; run it again")
    return build_world(_worker.scenario, _worker.cache_folder)


def _replicate_here(replication: int, folder: Path) -> ReplicationOutcome:
    return replicate(_world(), replication, folder, _worker.count)
