"""Replications on several processes, each writing its own part files, none outliving the program."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from molosim.experiments.tables import write_part
from molosim.measures import measure
from molosim.scenario import Scenario
from molosim.simulation.reference import insertion_gap
from molosim.simulation.run import RunTables, prepare, simulate
from molosim.simulation.world import World, build_world
from molosim.spec import ScenarioError

Progress = Callable[[int, int], None]
"""Told the number of finished and of all runs (one alternative of one replication is a run)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replication hands back; its tables are on disk."""

    rows: list[dict[str, object]]
    """A row of measures for each alternative."""
    gap: dict[str, float] = field(default_factory=dict)
    sample_tours: dict[str, list[Any]] = field(default_factory=dict)
    """By alternative; of the first replication only, as the gap."""


def part(folder: Path, table: str, replication: int) -> Path:
    """Part file of a table."""
    return folder / f"{table}-{replication:05d}.part"


def replicate(world: World, replication: int, folder: Path, done: Callable[[], None]) -> Outcome:
    """Run every alternative of one replication; its trips and boxes go to part files in ``folder``."""
    scenario = world.scenario
    prepared = prepare(world, replication)
    runs: dict[str, RunTables] = {}
    for alternative in scenario.alternatives:
        runs[alternative] = simulate(world, prepared, alternative)
        done()
    write_part(part(folder, "trips", replication), [run.trips for run in runs.values()])
    write_part(part(folder, "boxes", replication), [run.boxes for run in runs.values()])
    rows = [{"alternative": name, "replication": replication, **measure(run, scenario)} for name, run in runs.items()]
    if replication:
        return Outcome(rows)
    return Outcome(rows, insertion_gap(world, prepared), {name: run.sample_tours for name, run in runs.items()})


def run_all(scenario: Scenario, cache_folder: Path, folder: Path, *, workers: int, progress: Progress) -> list[Outcome]:
    """Outcomes of all replications in their order, whatever the number of workers."""
    number = scenario.horizon.replications
    total = number * len(scenario.alternatives)
    if min(workers, number) == 1:
        world, finished = build_world(scenario, cache_folder), _Count(progress, total)
        return [replicate(world, i, folder, finished) for i in range(number)]
    with _pool(scenario, cache_folder, min(workers, number)) as (pool, counter):
        with _interrupts_ignored():
            futures = [pool.submit(_replicate_here, i, folder) for i in range(number)]
        _watch(futures, lambda: progress(counter.value, total))
        return [future.result() for future in futures]


def _watch(futures: list[Future[Outcome]], tell: Callable[[], None]) -> None:
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


@contextmanager
def _pool(scenario: Scenario, cache_folder: Path, workers: int) -> Iterator[tuple[ProcessPoolExecutor, Any]]:
    """Worker processes that end at once when this one leaves the block by an error, or dies."""
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    lifeline, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _start_worker, (scenario, cache_folder, counter, lifeline))
    try:
        yield pool, counter
        pool.shutdown()
    except BrokenProcessPool:
        problem = "a worker process ended: out of memory, or a script that lacks  if __name__ == '__main__':"
        raise ScenarioError.at("workers", problem) from None
    finally:
        held.close()
        pool.shutdown(cancel_futures=True)
        lifeline.close()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started in the block leave Ctrl-C to this one, from their first moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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


def _start_worker(scenario: Scenario, cache_folder: Path, counter: Any, lifeline: Connection) -> None:
    global _worker  # noqa: PLW0603 - the pool has no other way to hand something to all of a worker's tasks
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    _worker = _Worker(scenario, cache_folder, counter)


def _end_with(lifeline: Connection) -> None:
    """End this process when the other end of the pipe closes: the run is over, broken off or killed."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


@cache
def _world() -> World:
    return build_world(_worker.scenario, _worker.cache_folder)


def _replicate_here(replication: int, folder: Path) -> Outcome:
    return replicate(_world(), replication, folder, _worker.count)
