"""A model that computes nothing much, in the place of the simulation; it tells each call to a file."""

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from molosim.experiments.task_store import Row
from molosim.inputs.scenario import Scenario

TOO_FAR_M = 950


def tiny(scenario: Scenario, replication: int) -> list[Row]:
    """Measures that follow from the walking limit; none where that is too far."""
    limit_m = scenario.boxes.walking_limit_m
    if log := os.environ.get("STANDIN_LOG"):
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(f"{limit_m} {replication}\n")
    time.sleep(float(os.environ.get("STANDIN_S", "0")))
    if limit_m > TOO_FAR_M:
        raise ValueError(f"{limit_m:g} m\nis too far")
    return [
        {"alternative": name, "km_city": 100 + i * (limit_m / 500 - 1 + math.sin(7.0 * replication) / 9)}
        for i, name in enumerate(scenario.alternatives)
    ]


def deadly(scenario: Scenario, replication: int) -> list[Row]:
    """As `tiny`, but ends its process where that is too far."""
    if scenario.boxes.walking_limit_m > TOO_FAR_M:
        os._exit(9)
    return tiny(scenario, replication)


def lethal(scenario: Scenario, replication: int) -> list[Row]:
    """Ends its process."""
    os._exit(9)


def threads(count: int = 1) -> Callable[[], AbstractContextManager[tuple[Executor, int]]]:
    """Any executor will do; this one needs no processes."""

    @contextmanager
    def opened() -> Iterator[tuple[Executor, int]]:
        with ThreadPoolExecutor(count) as executor:
            yield executor, count + 1

    return opened
