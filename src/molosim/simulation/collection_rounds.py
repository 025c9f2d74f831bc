"""Collection rounds of the municipality: over the boxes that its policy names, tipping at the reception."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

import numpy as np
from simpy import Event

from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import mix_in
from molosim.policies.policy import BoxStatus, Today
from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.routing.rounds import Due, Round, RoundFleet, plan_rounds
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import InfeasiblePlanError
from molosim.simulation import box_state as c
from molosim.simulation import trip_log as log
from molosim.simulation.batteries import Charge, Driven, Garage
from molosim.simulation.context import RunContext
from molosim.simulation.fleets import limits_of, may_come_to_boxes, range_m
from molosim.simulation.sample import SampleTour
from molosim.simulation.waste_loads import UNLIMITED, Load
from molosim.trips import MUNICIPALITY, Purpose

_NO_CARRIER = -1


class CollectionRounds:
    """Plans and drives collection rounds."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        town = context.scenario.municipality
        world, scenario = context.world, context.scenario
        year = scenario.horizon.start.year
        whole = mix_in(year, town.fleet, town.vehicle, town.vehicles)
        mix = {
            name: n for name, n in whole.items() if may_come_to_boxes(scenario.vehicles[name], scenario.tender, year)
        }
        self._names = tuple(mix)
        kinds = [scenario.vehicles[name] for name in mix]
        self._limits = np.stack([limits_of(kind, town.shift) for kind in kinds])
        self._range_m = np.stack([range_m(kind, world.days, world.conditions) for kind in kinds])
        ends = np.cumsum(list(mix.values()))
        self._numbers = [list(range(end - number, end)) for end, number in zip(ends, mix.values(), strict=True)]
        """Vehicles of each type."""
        batteries = {
            number: kind
            for kind, numbers in zip(kinds, self._numbers, strict=True)
            for number in numbers
            if kind.battery_kwh is not None
        }
        self._garage = Garage(context.env, town.charging, batteries, depot=town.depot.name)
        self._driven = Driven(scenario.vehicles, world.conditions, world.days.warmup)
        self._worked = world.days.worked(town.shift)
        self._shown: dict[int, SampleTour] = {}
        """Of the sampled day, by vehicle."""
        self._load_kgm: dict[int, float] = {}
        """Kilograms times metres of each vehicle's last round."""
        self._fleet = RoundFleet(
            depot=world.municipal_depot,
            reception=world.reception,
            vehicles=tuple(mix.values()),
            depart_s=round(town.shift.start_h * 3600),
            unload_s=round(town.unload_s),
            limits=self._limits,
            period=world.main_period(town.shift),
            iterations=context.scenario.rounds.iterations,
            roads_key=world.roads.key,
        )
        self._check_range()

    def close(self) -> None:
        """Hand what was charged over to the trip log."""
        self._context.trip_log.flows += self._garage.settle(int(self._context.env.now))
        self._context.trip_log.charges += self._garage.charges

    def _check_range(self) -> None:
        """Raise InfeasiblePlanError where no vehicle can ever reach a box."""
        world, depot, reception = self._context.world, self._fleet.depot, self._fleet.reception
        boxes = slice(world.first_box, world.last_box)
        needed_m = np.max(
            [
                metres[depot, boxes] + metres[boxes, reception] + metres[reception, depot]
                for metres in (world.travel.metres[period] for period in np.unique(world.travel.period_of_hour))
            ],
            axis=0,
        )
        far, reach_m = int(needed_m.argmax()), int(self._range_m.min(axis=1).max())
        if needed_m[far] > reach_m:
            problem = (
                f"no vehicle reaches box '{world.sites[far].name}' on the coldest day: {needed_m[far] / 1000:.1f} km"
                f" over the reception and home; the longest range is {reach_m / 1000:.1f} km"
            )
            raise InfeasiblePlanError.at("municipality.vehicle", problem)

    def _todays_fleet(self, day: int) -> RoundFleet:
        """The fleet with the range that its batteries will have when it sets out; whole kilometres."""
        if not self._garage.batteries:
            return self._fleet
        limits, second = self._limits.copy(), day * DAY_S + self._fleet.depart_s
        for kind, numbers in enumerate(self._numbers):
            if numbers[0] in self._garage.batteries:
                share = min(self._garage.share_at(number, second) for number in numbers)
                limits[kind, t.LIMIT_RANGE_M] = int(share * self._range_m[kind, day]) // 1000 * 1000
        return replace(self._fleet, limits=limits)

    def _free(self) -> list[list[int]]:
        """Vehicles of each type, those with the fullest batteries first."""
        levels = {
            number: battery.level_kwh(int(self._context.env.now)) for number, battery in self._garage.batteries.items()
        }
        return [sorted(numbers, key=lambda number: -levels.get(number, 0.0)) for numbers in self._numbers]

    def plan_day(self, boxes: Sequence[BoxStatus], today: Today) -> None:
        """Send vehicles out where the policy says so."""
        day = today.day
        if not self._worked[day]:
            return
        due = self._context.decisions.visits(boxes, today, self._names)
        if not due:
            return
        contents, free = self._context.residents.contents(), self._free()
        # Who has to be of one type is chosen before those who may be of any.
        for vehicle in sorted(due, key=lambda name: name is None):
            jobs = [self._job(box, contents[box]) for box in due[vehicle]]
            kinds = [kind for kind, name in enumerate(self._names) if vehicle in (None, name) and free[kind]]
            for number, one in self._rounds(day, jobs, kinds, free):
                if self._context.sample.map_day == day:
                    one.tour[t.TOUR_VEHICLE] = number
                    self._shown[number] = self._context.sample.keep(
                        one.tour, one.stops, operator=MUNICIPALITY, vehicle_type=self._names[one.kind],
                        purpose=Purpose.COLLECTION, depot=self._fleet.depot,
                    )  # fmt: skip
                drive = self._drive(day, number, one)
                charged = number in self._garage.batteries
                self._context.env.process(self._with_battery(day, number, one, drive) if charged else drive)

    def _job(self, box: int, contents: Ints) -> Due:
        stop = self._context.box_stop_s
        return Due(
            place=self._context.world.first_box + box,
            ml=int(contents[1]),
            g=int(contents[2]),
            points=int(contents[3]),
            # Time for as many containers as the box has, so that the set of boxes alone decides on the round.
            service_s=stop.fixed_s + int(contents[0]) * stop.container_s,
        )

    def _rounds(
        self, day: int, jobs: Sequence[Due], kinds: list[int], free: list[list[int]]
    ) -> Iterator[tuple[int, Round]]:
        """Rounds over boxes by vehicles of some types that are still free; boxes wait where there are none."""
        if not kinds:
            return
        fleet, world = self._todays_fleet(day), self._context.world
        some = replace(fleet, vehicles=tuple(len(free[kind]) for kind in kinds), limits=fleet.limits[kinds])
        for one in plan_rounds(some, jobs, world.travel, world.cache):
            kind = kinds[one.kind]
            yield free[kind].pop(0), replace(one, kind=kind)

    def _with_battery(
        self, day: int, vehicle: int, one: Round, drive: Generator[Event, None, None]
    ) -> Generator[Event, None, None]:
        """A round as driven, with its battery."""

        def end() -> tuple[int, float]:
            kwh = self._driven.kwh(self._names[one.kind], one.tour[None], np.array([self._load_kgm[vehicle]]))
            return int(one.tour[t.TOUR_RETURN]), float(kwh[0])

        charge = Charge(MUNICIPALITY, log.COLLECTION, day, vehicle, self._fleet.depart_s)
        held = yield from self._garage.trip(vehicle, charge, drive, end)
        self._context.breaches[t.TOO_FAR] += not held

    def _drive(self, day: int, vehicle: int, one: Round) -> Generator[Event, None, None]:
        """A round as planned; a box that filled up since the planning is emptied as far as there is room."""
        context, env, midnight = self._context, self._context.env, day * DAY_S
        limit_ml, limit_g, limit_points, latest, *_ = self._limits[one.kind].tolist()
        stop, first_box, tour = context.box_stop_s, context.world.first_box, one.tour
        shown = self._shown.get(vehicle) if context.sample.map_day == day else None
        aboard: list[Load] = []
        moved: list[tuple[int, Load]] = []
        delay = peak_ml = peak_g = peak_points = ml = g = points = 0
        for order, (place, arrive, service, *_, tips) in enumerate(one.stops.tolist()):
            yield env.timeout(max(0, midnight + arrive + delay - env.now))
            if tips:
                for load in aboard:
                    context.reception.receive(load)
                aboard = []
                ml = g = points = 0
                continue
            now = int(env.now)
            slack_s = latest - int(tour[t.TOUR_RETURN]) - delay + service - stop.fixed_s
            limits = c.VisitLimits(
                limit_ml - ml, limit_g - g, limit_points - points, UNLIMITED, UNLIMITED, slack_s, parcel_s=0,
                container_s=stop.container_s, take_ppm=0,
            )  # fmt: skip
            done = context.residents.visit(now, place - first_box, _NO_CARRIER, day, limits)
            more_s = stop.fixed_s + done.containers * stop.container_s - service
            delay += more_s
            if shown is not None:
                shown.delay(order + 1, more_s)
            if done.containers:
                aboard.append(Load.of(now, done, context.residents.taken_g))
                moved.append((order, aboard[-1]))
            ml, g, points = ml + done.waste_ml, g + done.waste_g, points + done.waste_points
            peak_ml, peak_g, peak_points = max(peak_ml, ml), max(peak_g, g), max(peak_points, points)
        tour[[t.TOUR_DAY, t.TOUR_VEHICLE]] = day, vehicle
        tour[t.TOUR_RETURN] += delay
        tour[t.TOUR_SERVICE] += delay
        tour[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]] = peak_ml, peak_g, peak_points
        self._enter(one, moved)
        context.check(tour, self._limits[one.kind])

    def _enter(self, one: Round, moved: list[tuple[int, Load]]) -> None:
        loads = [load for _, load in moved]
        extras = np.zeros(log.EXTRA_COLUMNS, np.int64)
        extras[[log.X_PURPOSE, log.X_LIMIT_ML, log.X_STOPS]] = (
            log.COLLECTION,
            self._limits[one.kind, t.LIMIT_ML],
            len(one.stops),
        )
        extras[log.X_BOX_STOPS] = int((one.stops[:, t.STOP_TIPS] == 0).sum())
        extras[log.X_WASTE_G] = sum(load.g for load in loads)
        extras[log.X_CONTAINERS] = sum(load.containers for load in loads)
        extras[log.X_POINTS] = sum(load.points for load in loads)
        haulage = self._haulage(one, moved)
        self._load_kgm[int(one.tour[t.TOUR_VEHICLE])] = float(haulage[0, h.H_LOAD_KGM])
        self._context.trip_log.add(MUNICIPALITY, self._names[one.kind], one.tour, extras, haulage)

    def _haulage(self, one: Round, moved: list[tuple[int, Load]]) -> Floats:
        """What the round hauled; its pick-ups go to the trip log."""
        world, tour = self._context.world, one.tour.reshape(1, -1).copy()
        tour[0, [t.TOUR_FIRST, t.TOUR_LAST]] = 0, len(one.stops)
        ends = world.roads.distances[world.reception]
        haulage, reached_m = np.zeros((1, h.HAULAGE_COLUMNS)), np.zeros(len(one.stops) + 1, np.int64)
        h.haul(tour, one.stops, ends.sfd_from_m, ends.gcd_m, world.first_box, haulage, reached_m)
        if not moved:
            return haulage
        places = one.stops[:, t.STOP_PLACE].tolist()
        day, vehicle, depart_s = tour[0, [t.TOUR_DAY, t.TOUR_VEHICLE, t.TOUR_DEPART]].tolist()
        pickups = [
            log.PickUp(
                MUNICIPALITY, self._names[one.kind], log.COLLECTION, day, vehicle, depart_s,
                places[order] - world.first_box, load, *log.distance_to(ends, places[order]),
            )
            for order, load in moved
        ]  # fmt: skip
        orders, tips = np.array([order for order, _ in moved]), np.flatnonzero(one.stops[:, t.STOP_TIPS] == 1)
        carried_m = reached_m[tips[np.searchsorted(tips, orders)]] - reached_m[orders]
        log.book_pickups(haulage, np.zeros(len(moved), np.int64), pickups, carried_m)
        self._context.trip_log.pickups += pickups
        return haulage
