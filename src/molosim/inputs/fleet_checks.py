"""What must hold of fleets by year: their types, batteries, chargers and who may come to boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from molosim.inputs.components import CollectionPolicy
from molosim.inputs.cross_checks import known, repeated
from molosim.inputs.fleet import (
    Carrier,
    Charger,
    FleetFrom,
    HomeDeliveries,
    Municipality,
    Tender,
    ToStore,
    VehicleType,
    mix_in,
)
from molosim.runtime.errors import Fault

Vehicles = Mapping[str, VehicleType]


def batteries(vehicles: Vehicles) -> list[Fault]:
    """Batteries in vehicles that do not drive on electricity, and bikes that burn something."""
    faults = []
    for name, vehicle in vehicles.items():
        if vehicle.energy == "electricity":
            continue
        if vehicle.battery_kwh is not None:
            problem = f"found {vehicle.battery_kwh:g}; '{name}' drives on {vehicle.energy}, only electricity has one"
            faults.append(Fault(f"vehicles.{name}.battery_kwh", problem))
        if vehicle.body == "bike":
            faults.append(Fault(f"vehicles.{name}.energy", f"found '{vehicle.energy}'; bikes have electricity"))
    return faults


def mixes(carriers: Sequence[Carrier], municipality: Municipality, vehicles: Vehicles, year: int) -> list[Fault]:
    """Fleets by year that name no type, the same year twice or nobody at all; bikes where only vans and trucks go."""
    faults: list[Fault] = []
    for place, fleet in (
        *((f"carriers.{i}.fleet", carrier.fleet) for i, carrier in enumerate(carriers)),
        ("municipality.fleet", municipality.fleet),
    ):
        faults += _entries(place, fleet, vehicles)
    bikes = {name for name, vehicle in vehicles.items() if vehicle.body == "bike"}
    drivers = {"municipality.vehicle": municipality.vehicle}
    drivers |= {
        f"carriers.{i}.waste_to.vehicle": carrier.waste_to.vehicle
        for i, carrier in enumerate(carriers)
        if isinstance(carrier.waste_to, ToStore)
    }
    faults += [
        Fault(place, f"found '{name}', a bike; must be a van or truck")
        for place, name in drivers.items()
        if name in bikes
    ]
    town = mix_in(year, municipality.fleet, municipality.vehicle, municipality.vehicles)
    faults += [
        Fault("municipality.fleet", f"found '{name}', a bike; must be a van or truck")
        for name in town
        if name in bikes and name != municipality.vehicle
    ]
    return faults


def _entries(place: str, fleet: Sequence[FleetFrom], vehicles: Vehicles) -> Iterator[Fault]:
    yield from repeated(f"{place}.from_year", (str(entry.from_year) for entry in fleet))
    for k, entry in enumerate(fleet):
        for name in entry.mix:
            yield from known(f"{place}.{k}.mix.{name}", name, vehicles)


def capacity(carriers: Sequence[Carrier], vehicles: Vehicles, year: int) -> list[Fault]:
    """Fleets that a mean day's home deliveries do not fit into."""
    faults = []
    for i, carrier in enumerate(carriers):
        mix = mix_in(year, carrier.fleet, carrier.vehicle, carrier.vans)
        home = carrier.home
        if not carrier.fleet or not all(name in vehicles for name in mix) or not isinstance(home, HomeDeliveries):
            continue
        stops = home.stops_per_van_day * carrier.vans
        needs = {"l": stops * home.litres_per_stop, "kg": stops * home.kg_per_stop}
        holds = {
            "l": sum(number * vehicles[name].volume_l for name, number in mix.items()),
            "kg": sum(number * vehicles[name].payload_kg for name, number in mix.items()),
        }
        faults += [
            Fault(
                f"carriers.{i}.fleet",
                f"the vehicles of {year} hold {holds[unit]:g} {unit}; a mean day's home deliveries are {need:g} {unit}",
            )
            for unit, need in needs.items()
            if need > holds[unit]
        ]
    return faults


def chargers(places: Sequence[Charger]) -> list[Fault]:
    """Names of chargers that stand more than once."""
    return repeated("chargers", (place.name for place in places))


def tender(
    rule: Tender | None,
    carriers: Sequence[Carrier],
    municipality: Municipality,
    vehicles: Vehicles,
    policies: Iterable[CollectionPolicy],
    *,
    year: int,
) -> list[Fault]:
    """Nobody who may bring a carrier's parcels to boxes, or collect, where the tender's rule holds."""
    if rule is None or year < rule.from_year:
        return []
    fleets = {
        f"carriers.{i}": mix_in(year, carrier.fleet, carrier.vehicle, carrier.vans)
        for i, carrier in enumerate(carriers)
    }
    if any(policy.collects for policy in policies):
        fleets["municipality"] = mix_in(year, municipality.fleet, municipality.vehicle, municipality.vehicles)
    allowed = ", ".join(rule.energy)
    return [
        Fault(
            place,
            f"its vehicles of {year} are {_told(mix)}; none may come to boxes, where tender.energy allows {allowed}",
        )
        for place, mix in fleets.items()
        if all(name in vehicles for name in mix) and not any(vehicles[name].energy in rule.energy for name in mix)
    ]


def _told(mix: Mapping[str, int]) -> str:
    return ", ".join(f"{number} '{name}'" for name, number in mix.items())
