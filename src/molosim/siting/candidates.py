"""Kerbs where a box could stand, and the rules for what it keeps clear of."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from molosim.network.buildings import Feature
from molosim.network.geojson_points import read_features
from molosim.network.graph import EARTH_RADIUS_M, RoadGraph
from molosim.network.places import NO_STOPPING, Places
from molosim.network.siting import Pieces, kerb, street_pieces
from molosim.runtime.arrays import Flags, Floats, Ints32
from molosim.runtime.errors import Fault, ScenarioError, refuse

KERB_M = 4.0
"""A box stands so far from the middle of its street, metres."""
STEP_M = 40.0
"""Candidates follow each other along a street at most so far apart, metres."""
MOST = 2500
"""Candidates at most: from more the best choice takes minutes."""


@dataclass(frozen=True, slots=True)
class KeepClear:
    """How far a box stays from what; all metres, none of it measured for this town.

    Attributes
    ----------
    junction_m
        Along the street, from its end at a junction of three or more streets; in Denmark nobody may stop within 10 m.
    crossing_m, bus_stop_m, hydrant_m
        From pedestrian crossings, bus stops and fire hydrants, where the map has them.
    motorway_m
        From motorways, trunk roads and their ramps.
    box_m
        From each other and from boxes that stand already, as the crow flies.
    most_kph
        No box on streets with a higher speed limit: a van has to stop beside it.
    areas
        Polygons in degrees in which no box may stand.
    """

    junction_m: float = 10.0
    crossing_m: float = 5.0
    bus_stop_m: float = 12.0
    hydrant_m: float = 5.0
    motorway_m: float = 50.0
    box_m: float = 100.0
    most_kph: float = 60.0
    areas: tuple[shapely.Geometry, ...] = ()

    def told(self) -> str:
        """The rules in a sentence."""
        areas = f", outside {len(self.areas)} given areas" if self.areas else ""
        return (
            f"Boxes keep {self.junction_m:g} m from junctions, {self.crossing_m:g} m from crossings, "
            f"{self.bus_stop_m:g} m from bus stops, {self.hydrant_m:g} m from hydrants, "
            f"{self.motorway_m:g} m from motorways and trunk roads, "
            f"{self.box_m:g} m from each other, on streets of at most {self.most_kph:g} km/h{areas} (assumptions)."
        )


def candidates(
    graph: RoadGraph,
    homes: Places,
    keep: KeepClear,
    *,
    reach_m: float,
    features: Sequence[Feature] = (),
    boxes: tuple[Floats, Floats] | None = None,
) -> tuple[Places, tuple[str, ...]]:
    """Points at kerbs of streets where people live that the rules leave, and what was done to keep their number down.

    Parameters
    ----------
    graph
        The streets.
    homes
        A candidate must have one within ``reach_m`` as the crow flies.
    keep
        What to stay clear of.
    reach_m
        Longest walk.
    features
        Crossings, bus stops and hydrants among other things.
    boxes
        Longitudes and latitudes of boxes that stand already.

    Raises
    ------
    ScenarioError
        The rules leave nothing.
    """
    pieces = street_pieces(graph, STEP_M)
    lon, lat = kerb(graph, pieces, KERB_M)
    free = _clear_of_streets(graph, pieces, keep) & _clear_of_motorways(graph, lon, lat, keep.motorway_m)
    free &= _clear_of_places(lon, lat, keep, features, boxes) & ~_clear(lon, lat, homes.lon, homes.lat, reach_m)
    if not free.any():
        raise ScenarioError.at(f"map {graph.name}", f"has no kerb for a box near homes. {keep.told()}")
    found = np.flatnonzero(free)
    told: tuple[str, ...] = ()
    if len(found) > MOST:
        told = (f"Of {len(found)} kerbs that the rules leave, {MOST} spread evenly over the streets are candidates.",)
        found = found[np.linspace(0, len(found) - 1, MOST).astype(np.int64)]
    names = tuple(f"kerb {i}" for i in found.tolist())
    along_m = pieces.from_m[found] + pieces.length_m[found] / 2
    return Places(names, lon[found], lat[found], pieces.edge[found], along_m, np.full(len(found), KERB_M)), told


def apart(places: Places, least_m: float) -> Flags:
    """bool[n, n]: pairs of different places closer than ``least_m`` as the crow flies."""
    x, y = _planar(places.lon, places.lat, float(places.lat.mean()))
    close = np.hypot(x[:, None] - x, y[:, None] - y) < least_m
    np.fill_diagonal(close, val=False)
    return np.asarray(close)


def read_areas(path: Path) -> tuple[shapely.Geometry, ...]:
    """Polygons of a GeoJSON file in which no box may stand.

    Raises
    ------
    ScenarioError
        The file cannot be read, or one of its features is no valid polygon in degrees.
    """
    areas, faults = [], []
    for number, feature in enumerate(read_features(path, "polygons"), start=1):
        area, problem = _area(feature)
        if problem:
            faults.append(Fault(f"{path}, feature {number}", f"{problem}; a Polygon in degrees is expected"))
        areas.append(area)
    refuse(faults)
    return tuple(areas)


def _area(feature: object) -> tuple[shapely.Geometry, str]:
    """Geometry of a feature, and what is wrong with it."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if kind not in ("Polygon", "MultiPolygon"):
        return None, f"geometry is {kind!r}"
    try:
        area = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.GEOSException, ValueError) as error:
        return None, f"is not a polygon ({error})"
    if area.is_empty or not area.is_valid:
        return None, f"is not a valid polygon ({shapely.is_valid_reason(area)})"
    west, south, east, north = area.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        return None, f"reaches from {west:g}, {south:g} to {east:g}, {north:g}"
    return area, ""


def _clear_of_streets(graph: RoadGraph, pieces: Pieces, keep: KeepClear) -> Flags:
    """Pieces whose middles are far enough from junctions and on streets slow enough."""
    junction = _streets_at(graph) >= 3
    tail, head = graph.edge_tail[pieces.edge], graph.edge_head[pieces.edge]
    before_m = pieces.from_m + pieces.length_m / 2
    after_m = graph.edge_m[pieces.edge] - before_m
    clear = np.where(junction[tail], before_m, math.inf) >= keep.junction_m
    clear &= np.where(junction[head], after_m, math.inf) >= keep.junction_m
    return np.asarray(clear & (graph.edge_kph[pieces.edge] <= keep.most_kph))


def _streets_at(graph: RoadGraph) -> Ints32:
    """i32[nodes]: streets that meet at each node, one open both ways counted once."""
    once = (graph.twin < 0) | (graph.twin > np.arange(graph.edge_count))
    ends = np.concatenate([graph.edge_tail[once], graph.edge_head[once]])
    return np.bincount(ends, minlength=graph.node_count).astype(np.int32)


def _clear_of_places(
    lon: Floats,
    lat: Floats,
    keep: KeepClear,
    features: Sequence[Feature],
    boxes: tuple[Floats, Floats] | None,
) -> Flags:
    """Points far enough from crossings, stops, hydrants, motorways and boxes, and outside the areas."""
    clear = np.ones(len(lon), dtype=np.bool_)
    for kind, metres in (
        ("crossing", keep.crossing_m),
        ("bus_stop", keep.bus_stop_m),
        ("fire_hydrant", keep.hydrant_m),
    ):
        there = np.array([(f.lon, f.lat) for f in features if f.kind == kind]).reshape(-1, 2)
        clear &= _clear(lon, lat, there[:, 0], there[:, 1], metres)
    if boxes is not None:
        clear &= _clear(lon, lat, *boxes, keep.box_m)
    points = shapely.points(lon, lat)
    for area in keep.areas:
        shapely.prepare(area)
        clear &= ~shapely.intersects(area, points)
    return np.asarray(clear)


def _clear_of_motorways(graph: RoadGraph, lon: Floats, lat: Floats, metres: float) -> Flags:
    edges = np.flatnonzero(graph.of_class(NO_STOPPING))
    centre = float(lat.mean())
    shapes = [graph.shape(edge) for edge in edges.tolist()]
    lines = [shapely.LineString(np.column_stack(_planar(s[:, 0], s[:, 1], centre))) for s in shapes]
    return _far(lon, lat, np.array(lines, dtype=object), metres)


def _clear(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats, metres: float) -> Flags:
    """Points with no other point within ``metres`` as the crow flies."""
    others = shapely.points(*_planar(other_lon, other_lat, float(lat.mean())))
    return _far(lon, lat, np.asarray(others, dtype=object), metres)


def _far(lon: Floats, lat: Floats, things: npt.NDArray[np.object_], metres: float) -> Flags:
    """Points with none of some things, in metres on the plane, nearer than ``metres``."""
    points = shapely.points(*_planar(lon, lat, float(lat.mean())))
    clear = np.ones(len(lon), dtype=np.bool_)
    if metres > 0:
        # Only the nearest of each: all within a walk of a whole town's kerbs would be millions of pairs.
        near, _ = shapely.STRtree(things).query_nearest(points, max_distance=metres, all_matches=False)
        clear[near] = False
    return clear


def _planar(lon: Floats, lat: Floats, centre_lat: float) -> tuple[Floats, Floats]:
    """Metres east and north, true near ``centre_lat``."""
    metre = math.radians(EARTH_RADIUS_M)
    return lon * metre * math.cos(math.radians(centre_lat)), lat * metre
