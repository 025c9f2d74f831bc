"""Operations of a carrier in a run: plan the day's box visits into its day plans and send the vans out."""

from __future__ import annotations

import numpy as np

from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import ToReception, ToStore
from molosim.routing import insertion as ins
from molosim.routing import tours as t
from molosim.routing.charging import MOST_CHARGES
from molosim.routing.day_plans import DayPlans
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.numba_cache import entry
from molosim.simulation import box_state as c
from molosim.simulation import trip_log as log
from molosim.simulation.carrier_vehicles import CarrierVehicles
from molosim.simulation.context import RunContext
from molosim.simulation.depot_store import DepotStore
from molosim.simulation.sample import SampleTour
from molosim.simulation.transport_work import TransportWork, planned_work
from molosim.simulation.van_tours import Departure, VanTours

_SPARE_STOPS = 8
"""Room for inserted stops, beside one for each box."""
_ANY_DETOUR = (1 << 40) - 1


class CarrierOperations:
    """Plans and tours of one carrier."""

    def __init__(self, context: RunContext, number: int, plans: DayPlans, breakdowns: Floats) -> None:
        self._context, self.number, self._plans, self._breakdowns = context, number, plans, breakdowns
        self.spec = context.scenario.carriers[number]
        self._fleet = context.world.fleets[number]
        self._tours = plans.tours.copy()
        self._kinds = self._fleet.type_of[self._tours[:, t.TOUR_VEHICLE]]
        """Number of each tour's vehicle type."""
        self._extras = np.zeros((len(self._tours), log.EXTRA_COLUMNS), np.int64)
        self._extras[:, log.X_STOPS] = self._tours[:, t.TOUR_LAST] - self._tours[:, t.TOUR_FIRST]
        self._extras[:, log.X_LIMIT_ML] = self._fleet.limits[self._kinds, t.LIMIT_ML]
        self._extras[:, log.X_PURPOSE] = np.where(
            self._tours[:, t.TOUR_VEHICLE] < self._fleet.vans, log.DELIVERY, log.EXTRA_DELIVERY
        )
        self.takes_waste = self.spec.takes_waste and context.policy.shares
        boxes = len(context.world.sites)
        self._visits = np.empty((4 * boxes + _SPARE_STOPS, ins.VISIT_COLUMNS), np.int64)
        self.planned = np.zeros(boxes, bool)
        self._row_of_box = np.zeros(boxes, np.int64)
        self._allowed_s: dict[int, int] = {}
        """Time that today's plan allows at boxes for what is taken away, beside what is brought."""
        self._rows = slice(0, 0)
        self._today = self._tours[:0]
        self._stops = np.zeros((0, t.STOP_COLUMNS), np.int64)
        self._size = 0
        to = self.spec.waste_to
        unloads = context.world.reception if isinstance(to, ToReception) and self.takes_waste else self._fleet.depot
        self._work = TransportWork(context, number, self._tours, unloads, planned_work(context.world, number, plans))
        self._changed = np.zeros(0, bool)
        """Today's tours that are not as in the day plans."""
        self._vehicles = CarrierVehicles(context, number, self._tours, self._extras, self._work)
        self._tour_vehicles = self._vehicles.of_tours(0, self._today)
        """Of today's tours."""
        found, like, way = np.zeros((2, 0), np.int64), self._tour_vehicles, context.world.to_box[0]
        # Called for every box on every day: numba's look at the arguments' types would take as long as the work.
        self._searches = entry(ins.search, self._today, self._stops, 0, like, way, context.world.from_box[0], found)
        self._inserts = entry(ins.insert, self._today, self._stops, 0, self._stops.ravel(), found, 0, like)
        self._amends = entry(ins.amend, self._today, self._stops, 0, 0, 0, 0, like)
        self.store = (
            DepotStore(context, number, to, self._vehicles) if isinstance(to, ToStore) and self.takes_waste else None
        )
        self._vans = VanTours(context, number, (self._tours, self._extras, self._work), self._vehicles, self.store)

    # -- planning ------------------------------------------------------------------------------------------------------

    def open_day(self, day: int) -> bool:
        """Lay out the planned tours of a day; False where the carrier does not drive."""
        first, last = int(self._plans.day_first[day]), int(self._plans.day_first[day + 1])
        self.planned[:] = False
        self._allowed_s = {}
        self._rows, self._size = slice(first, last), 0
        self._today = self._tours[first:last]
        if first == last:
            return False
        base = int(self._today[0, t.TOUR_FIRST])
        self._size = int(self._today[-1, t.TOUR_LAST]) - base
        room = len(self.planned) + MOST_CHARGES * len(self._today) + _SPARE_STOPS
        self._stops = np.zeros((self._size + room, t.STOP_COLUMNS), np.int64)
        kept = self._plans.stops[base : base + self._size]
        self._stops[: self._size, : kept.shape[1]] = kept
        self._today[:, t.TOUR_FIRST : t.TOUR_LAST + 1] -= base
        self._tour_vehicles = self._vehicles.of_tours(day, self._today)
        charged = self._vehicles.charge_on_the_way(day, self._today, self._stops, self._size, self._tour_vehicles)
        self._extras[self._rows, log.X_STOPS] += charged
        self._changed = charged > 0
        self._size += int(charged.sum())
        box = self._stops[: self._size, t.STOP_PLACE] - self._context.world.first_box
        rows = np.flatnonzero((box >= 0) & (box < len(self.planned)))
        self.planned[box[rows]] = True
        self._row_of_box[box[rows]] = rows
        return True

    def plan_errands(self, errands: Ints) -> None:
        """Visit boxes for parcels that today's plan does not know: tried before, left over, sent or expired.

        ``errands`` is (boxes, 4): parcels to take back; volume, mass and number of those to bring.
        """
        stop = self._context.box_stop_s
        held = self._context.residents.queues[:, self.number, c.Q_HELD]
        held[:] = 0
        # First the visits that are planned anyway: an insertion would move the rows.
        for box in np.flatnonzero(self.planned & (errands[:, 3] > 0)).tolist():
            _, ml, grams, count = errands[box].tolist()
            row, service_s = int(self._row_of_box[box]), count * stop.parcel_s
            held[box] = not self._amends(self._today, self._stops, row, service_s, ml, grams, self._tour_vehicles)
            self._changed[self._tour_of(row)] = True
        for box in np.flatnonzero(~self.planned & (errands[:, [0, 3]].sum(axis=1) > 0)).tolist():
            back, ml, grams, count = errands[box].tolist()
            service_s = stop.fixed_s + (back + count) * stop.parcel_s
            tour, metres, seconds = self._insert(box, service_s, ml, grams, _ANY_DETOUR)
            held[box] = tour < 0
            if tour >= 0:
                self._allowed_s[box] = back * stop.parcel_s
                row = self._rows.start + tour
                self._extras[row, [log.X_PARCEL_M, log.X_PARCEL_S]] += metres, seconds

    def _tour_of(self, stop_row: int) -> int:
        """Which of today's tours a row of the stops belongs to."""
        return int(np.searchsorted(self._today[:, t.TOUR_FIRST], stop_row, side="right")) - 1

    def _search(self, box: int, service_s: int) -> Ints:
        """(2, tours) of today: seconds that the cheapest visit of a box adds, and its row."""
        world, found = self._context.world, np.empty((2, len(self._today)), np.int64)
        self._searches(
            self._today, self._stops, service_s, self._tour_vehicles, world.to_box[box], world.from_box[box], found
        )
        return found

    def detour_s(self, box: int, service_s: int) -> int:
        """Driving seconds that the cheapest visit of a box would add today."""
        return int(self._search(box, service_s)[0].min()) if len(self._today) else _ANY_DETOUR + 1

    def _insert(self, box: int, service_s: int, ml: int, grams: int, most_added: int) -> tuple[int, int, int]:
        """Insert a box visit; returns the tour of the day or -1, and the metres and seconds added."""
        if len(self._today) == 0:
            return -1, 0, 0
        found = self._search(box, service_s)
        stop = np.array([self._context.world.first_box + box, 0, service_s, -ml, -grams, 0, 0, 0, 0], np.int64)
        tour, metres, seconds = self._inserts(
            self._today, self._stops, self._size, stop, found, most_added, self._tour_vehicles
        )
        if tour >= 0:
            self._size += 1
            self._changed[tour] = True
            self.planned[box] = True
            self._extras[self._rows.start + tour, log.X_STOPS] += 1
        return tour, metres, seconds

    def plan_waste(self, box: int, service_s: int, most_s: int) -> bool:
        """Visit a box for its waste alone, if drive and service add at most ``most_s`` seconds."""
        tour, metres, seconds = self._insert(box, service_s, 0, 0, most_s - service_s)
        if tour >= 0:
            row = self._rows.start + tour
            self._extras[row, log.X_WASTE_M] += metres
            self._allowed_s[box] = service_s - self._context.box_stop_s.fixed_s
            # The handling of containers is booked when it happens.
            self._extras[row, log.X_WASTE_S] += seconds - service_s + self._context.box_stop_s.fixed_s
        return tour >= 0

    @property
    def home_stops(self) -> int:
        """Home deliveries planned after the warm-up."""
        first = int(self._plans.day_first[self._context.world.days.warmup])
        from_row = int(self._plans.tours[first, t.TOUR_FIRST]) if first < len(self._plans.tours) else 0
        rows = self._plans.stops[from_row:] if first < len(self._plans.tours) else self._plans.stops[:0]
        return int((rows[:, t.STOP_PLACE] < self._context.world.first_box).sum())

    def plan(self) -> tuple[Ints, Ints]:
        """Tours and stops of the day as planned so far: copies."""
        return self._today.copy(), self._stops[: self._size].copy()

    def close(self) -> None:
        """Check all tours as driven and enter them into the trip log."""
        self._context.check(self._tours, self._fleet.limits[self._kinds])
        for kind, name in enumerate(self._fleet.types):
            rows = self._kinds == kind
            if not self._fleet.limits[kind, t.LIMIT_AT_BOXES]:
                self._context.tender_breaches += int(self._extras[rows, log.X_BOX_STOPS].sum())
            self._context.trip_log.add(
                self.spec.name, name, self._tours[rows], self._extras[rows], self._work.table[rows]
            )
        self._vehicles.close()

    def take_from(self, take_ppm: list[int]) -> None:
        """Take containers today from these fills on, millionths by box."""
        self._vans.take_ppm = take_ppm

    def send_out(self, day: int) -> None:
        """Start today's tours; those that see no box need no process, their trip is as planned."""
        world, today = self._context.world, self._today
        count = ins.box_visits(today, self._stops, world.first_box, world.last_box, self._visits)
        self._work.open(self._rows, self._stops, self._changed)
        shown = self._shown(day)
        breaks = self._breaks(day)
        final = self._stops[today[:, t.TOUR_LAST] - 1]
        lasts = list(
            zip(
                final[:, t.STOP_PLACE].tolist(),
                (final[:, t.STOP_ARRIVE] + final[:, t.STOP_SERVICE]).tolist(),
                strict=True,
            )
        )
        slack_s, take_ppm = self._vans.leeway(today, self._tour_vehicles.limits, final[:, t.STOP_PLACE])
        limits = self._tour_vehicles.limits.tolist()
        self._vehicles.plan_energy(self._rows)
        of_tour: dict[int, list[list[int]]] = {tour: [] for tour in self._vehicles.on_battery(today)}
        for visit in self._vehicles.with_charging(today, self._stops, self._visits[:count]):
            of_tour.setdefault(visit[ins.VISIT_TOUR], []).append(visit)
        for tour, visits in sorted(of_tour.items()):
            self._vans.start(
                Departure(
                    self._rows.start + tour, day, visits, self._allowed_s, limits[tour], slack_s[tour], take_ppm[tour],
                    lasts[tour], breaks[tour], shown[tour] if shown else None,
                )
            )  # fmt: skip

    def _breaks(self, day: int) -> list[float]:
        """Second of the run at which each of today's vans breaks down; infinite where it does not."""
        vans, departs = self._today[:, t.TOUR_VEHICLE], self._today[:, t.TOUR_DEPART]
        own = vans < self._fleet.vans
        share = np.where(own, self._breakdowns[day, np.where(own, vans, 0)], np.nan)
        self._extras[self._rows, log.X_BREAKDOWN] = ~np.isnan(share)
        seconds = day * DAY_S + departs + share * (self._today[:, t.TOUR_RETURN] - departs)
        breaks: list[float] = np.where(np.isnan(share), np.inf, seconds).tolist()
        return breaks

    def _shown(self, day: int) -> list[SampleTour]:
        """Today's tours where the day is the sampled one: kept as planned."""
        if self._context.sample.map_day != day:
            return []
        purposes = log.PURPOSES[self._extras[self._rows, log.X_PURPOSE]].tolist()
        return [
            self._context.sample.keep(
                tour, self._stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]], operator=self.spec.name,
                vehicle_type=self._fleet.types[kind], purpose=purpose, depot=self._fleet.depot,
            )
            for tour, purpose, kind in zip(self._today, purposes, self._kinds[self._rows].tolist(), strict=True)
        ]  # fmt: skip
