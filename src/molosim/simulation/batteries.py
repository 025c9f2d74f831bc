"""Batteries and the sockets that they are charged at: state of charge from tour to tour, queues, energy.

Energy is kilowatt-hours in the battery; sockets deliver more, by the share that charging loses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import simpy
from simpy import Event

from molosim.emissions import Conditions
from molosim.emissions.electric import kwh, kwh_per_km
from molosim.emissions.sources import CHARGING_LOSS
from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import Charging, VehicleType
from molosim.routing import tours as t
from molosim.runtime.arrays import Floats, Ints

KEPT_SHARE = 1 - CHARGING_LOSS.value
"""Of what a socket delivers, what the battery keeps."""
_HOUR_S = 3600
_NOTHING_KWH = 1e-9
"""Less than this is rounding."""
TRANSFER = -1
"""Number of the vehicle for transfer runs in a carrier's garage."""


def battery_kwh_per_km(vehicle: VehicleType, temperature_c: float) -> float:
    """Energy out of the battery that a plan reckons with."""
    return KEPT_SHARE * kwh_per_km(vehicle, temperature_c)


def socket_kw(vehicle: VehicleType, kw: float) -> float:
    """Power that a vehicle draws from a socket of so many kilowatts."""
    return min(kw, vehicle.charge_kw)


@dataclass(frozen=True, slots=True)
class Driven:
    """What energy depends on, of the tours of one vehicle type."""

    vehicles: Mapping[str, VehicleType]
    conditions: Conditions
    warmup: int

    def kwh(self, vehicle_type: str, tours: Ints, load_kgm: Floats) -> Floats:
        """Energy out of the battery for driven tours (n, TOUR_COLUMNS) with so many kilograms times metres aboard."""
        trips = {
            "vehicle_type": np.full(len(tours), vehicle_type),
            "day": tours[:, t.TOUR_DAY] - self.warmup,
            "metres": tours[:, t.TOUR_METRES],
            "driving_s": tours[:, t.TOUR_DRIVING],
            "load_kgm": load_kgm,
        }
        return KEPT_SHARE * kwh(trips, self.vehicles, self.conditions)


@dataclass(slots=True)
class Charge:
    """What was charged after a trip and on it."""

    operator: str
    purpose: int
    day: int
    vehicle: int
    depart_s: int
    start_s: int = -1
    """Second after midnight of ``day`` at which it is charged at the depot; -1 while it waits."""
    kw: float = 0.0
    """Drawn from the depot's socket."""
    socket_kwh: float = 0.0
    """Drawn from sockets, on the way and at the depot."""

    @property
    def trip(self) -> tuple[str, int, int, int, int]:
        """Which trip it was."""
        return self.operator, self.purpose, self.day, self.vehicle, self.depart_s


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy that a vehicle drew from one socket without a break."""

    start_s: float
    """Seconds since the first midnight of the run."""
    kw: float
    kwh: float
    """Both at the socket."""
    place: str
    """Name of the depot or the charger."""


@dataclass(eq=False)
class Battery:
    """State of charge of one vehicle."""

    capacity_kwh: float
    kwh: float
    """At the last booking; below zero where a tour needed more than there was."""
    charge: Charge | None = None
    """Of the trip that it is on or was on last."""
    ran_dry: bool = False
    """Whether that trip needed more than there was."""
    at_socket: simpy.Process | None = None
    since_s: int = 0
    """When power began to flow, or was last booked; it flows where ``charge.start_s`` is set."""
    depot: str = ""
    """Where it is charged after a trip."""
    flows: list[Flow] = field(default_factory=list)
    """All that was drawn for it, in their order."""
    trips: list[tuple[Charge, float]] = field(default_factory=list)
    """What each trip took out of it, kWh."""
    driven_kwh: float = 0.0
    charged_kwh: float = 0.0
    """Both since the start of the run."""

    def level_kwh(self, now: int) -> float:
        """State of charge at a second, if nobody unplugs it before; what waits for a socket goes on waiting."""
        if self.charge is None or self.charge.start_s < 0:
            return self.kwh
        return min(self.capacity_kwh, self.kwh + self._kept_kw * (now - self.since_s) / _HOUR_S)

    def book(self, now: int) -> None:
        """Enter what has flowed into it."""
        if (more_kwh := self.level_kwh(now) - self.kwh) > 0 and self.charge is not None:
            self.add(more_kwh, self.since_s, self.charge.kw, self.depot)
        self.since_s = now

    def add(self, kwh: float, start_s: int, kw: float, place: str) -> None:
        """Enter energy that came in from a socket."""
        self.kwh += kwh
        self.charged_kwh += kwh
        self.flows.append(Flow(start_s, kw, kwh / KEPT_SHARE, place))
        if self.charge is not None:
            self.charge.socket_kwh += kwh / KEPT_SHARE

    def drive(self, kwh: float) -> None:
        """Enter energy that a tour took."""
        self.kwh -= kwh
        self.driven_kwh += kwh
        if self.charge is not None:
            self.trips.append((self.charge, kwh))

    def paid(self) -> Iterator[tuple[Charge, Flow]]:
        """What was drawn, by the trip whose energy it put back: what was taken first is put back first."""
        owed = deque((charge, kwh / KEPT_SHARE) for charge, kwh in self.trips)
        for flow in self.flows:
            start_s, left = flow.start_s, flow.kwh
            while left > _NOTHING_KWH and owed:
                charge, kwh = owed[0]
                part = min(left, kwh)
                yield charge, Flow(start_s, flow.kw, part, flow.place)
                start_s, left = start_s + part / flow.kw * _HOUR_S, left - part
                if kwh - part > _NOTHING_KWH:
                    owed[0] = charge, kwh - part
                else:
                    owed.popleft()

    @property
    def _kept_kw(self) -> float:
        return KEPT_SHARE * self.charge.kw if self.charge else 0.0


@dataclass(eq=False)
class Sockets:
    """Sockets at one place, all of the same power."""

    env: simpy.Environment
    resource: simpy.Resource
    kw: float
    place: str

    @classmethod
    def of(cls, env: simpy.Environment, number: int, kw: float, place: str) -> Sockets:
        """So many of them."""
        return cls(env, simpy.Resource(env, number), kw, place)


class Garage:
    """Batteries of one operator's vehicles and the sockets at their depot.

    A vehicle is plugged in when it is back, if a socket is free; else it waits, and the one that has waited longest is
    next when a battery is full. It leaves for its next tour with what it has.
    """

    def __init__(
        self, env: simpy.Environment, charging: Charging, types: Mapping[int, VehicleType], *, depot: str
    ) -> None:
        self._env, self._types = env, types
        sockets = charging.sockets or max(1, len(types))
        self._sockets = Sockets.of(env, sockets, charging.kw, depot)
        self.batteries = {
            number: Battery(kind.battery_kwh or 0, kind.battery_kwh or 0, depot=depot) for number, kind in types.items()
        }
        self._reserve_kwh = {number: (kind.battery_kwh or 0) * kind.reserve_share for number, kind in types.items()}
        self.charges: list[Charge] = []

    def leave(self, vehicle: int, charge: Charge) -> None:
        """Unplug a vehicle that sets out now; ``charge`` is to hold what is charged on the trip and after it."""
        battery = self.batteries[vehicle]
        if battery.at_socket is not None and battery.at_socket.is_alive:
            battery.at_socket.interrupt()
        battery.book(int(self._env.now))
        battery.charge, battery.at_socket, battery.ran_dry = charge, None, False
        self.charges.append(charge)

    def charge_on_the_way(self, vehicle: int, sockets: Sockets, seconds: int, used_kwh: float) -> None:
        """Have charged for so many seconds until now, on a trip that has taken so much energy so far."""
        battery = self.batteries[vehicle]
        level_kwh = battery.kwh - used_kwh
        battery.ran_dry |= level_kwh < 0
        kw = socket_kw(self._types[vehicle], sockets.kw)
        flows_kwh = KEPT_SHARE * kw * seconds / _HOUR_S
        flows_kwh = min(flows_kwh, battery.capacity_kwh - level_kwh)
        battery.add(flows_kwh, int(self._env.now) - seconds, kw, sockets.place)

    def back(self, vehicle: int, kwh: float) -> bool:
        """A vehicle is back from a trip that took so much energy in all; False where it was more than it had."""
        battery = self.batteries[vehicle]
        battery.drive(kwh)
        battery.ran_dry |= battery.kwh < 0
        if battery.charge is not None:
            battery.charge.kw = socket_kw(self._types[vehicle], self._sockets.kw)
            battery.at_socket = self._env.process(self._fill(battery, battery.charge))
        return not battery.ran_dry

    def trip(
        self, vehicle: int, charge: Charge, drive: Generator[Event, None, None], end: Callable[[], tuple[int, float]]
    ) -> Generator[Event, None, bool]:
        """Unplug a vehicle when its trip begins, drive, plug it in; False where the trip took more than there was.

        ``end`` returns after the drive the second of the day at which the vehicle is back, and the energy that it took.
        """
        midnight = charge.day * DAY_S
        yield self._env.timeout(midnight + charge.depart_s - self._env.now)
        self.leave(vehicle, charge)
        yield from drive
        back_s, kwh = end()
        yield self._env.timeout(max(0, midnight + back_s - self._env.now))
        return self.back(vehicle, kwh)

    def share_at(self, vehicle: int, second: int) -> float:
        """Share of what plans may use of a full battery that is to be expected at a second."""
        battery, reserve_kwh = self.batteries[vehicle], self._reserve_kwh[vehicle]
        return max(0.0, battery.level_kwh(second) - reserve_kwh) / (battery.capacity_kwh - reserve_kwh)

    def settle(self, now: int) -> list[tuple[Charge, Flow]]:
        """Enter what has flowed so far; returns all of it by the trip whose energy it put back."""
        for battery in self.batteries.values():
            battery.book(now)
        return [one for battery in self.batteries.values() for one in battery.paid()]

    def _fill(self, battery: Battery, charge: Charge) -> Generator[Event, None, None]:
        """Wait for a socket, then charge until it is full or the vehicle leaves."""
        try:
            with self._sockets.resource.request() as turn:
                yield turn
                now = int(self._env.now)
                charge.start_s, battery.since_s = now - charge.day * DAY_S, now
                missing_kwh = battery.capacity_kwh - battery.kwh
                yield self._env.timeout(int(np.ceil(missing_kwh / (KEPT_SHARE * charge.kw) * _HOUR_S)))
                battery.book(int(self._env.now))
        except simpy.Interrupt:
            return
