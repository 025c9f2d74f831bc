"""Energy and exhaust by mean trip speed, in the form of the EMEP/EEA guidebook.

EF(v) = (alpha v^2 + beta v + gamma + delta / v) / (epsilon v^2 + zeta v + eta) (1 - reduction), v in km/h, held
within the range for which the curve was fitted. The coefficients are of the guidebook 2023 (update 2025), chapter
1.A.3.b.i-iv, appendix 4, read second-hand; that they give the two figures of fact V5 is the check on the reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molosim.runtime.arrays import Floats


@dataclass(frozen=True, slots=True)
class Curve:
    """One factor over speed."""

    alpha: float
    beta: float
    gamma: float
    delta: float
    epsilon: float
    zeta: float
    eta: float
    reduction: float
    """Share taken off."""
    slowest_kmh: float
    fastest_kmh: float

    def at(self, kmh: Floats) -> Floats:
        """The factor per kilometre at mean trip speeds (km/h), shape of ``kmh``."""
        v = np.clip(kmh, self.slowest_kmh, self.fastest_kmh)
        above = self.alpha * v**2 + self.beta * v + self.gamma + self.delta / v
        below = self.epsilon * v**2 + self.zeta * v + self.eta
        return np.asarray(above / below * (1 - self.reduction), dtype=np.float64)


DIESEL_MJ_PER_KM = Curve(
    1.22624979780772e-05, 0.0606753136578384, 4.1907611480648, 2.91223338162501,
    -0.00030762529497547, 0.0612139999069893, 0.365924626015009, 0.017382082706449586, 5, 130,
)  # fmt: skip
"""Energy of a diesel van N1-III, Euro 7, as fuel, MJ/km."""

DIESEL_NOX_G_PER_KM = Curve(
    8.156e-06, -0.0016273812, 0.0970649766, 0.6502053515,
    5.71538e-05, -0.0144616896, 1.0, 0.282175246033546, 5, 140,
)  # fmt: skip
"""NOx of the same van, g/km: projected from the limits of Euro 7, not measured."""

BATTERY_MJ_PER_KM = Curve(
    3635688.10191646, 156481167.621341, 9870603965.43991, 1638783153.26151,
    -15905.9875937151, 4431187.31004491, 20232179.2116574, 0.9930141572254989, 5, 130,
)  # fmt: skip
"""Energy of a battery-electric van N1-III out of its battery, MJ/km."""
