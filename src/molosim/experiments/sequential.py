"""Replications until a paired difference is known as well as asked for.

The rule is that of Hoad, Robinson and Davies (2010, doi:10.1057/jors.2009.121): replications are added one by one until
the half-width of the 95 % interval is under the target, and stays there over a look-ahead. Stopping as soon as it is
met would stop at lucky moments, with intervals that are too narrow too often; the look-ahead and a minimum prevent most
of that, and all replications looked at count in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from molosim.evaluation.statistics import CONFIDENCE, NEGLIGIBLE, UNDRIVEN, Paired, is_voided, summary, undriven
from molosim.experiments.design import Value
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import Fault, refuse

Sample = Callable[[Sequence[int]], Floats]
"""Replications' numbers -> their paired differences; not a number where a run failed or a measure is not defined,
`UNDRIVEN` where a plan could not be driven."""


class Evaluate(Protocol):
    """Runs a point: what `molosim.experiments.sweep.Evaluator` is, and what tests stand in for."""

    def __call__(self, values: Mapping[str, Value], replications: Sequence[int]) -> pd.DataFrame:
        """Rows of ``runs`` for one point: alternative, replication, the measures and whether a plan is infeasible."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A measure of one alternative against the baseline."""

    alternative: str
    baseline: str
    measure: str

    def differences(self, runs: pd.DataFrame, replications: Sequence[int]) -> Floats:
        """Paired differences of these replications, in their order: a `Sample`'s; what is only rounding is zero."""
        ours, theirs = (self._values(runs, name, replications) for name in (self.alternative, self.baseline))
        found: Floats = ours - theirs
        found[np.abs(found) <= NEGLIGIBLE * np.maximum(np.abs(ours), np.abs(theirs))] = 0
        if is_voided(self.measure):
            mine = runs["alternative"].isin((self.alternative, self.baseline)) & undriven(runs)
            found[np.isin(list(replications), runs.loc[mine, "replication"])] = UNDRIVEN
        return found

    def _values(self, runs: pd.DataFrame, alternative: str, replications: Sequence[int]) -> Floats:
        rows = runs.loc[runs["alternative"] == alternative].set_index("replication")
        if self.measure not in rows:
            return np.full(len(replications), np.nan)  # all runs have failed
        return np.asarray(rows[self.measure].reindex(list(replications)), dtype=np.float64)

    def sample(self, evaluate: Evaluate, values: Mapping[str, Value]) -> Sample:
        """The paired differences at one point."""
        return lambda replications: self.differences(evaluate(values, replications), replications)


@dataclass(frozen=True, slots=True)
class Rule:
    """When there are replications enough.

    Raises
    ------
    ScenarioError
        For a target that is not above 0, and a limit that leaves no room for the minimum.
    """

    target: float
    """Half-width of the 95 % interval: in the measure's unit, or as a share of the mean difference."""
    relative: bool = False
    minimum: int = 10
    limit: int = 1000
    look_ahead: int = 5
    """Replications over which the target must stay met; from 100 replications on that many in a hundred."""

    def __post_init__(self) -> None:
        faults = []
        if not self.target > 0:
            faults.append(Fault("target", f"found {self.target:g}; a half-width above 0 is needed"))
        if not 3 <= self.minimum <= self.limit:
            problem = f"found minimum {self.minimum}, limit {self.limit}; at least 3 and no more than the limit"
            faults.append(Fault("minimum", problem))
        if self.look_ahead < 0:
            faults.append(Fault("look_ahead", f"found {self.look_ahead}; 0 or more is needed"))
        refuse(faults)

    def ahead(self, n: int) -> int:
        """Replications to look ahead from ``n``."""
        return self.look_ahead * max(n, 100) // 100


@dataclass(frozen=True, slots=True)
class Replicated:
    """A paired difference known as well as asked for, or as well as the limit allowed."""

    result: Paired
    first: int | None
    """Replications at which the target was met for good; None where it was not met within the limit."""
    half_widths: Floats
    """Half-width of the interval by number of replications less one, up to those in the result; NaN for one."""

    @property
    def reached(self) -> bool:
        """Whether the target was met."""
        return self.first is not None


def replicate_until(sample: Sample, rule: Rule, *, batch: int = 1) -> Replicated:
    """Replications 0, 1, 2, ... until the rule is met, or one has a plan that could not be driven.

    Parameters
    ----------
    sample
        Gives the paired differences of replications.
    rule
        When to stop.
    batch
        Replications asked for at once, for as many workers. The result is the same for any batch: those beyond the
        stop are left out.
    """
    differences = sample(range(min(rule.minimum + rule.ahead(rule.minimum), rule.limit)))
    asked = len(differences)
    while (first := enough(_until_undriven(differences), rule)) is None and asked < rule.limit:
        if np.isinf(differences).any():
            break
        more = range(asked, min(asked + batch, rule.limit))
        differences = np.concatenate([differences, sample(more)])
        asked += len(more)
    if first is None and np.isinf(differences).any():
        return Replicated(summary(differences[: np.isinf(differences).argmax() + 1]), None, np.empty(0))
    defined = _until_undriven(differences)
    used = defined if first is None else defined[: first + rule.ahead(first)]
    return Replicated(summary(used), first, half_widths(used))


def _until_undriven(differences: Floats) -> Floats:
    """Those that are defined, up to the first plan that could not be driven."""
    void = np.isinf(differences)
    before = differences[: void.argmax()] if void.any() else differences
    return before[np.isfinite(before)]


def enough(differences: Floats, rule: Rule) -> int | None:
    """Number of replications at which the target was met for good; None where these do not show it."""
    half = half_widths(differences)
    counts = np.arange(1, len(half) + 1)
    wanted = rule.target * np.abs(np.cumsum(differences) / counts) if rule.relative else rule.target
    missed = np.cumsum(np.isnan(half) | (half > wanted))
    for n in range(rule.minimum, len(half) + 1):
        end = n + rule.ahead(n)
        if end > len(half):
            return None
        if missed[end - 1] == missed[n - 2]:
            return n
    return None


def half_widths(differences: Floats) -> Floats:
    """Half-width of the 95 % interval after each replication, shape (n,); not a number after the first."""
    n = np.arange(1, len(differences) + 1)
    centred = differences - (differences[0] if len(differences) else 0)
    mean = np.cumsum(centred) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(np.cumsum(centred**2) - n * mean**2, 0) / (n - 1)
    t = stdtrit(np.maximum(n - 1, 1), (1 + CONFIDENCE) / 2)
    return np.asarray(t * np.sqrt(variance / n), dtype=np.float64)
