"""What measures read: the tables of one run, summed over the rows and columns they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from molosim.accounts.cost import TripCost, detour_cost, euro, trip_cost
from molosim.boxes import FRACTIONS
from molosim.emissions import GRID, MODELS, Floats, car_co2e_kg
from molosim.scenario import Scenario

Column = NDArray[np.generic]
VAN_PURPOSES = ("delivery", "extra delivery")
PURPOSES = (*VAN_PURPOSES, "collection", "transfer")


class Tables(Protocol):
    """What one alternative of one replication leaves behind; columns of one table are of one length."""

    @property
    def trips(self) -> Mapping[str, Column]:
        """A row per vehicle trip after the warm-up."""

    @property
    def boxes(self) -> Mapping[str, Column]:
        """A row per box, counted after the warm-up."""

    @property
    def totals(self) -> Mapping[str, float]:
        """Counts of the whole city."""


@dataclass(frozen=True)
class Account:
    """One run and its scenario, as the measures see them."""

    tables: Tables
    scenario: Scenario

    @cached_property
    def _purpose(self) -> NDArray[np.str_]:
        return self.tables.trips["purpose"].astype(str)

    @cached_property
    def _co2e(self) -> dict[str, tuple[Floats, Floats]]:
        return {name: m.co2e_kg(self.tables.trips, self.scenario.vehicles) for name, m in MODELS.items()}

    def rows(self, *purposes: str) -> NDArray[np.bool_]:
        """Which trips have one of these purposes."""
        return np.isin(self._purpose, purposes)

    def trips(self, *purposes: str) -> int:
        """Number of trips."""
        return int(self.rows(*purposes).sum())

    def trip_sum(self, column: str, *purposes: str) -> float:
        """Sum of a column over the trips of these purposes; exact for whole numbers."""
        return float(self.tables.trips[column][self.rows(*purposes)].sum())

    def trip_values(self, column: str, *purposes: str) -> Floats:
        """A column's values in the trips of these purposes."""
        return self.tables.trips[column][self.rows(*purposes)].astype(np.float64)

    def paid_h(self, *purposes: str) -> float:
        """Hours from departure to return."""
        return (self.trip_sum("return_s", *purposes) - self.trip_sum("depart_s", *purposes)) / 3600

    def boxes(self, column: str) -> float:
        """Sum of a column over the boxes."""
        return float(self.tables.boxes[column].sum())

    def kg(self, column: str, *fractions: str) -> float:
        """Kilograms in the boxes' columns ``column_g_fraction``; all fractions where none is named."""
        return sum(self.boxes(f"{column}_g_{fraction}") for fraction in fractions or FRACTIONS) / 1000

    def total(self, name: str) -> float:
        """A count of the whole city; not a number where the run has none."""
        return float(self.tables.totals.get(name, np.nan))

    def total_kg(self, name: str) -> float:
        """Kilograms of all fractions in the city's counts ``name_fraction``, which are grams."""
        return sum(self.total(f"{name}_{fraction}") for fraction in FRACTIONS) / 1000

    def co2e_kg(self, *purposes: str, scope: Literal["ttw", "wtw"] = "wtw", model: str | None = None) -> float:
        """CO2e of vehicles' trips, by the scenario's own emission model where none is named."""
        per_trip = self._co2e[model or self.scenario.emissions.model]
        return float(per_trip[("ttw", "wtw").index(scope)][self.rows(*purposes)].sum())

    def residents_co2e_kg(self, *, scope: Literal["ttw", "wtw"] = "wtw") -> float:
        """CO2e of residents' car trips made for their waste alone."""
        return car_co2e_kg(self.boxes("car_m"))[("ttw", "wtw").index(scope)]

    def per_trip_kg(self, scope: Literal["ttw", "wtw"] = "wtw") -> Floats:
        """CO2e of each trip, kg, by the scenario's own emission model."""
        return self._co2e[self.scenario.emissions.model][("ttw", "wtw").index(scope)]

    @cached_property
    def kwh(self) -> Floats:
        """Electricity of each trip from the socket, by the scenario's own emission model."""
        energy = {name: vehicle.energy == "electricity" for name, vehicle in self.scenario.vehicles.items()}
        types = self.tables.trips["vehicle_type"].astype(str)
        battery = np.array([energy[kind] for kind in types], np.bool_)
        return np.where(battery, self.per_trip_kg() / GRID.value, 0.0)

    @cached_property
    def trip_cost(self) -> TripCost:
        """Cost of each trip, euro."""
        return trip_cost(self.tables.trips, self.scenario.vehicles, self.scenario.costs, self.kwh)

    def cost(self, *purposes: str) -> float:
        """Cost of whole trips, euro."""
        return float(self.trip_cost.total[self.rows(*purposes)].sum())

    def detour_waste_cost(self) -> float:
        """Cost of what waste adds to vans' tours, euro."""
        cost = detour_cost(self.tables.trips, self.scenario.vehicles, self.scenario.costs, self.kwh)
        return float(cost[self.rows(*VAN_PURPOSES)].sum())

    def residents_cost(self) -> float:
        """Cost of residents' car trips made for waste alone, euro."""
        costs = self.scenario.costs
        return euro(costs) * costs.resident_car_per_km * self.boxes("car_m") / 1000

    def spare_l(self) -> float:
        """Litres free in the vans as they leave, summed over tours."""
        types = self.tables.trips["vehicle_type"].astype(str)
        volume = np.zeros(len(types))
        for name, vehicle in self.scenario.vehicles.items():
            volume[types == name] = vehicle.volume_l
        free = volume * (1 - self.tables.trips["fill_start"].astype(np.float64))
        return float(free[self.rows(*VAN_PURPOSES)].sum())

    def waste_l(self) -> float:
        """Litres of the waste containers that vans took: their outer volume."""
        return self.trip_sum("waste_l", *VAN_PURPOSES)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a run: what it is called, means and in which direction it is better."""

    name: str
    unit: str
    label: str
    definition: str
    better: Literal["less", "more"] | None
    value: Callable[[Account], float]


def ratio(part: float, whole: float) -> float:
    """``part / whole``; not a number where there is no whole."""
    return part / whole if whole else float("nan")
