"""The choice of sites against enumeration, its bound, and what must move it."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from molosim.network.walking import Walks
from molosim.runtime.errors import ScenarioError
from molosim.siting import choice as choosing
from molosim.siting.bound import BoundSearch
from molosim.siting.choice import Requirements, choose
from molosim.siting.closing import solve
from molosim.siting.swap_gains import Gains, exchanged, greedy

LIMIT_M = 600.0


def walks_of(metres: np.ndarray) -> Walks:
    """Those of a full table (sites, homes) that are within the limit."""
    site, home = np.nonzero(metres <= LIMIT_M)
    first = np.searchsorted(site, np.arange(len(metres) + 1))
    return Walks(first, home.astype(np.int32), metres[site, home])


def plane(seed: int, sites: int, homes: int, side_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Walks as the crow flies between random places, the households, and which sites are closer than 150 m."""
    rng = np.random.default_rng(seed)
    at, live = rng.random((sites, 2)) * side_m, rng.random((homes, 2)) * side_m
    between = np.hypot(*(at[:, None] - at).transpose(2, 0, 1))
    metres = np.hypot(*(at[:, None] - live).transpose(2, 0, 1))
    return metres, rng.integers(1, 40, homes).astype(float), (between < 150) & ~np.eye(sites, dtype=bool)


def worth(metres: np.ndarray, households: np.ndarray, objective: str, sites: tuple[int, ...]) -> float:
    """Told again without any table: what the households gain from some sites."""
    walk = metres[list(sites)].min(axis=0)
    if objective == "walk":
        return float(np.maximum(0, np.rint(LIMIT_M - walk)) @ households)
    nearer = 1 - np.ceil(choosing.BANDS * walk / LIMIT_M) / choosing.BANDS
    return float(((walk <= LIMIT_M) * (1 + choosing.NEARER * nearer)) @ households)


@given(
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.sampled_from(["walk", "cover"]),
    st.floats(300, 3000),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_best_of_all_sets(seed: int, count: int, objective: str, side_m: float, spaced: bool) -> None:
    metres, households, close = plane(seed, 11, 25, side_m)
    apart = close if spaced else np.zeros_like(close)
    allowed = [s for s in combinations(range(11), count) if not apart[np.ix_(s, s)].any()]
    best = max((worth(metres, households, objective, s) for s in allowed), default=0)
    try:
        found = choose(
            walks_of(metres),
            households,
            count,
            limit_m=LIMIT_M,
            objective=objective,
            requirements=Requirements(apart=apart),
        )
    except ScenarioError:  # greedy addition may paint itself into a corner, and says so
        if not spaced:
            raise
        reject()
    sites = tuple(found.sites.tolist())
    assert sites in allowed
    assert found.value == pytest.approx(worth(metres, households, objective, sites), rel=1e-9)
    assert found.bound >= best * (1 - 1e-9)
    assert found.value >= best * (1 - 1e-4)
    whole = LIMIT_M * households.sum() - found.value if objective == "walk" else best
    assert found.gap >= (best - found.value) / whole - 1e-9


def test_the_dual_alone_bounds_what_enumeration_finds() -> None:
    for seed in range(10):
        metres, households, _ = plane(seed, 12, 30, 1500)
        gains, _ = choosing._gains(walks_of(metres), households, LIMIT_M, "walk", Requirements())
        best = max(gains.value(np.array(s)) for s in combinations(range(12), 3))
        search = BoundSearch(gains, greedy(gains, 3))
        start = search.bound
        search.descend(300)
        assert best * (1 - 1e-9) <= search.bound <= start
        assert search.bound == pytest.approx(best, rel=0.03)  # the relaxation's own gap on tables so small
        may = search.open_question()
        winner = max(combinations(range(12), 3), key=lambda s: gains.value(np.array(s)))
        assert may[list(winner)].all() or search.value >= best * (1 - 1e-9)
        for nodes in (1, 10):
            solved = solve(gains, 3, np.ones(12, bool), nodes)
            assert solved.value <= best * (1 + 1e-9)
            assert solved.bound >= best * (1 - 1e-9)
        assert solved.value == pytest.approx(best, rel=1e-4)


def test_more_effort_never_chooses_worse_and_none_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sites too crowded for the dual alone to prove a choice; HiGHS is given nodes, never a time."""
    options: list[dict[str, object]] = []
    real = scipy.optimize.milp
    monkeypatch.setattr(
        "scipy.optimize.milp", lambda *a, **said: (options.append(dict(said["options"])), real(*a, **said))[1]
    )
    metres, households, close = plane(4, 60, 150, 1500)
    found = [
        choose(
            walks_of(metres),
            households,
            8,
            limit_m=250,
            objective="cover",
            effort=effort,
            requirements=Requirements(apart=close),
        )
        for effort in (0, 1, 1, 30)
    ]
    values, bounds = [choice.value for choice in found], [choice.bound for choice in found]
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert found[1].sites.tolist() == found[2].sites.tolist()
    assert max(values) <= min(bounds) * (1 + 1e-9)
    assert [choice.gap for choice in found[1:]] == [0, 0, 0] != found[0].gap
    assert {option["node_limit"] for option in options} == {1, 30}
    assert not any("time_limit" in option for option in options)


def test_exchange_ends_where_no_single_exchange_gains() -> None:
    metres, households, close = plane(3, 40, 100, 2500)
    gains, _ = choosing._gains(walks_of(metres), households, LIMIT_M, "walk", Requirements(close))
    chosen, value = exchanged(gains, greedy(gains, 5))
    for out in range(5):
        for into in set(range(40)) - set(chosen.tolist()):
            other = chosen.copy()
            other[out] = into
            if not close[np.ix_(other, other)].any():
                assert gains.value(other) <= value + 1e-6


def test_homes_that_a_standing_box_serves_draw_no_other() -> None:
    metres = np.array([[0.0, 500.0, 900.0], [900.0, 500.0, 0.0]])
    households = np.array([100.0, 10.0, 50.0])
    assert choose(walks_of(metres), households, 1, limit_m=LIMIT_M).sites.tolist() == [0]
    kept_m = np.array([10.0, 700.0, np.inf])
    found = choose(walks_of(metres), households, 1, limit_m=LIMIT_M, requirements=Requirements(kept_m=kept_m))
    assert found.sites.tolist() == [1]
    # 590 m saved by the first home where it is, all 600 by the third, 100 by the second.
    assert found.value == 100 * 590 + 10 * 100 + 50 * 600


def test_people_who_move_take_the_box_with_them() -> None:
    metres = np.array([[50.0, 900.0], [900.0, 50.0]])
    west, east = np.array([30.0, 20.0]), np.array([20.0, 30.0])
    assert choose(walks_of(metres), west, 1, limit_m=LIMIT_M).sites.tolist() == [0]
    assert choose(walks_of(metres), east, 1, limit_m=LIMIT_M).sites.tolist() == [1]


def test_covering_counts_heads_and_walking_counts_metres() -> None:
    # Site 0 is next to 60 households, site 1 at the limit's edge for those and 50 more.
    metres = np.array([[0.0, 900.0], [590.0, 590.0]])
    households = np.array([60.0, 50.0])
    assert choose(walks_of(metres), households, 1, limit_m=LIMIT_M).sites.tolist() == [0]
    assert choose(walks_of(metres), households, 1, limit_m=LIMIT_M, objective="cover").sites.tolist() == [1]


def test_more_sites_than_there_is_room_for_are_told() -> None:
    metres, households, _ = plane(1, 6, 10, 500)
    with pytest.raises(ScenarioError, match="7 sites are wanted; there are 6 candidates"):
        choose(walks_of(metres), households, 7, limit_m=LIMIT_M)
    with pytest.raises(ScenarioError, match=re.escape("of 6 candidates only 1 found room beside each other")):
        choose(
            walks_of(metres), households, 2, limit_m=LIMIT_M, requirements=Requirements(apart=~np.eye(6, dtype=bool))
        )


def test_a_table_with_nobody_in_reach_gives_sites_and_no_gain() -> None:
    metres = np.full((4, 3), 5000.0)
    found = choose(walks_of(metres), np.ones(3), 2, limit_m=LIMIT_M)
    assert (len(found.sites), found.value, found.gap) == (2, 0, 0)


def test_gains_serve_the_best_and_remember_the_second() -> None:
    gains = Gains(
        home=np.array([0, 0, 0, 1]),
        site=np.array([0, 1, 2, 2]),
        gain=np.array([5.0, 7.0, 6.0, 1.0]),
        homes=3,
        sites=3,
        apart=np.zeros((3, 3), bool),
    )
    best, second, owner = gains.served(np.array([0, 2]))
    assert best.tolist() == [6, 1, 0]
    assert second.tolist() == [5, 0, 0]
    assert owner.tolist() == [1, 1, -1]
    assert gains.most == 8
