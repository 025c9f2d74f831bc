"""Operations of a run on SimPy's clock: carriers, the municipality, stores and outages, beside the residents."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from simpy import Event

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.policies.policy import BoxStatus, Today
from molosim.routing.day_plans import DayPlans
from molosim.runtime.arrays import Ints
from molosim.simulation import box_state as c
from molosim.simulation.box_days import BoxDays
from molosim.simulation.carrier import CarrierOperations
from molosim.simulation.chance import Draws
from molosim.simulation.collection_rounds import CollectionRounds
from molosim.simulation.context import RunContext
from molosim.simulation.sample import Sample, StudiedDay
from molosim.simulation.world import World


class AlternativeRun(RunContext):
    """One alternative of one replication."""

    def __init__(
        self, world: World, draws: Draws, plans: tuple[DayPlans, ...], alternative: str, *, sample: Sample
    ) -> None:
        super().__init__(world, draws, alternative, sample)
        self.carriers = [
            CarrierOperations(self, number, day_plans, draws.breakdowns[number])
            for number, day_plans in enumerate(plans)
        ]
        self.collection = CollectionRounds(self) if self.policy.collects else None
        self.home_stops = self.late_loads = 0
        """Counted when the run is closed."""
        self.box_days = BoxDays(self, draws.parcels)
        self._work_days = [world.days.worked(carrier.spec.shift) for carrier in self.carriers]
        self.env.process(self._plan_days())
        self.env.process(self._outages(draws.outages))

    def run_until(self, until: int) -> None:
        """Run up to a second (exclusive for operations, inclusive for residents)."""
        self.env.run(until=until)
        self.residents.advance(until)

    def close(self) -> None:
        """Enter all tours into the trip log and let the operations go.

        They and their context know each other: what is not taken apart here would wait for Python's collector, which in
        a long sweep comes a gigabyte too late.
        """
        for carrier in self.carriers:
            carrier.close()
        if self.collection is not None:
            self.collection.close()
        self.home_stops = sum(carrier.home_stops for carrier in self.carriers)
        self.late_loads = sum(carrier.store.late_loads for carrier in self.carriers if carrier.store is not None)
        self.carriers, self.collection = [], None
        del self.box_days

    def stored_g(self) -> list[int]:
        """Grams in all carriers' stores, by fraction."""
        held = [carrier.store.by_fraction_g() for carrier in self.carriers if carrier.store is not None]
        return [sum(store[number] for store in held) for number in range(len(FRACTIONS))]

    def _plan_days(self) -> Generator[Event, None, None]:
        """Every morning: what boxes report, then carriers' visits, then the municipality's rounds."""
        plan_s = round(self.scenario.plan_h * 3600)
        for day in range(self.world.days.count):
            yield self.env.timeout(day * DAY_S + plan_s - self.env.now)
            fill, waste, errands = self.residents.survey(int(self.env.now))
            self.box_days.morning(day, fill)
            working = [carrier for number, carrier in enumerate(self.carriers) if self._work_days[number][day]]
            for carrier in working:
                if carrier.open_day(day):
                    carrier.plan_errands(np.ascontiguousarray(errands[:, carrier.number]))
            takers = [carrier for carrier in working if carrier.takes_waste]
            boxes = self._statuses(fill, waste, takers)
            today = Today(day, int(self.world.days.weekday[day]), bool(self.world.days.holiday[day]))
            if takers:
                self._plan_detours(boxes, today, takers)
                for carrier in takers:
                    carrier.take_from(self.decisions.pickup_ppm(boxes, today, carrier.spec.name))
            if day in self.sample.study_days:
                contents = self.residents.contents()
                self.sample.studied += [
                    StudiedDay(today, carrier.number, *carrier.plan(), contents, boxes) for carrier in working
                ]
            for carrier in working:
                carrier.send_out(day)
                if carrier.store is not None:
                    carrier.store.send_if_due(day, self._next_work_day(carrier.number, day))
            if self.collection is not None:
                self.collection.plan_day(boxes, today)

    def _next_work_day(self, carrier: int, day: int) -> int:
        later = np.flatnonzero(self._work_days[carrier][day + 1 :])
        return day + 1 + int(later[0]) if len(later) else self.world.days.count

    def _statuses(self, fill_ppm: Ints, waste_g: Ints, takers: list[CarrierOperations]) -> tuple[BoxStatus, ...]:
        """What planners may know of the boxes this morning."""
        if not (self.policy.shares or self.policy.collects):
            return ()
        fill = fill_ppm / 1e6
        since_s = self.env.now - self.residents.boxes[:, c.B_LAST_EMPTIED]
        per_day = fill / np.maximum(since_s / DAY_S, 1)
        passed = np.zeros(len(fill), bool)
        for carrier in takers:
            passed |= carrier.planned
        columns = (fill.tolist(), (waste_g / 1000).tolist(), per_day.tolist(), passed.tolist())
        return tuple(BoxStatus(box, *values) for box, values in enumerate(zip(*columns, strict=True)))

    def _plan_detours(self, statuses: tuple[BoxStatus, ...], today: Today, takers: list[CarrierOperations]) -> None:
        """Boxes that the policy wants visited for their waste go to the carrier for whom they are nearest."""
        names = [carrier.name for carrier in self.scenario.carriers]
        boxes, stop = self.residents.boxes, self.box_stop_s
        for box, most_s, carriers in self.decisions.detours(statuses, today, names):
            containers = int(boxes[box, c.B_LAST_CONTAINER] - boxes[box, c.B_FIRST_CONTAINER])
            service_s = stop.fixed_s + containers * stop.container_s
            asked = [one for one in takers if carriers is None or one.spec.name in carriers]
            asked = [one for one in asked if not one.planned[box]]
            for carrier in sorted(asked, key=lambda carrier: carrier.detour_s(box, service_s)):
                if carrier.plan_waste(box, service_s, round(most_s)):
                    break

    def _outages(self, outages: Ints) -> Generator[Event, None, None]:
        for second, box, length in outages.tolist():
            yield self.env.timeout(second - self.env.now)
            self.residents.break_box(second, box, second + length)
