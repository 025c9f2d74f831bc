"""Replications on several processes, each writing its own part files, none outliving the program."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from molosim.evaluation.measures import Account, band, measured
from molosim.experiments.executors import CONTEXT, interrupts_held, processes
from molosim.inputs.scenario import Scenario
from molosim.results.writer import TABLES, write_part
from molosim.runtime.arrays import Columns
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.reference import insertion_gap
from molosim.simulation.sample import SampleTour, stops
from molosim.simulation.world import World, build_world

Progress = Callable[[int, int], None]
"""Told the number of finished and of all runs (one alternative of one replication is a run)."""


@dataclass(frozen=True, slots=True)
class ReplicationOutcome:
    """What a replication hands back; its tables are on disk."""

    rows: list[dict[str, object]]
    """A row of measures for each alternative."""
    band: list[dict[str, object]]
    """A row of CO2e measures for each alternative and emission model."""
    gap: dict[str, float] = field(default_factory=dict)
    sample_tours: dict[str, list[SampleTour]] = field(default_factory=dict)
    """By alternative; of the first replication only, as the gap."""


def part(folder: Path, table: str, replication: int) -> Path:
    """Part file of a table."""
    return folder / f"{table}-{replication:05d}.part"


def replicate(world: World, replication: int, folder: Path, done: Callable[[], None]) -> ReplicationOutcome:
    """Run every alternative of one replication; its trips and boxes go to part files in ``folder``."""
    scenario, first = world.scenario, replication == 0
    prepared = prepare(world, replication)
    runs: dict[str, RunTables] = {}
    for alternative in scenario.alternatives:
        runs[alternative] = simulate(world, prepared, alternative, sample_day=sample_day(world) if first else None)
        done()
    for table in TABLES:
        columns = [_labelled(getattr(run, table), of, replication) for of, run in runs.items()]
        write_part(part(folder, table, replication), columns)
    accounts = {of: Account(run, scenario) for of, run in runs.items()}
    rows: list[dict[str, object]] = [
        {"alternative": of, "replication": replication, **measured(account, of=of)} for of, account in accounts.items()
    ]
    by_model: list[dict[str, object]] = [
        {"alternative": of, "replication": replication, "model": model, **values}
        for of, account in accounts.items()
        for model, values in band(account).items()
    ]
    if not first:
        return ReplicationOutcome(rows, by_model)
    sampled = {
        "sample_stops": [stops(world, run.sample_tours) for run in runs.values()],
        "sample_boxes": [run.sample_boxes for run in runs.values()],
    }
    for table, of_runs in sampled.items():
        columns = [_labelled(rows, of, replication) for of, rows in zip(runs, of_runs, strict=True)]
        write_part(part(folder, table, replication), columns)
    tours = {of: run.sample_tours for of, run in runs.items()}
    return ReplicationOutcome(rows, by_model, insertion_gap(world, prepared), tours)


def sample_day(world: World) -> int:
    """First measured day on which collection by calendar is due and a carrier works; else the first day worked."""
    scenario, days = world.scenario, world.days
    worked = np.any([days.worked(carrier.shift) for carrier in scenario.carriers], axis=0)[days.warmup :]
    special = frozenset().union(*(policy.collection_weekdays() for policy in scenario.alternatives.values()))
    due = np.isin(days.weekday[days.warmup :], list(special))
    return int(np.argmax(worked & due) if np.any(worked & due) else np.argmax(worked))


def _labelled(columns: Columns, alternative: str, replication: int) -> Columns:
    rows = len(next(iter(columns.values())))
    return {"alternative": np.full(rows, alternative), "replication": np.full(rows, replication, np.int32), **columns}


def run_all(world: World, folder: Path, *, workers: int, progress: Progress) -> list[ReplicationOutcome]:
    """Outcomes of all replications in their order, whatever the number of workers."""
    scenario, number = world.scenario, world.scenario.horizon.replications
    total = number * len(scenario.alternatives)
    if min(workers, number) == 1:
        finished = _Count(progress, total)
        return [replicate(world, i, folder, finished) for i in range(number)]
    counter = CONTEXT.Value("q", 0)
    with processes(min(workers, number), _start_worker, (scenario, world.cache, counter)) as pool:
        with interrupts_held():
            futures = [pool.submit(_replicate_here, i, folder) for i in range(number)]
        _watch(futures, lambda: progress(counter.value, total))
        return [future.result() for future in futures]


def _watch(futures: list[Future[ReplicationOutcome]], tell: Callable[[], None]) -> None:
    """Wait until all are done or one has failed."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
        tell()
        for future in done:
            future.result()


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
    counter: Any

    def count(self) -> None:
        with self.counter.get_lock():
            self.counter.value += 1


_worker: _Worker


def _start_worker(scenario: Scenario, cache_folder: Path, counter: Any) -> None:
    global _worker  # noqa: PLW0603 - the pool has no other way to hand something to all of a worker's tasks
    _worker = _Worker(scenario, cache_folder, counter)


@cache
def _world() -> World:
    return build_world(_worker.scenario, _worker.cache_folder)


def _replicate_here(replication: int, folder: Path) -> ReplicationOutcome:
    return replicate(_world(), replication, folder, _worker.count)
