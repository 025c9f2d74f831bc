"""Shared parcel and waste boxes of a city, simulated: what taking waste back in delivery vans saves.

>>> import molosim
>>> scenario = molosim.load("gothenburg")               # doctest: +SKIP
>>> results = molosim.run(scenario, "results/mine")     # doctest: +SKIP
>>> results.comparison                                  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from molosim.inputs.scenario import Scenario
    from molosim.results.results import Results

__version__ = "0.1.0"
__all__ = ["__version__", "load", "run"]


def load(source: str | Path) -> Scenario:
    """Read and check a configuration: see `molosim.inputs.scenario.load`."""
    # Imports wait for the call so that `import molosim` stays light.
    from molosim.inputs.scenario import load as load_scenario  # noqa: PLC0415

    return load_scenario(source)


def run(
    scenario: Scenario,
    out: str | Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Run every alternative and replication, write the result folder with its report, and open it.

    Parameters
    ----------
    scenario
        From `load`, perhaps changed by `Scenario.but`.
    out
        Result folder; an earlier result there is replaced, anything else is left alone and is an error.
    workers
        Processes; all cores by default. The results are the same bytes for any number. A script that uses
        more than one must start under ``if __name__ == "__main__":``.
    progress
        Called with the number of finished and of all simulated runs.

    Raises
    ------
    ScenarioError
        For every input or folder that cannot be used.
    """
    from pathlib import Path  # noqa: PLC0415

    from molosim.experiments.run import run as run_experiment  # noqa: PLC0415
    from molosim.report import write_report  # noqa: PLC0415
    from molosim.results.results import Results  # noqa: PLC0415

    return Results(run_experiment(scenario, Path(out), workers=workers, progress=progress, finish=write_report))
