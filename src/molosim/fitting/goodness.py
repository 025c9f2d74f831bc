"""How well fits fit: tests whose p-values allow for the parameters having been fitted to the same data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import stats as st
from scipy.special import ndtri

from molosim.fitting.dwell import DwellFit, Fit, House, Observed, estimate, observed
from molosim.fitting.estimates import Check
from molosim.fitting.intensity import Counts, Intensity
from molosim.fitting.stays import FETCHED, INSIDE, Stays, Windows
from molosim.runtime.arrays import Flags, Floats

_BLOCK_H = 4
_EXPECTED = 5.0
"""Cells of a chi-square table with fewer expected events are left out."""
_MOST = 5000
"""Masses tested at most: more only say louder that no mass is exactly log-normal."""
_NOBODY = np.zeros((0, 3), np.int64)


def dwell(fitted: Fit, stays: Stays, house: House, *, never: bool, bootstrap: int, seed: int) -> Check:
    """Kolmogorov-Smirnov distance between the fitted stay and its censored (Kaplan-Meier) distribution.

    The p-value is that of a parametric bootstrap: stays of the fitted distribution for the same parcels, seen through
    the same closed hours, holding time and end of log, fitted anew each time.
    """
    rng = np.random.default_rng(seed)
    distance = _distance(fitted.observed, fitted.dwell, rng)
    worse = 0
    for _ in range(bootstrap):
        again = observed(_drawn(stays, fitted.dwell, house, rng), Windows(_NOBODY, _NOBODY), house)
        worse += _distance(again, estimate(again, never=never, start=fitted.dwell), rng) >= distance
    method = f"Kolmogorov-Smirnov against Kaplan-Meier; parametric bootstrap, {bootstrap} refits"
    return Check("dwell is log-normal", distance, (1 + worse) / (1 + bootstrap), len(fitted.observed), method)


def _drawn(stays: Stays, dwell: DwellFit, house: House, rng: np.random.Generator) -> Stays:
    """The same parcels with other stays."""
    hours = rng.lognormal(dwell.mu, dwell.sigma, len(stays))
    hours[rng.random(len(stays)) < dwell.never_share] = np.inf
    wants = np.minimum(hours * 3600, 1e12).astype(np.int64)
    comes = wants + house.opening(stays.placed_local_s + wants)
    limit = np.minimum(stays.placed_s + round(house.holding_h * 3600), stays.watched_until_s)
    seen = stays.placed_s + comes <= limit
    end = np.where(seen, stays.placed_s + comes, limit)
    return replace(stays, end_s=end, how=np.where(seen, FETCHED, INSIDE))


def _distance(data: Observed, dwell: DwellFit, rng: np.random.Generator) -> float:
    """Largest difference; a time known only to lie in between is drawn there from the fitted distribution."""
    low, high = (dwell.wanted_by(hours) for hours in (data.low, data.high))
    between = low + (high - low) * rng.random(len(low))
    gone = np.isfinite(data.high)
    drawn = np.exp(dwell.mu + dwell.sigma * ndtri(np.clip(between, 1e-12, 1 - 1e-12)))
    time = np.where(gone & (data.low < data.high), drawn, data.low)
    times, seen = seen_share(time, gone)
    expected = (1 - dwell.never_share) * dwell.wanted_by(times)
    before = np.r_[0.0, seen[:-1]]
    return float(max(np.abs(seen - expected).max(), np.abs(before - expected).max()))


def seen_share(time: Floats, gone: Flags) -> tuple[Floats, Floats]:
    """Kaplan-Meier's share of those gone at each time at which one went; ``gone`` False where it was lost sight of."""
    order = np.lexsort((~gone, time))
    left = len(time) - np.arange(len(time))
    share = 1.0 - np.asarray(np.cumprod(np.where(gone[order], 1 - 1 / left, 1.0)), np.float64)
    return time[order][gone[order]], share[gone[order]]


def intensity(name: str, counts: Counts, fitted: Intensity) -> Iterator[Check]:
    """Whether daily numbers vary as chance alone makes them, and whether all weekdays have the same hours."""
    days = len(np.unique(counts.day))
    method = "Pearson's chi-square of daily totals, variance by mean; degrees of freedom less the fitted factors"
    yield Check(f"{name}: chance alone from day to day", fitted.dispersion, fitted.p_dispersion, days, method)
    by_name = {axis.name: axis.level for axis in counts.axes}
    if "hour" not in by_name or len(by_name["hour"]) != len(counts.counted):
        return
    blocks = 24 // _BLOCK_H
    cell = by_name["weekday"] * blocks + by_name["hour"] // _BLOCK_H
    seen, mean = (np.bincount(cell, values, minlength=7 * blocks) for values in (counts.counted, fitted.expected))
    used = mean >= _EXPECTED
    weekdays, hours = np.unravel_index(np.flatnonzero(used), (7, blocks))
    freedom = int(used.sum()) - len(np.unique(weekdays)) - len(np.unique(hours)) + 1
    if freedom < 1:
        return
    # Where days vary by more than chance, so do the cells.
    statistic = float(((seen - mean)[used] ** 2 / mean[used]).sum()) / max(1.0, fitted.dispersion)
    method = f"chi-square of weekday by {_BLOCK_H} hours, {freedom} degrees of freedom"
    yield Check(
        f"{name}: the same hours on all weekdays",
        statistic,
        float(st.chi2.sf(statistic, freedom)),
        int(used.sum()),
        method,
    )


def mass(name: str, kg: Floats, *, bootstrap: int, seed: int) -> Check:
    """Anderson-Darling test that masses are log-normal, both parameters fitted in every bootstrap sample too."""
    rng = np.random.default_rng(seed)
    some = kg if len(kg) <= _MOST else rng.choice(kg, _MOST, replace=False)
    found = st.goodness_of_fit(st.norm, np.log(some), statistic="ad", n_mc_samples=bootstrap, rng=rng)
    method = f"Anderson-Darling on logarithms; parametric bootstrap, {bootstrap} refits"
    return Check(f"{name}: mass is log-normal", float(found.statistic), float(found.pvalue), len(some), method)
