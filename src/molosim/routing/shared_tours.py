"""What an anonymised table is still good for: kilometres of its tours, planned anew with told places."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from molosim.network.arcs import Period
from molosim.network.fastest import default_engine
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.places import snap
from molosim.network.travel import compute
from molosim.routing.territories import master_order
from molosim.runtime.arrays import Floats, Ints32
from molosim.stops.table import StopTable

DETOUR = 1.3
"""Streets are longer than the great circle by about so much."""
MOST_STOPS = 2000
"""Of a tour; longer ones, as of days without tours, are left out."""
MOST_TOURS = 40
"""Tours that are planned on a map, evenly over the table; a tour takes half a second."""
GOOD = 0.05
"""A difference of kilometres that leaves a table useful."""


@dataclass(frozen=True, slots=True)
class Use:
    """Kilometres of the same tours, closed and each in a short order, with own and with told places.

    Attributes
    ----------
    tours
        Number of tours that were planned.
    left_out
        Number of those that are too large.
    how
        What kilometres are of, in words.
    km, told_km
        Of all tours, with the places of the table and with those told.
    """

    tours: int
    left_out: int
    km: float
    told_km: float
    how: str

    @property
    def change(self) -> float:
        """Share by which told tours are longer; nan where none has a length."""
        return self.told_km / self.km - 1 if self.km else float("nan")

    def __str__(self) -> str:
        """One line."""
        if not self.km:
            return "use: kilometres are not compared, as there is no tour of some length to plan"
        within = f"{'within' if abs(self.change) <= GOOD else 'NOT within'} {GOOD:.0%}"
        left_out = f"; {self.left_out} of more than {MOST_STOPS} stops are left out" if self.left_out else ""
        return (
            f"use: {self.tours} tours planned anew are {self.told_km:.0f} km with told places, {self.km:.0f} km with"
            f" their own: {self.change:+.1%}, {within} ({self.how}){left_out}"
        )


Between = Callable[[Floats, Floats], Ints32]
"""Metres between all places, from their longitudes and latitudes."""


def use_left(table: StopTable, told_lon: Floats, told_lat: Floats, graph: RoadGraph | None = None) -> Use:
    """Plan each tour of a table with its own and with told places (degrees, by stop).

    Stops of a table without tours are one tour for each carrier and day. On the roads of ``graph`` some tours stand for
    all; without it, all are planned with great circles.
    """
    bounds = table.tour_bounds()
    tours = list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))
    small = [(first, last) for first, last in tours if last - first <= MOST_STOPS]
    between: Between = _as_the_crow_flies
    how = f"great circles times {DETOUR:g}"
    if graph is not None:
        small = small[:: math.ceil(len(small) / MOST_TOURS)] if small else small
        between, how = _along(graph), f"on the roads of {graph.name}"
    km = sum(_shortest_km(table.lon[first:last], table.lat[first:last], between) for first, last in small)
    told_km = sum(_shortest_km(told_lon[first:last], told_lat[first:last], between) for first, last in small)
    left_out = sum(last - first > MOST_STOPS for first, last in tours)
    return Use(len(small), left_out, km, told_km, how)


def _as_the_crow_flies(lon: Floats, lat: Floats) -> Ints32:
    return np.rint(DETOUR * great_circle_m(lon[:, None], lat[:, None], lon, lat)).astype(np.int32)


def _along(graph: RoadGraph) -> Between:
    """Metres of the fastest ways."""

    def between(lon: Floats, lat: Floats) -> Ints32:
        names = [f"{x:.5f}, {y:.5f}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        places = snap(graph, names, lon, lat, math.inf)
        return np.ascontiguousarray(compute(graph, places, [Period("all day")], default_engine())[1, 0])

    return between


def _shortest_km(lon: Floats, lat: Floats, between: Between) -> float:
    """Kilometres of a closed tour over points, in the order that local search finds."""
    places = np.unique(np.stack([lon, lat], axis=1), axis=0)
    if len(places) < 2:
        return 0.0
    metres = between(places[:, 0], places[:, 1])
    tour = np.argsort(master_order(metres))
    return float(metres[tour, np.roll(tour, -1)].sum() / 1000)
