"""Context that the operations of a run share: clock, world, residents, records; it knows none of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import simpy

from molosim.inputs.fleet import BoxStop
from molosim.routing import tours as t
from molosim.runtime.arrays import Ints
from molosim.simulation.batteries import Sockets
from molosim.simulation.chance import Draws
from molosim.simulation.decisions import Decisions
from molosim.simulation.residents import ResidentsState
from molosim.simulation.sample import Sample
from molosim.simulation.trip_log import TripLog
from molosim.simulation.waste_loads import Reception
from molosim.simulation.world import World


@dataclass(frozen=True, slots=True)
class BoxStopSeconds:
    """Time at a box in whole seconds."""

    fixed_s: int
    parcel_s: int
    container_s: int


@dataclass(slots=True)
class ChargedOnTheWay:
    """Totals of charging during tours."""

    stops: int = 0
    waited_s: int = 0
    """By drivers, for a free socket."""


def _whole(spec: BoxStop) -> BoxStopSeconds:
    return BoxStopSeconds(round(spec.fixed_s), round(spec.parcel_s), round(spec.container_s))


class RunContext:
    """Shared by the carriers, stores and collection rounds of one run."""

    def __init__(self, world: World, draws: Draws, alternative: str, sample: Sample) -> None:
        self.world, self.scenario = world, world.scenario
        self.policy = self.scenario.alternatives[alternative]
        self.decisions = Decisions(self.policy, alternative, len(world.sites))
        self.env = simpy.Environment(initial_time=0)
        self.residents = ResidentsState(
            world.layout, draws, self.scenario.residents, waste=self.policy.boxes_take_waste, log=sample.events
        )
        self.trip_log, self.sample, self.reception = TripLog(world.days.warmup), sample, Reception()
        self.box_stop_s = _whole(self.scenario.box_stop)
        self.breaches = np.zeros(len(t.FAULTS), np.int64)
        self.tender_breaches = 0
        """Visits of boxes by vehicles that may not come to them."""
        self.sockets = [
            Sockets.of(self.env, charger.sockets, charger.kw, charger.name) for charger in self.scenario.chargers
        ]
        """On the map."""
        self.charging = ChargedOnTheWay()

    def leg(self, here: int, there: int, second: int, hours: Ints | None = None) -> tuple[int, int]:
        """Metres and seconds of a leg that starts at a second of the day; ``hours`` are periods where not cars'."""
        travel = self.world.travel
        period = (travel.period_of_hour if hours is None else hours)[second // 3600 % 24]
        return int(travel.metres[period, here, there]), int(travel.seconds[period, here, there])

    def check(self, tours: Ints, limits: Ints) -> None:
        """Count the rule breaches of tours as driven; there must never be one."""
        found = t.faults(np.atleast_2d(tours), np.atleast_2d(limits))
        self.breaches += np.bincount(found, minlength=len(t.FAULTS))
