"""The world of a scenario: its places on the map, travel between them, boxes as arrays, carriers' territories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.fleet import Carrier, Shift, VehicleType
from molosim.kept import content_key, kept
from molosim.network.graph import RoadGraph
from molosim.network.places import BoxSite, Places
from molosim.network.travel import Router, Travel
from molosim.routing.day_plans import Fleet
from molosim.routing.territories import cut
from molosim.scenario import Scenario
from molosim.simulation.days import Days, days_of
from molosim.simulation.doors import Layout, lay_out
from molosim.simulation.roads import WORLD, Roads, roads_of
from molosim.streams import stream

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class World:
    """Everything that all replications and alternatives of a scenario share.

    Places are numbered: addresses first, then boxes, then facilities.
    """

    scenario: Scenario
    cache: Path
    roads: Roads
    layout: Layout
    days: Days
    fleets: tuple[Fleet, ...]
    """Per carrier."""
    municipal_depot: int
    """Number of the place, as the next ones."""
    reception: int
    centres: tuple[int, ...]

    @property
    def graph(self) -> RoadGraph:
        """The map."""
        return self.roads.graph

    @property
    def places(self) -> Places:
        """All places."""
        return self.roads.places

    @property
    def travel(self) -> Travel:
        """Between all places."""
        return self.roads.travel

    @property
    def sites(self) -> tuple[BoxSite, ...]:
        """The boxes."""
        return self.roads.sites

    @property
    def first_box(self) -> int:
        """Number of the first place behind the addresses."""
        return self.roads.first_box

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
        return Router(self.graph, self.places, self.roads.periods)


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


def _fleet(scenario: Scenario, carrier: Carrier, depot: int, roads: Roads, cache: Path) -> Fleet:
    travel, period = roads.travel, _main_period(roads.travel, carrier.shift)
    depart_s = round(carrier.shift.start_h * 3600)
    stops_per_day = carrier.home.stops_per_van_day * carrier.vans
    service_s = round(carrier.home.stop_s)
    key = content_key(
        "territories 2", scenario.seed, carrier.name, carrier.vans, stops_per_day, service_s, depot, depart_s, roads.key
    )

    def build() -> Ints:
        rng = stream(scenario.seed, WORLD, "territories", carrier.name)
        return cut(
            roads.rank, carrier.vans, stops_per_day, service_s, depot, depart_s, period, travel.seconds, travel.metres,
            travel.period_of_hour, rng,
        )  # fmt: skip

    return Fleet(
        name=carrier.name,
        depot=depot,
        vans=carrier.vans,
        depart_s=depart_s,
        limits=limits_of(scenario.vehicles[carrier.vehicle], carrier.shift),
        rank=roads.rank,
        bounds=kept(cache / f"territories-{key}.npy", build),
        period=period,
        roads_key=roads.key,
    )


def build_world(scenario: Scenario, cache: Path) -> World:
    """Put a scenario on its map.

    Raises
    ------
    ScenarioError
        The map or a file cannot be used, or a place is not on the map.
    """
    roads = roads_of(scenario, cache)
    first_facility = roads.first_box + len(roads.sites)
    depot = first_facility + len(scenario.carriers)
    return World(
        scenario=scenario,
        cache=cache,
        roads=roads,
        layout=lay_out(scenario.boxes, roads.sites, scenario.residents.parcels.formats),
        days=days_of(scenario.horizon),
        fleets=tuple(
            _fleet(scenario, carrier, first_facility + k, roads, cache) for k, carrier in enumerate(scenario.carriers)
        ),
        municipal_depot=depot,
        reception=depot + 1,
        centres=tuple(range(depot + 2, depot + 2 + len(scenario.municipality.recycling_centres))),
    )
