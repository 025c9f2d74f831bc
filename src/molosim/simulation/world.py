"""The world of a scenario: its places on the map, travel between them, boxes as arrays, carriers' territories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.fleet import Carrier, Place, Shift, VehicleType
from molosim.kept import content_key, kept
from molosim.network.arcs import Period
from molosim.network.graph import RoadGraph
from molosim.network.places import BoxSite, Places, read_box_sites, read_districts, snap
from molosim.network.siting import draw_addresses
from molosim.network.travel import Router, Travel, roads_key, travel_for
from molosim.routing.day_plans import Fleet
from molosim.routing.territories import cut, master_order
from molosim.scenario import Map, Scenario, map_file
from molosim.simulation.days import Days, days_of
from molosim.simulation.doors import Layout, lay_out
from molosim.streams import stream

Ints = NDArray[np.int64]

FACILITY_SNAP_M = 400
"""Depots and centres may lie farther from the road than a box."""
WORLD = -1
"""Replication number of streams that belong to the world."""


@dataclass(frozen=True, eq=False)
class World:
    """Everything that all replications and alternatives of a scenario share.

    Places are numbered: addresses first, then boxes, then facilities.
    """

    scenario: Scenario
    cache: Path
    graph: RoadGraph
    places: Places
    periods: tuple[Period, ...]
    travel: Travel
    roads_key: str
    sites: tuple[BoxSite, ...]
    layout: Layout
    days: Days
    fleets: tuple[Fleet, ...]
    """Per carrier."""
    first_box: int
    reception: int
    municipal_depot: int
    centres: tuple[int, ...]

    @property
    def last_box(self) -> int:
        """Number of the first place behind the boxes."""
        return self.first_box + len(self.sites)

    @cached_property
    def to_box(self) -> NDArray[np.int32]:
        """(boxes, periods, places) seconds to each box."""
        return np.ascontiguousarray(self.travel.seconds[:, :, self.first_box : self.last_box].transpose(2, 0, 1))

    @cached_property
    def from_box(self) -> NDArray[np.int32]:
        """(boxes, periods, places) seconds from each box."""
        return np.ascontiguousarray(self.travel.seconds[:, self.first_box : self.last_box].transpose(1, 0, 2))

    @cached_property
    def centre_trip(self) -> tuple[Ints, Ints]:
        """Metres and seconds of a car trip from each box to the nearest recycling centre and back, off peak."""
        boxes, centres = np.arange(self.first_box, self.last_box), np.array(self.centres)
        seconds, metres = self.travel.seconds[0].astype(np.int64), self.travel.metres[0].astype(np.int64)
        both = seconds[np.ix_(boxes, centres)] + seconds[np.ix_(centres, boxes)].T
        nearest = both.argmin(axis=1)
        there = metres[np.ix_(boxes, centres)] + metres[np.ix_(centres, boxes)].T
        rows = np.arange(len(boxes))
        return there[rows, nearest], both[rows, nearest]

    def main_period(self, shift: Shift) -> int:
        """Period of the day in which most hours of a shift lie."""
        return _main_period(self.travel, shift)

    def router(self) -> Router:
        """Paths on the map."""
        return Router(self.graph, self.places, self.periods)


def periods_of(spec: Map) -> tuple[Period, ...]:
    """Periods of the day, free flow first."""
    free = Period("free", (), spec.speeds.factor, dict(spec.speeds.by_class))
    return (free, *(Period(p.name, tuple(p.hours), p.factor, dict(p.by_class)) for p in spec.congestion))


def limits_of(vehicle: VehicleType, shift: Shift) -> Ints:
    """A vehicle's limits with its shift's end, as `tours` has them."""
    return np.array(
        [
            round(vehicle.volume_l * 1000),
            round(vehicle.payload_kg * 1000),
            round(vehicle.adr_points * 1000),
            round((shift.start_h + shift.hours) * 3600),
        ],
        np.int64,
    )


def _main_period(travel: Travel, shift: Shift) -> int:
    """Period in which most hours of a shift lie."""
    hours = (np.arange(round(shift.start_h), round(shift.start_h + shift.hours)) % 24).astype(int)
    return int(np.bincount(travel.period_of_hour[hours]).argmax())


def _snap(graph: RoadGraph, places: Sequence[Place | BoxSite], limit_m: float) -> Places:
    lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
    return snap(graph, [p.name for p in places], lon, lat, limit_m)


def _fleet(
    scenario: Scenario, carrier: Carrier, *, depot: int, rank: Ints, travel: Travel, roads: str, cache: Path
) -> Fleet:
    period = _main_period(travel, carrier.shift)
    depart_s = round(carrier.shift.start_h * 3600)
    stops_per_day = carrier.home.stops_per_van_day * carrier.vans
    service_s = round(carrier.home.stop_s)
    key = content_key(
        "territories 2", scenario.seed, carrier.name, carrier.vans, stops_per_day, service_s, depot, depart_s, roads
    )

    def build() -> Ints:
        rng = stream(scenario.seed, WORLD, "territories", carrier.name)
        return cut(
            rank, carrier.vans, stops_per_day, service_s, depot, depart_s, period, travel.seconds, travel.metres,
            travel.period_of_hour, rng,
        )  # fmt: skip

    return Fleet(
        name=carrier.name,
        depot=depot,
        vans=carrier.vans,
        depart_s=depart_s,
        limits=limits_of(scenario.vehicles[carrier.vehicle], carrier.shift),
        rank=rank,
        bounds=kept(cache / f"territories-{key}.npy", build),
        period=period,
        roads_key=roads,
    )


def build_world(scenario: Scenario, cache: Path) -> World:
    """Put a scenario on its map.

    Raises
    ------
    ScenarioError
        The map or a file cannot be used, or a place is not on the map.
    """
    graph = RoadGraph.load(map_file(scenario.map))
    sites = read_box_sites(Path(scenario.boxes.file))
    places, first_box = _places(scenario, graph, sites)
    periods = periods_of(scenario.map)
    travel, key = travel_for(graph, places, periods, cache), roads_key(graph, places, periods)
    first_facility = first_box + len(sites)
    rank = kept(
        cache / f"master-{content_key('master 1', key, first_facility)}.npy",
        lambda: master_order(travel.seconds[0, :first_facility, :first_facility]),
    )
    depots = first_facility + len(scenario.carriers)
    return World(
        scenario=scenario,
        cache=cache,
        graph=graph,
        places=places,
        periods=periods,
        travel=travel,
        roads_key=key,
        sites=sites,
        layout=lay_out(scenario.boxes, sites, scenario.residents.parcels.formats),
        days=days_of(scenario.horizon),
        fleets=tuple(
            _fleet(scenario, carrier, depot=first_facility + k, rank=rank, travel=travel, roads=key, cache=cache)
            for k, carrier in enumerate(scenario.carriers)
        ),
        first_box=first_box,
        reception=depots + 1,
        municipal_depot=depots,
        centres=tuple(range(depots + 2, depots + 2 + len(scenario.municipality.recycling_centres))),
    )


def _places(scenario: Scenario, graph: RoadGraph, sites: Sequence[BoxSite]) -> tuple[Places, int]:
    """Addresses, boxes and facilities on the roads, and the number of the first box."""
    spec, town = scenario.addresses, scenario.municipality
    rng = stream(scenario.seed, WORLD, "addresses")
    addresses = draw_addresses(graph, read_districts(Path(spec.file)), spec.count, spec.spread_share, rng)
    boxes = _snap(graph, sites, scenario.boxes.max_snap_m)
    facilities = [*(k.depot for k in scenario.carriers), town.depot, town.reception, *town.recycling_centres]
    return Places.join(addresses, boxes, _snap(graph, facilities, FACILITY_SNAP_M)), len(addresses)
