"""Compiled cheapest insertion of box visits among the explicit legs of a carrier's day."""

from __future__ import annotations

import numpy as np

from molosim.routing import tours as t
from molosim.runtime.numba_cache import kernel, leaf

_NEVER = 1 << 40

# Columns of a planned visit of a box: tour, box, arrival, planned service, load on arrival, row of its stop
VISIT_TOUR, VISIT_BOX, VISIT_ARRIVE, VISIT_SERVICE, VISIT_ML, VISIT_G, VISIT_ROW = range(7)
VISIT_COLUMNS = 7


@leaf
def search(tours, stops, service_s, vehicles, to_place, from_place, found):
    """Find for each tour the cheapest insertion of a place.

    Parameters
    ----------
    vehicles
        `Vehicles`, one for each tour.
    to_place, from_place
        (periods, places) seconds to the place and from it.
    found
        (2, tours), filled: seconds that the insertion adds to the drive, and the row of its stop. A tour that would be
        back too late, or may not come to boxes, gets more seconds than any detour has.
    """
    limits, depot = vehicles.limits, vehicles.depot
    for tour in range(tours.shape[0]):
        hours = vehicles.hours[tour]
        first, last = tours[tour, t.TOUR_FIRST], tours[tour, t.TOUR_LAST]
        best, where = np.int64(_NEVER), first
        leaves = tours[tour, t.TOUR_DEPART]
        hour_ends, period = np.int64(-1), np.int64(0)
        for i in range(first, last + 1):
            if leaves >= hour_ends:
                period = t.period_at(hours, leaves)
                hour_ends = (leaves // 3600 + 1) * 3600
            there = to_place[period, stops[i - 1, t.STOP_PLACE] if i > first else depot]
            on = from_place[period, stops[i, t.STOP_PLACE] if i < last else depot]
            arrives = stops[i, t.STOP_ARRIVE] if i < last else tours[tour, t.TOUR_RETURN]
            more = np.int64(there) + on - (arrives - leaves)
            if more < best:
                best, where = more, i
            if i < last:
                leaves = arrives + stops[i, t.STOP_SERVICE]
        late = tours[tour, t.TOUR_RETURN] + best + service_s > limits[tour, t.LIMIT_RETURN]
        found[0, tour] = _NEVER if late or limits[tour, t.LIMIT_AT_BOXES] == 0 else best
        found[1, tour] = where


@kernel
def _shift(tours, stops, size, tour, at, by):
    """Make room for (by 1) or close (by -1) a stop of a tour; later tours of the day move along."""
    if by > 0:
        for i in range(size, at, -1):
            stops[i] = stops[i - 1]
    else:
        for i in range(at, size - 1):
            stops[i] = stops[i + 1]
    tours[tour, t.TOUR_LAST] += by
    for later in range(tour + 1, tours.shape[0]):
        tours[later, t.TOUR_FIRST] += by
        tours[later, t.TOUR_LAST] += by


@kernel
def _book(tour, service_s, ml, grams):
    """Book one more delivery of a tour that only delivers, so that it is fullest when it leaves."""
    tour[t.TOUR_SERVICE] += service_s
    tour[t.TOUR_START_ML] += ml
    tour[t.TOUR_START_G] += grams
    tour[t.TOUR_PEAK_ML], tour[t.TOUR_PEAK_G] = tour[t.TOUR_START_ML], tour[t.TOUR_START_G]


@kernel
def _drive_over(tour, stops, at, depot, ways):
    """Drive a tour whose stop ``at`` is new, from its arrival there on; its service and load are booked already."""
    seconds, metres, hours = ways
    before = stops[at - 1, t.STOP_PLACE] if at > 0 else depot
    leaves = stops[at - 1, t.STOP_ARRIVE] + stops[at - 1, t.STOP_SERVICE] if at > 0 else tour[t.TOUR_DEPART]
    last = at + 1 == stops.shape[0]
    place, after = stops[at, t.STOP_PLACE], depot if last else stops[at + 1, t.STOP_PLACE]
    period = t.period_at(hours, leaves)
    t.add_leg(tour, np.int64(metres[period, before, after]), np.int64(seconds[period, before, after]), -1)
    there_s, there_m = np.int64(seconds[period, before, place]), np.int64(metres[period, before, place])
    t.add_leg(tour, there_m, there_s, 1)
    stops[at, t.STOP_ARRIVE], stops[at, t.STOP_LEG_M] = leaves + there_s, there_m
    leaves += there_s + stops[at, t.STOP_SERVICE]
    period = t.period_at(hours, leaves)
    on_s, on_m = np.int64(seconds[period, place, after]), np.int64(metres[period, place, after])
    t.add_leg(tour, on_m, on_s, 1)
    if last:
        tour[t.TOUR_RETURN] = leaves + on_s
        return
    stops[at + 1, t.STOP_LEG_M] = on_m
    by = leaves + on_s - stops[at + 1, t.STOP_ARRIVE]
    left = stops[at + 1, t.STOP_ARRIVE] + stops[at + 1, t.STOP_SERVICE]
    stops[at + 1, t.STOP_ARRIVE] += by
    t.push_back(tour, stops, at + 1, left, by, depot, ways)


@kernel
def _set_range(tour, stops, charges):
    """Write down the range that a changed tour needs; all its metres where it does not charge on its way."""
    if charges:
        t.set_range(tour, stops)
    else:
        tour[t.TOUR_RANGE_M] = tour[t.TOUR_METRES]


@kernel
def insert(tours, stops, size, stop, found, most_added, vehicles):
    """Insert a stop where `search` found it cheapest and the tour stays sound; ``vehicles`` and ``found`` as there.

    Returns
    -------
    tuple
        The tour or -1, and the metres and seconds (service included) that the tour grew by.
    """
    added, at = found[0], found[1]
    for _ in range(tours.shape[0]):
        tour = int(np.argmin(added))
        if added[tour] > most_added:
            break
        before_m, before_s = tours[tour, t.TOUR_METRES], tours[tour, t.TOUR_RETURN]
        charges = tours[tour, t.TOUR_RANGE_M] != before_m
        _shift(tours, stops, size, tour, at[tour], 1)
        stops[at[tour]] = stop
        first, last = tours[tour, t.TOUR_FIRST], tours[tour, t.TOUR_LAST]
        _book(tours[tour], stop[t.STOP_SERVICE], -stop[t.STOP_ML], -stop[t.STOP_G])
        ways = t.Ways(vehicles.seconds, vehicles.metres, vehicles.hours[tour])
        _drive_over(tours[tour], stops[first:last], at[tour] - first, vehicles.depot, ways)
        _set_range(tours[tour], stops[first:last], charges)
        if t.fault(tours[tour], vehicles.limits[tour]) == 0:
            return tour, tours[tour, t.TOUR_METRES] - before_m, tours[tour, t.TOUR_RETURN] - before_s
        _shift(tours, stops, size + 1, tour, at[tour], -1)
        t.drive_vehicle(tours[tour], stops[first : last - 1], tour, vehicles)
        added[tour] = _NEVER
    return -1, 0, 0


@kernel
def amend(tours, stops, at, service_s, ml, grams, vehicles):
    """Let the visit in row ``at`` bring more; False where its tour would break a limit (then nothing changes).

    ``vehicles`` as in `search`.
    """
    tour = np.searchsorted(tours[:, t.TOUR_FIRST], at, side="right") - 1
    first = tours[tour, t.TOUR_FIRST]
    mine = stops[first : tours[tour, t.TOUR_LAST]]
    charges = tours[tour, t.TOUR_RANGE_M] != tours[tour, t.TOUR_METRES]
    ways = t.Ways(vehicles.seconds, vehicles.metres, vehicles.hours[tour])
    for sign in (1, -1):
        left = stops[at, t.STOP_ARRIVE] + stops[at, t.STOP_SERVICE]
        stops[at, t.STOP_SERVICE] += sign * service_s
        stops[at, t.STOP_ML] -= sign * ml
        stops[at, t.STOP_G] -= sign * grams
        _book(tours[tour], sign * service_s, sign * ml, sign * grams)
        t.push_back(tours[tour], mine, at - first, left, sign * service_s, vehicles.depot, ways)
        _set_range(tours[tour], mine, charges)
        if t.fault(tours[tour], vehicles.limits[tour]) == 0:
            break
    return sign == 1


@kernel
def box_visits(tours, stops, first_box, last_box, visits):
    """Write all visits of boxes (VISIT_COLUMNS) in the order of tours; returns how many."""
    count = 0
    for tour in range(tours.shape[0]):
        ml, grams = tours[tour, t.TOUR_START_ML], tours[tour, t.TOUR_START_G]
        for i in range(tours[tour, t.TOUR_FIRST], tours[tour, t.TOUR_LAST]):
            place = stops[i, t.STOP_PLACE]
            if first_box <= place < last_box:
                row = visits[count]
                row[VISIT_TOUR], row[VISIT_BOX], row[VISIT_ARRIVE] = tour, place - first_box, stops[i, t.STOP_ARRIVE]
                row[VISIT_SERVICE], row[VISIT_ML], row[VISIT_G], row[VISIT_ROW] = stops[i, t.STOP_SERVICE], ml, grams, i
                count += 1
            ml += stops[i, t.STOP_ML]
            grams += stops[i, t.STOP_G]
    return count
