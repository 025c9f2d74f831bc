"""How many days a run needs before it has forgotten its start: MSER-5 on a daily series.

MSER (White 1997, doi:10.1177/003754979706900601) leaves out so many first values that the standard error of the mean of
the rest is least; MSER-5 does so with means of five. A daily series must come from runs without a warm-up. The trips
table has days; residents' refusals are counted per run and box only, so that no daily series of them can be made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError
from molosim.trips import WASTE_PURPOSES, Purpose

BATCH_DAYS = 5
SERIES = ("collected_kg", "waste_km", "all_km")
"""Columns of `daily`."""
_FEWEST_BATCHES = 4
READ = ("alternative", "replication", "day", "metres", "detour_waste_m", "waste_g", "purpose")


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Where a series settles."""

    days: int
    """First days to leave out."""
    settled: bool
    """False where the least standard error lies in the second half: the series is too short to say."""
    batch_days: int
    series: Floats
    """Mean over replications per day, shape (days,)."""
    errors: Floats
    """MSER by number of batches left out, shape (batches - 1,)."""


def mser(series: Floats, *, batch_days: int = BATCH_DAYS) -> WarmUp:
    """MSER-5, or with another batch.

    Parameters
    ----------
    series
        Shape (days,), or (replications, days), whose mean over replications is taken first.
    batch_days
        Days whose mean is one value. Where the week shows in the series, 7 keeps it from being taken for a start.

    Raises
    ------
    ScenarioError
        If there are fewer than four batches, or days without a value.
    """
    values = np.atleast_2d(np.asarray(series, dtype=np.float64)).mean(axis=0)
    count = len(values) // batch_days
    if count < _FEWEST_BATCHES or not np.isfinite(values).all():
        problem = (
            f"found {int(np.isfinite(values).sum())} days with values; needs {_FEWEST_BATCHES * batch_days} or more"
        )
        raise ScenarioError.at("series", problem)
    # The first days make up what is left over, so that the last are all counted.
    batches = values[len(values) - count * batch_days :].reshape(count, batch_days).mean(axis=1)
    errors = np.array([batches[d:].var() / (count - d) for d in range(count - 1)])
    if np.ptp(batches) == 0:
        return WarmUp(0, settled=True, batch_days=batch_days, series=values, errors=errors)
    # Of the last few batches alone, chance makes some alike.
    best = int(np.argmin(errors[: max(count - 2, 1)]))
    left_out = best * batch_days + (len(values) - count * batch_days if best else 0)
    return WarmUp(left_out, settled=best <= count // 2, batch_days=batch_days, series=values, errors=errors)


def daily(trips: pd.DataFrame, days: int) -> pd.DataFrame:
    """Daily sums of one run's trips, a row per day from 0, with columns `SERIES`.

    Parameters
    ----------
    trips
        Rows of ``trips.parquet`` of one alternative and replication.
    days
        Days that the run counts; those without a trip have zeros.
    """
    for_waste = trips["purpose"].astype(str).isin(WASTE_PURPOSES)
    # A transfer run brings on what tours have collected.
    transfer = trips["purpose"].astype(str) == Purpose.TRANSFER
    sums = pd.DataFrame(
        {
            "day": trips["day"],
            "collected_kg": trips["waste_g"].where(~transfer, 0) / 1000,
            "waste_km": trips["metres"].where(for_waste, trips["detour_waste_m"]) / 1000,
            "all_km": trips["metres"] / 1000,
        }
    )
    return sums.groupby("day").sum().reindex(range(days), fill_value=0.0)


def warm_up(trips: pd.DataFrame, days: int, column: str, *, batch_days: int = BATCH_DAYS) -> dict[str, WarmUp]:
    """Warm-up by alternative, from the trips of a run without one.

    Parameters
    ----------
    trips
        Columns `READ` of ``trips.parquet``: all alternatives and replications.
    days
        Days that each run counts.
    column
        One of `SERIES`.
    batch_days
        As in `mser`.

    Raises
    ------
    ScenarioError
        As `mser`.
    """
    return {
        str(alternative): mser(_stacked(rows, days, column), batch_days=batch_days)
        for alternative, rows in trips.groupby("alternative", sort=False, observed=True)
    }


def _stacked(rows: pd.DataFrame, days: int, column: str) -> Floats:
    runs: Iterable[pd.DataFrame] = (run for _, run in rows.groupby("replication"))
    return np.stack([daily(run, days)[column].to_numpy(dtype=np.float64) for run in runs])
