"""Compiled planning of one carrier's days: fixed territories, local search, repair of what does not fit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from molosim.routing import tours as t
from molosim.routing.charging import Chargers, charge, put, take
from molosim.routing.local_search import improve
from molosim.runtime.arrays import Ints
from molosim.runtime.numba_cache import kernel

UNPLANNABLE = -1
SEARCHED, IMPROVED, KEPT = range(3)
"""Whose order a van's stops come in: the search's over its territory; a given tour's, made shorter or as it is."""
_NEVER = 1 << 40


class PlanRules(NamedTuple):
    """How days are planned."""

    first_box: int
    """Places from here on are boxes, which vehicles may have to keep away from."""
    depart_s: int
    kicks: int
    """How hard a tour is searched."""
    order: int
    """Whose order the stops of a van come in: `SEARCHED`, or that of given tours, as it is (`KEPT`) or made shorter
    (`IMPROVED`); then stops at boxes, in whatever van's rows they stand, go into the tours where they cost least."""


class DayTours(NamedTuple):
    """Tours of one day while they are planned, one for each vehicle."""

    buffer: Ints
    """(vehicles, room, STOP_COLUMNS), of which each has the first ``sizes`` rows."""
    sizes: Ints
    tours: Ints


@kernel
def order_stops(stops, depot, seconds, kicks):
    """Put stops in the order of a short tour from the depot and back; in place."""
    n = stops.shape[0] + 1
    places = np.empty(n, np.int64)
    places[0] = depot
    places[1:] = stops[:, t.STOP_PLACE]
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
        before = stops[i - 1, t.STOP_PLACE] if i > 0 else depot
        after = stops[i + 1, t.STOP_PLACE] if i + 1 < stops.shape[0] else depot
        here = stops[i, t.STOP_PLACE]
        saved = (
            np.int64(seconds[before, here]) + seconds[here, after] - seconds[before, after] + stops[i, t.STOP_SERVICE]
        )
        if saved > best:
            best, at = saved, i
    return at


@kernel
def _cheapest_leg(stops, depot, place, seconds):
    """Seconds added and position of the cheapest insertion of a place."""
    best, at = np.int64(_NEVER), 0
    for i in range(stops.shape[0] + 1):
        before = stops[i - 1, t.STOP_PLACE] if i > 0 else depot
        after = stops[i, t.STOP_PLACE] if i < stops.shape[0] else depot
        added = np.int64(seconds[before, place]) + seconds[place, after] - seconds[before, after]
        if added < best:
            best, at = added, i
    return best, at


@kernel
def _move_in(day, stop, first_box, vehicles, vans):
    """Insert a stop into the tour where it costs least and that stays sound; False where none does."""
    buffer, sizes, tours = day
    place, limits = stop[t.STOP_PLACE], vehicles.limits
    added, at = np.empty(vans, np.int64), np.empty(vans, np.int64)
    for van in range(vans):
        seconds = vehicles.seconds[vehicles.periods[van]]
        added[van], at[van] = _cheapest_leg(buffer[van, : sizes[van]], vehicles.depot, place, seconds)
        slack = limits[van, t.LIMIT_RETURN] - tours[van, t.TOUR_RETURN]
        roomy = (
            tours[van, t.TOUR_PEAK_ML] - stop[t.STOP_ML] <= limits[van, t.LIMIT_ML]
            and tours[van, t.TOUR_PEAK_G] - stop[t.STOP_G] <= limits[van, t.LIMIT_G]
            and (place < first_box or limits[van, t.LIMIT_AT_BOXES] == 1)
        )
        if not roomy or added[van] + stop[t.STOP_SERVICE] > slack or sizes[van] + 1 >= buffer.shape[1]:
            added[van] = _NEVER
    for _ in range(vans):
        van = int(np.argmin(added))
        if added[van] >= _NEVER:
            return False
        size = sizes[van]
        put(buffer[van], size, at[van], stop)
        t.drive_vehicle(tours[van], buffer[van, : size + 1], van, vehicles)
        if t.fault(tours[van], limits[van]) == 0:
            sizes[van] = size + 1
            return True
        take(buffer[van], size + 1, at[van])
        t.drive_vehicle(tours[van], buffer[van, :size], van, vehicles)
        added[van] = _NEVER
    return False


@kernel
def _own_van(day, stop, depart_s, vehicles, used):
    """Give a stop an extra van of its own; False where there is none or it does not even fit that."""
    buffer, sizes, tours = day
    if used == buffer.shape[0]:
        return False
    tours[used] = 0
    tours[used, t.TOUR_DEPART] = depart_s
    buffer[used, 0] = stop
    sizes[used] = 1
    t.drive_vehicle(tours[used], buffer[used, :1], used, vehicles)
    return t.fault(tours[used], vehicles.limits[used]) == 0


@kernel
def _relieve(day, rules, chargers, vehicles, van, found, used):
    """Make a tour that breaks a limit (``found``, see `fault`) shorter by a stop, or let it charge on its way.

    Returns the number of tours with the extra ones, or `UNPLANNABLE`.
    """
    buffer, sizes, tours = day
    size = sizes[van]
    worst = _dearest(buffer[van, :size], vehicles.depot, vehicles.seconds[vehicles.periods[van]])
    stop = buffer[van, worst].copy()
    take(buffer[van], size, worst)
    sizes[van] = size - 1
    t.drive_vehicle(tours[van], buffer[van, : size - 1], van, vehicles)
    if _move_in(day, stop, rules.first_box, vehicles, used):
        return used
    if found == t.TOO_FAR:
        put(buffer[van], size - 1, worst, stop)
        t.drive_vehicle(tours[van], buffer[van, :size], van, vehicles)
        room = buffer.shape[1] - size - 1
        charges = charge(buffer[van], size, tours[van], van, chargers, vehicles, room)
        if charges > 0:
            sizes[van] = size + charges
            return used
        take(buffer[van], size, worst)
        t.drive_vehicle(tours[van], buffer[van, : size - 1], van, vehicles)
    own = _own_van(day, stop, rules.depart_s, vehicles, used)
    return used + 1 if own else UNPLANNABLE


@kernel
def _repair(day, moved, rules, chargers, vehicles, vans):
    """Take stops out of tours that break a limit; put them elsewhere, at need into tours of extra vans.

    A tour that is too long for its battery and whose stops fit no other van charges on its way, if it can. ``moved``
    are stops that their own vans may not make. Returns the number of tours with the extra ones, or `UNPLANNABLE` when
    a stop does not even fit a van of its own.
    """
    buffer, sizes, tours = day
    used = vans
    for van in range(vans):
        while sizes[van] > 0:
            found = t.fault(tours[van], vehicles.limits[van])
            if found == 0:
                break
            used = _relieve(day, rules, chargers, vehicles, van, found, used)
            if used == UNPLANNABLE:
                return UNPLANNABLE
    for stop in moved:
        if _move_in(day, stop, rules.first_box, vehicles, used):
            continue
        if not _own_van(day, stop, rules.depart_s, vehicles, used):
            return UNPLANNABLE
        used += 1
    for van in range(vans, used):
        mine = buffer[van, : sizes[van]]
        before = mine.copy()
        order_stops(mine, vehicles.depot, vehicles.seconds[vehicles.periods[van]], rules.kicks)
        t.drive_vehicle(tours[van], mine, van, vehicles)
        if t.fault(tours[van], vehicles.limits[van]) != 0:  # shorter by the search's period, yet late by the hour's
            mine[:] = before
            t.drive_vehicle(tours[van], mine, van, vehicles)
    return used


@kernel
def _own_stops(stops, mine, moved, count, first_box, may_come):
    """Copy a van's stops of a day into ``mine``, those that it may not make into ``moved``; sizes of both."""
    size = 0
    for i in range(stops.shape[0]):
        if may_come or stops[i, t.STOP_PLACE] < first_box:
            mine[size] = stops[i]
            size += 1
        else:
            moved[count] = stops[i]
            count += 1
    return size, count


@kernel
def _write_day(number, day, used, out_stops, out_tours, count, at):
    """Enter the first ``used`` tours of a day that have stops; rows behind the last tour and stop."""
    buffer, sizes, tours = day
    for van in range(used):
        if sizes[van] == 0:
            continue
        tours[van, t.TOUR_DAY], tours[van, t.TOUR_VEHICLE] = number, van
        tours[van, t.TOUR_FIRST], tours[van, t.TOUR_LAST] = at, at + sizes[van]
        out_stops[at : at + sizes[van]] = buffer[van, : sizes[van]]
        out_tours[count] = tours[van]
        at += sizes[van]
        count += 1
    return count, at


@kernel
def plan_days(stops, firsts, vehicles, range_m, chargers, rules, out_stops, out_tours):
    """Plan every day of a carrier.

    Parameters
    ----------
    stops
        (n, STOP_COLUMNS) all stops, sorted by day, territory and master order.
    firsts
        (days, vans + 1) rows of ``stops`` at which each territory's stops of a day begin; a territory is a van.
    vehicles
        `Vehicles` in their shift: (vans + extra), where extra ones are called for what the fleet cannot do.
    range_m
        (days, vans + extra) metres that each vehicle may drive on a full battery.
    chargers, rules
        `Chargers` and `PlanRules`.
    out_stops, out_tours
        Room for the result: all stops in driving order, those for charging included, and a row a tour.

    Returns
    -------
    int, int
        Number of tours; and the day that cannot be planned, or -1.
    """
    days, vans, every = firsts.shape[0], firsts.shape[1] - 1, vehicles.limits.shape[0]
    most = max(16, np.max(firsts[:, 1:] - firsts[:, :-1])) if days * vans > 0 else 16
    day = DayTours(
        np.empty((every, 2 * most, t.STOP_COLUMNS), np.int64),
        np.empty(every, np.int64),
        np.zeros((every, t.TOUR_COLUMNS), np.int64),
    )
    todays = vehicles.limits.copy()
    now = t.Vehicles(vehicles.depot, todays, vehicles.seconds, vehicles.metres, vehicles.periods, vehicles.hours)
    count = at = 0
    for number in range(days):
        if firsts[number, 0] == firsts[number, vans]:
            continue
        todays[:, t.LIMIT_RANGE_M] = range_m[number]
        moved = _lay_out(day, stops, firsts[number], rules, now)
        sockets = Chargers(chargers.places, chargers.metres_per_s[number])
        used = _repair(day, moved, rules, sockets, now, vans)
        if used == UNPLANNABLE:
            return count, number
        count, at = _write_day(number, day, used, out_stops, out_tours, count, at)
    return count, -1


@kernel
def _lay_out(day, stops, firsts, rules, vehicles):
    """Let each van drive the stops of its territory; returns those that it may not make."""
    day.tours[:] = 0
    vans = firsts.shape[0] - 1
    moved, left = np.empty((firsts[vans] - firsts[0], t.STOP_COLUMNS), np.int64), 0
    for van in range(vans):
        may_come = rules.order == SEARCHED and vehicles.limits[van, t.LIMIT_AT_BOXES] == 1
        mine = stops[firsts[van] : firsts[van + 1]]
        day.sizes[van], left = _own_stops(mine, day.buffer[van], moved, left, rules.first_box, may_come)
        mine = day.buffer[van, : day.sizes[van]]
        day.tours[van, t.TOUR_DEPART] = rules.depart_s
        if mine.shape[0] > 0 and rules.order != KEPT:
            order_stops(mine, vehicles.depot, vehicles.seconds[vehicles.periods[van]], rules.kicks)
        t.drive_vehicle(day.tours[van], mine, van, vehicles)
    return moved[:left]
