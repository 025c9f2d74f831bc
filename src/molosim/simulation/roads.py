"""What of a scenario lies on the map: its places, travel between them, their master order; the last is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from molosim.inputs.fleet import Carrier, OwnTours, Place, mix_in
from molosim.inputs.scenario import Map, Scenario, bike_file, map_file
from molosim.network.arcs import Period
from molosim.network.bikes import bike_graph, places_for_bikes, with_bikes
from molosim.network.graph import DRIVE, WAYS, RoadGraph
from molosim.network.places import BoxSite, District, Places, read_box_sites, read_districts, snap
from molosim.network.shortest import Distances, distances
from molosim.network.siting import draw_addresses
from molosim.network.travel import Travel, roads_key, travel_for
from molosim.routing.territories import master_order
from molosim.runtime.arrays import Ints
from molosim.runtime.cache import content_key, kept
from molosim.runtime.errors import ScenarioError
from molosim.runtime.streams import stream
from molosim.stops.own import Asked, OwnStops, own_stops

FACILITY_SNAP_M = 400
"""Depots and centres may lie farther from the road than a box."""
WORLD = -1
"""Replication number of streams that belong to the world."""

_Speeds = tuple[str, tuple[int, ...], float, tuple[tuple[str, float], ...]]


@dataclass(frozen=True)
class _Bikes:
    """Where bikes ride, and how fast."""

    map_file: Path | None
    map_changed_ns: int
    kph: float


@dataclass(frozen=True)
class _Town:
    """Everything that roads and places depend on, by value: scenarios of equal towns share theirs."""

    map_file: Path
    map_changed_ns: int
    speeds: tuple[_Speeds, ...]
    seed: int
    addresses: tuple[int, float]
    districts: tuple[District, ...]
    sites: tuple[BoxSite, ...]
    max_snap_m: float
    facilities: tuple[Place, ...]
    bikes: _Bikes | None
    """Where vehicles in use are bikes."""
    own: tuple[Asked | None, ...]
    """By carrier, where it has a table of its own tours."""


@dataclass(frozen=True, eq=False)
class BikeRoads:
    """Where bikes ride."""

    graph: RoadGraph
    places: Places


@dataclass(frozen=True, eq=False)
class Roads:
    """A town on its map.

    Places are numbered: addresses that are drawn, those of carriers' own tables, boxes, facilities as the scenario has
    them.
    """

    graph: RoadGraph
    places: Places
    periods: tuple[Period, ...]
    travel: Travel
    key: str
    """Content of the roads, places and speeds."""
    rank: Ints
    """Of addresses and boxes in the master order."""
    sites: tuple[BoxSite, ...]
    first_box: int
    addresses: int
    """Number of those that are drawn; none where all carriers have tables."""
    own: tuple[OwnStops | None, ...]
    """By carrier."""
    bikes: BikeRoads | None
    """Then the last period of `travel` is theirs."""

    @cached_property
    def distances(self) -> dict[int, Distances]:
        """Transport distances of depots, reception and recycling centres, by the number of the place."""
        return distances(self.graph, self.places, range(self.first_box + len(self.sites), len(self.places)))


def roads_of(scenario: Scenario, cache: Path) -> Roads:
    """Put a scenario's places on its map, or take them from the last scenario with the same.

    Raises
    ------
    ScenarioError
        The map or a file cannot be used, or a place is not on the map.
    """
    file, town = map_file(scenario.map), scenario.municipality
    return _on_the_map(
        _Town(
            map_file=file,
            map_changed_ns=file.stat().st_mtime_ns,
            speeds=_speeds(scenario.map),
            seed=scenario.seed,
            addresses=(scenario.addresses.count, scenario.addresses.spread_share),
            districts=read_districts(Path(scenario.addresses.file)),
            sites=read_box_sites(Path(scenario.boxes.file)),
            max_snap_m=scenario.boxes.max_snap_m,
            facilities=(
                *(k.depot for k in scenario.carriers), town.depot, town.reception, *town.recycling_centres,
                *scenario.chargers,
            ),
            bikes=_bikes(scenario),
            own=tuple(_asked(carrier, f"carriers.{i}.home") for i, carrier in enumerate(scenario.carriers)),
        ),
        cache,
    )  # fmt: skip


def _asked(carrier: Carrier, place: str) -> Asked | None:
    home = carrier.home
    if not isinstance(home, OwnTours):
        return None
    file = Path(home.file)
    changed_ns = file.stat().st_mtime_ns if file.is_file() else 0
    return Asked(file, changed_ns, home.carrier or carrier.name, place, home.merge_m, home.max_snap_m)


def _bikes(scenario: Scenario) -> _Bikes | None:
    year = scenario.horizon.start.year
    mixes = (mix_in(year, carrier.fleet, carrier.vehicle, carrier.vans) for carrier in scenario.carriers)
    if not any(scenario.vehicles[name].body == "bike" for mix in mixes for name in mix):
        return None
    file = bike_file(scenario.map)
    return _Bikes(file, file.stat().st_mtime_ns if file else 0, scenario.map.bike_kph)


def _speeds(spec: Map) -> tuple[_Speeds, ...]:
    """Periods of the day, free flow first."""
    named = ((p.name, tuple(p.hours), p.factor, tuple(sorted(p.by_class.items()))) for p in spec.congestion)
    return (("free", (), spec.speeds.factor, tuple(sorted(spec.speeds.by_class.items()))), *named)


@lru_cache(maxsize=1)
def _on_the_map(town: _Town, cache: Path) -> Roads:
    graph = RoadGraph.load(town.map_file)
    if graph.network != DRIVE:
        raise ScenarioError.at("map.source", f"'{graph.name}' has {WAYS[graph.network]} only; vans need roads")
    periods = tuple(Period(name, hours, factor, dict(classes)) for name, hours, factor, classes in town.speeds)
    rng = stream(town.seed, WORLD, "addresses")
    tables = tuple(own_stops(asked, graph) if asked else None for asked in town.own)
    drawn = None if all(tables) else draw_addresses(graph, town.districts, *town.addresses, rng)
    addresses = Places.join(*([drawn] if drawn else []), *(stops.places for stops in tables if stops))
    boxes = _snapped(graph, town.sites, town.max_snap_m)
    places = Places.join(addresses, boxes, _snapped(graph, town.facilities, FACILITY_SNAP_M))
    travel, key = travel_for(graph, places, periods, cache), roads_key(graph, places, periods)
    visited = len(addresses) + len(boxes)
    rank = kept(
        cache / f"master-{content_key('master 1', key, visited)}.npy",
        lambda: master_order(travel.seconds[0, :visited, :visited]),
    )
    bikes = None
    if town.bikes is not None:
        own = RoadGraph.load(town.bikes.map_file) if town.bikes.map_file else None
        ways = bike_graph(graph, own, town.bikes.kph)
        bikes = BikeRoads(ways, places_for_bikes(ways, places))
        travel, key = with_bikes(travel, key, bikes.graph, bikes.places, cache)
    return Roads(graph, places, periods, travel, key, rank, town.sites, len(addresses), len(drawn or ()), tables, bikes)


def _snapped(graph: RoadGraph, places: Sequence[Place | BoxSite], limit_m: float) -> Places:
    lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
    return snap(graph, [p.name for p in places], lon, lat, limit_m)
