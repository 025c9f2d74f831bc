"""Insertion moves a told tour without telling it anew; telling it anew must change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from tests.routing.plainly import limits_row

from molosim.routing import insertion as ins
from molosim.routing import tours as t

PLACES, DEPOT = 12, 0
ANY_DETOUR = 1 << 39


class Day:
    """Random tours over random, asymmetric travel times that jump between two periods."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.seconds = rng.integers(100, 2000, (2, PLACES, PLACES)).astype(np.int32)
        self.metres = rng.integers(100, 20_000, (2, PLACES, PLACES)).astype(np.int32)
        for period in range(2):
            np.fill_diagonal(self.seconds[period], 0)
            np.fill_diagonal(self.metres[period], 0)
        self.hours = rng.integers(0, 2, 24)
        limits = limits_row(10**9, 10**9, 10**9, rng.integers(40_000, 70_000))
        sizes = rng.integers(1, 6, rng.integers(1, 5))
        self.limits, self.hours_of = np.tile(limits, (len(sizes), 1)), np.tile(self.hours, (len(sizes), 1))
        self.size = int(sizes.sum())
        self.tours = np.zeros((len(sizes), t.TOUR_COLUMNS), np.int64)
        self.stops = np.zeros((self.size + 1, t.STOP_COLUMNS), np.int64)
        self.tours[:, t.TOUR_LAST] = np.cumsum(sizes)
        self.tours[:, t.TOUR_FIRST] = np.cumsum(sizes) - sizes
        self.tours[:, t.TOUR_DEPART] = 8 * 3600
        self.stops[: self.size, t.STOP_PLACE] = rng.integers(1, PLACES, self.size)
        self.stops[: self.size, t.STOP_SERVICE] = rng.integers(10, 4000, self.size)
        self.stops[: self.size, [t.STOP_ML, t.STOP_G]] = -rng.integers(1, 50, (self.size, 2))
        charges = rng.random(self.size) < 0.2
        self.stops[: self.size, t.STOP_CHARGE_M] = np.where(charges, rng.integers(1, 30_000, self.size), 0)
        self.tours, self.stops = self.told()

    @property
    def vehicles(self) -> t.Vehicles:
        periods = np.zeros(len(self.tours), np.int64)
        return t.Vehicles(DEPOT, self.limits, self.seconds, self.metres, periods, self.hours_of)

    def told(self) -> tuple[np.ndarray, np.ndarray]:
        """All tours told anew."""
        tours, stops = self.tours.copy(), self.stops.copy()
        for tour in tours:
            ways = t.Ways(self.seconds, self.metres, self.hours)
            t.drive(tour, stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]], DEPOT, DEPOT, ways)
        return tours, stops

    def assert_told(self) -> None:
        tours, stops = self.told()
        np.testing.assert_array_equal(self.tours, tours)
        np.testing.assert_array_equal(self.stops, stops)


@pytest.mark.parametrize("seed", range(300))
def test_a_visit_that_brings_more_is_as_told_anew_or_nothing_changes(seed: int) -> None:
    day = Day(seed)
    tours, stops = day.tours.copy(), day.stops.copy()
    row = int(day.rng.integers(0, day.size))
    sound = t.faults(day.tours, day.limits)[np.searchsorted(day.tours[:, t.TOUR_LAST], row, side="right")] == 0
    more_s = int(day.rng.integers(0, 5000))
    done = ins.amend(day.tours, day.stops, row, more_s, 5, 7, day.vehicles)
    day.assert_told()
    if sound and not done:
        np.testing.assert_array_equal(day.tours, tours)
        np.testing.assert_array_equal(day.stops, stops)


@pytest.mark.parametrize("seed", range(300))
def test_an_inserted_visit_is_as_told_anew(seed: int) -> None:
    day = Day(seed)
    place = int(day.rng.integers(1, PLACES))
    to_place = np.ascontiguousarray(day.seconds[:, :, place])
    from_place = np.ascontiguousarray(day.seconds[:, place])
    found = np.empty((2, len(day.tours)), np.int64)
    ins.search(day.tours, day.stops, 300, day.vehicles, to_place, from_place, found)
    stop = np.array([place, 0, 300, -3, -4, 0, 0, 0, 0])
    before = day.tours.copy()
    tour, metres, seconds = ins.insert(day.tours, day.stops, day.size, stop, found, ANY_DETOUR, day.vehicles)
    day.assert_told()
    if tour >= 0:
        assert metres == day.tours[tour, t.TOUR_METRES] - before[tour, t.TOUR_METRES]
        assert seconds == day.tours[tour, t.TOUR_RETURN] - before[tour, t.TOUR_RETURN]
        assert t.fault(day.tours[tour], day.limits[tour]) == 0
