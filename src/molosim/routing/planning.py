"""Compiled planning of one carrier's days: fixed territories, local search, repair of what does not fit."""

from __future__ import annotations

import numpy as np
from numba import njit

from molosim.routing.local_search import improve
from molosim.routing.tours import (
    LIMIT_G,
    LIMIT_ML,
    LIMIT_RETURN,
    STOP_COLUMNS,
    STOP_G,
    STOP_ML,
    STOP_PLACE,
    STOP_SERVICE,
    TOUR_COLUMNS,
    TOUR_DAY,
    TOUR_DEPART,
    TOUR_FIRST,
    TOUR_LAST,
    TOUR_PEAK_G,
    TOUR_PEAK_ML,
    TOUR_RETURN,
    TOUR_VEHICLE,
    fault,
    tell,
)

UNPLANNABLE = -1


@njit(cache=True)
def order_stops(stops, depot, seconds, kicks):
    """Put stops in the order of a short tour from the depot and back; in place."""
    n = stops.shape[0] + 1
    places = np.empty(n, np.int64)
    places[0] = depot
    places[1:] = stops[:, STOP_PLACE]
    cost = np.empty((n, n), np.int32)
    for i in range(n):
        row = seconds[places[i]]
        for j in range(n):
            cost[i, j] = row[places[j]]
    tour = np.arange(n)
    improve(cost, tour, kicks)
    stops[:] = stops[tour[1:] - 1]


@njit(cache=True)
def _dearest(stops, depot, seconds):
    """Stop whose removal saves most time, its service included."""
    best, at = np.int64(-1), 0
    for i in range(stops.shape[0]):
        before = stops[i - 1, STOP_PLACE] if i > 0 else depot
        after = stops[i + 1, STOP_PLACE] if i + 1 < stops.shape[0] else depot
        here = stops[i, STOP_PLACE]
        saved = np.int64(seconds[before, here]) + seconds[here, after] - seconds[before, after] + stops[i, STOP_SERVICE]
        if saved > best:
            best, at = saved, i
    return at


@njit(cache=True)
def _cheapest_leg(stops, depot, place, seconds):
    """Seconds added and position of the cheapest insertion of a place."""
    best, at = np.int64(1 << 40), 0
    for i in range(stops.shape[0] + 1):
        before = stops[i - 1, STOP_PLACE] if i > 0 else depot
        after = stops[i, STOP_PLACE] if i < stops.shape[0] else depot
        added = np.int64(seconds[before, place]) + seconds[place, after] - seconds[before, after]
        if added < best:
            best, at = added, i
    return best, at


@njit(cache=True)
def _move_in(buffer, sizes, tours, limits, stop, depot, day_seconds, seconds, metres, period_of_hour, vans):
    """Insert a stop into the tour where it costs least and that stays sound; False where none does."""
    place = stop[STOP_PLACE]
    added, at = np.empty(vans, np.int64), np.empty(vans, np.int64)
    for van in range(vans):
        added[van], at[van] = _cheapest_leg(buffer[van, : sizes[van]], depot, place, day_seconds)
        slack = limits[LIMIT_RETURN] - tours[van, TOUR_RETURN]
        roomy = (
            tours[van, TOUR_PEAK_ML] - stop[STOP_ML] <= limits[LIMIT_ML]
            and tours[van, TOUR_PEAK_G] - stop[STOP_G] <= limits[LIMIT_G]
        )
        if not roomy or added[van] + stop[STOP_SERVICE] > slack or sizes[van] + 1 >= buffer.shape[1]:
            added[van] = 1 << 40
    for _ in range(vans):
        van = int(np.argmin(added))
        if added[van] >= 1 << 40:
            return False
        size = sizes[van]
        for i in range(size, at[van], -1):
            buffer[van, i] = buffer[van, i - 1]
        buffer[van, at[van]] = stop
        tell(tours[van], buffer[van, : size + 1], depot, depot, seconds, metres, period_of_hour)
        if fault(tours[van], limits) == 0:
            sizes[van] = size + 1
            return True
        for i in range(at[van], size):
            buffer[van, i] = buffer[van, i + 1]
        tell(tours[van], buffer[van, :size], depot, depot, seconds, metres, period_of_hour)
        added[van] = 1 << 40
    return False


@njit(cache=True)
def _repair(buffer, sizes, tours, limits, depot, day_seconds, seconds, metres, period_of_hour, vans, kicks):
    """Take stops out of tours that break a limit; put them elsewhere, at need into tours of extra vans.

    Returns the number of tours with the extra ones, or `UNPLANNABLE` when a stop does not even fit a van of its own.
    """
    used = vans
    for van in range(vans):
        while sizes[van] > 0 and fault(tours[van], limits) != 0:
            worst = _dearest(buffer[van, : sizes[van]], depot, day_seconds)
            stop = buffer[van, worst].copy()
            for i in range(worst, sizes[van] - 1):
                buffer[van, i] = buffer[van, i + 1]
            sizes[van] -= 1
            tell(tours[van], buffer[van, : sizes[van]], depot, depot, seconds, metres, period_of_hour)
            if _move_in(buffer, sizes, tours, limits, stop, depot, day_seconds, seconds, metres, period_of_hour, used):
                continue
            if used == buffer.shape[0]:
                return UNPLANNABLE
            tours[used] = 0
            tours[used, TOUR_DEPART] = tours[van, TOUR_DEPART]
            buffer[used, 0] = stop
            tell(tours[used], buffer[used, :1], depot, depot, seconds, metres, period_of_hour)
            if fault(tours[used], limits) != 0:
                return UNPLANNABLE
            sizes[used] = 1
            used += 1
    for van in range(vans, used):
        mine = buffer[van, : sizes[van]]
        before = mine.copy()
        order_stops(mine, depot, day_seconds, kicks)
        tell(tours[van], mine, depot, depot, seconds, metres, period_of_hour)
        if fault(tours[van], limits) != 0:  # shorter by the search's period, yet late by the hour's
            mine[:] = before
            tell(tours[van], mine, depot, depot, seconds, metres, period_of_hour)
    return used


@njit(cache=True)
def plan_days(
    stops, firsts, depot, depart_s, limits, extra_vans, kicks, period, seconds, metres, period_of_hour, out_stops,
    out_tours,
):  # fmt: skip
    """Plan every day of a carrier.

    Parameters
    ----------
    stops
        (n, STOP_COLUMNS) all stops, sorted by day, territory and master order.
    firsts
        (days, vans + 1) rows of ``stops`` at which each territory's stops of a day begin; a territory is a van.
    limits
        Of the vehicle and its shift (see `tours`).
    extra_vans
        Most extra vans a day that may be called for what the fleet cannot do.
    period
        Whose travel times the search uses; tours are told with those of the hour.
    out_stops, out_tours
        Room for the result: all stops in driving order, and a row a tour.

    Returns
    -------
    int, int
        Number of tours; and the day that cannot be planned, or -1.
    """
    days, vans = firsts.shape[0], firsts.shape[1] - 1
    most = 16
    for day in range(days):
        for van in range(vans):
            most = max(most, firsts[day, van + 1] - firsts[day, van])
    buffer = np.empty((vans + extra_vans, 2 * most, STOP_COLUMNS), np.int64)
    sizes = np.empty(vans + extra_vans, np.int64)
    tours = np.zeros((vans + extra_vans, TOUR_COLUMNS), np.int64)
    day_seconds = seconds[period]
    count = at = 0
    for day in range(days):
        if firsts[day, 0] == firsts[day, vans]:
            continue
        tours[:] = 0
        for van in range(vans):
            first, last = firsts[day, van], firsts[day, van + 1]
            sizes[van] = last - first
            mine = buffer[van, : last - first]
            mine[:] = stops[first:last]
            tours[van, TOUR_DEPART] = depart_s
            if last > first:
                order_stops(mine, depot, day_seconds, kicks)
            tell(tours[van], mine, depot, depot, seconds, metres, period_of_hour)
        used = _repair(buffer, sizes, tours, limits, depot, day_seconds, seconds, metres, period_of_hour, vans, kicks)
        if used == UNPLANNABLE:
            return count, day
        for van in range(used):
            if sizes[van] == 0:
                continue
            tours[van, TOUR_DAY], tours[van, TOUR_VEHICLE] = day, van
            tours[van, TOUR_FIRST], tours[van, TOUR_LAST] = at, at + sizes[van]
            out_stops[at : at + sizes[van]] = buffer[van, : sizes[van]]
            out_tours[count] = tours[van]
            at += sizes[van]
            count += 1
    return count, -1
