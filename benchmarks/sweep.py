"""What a sweep adds to its tasks, and what a second process brings.

    python benchmarks/sweep.py [--tasks N] [--days D]

Wall-clock seconds of whole sweeps (points, keys, tasks, store, tables) with worker processes that have started already.
Overhead: tasks that take one second and compute nothing, on one process. Efficiency: the model itself in tasks of
about a second, with one process and with two, each with day plans of its own to make. Two figures can be measured
beside other work on the machine: the share of the processes' time that is spent in tasks, and whether tasks need more
processor time where two run at a time. Their product is the efficiency; how much sooner two are done is told too.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from _tools import CONFIG, Line, show, world_of

from molosim.experiments.design import Design
from molosim.experiments.executors import Reused, local
from molosim.experiments.points import points
from molosim.experiments.sweep import sweep
from molosim.experiments.task_store import Row, open_store
from molosim.experiments.tasks import Model, simulated, tasks_of
from molosim.inputs.scenario import Scenario, load
from molosim.inputs.validation import checked
from molosim.results.folder import STORE
from molosim.runtime import bundled
from molosim.simulation.world import build_world

TASK_S = 1.0


def idle(scenario: Scenario, replication: int) -> list[Row]:
    """A task of a second."""
    time.sleep(TASK_S)
    return [{"alternative": name, "km_city": float(replication)} for name in scenario.alternatives]


def timed(scenario: Scenario, replication: int) -> list[Row]:
    """The model, its processor seconds in the place of what it finds."""
    start = time.process_time()
    simulated(scenario, replication)
    taken_s = time.process_time() - start
    return [{"alternative": name, "km_city": taken_s} for name in scenario.alternatives]


def design(tasks: int, days: int) -> Design:
    """Points of four replications."""
    factor = {"name": "detour", "key": "alternatives.shared.max_detour_min", "low": 2, "high": 20}
    return checked(
        Design,
        {
            "question": "How long does it take?",
            "base": CONFIG,
            "alternatives": ["shared"],
            "overrides": {"horizon.days": days, "horizon.warmup_days": 0},
            "replications": 4,
            "sampling": {"kind": "grid", "levels": max(2, tasks // 4)},
            "factors": [factor],
        },
    )


@dataclass(frozen=True)
class Taken:
    """A sweep by processes that have done something before."""

    tasks: int
    wall_s: float
    in_tasks_s: float
    processor_s: float
    """In tasks, where the model tells it."""


def taken(workers: int, plan: Design, model: Model) -> Taken:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        opening = Reused(local(workers))
        stack.callback(opening.close)
        first = plan.model_copy(update={"seed": 99, "replications": workers + 1})
        sweep(first, Path(folder) / "first", opening=opening, model=model)
        start = time.perf_counter()
        done = sweep(plan, Path(folder) / "second", opening=opening, model=model)
        wall_s = time.perf_counter() - start
        keys = [task.key for task in tasks_of(points(plan), range(plan.replications), model)]
        with open_store(done.folder / STORE) as store:
            each = store.done(keys).values()
        told = sum(float(str(one.rows[0]["km_city"])) for one in each)
        return Taken(done.computed, wall_s, sum(one.seconds for one in each), told)


def overhead(tasks: int) -> Iterator[Line]:
    one = taken(1, design(tasks, 2), idle)
    yield Line(f"overhead a task of 1 s, {one.tasks} tasks", (one.wall_s / one.tasks - TASK_S) * 1000, "ms", 50)


def efficiency(tasks: int, days: int) -> Iterator[Line]:
    found = {}
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as cache:
            os.environ["MOLOSIM_CACHE"] = cache
            build_world(load(CONFIG), bundled.cache_folder())
            found[workers] = now = taken(workers, design(tasks, days), timed)
        yield Line(f"{now.tasks} tasks of {days} days, processes: {workers}", now.wall_s)
        yield Line("  processor time a task", now.processor_s / now.tasks)
        yield Line("  share of the processes' time spent in tasks", now.in_tasks_s / (workers * now.wall_s), "")
    one, two = found[1], found[2]
    efficiency = two.in_tasks_s / (2 * two.wall_s) * one.processor_s / two.processor_s
    yield Line("efficiency of two processes", efficiency, "", 0.9, at_least=True)
    yield Line("sooner done than one, machine as busy as it is", one.wall_s / two.wall_s, "x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--days", type=int, default=90)
    given = parser.parse_args()
    world_of()  # what is made once is made before anything is timed
    show("Sweep of tasks that only wait", overhead(given.tasks))
    show("Sweep of the model", efficiency(given.tasks, given.days))


if __name__ == "__main__":
    main()
