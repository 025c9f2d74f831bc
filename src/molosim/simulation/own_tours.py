"""Own tours of carriers in a world: which stops on which simulated day, and how the model drives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.fleet import OwnTours
from molosim.routing import tours as t
from molosim.routing.day_plans import OwnOrder
from molosim.routing.territories import master_order
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import Fault, refuse
from molosim.simulation.chance import HomeStops
from molosim.simulation.world import World
from molosim.stops import summary
from molosim.stops.own import OwnStops, repeated


def own_home_stops(world: World) -> tuple[HomeStops | None, ...]:
    """By carrier, the stops of its own table over the simulated days; None where it has none.

    Raises
    ------
    ScenarioError
        A day has more tours than the carrier has vehicles.
    """
    found: list[HomeStops | None] = []
    faults: list[Fault] = []
    first = world.roads.addresses
    for number, own in enumerate(world.roads.own):
        home = world.scenario.carriers[number].home
        if own is None or not isinstance(home, OwnTours):
            found.append(None)
            continue
        faults += _too_many_tours(world, number, own, home)
        found.append(_over_the_horizon(world, number, own, home, first))
        first += len(own.places)
    refuse(faults)
    return tuple(found)


def own_tours(world: World, number: int, home: HomeStops) -> OwnOrder | None:
    """How planning treats a carrier's tours; None where it plans them itself."""
    spec, own = world.scenario.carriers[number].home, world.roads.own[number]
    if home.tour is None or own is None or not isinstance(spec, OwnTours):
        return None
    return OwnOrder(home.tour, improve=spec.order == "improved" or not own.table.sequenced)


def days_repeated(world: World, number: int, own: OwnStops) -> Ints:
    """Day of the table that each simulated day has, -1 where the carrier does not drive."""
    carrier, horizon = world.scenario.carriers[number], world.scenario.horizon
    home = carrier.home
    dates = np.datetime64(horizon.start) + np.arange(world.days.count)
    by_weekday = isinstance(home, OwnTours) and home.repeat == "weekday"
    return repeated(own, dates, world.days.worked(carrier.shift), by_weekday=by_weekday)


def _keeps_tours(home: OwnTours, own: OwnStops) -> bool:
    return home.order != "anew" and "tour" not in own.table.missing


def _too_many_tours(world: World, number: int, own: OwnStops, home: OwnTours) -> Iterator[Fault]:
    vans, table = world.fleets[number].vans, own.table
    if not _keeps_tours(home, own):
        return
    tours, day = table.tour[own.rows], table.day[own.rows]
    worst = int(np.argmax(tours))
    if tours[worst] >= vans:
        name = f"day {day[worst] + 1}" if np.isnat(table.dates[day[worst]]) else str(table.dates[day[worst]])
        problem = f"found {vans} vehicles; {table.file} has {tours[worst] + 1} tours on {name}"
        yield Fault(f"carriers.{number}.vans", f"{problem}: must be at least as many, or home.order = 'anew'")


def _over_the_horizon(world: World, number: int, own: OwnStops, home: OwnTours, first: int) -> HomeStops:
    """Stops of all simulated days; ``first`` is the number of the carrier's first own place."""
    of_day = days_repeated(world, number, own)
    table_day = own.table.day[own.rows]
    parts = [np.flatnonzero(table_day == day) for day in of_day[of_day >= 0].tolist()]
    stops = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    days = np.repeat(np.flatnonzero(of_day >= 0), [len(part) for part in parts])
    service_s, litres, kg = own.known(home)

    def whole(values: Floats, scale: float, least: int) -> NDArray[np.int32]:
        return np.maximum(least, np.rint(values[stops] * scale)).astype(np.int32)

    return HomeStops(
        day=days.astype(np.int32),
        address=(first + own.place[stops]).astype(np.int32),
        ml=whole(litres, 1000, 1),
        g=whole(kg, 1000, 1),
        service_s=whole(service_s, 1, 0),
        tour=own.table.tour[own.rows[stops]].astype(np.int32) if _keeps_tours(home, own) else None,
    )


def driven_tours(world: World, number: int) -> dict[str, list[Any]]:
    """Each tour of a carrier's table as the model drives it from the depot and back, boxes left out.

    Tours whose order the table does not say are in a short one.

    Returns
    -------
    dict
        Columns of `summary.tours`, and ``km``, ``driving_h``, ``hours`` from depot to depot, ``breaks``: the first of
        the vehicle's limits that the tour breaks, "" where none, and ``late_min``: mean minutes by which simulated
        arrivals are later than the table's, None where it has none.
    """
    own, fleet, travel = world.roads.own[number], world.fleets[number], world.travel
    home = world.scenario.carriers[number].home
    if own is None or not isinstance(home, OwnTours):
        return {}
    stops = _table_rows(world, number, own, home)
    bounds, arrivals_s = _bounds(own), own.table.arrive_s[own.rows]
    columns = summary.tours(own.table, own.rows)
    driven: dict[str, list[Any]] = {name: [] for name in ("km", "driving_h", "hours", "breaks", "late_min")}
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        kind = int(fleet.type_of[max(0, min(int(own.table.tour[own.rows[first]]), fleet.vans - 1))])
        tour, mine, arrive_s = np.zeros(t.TOUR_COLUMNS, np.int64), stops[first:last].copy(), arrivals_s[first:last]
        if not own.table.sequenced:
            nodes = np.r_[fleet.depot, mine[:, t.STOP_PLACE]]
            order = np.argsort(master_order(travel.seconds[0][np.ix_(nodes, nodes)]))[1:] - 1
            mine, arrive_s = mine[order], arrive_s[order]
        tour[t.TOUR_DEPART] = fleet.depart_s
        ways = t.Ways(travel.seconds, travel.metres, fleet.hours[kind])
        t.drive(tour, mine, fleet.depot, fleet.depot, ways)
        late = (mine[:, t.STOP_ARRIVE] - arrive_s) / 60
        driven["km"].append(round(int(tour[t.TOUR_METRES]) / 1000, 3))
        driven["driving_h"].append(round(int(tour[t.TOUR_DRIVING]) / 3600, 3))
        driven["hours"].append(round(int(tour[t.TOUR_RETURN] - tour[t.TOUR_DEPART]) / 3600, 3))
        driven["breaks"].append(t.FAULTS[t.fault(tour, fleet.limits[kind])])
        driven["late_min"].append(None if np.isnan(late).all() else round(float(np.nanmean(late)), 1))
    return columns | driven


def _bounds(own: OwnStops) -> Ints:
    """First stop of each tour of a carrier, among its own, and their number."""
    keys = np.stack([own.table.day[own.rows], own.table.tour[own.rows]], axis=1)
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=0) != 0, axis=1)])
    return np.append(starts, len(own.rows)).astype(np.int64)


def _table_rows(world: World, number: int, own: OwnStops, home: OwnTours) -> Ints:
    """Rows of all stops of the table, as planning has them."""
    first = world.roads.addresses + sum(len(o.places) for o in world.roads.own[:number] if o is not None)
    rows = np.zeros((len(own.rows), t.STOP_COLUMNS), np.int64)
    rows[:, t.STOP_PLACE] = first + own.place
    service_s, litres, kg = own.known(home)
    rows[:, t.STOP_SERVICE] = np.rint(service_s)
    rows[:, t.STOP_ML], rows[:, t.STOP_G] = np.rint(litres * -1000), np.rint(kg * -1000)
    return rows


def overview(world: World, number: int) -> Iterator[str]:
    """What a carrier's table amounts to in this world, a line each."""
    own, home = world.roads.own[number], world.scenario.carriers[number].home
    if own is None or not isinstance(home, OwnTours):
        return
    table = own.table
    yield f"own tours of {table.file.name}: {summary.of_carrier(table, own.rows)}; {len(own.places)} places on the map"
    yield from _repeated(world, number, own)
    if _keeps_tours(home, own):
        tours = driven_tours(world, number)
        yield (
            f"a tour is {np.mean(tours['km']):.1f} km and {np.mean(tours['hours']):.1f} h on average, boxes left out,"
            f" of which {np.mean(tours['driving_h']):.1f} h driving"
        )
        broken = [name for name in tours["breaks"] if name]
        if broken:
            kinds = ", ".join(f"{broken.count(name)} {name}" for name in sorted(set(broken)))
            yield (
                f"{len(broken)} of {len(tours['breaks'])} tours break a limit of their vehicle ({kinds}): they lose"
                " stops to other vehicles of that day"
            )
        late = [minutes for minutes in tours["late_min"] if minutes is not None]
        if late:
            yield f"without boxes, simulated arrivals are {np.mean(late):+.0f} min from the table's on average"
    yield from summary.not_said(table)


def _repeated(world: World, number: int, own: OwnStops) -> Iterator[str]:
    of_day = days_repeated(world, number, own)
    dates = np.datetime64(world.scenario.horizon.start) + np.arange(world.days.count)
    held = own.table.dates
    same = int(sum(day >= 0 and held[day] == date for day, date in zip(of_day.tolist(), dates, strict=True)))
    driven = int((of_day >= 0).sum())
    yield f"of {driven} simulated days on which it drives {same} are in the table; the others repeat one of its days"
    unused = len(own.days) - len(np.unique(of_day[of_day >= 0]))
    if unused:
        yield f"{unused} of the table's days are not used in this horizon"
