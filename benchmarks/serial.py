"""How much of the bundled main job one processor has to do alone, after the last simulated run.

    python benchmarks/serial.py [--workers N] [--days D] [--replications R]

Processor seconds of the main process from the last simulated run to the finished folder, report aside, as a share of
what the workers took for all runs. Whatever it is, more cores cannot shorten it.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _tools import CONFIG, Line, show

from molosim import load
from molosim.experiments.run import run
from molosim.inputs.scenario import Scenario

BAR_PERCENT = 5.0


def serial(scenario: Scenario, out: Path, workers: int) -> Iterator[Line]:
    """Seconds of the workers, seconds of the main process behind the last run, and their ratio."""
    last: list[float] = []

    def progress(done: int, total: int) -> None:
        if done == total and not last:
            last.append(time.process_time())

    before = _children_s()
    run(scenario, out, workers=workers, progress=progress)
    alone_s, runs_s = time.process_time() - last[0], _children_s() - before
    yield Line("processor time of the workers, all runs", runs_s, "s")
    yield Line("processor time of the main process behind the last run", alone_s, "s")
    yield Line("share", 100 * alone_s / runs_s, "%", BAR_PERCENT)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("days", "replications"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--workers", type=int, default=2)
    options = vars(parser.parse_args())
    workers = options.pop("workers")
    scenario = load(CONFIG).but({f"horizon.{key}": value for key, value in options.items() if value is not None})
    with tempfile.TemporaryDirectory() as folder:
        show(f"Main job, {workers} workers", serial(scenario, Path(folder) / CONFIG, workers))


if __name__ == "__main__":
    main()
