"""A carrier in a run: its desk plans the day's box visits into the kept tours, its vans drive them."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray
from simpy import Event

from molosim.fleet import ToReception, ToStore
from molosim.routing import insertion as ins
from molosim.routing import tours as t
from molosim.routing.day_plans import DayPlans
from molosim.simulation import columns as c
from molosim.simulation import journal as j
from molosim.simulation.days import DAY_S
from molosim.simulation.ground import Ground
from molosim.simulation.hauls import Hauls, planned_hauls
from molosim.simulation.loads import UNLIMITED, Load
from molosim.simulation.residents import NO_WASTE_PPM
from molosim.simulation.sample import SampleTour
from molosim.simulation.stores import Store
from molosim.simulation.yard import Yard

Ints = NDArray[np.int64]

_SPARE_STOPS = 8
"""Room for inserted stops, beside one for each box."""
_ANY_DETOUR = (1 << 40) - 1


class Desk:
    """Planner and vans of one carrier."""

    def __init__(self, city: Ground, number: int, plans: DayPlans, breakdowns: NDArray[np.float64]) -> None:
        self._city, self.number, self._plans, self._breakdowns = city, number, plans, breakdowns
        self.spec = city.scenario.carriers[number]
        self._fleet = city.world.fleets[number]
        self._tours = plans.tours.copy()
        self._kinds = self._fleet.type_of[self._tours[:, t.TOUR_VEHICLE]]
        """Number of each tour's vehicle type."""
        self._extras = np.zeros((len(self._tours), j.EXTRA_COLUMNS), np.int64)
        self._extras[:, j.X_STOPS] = self._tours[:, t.TOUR_LAST] - self._tours[:, t.TOUR_FIRST]
        self._extras[:, j.X_LIMIT_ML] = self._fleet.limits[self._kinds, t.LIMIT_ML]
        self._extras[:, j.X_PURPOSE] = np.where(
            self._tours[:, t.TOUR_VEHICLE] < self._fleet.vans, j.DELIVERY, j.EXTRA_DELIVERY
        )
        sharing = city.sharing
        self.takes_waste = self.spec.takes_waste and sharing is not None
        self._take_ppm = round(sharing.take_fill * 1e6) if self.takes_waste and sharing is not None else NO_WASTE_PPM
        to = self.spec.waste_to
        self._to_reception = to if isinstance(to, ToReception) and self.takes_waste else None
        self._over = [self._over_reception(kind) for kind in range(len(self._fleet.types))]
        """For each vehicle type and place of a last stop the most time and way that the end over the reception adds."""
        boxes = len(city.world.sites)
        self._limits, self._hours = self._fleet.limits[:0], self._fleet.hours[:0]
        """A row for each of today's tours: its vehicle's limits, and the period of each hour on its network."""
        self._visits = np.empty((4 * boxes + _SPARE_STOPS, ins.VISIT_COLUMNS), np.int64)
        self.planned = np.zeros(boxes, bool)
        self._row_of_box = np.zeros(boxes, np.int64)
        self._allowed_s: dict[int, int] = {}
        """Time that today's plan keeps at boxes for what is taken away, beside what is brought."""
        self._rows = slice(0, 0)
        self._today = self._tours[:0]
        self._stops = np.zeros((0, t.STOP_COLUMNS), np.int64)
        self._size = 0
        unloads = city.world.reception if self._to_reception else self._fleet.depot
        self._hauls = Hauls(city, number, self._tours, unloads, planned_hauls(city.world, number, plans))
        self._changed = np.zeros(0, bool)
        """Today's tours that are not as in the day plans."""
        self._yard = Yard(city, number, self._tours, self._extras, self._hauls)
        self.store = Store(city, number, to, self._yard) if isinstance(to, ToStore) and self.takes_waste else None
        self._shown: list[SampleTour] = []
        """Today's tours, on the sampled day."""

    # -- planning ------------------------------------------------------------------------------------------------------

    def open_day(self, day: int) -> bool:
        """Lay out the kept tours of a day; False where the carrier does not drive."""
        first, last = int(self._plans.day_first[day]), int(self._plans.day_first[day + 1])
        self.planned[:] = False
        self._allowed_s = {}
        self._rows, self._size = slice(first, last), 0
        self._today = self._tours[first:last]
        if first == last:
            return False
        base = int(self._today[0, t.TOUR_FIRST])
        self._size = int(self._today[-1, t.TOUR_LAST]) - base
        room = len(self.planned) + len(self._today) + _SPARE_STOPS
        self._stops = np.zeros((self._size + room, t.STOP_COLUMNS), np.int64)
        kept = self._plans.stops[base : base + self._size]
        self._stops[: self._size, : kept.shape[1]] = kept
        self._today[:, t.TOUR_FIRST : t.TOUR_LAST + 1] -= base
        self._limits, self._hours = self._yard.limits(day, self._today), self._fleet.hours[self._kinds[self._rows]]
        charged = self._yard.charge_on_the_way(day, self._today, self._stops, self._size, self._limits)
        self._extras[self._rows, j.X_STOPS] += charged
        self._changed = charged > 0
        self._size += int(charged.sum())
        box = self._stops[: self._size, t.STOP_PLACE] - self._city.world.first_box
        rows = np.flatnonzero((box >= 0) & (box < len(self.planned)))
        self.planned[box[rows]] = True
        self._row_of_box[box[rows]] = rows
        return True

    def plan_errands(self, errands: Ints) -> None:
        """Visit boxes for parcels that today's plan does not know: tried before, left over, sent or expired.

        ``errands`` is (boxes, 4): parcels to take back; volume, mass and number of those to bring.
        """
        stop, travel, fleet = self._city.box_stop_s, self._city.world.travel, self._fleet
        held = self._city.residents.queues[:, self.number, c.Q_HELD]
        held[:] = 0
        # First the visits that are planned anyway: an insertion would move the rows.
        for box in np.flatnonzero(self.planned & (errands[:, 3] > 0)).tolist():
            _, ml, grams, count = errands[box].tolist()
            loaded = ins.amend(
                self._today, self._stops, self._row_of_box[box], count * stop.parcel_s, ml, grams, self._limits,
                fleet.depot, travel.seconds, travel.metres, self._hours,
            )  # fmt: skip
            held[box] = not loaded
            self._changed[self._tour_of(int(self._row_of_box[box]))] = True
        for box in np.flatnonzero(~self.planned & (errands[:, [0, 3]].sum(axis=1) > 0)).tolist():
            back, ml, grams, count = errands[box].tolist()
            service_s = stop.fixed_s + (back + count) * stop.parcel_s
            tour, metres, seconds = self._insert(box, service_s, ml, grams, _ANY_DETOUR)
            held[box] = tour < 0
            if tour >= 0:
                self._allowed_s[box] = back * stop.parcel_s
                row = self._rows.start + tour
                self._extras[row, [j.X_PARCEL_M, j.X_PARCEL_S]] += metres, seconds

    def _tour_of(self, stop_row: int) -> int:
        """Which of today's tours a row of the stops belongs to."""
        return int(np.searchsorted(self._today[:, t.TOUR_FIRST], stop_row, side="right")) - 1

    def _search(self, box: int, service_s: int) -> tuple[Ints, Ints]:
        world, fleet = self._city.world, self._fleet
        added, at = np.empty((2, len(self._today)), np.int64)
        ins.search(
            self._today, self._stops, service_s, self._limits, world.to_box[box], world.from_box[box],
            world.from_box[box][:, fleet.depot], world.to_box[box][:, fleet.depot], self._hours, added, at,
        )  # fmt: skip
        return added, at

    def detour_s(self, box: int, service_s: int) -> int:
        """Driving seconds that the cheapest visit of a box would add today."""
        return int(self._search(box, service_s)[0].min()) if len(self._today) else _ANY_DETOUR + 1

    def _insert(self, box: int, service_s: int, ml: int, grams: int, most_added: int) -> tuple[int, int, int]:
        """Insert a box visit; returns the tour of the day or -1, and the metres and seconds added."""
        if len(self._today) == 0:
            return -1, 0, 0
        world, fleet, travel = self._city.world, self._fleet, self._city.world.travel
        added, at = self._search(box, service_s)
        stop = np.array([world.first_box + box, 0, service_s, -ml, -grams, 0, 0, 0], np.int64)
        tour, metres, seconds = ins.insert(
            self._today, self._stops, self._size, stop, added, at, most_added, self._limits, fleet.depot,
            travel.seconds, travel.metres, self._hours,
        )  # fmt: skip
        if tour >= 0:
            self._size += 1
            self._changed[tour] = True
            self.planned[box] = True
            self._extras[self._rows.start + tour, j.X_STOPS] += 1
        return tour, metres, seconds

    def plan_waste(self, box: int, service_s: int, most_s: int) -> bool:
        """Visit a box for its waste alone, if drive and service add at most ``most_s`` seconds."""
        tour, metres, seconds = self._insert(box, service_s, 0, 0, most_s - service_s)
        if tour >= 0:
            row = self._rows.start + tour
            self._extras[row, j.X_WASTE_M] += metres
            self._allowed_s[box] = service_s - self._city.box_stop_s.fixed_s
            # The handling of containers is booked when it happens.
            self._extras[row, j.X_WASTE_S] += seconds - service_s + self._city.box_stop_s.fixed_s
        return tour >= 0

    @property
    def home_stops(self) -> int:
        """Home deliveries planned after the warm-up."""
        first = int(self._plans.day_first[self._city.world.days.warmup])
        from_row = int(self._plans.tours[first, t.TOUR_FIRST]) if first < len(self._plans.tours) else 0
        rows = self._plans.stops[from_row:] if first < len(self._plans.tours) else self._plans.stops[:0]
        return int((rows[:, t.STOP_PLACE] < self._city.world.first_box).sum())

    def plan(self) -> tuple[Ints, Ints]:
        """Tours and stops of the day as planned so far: copies."""
        return self._today.copy(), self._stops[: self._size].copy()

    def close(self) -> None:
        """Check all tours as driven and enter them into the journal."""
        self._city.check(self._tours, self._fleet.limits[self._kinds])
        for kind, name in enumerate(self._fleet.types):
            rows = self._kinds == kind
            if not self._fleet.limits[kind, t.LIMIT_AT_BOXES]:
                self._city.tender_breaches += int(self._extras[rows, j.X_BOX_STOPS].sum())
            self._city.journal.add(self.spec.name, name, self._tours[rows], self._extras[rows], self._hauls.table[rows])
        self._yard.close()

    # -- driving -------------------------------------------------------------------------------------------------------

    def send_out(self, day: int) -> None:
        """Start today's tours; those that see no box need no process, their trip is as planned."""
        world = self._city.world
        count = ins.box_visits(self._today, self._stops, world.first_box, world.last_box, self._visits)
        self._hauls.open(self._rows, self._stops, self._hours, self._changed)
        self._show(day)
        vans = self._today[:, t.TOUR_VEHICLE]
        own = vans < self._fleet.vans
        share = np.where(own, self._breakdowns[day, np.where(own, vans, 0)], np.nan)
        self._extras[self._rows, j.X_BREAKDOWN] = ~np.isnan(share)
        backs = self._today[:, t.TOUR_RETURN]
        departs = self._today[:, t.TOUR_DEPART]
        final = self._stops[self._today[:, t.TOUR_LAST] - 1]
        leaves = (final[:, t.STOP_ARRIVE] + final[:, t.STOP_SERVICE]).tolist()
        lasts = list(zip(final[:, t.STOP_PLACE].tolist(), leaves, strict=True))
        breaks = np.where(np.isnan(share), np.inf, day * DAY_S + departs + share * (backs - departs)).tolist()
        self._yard.plan_energy(self._rows)
        of_tour: dict[int, list[list[int]]] = {tour: [] for tour in self._yard.on_battery(self._today)}
        for visit in self._yard.with_charging(self._today, self._stops, self._visits[:count]):
            of_tour.setdefault(visit[ins.VISIT_TOUR], []).append(visit)
        for tour, visits in sorted(of_tour.items()):
            drive = self._drive(self._rows.start + tour, day, visits, lasts[tour], breaks[tour])
            self._city.env.process(self._yard.drive(self._rows.start + tour, drive))

    def _show(self, day: int) -> None:
        """Keep the tours of the sampled day."""
        sample, purposes = self._city.sample, j.PURPOSES[self._extras[self._rows, j.X_PURPOSE]].tolist()
        self._shown = []
        if sample.map_day == day:
            self._shown = sample.keep_tours(
                self._today, self._stops, purposes, operator=self.spec.name, depot=self._fleet.depot,
                vehicle_types=[self._fleet.types[kind] for kind in self._kinds[self._rows]],
            )  # fmt: skip

    def _drive(
        self, row: int, day: int, visits: list[list[int]], last: tuple[int, int], breaks: float
    ) -> Generator[Event, None, None]:
        """One van's tour: wait for each box visit, exchange, unload at the end.

        After second ``breaks`` a van makes no visits: a replacement finishes its home deliveries and brings its waste
        in; the boxes it would have seen wait for the next day.
        """
        city, env, visit, store = self._city, self._city.env, self._city.residents.visit, self.store
        stop, carrier = city.box_stop_s, self.number
        fixed_s, parcel_s, container_s = stop.fixed_s, stop.parcel_s, stop.container_s
        limit_ml, limit_g, limit_points, latest, range_m, _ = self._limits[row - self._rows.start].tolist()
        midnight, tour = day * DAY_S, self._tours[row]
        _, back_s, *_, peak_ml, peak_g = tour[t.TOUR_DEPART : t.TOUR_PEAK_POINTS].tolist()
        over_s, over_m = self._over[self._kinds[row]][last[0]]
        slack = latest - back_s - over_s
        take_ppm = self._take_ppm if range_m - tour[t.TOUR_RANGE_M] >= over_m else NO_WASTE_PPM
        visit_ml, allowed_s = store.visit_ml if store else UNLIMITED, self._allowed_s
        delay = more_ml = more_g = points = box_stops = parcels = 0
        pickups: list[tuple[int, int, Load]] = []
        shown = self._shown[row - self._rows.start] if self._shown else None
        now = int(env.now)
        for planned in visits:
            _, box, arrive, service, ml, grams, stop_row = planned
            arrives = midnight + arrive + delay
            if arrives > breaks:
                break
            if box < 0:
                more_s = yield from self._yard.charge(row, planned, arrives, slack - delay)
                delay, now = delay + more_s, int(env.now)
                if shown is not None:
                    self._tell_delay(shown, row, stop_row, more_s)
                continue
            # A visit shorter than planned lets the next one come early, but never into the past.
            wait = max(0, arrives - now)
            yield env.timeout(wait)
            now += wait
            more_ml, more_g = more_ml + ml, more_g + grams
            (
                handled, left_ml, left_g, back, back_ml, back_g, containers, waste_ml, waste_g, waste_points, *fractions
            ) = visit(
                now, box, carrier, day, min(limit_ml - more_ml, visit_ml), limit_g - more_g, limit_points - points,
                store.room_g if store else UNLIMITED, store.room_points if store else UNLIMITED,
                slack - delay + allowed_s.get(box, 0),
                parcel_s, container_s, take_ppm,
            )  # fmt: skip
            box_stops, parcels = box_stops + 1, parcels + handled + back
            more_s = fixed_s + (handled + back) * parcel_s + containers * container_s - service
            delay += more_s
            if back_g or left_g:
                self._hauls.parcels(row, stop_row, box, back_ml=back_ml, back_g=back_g, left_g=left_g)
            if shown is not None:
                self._tell_delay(shown, row, stop_row, more_s)
            if containers:
                load = Load(now, containers, waste_ml, waste_g, waste_points, tuple(fractions))
                pickups.append((box, stop_row, load))
                points += waste_points
                if store:
                    store.reserve(load)
            more_ml, more_g = more_ml + back_ml + waste_ml, more_g + back_g + waste_g
            peak_ml, peak_g = max(peak_ml, more_ml), max(peak_g, more_g)
            more_ml, more_g = more_ml + left_ml - ml, more_g + left_g - grams
        self._enter(row, delay, (peak_ml, peak_g, points), box_stops, parcels)
        if pickups:
            self._hauls.waste(row, int(self._extras[row, j.X_PURPOSE]), pickups)
            yield from self._unload(row, midnight, [load for _, _, load in pickups], last, delay, shown=shown)

    def _enter(self, row: int, delay: int, peaks: tuple[int, int, int], box_stops: int, parcels: int) -> None:
        """Write down how a tour went at its boxes."""
        tour = self._tours[row]
        tour[t.TOUR_PEAK_ML : t.TOUR_PEAK_POINTS + 1] = peaks
        tour[t.TOUR_RETURN] += delay
        tour[t.TOUR_SERVICE] += delay
        self._extras[row, j.X_BOX_STOPS] = box_stops
        self._hauls.exchanged(row, parcels)

    def _tell_delay(self, shown: SampleTour, row: int, stop_row: int, more_s: int) -> None:
        """Let a tour that is shown leave a stop later."""
        shown.delay(stop_row - int(self._tours[row, t.TOUR_FIRST]) + 1, more_s)

    def _over_reception(self, kind: int) -> list[tuple[int, int]]:
        """Most seconds and metres that a tour's end over the reception can add, by the place of its last stop.

        0 for carriers with a store.
        """
        world, reception, depot = self._city.world, self._city.world.reception, self._fleet.depot
        if self._to_reception is None:
            return [(0, 0)] * world.travel.seconds.shape[1]
        periods = np.unique(self._fleet.hours[kind])

        def more(ways: NDArray[np.int32]) -> Ints:
            there = np.max([ways[p, :, reception] for p in periods], axis=0).astype(np.int64)
            straight = np.min([ways[p, :, depot] for p in periods], axis=0)
            longer: Ints = there + max(int(ways[p, reception, depot]) for p in periods) - straight
            return longer

        over_s = more(world.travel.seconds) + round(self._to_reception.unload_s)
        return list(zip(over_s.tolist(), more(world.travel.metres).tolist(), strict=True))

    def _unload(
        self,
        row: int,
        midnight: int,
        loads: list[Load],
        last: tuple[int, int],
        delay: int,
        *,
        shown: SampleTour | None,
    ) -> Generator[Event, None, None]:
        """Bring the waste into the store at the tour's end, or to the reception on the way home.

        ``last`` is the last stop's place and the second at which the plan leaves it.
        """
        city, tour, extras = self._city, self._tours[row], self._extras[row]
        containers = sum([load.containers for load in loads])
        extras[j.X_WASTE_G] = sum([load.g for load in loads])
        extras[j.X_CONTAINERS] = containers
        extras[j.X_POINTS] = tour[t.TOUR_PEAK_POINTS]
        extras[j.X_WASTE_S] += containers * city.box_stop_s.container_s
        if self._to_reception is None:
            yield city.env.timeout(max(0, midnight + int(tour[t.TOUR_RETURN]) - city.env.now))
            if self.store:
                self.store.put(loads)
            return
        here, leaves = last
        depot, reception = self._fleet.depot, city.world.reception
        before_m, before_s = int(tour[t.TOUR_METRES]), int(tour[t.TOUR_RETURN])
        hours = self._fleet.hours[self._kinds[row]]
        planned_m, planned_s = city.leg(here, depot, leaves, hours)
        t.add_leg(tour, planned_m, planned_s, -1)
        waste_m, seconds = city.leg(here, reception, leaves + delay, hours)
        t.add_leg(tour, waste_m, seconds, 1)
        arrives, unload_s = leaves + delay + seconds, round(self._to_reception.unload_s)
        metres, seconds = city.leg(reception, depot, arrives + unload_s, hours)
        t.add_leg(tour, metres, seconds, 1)
        tour[t.TOUR_RETURN] = arrives + unload_s + seconds
        tour[t.TOUR_SERVICE] += unload_s
        if shown is not None:
            shown.call_at(reception, arrives, arrives + unload_s, int(tour[t.TOUR_RETURN]))
        more_m, more_s = int(tour[t.TOUR_METRES]) - before_m, int(tour[t.TOUR_RETURN]) - before_s
        extras[[j.X_WASTE_M, j.X_WASTE_S]] += more_m, more_s
        self._hauls.over_reception(row, sum(load.g for load in loads) / 1000, waste_m - planned_m, more_m)
        yield city.env.timeout(max(0, midnight + arrives - city.env.now))
        for load in loads:
            city.reception.receive(load)
