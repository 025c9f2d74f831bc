"""Where along a curve known by simulation a paired difference changes sign, with an interval for that value.

All values of the factor are tried in the same replications (common random numbers), so that each replication has a
curve of its own. The search brackets the change between values whose signs are shown, fits every replication's
curve near it (a line, or up to a cubic where the mean curve seems to bend), and turns the test round: the interval
holds the values at which the fitted mean difference is not told from zero at the 95 % level (Fieller's way). It zooms
in while the bracket is wide against that interval, and adds replications while the interval is wider than asked for.
Runs are asked for by value and replication only, so that an evaluator that keeps them computes none twice.

A value at which a plan could not be driven has no sign: no change is looked for across it, and it is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from molosim.evaluation.statistics import CONFIDENCE, INFEASIBLE, Paired, summary
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import Fault, refuse

Curve = Callable[[float, Sequence[int]], Floats]
"""Value of the factor, replications' numbers -> paired differences in their order, as `sequential.Sample`."""
Sign = Literal["less", "more", "no difference shown"]
_WORDS: Mapping[int, Sign] = {-1: "less", 1: "more"}
BACK_AND_FORTH = "no single break-even: less and more by turns"

_FIT_STEPS = 2000
_ZOOM = 4.0
"""A bracket of so many widths of the interval is narrow enough for the fit to follow the curve."""
_POINTS_NEAR = 5
_SURE = 1.6
"""Half-widths from zero at which a sign narrows the bracket: a wrong one by chance would shut the root out."""


@dataclass(frozen=True, slots=True)
class RootSearch:
    """How hard to look.

    Raises
    ------
    ScenarioError
        For numbers that leave nothing to search with.
    """

    grid: int = 5
    """Values tried first, evenly over the range; changes of sign closer together than these may be missed."""
    minimum: int = 10
    """Replications at each value at first."""
    limit: int = 80
    """Replications at a value at most."""
    tolerance: float = 0.02
    """Half-width of the interval aimed at, as a share of the range."""
    values: int = 40
    """Values tried at most."""

    def __post_init__(self) -> None:
        told = (
            ("grid", self.grid, 2, self.values),
            ("minimum", self.minimum, 3, self.limit),
        )
        faults = [
            Fault(k, f"found {v}; {low} to {high} are possible") for k, v, low, high in told if not low <= v <= high
        ]
        if not 0 < self.tolerance < 1:
            faults.append(Fault("tolerance", f"found {self.tolerance:g}; a share between 0 and 1 is needed"))
        refuse(faults)


@dataclass(frozen=True, slots=True)
class SearchRange:
    """Where to search."""

    low: float
    high: float
    log: bool = False
    """Whether steps are equal as ratios."""
    snap: Callable[[float], float] = field(default=float)
    """Nearest value that the factor can have, such as a whole number."""

    def at(self, share: float) -> float:
        """Value at a share of the way from ``low`` to ``high``."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + share * (self.high - self.low)

    def share(self, value: float) -> float:
        """Inverse of `at`."""
        if self.log:
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Root:
    """One change of sign."""

    value: float
    low: float
    high: float
    """Ends of the 95 % interval."""
    below: Sign
    above: Sign
    n: int
    """Replications at the values near it."""
    reached: bool
    """Whether the interval is as narrow as asked for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was found at one value of the factor."""

    value: float
    found: Paired


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What a search over a range has found."""

    roots: tuple[Root, ...]
    tried: tuple[Tried, ...]
    """In ascending order of the factor."""
    unclear: tuple[float, ...]
    """Values away from any root at which not even the sign is shown."""

    @property
    def infeasible(self) -> tuple[float, ...]:
        """Values at which a plan could not be driven."""
        return tuple(tried.value for tried in self.tried if tried.found.verdict == INFEASIBLE)

    @property
    def contradicts(self) -> bool:
        """Whether a value away from the roots surely has another sign than they say."""
        for tried in self.tried:
            sign = _sign(tried.found, _SURE)
            if not sign or any(root.low <= tried.value <= root.high for root in self.roots):
                continue
            following = next((root.below for root in self.roots if tried.value < root.value), None)
            if _WORDS[sign] != (following or self.roots[-1].above):
                return True
        return False

    @property
    def verdict(self) -> str:
        """In words."""
        if self.roots and self.contradicts:
            return BACK_AND_FORTH
        if self.roots:
            return "changes sign" if len(self.roots) == 1 else f"changes sign {len(self.roots)} times"
        said = [tried.found.verdict for tried in self.tried if tried.found.verdict != INFEASIBLE]
        if not said:
            return "infeasible throughout"
        where = "where feasible" if self.infeasible else "throughout"
        if all(verdict == "identical" for verdict in said):
            return f"identical {where}"
        if self.unclear:
            return "no sign change shown within range"
        if {"less", "more"} <= set(said):
            return "less and more, with infeasible values between"
        return f"no sign change within range: {said[0]} {where}"


def find(curve: Curve, over: SearchRange, search: RootSearch | None = None) -> BreakEven:
    """Every change of sign that the first grid brackets.

    Parameters
    ----------
    curve
        Paired differences by value and replications.
    over
        The range of the factor.
    search
        How hard to look.
    """
    search = search or RootSearch()
    data = _Data(curve, over, search)
    for share in np.linspace(0, 1, search.grid).tolist():
        data.ask(share, search.minimum)
    _settle(data)
    roots = tuple(_roots(data))
    tried = tuple(Tried(data.values[share], data.found(share)) for share in sorted(data.runs))
    near = [(root.low, root.high) for root in roots]
    unclear = tuple(
        t.value
        for t in tried
        if _sign(t.found) == 0 and t.found.verdict != INFEASIBLE
        and not any(low <= t.value <= high for low, high in near)
    )  # fmt: skip
    return BreakEven(roots, tried, _away(unclear, tried, roots))


class _Data:
    """Differences by place on the range (0 to 1), which grow as they are asked for."""

    def __init__(self, curve: Curve, over: SearchRange, search: RootSearch) -> None:
        self.curve, self.over, self.search = curve, over, search
        self.runs: dict[float, Floats] = {}
        self.values: dict[float, float] = {}

    def ask(self, share: float, n: int) -> float | None:
        """Have ``n`` replications near a place; returns the place itself, or None if no further value may be tried."""
        value = self.over.snap(self.over.at(min(max(share, 0.0), 1.0)))
        share = self.over.share(value)
        known = next((place for place in self.runs if abs(place - share) < 1e-9), None)
        if known is None and len(self.runs) >= self.search.values:
            return None
        share = share if known is None else known
        have = self.runs.get(share, np.empty(0))
        self.values.setdefault(share, value)
        if len(have) < n:
            have = np.concatenate([have, self.curve(self.values[share], range(len(have), n))])
        self.runs[share] = have
        return share

    def found(self, share: float) -> Paired:
        return summary(self.runs[share])

    def sign(self, share: float) -> int:
        return _sign(self.found(share))

    def sure(self, share: float) -> int:
        return _sign(self.found(share), _SURE)

    def between(self, low: float, high: float) -> list[float]:
        return sorted(share for share in self.runs if low <= share <= high)

    def infeasible(self, share: float) -> bool:
        return self.found(share).verdict == INFEASIBLE

    def driven(self, low: float, high: float) -> bool:
        """Whether every plan tried from ``low`` to ``high`` could be driven."""
        return not any(map(self.infeasible, self.between(low, high)))


def _sign(found: Paired, widths: float = 1.0) -> int:
    """Sign of a difference that is farther from zero than so many half-widths of its interval; else 0."""
    if found.verdict not in {"less", "more"}:
        return 0
    far = abs(found.difference) > widths * (found.high - found.low) / 2
    return (1 if found.difference > 0 else -1) if far else 0


def _brackets(data: _Data, low: float = -np.inf, high: float = np.inf) -> list[tuple[float, float]]:
    """Neighbours of opposite shown signs; those not shown are passed over, those infeasible are not."""
    signs = [(share, sign) for share in data.between(low, high) if (sign := data.sign(share))]
    return [(a, b) for (a, left), (b, right) in pairwise(signs) if left != right and data.driven(a, b)]


def _settle(data: _Data) -> None:
    """More replications where no bracket says why a sign is not shown, and where a bracket's end is not sure."""
    while True:
        brackets = _brackets(data)
        ends = {end for bracket in brackets for end in bracket}
        wanting = [
            share
            for share, runs in data.runs.items()
            if len(runs) < data.search.limit
            and not data.sure(share)
            and data.found(share).verdict not in {"identical", INFEASIBLE}
            and (share in ends or not any(a < share < b for a, b in brackets))
        ]
        if not wanting:
            return
        for share in wanting:
            data.ask(share, min(2 * len(data.runs[share]), data.search.limit))


def _roots(data: _Data) -> Iterator[Root]:
    """The root of each bracket; one in which a plan turns out infeasible is looked at again on both sides of it."""
    brackets = deque(_brackets(data))
    while brackets:
        bracket = brackets.popleft()
        if root := _root(data, bracket):
            yield root
        else:
            brackets.extendleft(reversed(_brackets(data, *bracket)))


def _root(data: _Data, outer: tuple[float, float]) -> Root | None:
    """None where a plan tried within the bracket turns out infeasible."""
    left = data.sign(outer[0])
    n = max(len(data.runs[share]) for share in data.between(*outer))
    while True:
        a, b = _narrowed(data, outer, left)
        near = _near(data, a, b, n)
        if not data.driven(*outer):
            return None
        value, low, high = _fit(data, near, n)
        if b - a > _ZOOM * (high - low):
            _zoom(data, (a, b), (low, high), n)
            if not data.driven(*outer):
                return None
            if _narrowed(data, outer, left) != (a, b):
                continue
        if high - low <= 2 * data.search.tolerance or n >= data.search.limit:
            break
        n = min(2 * n, data.search.limit)
    reached = high - low <= 2 * data.search.tolerance
    at = data.over.at
    return Root(at(value), at(low), at(high), _WORDS[left], _WORDS[-left], n, reached)


def _narrowed(data: _Data, outer: tuple[float, float], left: int) -> tuple[float, float]:
    """The narrowest bracket of sure signs around the first change."""
    signs = [(share, data.sure(share)) for share in data.between(*outer)][1:-1]
    b = next((share for share, sign in signs if sign == -left), outer[1])
    return max((share for share, sign in signs if sign == left and share < b), default=outer[0]), b


def _near(data: _Data, a: float, b: float, n: int) -> list[float]:
    """Places from ``a`` to ``b``, five at least where they may be tried, all with ``n`` replications."""
    for share in np.linspace(a, b, _POINTS_NEAR).tolist()[1:-1]:
        if len(data.between(a, b)) < _POINTS_NEAR:
            data.ask(share, n)
    near = data.between(a, b)
    for share in near:
        data.ask(share, n)
    return near


def _zoom(data: _Data, bracket: tuple[float, float], interval: tuple[float, float], n: int) -> None:
    """Try values a little outside the interval."""
    (a, b), (low, high) = bracket, interval
    margin = max(high - low, (b - a) / 16)
    for share in (low - margin, high + margin):
        if a < share < b:
            data.ask(share, n)


def _fit(data: _Data, near: Sequence[float], n: int) -> tuple[float, float, float]:
    """Root of the mean curve and ends of its interval, as places on the range."""
    rows = np.stack([data.runs[share][:n] for share in near], axis=1)
    rows = rows[np.isfinite(rows).all(axis=1)]
    a, b = near[0], near[-1]
    places = (np.array(near) - a) / (b - a)
    degree = next((d for d in (3, 2) if len(near) > d + 1 and _bends(places, rows, d)), 1)
    steps = np.linspace(0, 1, _FIT_STEPS + 1)
    mean, half = _band(places, rows, steps, degree)
    inside = np.flatnonzero(np.abs(mean) <= half)
    crossing = np.flatnonzero(np.sign(mean[:-1]) != np.sign(mean[1:]))
    if crossing.size:
        i = int(crossing[0])
        root = float(steps[i] + (steps[i + 1] - steps[i]) * mean[i] / (mean[i] - mean[i + 1]))
    else:
        root = float(steps[np.argmin(np.abs(mean))])
    low, high = (float(steps[inside[0]]), float(steps[inside[-1]])) if inside.size else (root, root)
    low, high = min(low, root), max(high, root)
    return a + root * (b - a), a + low * (b - a), a + high * (b - a)


def _bends(places: Floats, rows: Floats, degree: int) -> bool:
    """Whether the mean curve seems to need that degree: one too many costs less than one that is missing."""
    bend = summary(rows @ np.linalg.pinv(np.vander(places, degree + 1))[0])
    return abs(bend.difference) > (bend.high - bend.low) / 4


def _band(places: Floats, rows: Floats, steps: Floats, degree: int) -> tuple[Floats, Floats]:
    """Mean of the replications' fitted curves and half-width of its 95 % interval, at every step."""
    weights = np.vander(steps, degree + 1) @ np.linalg.pinv(np.vander(places, degree + 1))
    curves = rows @ weights.T
    n = len(rows)
    half = stdtrit(n - 1, (1 + CONFIDENCE) / 2) * curves.std(axis=0, ddof=1) / np.sqrt(n)
    return curves.mean(axis=0), np.asarray(half, dtype=np.float64)


def _away(unclear: tuple[float, ...], tried: Sequence[Tried], roots: Sequence[Root]) -> tuple[float, ...]:
    """Of values with no sign shown, those that no root's neighbours explain."""
    shown = [t.value for t in tried if _sign(t.found)]
    explained = []
    for root in roots:
        left = max((v for v in shown if v <= root.value), default=root.low)
        right = min((v for v in shown if v >= root.value), default=root.high)
        explained.append((left, right))
    return tuple(v for v in unclear if not any(low <= v <= high for low, high in explained))
