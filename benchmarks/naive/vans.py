"""The vans: a process for every tour, which yields at every stop and writes down every leg."""

from __future__ import annotations

import numpy as np

from molosim.inputs.days import DAY_S
from molosim.routing import tours as t
from molosim.routing.day_plans import DayPlans
from molosim.routing.haulage import HAULAGE
from molosim.simulation import trip_log as log
from molosim.simulation.box_state import VisitLimits
from molosim.simulation.carrier import CarrierOperations
from molosim.simulation.chance import Draws
from molosim.simulation.run_operations import AlternativeRun
from molosim.simulation.sample import Sample
from molosim.simulation.van_tours import Departure
from molosim.simulation.waste_loads import UNLIMITED, Load
from molosim.simulation.world import World
from molosim.trips import SPEED_BANDS_KMH
from naive.crowd import Crowd, Story


def band_of(metres: int, seconds: int) -> int:
    for band, edge_kmh in enumerate(SPEED_BANDS_KMH):
        if metres == 0 or metres * 3.6 < edge_kmh * seconds:
            return band
    return len(SPEED_BANDS_KMH)


class Van:
    """What is on board, and what the tour has come to so far."""

    def __init__(self, depart_s: int, stops: list[list[int]]) -> None:
        self.clock = self.depart_s = depart_s
        """Planned second of the day; legs take what they take at that hour."""
        self.ml = self.peak_ml = -sum(min(0, stop[t.STOP_ML]) for stop in stops)
        self.g = self.peak_g = -sum(min(0, stop[t.STOP_G]) for stop in stops)
        self.points = self.metres = self.driving_s = self.service_s = self.box_stops = self.late_s = 0
        self.band_metres = [0] * (len(SPEED_BANDS_KMH) + 1)
        self.band_seconds = [0] * (len(SPEED_BANDS_KMH) + 1)
        self.loads: list[Load] = []
        self.riding_g = 0
        """Parcels on board that go back to the depot."""
        self.haulage = dict.fromkeys(HAULAGE, 0.0)
        self.haulage["parcels_kg"] = self.g / 1000

    def drive(self, metres: int, seconds: int) -> None:
        band = band_of(metres, seconds)
        self.haulage["load_kgm"] += self.g / 1000 * metres
        self.band_metres[band] += metres
        self.band_seconds[band] += seconds
        self.metres += metres
        self.driving_s += seconds
        self.clock += seconds

    def load(self, ml: int, g: int) -> None:
        self.ml, self.g = self.ml + ml, self.g + g
        self.peak_ml, self.peak_g = max(self.peak_ml, self.ml), max(self.peak_g, self.g)

    def work(self, what: str, kg: float, litres: float, way_m: tuple[float, float]) -> None:
        self.haulage[f"{what}_kgm_sfd"] += kg * way_m[0]
        self.haulage[f"{what}_kgm_gcd"] += kg * way_m[1]
        self.haulage[f"{what}_lm_sfd"] += litres * way_m[0]

    def stop(self, what: str, way_m: tuple[float, float]) -> None:
        self.haulage[f"{what}_stops"] += 1
        self.haulage[f"{what}_m_sfd"] += way_m[0]


class NaiveCarrier(CarrierOperations):
    """Plans as the model's carriers; its vans drive stop by stop."""

    def send_out(self, day: int) -> None:
        for number, tour in enumerate(self._today.tolist()):
            stops = self._stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]].tolist()
            breaks = np.nan if tour[t.TOUR_VEHICLE] >= self._fleet.vans else self._breakdowns[day, tour[t.TOUR_VEHICLE]]
            self._extras[self._rows.start + number, log.X_BREAKDOWN] = not np.isnan(breaks)
            breaks_s = day * DAY_S + tour[t.TOUR_DEPART] + breaks * (tour[t.TOUR_RETURN] - tour[t.TOUR_DEPART])
            row, limits = self._rows.start + number, self._tour_vehicles.limits[number]
            last = stops[-1][t.STOP_PLACE], stops[-1][t.STOP_ARRIVE] + stops[-1][t.STOP_SERVICE]
            slack_s, take_ppm = self._vans.leeway(self._today[[number]], limits[None], np.array([last[0]]))
            out = Departure(row, day, [], self._allowed_s, limits.tolist(), *slack_s, *take_ppm, last, breaks_s, None)
            self._context.env.process(self._deliver(out, stops))

    def _deliver(self, out: Departure, stops: list[list[int]]) -> Story:
        """Out of the depot, stop by stop, and back."""
        context, env, depot, midnight = self._context, self._context.env, self._fleet.depot, out.day * DAY_S
        van, here, broken = Van(int(self._tours[out.row, t.TOUR_DEPART]), stops), depot, False
        hours = self._fleet.hours[self._kinds[out.row]]
        arrivals = iter([stop[t.STOP_ARRIVE] for stop in stops if stop[t.STOP_PLACE] >= context.world.first_box])
        # Vans that are at a box in the same second take turns as they set out for it, as the model's do.
        turn = env.timeout(midnight + next(arrivals, van.clock) - env.now)
        for place, _, service_s, ml, g, *_ in stops:
            van.drive(*context.leg(here, place, van.clock, hours))
            here, box, took_s = place, place - context.world.first_box, service_s
            yield env.timeout(midnight + van.clock + van.late_s - env.now) if box < 0 or broken else turn
            broken = broken or (box >= 0 and env.now > out.breaks)
            if ml or g:
                ways = self._work.from_depot
                way_m = float(ways.sfd_from_m[place]), float(ways.gcd_m[place])
                van.work("parcel", -g / 1000, -ml / 1000, way_m)
                van.stop("parcel", way_m)
            van.haulage["parcels_n"] += box < 0
            if box >= 0 and not broken:
                took_s = self._stand_at(box, van, out)
                van.late_s += took_s - service_s
                turn = env.timeout(max(0, midnight + next(arrivals, 0) + van.late_s - env.now))
            van.service_s += took_s
            van.clock += service_s
            van.load(ml, g)
        leaves = van.clock
        van.drive(*context.leg(here, depot, leaves, hours))
        self._write(out.row, van)
        if van.loads:
            yield from self._vans.unload(out._replace(last=(here, leaves)), van.loads, van.late_s)

    def _stand_at(self, box: int, van: Van, out: Departure) -> int:
        """Exchange at a box; returns the seconds it took."""
        context, stop, store, limits = self._context, self._context.box_stop_s, self.store, out.limits
        room_ml = min(limits[t.LIMIT_ML] - van.ml, store.visit_ml if store else UNLIMITED)
        allowed = VisitLimits(
            room_ml, limits[t.LIMIT_G] - van.g, limits[t.LIMIT_POINTS] - van.points,
            store.room_g if store else UNLIMITED, store.room_points if store else UNLIMITED,
            out.slack_s - van.late_s + self._allowed_s.get(box, 0), stop.parcel_s, stop.container_s, out.take_ppm,
        )  # fmt: skip
        done = context.residents.visit(context.env.now, box, self.number, out.day, allowed)
        van.load(done.back_ml + done.waste_ml, done.back_g + done.waste_g)
        van.ml, van.g = van.ml + done.left_ml, van.g + done.left_g
        van.points += done.waste_points
        van.box_stops += 1
        van.riding_g += done.back_g + done.left_g
        van.haulage["parcels_n"] += done.handled + done.back
        van.haulage["parcels_kg"] += done.back_g / 1000
        place = context.world.first_box + box
        van.work("parcel", done.back_g / 1000, done.back_ml / 1000, log.distance_to(self._work.from_depot, place))
        if done.containers:
            van.loads.append(Load.of(context.env.now, done, context.residents.taken_g))
            self._take(box, out.row, van)
            if store:
                store.reserve(van.loads[-1])
        return stop.fixed_s + (done.handled + done.back) * stop.parcel_s + done.containers * stop.container_s

    def _take(self, box: int, row: int, van: Van) -> None:
        """Write down a pick-up of waste."""
        context, tour, load = self._context, self._tours[row], van.loads[-1]
        way_m = self._work.to_end[box]
        van.work("waste", load.g / 1000, load.ml / 1000, way_m)
        van.stop("waste", way_m)
        van.haulage["waste_l"] += load.ml / 1000
        taken = log.PickUp(
            self.spec.name, self._fleet.types[self._kinds[row]], int(self._extras[row, log.X_PURPOSE]),
            int(tour[t.TOUR_DAY]), int(tour[t.TOUR_VEHICLE]), int(tour[t.TOUR_DEPART]), box, load, *way_m,
        )  # fmt: skip
        context.trip_log.pickups.append(taken)

    def _write(self, row: int, van: Van) -> None:
        """Enter the tour as driven."""
        tour, extras = self._tours[row], self._extras[row]
        tour[t.TOUR_RETURN] = van.clock + van.late_s
        tour[[t.TOUR_METRES, t.TOUR_DRIVING, t.TOUR_SERVICE]] = van.metres, van.driving_s, van.service_s
        tour[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]] = van.peak_ml, van.peak_g, van.points
        tour[t.TOUR_BAND_METRES : t.TOUR_BAND_SECONDS] = van.band_metres
        tour[t.TOUR_BAND_SECONDS :] = van.band_seconds
        extras[log.X_BOX_STOPS] = van.box_stops
        self._work.table[row] = list(van.haulage.values())
        self._work.riding_kg[row] = van.riding_g / 1000


class NaiveRun(AlternativeRun):
    """The model's run with naive vans and residents."""

    def __init__(
        self, world: World, draws: Draws, plans: tuple[DayPlans, ...], alternative: str, *, sample: Sample
    ) -> None:
        super().__init__(world, draws, plans, alternative, sample=sample)
        waste = bool(self.residents.meta[0])
        self.residents = Crowd(self.env, world.layout, draws, self.scenario.residents, world.days.count, waste=waste)
        self.carriers = [
            NaiveCarrier(self, number, day_plans, draws.breakdowns[number]) for number, day_plans in enumerate(plans)
        ]
