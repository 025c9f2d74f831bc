"""The joint reference: what it costs, and that it never loses to the plan it starts from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.routing.plainly import limits_row

from molosim.network.travel import Travel
from molosim.routing.joint import Joint, cost_s, solve

STOPS = 12
DEPART_S = 8 * 3600


def joint(travel: Travel, tours: list[list[int]], *, left_out_worth_s: int = 600) -> Joint:
    """Stops 10 and 11 are optional; stop 9 is a box that must be visited and has waste to take."""
    deliver, pick_up = np.zeros((STOPS, 3), np.int64), np.zeros((STOPS, 3), np.int64)
    deliver[:10, :2] = 40, 5
    pick_up[9:] = 60, 3, 9
    return Joint(
        seconds=travel.seconds[0],
        service_s=np.full(STOPS, 180, np.int64),
        deliver=deliver,
        pick_up=pick_up,
        prize_s=np.array([0] * 10 + [left_out_worth_s] * 2, np.int64),
        tours=tours,
        depart_s=DEPART_S,
        limits=limits_row(300_000, 10**6, 10**6, 16 * 3600),
    )


def test_cost_is_driving_service_and_what_is_left_out() -> None:
    at = np.zeros(STOPS + 1)
    seconds = np.full((1, STOPS + 1, STOPS + 1), 100, np.int32)
    np.fill_diagonal(seconds[0], 0)
    travel = Travel(seconds, seconds, np.zeros(24, np.int64), ("free",), at, at)
    problem = joint(travel, [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    # Twelve legs of 100 s, ten stops of 180 s, two boxes left out.
    assert cost_s(problem, problem.tours) == 1200 + 1800 + 1200
    assert cost_s(problem, [[*range(10), 10], []]) == 1200 + 1980 + 600


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_never_costs_more_than_the_start(travel_of: Callable[..., Travel], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(10).tolist()
    problem = joint(travel_of(STOPS + 1, seed), [order[:5], order[5:]])
    best = solve(problem, 100)
    assert cost_s(problem, best) < cost_s(problem, problem.tours)
    # The same iterations find the same.
    assert solve(problem, 100) == best
    seen = [stop for tour in best for stop in tour]
    assert len(seen) == len(set(seen))
    assert set(range(10)) <= set(seen)
    assert len(best) <= 2


def test_the_reference_visits_boxes_that_are_worth_more_than_their_detour(travel_of: Callable[..., Travel]) -> None:
    travel = travel_of(STOPS + 1, 1)
    for worth, visited in ((1, False), (100_000, True)):
        problem = joint(travel, [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]], left_out_worth_s=worth)
        seen = {stop for tour in solve(problem, 200) for stop in tour}
        assert ({10, 11} <= seen) == visited


@pytest.mark.parametrize("seed", range(3))
def test_the_reference_keeps_loads_and_shift(travel_of: Callable[..., Travel], seed: int) -> None:
    """400 l to bring in two vans of 300 l, which take 60 l a box back when there is room."""
    problem = joint(travel_of(STOPS + 1, seed), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]], left_out_worth_s=100_000)
    for tour in solve(problem, 100):
        litres = int(problem.deliver[tour, 0].sum())
        most = litres
        now, here = DEPART_S, 0
        for stop in tour:
            now += int(problem.seconds[here, stop + 1]) + 180
            here = stop + 1
            litres += int(problem.pick_up[stop, 0] - problem.deliver[stop, 0])
            most = max(most, litres)
        assert most <= 300
        assert now + int(problem.seconds[here, 0]) <= 16 * 3600
