"""Local search: never longer, a permutation, near the exact optimum where that can be had."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from molosim.routing.local_search import improve, near

Costs = NDArray[np.int32]

derandomized = settings(max_examples=150, deadline=None, derandomize=True)


def random_costs(n: int, seed: int) -> Costs:
    """Any asymmetric costs, without a triangle inequality to lean on."""
    costs = np.random.default_rng(seed).integers(0, 1000, (n, n)).astype(np.int32)
    np.fill_diagonal(costs, 0)
    return costs


def street_costs(n: int, seed: int) -> Costs:
    """Points on a plane with ways there and back that differ somewhat, as in a town."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 1000, (n, 2))
    apart = np.hypot(*(at[:, None] - at).transpose(2, 0, 1)) * rng.uniform(1, 1.3, (n, n))
    return np.rint(apart).astype(np.int32)


def length(costs: Costs, tour: NDArray[np.int64]) -> int:
    return int(costs[tour, np.roll(tour, -1)].sum())


def optimum(costs: Costs) -> int:
    n = len(costs)
    orders = np.array(list(permutations(range(1, n))), np.int64)
    tours = np.column_stack([np.zeros(len(orders), np.int64), orders])
    return int(costs[tours, np.roll(tours, -1, axis=1)].sum(axis=1).min())


def improved(costs: Costs, kicks: int, start: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    tour = np.arange(len(costs)) if start is None else start.copy()
    improve(costs, tour, kicks)
    return tour


@derandomized
@given(st.integers(1, 40), st.integers(0, 10_000), st.sampled_from((0, 1, 25)), st.booleans())
def test_a_tour_is_never_longer_than_before_and_visits_all(n: int, seed: int, kicks: int, planar: bool) -> None:
    costs = street_costs(n, seed) if planar else random_costs(n, seed)
    start = np.r_[0, 1 + np.random.default_rng(seed).permutation(n - 1)]
    tour = improved(costs, kicks, start)
    assert tour[0] == 0
    assert sorted(tour.tolist()) == list(range(n))
    assert length(costs, tour) <= length(costs, start)


@pytest.mark.parametrize("n", range(2, 9))
def test_a_tour_is_never_shorter_than_the_exact_optimum(n: int) -> None:
    for seed in range(30):
        for costs in (random_costs(n, seed), street_costs(n, seed)):
            assert length(costs, improved(costs, 25)) >= optimum(costs)


@pytest.mark.parametrize("n", [6, 7, 8])
def test_a_tour_is_within_a_hundredth_of_the_optimum_on_average(n: int) -> None:
    excess = []
    for seed in range(100):
        costs = street_costs(n, seed)
        excess.append(length(costs, improved(costs, 25)) / optimum(costs) - 1)
    assert np.mean(excess) <= 0.01


def test_more_kicks_find_shorter_tours_on_average() -> None:
    by_kicks = [
        [length(costs, improved(costs, k)) for costs in map(street_costs, [60] * 20, range(20))] for k in (0, 25, 400)
    ]
    few, some, many = np.mean(by_kicks, axis=1)
    assert few > some > many


def test_the_same_number_of_kicks_finds_the_same_tour() -> None:
    costs = street_costs(80, 1)
    assert np.array_equal(improved(costs, 50), improved(costs, 50))


def test_a_crossing_is_undone() -> None:
    corners = np.array([(0, 0), (10, 10), (10, 0), (0, 10)])
    costs = np.rint(np.hypot(*(corners[:, None] - corners).transpose(2, 0, 1)) * 100).astype(np.int32)
    assert length(costs, np.arange(4)) == 4828
    assert length(costs, improved(costs, 0)) == 4000


def test_a_one_way_ring_is_driven_its_way() -> None:
    n = 12
    costs = np.full((n, n), 100, np.int32)
    for i in range(n):
        costs[i, (i + 1) % n] = 1
    start = np.r_[0, np.arange(n - 1, 0, -1)]
    tour = improved(costs, 200, start)
    assert length(costs, tour) <= length(costs, start)
    assert length(costs, improved(costs, 0, np.arange(n))) == n


@derandomized
@given(st.integers(2, 20), st.integers(0, 1000))
def test_near_nodes_are_the_nearest_there_and_back(n: int, seed: int) -> None:
    costs = random_costs(n, seed)
    count = min(10, n - 1)
    both = (costs.astype(int) + costs.T).astype(float)
    np.fill_diagonal(both, np.inf)
    found = near(costs, count)
    for node in range(n):
        assert node not in found[node]
        assert both[node, found[node]].tolist() == sorted(both[node])[:count]
