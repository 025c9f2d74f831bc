"""One configuration: run it, run its result again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from molosim.experiments import rerun as again
from molosim.experiments.executors import opening_of
from molosim.experiments.run import run as run_experiment
from molosim.fitting.fit_folder import rerun_fit
from molosim.inputs.scenario import Scenario
from molosim.report import write_report
from molosim.results.folder import FIT, is_result, require_kind
from molosim.results.results import Results


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
        Processes; all cores by default. The results are the same bytes for any number. A script that uses more than one
        must start under ``if __name__ == "__main__":``, since each process imports it.
    progress
        Called with the number of finished and of all simulated runs.

    Returns
    -------
    Results
        The result folder, whose tables are read when first asked for.

    Raises
    ------
    ScenarioError
        Inputs that do not go together with the map, a component that could not be recorded, a folder that cannot be
        written. No folder is left then.

    Examples
    --------
    >>> import molosim
    >>> scenario = molosim.load("town.toml").but({"horizon.days": 5})
    >>> results = molosim.run(scenario, "results/town", workers=1)
    >>> list(results.comparison["alternative"].unique())
    ['shared', 'hybrid', 'none']
    """
    return Results(run_experiment(scenario, Path(out), workers=workers, progress=progress, finish=write_report))


def rerun(
    folder: str | Path,
    *,
    replication: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> again.Rerun:
    """Run a result again from itself, beside it, and compare; the folder stays as it is.

    Parameters
    ----------
    folder
        A result of `run`, `sweep`, a search or `fit`.
    replication
        The only one of a run or sweep to run, from 0; all by default, and all searches.
    workers
        Processes; all cores by default.
    progress
        Called with the number of finished and of all runs, or of a sweep's tasks.

    Returns
    -------
    Rerun
        ``made_with``: what is not as it was when the folder was made, such as a library's version; ``outcome``: what
        came out otherwise, empty where everything is the same.

    Raises
    ------
    ScenarioError
        The folder is no complete result, or has no such replication; files of an own component have changed since.

    Examples
    --------
    >>> import molosim
    >>> molosim.rerun("results/town", workers=1).outcome
    ()
    """
    require_kind(folder := Path(folder), "rerun" if replication is None else "rerun --replication")
    if is_result(folder, FIT):
        return rerun_fit(folder)
    opening = opening_of(workers)
    return again.rerun(folder, replication=replication, workers=workers, opening=opening, progress=progress)
