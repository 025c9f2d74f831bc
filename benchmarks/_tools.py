"""What the benchmarks share: the bundled world, processor time, and the table that they print."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from molosim.inputs.scenario import Scenario, load
from molosim.runtime import bundled
from molosim.simulation.world import World, build_world

CONFIG = "gothenburg"
REPEATS = 5


@dataclass(frozen=True)
class Line:
    """A measured figure; ``bar`` is what it must reach, from below unless ``at_least``."""

    what: str
    value: float
    unit: str = "s"
    bar: float | None = None
    at_least: bool = False

    def __str__(self) -> str:
        told = f"{self.what:64s} {self.value:10.4g} {self.unit:4s}"
        if self.bar is None:
            return told.rstrip()
        met = self.value >= self.bar if self.at_least else self.value <= self.bar
        return f"{told} {'>=' if self.at_least else '<='} {self.bar:6g}  {'pass' if met else 'SHORT'}"


def show(title: str, lines: Iterable[Line]) -> None:
    print(title)
    for line in lines:
        print(f"  {line}", flush=True)


def world_of(scenario: Scenario | None = None) -> World:
    """The bundled world, from the user's cache."""
    cache = bundled.cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    return build_world(scenario or load(CONFIG), cache)


def cpu_s(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median processor seconds of some work."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)
