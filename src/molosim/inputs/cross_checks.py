"""What the parts of a scenario must say of each other; each function lists the faults of one subject."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from molosim.inputs.asked import faults_of
from molosim.inputs.boxes import BoxDesign, Boxes, Container, Door, Fraction, Regime
from molosim.inputs.components import CollectionPolicy
from molosim.inputs.fleet import WEEKDAYS, Carrier, HomeDeliveries, Municipality, Shift, ToStore, VehicleType, mix_in
from molosim.inputs.residents import Deposits, Parcels, Residents
from molosim.runtime import bundled
from molosim.runtime.errors import Fault, did_you_mean

Vehicles = Mapping[str, VehicleType]
Needs = Mapping[str, Mapping[str, float]]
"""What each thing takes up: an amount by unit."""

ROAD_CLASSES = (
    *(f"{name}{link}" for name in ("motorway", "trunk", "primary", "secondary", "tertiary") for link in ("", "_link")),
    *("unclassified", "residential", "living_street", "road", "busway", "other"),
)
"""Values of OpenStreetMap's ``highway`` that a drive graph holds."""

_FACT_ID = re.compile(r"\b[MLWAVIX]\d{1,2}\b")


def repeated(place: str, names: Iterable[str]) -> list[Fault]:
    """Names that stand more than once."""
    return [
        Fault(place, f"'{n}' stands {times} times; each needs its own name")
        for n, times in Counter(names).items()
        if times > 1
    ]


def known(place: str, name: str, allowed: Iterable[str]) -> list[Fault]:
    """A name that is not among the allowed ones."""
    names = list(allowed)
    return [] if name in names else [Fault(place, f"found '{name}'" + did_you_mean(name, names))]


def speeds(factors: Mapping[str, Mapping[str, float]], hours: Mapping[str, Sequence[int]]) -> list[Fault]:
    """Road classes that do not exist, and hours that two congestion periods claim.

    ``factors`` has the factors by class, ``hours`` the hours of each named period, both by key path.
    """
    faults = [
        fault
        for place, classes in factors.items()
        for road in classes
        for fault in known(f"{place}.by_class.{road}", road, ROAD_CLASSES)
    ]
    owner: dict[int, str] = {}
    for place, claimed in hours.items():
        for hour in claimed:
            if hour in owner:
                faults.append(
                    Fault(f"{place}.hours", f"hour {hour} is in {owner[hour]}.hours already; an hour has one speed")
                )
            owner[hour] = place
    return faults


def fleet(carriers: Sequence[Carrier], municipality: Municipality, vehicles: Vehicles) -> list[Fault]:
    """Names, shares and shifts of those who drive."""
    faults = repeated("carriers", (c.name for c in carriers))
    faults += known("municipality.vehicle", municipality.vehicle, vehicles)
    faults += _shift("municipality", municipality.shift)
    for i, carrier in enumerate(carriers):
        place = f"carriers.{i}"
        faults += known(f"{place}.vehicle", carrier.vehicle, vehicles)
        if isinstance(carrier.waste_to, ToStore):
            faults += known(f"{place}.waste_to.vehicle", carrier.waste_to.vehicle, vehicles)
        if carrier.name == "municipality":
            faults.append(
                Fault(f"{place}.name", "'municipality' is who runs the dedicated collection; use another name")
            )
        faults += _shift(place, carrier.shift)
        faults += _store_age(place, carrier)
        faults += _handling(place, carrier)
    total = sum(c.parcel_share for c in carriers)
    if abs(total - 1) > 1e-6:
        faults.append(Fault("carriers", f"the carriers' parcel_share add up to {total:g}; must be 1"))
    return faults


def addresses(count: int, carriers: Sequence[Carrier]) -> list[Fault]:
    """Too few addresses for a day's stops of a carrier, which are all at different ones."""
    stops = {c.name: c.home.stops_per_van_day * c.vans for c in carriers if isinstance(c.home, HomeDeliveries)}
    name, mean = max(stops.items(), key=lambda item: item[1], default=("", 0.0))
    needed = math.ceil(mean + 6 * math.sqrt(mean))  # their number is Poisson: not once in a billion days are there more
    if count >= needed:
        return []
    return [Fault("addresses.count", f"found {count}; the {mean:g} stops a day of '{name}' need at least {needed}")]


def confidential(names: Iterable[str], carriers: Sequence[Carrier]) -> list[Fault]:
    """Names of carriers that there are not."""
    there = [carrier.name for carrier in carriers]
    return [fault for name in names for fault in known("accounts.confidential", name, there)]


def planning(plan_h: float, shifts: Mapping[str, Shift]) -> list[Fault]:
    """A day planned when somebody is out already; ``shifts`` by key path."""
    place, first = min(shifts.items(), key=lambda item: item[1].start_h)
    if plan_h <= first.start_h:
        return []
    return [Fault("plan_h", f"found {plan_h:g}; must not be after {place}.start_h, {first.start_h:g}")]


def _shift(place: str, shift: Shift) -> Iterator[Fault]:
    if shift.start_h + shift.hours > 24:
        yield Fault(f"{place}.shift.hours", f"found {shift.hours:g}; a shift from {shift.start_h:g} h must end by 24 h")


def _handling(place: str, carrier: Carrier) -> Iterator[Fault]:
    """More handling in a day than a shift has hours."""
    if isinstance(carrier.home, HomeDeliveries):
        handling_h = carrier.home.stops_per_van_day * carrier.home.stop_s / 3600
        if handling_h > carrier.shift.hours:
            problem = f"handling alone takes {handling_h:.1f} h; the shift has {carrier.shift.hours:g} h"
            yield Fault(f"{place}.home.stops_per_van_day", problem)


def _store_age(place: str, carrier: Carrier) -> Iterator[Fault]:
    """A store whose waste grows too old between two working days, holidays aside."""
    worked = sorted(WEEKDAYS.index(day) for day in set(carrier.shift.weekdays))
    idle_days = max(
        (later - day for day, later in pairwise([*worked, *(day + 7 for day in worked[:1])])),
        default=0,
    )
    if isinstance(carrier.waste_to, ToStore) and carrier.waste_to.max_age_days < idle_days:
        problem = f"found {carrier.waste_to.max_age_days}; from one working day to the next are up to {idle_days}"
        yield Fault(f"{place}.waste_to.max_age_days", problem)


def policies(
    alternatives: Mapping[str, CollectionPolicy],
    baseline: str,
    carriers: Sequence[Carrier],
    municipality: Municipality,
) -> list[Fault]:
    """Alternatives that nobody can carry out, as their policies say."""
    faults = known("baseline", baseline, alternatives)
    for name, policy in alternatives.items():
        faults += faults_of(f"alternatives.{name}", policy, carriers, municipality)
    return faults


def demand(residents: Residents, boxes: Boxes) -> list[Fault]:
    """Parcels and waste that no door takes, shares that are not shares of one whole."""
    parcels, deposits = residents.parcels, residents.deposits
    faults = repeated("residents.parcels.formats", (f.name for f in parcels.formats))
    faults += repeated("residents.deposits.wastes", (w.name for w in deposits.wastes))
    total = sum(f.share for f in parcels.formats)
    if abs(total - 1) > 1e-6:
        faults.append(Fault("residents.parcels.formats", f"the formats' share add up to {total:g}; must be 1"))
    for name, design in boxes.designs.items():
        faults += _doors(f"boxes.designs.{name}", design, parcels, boxes.regime)
    return faults + list(_fractions(deposits, boxes.designs.values()))


def _doors(place: str, design: BoxDesign, parcels: Parcels, regime: Regime) -> Iterator[Fault]:
    doors = list(design.parcel_doors)
    if regime is Regime.shared:
        doors += [waste.door for waste in design.waste_doors]
    for parcel in parcels.formats:
        sides = (parcel.length_cm, parcel.width_cm, parcel.height_cm)
        if not any(door.takes(sides) and parcel.mean_kg <= door.mass_limit_kg for door in doors):
            size = " x ".join(f"{side:g}" for side in sides)
            problem = f"no door takes the parcel format '{parcel.name}' ({size} cm, {parcel.mean_kg:g} kg)"
            yield Fault(f"{place}.parcel_doors", f"{problem}; doors: {', '.join(map(_door, doors))}")
    for i, waste in enumerate(design.waste_doors):
        box = waste.container
        if not waste.door.takes((box.width_cm, box.depth_cm, box.height_cm)):
            size = f"{box.width_cm:g} x {box.depth_cm:g} x {box.height_cm:g} cm"
            yield Fault(f"{place}.waste_doors.{i}.container", f"{size} does not fit its door: {_door(waste.door)}")
        if box.mass_limit_kg > waste.door.mass_limit_kg:
            problem = f"found {box.mass_limit_kg:g}; its door carries {waste.door.mass_limit_kg:g} kg"
            yield Fault(f"{place}.waste_doors.{i}.container.mass_limit_kg", problem)


def _door(door: Door) -> str:
    return f"{door.size} {door.width_cm:g} x {door.depth_cm:g} x {door.height_cm:g} cm, {door.mass_limit_kg:g} kg"


def _fractions(deposits: Deposits, designs: Iterable[BoxDesign]) -> Iterator[Fault]:
    taken = {fraction for design in designs for door in design.waste_doors for fraction in door.fractions}
    made = {waste.fraction for waste in deposits.wastes}
    for fraction, share in deposits.box_share.items():
        place = f"residents.deposits.box_share.{fraction.value}"
        if share > 0 and fraction not in taken:
            yield Fault(
                place, f"found {share:g}; no waste door takes {fraction.value}: must be 0, or add a door for it"
            )
        if share > 0 and fraction not in made:
            yield Fault(place, f"found {share:g}; residents.deposits.wastes has none of {fraction.value}")


def loads(
    carriers: Sequence[Carrier],
    municipality: Municipality,
    vehicles: Vehicles,
    boxes: Boxes,
    residents: Residents,
    *,
    year: int,
) -> list[Fault]:
    """Vehicles in use too small for what they must be able to carry, and stores too small for one container."""
    faults: list[Fault] = []
    containers = _containers(boxes, residents.deposits)
    for i, carrier in enumerate(carriers):
        drivers = _drivers(f"carriers.{i}", mix_in(year, carrier.fleet, carrier.vehicle, carrier.vans), carrier.vehicle)
        for name, place in drivers.items():
            if name in vehicles:
                faults += _van(place, carrier, name, vehicles[name], residents.parcels)
        if not carrier.takes_waste:
            continue
        faults += _waste_chain(f"carriers.{i}", carrier, drivers, vehicles, containers)
    mix = mix_in(year, municipality.fleet, municipality.vehicle, municipality.vehicles)
    for name, place in _drivers("municipality", mix, municipality.vehicle).items():
        if name in vehicles:
            faults += _fits(place, f"'{name}'", containers, _limits(vehicles[name]))
    return faults


def _drivers(place: str, mix: Mapping[str, int], vehicle: str) -> dict[str, str]:
    """Key that names each vehicle type in use."""
    return {name: f"{place}.{'vehicle' if name == vehicle else 'fleet'}" for name in mix}


def _waste_chain(
    place: str,
    carrier: Carrier,
    drivers: Mapping[str, str],
    vehicles: Vehicles,
    containers: Mapping[str, Mapping[str, float]],
) -> Iterator[Fault]:
    pairs = [(where, name) for name, where in drivers.items()]
    if isinstance(store := carrier.waste_to, ToStore):
        pairs.append((f"{place}.waste_to.vehicle", store.vehicle))
        limits = {"kg": store.mass_limit_kg, "ADR points": store.points_limit}
        yield from _fits(f"{place}.waste_to", "the store", containers, limits)
    for where, vehicle in pairs:
        if vehicle in vehicles:
            yield from _fits(where, f"'{vehicle}'", containers, _limits(vehicles[vehicle]))


def _limits(vehicle: VehicleType) -> dict[str, float]:
    return {"l": vehicle.volume_l, "kg": vehicle.payload_kg, "ADR points": vehicle.adr_points}


def _van(place: str, carrier: Carrier, name: str, vehicle: VehicleType, parcels: Parcels) -> Iterator[Fault]:
    largest = max(parcels.formats, key=lambda f: f.litres)
    limits = {"l": vehicle.volume_l, "kg": vehicle.payload_kg}
    yield from _fits(
        place,
        f"'{name}'",
        {f"parcel format '{largest.name}'": {"l": largest.litres, "kg": largest.mean_kg}},
        limits,
    )
    if carrier.fleet or not isinstance(carrier.home, HomeDeliveries):  # territories as large as their room; own tours
        return
    stops = carrier.home.stops_per_van_day
    day = {"l": stops * carrier.home.litres_per_stop, "kg": stops * carrier.home.kg_per_stop}
    yield from _fits(place, f"'{name}'", {"a mean day's home deliveries": day}, limits)


def _fits(place: str, holder: str, things: Needs, limits: Mapping[str, float]) -> Iterator[Fault]:
    for thing, needs in things.items():
        for unit, need in needs.items():
            if unit in limits and need > limits[unit]:
                yield Fault(
                    place,
                    f"{holder} is not large enough for {thing}: {need:g} {unit}; it holds {limits[unit]:g} {unit}",
                )


def _containers(boxes: Boxes, deposits: Deposits) -> Needs:
    """What one full container of each waste door needs: litres, kilograms, ADR points at worst."""
    return {
        f"a full container of boxes.designs.{name}.waste_doors.{i}": _full(waste.container, waste.fractions, deposits)
        for name, design in boxes.designs.items()
        for i, waste in enumerate(design.waste_doors)
    }


def _full(container: Container, fractions: Sequence[Fraction], deposits: Deposits) -> dict[str, float]:
    worst = max((w.adr_points_per_kg for w in deposits.wastes if w.fraction in fractions), default=0)
    kg = container.mass_limit_kg
    return {"l": container.outer_l, "kg": kg, "ADR points": kg * worst}


def holidays(place: str, country: str | None) -> list[Fault]:
    """A country whose public holidays nobody knows."""
    if country is None:
        return []
    from holidays import list_supported_countries  # noqa: PLC0415 - 0.2 s that most errors need not wait for

    return known(place, country, list_supported_countries())


def provenance(sources: Mapping[str, str], data: Mapping[str, Any]) -> list[Fault]:
    """Sources of keys that do not exist, and ids of figures that do not; ``*`` stands for any one key."""
    paths = [path for path, _ in entries(data)]
    faults = []
    for key, source in sources.items():
        if not any(matches(path, key) for path in paths):
            faults.append(Fault(f"provenance.'{key}'", "no such key in this file" + _near(key, paths)))
        for fact in _FACT_ID.findall(source):
            faults += known(f"provenance.'{key}'", fact, bundled.facts())
    return faults


def _near(key: str, paths: Sequence[str]) -> str:
    hint = did_you_mean(key, paths)
    return hint if "did you mean" in hint else ""  # all paths of a scenario would be a page


def matches(path: str, pattern: str) -> bool:
    """Whether a key path is as a pattern has it, in which ``*`` stands for any one key."""
    ours, wanted = path.split("."), pattern.split(".")
    return len(ours) == len(wanted) and all(map(fnmatchcase, ours, wanted))


def entries(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key path of plain data and what stands under it, tables and lists before what they hold."""
    inner = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list | tuple) else ()
    for key, value in inner:
        path = f"{prefix}{key}"
        yield path, value
        yield from entries(value, f"{path}.")
