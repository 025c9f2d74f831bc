"""Compiled drive of a tour: where it is when, what it drives and carries; and the check of every plan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from molosim.runtime.arrays import Ints, Ints32
from molosim.runtime.numba_cache import kernel
from molosim.trips import BANDS, SPEED_BANDS_KMH

_BAND_EDGES = np.array(SPEED_BANDS_KMH, np.int64)

# Columns of a stop: place; arrival (second of the day); service; change of load at the stop, negative where delivered;
# metres of range that charging here puts back; metres of the leg that ends here; points x 1000 taken on; 1 where all
# that was picked up is tipped.
STOP_PLACE, STOP_ARRIVE, STOP_SERVICE, STOP_ML, STOP_G, STOP_CHARGE_M, STOP_LEG_M, STOP_POINTS, STOP_TIPS = range(9)
STOP_COLUMNS = 9

# Columns of a tour.
(
    TOUR_DAY,
    TOUR_VEHICLE,
    TOUR_FIRST,
    TOUR_LAST,
    TOUR_DEPART,
    TOUR_RETURN,
    TOUR_METRES,
    TOUR_DRIVING,
    TOUR_SERVICE,
    TOUR_START_ML,
    TOUR_START_G,
    TOUR_PEAK_ML,
    TOUR_PEAK_G,
    TOUR_PEAK_POINTS,
    TOUR_RANGE_M,
    TOUR_BAND_METRES,
) = range(16)
TOUR_BAND_SECONDS = TOUR_BAND_METRES + BANDS
TOUR_COLUMNS = TOUR_BAND_SECONDS + BANDS

# limits[...] of a vehicle and its shift; the last is 0 for vehicles that may not come to boxes
LIMIT_ML, LIMIT_G, LIMIT_POINTS, LIMIT_RETURN, LIMIT_RANGE_M, LIMIT_AT_BOXES = range(6)
LIMITS = 6
ANY_RANGE_M = 1 << 50
"""Range of a vehicle whose battery, if it has one, is no limit."""

FAULTS = ("", "volume", "mass", "ADR points", "shift", "range")
"""What the check may find, by number; 0 is a sound tour."""
LATE, TOO_FAR = 4, 5


class Ways(NamedTuple):
    """Ways of one vehicle between all places."""

    seconds: Ints32
    """(periods, places, places), as `metres`."""
    metres: Ints32
    hours: Ints
    """(24,) period of each hour."""


class Vehicles(NamedTuple):
    """Vehicles of one depot, a row for each vehicle or for the one of each tour, and their ways between all places."""

    depot: int
    limits: Ints
    """(n, LIMITS)."""
    seconds: Ints32
    """(periods, places, places), as `metres`."""
    metres: Ints32
    periods: Ints
    """(n,) whose travel times a search uses."""
    hours: Ints
    """(n, 24) period of each hour."""


@kernel
def band_of(metres, seconds):
    """Number of the band of a leg's mean speed; a leg of no length is slow."""
    band = 0
    while band < BANDS - 1 and metres * 36 >= _BAND_EDGES[band] * 10 * seconds and metres > 0:
        band += 1
    return band


@kernel
def add_leg(tour, metres, seconds, sign):
    """Book a leg (sign 1) or take it off the books (-1)."""
    band = band_of(metres, seconds)
    tour[TOUR_METRES] += sign * metres
    tour[TOUR_DRIVING] += sign * seconds
    tour[TOUR_BAND_METRES + band] += sign * metres
    tour[TOUR_BAND_SECONDS + band] += sign * seconds


@kernel
def period_at(period_of_hour, second):
    """Period of the day in which a leg is driven that starts at this second."""
    return period_of_hour[(second // 3600) % 24]


@kernel
def drive(tour, stops, start, end, ways):
    """Drive a tour from ``start`` to ``end`` (places) over its stops and write down what happens.

    ``ways`` are the vehicle's `Ways`. Fills the arrivals and legs of ``stops`` and all of ``tour`` but its day,
    vehicle, extent and departure, which are given. A leg is driven at the speed of the period in which it starts. The
    range that a tour needs is the most metres that it is behind a full battery at any moment.
    """
    tour[TOUR_METRES : TOUR_METRES + 3] = 0
    tour[TOUR_BAND_METRES:] = 0
    delivered_ml = delivered_g = np.int64(0)
    for i in range(stops.shape[0]):
        delivered_ml -= min(0, stops[i, STOP_ML])
        delivered_g -= min(0, stops[i, STOP_G])
    tour[TOUR_START_ML], tour[TOUR_START_G] = delivered_ml, delivered_g
    tour[TOUR_PEAK_ML], tour[TOUR_PEAK_G], tour[TOUR_PEAK_POINTS] = delivered_ml, delivered_g, 0
    tour[TOUR_RANGE_M] = 0
    ml, grams, points = delivered_ml, delivered_g, np.int64(0)
    picked_ml = picked_g = behind_m = np.int64(0)
    now, here = tour[TOUR_DEPART], start
    for i in range(stops.shape[0] + 1):
        there = stops[i, STOP_PLACE] if i < stops.shape[0] else end
        period = period_at(ways.hours, now)
        leg_s, leg_m = np.int64(ways.seconds[period, here, there]), np.int64(ways.metres[period, here, there])
        add_leg(tour, leg_m, leg_s, 1)
        behind_m += leg_m
        tour[TOUR_RANGE_M] = max(tour[TOUR_RANGE_M], behind_m)
        now += leg_s
        here = there
        if i == stops.shape[0]:
            break
        stops[i, STOP_ARRIVE], stops[i, STOP_LEG_M] = now, leg_m
        now += stops[i, STOP_SERVICE]
        behind_m = max(np.int64(0), behind_m - stops[i, STOP_CHARGE_M])
        tour[TOUR_SERVICE] += stops[i, STOP_SERVICE]
        ml += stops[i, STOP_ML]
        grams += stops[i, STOP_G]
        points += stops[i, STOP_POINTS]
        picked_ml += max(0, stops[i, STOP_ML])
        picked_g += max(0, stops[i, STOP_G])
        tour[TOUR_PEAK_ML] = max(tour[TOUR_PEAK_ML], ml)
        tour[TOUR_PEAK_G] = max(tour[TOUR_PEAK_G], grams)
        tour[TOUR_PEAK_POINTS] = max(tour[TOUR_PEAK_POINTS], points)
        if stops[i, STOP_TIPS] == 1:
            ml, grams, points = ml - picked_ml, grams - picked_g, np.int64(0)
            picked_ml = picked_g = np.int64(0)
    tour[TOUR_RETURN] = now


@kernel
def drive_vehicle(tour, stops, number, vehicles):
    """Drive a tour from the depot and back with one of `Vehicles`."""
    ways = Ways(vehicles.seconds, vehicles.metres, vehicles.hours[number])
    drive(tour, stops, vehicles.depot, vehicles.depot, ways)


@kernel
def set_range(tour, stops):
    """Write down the range that a tour needs whose other columns are known."""
    behind_m = ahead_m = np.int64(0)
    tour[TOUR_RANGE_M] = 0
    for i in range(stops.shape[0]):
        ahead_m += stops[i, STOP_LEG_M]
        behind_m += stops[i, STOP_LEG_M]
        tour[TOUR_RANGE_M] = max(tour[TOUR_RANGE_M], behind_m)
        behind_m = max(np.int64(0), behind_m - stops[i, STOP_CHARGE_M])
    tour[TOUR_RANGE_M] = max(tour[TOUR_RANGE_M], behind_m + tour[TOUR_METRES] - ahead_m)


@kernel
def push_back(tour, stops, at, left, by, end, ways):
    """Let a driven tour leave stop ``at``, which it left at second ``left``, ``by`` seconds later, and drive on.

    The same as `drive` from the start, without looking up legs that stay in their period of the day; the range that the
    tour needs is left to `set_range`.
    """
    seconds, metres, hours = ways
    for i in range(at, stops.shape[0]):
        following = i + 1 < stops.shape[0]
        was, now = period_at(hours, left), period_at(hours, left + by)
        if was != now:
            here, there = stops[i, STOP_PLACE], stops[i + 1, STOP_PLACE] if following else end
            before, after = np.int64(seconds[was, here, there]), np.int64(seconds[now, here, there])
            leg_m = np.int64(metres[now, here, there])
            add_leg(tour, np.int64(metres[was, here, there]), before, -1)
            add_leg(tour, leg_m, after, 1)
            if following:
                stops[i + 1, STOP_LEG_M] = leg_m
            by += after - before
        if following:
            left = stops[i + 1, STOP_ARRIVE] + stops[i + 1, STOP_SERVICE]
            stops[i + 1, STOP_ARRIVE] += by
    tour[TOUR_RETURN] += by


@kernel
def fault(tour, limits):
    """Number of the first thing wrong with a driven tour (see `FAULTS`), 0 where nothing is."""
    if tour[TOUR_PEAK_ML] > limits[LIMIT_ML]:
        return 1
    if tour[TOUR_PEAK_G] > limits[LIMIT_G]:
        return 2
    if tour[TOUR_PEAK_POINTS] > limits[LIMIT_POINTS]:
        return 3
    if tour[TOUR_RETURN] > limits[LIMIT_RETURN]:
        return LATE
    if tour[TOUR_RANGE_M] > limits[LIMIT_RANGE_M]:
        return TOO_FAR
    return 0


@kernel
def faults(tours, limits):
    """`fault` of each tour; ``limits`` has a row for each."""
    found = np.empty(tours.shape[0], np.int64)
    for i in range(tours.shape[0]):
        found[i] = fault(tours[i], limits[i])
    return found
