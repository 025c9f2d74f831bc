"""Day plans of a carrier: explicit stops of every van and day, planned once, kept, shared by alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from molosim.network.travel import Travel
from molosim.routing import tours as t
from molosim.routing.charging import MOST_CHARGES, Chargers
from molosim.routing.planning import IMPROVED, KEPT, SEARCHED, PlanRules, plan_days
from molosim.routing.territories import firsts_of
from molosim.runtime.arrays import Floats, Ints, Ints32
from molosim.runtime.cache import content_key, kept
from molosim.runtime.errors import InfeasiblePlanError

KICKS = 25
"""How hard a day's tour is searched; see ``benchmarks/planning.py`` for what more would bring."""
_FORMAT = "molosim day plans 3"
_KEPT_STOP_COLUMNS = 7
"""Points and tipping are not part of a day plan."""


@dataclass(frozen=True, eq=False)
class Fleet:
    """What planning must know of a carrier; places are numbers in `Travel`.

    Vehicles are numbered: the carrier's own, then extra ones that are called for what those cannot do.
    """

    name: str
    depot: int
    first_box: int
    """Places from here on, up to the facilities, are boxes."""
    vans: int
    """Vehicles of its own."""
    depart_s: int
    types: tuple[str, ...]
    """Names of its vehicle types."""
    type_of: Ints
    """(vans + extra) number of the type of each vehicle."""
    limits: Ints
    """(types, LIMITS), see `tours`."""
    hours: Ints
    """(types, 24) period of each hour on the type's network."""
    periods: Ints
    """(types,) whose travel times the search uses."""
    range_m: Ints
    """(days, types) that a full battery is planned for; more than any tour has where there is none."""
    chargers: Ints
    """Places with sockets on the way."""
    charge_m_per_s: Floats
    """(days, types, chargers) metres of range that a second there puts back."""
    rank: Ints
    """Of every place in the master order."""
    bounds: Ints
    """(vans + 1) first ranks of the territories."""
    roads_key: str
    """Content of the roads and places behind `Travel`."""


@dataclass(frozen=True, eq=False)
class DayPlans:
    """All tours of a carrier in a replication, sorted by day."""

    tours: Ints
    """(n, TOUR_COLUMNS)."""
    stops: Ints32
    """(stops, 6): the first columns of a stop, in driving order."""
    day_first: Ints
    """(days + 1) first tour of each day."""


@dataclass(frozen=True, eq=False)
class OwnOrder:
    """Tours that are given."""

    tour: Ints32
    """Of the first stops, in driving order: the number of its tour on its day, below the number of vehicles. Stops
    behind them have none yet and are put in where they cost least."""
    improve: bool
    """Whether each tour's stops may be put in a shorter order."""


def plan(
    fleet: Fleet,
    day: Ints32,
    stops: Ints32,
    days: int,
    travel: Travel,
    *,
    cache: Path,
    own: OwnOrder | None = None,
) -> DayPlans:
    """Plan all days, or take the plans from the cache.

    Parameters
    ----------
    day, stops
        Day of each stop, and (n, 4) its place, service, volume and mass (negative: delivered).
    own
        Where tours are given and not planned from territories.

    Raises
    ------
    InfeasiblePlanError
        A day's stops do not fit, not even with as many extra vans as the fleet has.
    """
    key = content_key(
        _FORMAT, KICKS, fleet.depot, fleet.first_box, fleet.vans, fleet.depart_s, fleet.type_of, fleet.limits,
        fleet.hours, fleet.periods, fleet.range_m, fleet.chargers, fleet.charge_m_per_s, fleet.rank, fleet.bounds, day,
        stops, days, fleet.roads_key, *(() if own is None else (own.tour, own.improve)),
        *((MOST_CHARGES,) if len(fleet.chargers) else ()),
    )  # fmt: skip
    flat = kept(cache / f"plans-{key}.npy", lambda: _flat(fleet, day, stops, days, travel, own=own))
    count, size = int(flat[0]), int(flat[1])
    tours = flat[2 : 2 + count * t.TOUR_COLUMNS].reshape(count, t.TOUR_COLUMNS).astype(np.int64)
    rest = flat[2 + count * t.TOUR_COLUMNS :].reshape(size, _KEPT_STOP_COLUMNS)
    return DayPlans(tours, rest, np.searchsorted(tours[:, t.TOUR_DAY], np.arange(days + 1)))


def _sorted_rows(fleet: Fleet, day: Ints32, stops: Ints32) -> tuple[Ints, Ints]:
    """Days and full rows in master order; what comes to one place on one day is one stop."""
    order = np.lexsort((fleet.rank[stops[:, 0]], day))
    day, stops = day[order], stops[order]
    first = np.flatnonzero(np.r_[True, (np.diff(day) != 0) | (np.diff(stops[:, 0]) != 0)][: len(day)])
    rows = np.zeros((len(first), t.STOP_COLUMNS), np.int64)
    rows[:, t.STOP_PLACE] = stops[first, 0]
    if len(first):
        rows[:, [t.STOP_SERVICE, t.STOP_ML, t.STOP_G]] = np.add.reduceat(stops[:, 1:], first, axis=0)
    return day[first].astype(np.int64), rows


def _own_rows(fleet: Fleet, day: Ints32, stops: Ints32, days: int, own: OwnOrder) -> tuple[Ints, Ints]:
    """Full rows by day and tour in their order, and the first row of each day and vehicle."""
    # Stops without a tour stand with the first one: their place in the plan is found later.
    tour = np.zeros(len(day), np.int64)
    tour[: len(own.tour)] = own.tour
    order = np.lexsort((tour, day))
    rows = np.zeros((len(day), t.STOP_COLUMNS), np.int64)
    rows[:, [t.STOP_PLACE, t.STOP_SERVICE, t.STOP_ML, t.STOP_G]] = stops[order]
    vehicle = day[order].astype(np.int64) * fleet.vans + tour[order]
    wanted = np.arange(days)[:, None] * fleet.vans + np.arange(fleet.vans + 1)
    return rows, np.searchsorted(vehicle, wanted.ravel()).reshape(wanted.shape).astype(np.int64)


def _flat(fleet: Fleet, day: Ints32, stops: Ints32, days: int, travel: Travel, *, own: OwnOrder | None) -> Ints32:
    """Plan, and lay the result out as one array: counts, tours, stops."""
    if own is None:
        of_day, rows = _sorted_rows(fleet, day, stops)
        firsts = firsts_of(of_day, fleet.rank[rows[:, t.STOP_PLACE]], fleet.bounds, days)
    else:
        rows, firsts = _own_rows(fleet, day, stops, days, own)
    order = SEARCHED if own is None else IMPROVED if own.improve else KEPT
    kinds = fleet.type_of
    # Charging is a stop too, on tours of the carrier's own vehicles.
    room = MOST_CHARGES * days * fleet.vans if len(fleet.chargers) else 0
    out_stops = np.zeros((len(rows) + room, t.STOP_COLUMNS), np.int64)
    out_tours = np.zeros((days * len(kinds), t.TOUR_COLUMNS), np.int64)
    vehicles = t.Vehicles(
        fleet.depot, fleet.limits[kinds], travel.seconds, travel.metres, fleet.periods[kinds], fleet.hours[kinds]
    )
    range_m, rates = (
        np.broadcast_to(by_day, (days, *by_day.shape[1:])) for by_day in (fleet.range_m, fleet.charge_m_per_s)
    )
    chargers = Chargers(fleet.chargers, np.ascontiguousarray(rates[:, kinds]))
    rules = PlanRules(fleet.first_box, fleet.depart_s, KICKS, order)
    count, failed = plan_days(
        rows, firsts, vehicles, np.ascontiguousarray(range_m[:, kinds]), chargers, rules, out_stops, out_tours
    )
    if failed >= 0:
        raise InfeasiblePlanError.at(f"carrier '{fleet.name}'", _unplannable(fleet, failed))
    size = int(out_tours[count - 1, t.TOUR_LAST]) if count else 0
    sizes = np.array([count, size], np.int32)
    rest = out_stops[:size, :_KEPT_STOP_COLUMNS]
    return np.concatenate([sizes, out_tours[:count].ravel().astype(np.int32), rest.ravel().astype(np.int32)])


def _unplannable(fleet: Fleet, day: int) -> str:
    """Why a day has no plan, in words."""
    extra = len(fleet.type_of) - fleet.vans
    boxes = (
        ""
        if fleet.limits[:, t.LIMIT_AT_BOXES].all()
        else ", stops at boxes within those of vehicles that may come to them"
    )
    return (
        f"day {day} cannot be planned: a stop fits no van and shift, or {fleet.vans} vans and {extra} extra"
        f" ones are too few; allowed are stops within one van's volume, payload, shift and range{boxes}"
    )
