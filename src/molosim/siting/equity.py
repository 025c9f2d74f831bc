"""How evenly households reach boxes on foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molosim.runtime.arrays import Floats, Ints32

WITHIN_M = (200, 400, 600)
"""Walks within which the share of households is told, metres."""


@dataclass(frozen=True, slots=True)
class Equity:
    """Walks to the nearest box over all households.

    Attributes
    ----------
    households
        How many there are.
    within
        Share of them within each of `WITHIN_M`.
    mean_m, median_m, p90_m
        Of those who can reach a box on foot at all; nan where none can.
    gini
        Of their walks: 0 where all walk as far, near 1 where few walk all the way.
    unreached
        Share of households that reach no box on foot.
    worst, worst_mean_m
        District with the longest mean walk, and that; empty and nan where there are no districts.
    """

    households: float
    within: tuple[float, ...]
    mean_m: float
    median_m: float
    p90_m: float
    gini: float
    unreached: float
    worst: str
    worst_mean_m: float


def equity(walk_m: Floats, households: Floats, names: Sequence[str] = (), district: Ints32 | None = None) -> Equity:
    """Measure walks.

    Parameters
    ----------
    walk_m
        f64[homes], metres to the nearest box; infinite where none is reached.
    households
        f64[homes], how many live in each.
    names, district
        Names of districts, and i32[homes] the one that each home lies in.
    """
    total = float(households.sum())
    reached = np.isfinite(walk_m) & (households > 0)
    walk, weight = walk_m[reached], households[reached]
    worst, worst_m = "", np.nan
    if district is not None:
        means = {
            name: _mean(walk[own], weight[own]) for k, name in enumerate(names) if (own := district[reached] == k).any()
        }
        if means:
            worst = max(means, key=means.__getitem__)
            worst_m = means[worst]
    return Equity(
        households=total,
        within=tuple(float(households[walk_m <= metres].sum()) / total for metres in WITHIN_M),
        mean_m=_mean(walk, weight),
        median_m=quantile(walk, weight, 0.5),
        p90_m=quantile(walk, weight, 0.9),
        gini=_gini(walk, weight),
        unreached=1 - float(weight.sum()) / total,
        worst=worst,
        worst_mean_m=worst_m,
    )


def quantile(walk_m: Floats, weight: Floats, share: float) -> float:
    """Least walk that at least a ``share`` of the weight does not exceed; nan of nothing."""
    if not len(walk_m):
        return float("nan")
    order = np.argsort(walk_m)
    cumulative = np.cumsum(weight[order])
    return float(walk_m[order][np.searchsorted(cumulative, share * cumulative[-1] * (1 - 1e-12))])


def _mean(walk_m: Floats, weight: Floats) -> float:
    return float(walk_m @ weight / weight.sum()) if len(walk_m) else float("nan")


def _gini(walk_m: Floats, weight: Floats) -> float:
    """Mean difference of two households' walks over twice their mean, from the area below the Lorenz curve."""
    if not len(walk_m):
        return float("nan")
    order = np.argsort(walk_m)
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    metres = np.concatenate([[0.0], np.cumsum((weight * walk_m)[order])])
    if metres[-1] <= 0:
        return 0.0
    return float(1 - np.sum(np.diff(people) * (metres[1:] + metres[:-1])) / (people[-1] * metres[-1]))
