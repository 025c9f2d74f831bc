"""Boxes with room for so many households, against all sets of sites, each assigned household by household."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from tests.siting.test_choice import LIMIT_M, plane, walks_of
from tests.worlds import LAT, LON, STEP_LON, town

from molosim.network.places import BoxSite
from molosim.network.walking import Walks
from molosim.runtime.errors import ScenarioError
from molosim.siting import Wanted, choose, propose
from molosim.siting import choice as choosing
from molosim.siting.capacity import assigned, per_household
from molosim.siting.choice import Requirements
from molosim.siting.homes import Homes
from molosim.siting.serving import by_nearest, with_room


def small(seed: int, sites: int, side_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A few households in each of a dozen homes."""
    metres, _, close = plane(seed, sites, 12, side_m)
    return metres, np.random.default_rng(seed).integers(1, 5, 12).astype(float), close


def worth(metres: np.ndarray, households: np.ndarray, objective: str, sites: tuple[int, ...], capacity: int) -> float:
    """Every household a row, every place in a box a column: the assignment problem."""
    near = metres[list(sites)].T
    if objective == "walk":
        gain = np.maximum(0, np.rint(LIMIT_M - near))
    else:
        bands = np.ceil(choosing.BANDS * near / LIMIT_M) / choosing.BANDS
        gain = (near <= LIMIT_M) * (1 + choosing.NEARER * (1 - bands))
    table = np.repeat(np.repeat(gain, households.astype(int), axis=0), capacity, axis=1)
    return float(table[linear_sum_assignment(table, maximize=True)].sum())


@given(
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.sampled_from(["walk", "cover"]),
    st.floats(300, 2500),
    st.integers(0, 8),
    st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_it_is_the_best_of_all_sets(  # noqa: PLR0917 - drawn
    seed: int, count: int, objective: str, side_m: float, spare: int, spaced: bool
) -> None:
    metres, households, close = small(seed, 8, side_m)
    apart = close if spaced else np.zeros_like(close)
    reached = households[(np.maximum(0, np.rint(LIMIT_M - metres)) > 0).any(axis=0)].sum()
    capacity = max(1, int(np.ceil(reached / count)) + spare)
    allowed = [s for s in combinations(range(8), count) if not apart[np.ix_(s, s)].any()]
    said = {"limit_m": LIMIT_M, "objective": objective, "requirements": Requirements(apart, capacity=capacity)}
    try:
        found = choose(walks_of(metres), households, count, effort=20, **said)
    except ScenarioError:  # greedy addition may paint itself into a corner, and says so
        if not spaced:
            raise
        reject()
    values = {s: worth(metres, households, objective, s, capacity) for s in allowed}
    best, sites = max(values.values()), tuple(found.sites.tolist())
    assert found.value == pytest.approx(values[sites], rel=1e-6, abs=1e-6)
    assert found.bound >= best * (1 - 1e-6)
    assert found.value >= best * (1 - 1e-4) - 1e-6
    # Prices and exchange alone say truly how far they may be from it.
    rough = choose(walks_of(metres), households, count, effort=0, **said)
    assert rough.bound >= best * (1 - 1e-6)
    assert rough.value <= best * (1 + 1e-6)


def test_room_without_end_is_no_limit() -> None:
    metres, households, _ = plane(2, 14, 40, 1800)
    free = choose(walks_of(metres), households, 4, limit_m=LIMIT_M)
    wide = choose(walks_of(metres), households, 4, limit_m=LIMIT_M, requirements=Requirements(capacity=1e6))
    assert wide.sites.tolist() == free.sites.tolist()
    assert wide.value == pytest.approx(free.value)


def test_a_full_box_sends_those_who_lose_least_to_the_next() -> None:
    """Two homes of 30 next to one site; the one with a second site near goes there when there is room for 40 only."""
    metres = np.array([[10.0, 20.0], [500.0, 100.0]])
    households = np.array([30.0, 30.0])
    gains, _ = choosing._gains(walks_of(metres), households, LIMIT_M, "walk", Requirements())
    table = per_household(gains, households)
    found = assigned(table, households, np.array([40.0, 40.0]))
    served = np.zeros((2, 2))
    served[table.site, table.home] = found.served
    assert served.tolist() == [[30, 10], [0, 20]]
    assert found.value == pytest.approx(30 * 590 + 10 * 580 + 20 * 500)
    # One more place for the second home is worth the 80 m it walks on.
    assert assigned(table, households, np.array([np.inf, 40.0])).value == pytest.approx(30 * 590 + 30 * 580)
    assert assigned(table, households, np.zeros(2)).value == 0


def test_a_crowd_gets_two_boxes_where_one_had_no_room() -> None:
    """Fifty households at one end, ten at the other: with room for 30, both boxes stand at the crowd's end."""
    metres = np.array([[0.0, 900.0], [50.0, 900.0], [900.0, 0.0]])
    households = np.array([50.0, 9.0])
    assert choose(walks_of(metres), households, 2, limit_m=LIMIT_M).sites.tolist() == [0, 2]
    assert choose(
        walks_of(metres), households, 2, limit_m=LIMIT_M, requirements=Requirements(capacity=30)
    ).sites.tolist() == [0, 1]


def test_too_little_room_is_one_line() -> None:
    metres, households = np.array([[0.0, 100.0, 900.0]]), np.array([50.0, 40.0, 500.0])
    with pytest.raises(ScenarioError) as caught:
        choose(
            walks_of(np.vstack([metres, metres])),
            households,
            2,
            limit_m=LIMIT_M,
            requirements=Requirements(capacity=40),
        )
    told = (
        "2 boxes for at most 40 dwellings each have room for 80, of 90 in reach of a kerb; at least 3 boxes are needed"
    )
    assert str(caught.value) == f"siting: {told}"
    # Those whom a box that stands already serves need no room, though a new one would be nearer.
    kept_m = np.array([300.0, np.inf, np.inf])
    found = choose(
        walks_of(metres), households, 1, limit_m=LIMIT_M, requirements=Requirements(capacity=40, kept_m=kept_m)
    )
    assert found.value == 50 * 300 + 40 * 500


def test_a_larger_table_states_a_gap_and_is_the_same_twice() -> None:
    metres, households, close = plane(11, 120, 400, 4000)
    reached = households[(metres < LIMIT_M).any(axis=0)].sum()
    capacity = float(np.ceil(1.3 * reached / 20))
    one, other = (
        choose(walks_of(metres), households, 20, limit_m=LIMIT_M, requirements=Requirements(close, capacity=capacity))
        for _ in range(2)
    )
    assert one.sites.tolist() == other.sites.tolist()
    assert one.value <= one.bound
    assert one.gap < 0.05
    free = choose(walks_of(metres), households, 20, limit_m=LIMIT_M, requirements=Requirements(apart=close))
    assert one.value <= free.value * (1 + 1e-9)
    gains, _ = choosing._gains(walks_of(metres), households, LIMIT_M, "walk", Requirements(close))
    room = np.zeros(120)
    room[free.sites] = capacity
    # Sites chosen without a thought of room are a choice like any other.
    later = assigned(per_household(gains, households), households, room).value
    assert later <= one.bound * (1 + 1e-9)
    assert one.value >= later * (1 - 1e-3)


def test_as_many_as_can_be_are_served_before_walks_are_short() -> None:
    """A home between two boxes gives way to one that has no other, though it walks farther for it."""
    walks = Walks(np.array([0, 2, 3]), np.array([0, 1, 0], np.int32), np.array([10.0, 590.0, 500.0]))
    served = with_room(walks, np.array([20.0, 20.0]), np.array([20.0, 20.0]), LIMIT_M)
    assert sorted(zip(served.home.tolist(), served.box.tolist(), served.households.tolist(), strict=True)) == [
        (0, 1, 20), (1, 0, 20),
    ]  # fmt: skip
    short = with_room(walks, np.array([30.0, 25.0]), np.array([20.0, np.inf]), LIMIT_M)
    out = short.box < 0
    assert short.households[out].tolist() == [5]
    assert np.isinf(short.walk_m[out]).all()
    assert short.households.sum() == 55
    everybody = by_nearest(np.array([1, 0, -1]), np.array([5.0, 700.0, np.inf]), np.array([1.0, 2.0, 3.0]), LIMIT_M)
    assert everybody.box.tolist() == [1, -1, -1]


def test_a_proposal_fills_no_box_beyond_its_room_and_says_who_is_left_out() -> None:
    """Four homes of 30 along one street and boxes for 50 each; one that stands takes all who come."""
    lon = LON + STEP_LON * np.array([0.3, 0.5, 0.7, 5.5])
    homes = Homes(lon, np.full(4, LAT + 0.0001), np.array([30.0, 30.0, 30.0, 30.0]), "by hand", (), 4)
    wanted = Wanted(3, limit_m=400, capacity=50)
    found = propose(None, town(), wanted, homes=homes)
    assert sum(site.households for site in found.sites) == 120
    assert max(site.households for site in found.sites) <= 50
    assert any("at most 50 dwellings" in line and "and 0 have none" in line for line in found.assumptions)
    assert found.equity.unreached == 0
    stays = BoxSite("old", "town", 1, None, LON + STEP_LON / 2, LAT)
    alone = propose(None, town(), replace(wanted, boxes=1, standing=(stays,)), homes=homes)
    assert (alone.sites[0].name, alone.sites[0].households) == ("old", 90)
    with pytest.raises(
        ScenarioError, match=r"2 boxes for at most 50 dwellings each have room for 100, of 120 in reach"
    ):
        propose(None, town(), replace(wanted, boxes=2), homes=homes)
