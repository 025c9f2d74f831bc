"""An audit of vans: what they had aboard at every stop, from what each visit moved, against limits and the trip log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.simulation.test_bookkeeping import tight_worlds

from molosim.inputs.days import DAY_S
from molosim.routing import tours as t
from molosim.runtime.errors import ScenarioError
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import prepare
from molosim.simulation.carrier import CarrierOperations
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.world import World

Ints = NDArray[np.int64]


@dataclass
class Visit:
    """What one visit moved: (millilitres, grams) each."""

    second: int
    left: Ints
    back: Ints
    waste: Ints
    points: int


@dataclass
class Auditor:
    """Stands beside a run and notes plans and visits."""

    run: AlternativeRun
    plans: list[tuple[CarrierOperations, int, int, Ints, Ints]] = field(default_factory=list)
    visits: dict[tuple[int, int, int], Visit] = field(default_factory=dict)
    """By carrier, day and box."""

    def __post_init__(self) -> None:
        exchange = self.run.residents.exchange

        def visit(now: int, box: int, carrier: int, day: int, limits: tuple[int, ...]) -> tuple[int, ...]:
            result = exchange(now, box, carrier, day, limits)
            _, left_ml, left_g, _, back_ml, back_g, _, waste_ml, waste_g, points = result
            moved = np.array([(left_ml, left_g), (back_ml, back_g), (waste_ml, waste_g)])
            assert (carrier, day, box) not in self.visits
            if carrier >= 0:
                self.visits[carrier, day, box] = Visit(now, *moved, points)
            return result

        self.run.residents.exchange = visit
        for carrier in self.run.carriers:
            carrier.send_out = self._noting(carrier)  # type: ignore[method-assign]

    def _noting(self, carrier: CarrierOperations) -> Callable[[int], None]:
        send_out = carrier.send_out

        def noted(day: int) -> None:
            self.plans.append((carrier, day, carrier._rows.start, *carrier.plan()))
            send_out(day)

        return noted

    def placed(self, carrier: int, box: int, second: int) -> Ints:
        """Volume and mass of the parcels that found a door at a visit."""
        parcels = self.run.residents.parcels
        mine = (parcels[:, c.P_BOX] == box) & (parcels[:, c.P_CARRIER] == carrier) & (parcels[:, c.P_PLACED] == second)
        return parcels[mine][:, [c.P_ML, c.P_G]].sum(axis=0)

    def peaks(self, carrier: CarrierOperations, day: int, stops: Ints) -> tuple[int, int, int]:
        """Most millilitres, grams and points aboard on a tour."""
        first_box = self.run.world.first_box
        steps: list[tuple[Ints, Ints, int]] = []  # taken off, taken on, points taken on
        aboard = np.zeros(2, np.int64)
        for stop in stops:
            visit = self.visits.get((carrier.number, day, int(stop[t.STOP_PLACE]) - first_box))
            if visit is None:  # a home delivery, or a box that a broken-down van did not reach
                brought = -stop[[t.STOP_ML, t.STOP_G]]
                steps.append((brought, np.zeros(2, np.int64), 0))
            else:
                off = self.placed(carrier.number, int(stop[t.STOP_PLACE]) - first_box, visit.second)
                brought = off + visit.left
                steps.append((off, visit.back + visit.waste, visit.points))
            aboard = aboard + brought
        most, points = aboard.copy(), 0
        for off, on, more in steps:
            most = np.maximum(most, aboard + on)
            aboard, points = aboard + on - off, points + more
        return int(most[0]), int(most[1]), points


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tight_worlds(), st.sampled_from(("none", "shared", "hybrid")))
def test_vans_are_as_full_as_their_visits_say_and_never_too_full(
    world_of: Callable[..., World], changes: dict[str, Any], alternative: str
) -> None:
    world = world_of(changes)
    try:
        prepared = prepare(world, 0)
    except ScenarioError:
        assume(False)
        raise
    run = AlternativeRun(world, prepared.draws, prepared.plans, alternative, sample=Sample())
    auditor = Auditor(run)
    run.run_until(world.days.count * DAY_S - 1)
    audited = 0
    for carrier, day, first_row, tours, stops in auditor.plans:
        for number, planned in enumerate(tours):
            mine = stops[planned[t.TOUR_FIRST] : planned[t.TOUR_LAST]]
            ml, g, points = auditor.peaks(carrier, day, mine)
            limits = world.fleets[carrier.number].limits[0]
            assert ml <= limits[t.LIMIT_ML]
            assert g <= limits[t.LIMIT_G]
            assert points <= limits[t.LIMIT_POINTS]
            driven = carrier._tours[first_row + number]
            assert driven[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]].tolist() == [ml, g, points]
            audited += 1
    assert audited == sum(len(plan.tours) for plan in prepared.plans)
