"""Attacks find what can be found, and by them the old ways to blur a table fall."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stops.old_ways import jittered, rounded, to_grid

from molosim.stops.anonymise import MOST_FOUND
from molosim.stops.attacks import by_place, by_values

ADDRESSES, STOPS, K = 3000, 200, 5


@pytest.fixture
def register() -> tuple[np.ndarray, np.ndarray]:
    """Addresses on some 30 square kilometres."""
    rng = np.random.default_rng(1)
    return rng.uniform(11.9, 12.0, ADDRESSES), rng.uniform(57.68, 57.73, ADDRESSES)


@pytest.fixture
def records() -> np.ndarray:
    """Volumes, masses, service times and arrivals as carriers have them."""
    rng = np.random.default_rng(2)
    litres, kg = rng.lognormal(3, 0.8, STOPS), rng.lognormal(0.5, 0.8, STOPS)
    return np.stack([litres, kg, np.full(STOPS, 150.0), np.sort(rng.uniform(8 * 3600, 16 * 3600, STOPS))], axis=1)


def test_candidates_are_counted_by_hand() -> None:
    address = np.array([0, 1, 1, 2, 2])
    lon, lat = np.array([1.0, 1.0, 2.0, 2.0, 2.0]), np.zeros(5)  # address 2 is told as one point, twice
    found = by_place(np.array([1.0, 2.0, 2.00000004, 3.0]), np.zeros(4), (address, lon, lat))
    assert found.fits.tolist() == [2, 2, 2, 0]
    assert found.share_below(2) == 0.25
    assert found.fewer_than(3) == 4
    assert by_place(np.array([1.0]), np.zeros(1), (address, lon, lat)).best_guess == 0.5


def test_a_jitter_with_a_known_seed_is_undone(register: tuple[np.ndarray, np.ndarray]) -> None:
    mine = np.random.default_rng(3).choice(ADDRESSES, STOPS)
    lon, lat = (np.round(axis, 5) for axis in jittered(*(axis[mine] for axis in register), 100.0, 1))
    could = tuple(np.round(axis, 5) for axis in jittered(*register, 100.0, 1))
    found = by_place(lon, lat, (np.arange(ADDRESSES), *could))
    assert found.share_below(K) == 1.0
    assert np.mean(found.fits == 1) > 0.95


@pytest.mark.parametrize(("cell_m", "at_least"), [(100.0, 0.9), (250.0, MOST_FOUND)])
def test_a_grid_leaves_few_addresses(register: tuple[np.ndarray, np.ndarray], cell_m: float, at_least: float) -> None:
    mine = np.random.default_rng(3).choice(ADDRESSES, STOPS)
    told = to_grid(*(axis[mine] for axis in register), cell_m)
    found = by_place(*told, (np.arange(ADDRESSES), *to_grid(*register, cell_m)))
    assert found.share_below(K) > at_least
    cells = [tuple(pair) for pair in np.stack(to_grid(*register, cell_m), axis=1).tolist()]
    assert found.fits.tolist() == [cells.count(pair) for pair in zip(*(axis.tolist() for axis in told), strict=True)]


def test_rounded_values_are_as_good_as_a_name(records: np.ndarray) -> None:
    assert by_values(rounded(records), records).share_below(2) > 0.95


def test_what_is_told_of_k_rows_agrees_with_k(records: np.ndarray) -> None:
    told = np.repeat(records.reshape(-1, K, 4).mean(axis=1), K, axis=0)
    order = np.random.default_rng(4).permutation(STOPS)
    assert by_values(told[order], records).fits.min() == K
    assert by_values(np.tile(records.mean(axis=0), (STOPS, 1)), records).fits.tolist() == [STOPS] * STOPS


def test_who_knows_the_tours_finds_more(records: np.ndarray) -> None:
    told = np.repeat(records.reshape(-1, K, 4).mean(axis=1), K, axis=0)
    tour = np.arange(STOPS) % K  # of each five rows told alike every tour has one
    assert by_values(told, records).share_below(2) == 0
    assert by_values(told, records, (tour, tour)).share_below(2) == 1


def test_rows_equally_near_both_count() -> None:
    told, records = np.array([[1.0], [3.0]]), np.array([[2.0], [1.0], [10.0]])
    assert by_values(told, records).fits.tolist() == [2, 1, 1]


def test_empty_cells_agree_with_empty_cells() -> None:
    told = np.array([[1.0, np.nan], [1.0, 5.0], [1.0, 5.0]])
    assert by_values(told, told).fits.tolist() == [1, 2, 2]
