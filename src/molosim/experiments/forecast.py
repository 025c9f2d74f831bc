"""What an experiment will take: a few days of it are simulated, and the rest is told from them."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molosim.experiments.points import Point
from molosim.experiments.replications import replicate
from molosim.experiments.tasks import simulated
from molosim.inputs.scenario import Scenario
from molosim.runtime import bundled
from molosim.simulation.world import build_world

_DAYS = 20
_PLANNED: dict[str, Any] = {
    "seed": True,
    "map": True,
    "horizon": True,
    "addresses": True,
    "boxes": {"file"},
    "box_stop": True,
    "residents": {"parcels"},
    "vehicles": True,
    "carriers": True,
    "chargers": True,
    "tender": True,
}
"""What day plans hang on."""


@dataclass(frozen=True, slots=True)
class CostForecast:
    """What is to be expected on one core of this machine."""

    runs: int
    """One alternative of one replication each."""
    core_s: float
    disk_bytes: float
    """Of the tables."""


def of_run(scenario: Scenario) -> CostForecast:
    """Of `molosim.run`."""

    def probe(short: Scenario, replication: int) -> int:
        with tempfile.TemporaryDirectory() as folder:
            replicate(build_world(short, bundled.cache_folder()), replication, Path(folder), lambda: None)
            return sum(path.stat().st_size for path in Path(folder).iterdir())

    number, short = scenario.horizon.replications, _Probed.of(scenario, probe)
    times = number * short.times
    return CostForecast(number * len(scenario.alternatives), times * short.first_s, times * short.size)


def of_sweep(points: Sequence[Point], replications: int) -> CostForecast:
    """Of a whole sweep, its first point taken for all; points with the same parcels and roads share their day plans."""

    def probe(short: Scenario, replication: int) -> int:
        return len(json.dumps([dict(row) for row in simulated(short, replication)]))

    short = _Probed.of(points[0].scenario, probe)
    planned = {point.scenario.model_dump_json(include=_PLANNED) for point in points}
    planning_s = len(planned) * (short.first_s - short.again_s)
    return CostForecast(
        runs=sum(len(point.scenario.alternatives) for point in points) * replications,
        core_s=replications * short.times * (len(points) * short.again_s + planning_s),
        disk_bytes=float(replications * len(points) * short.size),
    )


@dataclass(frozen=True, slots=True)
class _Probed:
    """A replication of some days."""

    first_s: float
    """Processor time, day plans made."""
    again_s: float
    """With day plans that were there."""
    size: int
    """Bytes."""
    times: float
    """How often its days go into those of the whole."""

    @classmethod
    def of(cls, scenario: Scenario, probe: Callable[[Scenario, int], int]) -> _Probed:
        days = scenario.horizon.warmup_days + scenario.horizon.days
        short = scenario.but({"horizon.warmup_days": 0, "horizon.days": min(days, _DAYS)})
        # A replication that nobody has asked for has no day plans yet; one before it loads what is loaded once.
        unused = 1000 + time.time_ns() % 10**9
        probe(short.but({"horizon.days": 1}), unused)
        first_s, size = _timed(lambda: probe(short, unused + 1))
        again_s, _ = _timed(lambda: probe(short, unused + 1))
        return cls(first_s, min(first_s, again_s), size, days / min(days, _DAYS))


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    """Processor seconds and the outcome of some work."""
    start = time.process_time()
    outcome = work()
    return time.process_time() - start, outcome
