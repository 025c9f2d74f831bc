"""Places hide among at least k addresses, whatever the register, and any of these may be the one."""

from __future__ import annotations

import numpy as np
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
@given(POINTS, st.integers(2, 12))
def test_k_addresses_may_be_any_told_place(points: list[tuple[int, int]], k: int) -> None:
    """By brute force over a register: what else is told as each address is, and what attacks make of it."""
    register = register_of(points)
    lon, lat = Cells.of(register, k).told()
    told = list(zip(lon.tolist(), lat.tolist(), strict=True))
    alike = [told.count(point) for point in told]
    assert min(alike) >= k
    assert by_place(lon, lat, (np.arange(len(register)), lon, lat)).fits.tolist() == alike
    addresses = set(zip(register.lon.tolist(), register.lat.tolist(), strict=True))
    assert set(told) <= addresses


def test_the_middle_address_stands_for_its_cell() -> None:
    register = register_of([(x, y) for x in range(5) for y in (2, 3, 4)] + [(40, y) for y in range(15)])
    lon, lat = Cells.of(register, 15).told()
    assert set(zip(lon.round(4).tolist(), lat.round(4).tolist(), strict=True)) == {(11.902, 57.7015), (11.94, 57.7035)}


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
    moved_m = great_circle_m(register.lon, register.lat, *Cells.of(register, 5).told())
    near = register.lon < 11.915
    assert moved_m[near].mean() < moved_m[~near].mean() / 3
