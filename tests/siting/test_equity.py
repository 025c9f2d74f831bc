"""Equity of walks, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molosim.siting.equity import equity, quantile


def test_four_homes_by_hand() -> None:
    # 10 households walk 100 m, 20 walk 300 m, 10 walk 500 m, 10 reach nothing.
    walk_m = np.array([100.0, 300.0, 500.0, math.inf])
    households = np.array([10.0, 20.0, 10.0, 10.0])
    found = equity(walk_m, households, ("A", "B", "C"), np.array([0, 0, 1, 2], dtype=np.int32))
    assert found.households == 50
    assert found.within == (0.2, 0.6, 0.8)
    assert found.mean_m == 300
    assert found.median_m == 300
    assert found.p90_m == 500
    assert found.unreached == pytest.approx(0.2)
    # Mean difference over all 1600 ordered pairs: (2 * 10*20*200 + 2 * 10*10*400 + 2 * 20*10*200) / 1600 = 150.
    assert found.gini == pytest.approx(150 / (2 * 300))
    assert (found.worst, found.worst_mean_m) == ("B", 500)


def test_equal_walks_have_no_inequality_and_nobody_reached_has_no_walk() -> None:
    even = equity(np.full(5, 250.0), np.arange(1.0, 6.0))
    assert even.gini == pytest.approx(0, abs=1e-12)
    assert (even.worst, even.p90_m) == ("", 250)
    assert equity(np.zeros(2), np.ones(2)).gini == 0
    none = equity(np.full(2, math.inf), np.ones(2))
    assert none.unreached == 1
    assert none.within == (0, 0, 0)
    assert math.isnan(none.mean_m)
    assert math.isnan(none.gini)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 9)), min_size=1, max_size=20))
def test_the_gini_coefficient_is_the_mean_difference_over_twice_the_mean(homes: list[tuple[int, int]]) -> None:
    each = np.repeat([float(m) for m, _ in homes], [n for _, n in homes])
    walk_m, households = (np.array([h[k] for h in homes], dtype=float) for k in (0, 1))
    difference = np.abs(each[:, None] - each).mean()
    expected = difference / (2 * each.mean()) if each.any() else 0
    found = equity(walk_m, households)
    assert found.gini == pytest.approx(expected, abs=1e-9)
    assert quantile(walk_m, households, 0.5) == np.sort(each)[math.ceil(len(each) / 2) - 1]
