"""Tours of a carrier's vans: they exchange at boxes and unload at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from simpy import Event

from molosim.inputs.days import DAY_S
from molosim.inputs.fleet import ToReception
from molosim.routing import tours as t
from molosim.runtime.arrays import Ints
from molosim.simulation import trip_log as log
from molosim.simulation.box_state import NO_WASTE_PPM, VisitResult
from molosim.simulation.carrier_vehicles import CarrierVehicles
from molosim.simulation.context import RunContext
from molosim.simulation.depot_store import DepotStore
from molosim.simulation.sample import SampleTour
from molosim.simulation.transport_work import TransportWork
from molosim.simulation.waste_loads import UNLIMITED, Load


class Departure(NamedTuple):
    """One of today's tours as it leaves the depot."""

    row: int
    """Of the carrier's tours."""
    day: int
    visits: list[list[int]]
    """Of boxes and chargers, each (VISIT_COLUMNS,), as planned."""
    allowed_s: dict[int, int]
    """By box, the time that the plan allows for what is taken away, beside what is brought."""
    limits: list[int]
    """Of its vehicle and shift today."""
    slack_s: int
    """By how much it may be late."""
    take_ppm: list[int]
    """By box, fill from which it takes containers, in millionths."""
    last: tuple[int, int]
    """The last stop's place and the second at which the plan leaves it."""
    breaks: float
    """Second of the run from which it makes no visits."""
    shown: SampleTour | None
    """On the sampled day."""


class VanTours:
    """Drives the tours of one carrier.

    Parameters
    ----------
    books
        (n, ...) of the whole run: tours, updated as they are driven; extras; transport work.
    store
        Where waste goes; None where the carrier takes none or unloads at the reception.
    """

    def __init__(
        self,
        context: RunContext,
        number: int,
        books: tuple[Ints, Ints, TransportWork],
        vehicles: CarrierVehicles,
        store: DepotStore | None,
    ) -> None:
        self._context, self._carrier, self._vehicles, self._store = context, number, vehicles, store
        self._tours, self._extras, self._work = books
        self._fleet, carrier = context.world.fleets[number], context.scenario.carriers[number]
        takes = carrier.takes_waste and context.policy.shares
        self._none_ppm = [NO_WASTE_PPM] * len(context.world.sites)
        self.take_ppm = self._none_ppm
        """By box, fill in millionths from which its vans take containers today."""
        self._unload_s = (
            round(carrier.waste_to.unload_s) if takes and isinstance(carrier.waste_to, ToReception) else None
        )
        """At the reception; None where tours do not end over it."""
        self._over = np.stack([self._over_reception(kind) for kind in range(len(self._fleet.types))])
        """(types, 2, places): most seconds and metres that the end over the reception adds after each last stop."""

    def start(self, out: Departure) -> None:
        """Let a tour leave."""
        self._context.env.process(self._vehicles.drive(out.row, self._drive(out)))

    def leeway(self, today: Ints, limits: Ints, last_places: Ints) -> tuple[list[int], list[list[int]]]:
        """Of each of today's tours `Departure.slack_s` and `Departure.take_ppm`."""
        over_s, over_m = self._over[self._fleet.type_of[today[:, t.TOUR_VEHICLE]], :, last_places].T
        slack_s = limits[:, t.LIMIT_RETURN] - today[:, t.TOUR_RETURN] - over_s
        in_reach = limits[:, t.LIMIT_RANGE_M] - today[:, t.TOUR_RANGE_M] >= over_m
        return slack_s.tolist(), [self.take_ppm if near else self._none_ppm for near in in_reach.tolist()]

    def _drive(self, out: Departure) -> Generator[Event, None, None]:
        """One van's tour: wait for each box visit, exchange, unload at the end.

        After second ``out.breaks`` a van makes no visits: a replacement finishes its home deliveries and brings its
        waste in; the boxes it would have seen wait for the next day.
        """
        env, residents, stop, store = self._context.env, self._context.residents, self._context.box_stop_s, self._store
        row, day, visits, allowed_s, (limit_ml, limit_g, limit_points, *_), slack, take_ppm, _, breaks, shown = out
        midnight, carrier = day * DAY_S, self._carrier
        fixed_s, parcel_s, container_s = stop.fixed_s, stop.parcel_s, stop.container_s
        visit_ml = store.visit_ml if store else UNLIMITED
        peak_ml, peak_g = self._tours[row, t.TOUR_PEAK_ML : t.TOUR_PEAK_POINTS].tolist()
        delay = more_ml = more_g = points = box_stops = parcels = 0
        pickups: list[tuple[int, int, Load]] = []
        now = int(env.now)
        for planned in visits:
            _, box, arrive, service, ml, grams, stop_row = planned
            arrives = midnight + arrive + delay
            if arrives > breaks:
                break
            if box < 0:
                delay += yield from self._charge(out, planned, arrives, slack - delay)
                now = int(env.now)
                continue
            # A visit shorter than planned lets the next one come early, but never into the past.
            wait = max(0, arrives - now)
            yield env.timeout(wait)
            now += wait
            more_ml, more_g = more_ml + ml, more_g + grams
            # In the order of `VisitLimits`.
            limits = (
                min(limit_ml - more_ml, visit_ml), limit_g - more_g, limit_points - points,
                store.room_g if store else UNLIMITED, store.room_points if store else UNLIMITED,
                slack - delay + allowed_s.get(box, 0), parcel_s, container_s, take_ppm[box],
            )  # fmt: skip
            done = residents.exchange(now, box, carrier, day, limits)
            handled, left_ml, left_g, back, back_ml, back_g, containers, waste_ml, waste_g, waste_points = done
            box_stops, parcels = box_stops + 1, parcels + handled + back
            more_s = fixed_s + (handled + back) * parcel_s + containers * container_s - service
            delay += more_s
            if back_g or left_g:
                self._work.parcels(row, stop_row, box, VisitResult._make(done))
            if shown is not None:
                self._show_delay(shown, row, stop_row, more_s)
            if containers:
                points += waste_points
                pickups.append(
                    (box, stop_row, self._promised(Load.of(now, VisitResult._make(done), residents.taken_g)))
                )
            more_ml, more_g = more_ml + back_ml + waste_ml, more_g + back_g + waste_g
            peak_ml, peak_g = max(peak_ml, more_ml), max(peak_g, more_g)
            more_ml, more_g = more_ml + left_ml - ml, more_g + left_g - grams
        self._enter(row, delay, (peak_ml, peak_g, points), box_stops, parcels)
        if pickups:
            self._work.waste(row, int(self._extras[row, log.X_PURPOSE]), pickups)
            yield from self.unload(out, [load for _, _, load in pickups], delay)

    def _charge(self, out: Departure, planned: list[int], arrives: int, patience_s: int) -> Generator[Event, None, int]:
        """Charge on the way; returns by how much the tour is later than planned."""
        more_s = yield from self._vehicles.charge(out.row, planned, arrives, patience_s)
        if out.shown is not None:
            self._show_delay(out.shown, out.row, planned[-1], more_s)
        return more_s

    def _promised(self, load: Load) -> Load:
        """A load for which the store, if there is one, keeps room."""
        if self._store is not None:
            self._store.reserve(load)
        return load

    def _enter(self, row: int, delay: int, peaks: tuple[int, int, int], box_stops: int, parcels: int) -> None:
        """Write down how a tour went at its boxes."""
        tour = self._tours[row]
        tour[t.TOUR_PEAK_ML : t.TOUR_PEAK_POINTS + 1] = peaks
        tour[t.TOUR_RETURN] += delay
        tour[t.TOUR_SERVICE] += delay
        self._extras[row, log.X_BOX_STOPS] = box_stops
        self._work.exchanged(row, parcels)

    def _show_delay(self, shown: SampleTour, row: int, stop_row: int, more_s: int) -> None:
        """Let a tour that is shown leave a stop later."""
        shown.delay(stop_row - int(self._tours[row, t.TOUR_FIRST]) + 1, more_s)

    def _over_reception(self, kind: int) -> Ints:
        """(2, places) of a vehicle type, see `_over`; 0 for carriers with a store."""
        world, reception, depot = self._context.world, self._context.world.reception, self._fleet.depot
        if self._unload_s is None:
            return np.zeros((2, world.travel.seconds.shape[1]), np.int64)
        periods = np.unique(self._fleet.hours[kind])

        def more(ways: NDArray[np.int32]) -> Ints:
            there = np.max([ways[p, :, reception] for p in periods], axis=0).astype(np.int64)
            straight = np.min([ways[p, :, depot] for p in periods], axis=0)
            longer: Ints = there + max(int(ways[p, reception, depot]) for p in periods) - straight
            return longer

        return np.stack([more(world.travel.seconds) + self._unload_s, more(world.travel.metres)])

    def unload(self, out: Departure, loads: list[Load], delay: int) -> Generator[Event, None, None]:
        """Bring the waste into the store at the tour's end, or to the reception on the way home."""
        context, tour, extras, midnight = self._context, self._tours[out.row], self._extras[out.row], out.day * DAY_S
        containers = sum([load.containers for load in loads])
        extras[log.X_WASTE_G] = sum([load.g for load in loads])
        extras[log.X_CONTAINERS] = containers
        extras[log.X_POINTS] = tour[t.TOUR_PEAK_POINTS]
        extras[log.X_WASTE_S] += containers * context.box_stop_s.container_s
        if self._unload_s is not None:
            arrives = self._go_over_reception(out, delay, self._unload_s)
            yield context.env.timeout(max(0, midnight + arrives - context.env.now))
            for load in loads:
                context.reception.receive(load)
            return
        yield context.env.timeout(max(0, midnight + int(tour[t.TOUR_RETURN]) - context.env.now))
        if self._store:
            self._store.put(loads)

    def _go_over_reception(self, out: Departure, delay: int, unload_s: int) -> int:
        """Let a tour end over the reception; returns the second of the day at which it is there."""
        context, tour, extras, (here, leaves) = self._context, self._tours[out.row], self._extras[out.row], out.last
        depot, reception = self._fleet.depot, context.world.reception
        before_m, before_s = int(tour[t.TOUR_METRES]), int(tour[t.TOUR_RETURN])
        hours = self._fleet.hours[self._fleet.type_of[tour[t.TOUR_VEHICLE]]]
        planned_m, planned_s = context.leg(here, depot, leaves, hours)
        t.add_leg(tour, planned_m, planned_s, -1)
        waste_m, seconds = context.leg(here, reception, leaves + delay, hours)
        t.add_leg(tour, waste_m, seconds, 1)
        arrives = leaves + delay + seconds
        metres, seconds = context.leg(reception, depot, arrives + unload_s, hours)
        t.add_leg(tour, metres, seconds, 1)
        tour[t.TOUR_RETURN] = arrives + unload_s + seconds
        tour[t.TOUR_SERVICE] += unload_s
        if out.shown is not None:
            out.shown.call_at(reception, arrives, arrives + unload_s, int(tour[t.TOUR_RETURN]))
        more_m, more_s = int(tour[t.TOUR_METRES]) - before_m, int(tour[t.TOUR_RETURN]) - before_s
        extras[log.X_WASTE_M] += more_m
        extras[log.X_WASTE_S] += more_s
        self._work.over_reception(out.row, extras[log.X_WASTE_G] / 1000, waste_m - planned_m, more_m)
        return arrives
