"""Demand from a box log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from molosim.fitting.fit_folder import write_fit
from molosim.fitting.fitted import FitOptions, Fitted


def fit(
    log: str | Path,
    out: str | Path,
    options: FitOptions | None = None,
    *,
    zone: str | None = None,
    words: Mapping[str, str] | None = None,
) -> Fitted:
    """Fit demand to a box log, and write it as a folder with a configuration, intervals, tests, figures and a page.

    Parameters
    ----------
    log
        Table of ``box``, ``door``, ``event`` and ``time``, .csv or .parquet.
    out
        Folder of the fit: ``fitted.toml``, tables, figures, a page, and copies of all that it was fitted to; an earlier
        fit there is replaced.
    options
        What the log does not say: a base configuration, households, hours; defaults are those of `FitOptions`.
    zone
        Time zone of the boxes, such as ``Europe/Copenhagen``; needed where times have none.
    words
        The log's own words for events: own -> molosim's.

    Returns
    -------
    Fitted
        Estimates with intervals, tests of the fit, notes, and ``files``: what was written.

    Raises
    ------
    ScenarioError
        Faults of the log by row, too few events, boxes without households, files that cannot be read or written.

    Examples
    --------
    >>> import molosim
    >>> options = molosim.FitOptions(base=molosim.load("town.toml"), bootstrap=0)
    >>> fitted = molosim.fit("log.csv", "results/fit", options)
    >>> {"fitted.toml", "estimates.csv", "log.csv"} <= {path.name for path in fitted.files}
    True
    """
    return write_fit(Path(log), Path(out), options or FitOptions(), zone=zone, words=words)
