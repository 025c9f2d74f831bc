"""What an experiment will take: a few days of it are simulated, and the rest is told from them."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from molosim import bundled
from molosim.experiments.batch import replicate
from molosim.experiments.points import Point
from molosim.experiments.tasks import simulated
from molosim.scenario import Scenario
from molosim.simulation.world import build_world

_SHORT_DAYS, _LONG_DAYS = 2, 9


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to be expected on one core of this machine."""

    runs: int
    """One alternative of one replication each."""
    core_s: float
    disk_bytes: float
    """Of the tables."""


def of_run(scenario: Scenario) -> Forecast:
    """Of `molosim.run`."""

    def probe(short: Scenario, replication: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            world = build_world(short, bundled.cache_folder())
            replicate(world, replication, Path(folder), lambda: None)
            return sum(path.stat().st_size for path in Path(folder).iterdir())

    number = scenario.horizon.replications
    seconds, size = _whole(scenario, probe)
    return Forecast(number * len(scenario.alternatives), number * seconds, number * size)


def of_sweep(points: Sequence[Point], replications: int) -> Forecast:
    """Of a whole sweep, its first point taken for all."""
    first = points[0].scenario
    size = 0

    def probe(short: Scenario, replication: int) -> float:
        nonlocal size
        size = len(json.dumps([dict(row) for row in simulated(short, replication)]))
        return 0

    seconds, _ = _whole(first, probe)
    tasks = len(points) * replications
    runs = sum(len(point.scenario.alternatives) for point in points) * replications
    return Forecast(runs, tasks * seconds, tasks * size)


def _whole(scenario: Scenario, probe: Callable[[Scenario, int], float]) -> tuple[float, float]:
    """Seconds and amount of a whole replication, along the line through two short ones; the first warms up."""
    days = scenario.horizon.warmup_days + scenario.horizon.days
    found = []
    for replication, length in enumerate((_SHORT_DAYS, _SHORT_DAYS, min(_LONG_DAYS, max(days, _SHORT_DAYS + 1)))):
        short = scenario.but({"horizon.days": length, "horizon.warmup_days": 0})
        start = time.perf_counter()
        amount = probe(short, replication + 1)
        found.append((length, time.perf_counter() - start, amount))
    (a, *low), (b, *high) = found[1:]
    seconds, amount = (y + (days - a) * max(0.0, z - y) / (b - a) for y, z in zip(low, high, strict=True))
    return seconds, amount
