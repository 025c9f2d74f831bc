"""Vehicles of a carrier from day to day: what each may do today, and its battery where it has one."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from simpy import Event

from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import ToStore
from molosim.routing import haulage as h
from molosim.routing import insertion as ins
from molosim.routing import tours as t
from molosim.routing.charging import Chargers, charge_today
from molosim.runtime.arrays import Ints
from molosim.simulation import trip_log as log
from molosim.simulation.batteries import TRANSFER, Charge, Driven, Garage
from molosim.simulation.context import RunContext
from molosim.simulation.transport_work import TransportWork


class CarrierVehicles:
    """Limits, batteries and charging of one carrier's vehicles.

    Parameters
    ----------
    tours, extras
        (n, ...) of the whole run; updated as they are driven.
    work
        Transport work of the tours.
    """

    def __init__(self, context: RunContext, number: int, tours: Ints, extras: Ints, work: TransportWork) -> None:
        scenario, self._fleet = context.scenario, context.world.fleets[number]
        self._context, self._tours, self._extras, self._work = context, tours, extras, work
        self._operator = scenario.carriers[number].name
        kinds = [scenario.vehicles[name] for name in self._fleet.types]
        self._capacity_kwh = np.array([kind.battery_kwh or 0 for kind in kinds])
        numbered = dict(enumerate(kinds[kind] for kind in self._fleet.type_of.tolist()))
        carrier = scenario.carriers[number]
        if isinstance(carrier.waste_to, ToStore):
            numbered[TRANSFER] = scenario.vehicles[carrier.waste_to.vehicle]
        batteries = {vehicle: kind for vehicle, kind in numbered.items() if kind.battery_kwh is not None}
        self.garage = Garage(context.env, carrier.charging, batteries, depot=carrier.depot.name)
        self.driven = Driven(scenario.vehicles, context.world.conditions, context.world.days.warmup)
        self._planned_kwh: dict[int, tuple[float, float, float]] = {}
        """Metres, kilogram metres and energy of today's tours as planned, by row."""

    # -- in the morning ------------------------------------------------------------------------------------------------

    def of_tours(self, day: int, today: Ints) -> t.Vehicles:
        """Vehicles of today's tours; their range is what their batteries will hold when they leave."""
        fleet, travel = self._fleet, self._context.world.travel
        kinds = self._fleet.type_of[today[:, t.TOUR_VEHICLE]]
        limits = fleet.limits[kinds]
        for tour in self.on_battery(today):
            vehicle, depart_s = today[tour, [t.TOUR_VEHICLE, t.TOUR_DEPART]].tolist()
            share = self.garage.share_at(vehicle, day * DAY_S + depart_s)
            limits[tour, t.LIMIT_RANGE_M] = int(share * fleet.range_m[day, kinds[tour]])
        return t.Vehicles(fleet.depot, limits, travel.seconds, travel.metres, fleet.periods[kinds], fleet.hours[kinds])

    def charge_on_the_way(self, day: int, today: Ints, stops: Ints, size: int, vehicles: t.Vehicles) -> Ints:
        """Let tours that are too long for what their batteries hold charge on the way, if they can.

        Returns the number of stops added to each.
        """
        added = np.zeros(len(today), np.int64)
        if not self.garage.batteries or not len(self._fleet.chargers):
            return added
        fleet, kinds = self._fleet, self._fleet.type_of[today[:, t.TOUR_VEHICLE]]
        chargers = Chargers(fleet.chargers, np.ascontiguousarray(fleet.charge_m_per_s[day, kinds]))
        for tour in np.flatnonzero(t.faults(today, vehicles.limits) == t.TOO_FAR).tolist():
            now = charge_today(today, stops, size, tour, chargers, vehicles)
            added[tour], size = now - size, now
        return added

    def on_battery(self, today: Ints) -> list[int]:
        """Those of today's tours whose vehicles have batteries."""
        if not self.garage.batteries:
            return []
        return [
            tour for tour, vehicle in enumerate(today[:, t.TOUR_VEHICLE].tolist()) if vehicle in self.garage.batteries
        ]

    def with_charging(self, today: Ints, stops: Ints, visits: Ints) -> list[list[int]]:
        """Visits of boxes and, with a box of -1 less the charger's number, of chargers, tour by tour as they come."""
        listed: list[list[int]] = visits.tolist()
        if not self.garage.batteries:
            return listed
        rows = np.flatnonzero(stops[: today[-1, t.TOUR_LAST], t.STOP_CHARGE_M])
        for row in rows.tolist():
            visit = [0] * ins.VISIT_COLUMNS
            visit[ins.VISIT_TOUR] = int(np.searchsorted(today[:, t.TOUR_FIRST], row, side="right")) - 1
            visit[ins.VISIT_BOX] = -1 - int(stops[row, t.STOP_PLACE] - self._fleet.chargers[0])
            visit[ins.VISIT_ARRIVE], visit[ins.VISIT_SERVICE] = stops[row, [t.STOP_ARRIVE, t.STOP_SERVICE]].tolist()
            visit[ins.VISIT_ROW] = row
            listed.append(visit)
        return sorted(listed, key=lambda visit: visit[ins.VISIT_ROW])

    # -- on the road ---------------------------------------------------------------------------------------------------

    def plan_energy(self, rows: slice) -> None:
        """Work out what today's tours take out of batteries if nothing changes them."""
        self._planned_kwh = {}
        for kind, name in enumerate(self._fleet.types):
            if not self._capacity_kwh[kind]:
                continue
            mine = rows.start + np.flatnonzero(self._fleet.type_of[self._tours[rows, t.TOUR_VEHICLE]] == kind)
            load_kgm = self._work.table[mine, h.H_LOAD_KGM]
            kwh = self.driven.kwh(name, self._tours[mine], load_kgm)
            metres = self._tours[mine, t.TOUR_METRES]
            self._planned_kwh |= dict(
                zip(mine.tolist(), zip(metres.tolist(), load_kgm.tolist(), kwh.tolist(), strict=True), strict=True)
            )

    def drive(self, row: int, drive: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """A tour as driven, with its battery if it has one."""
        return self._with_battery(row, drive) if row in self._planned_kwh else drive

    def _with_battery(self, row: int, drive: Generator[Event, None, None]) -> Generator[Event, None, None]:
        tour, extras, planned = self._tours[row], self._extras[row], self._planned_kwh[row]
        day, vehicle, depart_s = tour[[t.TOUR_DAY, t.TOUR_VEHICLE, t.TOUR_DEPART]].tolist()
        charge = Charge(self._operator, int(extras[log.X_PURPOSE]), day, vehicle, depart_s)
        held = yield from self.garage.trip(
            vehicle, charge, drive, lambda: (int(tour[t.TOUR_RETURN]), self._energy_kwh(row, planned))
        )
        # Who takes over from a broken-down van comes with a battery of its own.
        if not held and not extras[log.X_BREAKDOWN]:
            self._context.breaches[t.TOO_FAR] += 1

    def _energy_kwh(self, row: int, planned: tuple[float, float, float]) -> float:
        """Energy of a tour as driven so far."""
        metres, load_kgm, kwh = planned
        tour, now_kgm = self._tours[row], float(self._work.table[row, h.H_LOAD_KGM])
        if (int(tour[t.TOUR_METRES]), now_kgm) == (metres, load_kgm):
            return kwh
        name = self._fleet.types[self._fleet.type_of[tour[t.TOUR_VEHICLE]]]
        return float(self.driven.kwh(name, tour[None], np.array([now_kgm]))[0])

    def charge(self, row: int, visit: list[int], arrives: int, patience_s: int) -> Generator[Event, None, int]:
        """Charge on the way, the driver waiting; returns by how much the tour is later than planned.

        Whoever finds no free socket waits as long as the shift allows (``patience_s``), then drives on.
        """
        context, env, service_s = self._context, self._context.env, visit[ins.VISIT_SERVICE]
        yield env.timeout(max(0, arrives - env.now))
        came, sockets = int(env.now), context.sockets[-1 - visit[ins.VISIT_BOX]]
        with sockets.resource.request() as turn:
            yield turn | env.timeout(max(0, patience_s))
            waited = int(env.now) - came
            context.charging.waited_s += waited
            if not turn.triggered:
                return waited - service_s
            yield env.timeout(service_s)
        context.charging.stops += 1
        used_kwh = self._planned_kwh[row][2] * self._work.share_driven(row, visit[ins.VISIT_ROW])
        self.garage.charge_on_the_way(int(self._tours[row, t.TOUR_VEHICLE]), sockets, service_s, used_kwh)
        return waited

    def close(self) -> None:
        """Hand what was charged over to the trip log."""
        self._context.trip_log.flows += self.garage.settle(int(self._context.env.now))
        self._context.trip_log.charges += self.garage.charges
