"""One day's tours as lines on the streets, made by the worker that simulated them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from molosim.results.map_layers import TOLERANCE_DEG, feature, rounded
from molosim.runtime.arrays import Floats
from molosim.simulation.sample import SampleTour
from molosim.simulation.world import World
from molosim.trips import Body


def day_features(world: World, tours: Mapping[str, Sequence[SampleTour]], day: int) -> list[dict[str, Any]]:
    """One day's tours as lines on the streets, by alternative, and the boxes as points.

    ``stop_vertices`` of a tour tells at which vertex of its line each of its places lies, depots included.
    """
    by_bike = {name: Body(vehicle.body) is Body.BIKE for name, vehicle in world.scenario.vehicles.items()}
    simple: dict[bool, dict[tuple[int, int], Floats]] = {}
    for bikes in sorted({by_bike[tour.vehicle_type] for some in tours.values() for tour in some}):
        on_them = (tour for some in tours.values() for tour in some if by_bike[tour.vehicle_type] == bikes)
        ways = world.router(bikes=bikes).paths_lonlat(leg for tour in on_them for leg in pairwise(tour.places))
        simple[bikes] = {leg: _simple(way) for leg, way in ways.items()}
    boxes = [feature("Point", [site.lon, site.lat], kind="box", name=site.name) for site in world.sites]
    return boxes + [
        _line(
            [simple[by_bike[tour.vehicle_type]][leg] for leg in pairwise(tour.places)],
            alternative,
            tour,
            day,
        )
        for alternative, its_tours in tours.items()
        for tour in its_tours
    ]


def _line(legs: Sequence[Floats], alternative: str, tour: SampleTour, day: int) -> dict[str, Any]:
    ends = np.cumsum([len(leg) for leg in legs])
    return feature(
        "LineString",
        rounded(np.concatenate(legs)),
        alternative=alternative,
        operator=tour.operator,
        vehicle=tour.vehicle,
        purpose=tour.purpose,
        day=day,
        stop_vertices=[0, *(ends - 1).tolist()],
    )


def _simple(lonlat: Floats) -> Floats:
    way = shapely.simplify(shapely.linestrings(lonlat), TOLERANCE_DEG)
    coordinates: Floats = shapely.get_coordinates(way)
    return coordinates
