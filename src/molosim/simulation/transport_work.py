"""Transport work of a carrier's tours, booked while they are driven."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.routing.day_plans import DayPlans
from molosim.runtime.arrays import Flags, Floats, Ints
from molosim.simulation import trip_log as log
from molosim.simulation.box_state import VisitResult
from molosim.simulation.context import RunContext
from molosim.simulation.waste_loads import Load
from molosim.simulation.world import World


@dataclass(frozen=True, eq=False, slots=True)
class Planned:
    """Transport work of day plans, the same for all alternatives."""

    table: Floats
    """(tours, HAULAGE_COLUMNS)."""
    reached_m: Ints
    """Metres driven at each stop and at the end of each tour, tour by tour."""
    first: Ints
    """Row of ``reached_m`` at which each tour begins."""


_KEPT: WeakKeyDictionary[DayPlans, Planned] = WeakKeyDictionary()
"""All alternatives of a replication have the same plans, for as long as somebody holds them."""


def planned_work(world: World, number: int, plans: DayPlans) -> Planned:
    """Haulage of a carrier's day plans."""
    if plans not in _KEPT:
        _KEPT[plans] = _haul(world, number, plans)
    return _KEPT[plans]


def _haul(world: World, number: int, plans: DayPlans) -> Planned:
    out, tours = world.roads.distances[world.fleets[number].depot], plans.tours
    lengths = tours[:, t.TOUR_LAST] - tours[:, t.TOUR_FIRST] + 1
    table, reached_m = np.zeros((len(tours), h.HAULAGE_COLUMNS)), np.zeros(lengths.sum(), np.int64)
    h.haul(tours, plans.stops, out.sfd_from_m, out.gcd_m, world.first_box, table, reached_m)
    return Planned(table, reached_m, np.cumsum(lengths) - lengths)


_ROOM = 4096
"""Stops for which there is room at first."""


class TransportWork:
    """Haulage of all tours of a carrier, a row per tour.

    What happens at boxes is noted while it happens, and booked for many tours at once.

    Parameters
    ----------
    tours
        (n, TOUR_COLUMNS) of the whole run; updated as they are driven.
    unloads
        Place at which waste is unloaded.
    planned
        Haulage of the day plans, before anything is inserted.
    """

    def __init__(self, context: RunContext, number: int, tours: Ints, unloads: int, planned: Planned) -> None:
        world = context.world
        self._context, self._tours, self._fleet = context, tours, world.fleets[number]
        self._operator = context.scenario.carriers[number].name
        distances, boxes = world.roads.distances, slice(world.first_box, world.last_box)
        self.from_depot, end = distances[self._fleet.depot], distances[unloads]
        self.to_end = list(zip(end.sfd_to_m[boxes].tolist(), end.gcd_m[boxes].tolist(), strict=True))
        """Transport distances from each box to where waste is unloaded, metres: shortest way, great circle."""
        self._planned = planned
        self._table = planned.table.copy()
        self._reached_m = np.zeros(_ROOM, np.int64)
        """Metres at each stop and at the end of tours that day plans do not know, one after the other; grows."""
        self._size = 0
        self._begins = np.full(len(tours), -1)
        """Where each tour begins in it; -1 if as planned."""
        self.riding_kg = np.zeros(len(tours))
        """Parcels that ride to the end of their tour: taken at boxes, or brought there and not placed."""
        self._rides: list[tuple[int, int, int, int, int, int]] = []
        """Noted: tour's row, row of the stop, box; millilitres and grams taken, grams left aboard."""
        self._moves: list[tuple[int, int, log.PickUp]] = []
        """Noted: tour's row, row of the stop, waste taken."""
        self._ends: list[tuple[int, float, int, int]] = []
        """Noted: tour's row, waste aboard, metres that the waste and the rest go farther than planned."""

    @property
    def table(self) -> Floats:
        """(tours, HAULAGE_COLUMNS)."""
        self._book()
        return self._table

    def open(self, rows: slice, stops: Ints, changed: Flags) -> None:
        """Book what the tours of a day bring, as they leave; ``changed`` are those that day plans do not know."""
        which, out = np.flatnonzero(changed), self.from_depot
        today = self._tours[rows][which]
        lengths = today[:, t.TOUR_LAST] - today[:, t.TOUR_FIRST] + 1
        ends = self._size + np.cumsum(lengths)
        self._begins[rows.start + which] = ends - lengths
        before, self._size = self._size, self._size + int(lengths.sum())
        if self._size > len(self._reached_m):
            self._reached_m = np.concatenate([self._reached_m, np.zeros(self._size, np.int64)])
        table, reached_m = np.zeros((len(which), h.HAULAGE_COLUMNS)), self._reached_m[before : self._size]
        h.haul(today, stops, out.sfd_from_m, out.gcd_m, self._context.world.first_box, table, reached_m)
        self._table[rows.start + which] = table

    def _reached(self, rows: Ints, stop_rows: Ints) -> tuple[Ints, Ints]:
        """Metres of tours at a stop (counted from the day's first) and at their end, as they left."""
        first, last = self._tours[rows, t.TOUR_FIRST], self._tours[rows, t.TOUR_LAST]
        begins, planned = self._begins[rows], self._planned
        here, end = np.empty((2, len(rows)), np.int64)
        known = begins < 0
        for mine, reached_m, at in (
            (known, planned.reached_m, planned.first[rows[known]]),
            (~known, self._reached_m, begins[~known]),
        ):
            here[mine] = reached_m[at + (stop_rows - first)[mine]]
            end[mine] = reached_m[at + (last - first)[mine]]
        return here, end

    def share_driven(self, row: int, stop_row: int) -> float:
        """Share of a tour's metres before a stop, as it left."""
        here, end = self._reached(np.array([row]), np.array([stop_row]))
        return float(here[0] / max(1, end[0]))

    def exchanged(self, row: int, parcels: int) -> None:
        """Parcels handed over or taken at a tour's boxes."""
        self._table[row, h.H_PARCELS_N] += parcels

    def parcels(self, row: int, stop_row: int, box: int, visit: VisitResult) -> None:
        """Note parcels that ride on from a box: taken there, or brought and not placed."""
        self._rides.append((row, stop_row, box, visit.back_ml, visit.back_g, visit.left_g))

    def waste(self, row: int, purpose: int, pickups: list[tuple[int, int, Load]]) -> None:
        """Waste from boxes (box, row of the stop, load), taken to the tour's end; it enters the trip log too."""
        day, vehicle, _, _, depart_s = self._tours[row, : t.TOUR_DEPART + 1].tolist()
        vehicle_type = self._fleet.types[self._fleet.type_of[vehicle]]
        for box, stop_row, load in pickups:
            picked = log.PickUp(
                self._operator, vehicle_type, purpose, day, vehicle, depart_s, box, load, *self.to_end[box]
            )
            self._moves.append((row, stop_row, picked))
            self._context.trip_log.pickups.append(picked)

    def over_reception(self, row: int, waste_kg: float, waste_m: int, more_m: int) -> None:
        """The tour ends over the reception: waste goes ``waste_m`` farther than planned, the rest ``more_m``."""
        self._ends.append((row, waste_kg, waste_m, more_m))

    def _book(self) -> None:
        """Book what is noted. Of each tour that is first what rode, then waste, then its end: sums have one order."""
        if self._rides:
            rows, stop_rows, boxes, back_ml, back_g, left_g = np.array(self._rides, np.int64).T
            here_m, end_m = self._reached(rows, stop_rows)
            places, riding_kg = self._context.world.first_box + boxes, (back_g + left_g) / 1000
            to_m = self.from_depot.sfd_to_m[places], self.from_depot.gcd_m[places]
            h.book_parcels(
                self._table, rows, back_g / 1000, back_ml / 1000, load_kgm=riding_kg * (end_m - here_m), to_m=to_m
            )
            np.add.at(self.riding_kg, rows, riding_kg)
        if self._moves:
            rows, stop_rows = np.array([move[:2] for move in self._moves], np.int64).T
            here_m, end_m = self._reached(rows, stop_rows)
            log.book_pickups(self._table, rows, [picked for *_, picked in self._moves], end_m - here_m)
        for row, waste_kg, waste_m, more_m in self._ends:
            self._table[row, h.H_LOAD_KGM] += waste_kg * waste_m + self.riding_kg[row] * more_m
        self._rides, self._moves, self._ends = [], [], []
