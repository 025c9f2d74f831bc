"""Alternatives compared on the same draws: paired differences with their intervals.

Replications share their arrivals between alternatives (common random numbers), so the difference is taken
within each replication; Student's t over the replications' differences gives its 95 % interval. Each measure
has its own interval: of a hundred measures that do not differ, about five show a difference by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from molosim.measures import MEASURES, Measure

CONFIDENCE = 0.95
NEGLIGIBLE = 1e-9
"""Differences below this share of the values are rounding, not findings."""

Verdict = Literal["less", "more", "no difference shown", "identical", "one replication, no interval", "not defined"]


@dataclass(frozen=True, slots=True)
class Paired:
    """Mean difference of paired values and its 95 % interval."""

    difference: float
    low: float
    high: float
    """Not a number where there is no interval."""
    n: int
    """Pairs in which both values are defined."""
    verdict: Verdict


def paired(values: NDArray[np.float64], baseline: NDArray[np.float64]) -> Paired:
    """Compare ``values`` with ``baseline``, both of shape (replications,) and in the same order.

    Pairs in which either is not a number are left out. The verdict is ``less`` or ``more`` only where the interval
    lies wholly on one side of zero; ``identical`` where no replication differs.
    """
    defined = np.isfinite(values) & np.isfinite(baseline)
    n = int(defined.sum())
    if n == 0:
        return Paired(np.nan, np.nan, np.nan, 0, "not defined")
    ours, theirs = values[defined], baseline[defined]
    differences = ours - theirs
    differences[np.abs(differences) <= NEGLIGIBLE * np.maximum(np.abs(ours), np.abs(theirs))] = 0
    mean = float(differences.mean())
    if n == 1:
        return Paired(mean, np.nan, np.nan, 1, "one replication, no interval")
    half = half_width(differences)
    return Paired(mean, mean - half, mean + half, n, _verdict(differences, half))


def half_width(values: NDArray[np.float64]) -> float:
    """Half the 95 % interval of the mean of at least two values, by Student's t."""
    n = len(values)
    return float(stdtrit(n - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / np.sqrt(n))


def compare(replications: pd.DataFrame, baseline: str, measures: Mapping[str, Measure] = MEASURES) -> pd.DataFrame:
    """Every measure of every other alternative against the baseline.

    Parameters
    ----------
    replications
        A row per alternative and replication: columns ``alternative``, ``replication`` and the measures.
    baseline
        The alternative that the others are compared with.
    measures
        Those to compare; each must be a column.

    Returns
    -------
    DataFrame
        Columns alternative, baseline, measure, unit, mean_baseline, mean, difference, low, high, n, verdict;
        alternatives in their order of appearance, measures in their own.
    """
    indexed = replications.set_index("replication")
    base = indexed[indexed["alternative"] == baseline]
    rows = []
    for alternative in replications["alternative"].unique():
        if alternative == baseline:
            continue
        other = indexed[indexed["alternative"] == alternative].reindex(base.index)
        rows += [_row(alternative, baseline, m, other[m.name], base[m.name]) for m in measures.values()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


COLUMNS = (
    "alternative", "baseline", "measure", "unit", "mean_baseline", "mean", "difference", "low", "high", "n", "verdict",
)  # fmt: skip


def _row(
    alternative: str, baseline: str, m: Measure, values: pd.Series[float], base: pd.Series[float]
) -> dict[str, object]:
    result = paired(np.asarray(values, dtype=np.float64), np.asarray(base, dtype=np.float64))
    return {
        "alternative": alternative,
        "baseline": baseline,
        "measure": m.name,
        "unit": m.unit,
        "mean_baseline": base.mean(),
        "mean": values.mean(),
        "difference": result.difference,
        "low": result.low,
        "high": result.high,
        "n": result.n,
        "verdict": result.verdict,
    }


def _verdict(differences: NDArray[np.float64], half: float) -> Verdict:
    mean = differences.mean()
    if not differences.any():
        return "identical"
    if mean + half < 0:
        return "less"
    return "more" if mean - half > 0 else "no difference shown"
