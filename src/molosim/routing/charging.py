"""Compiled charging on the way of tours that are too long for their batteries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from molosim.routing import tours as t
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.numba_cache import kernel

STEP_S = 300
"""Charging on the way is planned in steps of so many seconds."""
MOST_CHARGES = 8
"""On one tour."""
_NEVER = 1 << 40


class Chargers(NamedTuple):
    """Sockets on the way."""

    places: Ints
    metres_per_s: Floats
    """(vehicles, places) of range that a second there puts back; by day, (days, vehicles, places), for `plan_days`."""


@kernel
def put(stops, size, at, stop):
    """Put a stop in before row ``at``."""
    for i in range(size, at, -1):
        stops[i] = stops[i - 1]
    stops[at] = stop


@kernel
def take(stops, size, at):
    """Take the stop in row ``at`` out."""
    for i in range(at, size - 1):
        stops[i] = stops[i + 1]


@kernel
def charge(stops, size, tour, van, chargers, vehicles, room):
    """Charge on the way, once where that is enough; number of stops added, 0 where that makes no sound tour.

    ``van`` is the row of `Vehicles`; ``stops`` has room for ``room`` more. Charging takes whole steps, no more of them
    than it must.
    """
    if room < 1 or chargers.places.shape[0] == 0:
        return 0
    if _charge_once(stops, size, tour, van, chargers, vehicles):
        return 1
    return _charge_often(stops, size, tour, van, chargers, vehicles, min(room, MOST_CHARGES))


@kernel
def _charge_once(stops, size, tour, van, chargers, vehicles):
    """Charge once on the way, where the van is back earliest; False where that makes no sound tour.

    The stop never puts back more than there is room for.
    """
    places, metres_per_s = chargers
    limits, depot, way = vehicles.limits[van], vehicles.depot, vehicles.metres[vehicles.periods[van]]
    best, best_at, chosen = np.int64(_NEVER), -1, np.zeros(t.STOP_COLUMNS, np.int64)
    stop = np.zeros(t.STOP_COLUMNS, np.int64)
    lacking = tour[t.TOUR_RANGE_M] - limits[t.LIMIT_RANGE_M]
    for charger in range(places.shape[0]):
        rate = metres_per_s[van, charger]
        if rate <= 0:
            continue
        for at in range(size + 1):
            here = stops[at - 1, t.STOP_PLACE] if at > 0 else depot
            there = stops[at, t.STOP_PLACE] if at < size else depot
            more = lacking + way[here, places[charger]] + way[places[charger], there] - way[here, there]
            steps = np.ceil(max(more, 1) / rate / STEP_S)
            stop[t.STOP_PLACE], stop[t.STOP_SERVICE] = places[charger], np.int64(steps) * STEP_S
            stop[t.STOP_CHARGE_M] = min(np.int64(stop[t.STOP_SERVICE] * rate), limits[t.LIMIT_RANGE_M])
            put(stops, size, at, stop)
            t.drive_vehicle(tour, stops[: size + 1], van, vehicles)
            if t.fault(tour, limits) == 0 and tour[t.TOUR_RETURN] < best:
                best, best_at = tour[t.TOUR_RETURN], at
                chosen[:] = stop
            take(stops, size + 1, at)
    if best_at >= 0:
        put(stops, size, best_at, chosen)
        t.drive_vehicle(tour, stops[: size + 1], van, vehicles)
        return True
    t.drive_vehicle(tour, stops[:size], van, vehicles)
    return False


@kernel
def _charge_often(stops, size, tour, van, chargers, vehicles, most):
    """Charge again and again, each time where a full battery brings the tour farthest for the time that it takes.

    Then every stop gives the time back that it does not need. Returns the number of stops, 0 where the tour is not
    sound with so many as there may be; the tour is then as it was.
    """
    before, count, limits = stops[:size].copy(), 0, vehicles.limits[van]
    while tour[t.TOUR_RANGE_M] > limits[t.LIMIT_RANGE_M] and count < most:
        at, stop = _best_charge(stops, size + count, tour, van, chargers, vehicles)
        if at < 0:
            break
        put(stops, size + count, at, stop)
        count += 1
        t.drive_vehicle(tour, stops[: size + count], van, vehicles)
    if tour[t.TOUR_RANGE_M] <= limits[t.LIMIT_RANGE_M]:
        _charge_less(stops[: size + count], tour, van, chargers, vehicles)
        if t.fault(tour, limits) == 0:
            return count
    stops[:size] = before
    t.drive_vehicle(tour, stops[:size], van, vehicles)
    return 0


@kernel
def _best_charge(stops, size, tour, van, chargers, vehicles):
    """Where to charge fully next, -1 for nowhere, and the stop: most range gained for each second.

    Only where the van comes with what it has.
    """
    places, metres_per_s = chargers
    limits = vehicles.limits[van]
    lacking, back = tour[t.TOUR_RANGE_M] - limits[t.LIMIT_RANGE_M], tour[t.TOUR_RETURN]
    best, best_at, chosen = 0.0, -1, np.zeros(t.STOP_COLUMNS, np.int64)
    stop = np.zeros(t.STOP_COLUMNS, np.int64)
    for charger in range(places.shape[0]):
        rate = metres_per_s[van, charger]
        if rate <= 0:
            continue
        for at in range(size + 1):
            stop[t.STOP_PLACE], stop[t.STOP_SERVICE], stop[t.STOP_CHARGE_M] = places[charger], 0, 0
            put(stops, size, at, stop)
            t.drive_vehicle(tour, stops[: size + 1], van, vehicles)
            behind_m, most_m = _behind(tour, stops, at, van, vehicles)
            if most_m <= limits[t.LIMIT_RANGE_M]:
                _set_charge(stops[at], np.int64(np.ceil(behind_m / rate / STEP_S)), rate, limits)
                t.drive_vehicle(tour, stops[: size + 1], van, vehicles)
                gained = lacking - max(0, tour[t.TOUR_RANGE_M] - limits[t.LIMIT_RANGE_M])
                value = gained / max(1, tour[t.TOUR_RETURN] - back)
                if value > best:
                    best, best_at = value, at
                    chosen[:] = stops[at]
            take(stops, size + 1, at)
    t.drive_vehicle(tour, stops[:size], van, vehicles)
    return best_at, chosen


@kernel
def _set_charge(stop, steps, rate, limits):
    """Let a stop for charging take so many steps."""
    stop[t.STOP_SERVICE] = steps * STEP_S
    stop[t.STOP_CHARGE_M] = min(np.int64(stop[t.STOP_SERVICE] * rate), limits[t.LIMIT_RANGE_M])


@kernel
def _behind(tour, stops, at, van, vehicles):
    """Metres that a driven tour is behind a full battery on arrival at stop ``at``, and the most until then."""
    metres, hours = vehicles.metres, vehicles.hours[van]
    behind_m = most_m = np.int64(0)
    leaves, here = tour[t.TOUR_DEPART], vehicles.depot
    for i in range(at + 1):
        there = stops[i, t.STOP_PLACE]
        behind_m += np.int64(metres[t.period_at(hours, leaves), here, there])
        most_m = max(most_m, behind_m)
        if i < at:
            behind_m = max(np.int64(0), behind_m - stops[i, t.STOP_CHARGE_M])
            leaves, here = stops[i, t.STOP_ARRIVE] + stops[i, t.STOP_SERVICE], there
    return behind_m, most_m


@kernel
def _charge_less(stops, tour, van, chargers, vehicles):
    """Take steps of charging away from a tour whose range is enough, from the last stop on, as long as it stays so."""
    places, metres_per_s = chargers
    limits = vehicles.limits[van]
    for at in range(stops.shape[0] - 1, -1, -1):
        if stops[at, t.STOP_CHARGE_M] == 0:
            continue
        rate = 0.0
        for charger in range(places.shape[0]):
            if places[charger] == stops[at, t.STOP_PLACE]:
                rate = metres_per_s[van, charger]
        steps = stops[at, t.STOP_SERVICE] // STEP_S
        while steps > 1:
            _set_charge(stops[at], steps - 1, rate, limits)
            t.drive_vehicle(tour, stops, van, vehicles)
            if tour[t.TOUR_RANGE_M] > limits[t.LIMIT_RANGE_M]:
                break
            steps -= 1
        _set_charge(stops[at], steps, rate, limits)
    t.drive_vehicle(tour, stops, van, vehicles)


@kernel
def charge_today(tours, stops, size, number, chargers, vehicles):
    """Let a tour of a day charge on its way (see `charge`); returns the number of the day's stops afterwards.

    ``chargers`` and ``vehicles`` have a row for each tour; later tours of the day move along. ``stops`` has
    room for `MOST_CHARGES` more.
    """
    first, last = tours[number, t.TOUR_FIRST], tours[number, t.TOUR_LAST]
    mine = np.zeros((last - first + MOST_CHARGES, t.STOP_COLUMNS), np.int64)
    mine[: last - first] = stops[first:last]
    more = charge(mine, last - first, tours[number], number, chargers, vehicles, MOST_CHARGES)
    if more == 0:
        return size
    for i in range(size - 1, last - 1, -1):
        stops[i + more] = stops[i]
    stops[first : last + more] = mine[: last - first + more]
    tours[number, t.TOUR_LAST] += more
    for later in range(number + 1, tours.shape[0]):
        tours[later, t.TOUR_FIRST] += more
        tours[later, t.TOUR_LAST] += more
    return size + more
