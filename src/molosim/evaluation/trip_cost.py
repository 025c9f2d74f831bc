"""What driving costs: kilometres, paid hours, electricity from the socket, handling of containers; in euro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from molosim.inputs.accounting import Costs
from molosim.inputs.fleet import VehicleType
from molosim.runtime.arrays import Column, Floats

Trips = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class TripCost:
    """Cost of each trip by item, euro."""

    kilometres: Floats
    hours: Floats
    """Paid from departure to return, with crew."""
    electricity: Floats
    handling: Floats

    @property
    def total(self) -> Floats:
        """All items."""
        return self.kilometres + self.hours + self.electricity + self.handling


ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "kilometres": "by the vehicle's price per kilometre",
        "hours": "by the vehicle's price per hour with crew, from departure to return",
        "electricity": "taken from the socket",
        "handling": "containers of waste unloaded, beside the crew's time",
    }
)
"""Items of `TripCost`, and what they are."""


def euro(costs: Costs) -> float:
    """Euro in one unit of the configuration's currency."""
    return 1.0 if costs.currency == "EUR" else 1 / costs.dkk_per_eur


def trip_cost(trips: Trips, vehicles: Mapping[str, VehicleType], costs: Costs, kwh: Floats) -> TripCost:
    """Cost of whole trips.

    Parameters
    ----------
    trips
        Columns of the trips table.
    vehicles
        By name.
    costs
        Prices; all in ``costs.currency``.
    kwh
        Electricity of each trip from the socket; what is not a number counts as none.
    """
    seconds = trips["return_s"].astype(np.float64) - trips["depart_s"].astype(np.float64)
    per_km, per_h = (_of_type(trips, vehicles, name) for name in ("cost_per_km", "cost_per_h"))
    unit = euro(costs)
    return TripCost(
        kilometres=unit * per_km * trips["metres"].astype(np.float64) / 1000,
        hours=unit * per_h * seconds / 3600,
        electricity=unit * costs.electricity_per_kwh * np.nan_to_num(kwh),
        handling=unit * costs.handling_per_container * trips["waste_containers"].astype(np.float64),
    )


def detour_cost(trips: Trips, vehicles: Mapping[str, VehicleType], costs: Costs, kwh: Floats) -> Floats:
    """Cost of what waste adds to each van's tour, euro: way, time, electricity by its share of the way, handling."""
    metres, detour = (trips[name].astype(np.float64) for name in ("metres", "detour_waste_m"))
    part = np.divide(detour, metres, out=np.zeros_like(metres), where=metres > 0)
    whole = trip_cost(trips, vehicles, costs, kwh)
    hours = trips["detour_waste_s"].astype(np.float64) / 3600
    time = euro(costs) * _of_type(trips, vehicles, "cost_per_h") * hours
    return (whole.kilometres + whole.electricity) * part + time + whole.handling


def _of_type(trips: Trips, vehicles: Mapping[str, VehicleType], name: str) -> Floats:
    """A number of each trip's vehicle type."""
    types, member = np.unique(trips["vehicle_type"].astype(str), return_inverse=True)
    return np.array([getattr(vehicles[kind], name) for kind in types], np.float64)[member]


GREENER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("less", "less"): "cheaper and greener",
        ("more", "less"): "greener but dearer",
        ("less", "more"): "cheaper but dirtier",
        ("more", "more"): "neither: dearer and dirtier",
        ("less", ""): "cheaper, no difference in CO2e shown",
        ("more", ""): "dearer, no difference in CO2e shown",
        ("", "less"): "greener, no difference in cost shown",
        ("", "more"): "dirtier, no difference in cost shown",
    }
)
"""What the verdicts on cost and on CO2e come to; an empty one shows no difference."""


def judged(cost: str, co2e: str) -> str:
    """Two verdicts of paired differences, on cost and on CO2e, as one in words.

    Both intervals have to lie on one side of zero for a word on both; what shows no difference is never called cheaper
    or greener.
    """
    for verdict in (cost, co2e):
        if verdict in ("not defined", "one replication, no interval"):
            return verdict
    if cost == co2e == "identical":
        return "identical"
    key = tuple(verdict if verdict in ("less", "more") else "" for verdict in (cost, co2e))
    return GREENER.get((key[0], key[1]), "no difference shown")
