"""Compiled planning of one carrier's days: fixed territories, local search, repair of what does not fit."""

from __future__ import annotations

import numpy as np

from molosim.routing.charging import charge, put, take, tell_van
from molosim.routing.local_search import improve
from molosim.routing.tours import (
    LIMIT_AT_BOXES,
    LIMIT_G,
    LIMIT_ML,
    LIMIT_RANGE_M,
    LIMIT_RETURN,
    STOP_COLUMNS,
    STOP_G,
    STOP_ML,
    STOP_PLACE,
    STOP_SERVICE,
    TOO_FAR,
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
)
from molosim.runtime.numba_cache import kernel

UNPLANNABLE = -1
SEARCHED, IMPROVED, KEPT = range(3)
"""Whose order a van's stops come in: the search's over its territory; a given tour's, made shorter or as it is."""
_NEVER = 1 << 40


@kernel
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


@kernel
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


@kernel
def _cheapest_leg(stops, depot, place, seconds):
    """Seconds added and position of the cheapest insertion of a place."""
    best, at = np.int64(_NEVER), 0
    for i in range(stops.shape[0] + 1):
        before = stops[i - 1, STOP_PLACE] if i > 0 else depot
        after = stops[i, STOP_PLACE] if i < stops.shape[0] else depot
        added = np.int64(seconds[before, place]) + seconds[place, after] - seconds[before, after]
        if added < best:
            best, at = added, i
    return best, at


@kernel
def _move_in(buffer, sizes, tours, limits, stop, first_box, depot, ways, vans):
    """Insert a stop into the tour where it costs least and that stays sound; False where none does."""
    place = stop[STOP_PLACE]
    added, at = np.empty(vans, np.int64), np.empty(vans, np.int64)
    seconds, _, periods, _ = ways
    for van in range(vans):
        added[van], at[van] = _cheapest_leg(buffer[van, : sizes[van]], depot, place, seconds[periods[van]])
        slack = limits[van, LIMIT_RETURN] - tours[van, TOUR_RETURN]
        roomy = (
            tours[van, TOUR_PEAK_ML] - stop[STOP_ML] <= limits[van, LIMIT_ML]
            and tours[van, TOUR_PEAK_G] - stop[STOP_G] <= limits[van, LIMIT_G]
            and (place < first_box or limits[van, LIMIT_AT_BOXES] == 1)
        )
        if not roomy or added[van] + stop[STOP_SERVICE] > slack or sizes[van] + 1 >= buffer.shape[1]:
            added[van] = _NEVER
    for _ in range(vans):
        van = int(np.argmin(added))
        if added[van] >= _NEVER:
            return False
        size = sizes[van]
        put(buffer[van], size, at[van], stop)
        tell_van(tours[van], buffer[van, : size + 1], van, depot, ways)
        if fault(tours[van], limits[van]) == 0:
            sizes[van] = size + 1
            return True
        take(buffer[van], size + 1, at[van])
        tell_van(tours[van], buffer[van, :size], van, depot, ways)
        added[van] = _NEVER
    return False


@kernel
def _own_van(buffer, sizes, tours, limits, stop, depart_s, depot, ways, used):
    """Give a stop an extra van of its own; False where there is none or it does not even fit that."""
    if used == buffer.shape[0]:
        return False
    tours[used] = 0
    tours[used, TOUR_DEPART] = depart_s
    buffer[used, 0] = stop
    sizes[used] = 1
    tell_van(tours[used], buffer[used, :1], used, depot, ways)
    return fault(tours[used], limits[used]) == 0


@kernel
def _relieve(buffer, sizes, tours, limits, first_box, chargers, depart_s, depot, ways, van, found, used):
    """Make a tour that breaks a limit (``found``, see `fault`) shorter by a stop, or let it charge on its way.

    Returns the number of tours with the extra ones, or `UNPLANNABLE`.
    """
    seconds, _, periods, _ = ways
    size = sizes[van]
    worst = _dearest(buffer[van, :size], depot, seconds[periods[van]])
    stop = buffer[van, worst].copy()
    take(buffer[van], size, worst)
    sizes[van] = size - 1
    tell_van(tours[van], buffer[van, : size - 1], van, depot, ways)
    if _move_in(buffer, sizes, tours, limits, stop, first_box, depot, ways, used):
        return used
    if found == TOO_FAR:
        put(buffer[van], size - 1, worst, stop)
        tell_van(tours[van], buffer[van, :size], van, depot, ways)
        room = buffer.shape[1] - size - 1
        charges = charge(buffer[van], size, tours[van], limits[van], van, chargers, depot, ways, room)
        if charges > 0:
            sizes[van] = size + charges
            return used
        take(buffer[van], size, worst)
        tell_van(tours[van], buffer[van, : size - 1], van, depot, ways)
    own = _own_van(buffer, sizes, tours, limits, stop, depart_s, depot, ways, used)
    return used + 1 if own else UNPLANNABLE


@kernel
def _repair(buffer, sizes, tours, limits, moved, first_box, chargers, depart_s, depot, ways, vans, kicks):
    """Take stops out of tours that break a limit; put them elsewhere, at need into tours of extra vans.

    A tour that is too long for its battery and whose stops fit no other van charges on its way, if it can. ``moved``
    are stops that their own vans may not make. Returns the number of tours with the extra ones, or `UNPLANNABLE` when
    a stop does not even fit a van of its own.
    """
    seconds, _, periods, _ = ways
    used = vans
    for van in range(vans):
        while sizes[van] > 0:
            found = fault(tours[van], limits[van])
            if found == 0:
                break
            used = _relieve(buffer, sizes, tours, limits, first_box, chargers, depart_s, depot, ways, van, found, used)
            if used == UNPLANNABLE:
                return UNPLANNABLE
    for stop in moved:
        if _move_in(buffer, sizes, tours, limits, stop, first_box, depot, ways, used):
            continue
        if not _own_van(buffer, sizes, tours, limits, stop, depart_s, depot, ways, used):
            return UNPLANNABLE
        used += 1
    for van in range(vans, used):
        mine = buffer[van, : sizes[van]]
        before = mine.copy()
        order_stops(mine, depot, seconds[periods[van]], kicks)
        tell_van(tours[van], mine, van, depot, ways)
        if fault(tours[van], limits[van]) != 0:  # shorter by the search's period, yet late by the hour's
            mine[:] = before
            tell_van(tours[van], mine, van, depot, ways)
    return used


@kernel
def _own_stops(stops, mine, moved, count, first_box, may_come):
    """Copy a van's stops of a day into ``mine``, those that it may not make into ``moved``; sizes of both."""
    size = 0
    for i in range(stops.shape[0]):
        if may_come or stops[i, STOP_PLACE] < first_box:
            mine[size] = stops[i]
            size += 1
        else:
            moved[count] = stops[i]
            count += 1
    return size, count


@kernel
def _write_day(day, buffer, sizes, tours, out_stops, out_tours, count, at):
    """Enter the tours of a day that have stops, from row ``count`` on; rows behind the last tour and stop."""
    for van in range(buffer.shape[0]):
        if sizes[van] == 0:
            continue
        tours[van, TOUR_DAY], tours[van, TOUR_VEHICLE] = day, van
        tours[van, TOUR_FIRST], tours[van, TOUR_LAST] = at, at + sizes[van]
        out_stops[at : at + sizes[van]] = buffer[van, : sizes[van]]
        out_tours[count] = tours[van]
        at += sizes[van]
        count += 1
    return count, at


@kernel
def plan_days(
    stops, firsts, depot, first_box, depart_s, limits, range_m, chargers, kicks, order, ways, out_stops, out_tours
):  # fmt: skip
    """Plan every day of a carrier.

    Parameters
    ----------
    stops
        (n, STOP_COLUMNS) all stops, sorted by day, territory and master order.
    firsts
        (days, vans + 1) rows of ``stops`` at which each territory's stops of a day begin; a territory is a van.
    first_box
        Places from here on are boxes, which vehicles may have to keep away from.
    limits
        (vans + extra, LIMITS) of each vehicle in its shift (see `tours`); extra ones are called for what the fleet
        cannot do.
    range_m
        (days, vans + extra) metres that each vehicle may drive on a full battery.
    chargers
        Places of sockets on the way, and (days, vans + extra, places) metres of range that a second there puts back.
    order
        Whose order the stops of a van come in: `SEARCHED`, or that of given tours, as it is (`KEPT`) or made shorter
        (`IMPROVED`); then stops at boxes, in whatever van's rows they stand, go into the tours where they cost least.
    ways
        Seconds and metres between places; of each vehicle the period whose travel times the search uses, and the
        period of each hour (vans + extra, 24), by which tours are told.
    out_stops, out_tours
        Room for the result: all stops in driving order, those for charging included, and a row a tour.

    Returns
    -------
    int, int
        Number of tours; and the day that cannot be planned, or -1.
    """
    days, vans, every = firsts.shape[0], firsts.shape[1] - 1, limits.shape[0]
    places, rates = chargers
    seconds, _, periods, _ = ways
    most = 16
    for day in range(days):
        for van in range(vans):
            most = max(most, firsts[day, van + 1] - firsts[day, van])
    buffer = np.empty((every, 2 * most, STOP_COLUMNS), np.int64)
    sizes = np.empty(every, np.int64)
    tours = np.zeros((every, TOUR_COLUMNS), np.int64)
    todays = limits.copy()
    count = at = 0
    for day in range(days):
        if firsts[day, 0] == firsts[day, vans]:
            continue
        tours[:] = 0
        todays[:, LIMIT_RANGE_M] = range_m[day]
        moved, left = np.empty((firsts[day, vans] - firsts[day, 0], STOP_COLUMNS), np.int64), 0
        for van in range(vans):
            today = stops[firsts[day, van] : firsts[day, van + 1]]
            may_come = order == SEARCHED and limits[van, LIMIT_AT_BOXES] == 1
            sizes[van], left = _own_stops(today, buffer[van], moved, left, first_box, may_come)
            mine = buffer[van, : sizes[van]]
            tours[van, TOUR_DEPART] = depart_s
            if sizes[van] > 0 and order != KEPT:
                order_stops(mine, depot, seconds[periods[van]], kicks)
            tell_van(tours[van], mine, van, depot, ways)
        used = _repair(
            buffer, sizes, tours, todays, moved[:left], first_box, (places, rates[day]), depart_s, depot, ways, vans,
            kicks,
        )  # fmt: skip
        if used == UNPLANNABLE:
            return count, day
        count, at = _write_day(day, buffer[:used], sizes, tours, out_stops, out_tours, count, at)
    return count, -1
