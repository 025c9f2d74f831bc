"""The censored log-normal: SciPy's where it goes as far, formulas, and intervals that cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import approx_fprime

from molosim.fitting.dwell import DwellFit, Likelihood, Observed, estimate, fit

Floats = NDArray[np.float64]
TRUE = DwellFit(31.6, 1.04, 0.03)


def drawn(n: int, seed: int, dwell: DwellFit = TRUE, holding_h: float = 168.0) -> Observed:
    """Stays seen until a holding time, some only for a shorter while."""
    rng = np.random.default_rng(seed)
    time = rng.lognormal(dwell.mu, dwell.sigma, n)
    time[rng.random(n) < dwell.never_share] = np.inf
    limit = np.where(rng.random(n) < 0.1, rng.uniform(0, holding_h, n), holding_h)
    seen = time <= limit
    return Observed(np.where(seen, time, limit), np.where(seen, time, np.inf))


def between(data: Observed, width_h: float) -> Observed:
    """The same, but that many stays are known to the next whole step only."""
    coarse = np.isfinite(data.high) & (np.arange(len(data)) % 3 == 0)
    low = np.floor(data.low / width_h) * width_h
    return Observed(np.where(coarse, low, data.low), np.where(coarse, low + width_h, data.high))


@pytest.mark.parametrize("width_h", [0.0, 7.0])
def test_without_a_share_that_never_comes_it_is_scipys(width_h: float) -> None:
    data = drawn(400, 1)
    data = between(data, width_h) if width_h else data
    ours = estimate(data, never=False)
    exact, gone = data.low == data.high, ~np.isfinite(data.high)
    spans = np.stack([data.low, data.high], axis=1)[~exact & ~gone]
    censored = stats.CensoredData(uncensored=data.low[exact], right=data.low[gone], interval=spans)
    sigma, _, scale = stats.lognorm.fit(censored, floc=0)
    assert ours.sigma == pytest.approx(sigma, rel=1e-4)
    assert ours.mean_h == pytest.approx(scale * math.exp(sigma**2 / 2), rel=1e-4)


def test_uncensored_it_is_the_mean_and_spread_of_logarithms() -> None:
    logs = np.log(drawn(300, 2, DwellFit(20, 0.8, 0), 1e9).low[:100])
    ours = estimate(Observed(np.exp(logs), np.exp(logs)), never=False)
    assert (ours.mu, ours.sigma) == pytest.approx((logs.mean(), logs.std()), rel=1e-6)


@pytest.mark.parametrize("theta", [(3.0, 0.1, 0.05), (4.0, -0.5, 0.0), (2.0, 0.4, 0.5)])
def test_the_gradient_is_the_likelihoods(theta: tuple[float, ...]) -> None:
    likelihood = Likelihood(between(drawn(60, 3), 7.0))
    at = np.array(theta)
    step = np.array([0.0, 0.0, 1e-4])  # off the bound, where it can be differenced to both sides
    expected = approx_fprime(at + step, lambda x: likelihood(x)[0], 1e-7)
    assert likelihood(at + step)[1] == pytest.approx(expected, abs=1e-5)


def test_a_share_that_never_comes_is_told_from_long_stays() -> None:
    many = drawn(20_000, 4, DwellFit(31.6, 1.04, 0.1))
    assert estimate(many).never_share == pytest.approx(0.1, abs=0.01)
    assert estimate(many).mean_h == pytest.approx(31.6, rel=0.03)
    # Taking them for long stays would make the mean far too long.
    assert estimate(many, never=False).mean_h > 40


def test_intervals_cover() -> None:
    runs = 40
    inside = np.zeros(3)
    for seed in range(runs):
        found = fit(drawn(250, 100 + seed))
        for i, name in enumerate(("mean_h", "sigma", "never_share")):
            inside[i] += getattr(found.low, name) <= getattr(TRUE, name) <= getattr(found.high, name)
            assert getattr(found.low, name) <= getattr(found.dwell, name) <= getattr(found.high, name)
    # 95 % of 40 are 38; fewer than 33 would come by chance once in some 300 times.
    assert (inside >= 33).all(), inside


def test_where_nobody_stays_away_the_interval_begins_at_nought() -> None:
    found = fit(drawn(300, 7, DwellFit(10, 0.7, 0.0)))
    assert found.dwell.never_share < 0.01
    assert found.low.never_share == 0
    assert 0 < found.high.never_share < 0.03
