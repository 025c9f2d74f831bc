"""Collection rounds by PyVRP: a municipal vehicle from its depot over boxes, tipping at the reception, and home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from molosim.network.travel import Travel
from molosim.routing import tours as t
from molosim.runtime.arrays import Ints
from molosim.runtime.cache import content_key, kept

if TYPE_CHECKING:
    from pyvrp import ProblemData, VehicleType


_FORMAT = "molosim rounds 3"
_TRIES = 4
_TIP = -1
"""Stands for the reception in a kept sequence."""
_NEXT_VEHICLE = -2
"""Stands before the places of a vehicle of the first type; one less for each further type."""
_NO_LIMIT = np.iinfo(np.int64).max
_PRIZE = 1_000_000
"""Seconds that leaving a box out is worth avoiding: more than any day has."""


@dataclass(frozen=True, slots=True)
class Due:
    """A box to be emptied, with what is in it."""

    place: int
    ml: int
    g: int
    points: int
    """ADR points x 1000."""
    service_s: int


@dataclass(frozen=True, eq=False)
class RoundFleet:
    """What planning rounds must know of the municipality; places are numbers in `Travel`."""

    depot: int
    reception: int
    vehicles: tuple[int, ...]
    """Number of each vehicle type."""
    depart_s: int
    unload_s: int
    limits: Ints
    """(types, LIMITS), see `tours`."""
    period: int
    iterations: int
    roads_key: str


@dataclass(frozen=True, eq=False)
class Round:
    """One vehicle's tour: a driven row and its stops (see `tours`), tipping included."""

    kind: int
    """Number of the vehicle's type."""
    tour: Ints
    stops: Ints


def plan_rounds(fleet: RoundFleet, due: Sequence[Due], travel: Travel, cache: Path) -> list[Round]:
    """Plan today's rounds; boxes that fit no vehicle, shift and range are left for another day.

    The shortest round over a set of boxes does not depend on what is in them as long as one load holds it, so it is
    planned once for the set and used whenever the check passes with today's loads; else today's loads are planned for.
    """
    if not due:
        return []
    ml, g, points = fleet.limits.min(axis=0)[[t.LIMIT_ML, t.LIMIT_G, t.LIMIT_POINTS]].tolist()
    # What one load can hold of a box, whatever vehicle comes; its containers need not all be taken at once.
    due = [
        d
        if d.ml <= ml and d.g <= g and d.points <= points
        else replace(d, ml=min(d.ml, ml), g=min(d.g, g), points=min(d.points, points))
        for d in sorted(due, key=lambda d: d.place)
    ]
    loads, spare_s = False, 0
    for _ in range(_TRIES):
        rounds = _driven_rounds(fleet, _sequence(fleet, due, travel, cache, loads=loads, spare_s=spare_s), due, travel)
        found = [t.fault(r.tour, fleet.limits[r.kind]) for r in rounds]
        if not any(found):
            return rounds
        loads = loads or any(0 < f < t.LATE for f in found)
        # PyVRP knows one speed a road: what the hours of congestion cost must be left free at the end.
        spare_s += max(0, *(int(r.tour[t.TOUR_RETURN] - fleet.limits[r.kind, t.LIMIT_RETURN]) for r in rounds), 0)
    return [sound for r in rounds if (sound := _shortened(fleet, r, travel)) is not None]


def _sequence(fleet: RoundFleet, due: Sequence[Due], travel: Travel, cache: Path, *, loads: bool, spare_s: int) -> Ints:
    """Places in order, `_TIP` and `_NEXT_VEHICLE` between them, planned or kept."""
    jobs = np.array([[d.place, d.service_s, *((d.ml, d.g, d.points) if loads else ())] for d in due])
    key = content_key(
        _FORMAT, fleet.depot, fleet.reception, fleet.vehicles, fleet.depart_s, fleet.unload_s, fleet.limits,
        fleet.period, fleet.iterations, fleet.roads_key, jobs, spare_s,
    )  # fmt: skip
    return kept(cache / "rounds" / f"{key}.npy", lambda: _solve(fleet, due, travel, loads=loads, spare_s=spare_s))


def _solve(fleet: RoundFleet, due: Sequence[Due], travel: Travel, *, loads: bool, spare_s: int) -> Ints:
    import pyvrp  # noqa: PLC0415 - a quarter of a second, and most runs have their rounds kept
    from pyvrp.stop import MaxIterations  # noqa: PLC0415

    home_s = int(travel.seconds[fleet.period, fleet.reception, fleet.depot])
    # The way home from the reception and the last unloading are not part of PyVRP's route.
    latest = int(fleet.limits[:, t.LIMIT_RETURN].min()) - home_s - fleet.unload_s - spare_s
    if latest <= fleet.depart_s:
        return np.zeros(0, np.int64)
    # All boxes if that is possible; asked for what is worth while only, PyVRP is slow to find second loads.
    for required in (True, False):
        data = _problem(fleet, due, travel, latest=latest, loads=loads, required=required)
        result = pyvrp.solve(data, MaxIterations(fleet.iterations), seed=0, collect_stats=False)
        if result.is_feasible():
            break
    sequence: list[int] = []
    for route in result.best.routes() if result.is_feasible() else []:
        sequence.append(_NEXT_VEHICLE - route.vehicle_type())
        sequence += [due[a.idx].place if a.is_client() else _TIP for a in list(route)[1:-1]]
    return np.array(sequence, np.int64)


def _problem(
    fleet: RoundFleet, due: Sequence[Due], travel: Travel, *, latest: int, loads: bool, required: bool
) -> ProblemData:
    """Depot to reception over boxes, required or each worth more than any day's driving; litres, kilograms, points."""
    import pyvrp  # noqa: PLC0415 - as above

    places = [fleet.depot, fleet.reception, *(d.place for d in due)]
    seconds, metres = (
        array[fleet.period][np.ix_(places, places)].astype(np.int64) for array in (travel.seconds, travel.metres)
    )
    clients = [
        pyvrp.Client(
            location=2 + k,
            pickup=[-(-amount // 1000) for amount in (d.ml, d.g, d.points)] if loads else [],
            service_duration=d.service_s,
            required=required,
            prize=0 if required else _PRIZE,
        )
        for k, d in enumerate(due)
    ]
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(float(travel.lon[p]), float(travel.lat[p])) for p in places],
        clients=clients,
        depots=[pyvrp.Depot(location=0), pyvrp.Depot(location=1, service_duration=fleet.unload_s)],
        vehicle_types=_vehicles(fleet, travel, latest=latest, loads=loads),
        distance_matrices=[metres],
        duration_matrices=[seconds],
    )


def _vehicles(fleet: RoundFleet, travel: Travel, *, latest: int, loads: bool) -> list[VehicleType]:
    """From the depot to the reception, from where they still have to come home."""
    import pyvrp  # noqa: PLC0415 - as above

    home_m = int(travel.metres[fleet.period, fleet.reception, fleet.depot])
    return [
        pyvrp.VehicleType(
            num_available=number,
            capacity=[int(limits[column]) // 1000 for column in (t.LIMIT_ML, t.LIMIT_G, t.LIMIT_POINTS)]
            if loads
            else [],
            start_depot=0,
            end_depot=1,
            reload_depots=[1] if loads else [],
            tw_early=fleet.depart_s,
            start_late=fleet.depart_s,
            tw_late=latest,
            max_distance=_NO_LIMIT
            if limits[t.LIMIT_RANGE_M] >= t.ANY_RANGE_M
            else max(0, int(limits[t.LIMIT_RANGE_M]) - home_m),
            unit_distance_cost=0,
            unit_duration_cost=1,
        )
        for number, limits in zip(fleet.vehicles, fleet.limits, strict=True)
    ]


def _driven_rounds(fleet: RoundFleet, sequence: Ints, due: Sequence[Due], travel: Travel) -> list[Round]:
    """The tours of a sequence with today's loads."""
    of_place = {d.place: d for d in due}
    rounds: list[Round] = []
    rows: list[list[int]] = []
    kind = 0
    for place in [*sequence.tolist(), _NEXT_VEHICLE]:
        if place <= _NEXT_VEHICLE:
            if rows:
                rounds.append(_drive_round(fleet, kind, np.array([*rows, _tip(fleet)], np.int64), travel))
            kind, rows = _NEXT_VEHICLE - place, []
        elif place == _TIP:
            rows.append(_tip(fleet))
        else:
            job = of_place[place]
            rows.append([place, 0, job.service_s, job.ml, job.g, 0, 0, job.points, 0])
    return rounds


def _tip(fleet: RoundFleet) -> list[int]:
    row = [0] * t.STOP_COLUMNS
    row[t.STOP_PLACE], row[t.STOP_SERVICE], row[t.STOP_TIPS] = fleet.reception, fleet.unload_s, 1
    return row


def _drive_round(fleet: RoundFleet, kind: int, stops: Ints, travel: Travel) -> Round:
    tour = np.zeros(t.TOUR_COLUMNS, np.int64)
    tour[t.TOUR_DEPART] = fleet.depart_s
    t.drive(tour, stops, fleet.depot, fleet.depot, t.Ways(travel.seconds, travel.metres, travel.period_of_hour))
    return Round(kind, tour, stops)


def _shortened(fleet: RoundFleet, one: Round, travel: Travel) -> Round | None:
    """The round without its last boxes as far as the check wants; None where nothing is left."""
    while t.fault(one.tour, fleet.limits[one.kind]):
        boxes = np.flatnonzero(one.stops[:, t.STOP_TIPS] == 0)
        if len(boxes) <= 1:
            return None
        one = _drive_round(fleet, one.kind, np.delete(one.stops, boxes[-1], axis=0), travel)
    return one
