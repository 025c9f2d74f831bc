"""Counts as shares and rates with their intervals."""

from __future__ import annotations

import math

from scipy import stats

from molosim.fitting.estimates import LEVEL, Estimate
from molosim.runtime.arrays import Floats


def share(name: str, some: int, total: int, note: str = "") -> list[Estimate]:
    """A share with Wilson's interval; nothing where there is no total."""
    if total == 0:
        return []
    low, high = stats.binomtest(some, total).proportion_ci(LEVEL, method="wilson")
    return [Estimate(name, some / total, float(low), float(high), total, "share", note=note)]


def mean(name: str, values: Floats, weights: Floats, unit: str) -> Estimate:
    """A weighted mean of two or more values with Student's interval."""
    n, share = len(values), weights / weights.sum()
    centre = float(share @ values)
    error = math.sqrt(n / (n - 1) * float(share**2 @ (values - centre) ** 2))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * error
    return Estimate(name, centre, centre - reach, centre + reach, n, unit)


def poisson(events: float, *, dispersion: float) -> tuple[float, float]:
    """Interval of a Poisson mean, wider where days vary by more than chance."""
    spread = max(1.0, dispersion)
    low = float(stats.chi2.ppf((1 - LEVEL) / 2, 2 * events / spread)) / 2 if events > 0 else 0.0
    high = float(stats.chi2.ppf((1 + LEVEL) / 2, 2 * events / spread + 2)) / 2
    return spread * low, spread * high


def product(*parts: Estimate) -> tuple[float, float]:
    """Interval of a product of independent positive estimates, by their relative errors."""
    value = math.prod(part.value for part in parts)
    if value <= 0 or any(not part.low > 0 for part in parts):
        return 0.0, math.prod(part.high for part in parts)
    down = math.sqrt(sum(math.log(part.value / part.low) ** 2 for part in parts))
    up = math.sqrt(sum(math.log(part.high / part.value) ** 2 for part in parts))
    return value * math.exp(-down), value * math.exp(up)
