"""What a run shows to the plausibility guards, and the error where a figure lies outside its range."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from molosim.evaluation.run_view import RunView, ratio
from molosim.inputs.fleet import HomeDeliveries, VehicleType
from molosim.inputs.plausible_ranges import GUARDS, Figure, faults
from molosim.runtime.arrays import Flags
from molosim.runtime.errors import Fault, ScenarioError
from molosim.trips import Energy, Purpose

_SLOW_KMH, _FAST_KMH, _DENSE_PER_KM = 10, 90, 8


def check(view: RunView, of: str) -> None:
    """Hold a run's key figures against their ranges.

    Parameters
    ----------
    view
        The run.
    of
        What the error calls it: its alternative.

    Raises
    ------
    ScenarioError
        With every figure outside: whose it is, its value, the range with its source, and the likely cause.
    """
    found = [*_consumption(view), *_pickups(view), *_tours(view)]
    if outside := faults(found, view.scenario.plausibility):
        raise ScenarioError([Fault(f"{of}: {fault.place}", fault.problem) for fault in outside])


def _consumption(a: RunView) -> Iterator[Figure]:
    types = a.tables.trips["vehicle_type"].astype(str)
    for name, vehicle in a.scenario.vehicles.items():
        rows = types == name
        km = float(a.tables.trips["metres"][rows].sum()) / 1000
        unit, of = _per_km(a, vehicle, rows)
        guard = f"{unit}_{vehicle.energy}_{vehicle.body}"
        if guard in GUARDS and km > 0:
            yield Figure(guard, of / km, int(rows.sum()), f"vehicle type '{name}'", _driving(a, name, rows))


def _per_km(a: RunView, vehicle: VehicleType, rows: Flags) -> tuple[str, float]:
    """Which guard asks for a vehicle's consumption, and what it consumed in the guard's unit of a kilometre."""
    if Energy(vehicle.energy) is Energy.ELECTRICITY:
        return "kwh_per_km", float(a.emissions.kwh[rows].sum())
    if Energy(vehicle.energy) is Energy.DIESEL:
        return "g_per_km", 1000 * float(a.emissions.ttw_kg[rows].sum())
    return "l_per_100km", 100 * float(a.emissions.hvo_l[rows].sum())


def _driving(a: RunView, name: str, rows: Flags) -> str:
    """What in the way a vehicle is driven, or else in its factors, makes its consumption strange."""
    trips = a.tables.trips
    km, hours = float(trips["metres"][rows].sum()) / 1000, float(trips["driving_s"][rows].sum()) / 3600
    kmh, stops = ratio(km, hours), float(trips["stops"][rows].sum()) / km
    if not _SLOW_KMH <= kmh <= _FAST_KMH:
        return f"map.speeds and map.congestion (driven at {kmh:.1f} km/h)"
    if stops > _DENSE_PER_KM:
        return f"carriers.*.home.stops_per_van_day and addresses ({stops:.1f} stops per km)"
    return f"vehicles.{name} and emissions.model ({kmh:.0f} km/h and {stops:.1f} stops per km are usual)"


def _pickups(a: RunView) -> Iterator[Figure]:
    count = int(a.boxes("pickups"))
    if count:
        cause = "residents.deposits (kilograms, box_share) and what the alternatives' triggers and take_fill wait for"
        yield Figure("kg_per_pickup", a.kg("collected") / count, count, "waste pick-ups at boxes", cause)


def _tours(a: RunView) -> Iterator[Figure]:
    operators = a.tables.trips["operator"].astype(str)
    metres = a.tables.trips["metres"].astype(np.float64)
    for i, carrier in enumerate(a.scenario.carriers):
        rows = a.rows(Purpose.DELIVERY) & (operators == carrier.name)
        if rows.any():
            home = carrier.home
            stops = (
                f"carriers.{i}.home.stops_per_van_day ({home.stops_per_van_day:g}) and addresses.file"
                if isinstance(home, HomeDeliveries)
                else f"carriers.{i}.home.file"
            )
            cause = f"carriers.{i}.depot ({carrier.depot.lon:g}, {carrier.depot.lat:g}), {stops}"
            km = float(metres[rows].mean()) / 1000
            yield Figure("km_per_delivery_tour", km, int(rows.sum()), f"tours of '{carrier.name}'", cause)
    rows = a.rows(Purpose.COLLECTION)
    if rows.any():
        cause = "municipality.depot, municipality.reception, boxes.file and what the alternatives' triggers call due"
        yield Figure(
            "km_per_collection_tour", float(metres[rows].mean()) / 1000, int(rows.sum()), "collection tours", cause
        )
