"""How often something happens by weekday, hour, month and holiday: Poisson counts with multiplicative factors.

The mean of a cell of counts is the sum, over the sources that end up in it, of exposure times the factors of the
source; mostly each cell is its own only source, but parcels of a weekend are all delivered on the next working day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molosim.runtime.arrays import Flags, Floats

WholeNumbers = NDArray[Any]
"""Of whole numbers."""

Z = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
NONE_SEEN = 3.6888794541139363
"""Largest mean of a Poisson count that is 0 with 2.5 % probability."""
_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Axis:
    """Factors of one kind, e.g. by weekday.

    Attributes
    ----------
    name
        ``weekday``, ``hour``, ``month``, ``holiday`` ...
    level
        i64, of each source.
    size
        Number of levels; sources need not have them all.
    start
        f64, a factor for each level: where levels cannot be told apart, they share what they have in these proportions.
    groups
        i64, for each level the number of those with which it cannot be told apart; each its own by default.
    by_first
        Whether factors are relative to the first level's; else their mean is that of ``start``.
    """

    name: str
    level: WholeNumbers
    size: int
    start: Floats = field(default_factory=lambda: np.ones(0))
    groups: WholeNumbers = field(default_factory=lambda: np.zeros(0, np.int64))
    by_first: bool = False

    def __post_init__(self) -> None:
        """Fill in what was left out."""
        if not len(self.start):
            object.__setattr__(self, "start", np.ones(self.size))
        if not len(self.groups):
            object.__setattr__(self, "groups", np.arange(self.size))


@dataclass(frozen=True, eq=False)
class Counts:
    """Counted events and where they may come from.

    Attributes
    ----------
    counted
        f64, events by cell.
    exposure
        f64, by source, e.g. household-years.
    cell
        i64, by source: the cell that its events are counted in.
    day
        i64, by cell, for the test of chance from day to day.
    axes
        By which the rate may differ.
    """

    counted: Floats
    exposure: Floats
    cell: WholeNumbers
    day: WholeNumbers
    axes: tuple[Axis, ...]


@dataclass(frozen=True, eq=False)
class Factors:
    """Factors of an axis with their intervals; nan for levels that were never seen."""

    value: Floats
    low: Floats
    high: Floats
    n: Floats
    """Events behind each."""
    told_apart: Flags
    """False for levels that share a group with others."""


@dataclass(frozen=True, eq=False)
class Intensity:
    """A fit.

    Attributes
    ----------
    rate, low, high
        Events per unit of exposure where all factors are 1, with its interval.
    factors
        By name of the axis; those seen have the mean that the same levels have in the axis' start.
    expected
        f64, of each cell.
    dispersion
        Variance of daily totals by their mean: 1 for chance alone; intervals are wider by its root if above.
    p_dispersion
        Of a chi-square test that it is 1.
    """

    rate: float
    low: float
    high: float
    factors: Mapping[str, Factors]
    expected: Floats
    dispersion: float
    p_dispersion: float


class _Design:
    """Columns of the log-linear model: a group of levels each, less the first of every axis; then the rate."""

    def __init__(self, counts: Counts) -> None:
        self.columns: list[tuple[Axis, WholeNumbers]] = []
        """Axis and the groups that were seen, the first of which is the reference."""
        matrix = [np.ones(len(counts.exposure))]
        self.spans: list[slice] = []
        self.offset = np.zeros(len(counts.exposure))
        total = np.bincount(counts.cell, counts.exposure > 0, minlength=len(counts.counted))
        seen_source = (counts.exposure > 0) & (total[counts.cell] > 0)
        for axis in counts.axes:
            self.offset += np.log(axis.start)[axis.level]
            group = axis.groups[axis.level]
            seen = np.unique(group[seen_source])
            self.columns.append((axis, seen))
            self.spans.append(slice(len(matrix), len(matrix) + len(seen) - 1))
            matrix += [(group == number).astype(np.float64) for number in seen[1:].tolist()]
        self.matrix = np.stack(matrix, axis=1)


def fit(counts: Counts) -> Intensity:
    """Most likely rate and factors, with intervals from the information matrix.

    A level with exposure but no events has the factor 0, and an interval that ends where so many events would have been
    expected that none is improbable. Cells without exposure and sources without a cell (-1) do not count.
    """
    counts, empty = _without_empty_levels(counts)
    design = _Design(counts)
    beta, expected, information = _scored(counts, design)
    # Factors by hour cost no degree of freedom of daily totals.
    by_hour = sum(len(seen) - 1 for axis, seen in design.columns if axis.name == "hour")
    dispersion, p = _by_day(counts, expected, design.matrix.shape[1] - by_hour)
    covariance: Floats = np.asarray(np.linalg.pinv(information) * max(1.0, dispersion), np.float64)
    rate_gradient = np.zeros(len(beta))
    rate_gradient[0] = 1
    log_rate = float(beta[0])
    factors = {}
    for (axis, seen), span in zip(design.columns, design.spans, strict=True):
        gone = np.isin(axis.groups, empty.get(axis.name, []))
        part, shift, gradient = _factors(counts, axis, seen, gone, beta[span], covariance=covariance[span, span])
        factors[axis.name] = part
        log_rate += shift
        rate_gradient[span] += gradient
    error = math.sqrt(float(rate_gradient @ covariance @ rate_gradient))
    rate, low, high = (math.exp(log_rate + side * Z * error) for side in (0, -1, 1))
    return Intensity(rate, low, high, factors, expected, dispersion, p)


def _without_empty_levels(counts: Counts) -> tuple[Counts, dict[str, WholeNumbers]]:
    """Without sources of levels (groups) in which nothing ever happened: their factor is 0, their logarithm nothing."""
    alive = (counts.cell >= 0) & (counts.exposure > 0)
    gone: dict[str, list[int]] = {}
    while True:
        dead = np.zeros(len(alive), bool)
        events = np.where(alive, counts.counted[counts.cell], 0)
        for axis in counts.axes:
            group = axis.groups[axis.level]
            total = np.bincount(group[alive], events[alive], minlength=axis.size)
            there = np.bincount(group[alive], minlength=axis.size) > 0
            for number in np.flatnonzero(there & (total == 0)).tolist():
                gone.setdefault(axis.name, []).append(number)
                dead |= alive & (group == number)
        if not dead.any():
            break
        alive &= ~dead
    axes = tuple(replace(axis, level=axis.level[alive]) for axis in counts.axes)
    kept = Counts(counts.counted, counts.exposure[alive], counts.cell[alive], counts.day, axes)
    return kept, {name: np.array(numbers, np.int64) for name, numbers in gone.items()}


def _scored(counts: Counts, design: _Design) -> tuple[Floats, Floats, Floats]:
    """Fisher scoring: parameters, expected counts and the information matrix."""
    cells = len(counts.counted)
    used = np.bincount(counts.cell, minlength=cells) > 0
    beta: Floats = np.zeros(design.matrix.shape[1])
    information: Floats = np.zeros((len(beta), len(beta)))
    expected: Floats = np.zeros(cells)
    base = counts.exposure * np.exp(design.offset)
    beta[0] = math.log(counts.counted[used].sum() / base.sum())
    for _ in range(_ROUNDS):
        mean = base * np.exp(design.matrix @ beta)
        expected = np.bincount(counts.cell, mean, minlength=cells).astype(np.float64)
        slope = np.zeros((cells, len(beta)))
        np.add.at(slope, counts.cell, mean[:, None] * design.matrix)
        weight = 1 / np.maximum(expected[used], 1e-300)
        information = slope[used].T @ (weight[:, None] * slope[used])
        score = slope[used].T @ (weight * (counts.counted - expected)[used])
        step = np.linalg.pinv(information) @ score
        beta = beta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return beta, expected, information


def _by_day(counts: Counts, expected: Floats, parameters: int) -> tuple[float, float]:
    """Pearson's chi-square of daily totals by its degrees of freedom, and the probability of more."""
    from scipy.stats import chi2  # noqa: PLC0415 - slow to import, and only a fit needs it

    days = np.unique(counts.day, return_inverse=True)[1].ravel()
    used = expected > 0
    mean = np.bincount(days[used], expected[used])
    seen = np.bincount(days[used], counts.counted[used])
    mean, seen = mean[mean > 0], seen[mean > 0]
    freedom = len(mean) - parameters
    if freedom < 1:
        return 1.0, 1.0
    statistic = float(((seen - mean) ** 2 / mean).sum())
    return statistic / freedom, float(chi2.sf(statistic, freedom))


def _factors(
    counts: Counts, axis: Axis, seen: WholeNumbers, gone: Flags, beta: Floats, *, covariance: Floats
) -> tuple[Factors, float, Floats]:
    """Factors of an axis; what their scaling adds to the logarithm of the rate, and the gradient of that.

    ``seen`` are the groups that have events, ``gone`` the levels that have exposure but no events.
    """
    logs = np.r_[0.0, beta]
    of_level = np.full(axis.size, -1)
    for column, group in enumerate(seen.tolist()):
        of_level[axis.groups == group] = column
    alive = of_level >= 0
    raw = np.where(alive, axis.start * np.exp(logs[of_level]), np.where(gone, 0.0, np.nan))
    total = float(np.nansum(raw))
    if axis.by_first:
        shift, weights = 0.0, np.zeros(len(seen))
    else:
        shift = math.log(total / axis.start[alive | gone].sum())
        weights = np.array([raw[of_level == column].sum() for column in range(len(seen))]) / total
    jacobian = np.eye(len(seen))[:, 1:] - weights[1:]
    errors = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian), 0))
    spread = np.where(alive, errors[of_level], 0)
    value = raw / math.exp(shift)
    low, high = (value * np.exp(side * Z * spread) for side in (-1, 1))
    high[gone] = NONE_SEEN * int((alive | gone).sum()) / counts.counted.sum()
    events = np.bincount(axis.groups[axis.level], _share(counts), minlength=axis.size).astype(np.float64)[axis.groups]
    told_apart = np.bincount(axis.groups, minlength=axis.size)[axis.groups] == 1
    return Factors(value, low, high, events, told_apart), shift, weights[1:]


def _share(counts: Counts) -> Floats:
    """Events of each source, where a cell has several shared out by their number."""
    sources = np.bincount(counts.cell, minlength=len(counts.counted))
    return counts.counted[counts.cell] / sources[counts.cell]
