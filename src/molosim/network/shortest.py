"""Transport distances: the shortest way on the map, and the great circle, from and to a few places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molosim.network.arcs import arcs_between
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.places import Places
from molosim.network.sparse import shortest_arcs
from molosim.runtime.arrays import Floats


@dataclass(frozen=True, eq=False, slots=True)
class Distances:
    """Distances between one place and all places, f64[n], metres.

    ISO 14083 splits a round trip by such distances, not by the metres driven: the shortest feasible distance (SFD) or
    the great circle distance (GCD).
    """

    sfd_from_m: Floats
    """Shortest way from the place, by length and not by time."""
    sfd_to_m: Floats
    """Shortest way to the place."""
    gcd_m: Floats


def distances(graph: RoadGraph, places: Places, ends: Sequence[int]) -> dict[int, Distances]:
    """Transport distances of some places, by their number.

    One-way streets and turn restrictions hold. Not a number where there is no way.
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - a run needs it once

    arcs = arcs_between(graph, places)
    # Matrices have no entries of length 0, so at least 0.1 mm.
    metres = np.maximum(arcs.to_m - arcs.from_m, 1e-4)
    ways = shortest_arcs(arcs.tail, arcs.head, metres, arcs.node_count)
    every = list(dict.fromkeys(ends))
    out = dijkstra(ways, indices=arcs.leave[every])
    back = dijkstra(ways.T.tocsr(), indices=arcs.reach[every])
    found = {}
    for row, end in enumerate(every):
        access_m = places.access_m + places.access_m[end]
        access_m[end] = 0
        here = np.full(len(places), places.lon[end]), np.full(len(places), places.lat[end])
        found[end] = Distances(
            out[row, arcs.reach] + access_m,
            back[row, arcs.leave] + access_m,
            great_circle_m(*here, places.lon, places.lat),
        )
    return found
