"""What a carrier's tours haul, booked while they are driven."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.routing.day_plans import DayPlans
from molosim.simulation import journal as j
from molosim.simulation.ground import Ground
from molosim.simulation.loads import Load
from molosim.simulation.world import World

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Planned:
    """What the tours of day plans haul, the same for all alternatives."""

    table: NDArray[np.float64]
    """(tours, HAULAGE_COLUMNS)."""
    reached_m: Ints
    """Metres driven at each stop and at the end of each tour, tour by tour."""
    first: Ints
    """Row of ``reached_m`` at which each tour begins."""


_KEPT: WeakKeyDictionary[DayPlans, Planned] = WeakKeyDictionary()
"""All alternatives of a replication have the same plans, for as long as somebody holds them."""


def planned_hauls(world: World, number: int, plans: DayPlans) -> Planned:
    """Haulage of a carrier's day plans."""
    if plans not in _KEPT:
        _KEPT[plans] = _haul(world, number, plans)
    return _KEPT[plans]


def _haul(world: World, number: int, plans: DayPlans) -> Planned:
    fleet, tours = world.fleets[number], plans.tours
    out = world.roads.distances[fleet.depot]
    lengths = tours[:, t.TOUR_LAST] - tours[:, t.TOUR_FIRST] + 1
    table, reached_m = np.zeros((len(tours), h.HAULAGE_COLUMNS)), np.zeros(lengths.sum(), np.int64)
    hours = fleet.hours[fleet.type_of[tours[:, t.TOUR_VEHICLE]]]
    h.haul(
        tours, plans.stops, fleet.depot, world.travel.metres, hours, out.sfd_from_m, out.gcd_m, world.first_box, table,
        reached_m,
    )  # fmt: skip
    return Planned(table, reached_m, np.cumsum(lengths) - lengths)


class Hauls:
    """Haulage of all tours of a carrier, a row per tour.

    Parameters
    ----------
    tours
        (n, TOUR_COLUMNS) of the whole run; told again as they are driven.
    unloads
        Place at which waste is unloaded.
    planned
        Haulage of the day plans, before anything is inserted.
    """

    def __init__(self, city: Ground, number: int, tours: Ints, unloads: int, planned: Planned) -> None:
        world = city.world
        self._city, self._tours, self._depot = city, tours, world.fleets[number].depot
        self._operator, self._fleet = city.scenario.carriers[number].name, world.fleets[number]
        self.from_depot, self.to_end = world.roads.distances[self._depot], world.roads.distances[unloads]
        self._planned = planned
        self.table = planned.table.copy()
        self._first, self._changed = 0, np.zeros(0, np.int64)
        """First of today's tours, and for each the row of today's `_reached_m` at which it begins; -1 if as planned."""
        self._reached_m = np.zeros(0, np.int64)
        self.riding_kg = np.zeros(len(tours))
        """Parcels that ride to the end of their tour: taken at boxes, or brought there and not placed."""

    def open(self, rows: slice, stops: Ints, hours: Ints, changed: NDArray[np.bool_]) -> None:
        """Book what the tours of a day bring, as they leave; ``changed`` are those that day plans do not know.

        ``hours`` is as in `haulage.haul`.
        """
        world, which = self._city.world, np.flatnonzero(changed)
        today = self._tours[rows][which]
        lengths = today[:, t.TOUR_LAST] - today[:, t.TOUR_FIRST] + 1
        self._first, self._changed = rows.start, np.full(len(changed), -1)
        self._changed[which] = np.cumsum(lengths) - lengths
        self._reached_m = np.zeros(lengths.sum(), np.int64)
        table = np.zeros((len(which), h.HAULAGE_COLUMNS))
        h.haul(
            today, stops, self._depot, world.travel.metres, hours[which], self.from_depot.sfd_from_m,
            self.from_depot.gcd_m, world.first_box, table, self._reached_m,
        )  # fmt: skip
        self.table[rows.start + which] = table

    def _reached(self, row: int, stop_row: int) -> tuple[int, int]:
        """Metres of a tour at a stop and at its end, as it left."""
        first, last = int(self._tours[row, t.TOUR_FIRST]), int(self._tours[row, t.TOUR_LAST])
        begins = self._changed[row - self._first]
        reached_m, at = (self._planned.reached_m, self._planned.first[row]) if begins < 0 else (self._reached_m, begins)
        return int(reached_m[at + stop_row - first]), int(reached_m[at + last - first])

    def _left_m(self, row: int, stop_row: int) -> int:
        """Metres that a tour drives from a stop to its end, as it left."""
        here, end = self._reached(row, stop_row)
        return end - here

    def share_driven(self, row: int, stop_row: int) -> float:
        """Share of a tour's metres before a stop, as it left."""
        here, end = self._reached(row, stop_row)
        return here / max(1, end)

    def exchanged(self, row: int, parcels: int) -> None:
        """Parcels handed over or taken at a tour's boxes."""
        self.table[row, h.H_PARCELS_N] += parcels

    def parcels(self, row: int, box: int, stop_row: int, *, back_ml: int, back_g: int, left_g: int) -> None:
        """Parcels that ride on from a box: taken there, or brought and not placed."""
        haulage, back_kg, riding_kg = self.table[row], back_g / 1000, (back_g + left_g) / 1000
        sfd_m, gcd_m = j.distance_to(self.from_depot, self._city.world.first_box + box)
        haulage[h.H_PARCELS_KG] += back_kg
        haulage[h.H_LOAD_KGM] += riding_kg * self._left_m(row, stop_row)
        haulage[h.H_PARCEL_KGM_SFD] += back_kg * sfd_m
        haulage[h.H_PARCEL_KGM_GCD] += back_kg * gcd_m
        haulage[h.H_PARCEL_LM_SFD] += back_ml / 1000 * sfd_m
        self.riding_kg[row] += riding_kg

    def waste(self, row: int, purpose: int, pickups: list[tuple[int, int, Load]]) -> None:
        """Waste from boxes (box, row of the stop, load), taken to the tour's end; it enters the journal too."""
        tour, world = self._tours[row], self._city.world
        vehicle_type = self._fleet.types[self._fleet.type_of[tour[t.TOUR_VEHICLE]]]
        for box, stop_row, load in pickups:
            picked = j.PickUp(
                self._operator, vehicle_type, purpose, int(tour[t.TOUR_DAY]), int(tour[t.TOUR_VEHICLE]),
                int(tour[t.TOUR_DEPART]), box, load, *j.distance_to(self.to_end, world.first_box + box),
            )  # fmt: skip
            picked.haul(self.table[row], self._left_m(row, stop_row))
            self._city.journal.pickups.append(picked)

    def over_reception(self, row: int, waste_kg: float, waste_m: int, more_m: int) -> None:
        """The tour ends over the reception: waste goes ``waste_m`` farther than planned, the rest ``more_m``."""
        self.table[row, h.H_LOAD_KGM] += waste_kg * waste_m + self.riding_kg[row] * more_m
