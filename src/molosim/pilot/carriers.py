"""Carriers in the size of the town: how many vans, with how many stops a day."""

from __future__ import annotations

import math
from dataclasses import dataclass

PARCELS_PER_PERSON_YEAR = 15.0
"""Low end of L2, consumers only."""
PERSONS_PER_DWELLING = 1.7
HOME_SHARE = 0.75
"""What L3 leaves for home deliveries."""
DELIVERY_DAYS = 250
STOPS_PER_VAN = 120.0
"""At most, within L11."""
_SHARES = ((0, (1.0,)), (60, (0.6, 0.4)), (150, (0.5, 0.3, 0.2)))
"""From so many stops a day on, carriers with these shares: below, no driver would have a day's work."""
NAMES = ("Alfa", "Beta", "Gamma")
MOST_ADDRESSES = 3000
"""More make travel matrices large, and tours hardly different."""
FEWEST_ADDRESSES = 60


@dataclass(frozen=True, slots=True)
class CarrierSize:
    """One company in the town."""

    name: str
    share: float
    vans: int
    stops_per_van_day: float


def carriers_for(dwellings: int) -> tuple[CarrierSize, ...]:
    """Carriers that bring a town's parcels to its doors; at least one van with one stop a day."""
    stops = dwellings * PARCELS_PER_PERSON_YEAR * PERSONS_PER_DWELLING * HOME_SHARE / DELIVERY_DAYS
    shares = next(shares for least, shares in reversed(_SHARES) if stops >= least)
    sizes = []
    for name, share in zip(NAMES, shares, strict=False):
        vans = max(1, math.ceil(stops * share / STOPS_PER_VAN))
        sizes.append(CarrierSize(name, share, vans, max(1.0, round(stops * share / vans, 1))))
    return tuple(sizes)


def addresses_for(dwellings: int, carriers: tuple[CarrierSize, ...]) -> int:
    """Number of addresses to draw: the town's dwellings up to a bound, and enough for the largest carrier's day.

    A day's number of stops is Poisson, and they are at different addresses.
    """
    mean = max(carrier.vans * carrier.stops_per_van_day for carrier in carriers)
    needed = math.ceil(mean + 8 * math.sqrt(mean)) + 1
    return max(needed, FEWEST_ADDRESSES, min(dwellings, MOST_ADDRESSES))
