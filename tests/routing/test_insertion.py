"""Cheapest insertion of box visits against brute force over all legs of all tours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.routing.plainly import Stop, is_sound, limits_row, stops_of, tell_plainly

from molosim.network.travel import Travel
from molosim.routing import insertion as ins
from molosim.routing import tours as t

Ints = NDArray[np.int64]

PLACES, DEPOT = 30, 29
ANY = 1 << 39
DEPART_S = 8 * 3600


@dataclass
class Day:
    """A carrier's tours of a day in the compiled form."""

    tours: Ints
    stops: Ints
    size: int
    limits: Ints
    """A row for each tour."""
    travel: Travel

    @property
    def vehicles(self) -> t.Vehicles:
        hours, periods = np.tile(self.travel.period_of_hour, (len(self.tours), 1)), np.zeros(len(self.tours), np.int64)
        return t.Vehicles(DEPOT, self.limits, self.travel.seconds, self.travel.metres, periods, hours)

    def routes(self) -> list[list[Stop]]:
        return [stops_of(self.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]].tolist()) for tour in self.tours]

    def search(self, place: int, service_s: int) -> Ints:
        seconds = self.travel.seconds
        found = np.empty((2, len(self.tours)), np.int64)
        to_place, from_place = np.ascontiguousarray(seconds[:, :, place]), np.ascontiguousarray(seconds[:, place])
        ins.search(self.tours, self.stops, service_s, self.vehicles, to_place, from_place, found)
        return found

    def insert(self, stop: Stop, most_added: int = ANY) -> tuple[int, int, int]:
        cheapest = self.search(stop.place, stop.service_s)
        row = np.array([stop.place, 0, stop.service_s, stop.ml, stop.g, 0, 0, 0, 0], np.int64)
        found = ins.insert(self.tours, self.stops, self.size, row, cheapest, most_added, self.vehicles)
        self.size += found[0] >= 0
        return found

    def copies(self) -> tuple[Ints, Ints]:
        return self.tours.copy(), self.stops[: self.size].copy()


def day_of(travel: Travel, seed: int, *, hours: float = 12, ml: int = 10**9, g: int = 10**9) -> Day:
    """One to four tours of one to seven deliveries each."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 8, rng.integers(1, 5))
    ends = np.cumsum(sizes)
    stops = np.zeros((ends[-1] + 4, t.STOP_COLUMNS), np.int64)
    tours = np.zeros((len(sizes), t.TOUR_COLUMNS), np.int64)
    rows = stops[: ends[-1]]
    rows[:, t.STOP_PLACE] = rng.permutation(DEPOT - 1)[: ends[-1]]
    rows[:, t.STOP_SERVICE] = rng.integers(60, 600, ends[-1])
    rows[:, [t.STOP_ML, t.STOP_G]] = -rng.integers(1, 2000, (ends[-1], 2))
    tours[:, t.TOUR_FIRST], tours[:, t.TOUR_LAST], tours[:, t.TOUR_DEPART] = ends - sizes, ends, DEPART_S
    for tour in tours:
        mine = stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]]
        t.drive(tour, mine, DEPOT, DEPOT, t.Ways(travel.seconds, travel.metres, travel.period_of_hour))
    limits = np.tile(limits_row(ml, g, 0, DEPART_S + round(hours * 3600)), (len(sizes), 1))
    return Day(tours, stops, int(ends[-1]), limits, travel)


def later_s(day: Day, stop: Stop) -> list[list[int]]:
    """Seconds by which each tour would be back later, by the place in the tour where the stop is put."""
    found = []
    for route in day.routes():
        before = tell_plainly(route, DEPOT, DEPOT, DEPART_S, day.travel).returns
        told = [
            tell_plainly([*route[:i], stop, *route[i:]], DEPOT, DEPOT, DEPART_S, day.travel)
            for i in range(len(route) + 1)
        ]
        found.append([one.returns - before for one in told])
    return found


def assert_told(day: Day) -> None:
    """Tours and arrivals are what plain Python tells, and tours lie one behind the other."""
    for tour, route in zip(day.tours, day.routes(), strict=True):
        plain = tell_plainly(route, DEPOT, DEPOT, DEPART_S, day.travel)
        told = tour[[t.TOUR_RETURN, t.TOUR_METRES, t.TOUR_DRIVING, t.TOUR_SERVICE, t.TOUR_PEAK_ML, t.TOUR_PEAK_G]]
        assert told.tolist() == [plain.returns, plain.metres, plain.driving_s, plain.service_s, *plain.peaks[:2]]
        rows = day.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]]
        assert rows[:, t.STOP_ARRIVE].tolist() == plain.arrivals
        assert rows[:, t.STOP_LEG_M].tolist() == [metres for metres, _ in plain.legs[:-1]]
    assert day.tours[1:, t.TOUR_FIRST].tolist() == day.tours[:-1, t.TOUR_LAST].tolist()
    assert day.tours[-1, t.TOUR_LAST] == day.size


VISIT = Stop(DEPOT - 1, 300, -1500, -900)

derandomized = settings(max_examples=150, deadline=None, derandomize=True)


@derandomized
@given(st.integers(0, 10_000))
def test_a_visit_goes_where_brute_force_finds_it_cheapest(travel_of: Callable[..., Travel], seed: int) -> None:
    day = day_of(travel_of(PLACES, seed % 5, rush=1.0), seed)
    by_tour = later_s(day, VISIT)
    added, _ = day.search(VISIT.place, VISIT.service_s)
    assert added.tolist() == [min(tour) - VISIT.service_s for tour in by_tour]
    metres = day.tours[:, t.TOUR_METRES].copy()
    tour, more_m, more_s = day.insert(VISIT)
    assert more_s == min(map(min, by_tour))
    assert more_s == min(by_tour[tour])
    assert more_m == day.tours[tour, t.TOUR_METRES] - metres[tour]
    assert VISIT in day.routes()[tour]
    assert_told(day)


@derandomized
@given(st.integers(0, 10_000))
def test_hours_of_congestion_do_not_spoil_the_telling_of_what_was_inserted(
    travel_of: Callable[..., Travel], seed: int
) -> None:
    day = day_of(travel_of(PLACES, seed % 5, rush=3.0), seed)
    before = day.tours[:, t.TOUR_RETURN].copy()
    tour, _, more_s = day.insert(VISIT)
    assert more_s == day.tours[tour, t.TOUR_RETURN] - before[tour]
    assert more_s in later_s_of_one(day, tour)
    assert_told(day)


def later_s_of_one(day: Day, tour: int) -> list[int]:
    """As `later_s`, for a tour that has the visit already."""
    route = [stop for stop in day.routes()[tour] if stop != VISIT]
    without = tell_plainly(route, DEPOT, DEPOT, DEPART_S, day.travel).returns
    told = [
        tell_plainly([*route[:i], VISIT, *route[i:]], DEPOT, DEPOT, DEPART_S, day.travel) for i in range(len(route) + 1)
    ]
    return [one.returns - without for one in told]


@derandomized
@given(
    seed=st.integers(0, 10_000),
    hours=st.sampled_from((1.0, 1.6, 2.5)),
    limit=st.sampled_from((3500, 7000, 10**9)),
    rush=st.sampled_from((1.0, 3.0)),
    range_m=st.sampled_from((18_000, 30_000, t.ANY_RANGE_M)),
)
def test_shift_loads_and_range_are_respected_or_nothing_changes(
    travel_of: Callable[..., Travel], *, seed: int, hours: float, limit: int, rush: float, range_m: int
) -> None:
    day = day_of(travel_of(PLACES, seed % 5, rush=rush), seed, hours=hours, ml=limit, g=limit)
    day.limits[:, t.LIMIT_RANGE_M] = range_m
    assume(not t.faults(day.tours, day.limits).any())
    tours, stops = day.copies()
    found, _, _ = day.insert(VISIT)
    if found >= 0:
        assert not t.faults(day.tours, day.limits).any()
        assert all(
            is_sound(tell_plainly(route, DEPOT, DEPOT, DEPART_S, day.travel), day.limits[0].tolist())
            for route in day.routes()
        )
    else:
        assert np.array_equal(day.tours, tours)
        assert np.array_equal(day.stops[: day.size], stops)
    assert_told(day)


@derandomized
@given(st.integers(0, 10_000))
def test_only_vehicles_that_may_come_to_boxes_do(travel_of: Callable[..., Travel], seed: int) -> None:
    day = day_of(travel_of(PLACES, seed % 5), seed)
    may = np.arange(len(day.tours)) % 2
    day.limits[:, t.LIMIT_AT_BOXES] = may
    found, _, _ = day.insert(VISIT)
    assert found == -1 if not may.any() else may[found] == 1


@derandomized
@given(st.integers(0, 10_000))
def test_what_fits_some_tour_is_inserted(travel_of: Callable[..., Travel], seed: int) -> None:
    """With one speed all day the search knows what a tour will be, so that it leaves no feasible tour out."""
    day = day_of(travel_of(PLACES, seed % 5, rush=1.0), seed, hours=1.6, ml=7000, g=7000)
    assume(not t.faults(day.tours, day.limits).any())
    fits = [
        is_sound(
            tell_plainly([*route[:i], VISIT, *route[i:]], DEPOT, DEPOT, DEPART_S, day.travel), day.limits[0].tolist()
        )
        for route in day.routes()
        for i in range(len(route) + 1)
    ]
    assert (day.insert(VISIT)[0] >= 0) == any(fits)


@pytest.mark.parametrize("seed", range(20))
def test_a_detour_longer_than_allowed_is_not_made(travel_of: Callable[..., Travel], seed: int) -> None:
    travel = travel_of(PLACES, 1, rush=1.0)
    day = day_of(travel, seed)
    cheapest = int(day.search(VISIT.place, VISIT.service_s)[0].min())
    tours, stops = day.copies()
    assert day.insert(VISIT, most_added=cheapest - 1) == (-1, 0, 0)
    assert np.array_equal(day.tours, tours)
    assert np.array_equal(day.stops[: day.size], stops)
    assert day.insert(VISIT, most_added=cheapest)[2] == cheapest + VISIT.service_s


def test_a_full_tour_is_passed_over_for_the_next_cheapest(travel_of: Callable[..., Travel]) -> None:
    travel = travel_of(PLACES, 1, rush=1.0)
    seed = next(s for s in range(100) if len(day_of(travel, s).tours) == 3)
    day = day_of(travel, seed)
    first, second, _ = np.argsort(day.search(VISIT.place, VISIT.service_s)[0])
    loaded = day.stops[day.tours[first, t.TOUR_FIRST]]
    loaded[t.STOP_ML] -= 10**9 - day.tours[first, t.TOUR_START_ML]
    mine = day.stops[day.tours[first, t.TOUR_FIRST] : day.tours[first, t.TOUR_LAST]]
    t.drive(day.tours[first], mine, DEPOT, DEPOT, t.Ways(travel.seconds, travel.metres, travel.period_of_hour))
    assert t.fault(day.tours[first], day.limits[first]) == 0
    assert day.insert(VISIT)[0] == second
    assert_told(day)


@derandomized
@given(st.integers(0, 10_000), st.sampled_from((1.2, 12.0)), st.sampled_from((3500, 10**9)))
def test_a_planned_visit_that_brings_more_is_told_so_or_stays(
    travel_of: Callable[..., Travel], seed: int, hours: float, limit: int
) -> None:
    travel = travel_of(PLACES, seed % 5)
    day = day_of(travel, seed, hours=hours, ml=limit, g=limit)
    assume(not t.faults(day.tours, day.limits).any())
    tours, stops = day.copies()
    at = int(np.random.default_rng(seed).integers(0, day.size))
    more = 60, 1200, 700
    done = ins.amend(day.tours, day.stops, at, *more, day.vehicles)
    if done:
        wanted = stops[at, [t.STOP_SERVICE, t.STOP_ML, t.STOP_G]] + [60, -1200, -700]
        assert day.stops[at, [t.STOP_SERVICE, t.STOP_ML, t.STOP_G]].tolist() == wanted.tolist()
        assert not t.faults(day.tours, day.limits).any()
    else:
        assert np.array_equal(day.tours, tours)
        assert np.array_equal(day.stops[: day.size], stops)
    assert_told(day)


def test_box_visits_are_listed_with_the_load_on_arrival(travel_of: Callable[..., Travel]) -> None:
    day = day_of(travel_of(PLACES, 1), 3)
    first_box = 10
    visits = np.empty((PLACES, ins.VISIT_COLUMNS), np.int64)
    count = ins.box_visits(day.tours, day.stops, first_box, 25, visits)
    expected = []
    for number, route in enumerate(day.routes()):
        plain = tell_plainly(route, DEPOT, DEPOT, DEPART_S, day.travel)
        for i, stop in enumerate(route):
            if first_box <= stop.place < 25:
                ahead = -sum(s.ml for s in route[i:]), -sum(s.g for s in route[i:])
                row = int(day.tours[number, t.TOUR_FIRST]) + i
                expected.append([number, stop.place - first_box, plain.arrivals[i], stop.service_s, *ahead, row])
    assert len(expected) > 3
    assert visits[:count].tolist() == expected
