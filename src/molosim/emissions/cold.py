"""Cold starts: how far an engine runs cold, and how much more it takes meanwhile (facts V14, V18).

The guidebook gives the cold share of all driving, beta = 0.6474 - 0.02545 l - (0.00974 - 0.000385 l) t, for mean
trip lengths l of about 8 to 15 km and outdoor temperatures t. Beta times l is the cold distance of a start; it grows
with l up to about 3.5 km and is held there for longer trips, where beta itself would turn negative. For trips of a
few kilometres it is low: such a trip is nearly all cold, which makes the correction a careful one.
"""

from __future__ import annotations

import numpy as np

from molosim.emissions.sources import COLD_KM, COLD_RATIO
from molosim.runtime.arrays import Floats

COLDEST_C, WARMEST_C = -10.0, 30.0
"""Range of the curves; temperatures outside count as its ends."""
SOURCES = (COLD_KM, COLD_RATIO)


def cold_km(trip_km: Floats, temperature_c: Floats) -> Floats:
    """Kilometres that a trip with one cold start drives cold."""
    t = np.clip(temperature_c, COLDEST_C, WARMEST_C)
    first, second = 0.6474 - 0.00974 * t, 0.02545 - 0.000385 * t
    length = np.minimum(trip_km, first / (2 * second))
    return np.asarray((first - second * length) * length, dtype=np.float64)


def added_share(trip_km: Floats, temperature_c: Floats) -> Floats:
    """Share of a trip's hot consumption that one cold start adds; 0 for trips that never move."""
    t = np.clip(temperature_c, COLDEST_C, WARMEST_C)
    added_km = cold_km(trip_km, temperature_c) * (1.34 - 0.008 * t - 1)
    return np.divide(added_km, trip_km, out=np.zeros_like(added_km), where=trip_km > 0)
