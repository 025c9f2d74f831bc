"""Depots, reception and recycling centres: from the map's tags where it has them, else stand-ins that say so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from molosim.network.buildings import RECYCLING_CENTRE, Feature
from molosim.network.graph import RoadGraph
from molosim.network.places import NO_STOPPING, snap
from molosim.network.siting import points_along
from molosim.runtime.arrays import Floats

NEAR_M = 300.0
"""A mapped place farther from every road than this cannot be driven to."""
MOST_CENTRES = 8
LEAST_INDUSTRY_M2 = 5000.0
_STAFFED = frozenset({"opening_hours", "website", "contact:website", "phone", "contact:phone", "addr:street"})
"""Tags that a place with somebody at it has, beside an area and a name."""
_TURN = math.pi * (3 - math.sqrt(5))
"""Golden angle: so far round the town from one stand-in at its edge to the next, and no two look alike."""
_SECTORS = (
    *("eastern", "north-eastern", "northern", "north-western"),
    *("western", "south-western", "southern", "south-eastern"),
)


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that somebody drives from or to."""

    name: str
    lon: float
    lat: float
    origin: str
    """Where it is from: an object of OpenStreetMap, or an assumption."""
    is_mapped: bool


@dataclass(frozen=True, slots=True)
class Facilities:
    """Everything that is driven from or to, besides boxes and addresses."""

    carriers: tuple[Facility, ...]
    municipal_depot: Facility
    reception: Facility
    centres: tuple[Facility, ...]
    doubtful: tuple[str, ...] = ()
    """Objects that the map calls recycling centres and says nothing else of, which are not taken."""

    def __iter__(self) -> Iterator[Facility]:
        """All of them, carriers' depots first."""
        yield from (*self.carriers, self.municipal_depot, self.reception, *self.centres)


def facilities_of(graph: RoadGraph, features: Sequence[Feature], carriers: int) -> Facilities:
    """Choose facilities for a town.

    Recycling centres are those that the map calls so and knows as more than a point: an area, a name, opening hours.
    The reception of hazardous waste is a transfer station, else the
    best known recycling centre, else a stand-in. Depots are mapped ones, else the largest industrial areas, else
    points at the map's edge.

    Parameters
    ----------
    graph
        The roads.
    features
        As `molosim.network.buildings.read_features` reads them; none is allowed.
    carriers
        How many need a depot.
    """
    near = _near(graph, features)
    industry = sorted(
        (f for f in near if f.kind == "industrial_area" and f.area_m2 >= LEAST_INDUSTRY_M2), key=lambda f: -f.area_m2
    )
    spare = _stand_ins(graph, industry)
    called = _best_first(near, RECYCLING_CENTRE)
    centres = [_mapped(f, "recycling centre") for f in called if _is_staffed(f)][:MOST_CENTRES]
    doubtful = tuple(f.id for f in called if not _is_staffed(f))
    stations = [_mapped(f, "waste transfer station") for f in _best_first(near, "waste_transfer_station")]
    depots = [_mapped(f, "depot") for f in _best_first(near, "depot")]
    if not centres:
        centres = [_as(next(spare), "recycling centre")]
    reception = stations[0] if stations else centres[0]
    reception = replace(
        reception,
        name=f"reception, {reception.name}",
        origin=f"{reception.origin}; that it receives hazardous waste is an assumption",
    )
    depots += [_as(next(spare), "depot") for _ in range(carriers - len(depots))]
    municipal = _as(next(spare), "municipal depot") if not depots[carriers:] else depots[carriers]
    own = tuple(replace(d, origin=_as_depot(d)) for d in depots[:carriers])
    named = _apart([*own, replace(municipal, origin=_as_depot(municipal)), reception, *centres])
    return Facilities(
        tuple(named[:carriers]), named[carriers], named[carriers + 1], tuple(named[carriers + 2 :]), doubtful
    )


def _is_staffed(centre: Feature) -> bool:
    """Whether a recycling centre is one by more than its tag: many bare points that are called so are containers."""
    return centre.area_m2 > 0 or bool(centre.name) or not _STAFFED.isdisjoint(centre.tags)


def _as_depot(depot: Facility) -> str:
    """Of a mapped depot, that this user of it is invented."""
    return f"{depot.origin}; that this company uses it is an assumption" if depot.is_mapped else depot.origin


def _near(graph: RoadGraph, features: Sequence[Feature]) -> list[Feature]:
    """Features that can be driven to, at the point of their road."""
    if not features:
        return []
    lon, lat = np.array([f.lon for f in features]), np.array([f.lat for f in features])
    places = snap(graph, [f.id for f in features], lon, lat, math.inf)
    at_lon, at_lat = points_along(graph, places.edge, places.along_m)
    near = zip(features, places.access_m.tolist(), at_lon.tolist(), at_lat.tolist(), strict=True)
    return [replace(f, lon=round(x, 6), lat=round(y, 6)) for f, away_m, x, y in near if away_m <= NEAR_M]


def _best_first(features: Iterable[Feature], kind: str) -> list[Feature]:
    """Features of a kind, first those that the map says most about: an area, a name, many tags."""
    mine = [feature for feature in features if feature.kind == kind]
    return sorted(mine, key=lambda f: (f.area_m2 == 0, not f.name, -len(f.tags), f.id))


def _mapped(feature: Feature, what: str) -> Facility:
    return Facility(feature.name or what, feature.lon, feature.lat, f"OpenStreetMap {feature.id}", is_mapped=True)


def _as(stand_in: Facility, what: str) -> Facility:
    return replace(stand_in, name=f"{what} ({stand_in.name})")


def _stand_ins(graph: RoadGraph, industry: Sequence[Feature]) -> Iterator[Facility]:
    """Places for what the map does not have: industrial areas first, then the map's edge; never ends."""
    for area in industry:
        origin = f"assumption: stand-in in the industrial area OpenStreetMap {area.id}"
        yield Facility("stand-in, industrial area", area.lon, area.lat, origin, is_mapped=False)
    number = len(industry)
    while True:
        yield _at_the_edge(graph, number * _TURN)
        number += 1


def _at_the_edge(graph: RoadGraph, angle: float) -> Facility:
    """The point of the roads that lies farthest in a direction, in radians from east."""
    open_ends = np.unique(graph.edge_tail[~graph.of_class(NO_STOPPING)])
    lon, lat = graph.node_lon[open_ends], graph.node_lat[open_ends]
    shrink = math.cos(math.radians(float(lat.mean())))
    ahead: Floats = (lon - lon.mean()) * shrink * math.cos(angle) + (lat - lat.mean()) * math.sin(angle)
    node = int(open_ends[int(np.argmax(ahead))])
    side = _SECTORS[round(angle / (math.pi / 4)) % 8]
    origin = f"assumption: stand-in at the map's {side} edge"
    return Facility(
        f"stand-in, {side} edge", float(graph.node_lon[node]), float(graph.node_lat[node]), origin, is_mapped=False
    )


def _apart(facilities: Sequence[Facility]) -> list[Facility]:
    """The same with a number behind every name that stood before."""
    seen: dict[str, int] = {}
    named = []
    for facility in facilities:
        seen[facility.name] = seen.get(facility.name, 0) + 1
        times = seen[facility.name]
        named.append(facility if times == 1 else replace(facility, name=f"{facility.name} {times}"))
    return named
