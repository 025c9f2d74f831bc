"""What the report's map shows: main roads and one day's tours as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from molosim.network.graph import RoadGraph
from molosim.runtime.arrays import Floats
from molosim.simulation.sample import SampleTour
from molosim.simulation.world import World

MAIN_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
_TOLERANCE_DEG = 5e-5
"""About 5 m: less than a line's width in a map of a city."""
_DECIMALS = 5


def feature(geometry: str, coordinates: Any, **properties: object) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates}}


def write_features(path: Path, features: Iterable[Mapping[str, Any]], **more: object) -> None:
    """Write a feature collection without needless blanks."""
    collection = {"type": "FeatureCollection", **more, "features": list(features)}
    path.write_text(json.dumps(collection, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def roads(graph: RoadGraph) -> list[dict[str, Any]]:
    """Main roads, a feature per class that the map has, links with the class they link; two-way streets once."""
    once = (graph.twin < 0) | (np.arange(graph.edge_count) < graph.twin)
    features = []
    for road in MAIN_ROADS:
        edges = np.flatnonzero(graph.of_class(frozenset({road, f"{road}_link"})) & once)
        if not edges.size:
            continue
        lines = shapely.line_merge(
            shapely.multilinestrings([shapely.linestrings(graph.shape(e)) for e in edges.tolist()])
        )
        parts = shapely.get_parts(shapely.simplify(lines, _TOLERANCE_DEG))
        features.append(feature("MultiLineString", [rounded(shapely.get_coordinates(p)) for p in parts], road=road))
    return features


def sample_day(world: World, tours: Mapping[str, Sequence[SampleTour]], day: int) -> list[dict[str, Any]]:
    """One day's tours as lines on the streets, by alternative, and the boxes as points.

    ``stop_vertices`` of a tour tells at which vertex of its line each of its places lies, depots included.
    """
    vehicles = world.scenario.vehicles
    simple: dict[bool, dict[tuple[int, int], Floats]] = {}
    for bikes in sorted({vehicles[tour.vehicle_type].body == "bike" for some in tours.values() for tour in some}):
        on_them = (
            tour for some in tours.values() for tour in some if (vehicles[tour.vehicle_type].body == "bike") == bikes
        )
        ways = world.router(bikes=bikes).paths_lonlat(leg for tour in on_them for leg in pairwise(tour.places))
        simple[bikes] = {leg: _simple(way) for leg, way in ways.items()}
    boxes = [feature("Point", [site.lon, site.lat], kind="box", name=site.name) for site in world.sites]
    return boxes + [
        _line(
            [simple[vehicles[tour.vehicle_type].body == "bike"][leg] for leg in pairwise(tour.places)],
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
    way = shapely.simplify(shapely.linestrings(lonlat), _TOLERANCE_DEG)
    coordinates: Floats = shapely.get_coordinates(way)
    return coordinates


def rounded(lonlat: Floats) -> Sequence[Sequence[float]]:
    """Coordinates to about a metre."""
    points: list[list[float]] = np.round(lonlat, _DECIMALS).tolist()
    return points
