"""Homes and boxes on the streets of a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molosim.network.filters import ROADS
from molosim.network.graph import WALK, RoadGraph
from molosim.network.places import NO_STOPPING, BoxSite, Places, snap
from molosim.runtime.errors import ScenarioError
from molosim.siting.homes import Homes

HOME_SNAP_M = 300.0
"""Homes farther than this from every street of the map are left out."""
STREETS = ROADS - NO_STOPPING
FRONT_M = 40.0
"""A house so near to a street has a door to it, whatever path lies nearer, metres from its middle."""


def on_streets(graph: RoadGraph, homes: Homes) -> tuple[Homes, Places]:
    """Homes near a street of the map, and where they reach it.

    Raises
    ------
    ScenarioError
        There are none.
    """
    west, south, east, north = graph.bbox
    margin = 0.01  # degrees; whoever is farther from all streets than this is not near any
    near = (homes.lon > west - margin) & (homes.lon < east + margin)
    near &= (homes.lat > south - margin) & (homes.lat < north + margin)
    inside = np.flatnonzero(near)
    at = snap(graph, [f"home {i}" for i in inside.tolist()], homes.lon[inside], homes.lat[inside], np.inf)
    close = at.access_m <= HOME_SNAP_M
    if not close.any():
        problem = f"none of {len(homes)} homes ({homes.basis}) is within {HOME_SNAP_M:g} m of its streets"
        raise ScenarioError.at(f"map {graph.name}", problem)
    kept = np.zeros(len(homes), dtype=np.bool_)
    kept[inside[close]] = True
    lost = len(homes) - int(kept.sum())
    why = [f"{lost} homes are farther than {HOME_SNAP_M:g} m from every street and left out."] if lost else []
    return homes.among(kept, *why), at.take(np.flatnonzero(close))


def fronts(ground: RoadGraph, at: Places) -> Places | None:
    """Where homes have a door to their street too; None on a map of streets alone.

    The nearest way to the middle of a house may be a path in its courtyard, and the way round the block from there.
    """
    if ground.network != WALK or not ground.of_class(STREETS).any():
        return None
    doors = snap(ground, at.names, at.lon, at.lat, np.inf, classes=STREETS)
    near = doors.access_m <= FRONT_M
    order = np.where(near, len(at) + np.arange(len(at)), np.arange(len(at)))
    return Places.join(at, doors).take(order)


def placed(graph: RoadGraph, sites: Sequence[BoxSite]) -> Places:
    """Boxes on the streets; raises as `snap` where one is too far."""
    lon, lat = np.array([s.lon for s in sites]), np.array([s.lat for s in sites])
    return snap(graph, [s.name for s in sites], lon, lat, HOME_SNAP_M)
