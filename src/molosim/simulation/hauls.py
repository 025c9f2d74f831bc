"""What a carrier's tours haul, booked while they are driven."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.simulation import journal as j
from molosim.simulation.ground import Ground
from molosim.simulation.loads import Load

Ints = NDArray[np.int64]


class Hauls:
    """Haulage of all tours of a carrier, a row per tour.

    Parameters
    ----------
    tours
        (n, TOUR_COLUMNS) of the whole run; told again as they are driven.
    unloads
        Place at which waste is unloaded.
    """

    def __init__(self, city: Ground, number: int, tours: Ints, unloads: int) -> None:
        world = city.world
        self._city, self._tours, self._depot = city, tours, world.fleets[number].depot
        self._operator, self._fleet = city.scenario.carriers[number].name, world.fleets[number]
        self.table = np.zeros((len(tours), h.HAULAGE_COLUMNS))
        self.from_depot, self.to_end = world.roads.distances[self._depot], world.roads.distances[unloads]
        self._first, self._reached_m = 0, np.zeros(0, np.int64)
        """First of today's tours, and what `haulage.haul` says of them."""
        self.riding_kg = np.zeros(len(tours))
        """Parcels that ride to the end of their tour: taken at boxes, or brought there and not placed."""

    def open(self, rows: slice, stops: Ints, size: int, hours: Ints) -> None:
        """Book what the tours of a day bring, as planned that morning; ``hours`` as in `haulage.haul`."""
        world, today = self._city.world, self._tours[rows]
        self._first, self._reached_m = rows.start, np.zeros(size + len(today), np.int64)
        h.haul(
            today, stops, self._depot, world.travel.metres, hours, self.from_depot.sfd_from_m,
            self.from_depot.gcd_m, world.first_box, self.table[rows], self._reached_m,
        )  # fmt: skip

    def _left_m(self, row: int, stop_row: int) -> int:
        """Metres that a tour drives from a stop to its end, as planned."""
        number = row - self._first
        return int(self._reached_m[self._tours[row, t.TOUR_LAST] + number] - self._reached_m[stop_row + number])

    def share_driven(self, row: int, stop_row: int) -> float:
        """Share of a tour's metres before a stop, as planned."""
        number = row - self._first
        return float(
            self._reached_m[stop_row + number] / max(1, self._reached_m[self._tours[row, t.TOUR_LAST] + number])
        )

    def parcels(self, row: int, box: int, stop_row: int, *, count: int, back_ml: int, back_g: int, left_g: int) -> None:
        """Parcels handed over or taken at a box: how many in all, and those that ride on."""
        haulage, back_kg, riding_kg = self.table[row], back_g / 1000, (back_g + left_g) / 1000
        sfd_m, gcd_m = j.distance_to(self.from_depot, self._city.world.first_box + box)
        haulage[h.H_PARCELS_N] += count
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
