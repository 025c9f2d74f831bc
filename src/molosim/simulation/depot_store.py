"""Store of a carrier's depot for waste, emptied by transfer runs to the reception."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

import numpy as np
from simpy import Event

from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import ToStore
from molosim.routing import haulage as h
from molosim.routing import tours as t
from molosim.runtime.arrays import Ints
from molosim.runtime.errors import InfeasiblePlanError
from molosim.simulation import trip_log as log
from molosim.simulation.batteries import TRANSFER, Charge
from molosim.simulation.carrier_vehicles import CarrierVehicles
from molosim.simulation.context import RunContext
from molosim.simulation.fleets import limits_of, range_m
from molosim.simulation.waste_loads import Load
from molosim.trips import Purpose


class DepotStore:
    """A carrier's depot store: limited in mass, ADR points and age; emptied by transfer runs."""

    def __init__(self, context: RunContext, carrier: int, spec: ToStore, vehicles: CarrierVehicles) -> None:
        self._context, self._spec, self._carrier, self._vehicles = context, spec, carrier, vehicles
        self._limit_g, self._limit_points = round(spec.mass_limit_kg * 1000), round(spec.points_limit * 1000)
        shift = context.scenario.carriers[carrier].shift
        vehicle = context.scenario.vehicles[spec.vehicle]
        self._limits: Ints = limits_of(vehicle, shift)
        self._range_m = range_m(vehicle, context.world.days, context.world.conditions)
        self._check_range()
        # Loads are not split, so a visit may take no more than a transfer run can carry.
        self.visit_ml, self._visit_g, self._visit_points = (int(limit) for limit in self._limits[:3])
        self._loads: deque[Load] = deque()
        self._reserved_g = self._reserved_points = 0
        self.g = self.points = 0
        self.late_loads = 0

    @property
    def room_g(self) -> int:
        """Grams that a visit may still take."""
        return min(self._limit_g - self.g - self._reserved_g, self._visit_g)

    @property
    def room_points(self) -> int:
        """Points x 1000 that a visit may still take."""
        return min(self._limit_points - self.points - self._reserved_points, self._visit_points)

    def reserve(self, load: Load) -> None:
        """Promise room to a van that takes a load; it comes at the tour's end."""
        self._reserved_g += load.g
        self._reserved_points += load.points

    def put(self, loads: list[Load]) -> None:
        """A van brings what was promised."""
        for load in loads:
            self._reserved_g -= load.g
            self._reserved_points -= load.points
            self.g += load.g
            self.points += load.points
            self._loads.append(load)

    def by_fraction_g(self) -> list[int]:
        """Grams in the store by fraction."""
        return [sum(load.by_fraction_g[f] for load in self._loads) for f in range(len(FRACTIONS))]

    def send_if_due(self, day: int, next_day: int) -> None:
        """Order transfer runs on a working day when the store is full enough or would grow too old by the next one."""
        if not self._loads:
            return
        full = max(self.g / self._limit_g, self.points / self._limit_points) >= self._spec.empty_at
        oldest_day = self._loads[0].second // DAY_S
        if full or next_day - oldest_day > self._spec.max_age_days:
            self._context.env.process(self._transfer(day))

    def _batch(self) -> list[Load]:
        """Oldest loads that one vehicle may carry together; the store lets go of them."""
        batch: list[Load] = []
        limits, ml, g, points = self._limits, 0, 0, 0
        while self._loads:
            load = self._loads[0]
            ml, g, points = ml + load.ml, g + load.g, points + load.points
            if batch and (ml > limits[t.LIMIT_ML] or g > limits[t.LIMIT_G] or points > limits[t.LIMIT_POINTS]):
                break
            batch.append(self._loads.popleft())
            self.g -= load.g
            self.points -= load.points
        return batch

    def _transfer(self, day: int) -> Generator[Event, None, None]:
        """Runs to the reception, one after the other, until the store is empty."""
        context, world = self._context, self._context.world
        carrier = context.scenario.carriers[self._carrier]
        limits = self._limits
        depart = round(carrier.shift.start_h * 3600)
        yield context.env.timeout(day * DAY_S + depart - context.env.now)
        while self._loads:
            stops = np.zeros((1, t.STOP_COLUMNS), np.int64)
            stops[0, t.STOP_PLACE], stops[0, t.STOP_SERVICE] = world.reception, round(self._spec.unload_s)
            tour = np.zeros(t.TOUR_COLUMNS, np.int64)
            tour[t.TOUR_DAY], tour[t.TOUR_DEPART] = day, depart
            travel, depot = world.travel, world.fleets[self._carrier].depot
            t.drive(tour, stops, depot, depot, t.Ways(travel.seconds, travel.metres, travel.period_of_hour))
            if tour[t.TOUR_RETURN] > limits[t.LIMIT_RETURN] or tour[t.TOUR_RANGE_M] > self._range_now_m(day):
                return  # what is left waits for another day
            if day == context.sample.map_day:
                context.sample.keep(
                    tour, stops, operator=carrier.name, vehicle_type=self._spec.vehicle, purpose=Purpose.TRANSFER,
                    depot=depot,
                )  # fmt: skip
            batch = self._batch()
            self.late_loads += sum(day - load.second // DAY_S > self._spec.max_age_days for load in batch)
            tour[t.TOUR_PEAK_ML] = sum(load.ml for load in batch)
            tour[t.TOUR_PEAK_G] = sum(load.g for load in batch)
            tour[t.TOUR_PEAK_POINTS] = sum(load.points for load in batch)
            context.check(tour, limits)
            garage, charge = self._vehicles.garage, Charge(carrier.name, log.TRANSFER, day, 0, depart)
            if TRANSFER in garage.batteries:
                garage.leave(TRANSFER, charge)
            yield context.env.timeout(int(stops[0, t.STOP_ARRIVE]) - depart)
            for load in batch:
                context.reception.receive(load)
            yield context.env.timeout(int(tour[t.TOUR_RETURN] - stops[0, t.STOP_ARRIVE]))
            load_kgm = self._enter(tour, batch)
            if TRANSFER in garage.batteries:
                kwh = self._vehicles.driven.kwh(self._spec.vehicle, tour[None], np.array([load_kgm]))
                context.breaches[t.TOO_FAR] += not garage.back(TRANSFER, float(kwh[0]))
            depart = int(tour[t.TOUR_RETURN])

    def _range_now_m(self, day: int) -> int:
        """Metres that the vehicle may be sent now."""
        garage = self._vehicles.garage
        if TRANSFER not in garage.batteries:
            return t.ANY_RANGE_M
        return int(garage.share_at(TRANSFER, int(self._context.env.now)) * self._range_m[day])

    def _check_range(self) -> None:
        """No store that its vehicle can never empty."""
        world, depot = self._context.world, self._context.world.fleets[self._carrier].depot
        metres, periods, reception = world.travel.metres, np.unique(world.travel.period_of_hour), world.reception
        needed_m = int((metres[periods, depot, reception] + metres[periods, reception, depot]).max())
        if needed_m > self._range_m.min():
            problem = (
                f"'{self._spec.vehicle}' drives {self._range_m.min() / 1000:.1f} km on a full battery on the coldest"
                f" day; the way to the reception and back is {needed_m / 1000:.1f} km"
            )
            raise InfeasiblePlanError.at(f"carriers.{self._carrier}.waste_to.vehicle", problem)

    def _enter(self, tour: Ints, batch: list[Load]) -> float:
        """Enter a run into the trip log; returns kilograms times metres."""
        extras = np.zeros(log.EXTRA_COLUMNS, np.int64)
        extras[[log.X_STOPS, log.X_PURPOSE, log.X_LIMIT_ML]] = 1, log.TRANSFER, self.visit_ml
        extras[log.X_WASTE_G], extras[log.X_CONTAINERS] = tour[t.TOUR_PEAK_G], sum(load.containers for load in batch)
        extras[log.X_POINTS] = tour[t.TOUR_PEAK_POINTS]
        carrier = self._context.scenario.carriers[self._carrier]
        world, depot = self._context.world, self._context.world.fleets[self._carrier].depot
        kg, litres = tour[[t.TOUR_PEAK_G]] / 1000, tour[[t.TOUR_PEAK_ML]] / 1000
        sfd_m, gcd_m = log.distance_to(world.roads.distances[world.reception], depot)
        load_kgm = kg * self._context.leg(depot, world.reception, int(tour[t.TOUR_DEPART]))[0]
        haulage, to_m = np.zeros((1, h.HAULAGE_COLUMNS)), (np.array([sfd_m]), np.array([gcd_m]))
        h.book_waste(haulage, np.zeros(1, np.int64), kg, litres, load_kgm=load_kgm, to_m=to_m)
        self._context.trip_log.add(carrier.name, self._spec.vehicle, tour, extras, haulage)
        return float(haulage[0, h.H_LOAD_KGM])
