"""Many worlds: the points of a design run, searched and analysed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from molosim.experiments import searches
from molosim.experiments import sweep as sweeps
from molosim.experiments.design import Design
from molosim.experiments.executors import cores, opening_of
from molosim.experiments.root_search import RootSearch
from molosim.experiments.searches import Searched
from molosim.experiments.selection import Effort
from molosim.experiments.sequential import Rule
from molosim.experiments.sweep import Swept
from molosim.runtime.files import writing


def sweep(
    design: Design,
    out: str | Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    shard: tuple[int, int] | None = None,
    retry: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Swept:
    """Run all points of a design, and write tables of runs and differences and a report.

    Ended or killed at any moment, the same call goes on where it was.

    Parameters
    ----------
    design
        From `load_design`.
    out
        Folder of the sweep; what it holds already of these points is not computed again.
    workers
        Processes on this machine; all cores by default.
    dask
        Address of a Dask scheduler in place of local processes, such as ``tcp://node1:8786``.
    shard
        Number from 1, and count: only every count-th task, into ``out/shard-I-of-N``, without a report; `merge` puts
        the shards together.
    retry
        Whether tasks that ended in an error are tried again.
    progress
        Called with the number of finished and of all tasks.

    Returns
    -------
    Swept
        The folder, and how many tasks there are, were computed, and ended in an error.

    Raises
    ------
    ScenarioError
        Invalid factors, all at once, before anything is computed; folders or a cluster that cannot be used.

    Examples
    --------
    >>> import molosim
    >>> design = molosim.load_design("design")
    >>> molosim.sweep(design, "results/design", workers=1).tasks
    4
    >>> for number in (1, 2):
    ...     _ = molosim.sweep(design, "results/shards", shard=(number, 2), workers=1)
    """
    opening = opening_of(workers, dask)
    swept = sweeps.sweep(design, Path(out), opening=opening, shard=shard, retry=retry, progress=progress)
    if shard is None:
        _write_report(swept.folder)
    return swept


def merge(shards: Sequence[str | Path], out: str | Path) -> Swept:
    """Put the shards of a sweep together, and write its tables and report.

    Parameters
    ----------
    shards
        Folders of shards, or one that holds them.
    out
        Folder of the sweep; may be the one that holds the shards.

    Returns
    -------
    Swept
        The folder, and how many tasks there are and ended in an error.

    Raises
    ------
    ScenarioError
        They are no shards, are of different designs, or tasks are missing.

    Examples
    --------
    >>> import molosim
    >>> molosim.merge(["results/shards"], "results/shards").tasks
    4
    """
    swept = sweeps.merge([Path(shard) for shard in shards], Path(out))
    _write_report(swept.folder)
    return swept


def breakeven(
    design: Design,
    out: str | Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    tell: Callable[[str], object] | None = None,
) -> Searched:
    """Find where a difference changes sign along a design's first factor, at each value of its second.

    Parameters
    ----------
    design
        Of one or two factors of numbers; its sampling and replications are not used.
    out
        Folder of the search; may be that of a sweep, whose runs are used.
    workers
        Processes on this machine; all cores by default.
    dask
        Address of a Dask scheduler in place of local processes.
    tell
        Called with a sentence for each break-even as it is found.

    Returns
    -------
    Searched
        ``rows``: a row per change of sign, or one with the verdict where there is none; intervals are 95 % ones.

    Raises
    ------
    ScenarioError
        If the factors are not one or two of numbers; folders or a cluster that cannot be used.

    Examples
    --------
    >>> import molosim
    >>> found = molosim.breakeven(molosim.load_design("design"), "results/design", workers=1)
    >>> found.file.name
    'breakeven.csv'
    """
    asked, opening = {"search": RootSearch()}, opening_of(workers, dask)
    return _shown(searches.search("breakeven", design, Path(out), asked, opening=opening, tell=tell))


def decide(
    design: Design,
    out: str | Path,
    *,
    measure: str = "co2e_wtw_city_kg",
    indifference: float = 0,
    replications: tuple[int, int] = (10, 100),
    workers: int | None = None,
    dask: str | None = None,
) -> Searched:
    """Spend replications where the sign of a point's difference is not yet known.

    Parameters
    ----------
    design
        From `load_design`; its number of replications is not used.
    out
        Folder of the search; may be that of a sweep, whose runs are used.
    measure
        Whose differences.
    indifference
        A difference so small does not matter, in the measure's unit.
    replications
        Fewest and most of any point, 3 at least.
    workers
        Processes on this machine; all cores by default.
    dask
        Address of a Dask scheduler in place of local processes.

    Returns
    -------
    Searched
        ``rows``: a row per alternative and point with its decision, its difference and an interval that holds together
        with those of all other points.

    Raises
    ------
    ScenarioError
        No such measure, numbers of replications that leave nothing to spend, folders or a cluster that cannot be used.

    Examples
    --------
    >>> import molosim
    >>> design = molosim.load_design("design")
    >>> found = molosim.decide(design, "results/design", measure="km_waste", replications=(3, 4), workers=1)
    >>> bool(found.rows["n"].between(3, 4).all())
    True
    """
    asked = {"measure": measure, "indifference": indifference, "effort": Effort(*replications)}
    return _shown(searches.search("decide", design, Path(out), asked, opening=opening_of(workers, dask)))


def replicate_until(
    design: Design,
    out: str | Path,
    target: float,
    *,
    relative: bool = False,
    measure: str = "co2e_wtw_city_kg",
    replications: tuple[int, int] = (10, 100),
    workers: int | None = None,
    dask: str | None = None,
) -> Searched:
    """Replicate each point of a design until the interval of its difference is narrow enough.

    Parameters
    ----------
    design
        From `load_design`; its number of replications is not used.
    out
        Folder of the search; may be that of a sweep, whose runs are used.
    target
        Half-width of the 95 % interval to be reached, in the measure's unit, or as a share of the mean difference.
    relative
        Whether the target is a share.
    measure
        Whose differences.
    replications
        Fewest and most of any point, 3 at least.
    workers
        Processes on this machine, and replications added at a time; all cores by default.
    dask
        Address of a Dask scheduler in place of local processes.

    Returns
    -------
    Searched
        ``rows``: a row per alternative and point with its difference, interval, number of replications, and whether
        the target was reached.

    Raises
    ------
    ScenarioError
        No such measure, a target that is not above 0, folders or a cluster that cannot be used.

    Examples
    --------
    >>> import molosim
    >>> design = molosim.load_design("design")
    >>> found = molosim.replicate_until(
    ...     design, "results/design", 1000.0, measure="km_waste", replications=(3, 9), workers=1
    ... )
    >>> bool(found.rows["reached"].all())
    True
    """
    asked = {"measure": measure, "rule": Rule(target, relative, *replications), "batch": workers or cores()}
    return _shown(searches.search("until", design, Path(out), asked, opening=opening_of(workers, dask)))


def sensitivity(folder: str | Path) -> pd.DataFrame:
    """Analyse which factors the differences of a finished sweep hang on, and write its report again.

    Parameters
    ----------
    folder
        Of a sweep whose design is sampled by ``sobol`` or ``morris``.

    Returns
    -------
    DataFrame
        A row per alternative, measure, factor and index, as in ``sensitivity.csv``: by Sobol' ``first`` and ``total``,
        by Morris ``mu_star``, ``mu`` and ``sigma``.

    Raises
    ------
    ScenarioError
        The folder holds no finished sweep, one of another sampling, or one of which too few points are left.

    Examples
    --------
    >>> import molosim
    >>> _ = molosim.sweep(molosim.load_design("screening"), "results/screening", workers=1)
    >>> table = molosim.sensitivity("results/screening")
    >>> sorted(table["index"].unique())
    ['mu', 'mu_star', 'sigma']
    """
    table = searches.sensitivity(Path(folder))
    _write_report(Path(folder))
    return table


def _shown(found: Searched) -> Searched:
    _write_report(found.file.parent)
    return found


def _write_report(folder: Path) -> None:
    from molosim.report.sweep_page import write_sweep_report  # noqa: PLC0415 - matplotlib waits until a figure is due

    with writing(folder):
        write_sweep_report(folder)
