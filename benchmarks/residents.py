"""The residents' compiled kernel against plain tellings of the same year in SimPy, a process for every parcel.

    python benchmarks/residents.py

All tellings meet the bundled world's draws and the same visits: those of a replication's day plans, with waste taken
whenever a container is 30 % full. They must leave the same ledger. The lean telling is `naive.crowd`, the other the
twin that the tests compare event for event (which also keeps a log of all events).
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import numpy as np
import simpy
from _tools import Line, cpu_s, show, world_of
from naive.crowd import Crowd
from numba import njit
from numpy.typing import NDArray

from molosim.inputs.days import DAY_S
from molosim.routing import tours as t
from molosim.simulation.alternative_run import Prepared, prepare
from molosim.simulation.box_ledger import BOX_LEDGER
from molosim.simulation.box_state import VisitLimits
from molosim.simulation.box_visit_kernel import visit
from molosim.simulation.residents import ResidentsState
from molosim.simulation.world import World

sys.path.append(str(Path(__file__).parents[1]))  # the twin lives with the tests
from tests.simulation.twin import Twin

Ints = NDArray[np.int64]
PLENTY = 1 << 40
LIMITS = VisitLimits(PLENTY, PLENTY, PLENTY, PLENTY, PLENTY, PLENTY, 20, 60, 300_000)
"""Room and time without end; seconds for a parcel and a container; fill from which waste is taken."""


def schedule(world: World, prepared: Prepared) -> Ints:
    """Second, box, carrier and day of every planned visit of a box, in order."""
    parts = []
    for carrier, plans in enumerate(prepared.plans):
        day = np.repeat(plans.tours[:, t.TOUR_DAY], plans.tours[:, t.TOUR_LAST] - plans.tours[:, t.TOUR_FIRST])
        rows = np.flatnonzero(plans.stops[:, t.STOP_PLACE] >= world.first_box)
        second, box = day[rows] * DAY_S + plans.stops[rows, t.STOP_ARRIVE], plans.stops[rows, t.STOP_PLACE]
        parts.append(np.stack([second, box - world.first_box, np.full(len(rows), carrier), day[rows]], axis=1))
    visits = np.concatenate(parts)
    return np.ascontiguousarray(visits[np.argsort(visits[:, 0], kind="stable")]).astype(np.int64)


class Tellings:
    """A year of residents told four ways; each gives the ledger at the end."""

    def __init__(self) -> None:
        self.world = world_of()
        self.prepared = prepare(self.world, 0)
        self.visits = schedule(self.world, self.prepared)
        self.end_s = self.world.days.count * DAY_S - 1

    def _residents(self) -> ResidentsState:
        return ResidentsState(self.world.layout, self.prepared.draws, self.world.scenario.residents, waste=True)

    def kernel(self) -> Ints:
        """As operations use it: a call from Python at every visit."""
        residents = self._residents()
        for second, box, carrier, day in self.visits.tolist():
            residents.visit(second, box, carrier, day, LIMITS)
        return residents.accounts(self.end_s)

    def compiled(self) -> Ints:
        """The kernel alone: the loop over the visits is compiled too."""
        residents = self._residents()
        _all_visits(self.visits, residents.state)
        return residents.accounts(self.end_s)

    def lean(self) -> Ints:
        env = simpy.Environment()
        scenario, layout = self.world.scenario, self.world.layout
        crowd = Crowd(env, layout, self.prepared.draws, scenario.residents, self.world.days.count, waste=True)

        def vehicles() -> Generator[simpy.Event, None, None]:
            for second, box, carrier, day in self.visits.tolist():
                yield env.timeout(second - env.now)
                crowd.visit(second, box, carrier, day, *LIMITS)

        env.process(vehicles())
        env.run(until=self.end_s)
        return crowd.accounts(self.end_s)

    def twin(self) -> Ints:
        scenario = self.world.scenario
        twin = Twin(scenario.boxes, self.world.sites, scenario.residents, self.prepared.draws, waste=True)
        for second, box, carrier, day in self.visits.tolist():
            twin.visit(second, box, carrier, day, *LIMITS)
        return np.array([[count[name] for name in BOX_LEDGER] for count in twin.accounts(self.end_s)], np.int64)


@njit
def _all_visits(visits, state):
    for i in range(visits.shape[0]):
        visit(state, visits[i, 0], visits[i, 1], visits[i, 2], visits[i, 3], LIMITS)


def main() -> None:
    told = Tellings()
    ledgers = [telling() for telling in (told.kernel, told.compiled, told.lean, told.twin)]  # compiled on the way
    if not all(np.array_equal(ledgers[0], ledger) for ledger in ledgers[1:]):
        raise SystemExit("the tellings differ")
    kernel, compiled = cpu_s(told.kernel), cpu_s(told.compiled)
    lean, twin = cpu_s(told.lean, 3), cpu_s(told.twin, 3)
    draws = told.prepared.draws
    count = f"{len(draws.parcels)} parcels, {len(draws.sends)} sendings, {len(draws.deposits)} deposits"
    show(
        f"Residents of {len(told.world.sites)} boxes, {told.world.days.count} days, {count}; {len(told.visits)} visits",
        [
            Line("kernel, called from Python at every visit", kernel),
            Line("kernel, the loop over visits compiled too", compiled),
            Line("lean SimPy telling", lean),
            Line("tests' SimPy twin", twin),
            Line("lean telling / kernel called from Python", lean / kernel, "x", 50, at_least=True),
            Line("twin / kernel called from Python", twin / kernel, "x", 50, at_least=True),
            Line("lean telling / kernel alone", lean / compiled, "x", 50, at_least=True),
            Line("twin / kernel alone", twin / compiled, "x", 50, at_least=True),
        ],
    )


if __name__ == "__main__":
    main()
