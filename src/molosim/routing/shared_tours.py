"""What an anonymised table is still good for: kilometres of its tours, planned anew with told places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molosim.network.graph import great_circle_m
from molosim.routing.territories import master_order
from molosim.runtime.arrays import Floats
from molosim.stops.table import StopTable

DETOUR = 1.3
"""Streets are longer than the great circle by about so much."""
MOST_STOPS = 2000
"""Of a tour; longer ones, as of days without tours, are left out."""
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
    km, told_km
        Of all tours, with the places of the table and with those told.
    """

    tours: int
    left_out: int
    km: float
    told_km: float

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
            f" their own: {self.change:+.1%}, {within} (great circles times {DETOUR:g}){left_out}"
        )


def use_left(table: StopTable, told_lon: Floats, told_lat: Floats) -> Use:
    """Plan each tour of a table with its own and with told places (degrees, by stop).

    Stops of a table without tours are one tour for each carrier and day.
    """
    bounds = table.tour_bounds()
    planned, km, told_km = 0, 0.0, 0.0
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if last - first <= MOST_STOPS:
            planned += 1
            km += _shortest_km(table.lon[first:last], table.lat[first:last])
            told_km += _shortest_km(told_lon[first:last], told_lat[first:last])
    return Use(planned, len(bounds) - 1 - planned, km, told_km)


def _shortest_km(lon: Floats, lat: Floats) -> float:
    """Kilometres of a closed tour over points, in the order that local search finds."""
    places = np.unique(np.stack([lon, lat], axis=1), axis=0)
    if len(places) < 2:
        return 0.0
    metres = DETOUR * great_circle_m(places[:, :1], places[:, 1:], places[:, 0], places[:, 1])
    tour = np.argsort(master_order(np.rint(metres).astype(np.int32)))
    return float(metres[tour, np.roll(tour, -1)].sum() / 1000)
