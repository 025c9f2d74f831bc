"""Places hide among at least k addresses, whatever the register, and any of these may be the one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molosim.network.graph import great_circle_m
from molosim.stops.attacks import by_place
from molosim.stops.groups import groups
from molosim.stops.hiding import Cells
from molosim.stops.register import Register

POINTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=12, max_size=150, unique=True)


def register_of(points: list[tuple[int, int]]) -> Register:
    """A register on a lattice of some 60 m, so that many addresses share a longitude or latitude."""
    x, y = np.array(points).T
    return Register.of(11.9 + 0.001 * x, 57.7 + 0.0005 * y, "made up")


@settings(deadline=None)
@given(POINTS, st.integers(2, 12))
def test_groups_have_k_to_twice_k_rows(points: list[tuple[int, int]], k: int) -> None:
    sizes = np.bincount(groups(np.array(points, float), k))
    assert sizes.min() >= k
    assert sizes.max() < 2 * k or len(points) < 2 * k
    assert sizes.sum() == len(points)


@settings(deadline=None)
@given(POINTS, st.integers(2, 12), st.integers(0, 10**6))
def test_k_addresses_may_be_any_told_place(points: list[tuple[int, int]], k: int, seed: int) -> None:
    register = register_of(points)
    cells, rng = Cells.of(register, k), np.random.default_rng(seed)
    address, tour = rng.integers(0, len(register), 60), rng.integers(0, 4, 60)
    told = cells.told(address, tour, rng)
    fits = by_place(register.lon[told], register.lat[told], cells.could()).fits
    for one, shown, count in zip(address.tolist(), told.tolist(), fits.tolist(), strict=True):
        around = [other for other in range(len(register)) if cells.cell[other] == cells.cell[shown]]
        assert one in around  # by brute force: what may be told as this point, and the true one is among it
        assert len(around) == count >= k
    # Different addresses of a tour stay as many, and the same one stays one.
    for number in range(4):
        mine = tour == number
        pairs = set(zip(address[mine].tolist(), told[mine].tolist(), strict=True))
        assert len(pairs) == len(set(address[mine].tolist())) == len(set(told[mine].tolist()))


def test_a_place_alone_in_its_cell_is_told_as_its_neighbours_would_be() -> None:
    register = register_of([(x, y) for x in range(8) for y in range(8)])
    cells = Cells.of(register, 5)
    told = [cells.told(np.array([one]), np.zeros(1, int), np.random.default_rng(one))[0] for one in range(64)]
    assert len({(cell, shown) for cell, shown in zip(cells.cell.tolist(), told, strict=True)}) == len(cells.size)


def test_which_of_a_tours_places_is_which_is_left_to_chance() -> None:
    register = register_of([(x, y) for x in range(3) for y in range(2)])
    cells, address = Cells.of(register, 6), np.array([0, 3, 5])
    told = np.array([cells.told(address, np.zeros(3, int), np.random.default_rng(seed)) for seed in range(3000)])
    assert len({frozenset(shown) for shown in told.tolist()}) == 1  # the same three, whichever were visited
    for stop in told.T:
        assert np.unique(stop, return_counts=True)[1] / 3000 == pytest.approx(1 / 3, abs=0.05)


def test_a_tour_of_every_address_is_told_as_every_address() -> None:
    register = register_of([(x, y) for x in range(10) for y in range(10)])
    told = Cells.of(register, 7).told(np.arange(100), np.zeros(100, int), np.random.default_rng(1))
    assert sorted(told.tolist()) == list(range(100))


def test_cells_depend_on_the_addresses_and_not_on_their_order() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(11.9, 12.0, 500), rng.uniform(57.7, 57.75, 500)
    order = rng.permutation(1000) % 500  # each twice
    one, other = (Cells.of(Register.of(*axes, ""), 5) for axes in ((lon, lat), (lon[order], lat[order])))
    assert one.cell.tolist() == other.cell.tolist()
    assert len(one.register) == len(other.register) == 500


def test_cells_are_small_where_addresses_are_dense() -> None:
    rng = np.random.default_rng(6)
    dense, sparse = rng.uniform(0, 0.01, (2, 500)), rng.uniform(0.02, 0.1, (2, 500))
    register = Register.of(11.9 + np.r_[dense[0], sparse[0]], 57.7 + np.r_[dense[1], sparse[1]], "")
    told = Cells.of(register, 5).told(np.arange(1000), np.arange(1000), rng)
    moved_m = great_circle_m(register.lon, register.lat, register.lon[told], register.lat[told])
    near = register.lon < 11.915
    assert moved_m[near].mean() < moved_m[~near].mean() / 3
