"""Day plans: every stop once, every tour sound when told again in plain Python, repair where that is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.routing.conftest import RUSH_HOURS
from tests.routing.plainly import Stop, is_sound, limits_row, tell_plainly

from molosim.network.travel import Travel
from molosim.routing import tours as t
from molosim.routing.charging import MOST_CHARGES, STEP_S
from molosim.routing.day_plans import DayPlans, Fleet, plan
from molosim.routing.tours import ANY_RANGE_M
from molosim.runtime.errors import ScenarioError

Ints = NDArray[np.int64]
Rows = NDArray[np.int32]

PLACES = 41
DEPOT, CHARGER = 40, 39
DEPART_S = 8 * 3600


def fleet(
    *,
    vans: int = 3,
    hours: float = 8,
    ml: int = 10**9,
    g: int = 10**9,
    rank: Ints | None = None,
    range_m: int = ANY_RANGE_M,
    charger: bool = False,
) -> Fleet:
    """Territories are thirds of the places in the order of their numbers, or of ``rank``.

    The charger is at the last place but the depot, and puts 20 metres of range back in a second.
    """
    order = np.arange(DEPOT) if rank is None else rank
    return Fleet(
        name="Alfa",
        depot=DEPOT,
        first_box=DEPOT,
        vans=vans,
        depart_s=DEPART_S,
        types=("van",),
        type_of=np.zeros(3 * vans + 2, np.int64),
        limits=limits_row(ml, g, 0, DEPART_S + round(hours * 3600))[None],
        hours=np.isin(np.arange(24), RUSH_HOURS).astype(np.int64)[None],
        periods=np.zeros(1, np.int64),
        range_m=np.full((1, 1), range_m, np.int64),
        chargers=np.array([CHARGER] if charger else [], np.int64),
        charge_m_per_s=np.full((1, 1, int(charger)), 20.0),
        rank=order,
        bounds=np.rint(np.linspace(0, DEPOT, vans + 1)).astype(np.int64),
        roads_key="roads",
    )


def limits_of(mine: Fleet) -> Ints:
    limits = mine.limits[0].copy()
    limits[t.LIMIT_RANGE_M] = mine.range_m[0, 0]
    return limits


def rows(*stops: tuple[int, int, int, int]) -> Rows:
    """Deliveries: (place, service, volume, mass)."""
    return np.array([(place, service_s, -ml, -g) for place, service_s, ml, g in stops], np.int32).reshape(-1, 4)


def on_days(*day: int) -> Rows:
    return np.array(day, np.int32)


def random_stops(seed: int, count: int, days: int) -> tuple[Rows, Rows]:
    rng = np.random.default_rng(seed)
    columns = [rng.integers(low, high, count) for low, high in ((0, CHARGER), (60, 400), (1, 5000), (1, 900))]
    return rng.integers(0, days, count).astype(np.int32), rows(*np.stack(columns, axis=1).tolist())


def planned(plans: DayPlans, day: int) -> list[tuple[Any, list[Stop]]]:
    """Each tour of a day and its stops."""
    tours = plans.tours[plans.day_first[day] : plans.day_first[day + 1]]
    found = []
    for tour in tours:
        mine = plans.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST]].tolist()
        found.append(
            (
                tour,
                [Stop(place, service_s, ml, g, charge_m=charge_m) for place, _, service_s, ml, g, charge_m, _ in mine],
            )
        )
    return found


def assert_told_truly(tour: Any, stops: list[Stop], limits: Ints, travel: Travel) -> None:
    plain = tell_plainly(stops, DEPOT, DEPOT, DEPART_S, travel)
    assert is_sound(plain, limits.tolist())
    assert tour[t.TOUR_RANGE_M] == plain.range_m
    told = tour[[t.TOUR_RETURN, t.TOUR_METRES, t.TOUR_DRIVING, t.TOUR_SERVICE, t.TOUR_PEAK_ML, t.TOUR_PEAK_G]].tolist()
    assert told == [plain.returns, plain.metres, plain.driving_s, plain.service_s, *plain.peaks[:2]]
    assert tour[t.TOUR_DEPART] == DEPART_S


def wanted(day: Rows, stops: Rows, number: int) -> dict[int, list[int]]:
    """What each place gets on a day: service, volume, mass."""
    places: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, *amounts in stops[day == number].tolist():
        places[place] = [have + more for have, more in zip(places[place], amounts, strict=True)]
    return dict(places)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 120),
    hours=st.sampled_from((2.0, 3.0, 9.0)),
    ml=st.sampled_from((12_000, 30_000, 10**9)),
    vans=st.integers(1, 5),
    range_m=st.sampled_from((14_000, 25_000, ANY_RANGE_M)),
    charger=st.booleans(),
)
def test_every_stop_is_planned_once_and_every_tour_is_sound(
    travel_of: Callable[..., Travel],
    tmp_path: Path,
    *,
    seed: int,
    count: int,
    hours: float,
    ml: int,
    vans: int,
    range_m: int,
    charger: bool,
) -> None:
    travel, days = travel_of(PLACES, seed % 7), 3
    day, stops = random_stops(seed, count, days)
    mine = fleet(vans=vans, hours=hours, ml=ml, range_m=range_m, charger=charger)
    try:
        plans = plan(mine, day, stops.copy(), days, travel, cache=tmp_path)
    except ScenarioError:
        assume(False)
        raise
    for number in range(days):
        seen: dict[int, list[int]] = {}
        vehicles = []
        for tour, route in planned(plans, number):
            assert_told_truly(tour, route, limits_of(mine), travel)
            assert tour[t.TOUR_DAY] == number
            assert sum(stop.charge_m > 0 for stop in route) <= MOST_CHARGES
            vehicles.append(int(tour[t.TOUR_VEHICLE]))
            for stop in route:
                if stop.charge_m:
                    assert charger
                    assert (stop.place, stop.service_s % STEP_S) == (CHARGER, 0)
                    assert stop.charge_m <= min(range_m, 20 * stop.service_s)
                    continue
                assert stop.place not in seen
                seen[stop.place] = [stop.service_s, stop.ml, stop.g]
        assert seen == wanted(day, stops, number)
        assert vehicles == sorted(set(vehicles))
        assert all(vehicle < 3 * vans + 2 for vehicle in vehicles)


def test_a_tour_stays_in_its_territory_while_that_is_not_too_much(
    travel_of: Callable[..., Travel], tmp_path: Path
) -> None:
    day, stops = random_stops(1, 60, 2)
    plans = plan(fleet(vans=4, hours=16), day, stops, 2, travel_of(PLACES, 1), cache=tmp_path)
    for number in range(2):
        for tour, route in planned(plans, number):
            assert {stop.place // 10 for stop in route} == {int(tour[t.TOUR_VEHICLE])}


def test_what_is_too_much_for_a_territory_goes_to_a_neighbour(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Four stops of 4 l in the first territory, one in the second, vans of 12 l: one stop changes hands."""
    stops = rows(*((place, 60, 4000, 1) for place in (0, 1, 2, 3, 25)))
    mine = fleet(vans=2, ml=12_000)
    (first, route), (second, other) = planned(
        plan(mine, on_days(0, 0, 0, 0, 0), stops, 1, travel_of(PLACES, 2), cache=tmp_path), 0
    )
    assert [first[t.TOUR_VEHICLE], second[t.TOUR_VEHICLE]] == [0, 1]
    assert (len(route), len(other)) == (3, 2)
    assert {stop.place for stop in other} > {25}


def test_what_is_too_much_for_all_goes_to_an_extra_van(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    stops = rows(*((place, 60, 4000, 1) for place in (0, 1, 2, 21, 22, 23, 24)))
    plans = plan(fleet(vans=2, ml=12_000), on_days(0, 0, 0, 0, 0, 0, 0), stops, 1, travel_of(PLACES, 2), cache=tmp_path)
    tours = planned(plans, 0)
    assert [int(tour[t.TOUR_VEHICLE]) for tour, _ in tours] == [0, 1, 2]
    assert sorted(len(route) for _, route in tours) == [1, 3, 3]


def test_a_shift_that_is_too_short_for_a_territory_is_shared_out(
    travel_of: Callable[..., Travel], tmp_path: Path
) -> None:
    travel = travel_of(PLACES, 3)
    stops = rows(*((place, 1800, 1, 1) for place in range(8)))
    alone = planned(
        plan(fleet(vans=2, hours=16), on_days(0, 0, 0, 0, 0, 0, 0, 0), stops.copy(), 1, travel, cache=tmp_path), 0
    )
    assert len(alone) == 1
    mine = fleet(vans=2, hours=4)
    shared = planned(plan(mine, on_days(0, 0, 0, 0, 0, 0, 0, 0), stops.copy(), 1, travel, cache=tmp_path), 0)
    assert len(shared) > 1
    for tour, route in shared:
        assert_told_truly(tour, route, mine.limits[0], travel)


@pytest.mark.parametrize(
    "stop",
    [(5, 60, 12_001, 1), (5, 60, 1, 9_001), (5, 5 * 3600, 1, 1)],
    ids=["too large", "too heavy", "too long"],
)
def test_a_stop_that_no_van_can_make_is_an_error_that_names_the_carrier(
    travel_of: Callable[..., Travel], tmp_path: Path, stop: tuple[int, int, int, int]
) -> None:
    mine = fleet(hours=4, ml=12_000, g=9_000)
    day = on_days(0, 2)
    with pytest.raises(ScenarioError, match="carrier 'Alfa': day 2 cannot be planned") as caught:
        plan(mine, day, rows((7, 60, 1, 1), stop), 3, travel_of(PLACES, 4), cache=tmp_path)
    assert len(caught.value.faults) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_tour_beyond_the_range_gives_stops_to_a_neighbour_first(
    travel_of: Callable[..., Travel], tmp_path: Path
) -> None:
    travel = travel_of(PLACES, 3)
    stops = rows(*((place, 60, 1, 1) for place in (0, 1, 2, 3, 4, 5, 25)))
    day = on_days(*[0] * len(stops))
    ((free, _), _) = planned(plan(fleet(vans=2), day, stops.copy(), 1, travel, cache=tmp_path), 0)
    for charger in (False, True):
        mine = fleet(vans=2, range_m=int(free[t.TOUR_METRES]) - 1, charger=charger)
        (first, route), (second, other) = planned(plan(mine, day, stops.copy(), 1, travel, cache=tmp_path), 0)
        assert [first[t.TOUR_VEHICLE], second[t.TOUR_VEHICLE]] == [0, 1]
        assert len(route) < 6 < len(route) + len(other)
        for tour, told in ((first, route), (second, other)):
            assert_told_truly(tour, told, limits_of(mine), travel)


def test_a_van_without_a_neighbour_charges_and_without_a_charger_calls_an_extra_one(
    travel_of: Callable[..., Travel], tmp_path: Path
) -> None:
    travel = travel_of(PLACES, 3)
    stops = rows(*((place, 60, 1, 1) for place in range(8)))
    day = on_days(*[0] * len(stops))
    ((free, _),) = planned(plan(fleet(vans=1), day, stops.copy(), 1, travel, cache=tmp_path), 0)
    short = int(free[t.TOUR_METRES]) - 3000
    ((tour, route),) = planned(
        plan(fleet(vans=1, range_m=short, charger=True), day, stops.copy(), 1, travel, cache=tmp_path), 0
    )
    (charge,) = [stop for stop in route if stop.charge_m]
    assert charge.place == CHARGER
    # As long as it must be, in whole steps: what is short, and the way to the charger.
    lacking = int(tour[t.TOUR_METRES]) - short
    assert charge.service_s == -(-lacking // (20 * STEP_S)) * STEP_S
    extra = planned(plan(fleet(vans=1, range_m=short), day, stops.copy(), 1, travel, cache=tmp_path), 0)
    assert [int(tour[t.TOUR_VEHICLE]) for tour, _ in extra] == [0, 1]


def test_a_place_beyond_the_range_is_an_error_that_says_so(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    travel = travel_of(PLACES, 4)
    short = int(travel.metres[0, DEPOT, 7] + travel.metres[0, 7, DEPOT]) - 1
    with pytest.raises(ScenarioError, match="volume, payload, shift and range"):
        plan(fleet(range_m=short), on_days(0), rows((7, 60, 1, 1)), 1, travel, cache=tmp_path)


def test_stops_at_boxes_go_with_the_vans_that_may_come_there(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Of two vans the first may not: its territory's two boxes, from place 5 on, go with the second."""
    base, travel = fleet(vans=2), travel_of(PLACES, 2)
    mine = replace(
        base,
        first_box=5,
        types=("van", "electric"),
        type_of=np.array([0, *[1] * 7]),
        limits=np.stack([limits_row(10**9, 10**9, 0, 16 * 3600, at_boxes=may) for may in (False, True)]),
        hours=np.repeat(base.hours, 2, axis=0),
        periods=np.zeros(2, np.int64),
        range_m=np.full((1, 2), ANY_RANGE_M),
        charge_m_per_s=np.zeros((1, 2, 0)),
    )
    stops = rows(*((place, 60, 1, 1) for place in (1, 2, 5, 6, 25)))
    (_, first), (_, second) = planned(plan(mine, on_days(*[0] * 5), stops, 1, travel, cache=tmp_path), 0)
    assert {stop.place for stop in first} == {1, 2}
    assert {stop.place for stop in second} == {5, 6, 25}


def test_more_than_three_times_the_fleet_is_an_error(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    stops = rows(*((place, 60, 7000, 1) for place in range(9)))
    with pytest.raises(ScenarioError, match="2 vans and 6 extra ones are too few"):
        plan(fleet(vans=2, ml=12_000), on_days(*[0] * 9), stops, 1, travel_of(PLACES, 4), cache=tmp_path)


def test_what_is_for_one_place_on_one_day_is_one_stop(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    day = on_days(0, 0, 1, 0)
    stops = rows((7, 60, 100, 5), (7, 40, 200, 6), (7, 10, 300, 7), (9, 20, 400, 8))
    plans = plan(fleet(), day, stops, 2, travel_of(PLACES, 5), cache=tmp_path)
    ((_, route),) = planned(plans, 0)
    assert sorted(route) == [Stop(7, 100, -300, -11), Stop(9, 20, -400, -8)]
    ((_, route),) = planned(plans, 1)
    assert route == [Stop(7, 10, -300, -7)]


def test_days_without_stops_have_no_tours(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    plans = plan(fleet(), on_days(3), rows((7, 60, 1, 1)), 6, travel_of(PLACES, 5), cache=tmp_path)
    assert plans.day_first.tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_a_carrier_without_any_stop_has_no_tours(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    plans = plan(fleet(), on_days(), rows(), 2, travel_of(PLACES, 5), cache=tmp_path)
    assert plans.day_first.tolist() == [0, 0, 0]


def test_plans_are_kept_and_known_by_their_content(
    travel_of: Callable[..., Travel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    travel = travel_of(PLACES, 6)
    day, stops = random_stops(8, 50, 2)
    first = plan(fleet(), day, stops.copy(), 2, travel, cache=tmp_path)
    other = stops.copy()
    other[0, 1] += 1
    plan(fleet(), day, other, 2, travel, cache=tmp_path)
    assert len(list(tmp_path.glob("plans-*.npy"))) == 2

    def fail(*_: object) -> None:
        raise AssertionError("is planned though it was kept")

    monkeypatch.setattr("molosim.routing.day_plans.plan_days", fail)
    again = plan(fleet(), day, stops, 2, travel, cache=tmp_path)
    assert np.array_equal(first.tours, again.tours)
    assert np.array_equal(first.stops, again.stops)
