"""The municipality's vehicle in a run: rounds over the boxes that its policy names, tipping at the reception."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from simpy import Event

from molosim.collection import BoxStatus, Trigger
from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.routing.rounds import Due, Round, RoundFleet, plan_rounds
from molosim.simulation import columns as c
from molosim.simulation import journal as j
from molosim.simulation.days import DAY_S
from molosim.simulation.ground import Ground
from molosim.simulation.loads import UNLIMITED, Load
from molosim.simulation.sample import SampleTour
from molosim.simulation.world import limits_of

Ints = NDArray[np.int64]

_NO_CARRIER = -1
_PPM = 1_000_000


class Collector:
    """Plans and drives collection rounds."""

    def __init__(self, city: Ground, trigger: Trigger) -> None:
        self._city, self._trigger = city, trigger
        town = city.scenario.municipality
        self._limits = limits_of(city.scenario.vehicles[town.vehicle], town.shift)
        world = city.world
        self._worked = world.days.worked(town.shift)
        self._shown: dict[int, SampleTour] = {}
        """Of the sampled day, by vehicle."""
        self._fleet = RoundFleet(
            depot=world.municipal_depot,
            reception=world.reception,
            vehicles=town.vehicles,
            depart_s=round(town.shift.start_h * 3600),
            unload_s=round(town.unload_s),
            limits=self._limits,
            period=world.main_period(town.shift),
            iterations=city.scenario.rounds.iterations,
            roads_key=world.roads.key,
        )

    def plan_day(self, day: int, fill_ppm: Ints, waste_g: Ints) -> None:
        """Send vehicles out where the policy says so."""
        if not self._worked[day]:
            return
        emptied = self._city.residents.boxes[:, c.B_LAST_EMPTIED]
        age_days = np.maximum((self._city.env.now - emptied) / DAY_S, 1)
        fill = fill_ppm / _PPM
        statuses = [
            BoxStatus(box, float(fill[box]), float(waste_g[box]) / 1000, float(fill[box] / age_days[box]))
            for box in range(len(fill))
        ]
        due = self._trigger.due(statuses, day=day, weekday=int(self._city.world.days.weekday[day]))
        if not due:
            return
        contents = self._city.residents.contents()
        stop, world = self._city.box_stop_s, self._city.world
        jobs = [
            Due(
                place=world.first_box + box,
                ml=int(contents[box, 1]),
                g=int(contents[box, 2]),
                points=int(contents[box, 3]),
                # Time for as many containers as the box has, so that the set of boxes alone decides on the round.
                service_s=stop.fixed_s + int(contents[box, 0]) * stop.container_s,
            )
            for box in due
        ]
        for vehicle, one in enumerate(plan_rounds(self._fleet, jobs, world.travel, world.cache)):
            if self._city.sample.map_day == day:
                town = self._city.scenario.municipality
                self._shown[vehicle] = self._city.sample.keep_round(one, vehicle, town.vehicle, self._fleet.depot)
            self._city.env.process(self._drive(day, vehicle, one))

    def _drive(self, day: int, vehicle: int, one: Round) -> Generator[Event, None, None]:
        """A round as planned; a box that filled up since the planning is emptied as far as there is room."""
        city, env, midnight = self._city, self._city.env, day * DAY_S
        limit_ml, limit_g, limit_points, latest = self._limits.tolist()
        stop, first_box, tour = city.box_stop_s, city.world.first_box, one.tour
        shown = self._shown.get(vehicle) if city.sample.map_day == day else None
        aboard: list[Load] = []
        moved: list[tuple[int, Load]] = []
        delay = peak_ml = peak_g = peak_points = ml = g = points = 0
        for order, (place, arrive, service, _ml, _g, _points, tips) in enumerate(one.stops.tolist()):
            yield env.timeout(max(0, midnight + arrive + delay - env.now))
            if tips:
                for load in aboard:
                    city.reception.receive(load)
                aboard = []
                ml = g = points = 0
                continue
            now = int(env.now)
            _, _, _, _, _, _, containers, waste_ml, waste_g, waste_points, *fractions = city.residents.visit(
                now, place - first_box, _NO_CARRIER, day, limit_ml - ml, limit_g - g, limit_points - points,
                UNLIMITED, UNLIMITED, latest - int(tour[t.TOUR_RETURN]) - delay + service - stop.fixed_s, 0,
                stop.container_s, 0,
            )  # fmt: skip
            more_s = stop.fixed_s + containers * stop.container_s - service
            delay += more_s
            if shown is not None:
                shown.delay(order + 1, more_s)
            if containers:
                aboard.append(Load(now, containers, waste_ml, waste_g, waste_points, tuple(fractions)))
                moved.append((order, aboard[-1]))
            ml, g, points = ml + waste_ml, g + waste_g, points + waste_points
            peak_ml, peak_g, peak_points = max(peak_ml, ml), max(peak_g, g), max(peak_points, points)
        tour[[t.TOUR_DAY, t.TOUR_VEHICLE]] = day, vehicle
        tour[t.TOUR_RETURN] += delay
        tour[t.TOUR_SERVICE] += delay
        tour[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]] = peak_ml, peak_g, peak_points
        self._enter(one, moved)
        city.check(tour, self._limits)

    def _enter(self, one: Round, moved: list[tuple[int, Load]]) -> None:
        loads = [load for _, load in moved]
        extras = np.zeros(j.EXTRA_COLUMNS, np.int64)
        extras[[j.X_PURPOSE, j.X_LIMIT_ML, j.X_STOPS]] = j.COLLECTION, self._limits[t.LIMIT_ML], len(one.stops)
        extras[j.X_BOX_STOPS] = int((one.stops[:, t.STOP_TIPS] == 0).sum())
        extras[j.X_WASTE_G] = sum(load.g for load in loads)
        extras[j.X_CONTAINERS] = sum(load.containers for load in loads)
        extras[j.X_POINTS] = sum(load.points for load in loads)
        vehicle_type = self._city.scenario.municipality.vehicle
        self._city.journal.add(j.MUNICIPALITY, vehicle_type, one.tour, extras, self._haulage(one, moved))

    def _haulage(self, one: Round, moved: list[tuple[int, Load]]) -> NDArray[np.float64]:
        """What the round hauled; its pick-ups go to the journal."""
        world, tour = self._city.world, one.tour.reshape(1, -1).copy()
        tour[0, [t.TOUR_FIRST, t.TOUR_LAST]] = 0, len(one.stops)
        ends = world.roads.distances[world.reception]
        haulage, reached_m = np.zeros((1, h.HAULAGE_COLUMNS)), np.zeros(len(one.stops) + 1, np.int64)
        h.haul(
            tour, one.stops, self._fleet.depot, world.travel.metres, world.travel.period_of_hour, ends.sfd_from_m,
            ends.gcd_m, world.first_box, haulage, reached_m,
        )  # fmt: skip
        tips = np.flatnonzero(one.stops[:, t.STOP_TIPS] == 1)
        for order, load in moved:
            place = int(one.stops[order, t.STOP_PLACE])
            picked = j.PickUp(
                j.MUNICIPALITY, self._city.scenario.municipality.vehicle, j.COLLECTION, int(tour[0, t.TOUR_DAY]),
                int(tour[0, t.TOUR_VEHICLE]), int(tour[0, t.TOUR_DEPART]), place - world.first_box, load,
                *j.distance_to(ends, place),
            )  # fmt: skip
            picked.haul(haulage[0], float(reached_m[tips[tips > order][0]] - reached_m[order]))
            self._city.journal.pickups.append(picked)
        return haulage
