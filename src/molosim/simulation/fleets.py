"""Carriers' fleets as planning must know them: vehicles by type and territory, their limits, networks and range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.emissions import Conditions
from molosim.inputs.days import Days
from molosim.inputs.fleet import Carrier, Charger, HomeDeliveries, Shift, Tender, VehicleType, mix_in
from molosim.inputs.scenario import Scenario
from molosim.network.travel import Travel
from molosim.routing.day_plans import Fleet
from molosim.routing.territories import cut
from molosim.routing.tours import ANY_RANGE_M, LIMITS, Vehicles
from molosim.runtime.arrays import Flags, Floats, Ints
from molosim.runtime.cache import content_key, kept
from molosim.runtime.streams import stream
from molosim.simulation.batteries import KEPT_SHARE, battery_kwh_per_km, socket_kw
from molosim.simulation.roads import WORLD, Roads
from molosim.stops.own import OwnStops

FILL_AT_MOST = 0.8
"""Of a vehicle's volume and payload, on a typical day of its territory: days differ."""


def limits_of(vehicle: VehicleType, shift: Shift, *, at_boxes: bool = True) -> Ints:
    """A vehicle's limits with its shift's end, as `tours` has them; its range stands apart, as it changes by day."""
    return np.array(
        [
            round(vehicle.volume_l * 1000),
            round(vehicle.payload_kg * 1000),
            round(vehicle.adr_points * 1000),
            round((shift.start_h + shift.hours) * 3600),
            ANY_RANGE_M,
            at_boxes,
        ],
        np.int64,
    )


def may_come_to_boxes(vehicle: VehicleType, tender: Tender | None, year: int) -> bool:
    """Whether the municipality lets a vehicle come to boxes in a year."""
    return tender is None or year < tender.from_year or vehicle.energy in tender.energy


def range_m(vehicle: VehicleType, days: Days, conditions: Conditions) -> Ints:
    """(days,) metres that plans may drive on a full battery, by the day's temperature; its reserve stays."""
    if vehicle.battery_kwh is None:
        return np.full(days.count, ANY_RANGE_M, np.int64)
    planned_kwh = vehicle.battery_kwh * (1 - vehicle.reserve_share)
    return np.floor(1000 * planned_kwh / _kwh_per_km(vehicle, days, conditions)).astype(np.int64)


def charge_m_per_s(vehicle: VehicleType, chargers: Sequence[Charger], days: Days, conditions: Conditions) -> Floats:
    """(days, chargers) metres of range that a second at each charger puts back; 0 without a battery."""
    if vehicle.battery_kwh is None or not chargers:
        return np.zeros((days.count, len(chargers)))
    kw = KEPT_SHARE * np.array([socket_kw(vehicle, charger.kw) for charger in chargers])
    return 1000 * kw / 3600 / _kwh_per_km(vehicle, days, conditions)[:, None]


def _kwh_per_km(vehicle: VehicleType, days: Days, conditions: Conditions) -> Floats:
    """(days,) out of the battery, per kilometre, by each day's temperature."""
    temperature_c = conditions.temperature_of(np.arange(days.count) - days.warmup)
    different, day_of = np.unique(temperature_c, return_inverse=True)
    return np.array([battery_kwh_per_km(vehicle, float(degrees)) for degrees in different])[day_of]


def main_period(travel: Travel, shift: Shift) -> int:
    """Period in which most hours of a shift lie."""
    hours = (np.arange(round(shift.start_h), round(shift.start_h + shift.hours)) % 24).astype(int)
    return int(np.bincount(travel.period_of_hour[hours]).argmax())


def fleet_of(
    scenario: Scenario, carrier: Carrier, depot: int, roads: Roads, days: Days, *, conditions: Conditions, cache: Path
) -> Fleet:
    """A carrier's fleet in the year of the horizon's start; ``depot`` is the number of the place."""
    year, travel = scenario.horizon.start.year, roads.travel
    mix = mix_in(year, carrier.fleet, carrier.vehicle, carrier.vans)
    types = tuple(mix)
    kinds = [scenario.vehicles[name] for name in types]
    at_boxes = [may_come_to_boxes(kind, scenario.tender, year) for kind in kinds]
    bike = np.array([kind.body == "bike" for kind in kinds])
    last = len(travel.period_names) - 1
    hours = np.where(bike[:, None], last, travel.period_of_hour)
    periods = np.where(bike, last, main_period(travel, carrier.shift))
    seconds = travel.seconds[0, depot, np.argsort(roads.rank)]
    own = assign(list(mix.values()), bike, seconds)
    chargers = len(roads.places) - len(scenario.chargers) + np.arange(len(scenario.chargers))
    depart_s = round(carrier.shift.start_h * 3600)
    typical = typical_day(carrier, roads.own[scenario.carriers.index(carrier)])
    shares = np.array([_share(kind, typical, carrier.vans / len(own)) for kind in kinds])[own]
    return Fleet(
        name=carrier.name,
        depot=depot,
        first_box=roads.first_box,
        vans=len(own),
        depart_s=depart_s,
        types=types,
        type_of=np.concatenate([own, np.full(2 * len(own) + 2, _extra(bike, at_boxes))]),
        limits=np.stack([limits_of(k, carrier.shift, at_boxes=b) for k, b in zip(kinds, at_boxes, strict=True)]),
        hours=hours,
        periods=periods,
        range_m=np.stack([range_m(kind, days, conditions) for kind in kinds], axis=1),
        chargers=chargers,
        charge_m_per_s=np.stack([charge_m_per_s(k, scenario.chargers, days, conditions) for k in kinds], axis=1),
        rank=roads.rank,
        bounds=_bounds(
            scenario, carrier, depot, roads, shares, typical=typical, ways=(periods[own], hours[own]), cache=cache
        ),
        roads_key=roads.key,
    )


@dataclass(frozen=True, slots=True)
class TypicalDay:
    """What a van of a carrier has to do on a mean day."""

    stops_per_van: float
    service_s: float
    litres_per_stop: float
    kg_per_stop: float


def typical_day(carrier: Carrier, own: OwnStops | None) -> TypicalDay:
    """A carrier's mean day, as it is configured or as its own table has it."""
    home = carrier.home
    if isinstance(home, HomeDeliveries):
        return TypicalDay(home.stops_per_van_day, home.stop_s, home.litres_per_stop, home.kg_per_stop)
    if own is None:
        raise ValueError(f"the table of '{carrier.name}' is not on the map")
    means = (max(float(values.mean()), 1e-3) for values in own.known(home))
    return TypicalDay(len(own.rows) / len(own.days) / carrier.vans, *means)


def _share(vehicle: VehicleType, day: TypicalDay, vans_per_vehicle: float) -> float:
    """Work of a vehicle's territory over that of a van which is never full: what volume and payload let it do."""
    stops = day.stops_per_van * vans_per_vehicle
    room = min(vehicle.volume_l / (stops * day.litres_per_stop), vehicle.payload_kg / (stops * day.kg_per_stop))
    return min(1.0, FILL_AT_MOST * room)


def _extra(bike: Flags, at_boxes: Sequence[bool]) -> int:
    """Type of extra vehicles: the first of the mix that may come to boxes and is no bike, as far as there is one."""
    return min(range(len(bike)), key=lambda kind: (not at_boxes[kind], bike[kind], kind))


def assign(counts: Sequence[int], bike: Flags, seconds: NDArray[np.int32]) -> Ints:
    """Type of the vehicle of each territory.

    Parameters
    ----------
    counts
        Number of vehicles of each type.
    bike
        Which types are bikes: they get the territories nearest to the depot.
    seconds
        From the depot to all places in the master order.

    Notes
    -----
    The other types lie scattered over the master order, so that they meet the same work; one more vehicle of the last
    type takes a territory from the first and leaves all others where they are.
    """
    vehicles = sum(counts)
    kinds = np.full(vehicles, -1, np.int64)
    near = np.array([part.mean() if len(part) else 0 for part in np.array_split(seconds, vehicles)])
    number = np.array(counts)
    bikes = np.repeat(np.flatnonzero(bike), number[bike])
    kinds[np.argsort(near, kind="stable")[: len(bikes)]] = bikes
    others = np.flatnonzero(~bike)[::-1]
    free = [at for at in _scattered(vehicles) if kinds[at] < 0]
    kinds[free] = np.repeat(others, number[others])
    return kinds


def _scattered(count: int) -> list[int]:
    """Numbers from 0 on in an order in which any first ones lie evenly (van der Corput's)."""
    return sorted(range(count), key=lambda number: int(f"{number:032b}"[::-1], 2))


def _bounds(
    scenario: Scenario,
    carrier: Carrier,
    depot: int,
    roads: Roads,
    shares: Floats,
    *,
    typical: TypicalDay,
    ways: tuple[Ints, Ints],
    cache: Path,
) -> Ints:
    """Territories, cut or kept."""
    depart_s, service_s = round(carrier.shift.start_h * 3600), round(typical.service_s)
    stops_per_day = typical.stops_per_van * carrier.vans
    key = content_key(
        "territories 3",
        scenario.seed,
        carrier.name,
        shares,
        stops_per_day,
        service_s,
        depot,
        depart_s,
        *ways,
        roads.key,
    )

    def build() -> Ints:
        rng = stream(scenario.seed, WORLD, "territories", carrier.name)
        unlimited = np.full((carrier.vans, LIMITS), np.int64(ANY_RANGE_M))
        vehicles = Vehicles(depot, unlimited, roads.travel.seconds, roads.travel.metres, *ways)
        return cut(
            roads.rank, shares, vehicles, stops_per_day=stops_per_day, service_s=service_s, depart_s=depart_s, rng=rng
        )

    return kept(cache / f"territories-{key}.npy", build)
