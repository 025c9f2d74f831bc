"""Draw places along streets: addresses for home deliveries, kerbs for boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from molosim.network.graph import EARTH_RADIUS_M, RoadGraph, great_circle_m
from molosim.network.places import District, Places
from molosim.runtime.arrays import Floats, Ints32
from molosim.runtime.errors import Fault, ScenarioError

STREETS = frozenset({"residential", "living_street", "unclassified", "tertiary"})
"""Road classes along which people live."""
PIECE_M = 20.0
"""Streets are weighed in pieces of at most this length, metres."""
GRID_M = 0.1
"""Addresses lie on whole steps along their street, so that two are either apart or equal, metres."""


@dataclass(frozen=True, eq=False, slots=True)
class Pieces:
    """Short pieces of streets: edge, where each begins along it, its length, and its middle."""

    edge: Ints32
    from_m: Floats
    length_m: Floats
    lon: Floats
    lat: Floats


def draw_addresses(
    graph: RoadGraph, districts: Sequence[District], count: int, spread_share: float, rng: np.random.Generator
) -> Places:
    """Draw addresses on the streets where people live, no two at the same point.

    Parameters
    ----------
    graph
        The roads.
    districts
        Where addresses are denser: each attracts addresses in proportion to its dwellings.
    count
        Number of addresses.
    spread_share
        Share of the addresses that lie evenly along all streets, 0 to 1.
    rng
        Source of all draws.

    Raises
    ------
    ScenarioError
        A district has no street within its radius, or the streets are too short for so many addresses.
    """
    pieces = street_pieces(graph)
    if pieces.length_m.sum() < 2 * GRID_M * count:
        raise ScenarioError.at(f"map {graph.name}", f"its streets are too short for {count} addresses")
    weight = spread_share * pieces.length_m / pieces.length_m.sum()
    if spread_share < 1:
        near = district_weights(pieces, districts)
        dwellings = np.array([district.dwellings for district in districts], dtype=np.float64)
        weight = weight + (1 - spread_share) * (dwellings / dwellings.sum()) @ near
    edge, along_m = _draw_distinct(pieces, weight, count, rng)
    lon, lat = points_along(graph, edge, along_m)
    names = tuple(f"address {i}" for i in range(count))
    return Places(names, lon, lat, edge, along_m, np.zeros(count))


def _draw_distinct(pieces: Pieces, weight: Floats, count: int, rng: np.random.Generator) -> tuple[Ints32, Floats]:
    """Draw until there are ``count`` different points; in the order in which they were drawn."""
    cumulative = np.cumsum(weight)
    drawn: dict[tuple[int, int], None] = {}
    for _ in range(1000):
        short = count - len(drawn)
        if not short:
            break
        piece = np.searchsorted(cumulative, rng.random(short) * cumulative[-1], side="right")
        offset_m = pieces.from_m[piece] + rng.random(short) * pieces.length_m[piece]
        steps = np.floor(offset_m / GRID_M).astype(np.int64)
        drawn.update(dict.fromkeys(zip(pieces.edge[piece].tolist(), steps.tolist(), strict=True)))
    else:
        raise ScenarioError.at("addresses", f"the districts' streets are too short for {count} different addresses")
    edge, step = np.array(list(drawn), dtype=np.int64).reshape(-1, 2).T
    return edge.astype(np.int32), (step * GRID_M).astype(np.float64)


def points_along(graph: RoadGraph, edge: Ints32, along_m: Floats) -> tuple[Floats, Floats]:
    """Lon and lat of points at ``along_m`` metres from the tails of edges."""
    # Planar interpolation within one street: degrees of longitude are shrunk to the length of degrees of latitude.
    shrink = math.cos(math.radians((graph.bbox[1] + graph.bbox[3]) / 2))
    wanted, back = np.unique(edge, return_inverse=True)
    lines = np.array([shapely.LineString(graph.shape(e) * (shrink, 1.0)) for e in wanted.tolist()], dtype=object)
    at = shapely.line_interpolate_point(lines[back], along_m / graph.edge_m[edge], normalized=True)
    return shapely.get_x(at) / shrink, shapely.get_y(at)


def street_pieces(graph: RoadGraph, piece_m: float = PIECE_M) -> Pieces:
    """All streets where people live, cut into equal pieces of at most ``piece_m``; one open both ways counts once.

    Raises
    ------
    ScenarioError
        The map has no such streets.
    """
    once = (graph.twin < 0) | (graph.twin > np.arange(graph.edge_count))
    streets = np.flatnonzero(graph.of_class(STREETS) & once)
    if not streets.size:
        raise ScenarioError.at(f"map {graph.name}", f"has no streets of the classes {', '.join(sorted(STREETS))}")
    cuts = np.ceil(graph.edge_m[streets] / piece_m).astype(np.int64)
    edge = np.repeat(streets, cuts).astype(np.int32)
    length_m = np.repeat(graph.edge_m[streets] / cuts, cuts)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    lon, lat = points_along(graph, edge, (rank + 0.5) * length_m)
    return Pieces(edge, rank * length_m, length_m, lon, lat)


def district_weights(pieces: Pieces, districts: Sequence[District]) -> Floats:
    """f64[districts, pieces]: street length times a dome over the district's radius; each row sums to 1.

    Raises
    ------
    ScenarioError
        A district has no street within its radius, or there are no districts.
    """
    rows, faults = [], []
    for district in districts:
        distance_m = great_circle_m(pieces.lon, pieces.lat, district.lon, district.lat)
        row = pieces.length_m * np.maximum(0.0, 1 - (distance_m / district.radius_m) ** 2)
        if not row.any():
            problem = f"has no street within {district.radius_m:g} m; the nearest is {distance_m.min():.0f} m away"
            faults.append(Fault(f"district {district.name!r}", problem))
        rows.append(row / max(row.sum(), np.finfo(np.float64).tiny))
    if faults or not rows:
        raise ScenarioError(faults or [Fault("districts", "there are none; at least 1 is needed")])
    return np.array(rows)


def kerb(graph: RoadGraph, pieces: Pieces, kerb_m: float) -> tuple[Floats, Floats]:
    """Lon and lat of points beside the pieces' middles, to the right of the way drawn, rounded as they are written."""
    behind_m = pieces.from_m + 0.4 * pieces.length_m
    lon, lat = points_along(graph, pieces.edge, behind_m)
    shrink = np.cos(np.radians(pieces.lat))
    east, north = (pieces.lon - lon) * shrink, pieces.lat - lat
    length = np.maximum(np.hypot(east, north), np.finfo(np.float64).tiny)
    step = math.degrees(kerb_m / EARTH_RADIUS_M)
    return (
        np.round(pieces.lon + step * north / length / shrink, 6),
        np.round(pieces.lat - step * east / length, 6),
    )
