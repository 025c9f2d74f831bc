"""Compiled: a tour that is too long for its battery charges once on its way."""

from __future__ import annotations

import numpy as np
from numba import njit

from molosim.routing.tours import (
    LIMIT_RANGE_M,
    STOP_CHARGE_M,
    STOP_COLUMNS,
    STOP_PLACE,
    STOP_SERVICE,
    TOUR_FIRST,
    TOUR_LAST,
    TOUR_RANGE_M,
    TOUR_RETURN,
    fault,
    tell,
)

STEP_S = 300
"""Charging on the way is planned in steps of so many seconds."""
_NEVER = 1 << 40


@njit(cache=True)
def put(stops, size, at, stop):
    """Put a stop in before row ``at``."""
    for i in range(size, at, -1):
        stops[i] = stops[i - 1]
    stops[at] = stop


@njit(cache=True)
def take(stops, size, at):
    """Take the stop in row ``at`` out."""
    for i in range(at, size - 1):
        stops[i] = stops[i + 1]


@njit(cache=True)
def tell_van(tour, stops, van, depot, ways):
    """`tell` on a van's own network."""
    seconds, metres, _, hours = ways
    tell(tour, stops, depot, depot, seconds, metres, hours[van])


@njit(cache=True)
def charge(stops, size, tour, limits, van, chargers, depot, ways):
    """Charge once on the way, where the van is back earliest; False where that makes no sound tour.

    ``chargers`` are places and, for each van, the metres of range that a second there puts back. The stop is as long as
    it must be, in whole steps, and never puts back more than there is room for.
    """
    places, metres_per_s = chargers
    _, metres, periods, _ = ways
    best, best_at, chosen = np.int64(_NEVER), -1, np.zeros(STOP_COLUMNS, np.int64)
    stop = np.zeros(STOP_COLUMNS, np.int64)
    lacking = tour[TOUR_RANGE_M] - limits[LIMIT_RANGE_M]
    for charger in range(places.shape[0]):
        rate = metres_per_s[van, charger]
        if rate <= 0:
            continue
        for at in range(size + 1):
            here = stops[at - 1, STOP_PLACE] if at > 0 else depot
            there = stops[at, STOP_PLACE] if at < size else depot
            way = metres[periods[van]]
            more = lacking + way[here, places[charger]] + way[places[charger], there] - way[here, there]
            steps = np.ceil(max(more, 1) / rate / STEP_S)
            stop[STOP_PLACE], stop[STOP_SERVICE] = places[charger], np.int64(steps) * STEP_S
            stop[STOP_CHARGE_M] = min(np.int64(stop[STOP_SERVICE] * rate), limits[LIMIT_RANGE_M])
            put(stops, size, at, stop)
            tell_van(tour, stops[: size + 1], van, depot, ways)
            if fault(tour, limits) == 0 and tour[TOUR_RETURN] < best:
                best, best_at = tour[TOUR_RETURN], at
                chosen[:] = stop
            take(stops, size + 1, at)
    if best_at >= 0:
        put(stops, size, best_at, chosen)
        tell_van(tour, stops[: size + 1], van, depot, ways)
        return True
    tell_van(tour, stops[:size], van, depot, ways)
    return False


@njit(cache=True)
def charge_today(tours, stops, size, number, limits, chargers, depot, ways):
    """Let a tour of a day charge on its way (see `charge`); returns the number of the day's stops afterwards.

    ``limits``, ``chargers`` and ``ways`` have a row for each tour; later tours of the day move along.
    """
    first, last = tours[number, TOUR_FIRST], tours[number, TOUR_LAST]
    mine = np.zeros((last - first + 1, STOP_COLUMNS), np.int64)
    mine[: last - first] = stops[first:last]
    if not charge(mine, last - first, tours[number], limits[number], number, chargers, depot, ways):
        return size
    for i in range(size, last, -1):
        stops[i] = stops[i - 1]
    stops[first : last + 1] = mine
    tours[number, TOUR_LAST] += 1
    for later in range(number + 1, tours.shape[0]):
        tours[later, TOUR_FIRST] += 1
        tours[later, TOUR_LAST] += 1
    return size + 1
