"""Which points of a design differ, and which is best: replications go where that is still undecided.

`decide` follows each point's paired difference with a confidence sequence: intervals that all hold the true mean,
however often one looks (for normal differences of unknown variance, by the Gaussian mixture of Wang and Ramdas,
arXiv:2310.03722). A point whose interval has left zero is decided and gets no more replications. With
probability 95 % no verdict of all points is wrong, whenever it stops.

`best` is the fully sequential screening of Kim and Nelson (2001, doi:10.1145/502109.502111): points that are shown to
be beaten drop out. With probability 95 % at least it keeps the best, if that is better than any other by the
indifference at least. It holds under common random numbers, which make it quick.

Neither finds anything of a point at which a plan could not be driven: it is infeasible, and never the best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from molosim.evaluation.statistics import CONFIDENCE
from molosim.experiments.design import Value
from molosim.experiments.sequential import Contrast, Evaluate
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import Fault, ScenarioError, refuse

Samples = Callable[[int, Sequence[int]], Floats]
"""Point's number, replications' numbers -> its paired differences, as `molosim.experiments.sequential.Sample`."""
Decision = Literal["less", "more", "within the indifference", "undecided", "infeasible"]

_MIXTURE = 1.0
"""Replications' worth of weight on small effects in the mixture: any is valid, this one is good from 10 to 200."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many replications may be spent.

    Raises
    ------
    ScenarioError
        For numbers that leave nothing to spend.
    """

    minimum: int = 10
    """Replications of every point."""
    limit: int = 200
    """Of any point."""
    batch: int = 5
    """Added at a time to each point that is still undecided."""
    budget: int | None = None
    """Of all points together beyond the minimum; points nearest to a decision come first."""

    def __post_init__(self) -> None:
        faults = []
        if not 3 <= self.minimum <= self.limit:
            problem = f"found minimum {self.minimum}, limit {self.limit}; at least 3 and no more than the limit"
            faults.append(Fault("minimum", problem))
        if self.batch < 1 or (self.budget is not None and self.budget < 0):
            faults.append(Fault("batch", f"found batch {self.batch}, budget {self.budget}; 1 and 0 at least"))
        refuse(faults)


@dataclass(frozen=True, slots=True)
class Decided:
    """What is known of one point."""

    point: int
    decision: Decision
    difference: float
    low: float
    high: float
    """Ends of an interval that holds together with those of all other points, whenever one stops."""
    n: int


@dataclass(frozen=True, slots=True)
class Best:
    """The point with the least (or greatest) mean difference."""

    point: int | None
    """None where the limit came first."""
    contenders: tuple[int, ...]
    """Points that are not beaten."""
    means: Mapping[int, float]
    """Of all points but infeasible ones, over the replications that each had."""
    n: Mapping[int, int]
    """Replications by point."""
    infeasible: tuple[int, ...] = ()
    """Points with a plan that could not be driven."""


def samples(evaluate: Evaluate, points: Sequence[Mapping[str, Value]], contrast: Contrast) -> Samples:
    """Paired differences of design points, through an evaluator that keeps its runs."""
    return lambda point, replications: contrast.sample(evaluate, points[point])(replications)


def decide(
    sample: Samples, points: int, *, indifference: float = 0.0, effort: Effort | None = None
) -> tuple[Decided, ...]:
    """Less or more than the baseline, for every point.

    Parameters
    ----------
    sample
        Paired differences by point and replication.
    points
        Their number.
    indifference
        A point whose interval lies within so much of zero on either side is decided too: it does not matter.
    effort
        How many replications may be spent.
    """
    effort = effort or Effort()
    pool = _Pool(sample)
    for point in range(points):
        pool.ask(point, effort.minimum)
    left = np.inf if effort.budget is None else effort.budget
    alpha = (1 - CONFIDENCE) / points
    while True:
        found = [_decided(point, pool.runs[point], alpha, indifference) for point in range(points)]
        wanting = [d for d in found if d.decision == "undecided" and len(pool.runs[d.point]) < effort.limit]
        for one in sorted(wanting, key=_remaining):
            more = int(min(effort.batch, effort.limit - len(pool.runs[one.point]), left))
            left -= more
            pool.ask(one.point, len(pool.runs[one.point]) + more)
        if not wanting or left <= 0:
            return tuple(_decided(point, pool.runs[point], alpha, indifference) for point in range(points))


def best(
    sample: Samples, points: int, indifference: float, *, better: Literal["less", "more"] = "less",
    effort: Effort | None = None,
) -> Best:  # fmt: skip
    """The best of several points.

    Parameters
    ----------
    sample
        Paired differences by point and replication; replications in which a contender has none are left out.
    points
        Their number.
    indifference
        A difference between points that matters, above 0.
    better
        Whether less or more of the measure is wanted.
    effort
        How many replications may be spent; its budget is not used.
    """
    if not indifference > 0:
        raise ScenarioError.at("indifference", f"found {indifference:g}; a difference that matters is above 0")
    effort, sign = effort or Effort(), -1.0 if better == "less" else 1.0
    pool = _Pool(sample)
    for point in range(points):
        pool.ask(point, effort.minimum)
    while True:
        driven = [point for point in range(points) if not pool.undriven(point)]
        if not driven:
            raise ScenarioError.at("points", f"all {points} are infeasible: none is the best")
        left = _contenders(pool, driven, indifference, sign, effort)
        if not any(map(pool.undriven, driven)):
            break  # else those that it had beaten are contenders again
    every = {point: float(pool.defined(point).mean()) for point in driven}
    counts = {point: len(pool.runs[point]) for point in range(points)}
    void = tuple(point for point in range(points) if point not in every)
    return Best(left[0] if len(left) == 1 else None, tuple(left), every, counts, void)


def _contenders(pool: _Pool, points: Sequence[int], indifference: float, sign: float, effort: Effort) -> list[int]:
    """Points that are not beaten; stops early where one of them turns out to be infeasible."""
    first = np.stack([pool.runs[point][: effort.minimum] for point in points])
    first = first[:, np.isfinite(first).all(axis=0)]
    n0 = first.shape[1]
    if n0 < 3:
        raise ScenarioError.at("replications", f"only {n0} of {effort.minimum} have run at every point; needs 3")
    # Variances of the differences between points, from the first stage alone, as the proof wants.
    spread = np.var(first[:, None, :] - first[None, :, :], axis=2, ddof=1)
    wide = ((2 * (1 - CONFIDENCE) / max(len(points) - 1, 1)) ** (-2 / (n0 - 1)) - 1) * (n0 - 1) * spread
    left, asked = list(range(len(points))), effort.minimum
    while True:
        rows = np.stack([pool.runs[points[i]][:asked] for i in left])
        rows = sign * rows[:, np.isfinite(rows).all(axis=0)]
        n, means = rows.shape[1], rows.mean(axis=1)
        slack = np.maximum(0, (wide[np.ix_(left, left)] / indifference - indifference * n) / (2 * n))
        left = [i for i, unbeaten in zip(left, (means[:, None] >= means - slack).all(axis=1), strict=True) if unbeaten]
        asked += 1
        if len(left) == 1 or asked > effort.limit or any(pool.undriven(points[i]) for i in left):
            return [points[i] for i in left]
        for i in left:
            pool.ask(points[i], asked)


def reach(n: int, alpha: float) -> float:
    """Half-width of the confidence sequence after ``n`` values, in standard deviations; infinite at first."""
    if n < 2:
        return float("inf")
    weight = n + _MIXTURE
    bound = weight * (1 - (alpha**2 * _MIXTURE / weight) ** (1 / n))
    return float(np.sqrt(bound * (n - 1) / (n * (n - bound)))) if bound < n else float("inf")


@dataclass(slots=True)
class _Pool:
    """Differences of points, which grow as they are asked for."""

    sample: Samples
    runs: dict[int, Floats] = field(default_factory=dict)

    def ask(self, point: int, n: int) -> Floats:
        have = self.runs.get(point, np.empty(0))
        if len(have) < n:
            have = np.concatenate([have, self.sample(point, range(len(have), n))])
        self.runs[point] = have
        return have

    def undriven(self, point: int) -> bool:
        return bool(np.isinf(self.runs[point]).any())

    def defined(self, point: int) -> Floats:
        return self.runs[point][np.isfinite(self.runs[point])]


def _decided(point: int, differences: Floats, alpha: float, indifference: float) -> Decided:
    if np.isinf(differences).any():
        return Decided(point, "infeasible", np.nan, np.nan, np.nan, int((~np.isnan(differences)).sum()))
    differences = differences[np.isfinite(differences)]
    n = len(differences)
    if n < 2:
        return Decided(point, "undecided", float("nan"), -np.inf, np.inf, n)
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    half = reach(n, alpha) * spread if spread else 0.0
    low, high = mean - half, mean + half
    decision: Decision = "undecided"
    if high < 0:
        decision = "less"
    elif low > 0:
        decision = "more"
    elif max(-low, high) <= indifference:
        decision = "within the indifference"
    return Decided(point, decision, mean, low, high, n)


def _remaining(found: Decided) -> float:
    """About how many times the replications so far a decision would take; least first."""
    half = (found.high - found.low) / 2
    return float((half / abs(found.difference)) ** 2) if np.isfinite(half) and found.difference else float("inf")
