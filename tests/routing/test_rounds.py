"""Collection rounds: sound, complete, near the optimum, and the same whatever was planned before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.routing.plainly import is_sound, limits_row, stops_of, tell_plainly

from molosim.network.travel import Travel
from molosim.routing import rounds as module
from molosim.routing import tours as t
from molosim.routing.rounds import Due, Round, RoundFleet, plan_rounds

PLACES, DEPOT, RECEPTION = 14, 0, 1
DEPART_S = 7 * 3600

FLEET = RoundFleet(
    depot=DEPOT,
    reception=RECEPTION,
    vehicles=(2,),
    depart_s=DEPART_S,
    unload_s=900,
    limits=limits_row(10**6, 10**5, 2 * 10**5, 15 * 3600)[None],
    period=0,
    iterations=50,
    roads_key="roads",
)


def boxes(count: int, *, ml: int = 57_456, g: int = 3_000, points: int = 9_000) -> list[Due]:
    return [Due(place, ml, g, points, 300) for place in range(2, 2 + count)]


def places(rounds: list[Round]) -> list[list[int]]:
    return [one.stops[:, t.STOP_PLACE].tolist() for one in rounds]


def seen(rounds: list[Round]) -> list[int]:
    return sorted(place for round_ in places(rounds) for place in round_ if place != RECEPTION)


def assert_sound(rounds: list[Round], fleet: RoundFleet, due: list[Due], travel: Travel) -> None:
    """The check, told again in plain Python; every round ends at the reception and carries what its boxes have."""
    of_place = {d.place: d for d in due}
    assert len(rounds) <= sum(fleet.vehicles)
    for one in rounds:
        stops = stops_of(one.stops.tolist())
        plain = tell_plainly(stops, DEPOT, DEPOT, fleet.depart_s, travel)
        assert is_sound(plain, fleet.limits[one.kind].tolist())
        assert one.tour[t.TOUR_RETURN] == plain.returns
        assert one.stops[:, t.STOP_ARRIVE].tolist() == plain.arrivals
        assert one.stops[:, t.STOP_LEG_M].tolist() == [metres for metres, _ in plain.legs[:-1]]
        assert stops[-1].tips
        for stop in stops:
            if stop.tips:
                assert (stop.place, stop.service_s, stop.ml) == (RECEPTION, fleet.unload_s, 0)
            else:
                job = of_place[stop.place]
                assert (stop.service_s, stop.ml, stop.g, stop.points) == (job.service_s, job.ml, job.g, job.points)


quickly = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quickly
@given(st.integers(0, 1000), st.integers(1, 12))
def test_rounds_see_every_box_once_and_are_sound(
    travel_of: Callable[..., Travel], tmp_path: Path, seed: int, count: int
) -> None:
    travel, due = travel_of(PLACES, seed), boxes(count)
    rounds = plan_rounds(FLEET, due, travel, tmp_path)
    assert_sound(rounds, FLEET, due, travel)
    assert seen(rounds) == [d.place for d in due]


TIGHT = [(60_000, 10_000), (130_000, 10**8), (10**7, 20_000)]
"""Millilitres and points of vehicles that must tip in between."""


@quickly
@given(st.integers(0, 1000), st.integers(1, 12), st.sampled_from(TIGHT))
def test_rounds_with_tipping_are_sound(
    travel_of: Callable[..., Travel], tmp_path: Path, seed: int, count: int, room: tuple[int, int]
) -> None:
    travel, due = travel_of(PLACES, seed), boxes(count)
    fleet = replace(FLEET, limits=limits_row(room[0], 10**5, room[1], 20 * 3600)[None])
    rounds = plan_rounds(fleet, due, travel, tmp_path)
    assert_sound(rounds, fleet, due, travel)
    assert seen(rounds)


@pytest.mark.parametrize("room", TIGHT[:2])
def test_rounds_with_tipping_see_every_box_while_there_is_time(
    travel_of: Callable[..., Travel], tmp_path: Path, room: tuple[int, int]
) -> None:
    fleet = replace(FLEET, limits=limits_row(room[0], 10**5, room[1], 20 * 3600)[None])
    for seed in range(5):
        for count in (3, 7, 12):
            fleet = replace(fleet, roads_key=str(seed))
            rounds = plan_rounds(fleet, boxes(count), travel_of(PLACES, seed), tmp_path)
            assert seen(rounds) == [d.place for d in boxes(count)]


def test_no_box_no_round(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    assert plan_rounds(FLEET, [], travel_of(PLACES, 1), tmp_path) == []


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_round_is_never_shorter_than_the_exact_optimum_and_hardly_longer(
    travel_of: Callable[..., Travel], tmp_path: Path, count: int
) -> None:
    for seed in range(8):
        travel, due = travel_of(PLACES, seed), boxes(count)
        fleet = replace(FLEET, roads_key=str(seed))
        (one,) = plan_rounds(fleet, due, travel, tmp_path)
        seconds = travel.seconds[0].astype(int)
        best = min(
            sum(seconds[a, b] for a, b in zip((DEPOT, *order, RECEPTION), (*order, RECEPTION, DEPOT), strict=True))
            for order in permutations(d.place for d in due)
        )
        assert best <= one.tour[t.TOUR_DRIVING] <= 1.01 * best


def test_a_load_that_is_too_much_at_once_is_tipped_in_between(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Eight boxes of 9 points in a vehicle for 20: two at a time, four times to the reception."""
    travel, due = travel_of(PLACES, 2), boxes(8)
    fleet = replace(FLEET, vehicles=(1,), limits=limits_row(10**7, 10**7, 20_000, 23 * 3600)[None])
    (one,) = plan_rounds(fleet, due, travel, tmp_path)
    assert int(one.stops[:, t.STOP_TIPS].sum()) == 4
    assert one.tour[t.TOUR_PEAK_POINTS] == 18_000
    assert seen([one]) == [d.place for d in due]


def test_a_shift_that_is_too_short_for_one_vehicle_is_shared_by_two(
    travel_of: Callable[..., Travel], tmp_path: Path
) -> None:
    travel, due = travel_of(PLACES, 4), boxes(12)
    (alone,) = plan_rounds(FLEET, due, travel, tmp_path)
    short = replace(FLEET, limits=limits_row(10**7, 10**7, 10**7, alone.tour[t.TOUR_RETURN] - 1200)[None])
    rounds = plan_rounds(short, due, travel, tmp_path)
    assert len(rounds) == 2
    assert_sound(rounds, short, due, travel)
    assert seen(rounds) == [d.place for d in due]


def test_boxes_beyond_vehicles_and_shift_wait_for_another_day(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    travel, due = travel_of(PLACES, 3), boxes(12)
    (alone,) = plan_rounds(FLEET, due, travel, tmp_path)
    half = DEPART_S + (int(alone.tour[t.TOUR_RETURN]) - DEPART_S) // 2
    short = replace(FLEET, vehicles=(1,), limits=limits_row(10**7, 10**7, 10**7, half)[None])
    rounds = plan_rounds(short, due, travel, tmp_path)
    assert_sound(rounds, short, due, travel)
    assert 0 < len(seen(rounds)) < 12


def test_a_round_in_hours_of_congestion_is_back_in_time(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """It is searched with free speeds; 9 to 11 o'clock are three times as slow."""
    travel, due = travel_of(PLACES, 4, rush=3.0), boxes(12)
    fleet = replace(FLEET, depart_s=8 * 3600, limits=limits_row(10**7, 10**7, 10**7, 11 * 3600)[None])
    rounds = plan_rounds(fleet, due, travel, tmp_path)
    assert_sound(rounds, fleet, due, travel)
    assert seen(rounds)


@pytest.mark.parametrize("hours", [0.05, 0.3])
def test_a_shift_too_short_for_any_box_sends_nobody(
    travel_of: Callable[..., Travel], tmp_path: Path, hours: float
) -> None:
    fleet = replace(FLEET, limits=limits_row(10**7, 10**7, 10**7, DEPART_S + round(hours * 3600))[None])
    assert plan_rounds(fleet, boxes(3), travel_of(PLACES, 4), tmp_path) == []


def test_the_same_boxes_are_driven_in_the_same_order_whatever_they_hold(
    travel_of: Callable[..., Travel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel, due = travel_of(PLACES, 5), boxes(7)
    first = places(plan_rounds(FLEET, due, travel, tmp_path))

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("is solved though it was kept")

    monkeypatch.setattr(module, "_solve", fail)
    emptier = [replace(d, ml=d.ml // 2, g=d.g // 3, points=0) for d in reversed(due)]
    again = plan_rounds(FLEET, emptier, travel, tmp_path)
    assert places(again) == first
    assert_sound(again, FLEET, emptier, travel)


def test_a_round_is_the_same_whatever_was_planned_before(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    travel, due = travel_of(PLACES, 6), boxes(9)
    alone = places(plan_rounds(FLEET, due, travel, tmp_path / "a"))
    for some in (due[:4], due[2:], [replace(d, points=40_000) for d in due]):
        plan_rounds(FLEET, some, travel, tmp_path / "b")
    assert places(plan_rounds(FLEET, due, travel, tmp_path / "b")) == alone


def test_a_box_with_more_than_a_load_is_visited_all_the_same(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Its containers need not be taken at once: the vehicle takes what it can."""
    due = boxes(3, points=12_000)
    due[1] = replace(due[1], points=24_000)
    fleet = replace(FLEET, limits=limits_row(10**7, 10**7, 15_000, 20 * 3600)[None])
    assert seen(plan_rounds(fleet, due, travel_of(PLACES, 7), tmp_path)) == [2, 3, 4]
