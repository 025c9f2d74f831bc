"""Trips of a run, a row each, in the columns of the trips table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.network.shortest import Distances
from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.runtime.arrays import Column, Floats, Ints
from molosim.simulation.batteries import Charge, Flow
from molosim.simulation.waste_loads import Load
from molosim.trips import BANDS, Purpose

# Columns of a trip beside those of its tour
(
    X_STOPS,
    X_BOX_STOPS,
    X_PARCEL_M,
    X_PARCEL_S,
    X_WASTE_M,
    X_WASTE_S,
    X_WASTE_G,
    X_CONTAINERS,
    X_POINTS,
    X_BREAKDOWN,
    X_LIMIT_ML,
    X_PURPOSE,
) = range(12)
EXTRA_COLUMNS = 12
PURPOSES = np.array([purpose.value for purpose in Purpose])
DELIVERY, EXTRA_DELIVERY, COLLECTION, TRANSFER = range(len(PURPOSES))
"""Numbers of the purposes, in the order of `Purpose`."""
_KEY = ("operator", "purpose", "day", "vehicle", "depart_s")
"""Columns that identify a trip; `Charge.trip` has the same."""


class PickUp(NamedTuple):
    """Waste taken at a box, and the trip that took it."""

    operator: str
    vehicle_type: str
    purpose: int
    day: int
    vehicle: int
    depart_s: int
    box: int
    load: Load
    sfd_m: float
    """Transport distance to where it is unloaded: the shortest way."""
    gcd_m: float
    """The same as the crow flies."""


def book_pickups(haulage: Floats, rows: Ints, pickups: Sequence[PickUp], carried_m: Ints) -> None:
    """Add pick-ups to the haulage of their trips, which carry each over so many metres."""
    kg, litres = np.array([[picked.load.g, picked.load.ml] for picked in pickups]).T / 1000
    sfd_m, gcd_m = np.array([[picked.sfd_m, picked.gcd_m] for picked in pickups]).T
    h.book_waste(haulage, rows, kg, litres, load_kgm=kg * carried_m, to_m=(sfd_m, gcd_m))


def distance_to(end: Distances, place: int) -> tuple[float, float]:
    """Transport distances from a place to where waste is unloaded, metres: shortest way, great circle."""
    return float(end.sfd_to_m[place]), float(end.gcd_m[place])


@dataclass
class TripLog:
    """Trips of one run, in blocks of equal operator and vehicle type, and what they picked up."""

    warmup: int
    blocks: list[tuple[str, str, Ints, Ints, Floats]] = field(default_factory=list)
    """Operator, vehicle type, driven tours, extras, haulage."""
    pickups: list[PickUp] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    """Of trips with batteries."""
    flows: list[tuple[Charge, Flow]] = field(default_factory=list)
    """What was drawn from sockets, by the trip whose energy it put back."""

    def add(self, operator: str, vehicle_type: str, tours: Ints, extras: Ints, haulage: Floats) -> None:
        """Enter trips."""
        rows = (np.atleast_2d(tours), np.atleast_2d(extras), np.atleast_2d(haulage))
        self.blocks.append((operator, vehicle_type, *rows))

    def pickup_table(self) -> dict[str, Column]:
        """All pick-ups after the warm-up, by time."""
        kept = [p for p in self.pickups if p.day >= self.warmup]
        kept.sort(key=lambda p: (p.load.second, p.box, p.operator))

        def whole(values: list[int]) -> NDArray[np.int32]:
            return np.array(values, np.int32)

        table: dict[str, Column] = {
            "day": whole([p.day - self.warmup for p in kept]),
            "second": whole([p.load.second - p.day * DAY_S for p in kept]),
            "box": whole([p.box for p in kept]),
            "operator": np.array([p.operator for p in kept], str),
            "vehicle": whole([p.vehicle for p in kept]),
            "vehicle_type": np.array([p.vehicle_type for p in kept], str),
            "purpose": PURPOSES[whole([p.purpose for p in kept])],
            "depart_s": whole([p.depart_s for p in kept]),
            "containers": whole([p.load.containers for p in kept]),
            "litres": np.array([p.load.ml / 1000 for p in kept], float),
            "points": np.array([p.load.points / 1000 for p in kept], float),
        }
        for number, fraction in enumerate(FRACTIONS):
            table[f"g_{fraction}"] = whole([p.load.by_fraction_g[number] for p in kept])
        table["sfd_m"] = np.array([p.sfd_m for p in kept], float)
        table["gcd_m"] = np.array([p.gcd_m for p in kept], float)
        return table

    def charge_table(self, trips: Mapping[str, Column]) -> dict[str, Column]:
        """Charges that put energy of trips after the warm-up back, by trip, then by time.

        A charge that puts the energy of several trips back has a row for each, one after the other on its clock. What a
        run's last trips took and nobody has put back by its end is in no row.

        Parameters
        ----------
        trips
            What `table` returns.
        """
        rows: list[tuple[int, float, Flow]] = []
        if self.flows:
            keys = zip(*(trips[name].tolist() for name in _KEY), strict=True)
            row_of = {key: row for row, key in enumerate(keys)}
            for charge, flow in self.flows:
                operator, purpose, day, *rest = charge.trip
                if (row := row_of.get((operator, str(PURPOSES[purpose]), day - self.warmup, *rest))) is not None:
                    rows.append((row, flow.start_s - day * DAY_S, flow))
            rows.sort(key=lambda one: one[:2])
        trip = np.array([row for row, _, _ in rows], np.int32)
        return {
            "trip": trip,
            **{name: trips[name][trip] for name in _KEY},
            "start_s": np.array([start_s for _, start_s, _ in rows], float),
            "kw": np.array([flow.kw for _, _, flow in rows], float),
            "kwh": np.array([flow.kwh for _, _, flow in rows], float),
            "place": np.array([flow.place for _, _, flow in rows], str),
        }

    def table(self) -> dict[str, Column]:
        """All trips after the warm-up, by day, then in the order in which they were entered."""
        tours = np.concatenate([block[2] for block in self.blocks])
        extras = np.concatenate([block[3] for block in self.blocks])
        haulage = np.concatenate([block[4] for block in self.blocks])
        sizes = [len(block[2]) for block in self.blocks]
        day = tours[:, t.TOUR_DAY] - self.warmup
        rows = np.flatnonzero(day >= 0)
        rows = rows[np.argsort(day[rows], kind="stable")]
        tours, extras, haulage = tours[rows], extras[rows], haulage[rows]
        volume = np.maximum(extras[:, X_LIMIT_ML], 1)
        table: dict[str, Column] = {
            "day": day[rows].astype(np.int32),
            "operator": np.repeat(np.array([block[0] for block in self.blocks]), sizes)[rows],
            "vehicle": tours[:, t.TOUR_VEHICLE].astype(np.int32),
            "vehicle_type": np.repeat(np.array([block[1] for block in self.blocks]), sizes)[rows],
            "purpose": PURPOSES[extras[:, X_PURPOSE]],
            "depart_s": tours[:, t.TOUR_DEPART],
            "return_s": tours[:, t.TOUR_RETURN],
            "metres": tours[:, t.TOUR_METRES],
            "driving_s": tours[:, t.TOUR_DRIVING],
            "service_s": tours[:, t.TOUR_SERVICE],
            "stops": extras[:, X_STOPS],
            "box_stops": extras[:, X_BOX_STOPS],
        }
        for band in range(BANDS):
            table[f"metres_b{band}"] = tours[:, t.TOUR_BAND_METRES + band]
        for band in range(BANDS):
            table[f"seconds_b{band}"] = tours[:, t.TOUR_BAND_SECONDS + band]
        table |= {
            "detour_parcel_m": extras[:, X_PARCEL_M],
            "detour_parcel_s": extras[:, X_PARCEL_S],
            "detour_waste_m": extras[:, X_WASTE_M],
            "detour_waste_s": extras[:, X_WASTE_S],
            "waste_g": extras[:, X_WASTE_G],
            "waste_containers": extras[:, X_CONTAINERS],
            "waste_points_milli": extras[:, X_POINTS],
            "parcels_l": tours[:, t.TOUR_START_ML] / 1000,
            "fill_start": tours[:, t.TOUR_START_ML] / volume,
            "fill_peak": tours[:, t.TOUR_PEAK_ML] / volume,
            "breakdown": extras[:, X_BREAKDOWN].astype(np.int8),
        }
        for column, name in enumerate(h.HAULAGE):
            table[name] = haulage[:, column].astype(np.int64) if name in h.HAULAGE_COUNTS else haulage[:, column]
        table |= self._charged(table, extras[:, X_PURPOSE])
        return {name: column.astype(np.int32) if column.dtype == np.int64 else column for name, column in table.items()}

    def _charged(self, table: dict[str, Column], purpose: Ints) -> dict[str, Column]:
        """Columns of what was charged after each trip and on it."""
        trips = len(purpose)
        start_s, kw, kwh = np.full(trips, -1, np.int64), np.zeros(trips), np.zeros(trips)
        if self.charges:
            of_trip = {charge.trip: charge for charge in self.charges}
            day = np.asarray(table["day"], np.int64) + self.warmup
            columns = (table["operator"], purpose, day, table["vehicle"], table["depart_s"])
            for row, trip in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
                if charge := of_trip.get(trip):
                    start_s[row], kw[row], kwh[row] = charge.start_s, charge.kw, charge.socket_kwh
        return {"charge_start_s": start_s, "charge_kw": kw, "charged_kwh": kwh}


def trip_columns() -> tuple[str, ...]:
    """Names of the columns of every table of trips."""
    log = TripLog(0)
    none = np.zeros((0, t.TOUR_COLUMNS), np.int64), np.zeros((0, EXTRA_COLUMNS), np.int64)
    log.add("", "", *none, np.zeros((0, h.HAULAGE_COLUMNS)))
    return tuple(log.table())
