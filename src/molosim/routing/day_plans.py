"""Day plans of a carrier: explicit stops of every van and day, planned once, kept, shared by alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molosim.kept import content_key, kept
from molosim.network.travel import Travel
from molosim.routing.planning import plan_days
from molosim.routing.territories import firsts_of
from molosim.routing.tours import STOP_COLUMNS, STOP_G, STOP_ML, STOP_PLACE, STOP_SERVICE, TOUR_COLUMNS, TOUR_DAY
from molosim.spec import ScenarioError

Ints = NDArray[np.int64]

KICKS = 25
"""How hard a day's tour is searched; see ``benchmarks/planning.py`` for what more would bring."""
_FORMAT = "molosim day plans 1"
_KEPT_STOP_COLUMNS = 5
"""Points and tipping are not part of a day plan."""


@dataclass(frozen=True, eq=False)
class Fleet:
    """What planning must know of a carrier; places are numbers in `Travel`."""

    name: str
    depot: int
    vans: int
    depart_s: int
    limits: Ints
    """See `tours`: volume, mass, points, latest return."""
    rank: Ints
    """Of every place in the master order."""
    bounds: Ints
    """(vans + 1) first ranks of the territories."""
    period: int
    """Period of the day whose travel times the search uses."""
    roads_key: str
    """Content of the roads and places behind `Travel`."""


@dataclass(frozen=True, eq=False)
class DayPlans:
    """All tours of a carrier in a replication, sorted by day."""

    tours: Ints
    """(n, TOUR_COLUMNS)."""
    stops: NDArray[np.int32]
    """(stops, 5): the first columns of a stop, in driving order."""
    day_first: Ints
    """(days + 1) first tour of each day."""


def plan(
    fleet: Fleet, day: NDArray[np.int32], stops: NDArray[np.int32], days: int, travel: Travel, cache: Path
) -> DayPlans:
    """Plan all days, or take the plans from the cache.

    Parameters
    ----------
    day, stops
        Day of each stop, and (n, 4) its place, service, volume and mass (negative: delivered).

    Raises
    ------
    ScenarioError
        A day's stops do not fit, not even with as many extra vans as the fleet has.
    """
    key = content_key(
        _FORMAT, KICKS, fleet.depot, fleet.vans, fleet.depart_s, fleet.limits, fleet.rank, fleet.bounds, fleet.period,
        day, stops, days, travel.period_of_hour, fleet.roads_key,
    )  # fmt: skip
    flat = kept(cache / f"plans-{key}.npy", lambda: _flat(fleet, day, stops, days, travel))
    count, size = int(flat[0]), int(flat[1])
    tours = flat[2 : 2 + count * TOUR_COLUMNS].reshape(count, TOUR_COLUMNS).astype(np.int64)
    rest = flat[2 + count * TOUR_COLUMNS :].reshape(size, _KEPT_STOP_COLUMNS)
    return DayPlans(tours, rest, np.searchsorted(tours[:, TOUR_DAY], np.arange(days + 1)))


def _sorted_rows(fleet: Fleet, day: NDArray[np.int32], stops: NDArray[np.int32]) -> tuple[Ints, Ints]:
    """Days and full rows in master order; what comes to one place on one day is one stop."""
    order = np.lexsort((fleet.rank[stops[:, 0]], day))
    day, stops = day[order], stops[order]
    first = np.flatnonzero(np.r_[True, (np.diff(day) != 0) | (np.diff(stops[:, 0]) != 0)][: len(day)])
    rows = np.zeros((len(first), STOP_COLUMNS), np.int64)
    rows[:, STOP_PLACE] = stops[first, 0]
    if len(first):
        rows[:, [STOP_SERVICE, STOP_ML, STOP_G]] = np.add.reduceat(stops[:, 1:], first, axis=0)
    return day[first].astype(np.int64), rows


def _flat(
    fleet: Fleet, day: NDArray[np.int32], stops: NDArray[np.int32], days: int, travel: Travel
) -> NDArray[np.int32]:
    """Plan, and lay the result out as one array: counts, tours, stops."""
    of_day, rows = _sorted_rows(fleet, day, stops)
    out_stops = np.zeros_like(rows)
    extra_vans = 2 * fleet.vans + 2
    out_tours = np.zeros((days * (fleet.vans + extra_vans), TOUR_COLUMNS), np.int64)
    firsts = firsts_of(of_day, fleet.rank[rows[:, STOP_PLACE]], fleet.bounds, days)
    count, failed = plan_days(
        rows, firsts, fleet.depot, fleet.depart_s, fleet.limits, extra_vans, KICKS, fleet.period, travel.seconds,
        travel.metres, travel.period_of_hour, out_stops, out_tours,
    )  # fmt: skip
    if failed >= 0:
        raise ScenarioError.at(
            f"carrier '{fleet.name}'",
            f"day {failed} cannot be planned: a stop fits no van and shift, or {fleet.vans} vans and {extra_vans} extra"
            " ones are too few; allowed are stops within one van's volume, payload and shift",
        )
    sizes = np.array([count, len(out_stops)], np.int32)
    rest = out_stops[:, :_KEPT_STOP_COLUMNS]
    return np.concatenate([sizes, out_tours[:count].ravel().astype(np.int32), rest.ravel().astype(np.int32)])
