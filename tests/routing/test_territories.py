"""Territories: one short order of all places, cut so that vans work about the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from molosim.network.travel import Travel
from molosim.routing import tours as t
from molosim.routing.charging import Chargers
from molosim.routing.planning import SEARCHED, PlanRules, plan_days
from molosim.routing.territories import cut, firsts_of, master_order

PLACES = 300
DEPOT = PLACES


def test_the_master_order_ranks_every_place_once_and_is_no_longer_than_going_to_the_nearest(
    travel_of: Callable[..., Travel],
) -> None:
    seconds = travel_of(PLACES, 1).seconds[0]
    rank = master_order(seconds)
    assert sorted(rank.tolist()) == list(range(PLACES))
    tour = np.argsort(rank)
    here, unseen, nearest_s = 0, set(range(1, PLACES)), 0
    while unseen:
        there = min(unseen, key=lambda place: (seconds[here, place], place))
        nearest_s += int(seconds[here, there])
        here = there
        unseen.remove(there)
    nearest_s += int(seconds[here, 0])
    assert seconds[tour, np.roll(tour, -1)].sum() <= nearest_s


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(0, 60))
def test_stops_sorted_by_day_and_rank_are_found_by_day_and_territory(seed: int, vans: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    days = 4
    rank, day = rng.integers(0, 30, count), rng.integers(0, days, count)
    order = np.lexsort((rank, day))
    rank, day = rank[order], day[order]
    bounds = np.array([0, *sorted(rng.integers(0, 31, vans - 1).tolist()), 30])
    firsts = firsts_of(day, rank, bounds, days)
    for number in range(days):
        for van in range(vans):
            mine = slice(firsts[number, van], firsts[number, van + 1])
            expected = (day == number) & (rank >= bounds[van]) & (rank < bounds[van + 1])
            assert np.flatnonzero(expected).tolist() == list(range(count))[mine]


def test_territories_work_about_the_same_though_one_is_far_from_the_depot(travel_of: Callable[..., Travel]) -> None:
    vans, stops_per_day, service_s = 5, 200.0, 120
    town = travel_of(PLACES + 1, 2)
    rank = master_order(town.seconds[0, :PLACES, :PLACES])
    hours, limits = np.tile(town.period_of_hour, (vans, 1)), np.full((vans, t.LIMITS), 1 << 50)
    vehicles = t.Vehicles(DEPOT, limits, town.seconds, town.metres, np.zeros(vans, np.int64), hours)

    def work_s(bounds: np.ndarray) -> np.ndarray:
        """Mean working time of each territory over days that `cut` has not seen."""
        rng, days = np.random.default_rng(99), 12
        counts = np.minimum(rng.poisson(stops_per_day, days), PLACES)
        day = np.repeat(np.arange(days), counts)
        place = np.concatenate([rng.permutation(PLACES)[:count] for count in counts])
        order = np.lexsort((rank[place], day))
        stops = np.zeros((len(day), t.STOP_COLUMNS), np.int64)
        stops[:, t.STOP_PLACE], stops[:, t.STOP_SERVICE] = place[order], service_s
        tours = np.zeros((days * vans, t.TOUR_COLUMNS), np.int64)
        far, nowhere = np.full((days, vans), 1 << 50), Chargers(np.zeros(0, np.int64), np.zeros((days, vans, 0)))
        firsts, rules = firsts_of(day, rank[place[order]], bounds, days), PlanRules(PLACES, 0, 0, SEARCHED)
        count, failed = plan_days(stops, firsts, vehicles, far, nowhere, rules, stops.copy(), tours)
        assert failed < 0
        return np.bincount(tours[:count, t.TOUR_VEHICLE], tours[:count, t.TOUR_RETURN], minlength=vans) / days

    rng = np.random.default_rng(1)
    bounds = cut(rank, np.ones(vans), vehicles, stops_per_day=stops_per_day, service_s=service_s, depart_s=0, rng=rng)
    assert bounds[0] == 0
    assert bounds[-1] == PLACES
    assert (np.diff(bounds) > 0).all()
    cut_s, even_s = work_s(bounds), work_s(np.rint(np.linspace(0, PLACES, vans + 1)).astype(np.int64))
    assert np.ptp(cut_s) / cut_s.mean() < 0.15
    assert np.ptp(cut_s) < np.ptp(even_s)
