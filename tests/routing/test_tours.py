"""The telling of a tour against a hand-worked one and against plain Python; each kind of fault."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.routing.plainly import Stop, is_sound, limits_row, stops_of, tell_plainly

from molosim.network.travel import Travel
from molosim.routing import tours as t

Ints = NDArray[np.int64]

LIMITS = limits_row(10_000, 8_000, 3_000, 12 * 3600, range_m=9_000)


def told(
    stops: list[Stop], travel: Travel, *, start: int = 0, end: int = 0, depart_s: int = 8 * 3600
) -> tuple[Ints, Ints]:
    rows = np.array([[s.place, 0, s.service_s, s.ml, s.g, s.charge_m, 77, s.points, s.tips] for s in stops], np.int64)
    rows = rows.reshape(-1, t.STOP_COLUMNS)
    tour = np.full(t.TOUR_COLUMNS, 77, np.int64)  # whatever stood there
    tour[t.TOUR_DEPART] = depart_s
    t.drive(tour, rows, start, end, t.Ways(travel.seconds, travel.metres, travel.period_of_hour))
    return tour, rows


def line_travel() -> Travel:
    """Places 0 to 3 a kilometre apart on a line: 60 s a kilometre, from 9 o'clock on 120 s."""
    apart = np.abs(np.subtract.outer(np.arange(4), np.arange(4))).astype(np.int32)
    hours = (np.arange(24) >= 9).astype(np.int64)
    at = np.zeros(4)
    return Travel(np.stack([apart * 60, apart * 120]), np.stack([apart * 1000] * 2), hours, ("free", "slow"), at, at)


def test_a_tour_worked_by_hand() -> None:
    """Out at 8:57 with 5 l and 3 kg.

    8:58 at place 1, deliver 3 l in 100 s; 2 km on to place 3, set out before nine and so driven free: there at 9:01:40,
    take 1 l and 7 points in 60 s; after nine 1 km back to place 2 takes 120 s: there at 9:04:40, deliver the rest in
    20 s; 2 km home in 240 s: 9:09.
    """
    stops = [Stop(1, 100, -3000, -1000), Stop(3, 60, 1000, 4500, 7000), Stop(2, 20, -2000, -2000)]
    tour, rows = told(stops, line_travel(), depart_s=8 * 3600 + 57 * 60)
    nine = 9 * 3600
    assert rows[:, t.STOP_ARRIVE].tolist() == [nine - 120, nine + 100, nine + 280]
    assert rows[:, t.STOP_LEG_M].tolist() == [1000, 2000, 1000]
    assert tour[t.TOUR_RETURN] == nine + 540
    assert tour[[t.TOUR_METRES, t.TOUR_DRIVING, t.TOUR_SERVICE]].tolist() == [6000, 540, 180]
    # 60 km/h is in the band from 60 to 80, 30 km/h in the band from 25 to 35.
    assert tour[t.TOUR_BAND_METRES : t.TOUR_BAND_SECONDS].tolist() == [0, 0, 3000, 0, 0, 3000, 0]
    assert tour[t.TOUR_BAND_SECONDS :].tolist() == [0, 0, 360, 0, 0, 180, 0]
    assert tour[[t.TOUR_START_ML, t.TOUR_START_G]].tolist() == [5000, 3000]
    # Mass is at its most when 4.5 kg are taken on beside the 2 kg still to deliver.
    assert tour[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]].tolist() == [5000, 6500, 7000]


def test_what_is_tipped_is_no_longer_aboard() -> None:
    stops = [Stop(1, 0, 4000, 10, 5), Stop(2, 30, tips=True), Stop(3, 0, 3000, 20, 4), Stop(2, 30, tips=True)]
    tour, _ = told(stops, line_travel())
    assert tour[[t.TOUR_START_ML, t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS]].tolist() == [0, 4000, 20, 5]


def test_parcels_stay_aboard_when_waste_is_tipped() -> None:
    stops = [Stop(1, 0, 4000), Stop(2, 0, tips=True), Stop(3, 0, 2000), Stop(1, 0, -7000)]
    tour, _ = told(stops, line_travel())
    assert tour[t.TOUR_PEAK_ML] == 11_000


def test_an_empty_tour_stays_at_its_depot() -> None:
    tour, _ = told([], line_travel())
    assert tour[t.TOUR_RETURN] == tour[t.TOUR_DEPART]
    assert tour[t.TOUR_METRES] == tour[t.TOUR_DRIVING] == tour[t.TOUR_PEAK_ML] == 0


@pytest.mark.parametrize(
    ("kph", "band"),
    [
        (5, 0),
        (14.99, 0),
        (15, 1),
        (24.99, 1),
        (25, 2),
        (35, 3),
        (44.99, 3),
        (45, 4),
        (60, 5),
        (79.99, 5),
        (80, 6),
        (130, 6),
    ],
)
def test_a_leg_is_in_the_band_of_its_mean_speed(kph: float, band: int) -> None:
    assert t.band_of(round(kph * 1000), 3600) == band


def test_a_leg_of_no_length_is_in_the_slowest_band() -> None:
    assert t.band_of(0, 0) == t.band_of(0, 10) == 0


def test_a_leg_taken_off_the_books_leaves_nothing() -> None:
    tour = np.zeros(t.TOUR_COLUMNS, np.int64)
    t.add_leg(tour, 1234, 99, 1)
    assert tour.any()
    t.add_leg(tour, 1234, 99, -1)
    assert not tour.any()


@pytest.mark.parametrize(
    ("column", "limit", "name"),
    [
        (t.TOUR_PEAK_ML, t.LIMIT_ML, "volume"),
        (t.TOUR_PEAK_G, t.LIMIT_G, "mass"),
        (t.TOUR_PEAK_POINTS, t.LIMIT_POINTS, "ADR points"),
        (t.TOUR_RETURN, t.LIMIT_RETURN, "shift"),
        (t.TOUR_RANGE_M, t.LIMIT_RANGE_M, "range"),
    ],
)
def test_each_fault_is_found_and_only_past_its_limit(column: int, limit: int, name: str) -> None:
    tour = np.zeros(t.TOUR_COLUMNS, np.int64)
    tour[[t.TOUR_PEAK_ML, t.TOUR_PEAK_G, t.TOUR_PEAK_POINTS, t.TOUR_RETURN, t.TOUR_RANGE_M]] = LIMITS[:-1]
    assert t.FAULTS[t.fault(tour, LIMITS)] == ""
    tour[column] = LIMITS[limit] + 1
    assert t.FAULTS[t.fault(tour, LIMITS)] == name
    assert t.faults(np.stack([tour, np.zeros_like(tour)]), np.stack([LIMITS] * 2)).tolist() == [
        t.fault(tour, LIMITS),
        0,
    ]


stops_at = st.builds(
    Stop,
    place=st.integers(1, 11),
    service_s=st.integers(0, 1500),
    ml=st.integers(-2500, 2500),
    g=st.integers(-2000, 2000),
    points=st.integers(0, 900),
    tips=st.booleans(),
    charge_m=st.sampled_from((0, 0, 2_000, 20_000)),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(stops_at, max_size=12), st.integers(0, 50), st.integers(0, 86_399), st.integers(0, 11))
def test_the_telling_and_its_check_agree_with_plain_python(
    travel_of: Callable[..., Travel], stops: list[Stop], seed: int, depart_s: int, end: int
) -> None:
    travel = travel_of(12, seed)
    tour, rows = told(stops, travel, end=end, depart_s=depart_s)
    plain = tell_plainly(stops, 0, end, depart_s, travel)
    assert rows[:, t.STOP_ARRIVE].tolist() == plain.arrivals
    assert rows[:, t.STOP_LEG_M].tolist() == [metres for metres, _ in plain.legs[:-1]]
    wanted = [
        t.TOUR_RETURN,
        t.TOUR_METRES,
        t.TOUR_DRIVING,
        t.TOUR_SERVICE,
        t.TOUR_PEAK_ML,
        t.TOUR_PEAK_G,
        t.TOUR_PEAK_POINTS,
        t.TOUR_RANGE_M,
    ]
    amounts = plain.returns, plain.metres, plain.driving_s, plain.service_s, *plain.peaks, plain.range_m
    assert tour[wanted].tolist() == list(amounts)
    assert stops_of(rows.tolist()) == stops
    bands = np.zeros((2, 7), int)
    for metres, seconds in plain.legs:
        speed = metres / seconds * 3.6 if seconds else 0
        bands[:, np.searchsorted([15, 25, 35, 45, 60, 80], speed, side="right")] += metres, seconds
    assert tour[t.TOUR_BAND_METRES :].tolist() == bands.ravel().tolist()
    assert (t.fault(tour, LIMITS) == 0) == is_sound(plain, LIMITS.tolist())
