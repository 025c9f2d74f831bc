"""The world of a scenario: its places on the map, travel between them, boxes as arrays, carriers' territories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.demand.demand import demand_context
from molosim.emissions import Conditions
from molosim.emissions.grid import conditions_of
from molosim.emissions.own_models import check_models
from molosim.inputs.days import Days, days_of
from molosim.inputs.fleet import Shift
from molosim.inputs.scenario import Scenario
from molosim.network.bikes import PERIOD
from molosim.network.graph import RoadGraph
from molosim.network.places import BoxSite, Places
from molosim.network.travel import Router, Travel
from molosim.routing.day_plans import Fleet
from molosim.runtime.arrays import Floats, Ints
from molosim.simulation.box_layout import BoxLayout, lay_out
from molosim.simulation.fleets import fleet_of, main_period
from molosim.simulation.roads import Roads, roads_of
from molosim.simulation.trip_log import trip_columns
from molosim.simulation.walks import BoxWalks, walks_of


@dataclass(frozen=True, eq=False)
class World:
    """Everything that all replications and alternatives of a scenario share.

    Places are numbered: addresses first, then boxes, then facilities.
    """

    scenario: Scenario
    cache: Path
    roads: Roads
    layout: BoxLayout
    days: Days
    conditions: Conditions
    """In which vehicles drive and charge."""
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

    @cached_property
    def walks(self) -> BoxWalks:
        """How far households walk to their boxes."""
        return walks_of(self.scenario, self.roads, self.cache)

    @cached_property
    def taking_part(self) -> Floats:
        """(boxes, 2) share of the households that use their box for parcels and for waste; raises as `BoxWalks`."""
        said = self.scenario.residents.walking
        if not said.matters:
            return np.ones((len(self.sites), 2))
        return np.column_stack([self.walks.taking_part(said.parcels), self.walks.taking_part(said.deposits)])

    def main_period(self, shift: Shift) -> int:
        """Period of the day in which most hours of a shift lie."""
        return main_period(self.travel, shift)

    def router(self, *, bikes: bool = False) -> Router:
        """Paths on the map, or on the ways of bikes where any are in use."""
        own = self.roads.bikes
        if bikes and own is not None:
            return Router(own.graph, own.places, (PERIOD,))
        return Router(self.graph, self.places, self.roads.periods)


def build_world(scenario: Scenario, cache: Path) -> World:
    """Put a scenario on its map.

    Raises
    ------
    ScenarioError
        The map or a file cannot be used, or a place is not on the map.
    """
    days = days_of(scenario.horizon)
    # Faults of a demand and of emission models are found before anything is computed.
    demand_context(scenario, days)
    check_models(scenario, trip_columns())
    roads = roads_of(scenario, cache)
    conditions = conditions_of(scenario)
    first_facility = roads.first_box + len(roads.sites)
    depot = first_facility + len(scenario.carriers)
    world = World(
        scenario=scenario,
        cache=cache,
        roads=roads,
        layout=lay_out(scenario.boxes, roads.sites, scenario.residents.parcels.formats),
        days=days,
        conditions=conditions,
        fleets=tuple(
            fleet_of(scenario, carrier, first_facility + k, roads, days, conditions=conditions, cache=cache)
            for k, carrier in enumerate(scenario.carriers)
        ),
        municipal_depot=depot,
        reception=depot + 1,
        centres=tuple(range(depot + 2, depot + 2 + len(scenario.municipality.recycling_centres))),
    )
    _ = world.walks  # an unusable table of dwellings or map is reported before anything runs
    return world
