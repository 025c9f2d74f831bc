"""How long parcels stay: a log-normal time with a share that nobody fetches, by maximum likelihood, censored."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import log_ndtr, ndtr

from molosim.fitting.stays import FETCHED, Stays, Windows
from molosim.runtime.arrays import Floats, Ints

DAY_S = 86_400
GRACE_S = 60
"""Who fetches within this time after the house opens may have wanted to at any moment while it was closed."""
_HALF_CHI2 = 3.841458820694124 / 2
"""Half the 95 % quantile of chi-square with one degree of freedom: what a profile likelihood may lose."""
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Observed:
    """Times from placing to fetching in hours: ``low`` = ``high`` where known, else somewhere in between."""

    low: Floats
    high: Floats
    """inf where the parcel was still there at ``low``."""

    def __len__(self) -> int:
        """Number of parcels."""
        return len(self.low)

    @property
    def fetched(self) -> int:
        """Parcels whose fetching was seen."""
        return int(np.isfinite(self.high).sum())


@dataclass(frozen=True, slots=True)
class DwellFit:
    """Parameters as a configuration has them."""

    mean_h: float
    sigma: float
    never_share: float

    @property
    def mu(self) -> float:
        """Mean of the logarithm of hours."""
        return math.log(self.mean_h) - self.sigma**2 / 2

    def wanted_by(self, hours: Floats) -> Floats:
        """Share of the parcels that somebody wants whose time is up by then."""
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr((np.log(hours) - self.mu) / self.sigma), np.float64)


@dataclass(frozen=True, slots=True)
class House:
    """What keeps people from fetching: closed hours ``(closes, opens)``, and the carriers' holding time."""

    closed: tuple[int, int] | None
    holding_h: float

    def since_closing(self, local_s: Ints) -> Ints:
        """Seconds since the house was closed, 0 where it is open."""
        if self.closed is None:
            return np.zeros_like(local_s)
        closes, opens = (hour * 3600 for hour in self.closed)
        since = (local_s - closes) % DAY_S
        return np.where(since < (opens - closes) % DAY_S, since, 0)

    def opening(self, local_s: Ints) -> Ints:
        """Seconds until somebody can fetch, 0 where the house is open."""
        if self.closed is None:
            return np.zeros_like(local_s)
        closes, opens = (hour * 3600 for hour in self.closed)
        shut = (local_s - closes) % DAY_S < (opens - closes) % DAY_S
        return np.where(shut, (opens - local_s) % DAY_S, 0)

    def closed_before(self, local_s: Ints) -> Ints:
        """Length of the closed hours that ended at most `GRACE_S` ago, with that time; 0 elsewhere."""
        if self.closed is None:
            return np.zeros_like(local_s)
        closes, opens = (hour * 3600 for hour in self.closed)
        since = (local_s - opens) % DAY_S
        return np.where(since <= GRACE_S, (opens - closes) % DAY_S + since, 0)


def observed(stays: Stays, watched: Windows, house: House) -> Observed:
    """What stays say of the times that people would take, were the house always open.

    A parcel is lost sight of at its holding time or where the log ends, earlier where the house was closed then: who
    would have come in the closed hours had not come. Who fetched right after an opening, of the house or of a box that
    was out of order, would have come at some moment since it closed.
    """
    seen = stays.how == FETCHED
    limit = np.minimum(stays.placed_s + round(house.holding_h * 3600), stays.watched_until_s)
    end = np.where(seen, stays.end_s, np.minimum(stays.end_s, limit))
    local = stays.placed_local_s + end - stays.placed_s
    earliest = np.where(seen, end - house.closed_before(local), end - house.since_closing(local))
    for box, start, back in watched.outages.tolist():
        mine = stays.box == box
        opened = back + house.opening(stays.placed_local_s + back - stays.placed_s)
        after = seen & mine & (earliest >= back) & (end - opened >= 0) & (end - opened <= GRACE_S)
        within = ~seen & mine & (earliest >= start) & (earliest < back)
        earliest = np.where(after | within, np.minimum(earliest, start), earliest)
    low = np.maximum(earliest, stays.placed_s) - stays.placed_s
    high = np.where(seen, end - stays.placed_s, np.inf)
    hours = np.maximum(low, 0) / 3600, np.maximum(high, 1) / 3600
    exact = seen & (earliest == end)
    return Observed(np.where(exact, hours[1], hours[0]), hours[1])


class Likelihood:
    """Mean negative log-likelihood of (log mean, log sigma, share never fetched), with its gradient."""

    def __init__(self, data: Observed) -> None:
        exact = np.isfinite(data.high) & (data.low == data.high)
        between = np.isfinite(data.high) & ~exact
        with np.errstate(divide="ignore"):
            self._exact = np.log(data.high[exact])
            self._low, self._high = np.log(data.low[between]), np.log(data.high[between])
            self._gone = np.log(data.low[~np.isfinite(data.high)])
        self.n = len(data)

    def __call__(self, theta: Floats) -> tuple[float, Floats]:
        """Value and gradient."""
        sigma = math.exp(theta[1])
        mu, never = theta[0] - sigma**2 / 2, float(theta[2])
        z = (self._exact - mu) / sigma
        seen = len(z) + len(self._low)
        value = float(-(z**2).sum() / 2 - len(z) * theta[1]) + seen * math.log1p(-never)
        d_mu, d_sigma = float(z.sum()) / sigma, float((z**2).sum()) - len(z)
        a, b = (self._low - mu) / sigma, (self._high - mu) / sigma
        inside = np.maximum(ndtr(b) - ndtr(a), _TINY)
        fa, fb = _density(a), _density(b)
        value += float(np.log(inside).sum())
        d_mu -= float(((fb - fa) / inside).sum()) / sigma
        d_sigma -= float(((_times(fb, b) - _times(fa, a)) / inside).sum())
        z = (self._gone - mu) / sigma
        later = np.exp(log_ndtr(-z))
        alive = np.maximum(never + (1 - never) * later, _TINY)
        f = _density(z)
        value += float(np.log(alive).sum())
        d_mu += (1 - never) * float((f / alive).sum()) / sigma
        d_sigma += (1 - never) * float((_times(f, z) / alive).sum())
        d_never = float(((1 - later) / alive).sum()) - seen / (1 - never)
        gradient = np.array([d_mu, d_sigma - sigma**2 * d_mu, d_never])
        return -value / self.n, -gradient / self.n


def _density(z: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _times(density: Floats, z: Floats) -> Floats:
    """Density times z, which is 0 where z is without bound."""
    return np.where(np.isfinite(z), density * np.where(np.isfinite(z), z, 0), 0)


@dataclass(frozen=True, eq=False)
class Fit:
    """Estimates and the 95 % profile-likelihood interval of each: mean_h, sigma, never_share."""

    dwell: DwellFit
    low: DwellFit
    high: DwellFit
    observed: Observed


_FREE = (-8.0, 14.0), (math.log(0.02), math.log(6.0)), (0.0, 0.98)
"""Bounds of log mean, log sigma, share never fetched."""
_STEPS = (0.02, 0.02, 0.005)
"""First steps on the search for the ends of their intervals."""


def estimate(data: Observed, *, never: bool = True, start: DwellFit | None = None) -> DwellFit:
    """Most likely parameters; ``never`` False where nothing tells who never comes from who comes later."""
    return _dwell(_solve(Likelihood(data), _start(data, start, never=never), () if never else (2,))[0])


def fit(data: Observed, *, never: bool = True) -> Fit:
    """Most likely parameters with profile-likelihood intervals, which need no symmetry and hold at a share of 0."""
    likelihood = Likelihood(data)
    fixed = () if never else (2,)
    best, least = _solve(likelihood, _start(data, None, never=never), fixed)
    ends = np.array([best, best])
    for which in {0, 1, 2} - set(fixed):
        profile = _Profile(likelihood, best, least, which, fixed)
        ends[:, which] = profile.end(-1), profile.end(1)
    return Fit(_dwell(best), _dwell(ends[0]), _dwell(ends[1]), data)


def _start(data: Observed, start: DwellFit | None, *, never: bool) -> Floats:
    if start is None:
        logs = np.log(data.high[np.isfinite(data.high)])
        sigma = max(0.1, float(logs.std()))
        start = DwellFit(math.exp(float(logs.mean()) + sigma**2 / 2), sigma, 0.02)
    return np.array([math.log(start.mean_h), math.log(start.sigma), start.never_share if never else 0.0])


def _dwell(theta: Floats) -> DwellFit:
    return DwellFit(math.exp(theta[0]), math.exp(theta[1]), float(theta[2]))


def _solve(likelihood: Likelihood, start: Floats, fixed: tuple[int, ...]) -> tuple[Floats, float]:
    """The least value with some parameters held."""
    free = [i for i in range(3) if i not in fixed]

    def at(x: Floats) -> tuple[float, Floats]:
        theta = start.copy()
        theta[free] = x
        value, gradient = likelihood(theta)
        return value, gradient[free]

    bounds = [_FREE[i] for i in free]
    # Truncated Newton: so few parameters need no linear algebra library, whose threads cost more than they do.
    done = minimize(at, start[free], jac=True, method="TNC", bounds=bounds, options={"ftol": 1e-13, "maxfun": 2000})
    theta = start.copy()
    theta[free] = done.x
    return theta, float(done.fun)


class _Profile:
    """What the likelihood loses at most when one parameter is held off its best value."""

    def __init__(self, likelihood: Likelihood, best: Floats, least: float, which: int, fixed: tuple[int, ...]) -> None:
        self._likelihood, self._best, self._least = likelihood, best, least
        self._which, self._fixed = which, (*fixed, which)

    def _lost(self, x: float) -> float:
        """Loss beyond what an end of the interval may lose, below 0 within."""
        at = self._best.copy()
        at[self._which] = x
        less = _solve(self._likelihood, at, self._fixed)[1]
        return self._likelihood.n * (less - self._least) - _HALF_CHI2

    def end(self, side: int) -> float:
        """An end of the interval, -1 the lower and 1 the upper one; the bound of the parameter where there is none."""
        bound = _FREE[self._which][0 if side < 0 else 1]
        near, step = float(self._best[self._which]), _STEPS[self._which]
        while (bound - near) * side > 0:
            far = min(near + step, bound) if side > 0 else max(near - step, bound)
            if self._lost(far) > 0:
                return float(brentq(self._lost, near, far, xtol=1e-6))
            near, step = far, 2 * step
        return bound
