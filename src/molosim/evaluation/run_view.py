"""One run as everything that evaluates it sees it: its tables, and what follows from them by its scenario."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from molosim.emissions import Conditions, EmissionModel, Emitted, Trips, cars, emit_as_configured
from molosim.emissions.grid import conditions_of
from molosim.emissions.own_models import emit_by, models_by_key
from molosim.evaluation.allocation import allocate, transport_tkm
from molosim.evaluation.trip_cost import TripCost, detour_cost, euro, trip_cost
from molosim.inputs.accounting import By
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.fleet import ToStore
from molosim.inputs.scenario import Scenario
from molosim.runtime.arrays import Column, Flags, Floats
from molosim.trips import MUNICIPALITY, VAN_PURPOSES, Purpose

PURPOSES = tuple(Purpose)
WHO: Mapping[str, tuple[Purpose, ...]] = MappingProxyType(
    {
        "delivery vans": VAN_PURPOSES,
        "collection vehicles": (Purpose.COLLECTION,),
        "transfer runs": (Purpose.TRANSFER,),
        "all operators": PURPOSES,
    }
)
"""Groups of trips by their purposes; the last holds the others."""
Better = Literal["less", "more"] | None
"""In which direction a measure is better."""
Row = dict[str, str | float]
"""A row of a table of one run: texts name it, numbers are its figures."""


class Tables(Protocol):
    """What one alternative of one replication leaves behind; columns of one table are of one length."""

    @property
    def trips(self) -> Mapping[str, Column]:
        """A row per vehicle trip after the warm-up."""

    @property
    def charges(self) -> Mapping[str, Column]:
        """A row per charge and trip whose energy it put back; no columns where that is not known."""

    @property
    def boxes(self) -> Mapping[str, Column]:
        """A row per box, counted after the warm-up."""

    @property
    def pickups(self) -> Mapping[str, Column]:
        """A row per pick-up of waste at a box."""

    @property
    def totals(self) -> Mapping[str, float]:
        """Counts of the whole city; a stored run has none."""


@dataclass(frozen=True)
class RunView:
    """One alternative of one replication and its scenario, as measures, accounts and guards see them.

    What several of them need is computed once.
    """

    tables: Tables
    scenario: Scenario

    @cached_property
    def _purpose(self) -> NDArray[np.str_]:
        return self.tables.trips["purpose"].astype(str)

    @cached_property
    def conditions(self) -> Conditions:
        """Temperature and electricity of the run's days."""
        return conditions_of(self.scenario)

    @cached_property
    def _driven(self) -> Trips:
        return Trips(self.tables.trips, self.tables.charges)

    @cached_property
    def _of_purposes(self) -> dict[tuple[str, ...], Flags]:
        return {}

    @cached_property
    def _emitted(self) -> dict[int | None, Emitted]:
        return {}

    @cached_property
    def _residents(self) -> dict[bool, Emitted]:
        return {}

    def rows(self, *purposes: str) -> Flags:
        """Which trips have one of these purposes; not to be written to."""
        if purposes not in self._of_purposes:
            self._of_purposes[purposes] = np.isin(self._purpose, purposes)
        return self._of_purposes[purposes]

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

    def boxes(self, *columns: str) -> float:
        """Sum of columns over the boxes; exact for whole numbers."""
        return float(sum(self.tables.boxes[column].sum() for column in columns))

    def kg(self, column: str, *fractions: str) -> float:
        """Kilograms in the boxes' columns ``column_g_fraction``; all fractions where none is named."""
        return sum(self.boxes(f"{column}_g_{fraction}") for fraction in fractions or FRACTIONS) / 1000

    def total(self, name: str) -> float:
        """A count of the whole city; not a number where the run has none."""
        return float(self.tables.totals.get(name, np.nan))

    def total_kg(self, name: str) -> float:
        """Kilograms of all fractions in the city's counts ``name_fraction``, which are grams."""
        return sum(self.total(f"{name}_{fraction}") for fraction in FRACTIONS) / 1000

    def emitted(self, model: EmissionModel | None = None) -> Emitted:
        """Energy and emissions of each trip: all by this model, or as the scenario says where none is named."""
        key = None if model is None else id(model)  # a user's own may hold what has no hash
        if key not in self._emitted:
            said, vehicles = self.scenario.emissions.model, self.scenario.vehicles
            self._emitted[key] = (
                emit_by(self._key_of(model), model, self._driven, vehicles, self.conditions)
                if model
                else emit_as_configured(said, self._driven, vehicles, self.conditions)
            )
        return self._emitted[key]

    def _key_of(self, model: EmissionModel) -> str:
        named = models_by_key(self.scenario).items()
        return next((key for key, one in named if one is model), "emissions.model")

    def applicable(self, model: EmissionModel | None = None) -> bool:
        """Whether the run's trips have all that a model needs, or those that the scenario says."""
        said = (self.scenario.emissions.model, *(v.emission_model for v in self.scenario.vehicles.values()))
        needs = {column for one in ((model,) if model else said) if one for column in one.needs}
        return all(column in self.tables.trips for column in needs)

    def emitted_sum(self, what: str, *purposes: str, model: EmissionModel | None = None) -> float:
        """A column of `emitted` over trips; not a number where a model lacks a column, or its source the figure."""
        if not self.applicable(model):
            return float("nan")
        column: Floats = getattr(self.emitted(model), what)
        return float(column[self.rows(*purposes)].sum())

    def co2e_kg(
        self, *purposes: str, scope: Literal["ttw", "wtw"] = "wtw", model: EmissionModel | None = None
    ) -> float:
        """CO2e of vehicles' trips, by the scenario's own emission model where none is named."""
        return self.emitted_sum(f"{scope}_kg", *purposes, model=model)

    def residents(self, *, cold_start: bool) -> Emitted:
        """Energy and emissions of each box's residents: car trips made for their waste alone."""
        if cold_start not in self._residents:
            metres, trips = (self.tables.boxes[name].astype(np.float64) for name in ("car_m", "own_car_trips"))
            self._residents[cold_start] = cars.emit(
                metres, trips, self.scenario.emissions.cars, self.conditions, cold_start=cold_start
            )
        return self._residents[cold_start]

    def residents_co2e_kg(self, *, scope: Literal["ttw", "wtw"] = "wtw", model: EmissionModel | None = None) -> float:
        """CO2e of residents' car trips made for their waste alone, with cold starts where the model has them."""
        cold_start = (model or self.scenario.emissions.model).cold_cars
        column: Floats = getattr(self.residents(cold_start=cold_start), f"{scope}_kg")
        return float(column.sum())

    @property
    def emissions(self) -> Emitted:
        """Energy and emissions of each trip, as the scenario says."""
        return self.emitted()

    @cached_property
    def energy(self) -> NDArray[np.str_]:
        """Energy carrier of each trip's vehicle."""
        types, number = np.unique(self.tables.trips["vehicle_type"].astype(str), return_inverse=True)
        vehicles = self.scenario.vehicles
        return np.array([str(vehicles[kind].energy) for kind in types.tolist()], str)[number]

    @property
    def cars(self) -> Emitted:
        """Of each box's residents, with cold starts where the scenario's emission model has them."""
        return self.residents(cold_start=self.scenario.emissions.model.cold_cars)

    @property
    def cars_electric_share(self) -> float:
        """Of residents' kilometres by car, 0 to 1."""
        return self.scenario.emissions.cars.electric_share or 0.0

    @property
    def cars_electricity_kg(self) -> float:
        """CO2e of the electricity in residents' cars."""
        return float(self.cars.kwh.sum() * self.conditions.grid_g_per_kwh.mean()) / 1000

    @property
    def first_day(self) -> np.datetime64:
        """Day 0 of the tables."""
        horizon = self.scenario.horizon
        return np.datetime64(horizon.start, "D") + horizon.warmup_days

    @property
    def depots(self) -> Mapping[str, str]:
        """Name of each operator's depot."""
        carriers = self.scenario.carriers
        return {MUNICIPALITY: self.scenario.municipality.depot.name, **{c.name: c.depot.name for c in carriers}}

    @property
    def waste_to(self) -> Mapping[str, str]:
        """Where each operator's vehicles unload waste: a store at the depot, or the reception."""
        stores = {c.name: f"{c.depot.name}, store" for c in self.scenario.carriers if isinstance(c.waste_to, ToStore)}
        return {name: stores.get(name, self.reception) for name in self.depots}

    @property
    def reception(self) -> str:
        """Name of the place that takes hazardous waste in."""
        return self.scenario.municipality.reception.name

    @cached_property
    def _allocated_kg(self) -> dict[By, tuple[float, float]]:
        return {}

    def allocated_kg(self, by: By | None = None) -> tuple[float, float]:
        """CO2e of all trips, well-to-wheel: parcels' and waste's part; by the scenario's split where none is named."""
        by = by or self.scenario.accounts.allocation
        if by not in self._allocated_kg:
            parcels, waste = allocate(self.tables.trips, self.emissions.wtw_kg, by)
            self._allocated_kg[by] = float(parcels.sum()), float(waste.sum())
        return self._allocated_kg[by]

    def tkm(self) -> tuple[float, float]:
        """Transport activity of parcels and of waste, tonne-kilometres by shortest feasible distance."""
        parcels, waste = transport_tkm(self.tables.trips)
        return float(parcels.sum()), float(waste.sum())

    @cached_property
    def trip_cost(self) -> TripCost:
        """Cost of each trip, euro."""
        return trip_cost(self.tables.trips, self.scenario.vehicles, self.scenario.costs, self.emissions.kwh)

    def cost(self, *purposes: str) -> float:
        """Cost of whole trips, euro."""
        return float(self.trip_cost.total[self.rows(*purposes)].sum())

    def detour_waste_cost(self) -> float:
        """Cost of what waste adds to vans' tours, euro."""
        cost = detour_cost(self.tables.trips, self.scenario.vehicles, self.scenario.costs, self.emissions.kwh)
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


Value = Callable[[RunView], float]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a run: what it is called, means and in which direction it is better."""

    name: str
    unit: str
    label: str
    definition: str
    better: Better
    value: Value


def described(into: list[Measure], unit: str, *, better: Better = None) -> Callable[[Value], Value]:
    """Make a function a measure of its name.

    Its docstring's first line is the label, without the full stop; what follows is the definition.

    Raises
    ------
    ValueError
        The docstring lacks one of the two.
    """

    def add(value: Value) -> Value:
        label, _, definition = (inspect.getdoc(value) or "").partition("\n\n")
        if not definition:
            raise ValueError(f"measure '{value.__name__}': its docstring must be a label and a definition")
        into.append(Measure(value.__name__, unit, label.removesuffix("."), " ".join(definition.split()), better, value))
        return value

    return add


def ratio(part: float, whole: float) -> float:
    """``part / whole``; not a number where there is no whole."""
    return part / whole if whole else float("nan")
