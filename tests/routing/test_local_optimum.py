"""Local search against plain Python: where it stops no single move helps, and it stops where it always has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.routing.test_local_search import Costs, improved, length, random_costs, street_costs


def moves(tour: NDArray[np.int64]) -> Iterator[list[int]]:
    """Every tour that one reversal, or one segment of up to three put elsewhere, either way round, makes of a tour."""
    order, n = tour.tolist(), len(tour)
    for first in range(1, n):
        for last in range(first + 1, n):
            yield order[:first] + order[first : last + 1][::-1] + order[last + 1 :]
    for size in (1, 2, 3):
        for at in range(1, n - size + 1):
            segment, rest = order[at : at + size], order[:at] + order[at + size :]
            for behind in range(1, len(rest) + 1):
                yield rest[:behind] + segment + rest[behind:]
                yield rest[:behind] + segment[::-1] + rest[behind:]


def shortest_after_a_move(costs: Costs, tour: NDArray[np.int64]) -> int:
    return min(length(costs, np.array(order)) for order in moves(tour))


@pytest.mark.parametrize("n", [4, 6, 9, 10])
def test_no_move_shortens_a_tour_any_more(n: int) -> None:
    """With so few nodes each is a near one of every other, so that no move is out of sight."""
    for seed in range(12):
        costs = street_costs(n, seed)
        start = np.r_[0, 1 + np.random.default_rng(seed).permutation(n - 1)]
        tour = improved(costs, 0, start)
        assert shortest_after_a_move(costs, tour) >= length(costs, tour), seed


def test_most_tours_without_any_geometry_are_as_good_as_a_move_makes_them() -> None:
    """Where ways there and back have nothing to do with each other, now and then one is missed."""
    left = []
    for seed in range(40):
        costs = random_costs(11, seed)
        tour = improved(costs, 0)
        left.append(shortest_after_a_move(costs, tour) < length(costs, tour))
    assert sum(left) <= 10


TOURS = {
    (9, 0): "6fa23c77054b72cf",
    (9, 40): "3baa50e21d496970",
    (12, 25): "ac86358eb5f78e25",
    (30, 0): "a108567177b4b63c",
    (30, 30): "8afb2f304c94d297",
    (75, 4): "1e778c0ad2896a90",
}


@pytest.mark.parametrize(("n", "kicks"), TOURS)
def test_the_same_tours_are_found_as_ever(n: int, kicks: int) -> None:
    """Results are the same bytes from one version to the next only if these are."""
    found = [improved(costs(n, seed), kicks) for costs in (street_costs, random_costs) for seed in range(3)]
    assert hashlib.sha256(np.array(found, "<i8").tobytes()).hexdigest()[:16] == TOURS[n, kicks]
