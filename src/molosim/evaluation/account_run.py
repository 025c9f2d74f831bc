"""What one run hands to its accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from molosim.emissions import Emitted
from molosim.evaluation.trip_cost import TripCost
from molosim.runtime.arrays import Columns, Flags

Row = dict[str, str | float]
"""A row of a table of one run: texts name it, numbers are its figures."""

VANS = ("delivery", "extra delivery")
WHO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "delivery vans": VANS,
        "collection vehicles": ("collection",),
        "transfer runs": ("transfer",),
        "all operators": (*VANS, "collection", "transfer"),
    }
)
"""Groups of trips by their purposes; the last holds the others."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Names of where shipments come from and go to."""

    depots: Mapping[str, str]
    """By operator."""
    waste_to: Mapping[str, str]
    """Where an operator's vehicles unload waste: a store at the depot, or the reception."""
    reception: str
    boxes: NDArray[np.str_]


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """One alternative of one replication, as it was driven."""

    trips: Columns
    pickups: Columns
    boxes: Columns
    first_day: np.datetime64
    """Day 0 of the tables."""
    places: Endpoints
    energy: NDArray[np.str_]
    """Energy carrier of each trip's vehicle."""
    emitted: Emitted
    """Of each trip, by the scenario's own emission model."""
    cars: Emitted
    """Of each box's residents: car trips made for waste alone."""
    cars_electric_share: float
    """Of their kilometres, 0 to 1."""
    cars_electricity_kg: float
    """CO2e of the electricity in it."""
    cost: TripCost
    residents_eur: float
    """What residents pay for those."""

    def of(self, purposes: tuple[str, ...]) -> Flags:
        """Which trips have one of these purposes."""
        return np.isin(self.trips["purpose"].astype(str), purposes)

    def box_sum(self, *columns: str) -> float:
        """Sum of columns over the boxes."""
        return float(sum(self.boxes[column].sum() for column in columns))
