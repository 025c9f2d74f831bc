"""Paired comparison against textbook numbers and its corner cases."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molosim.evaluation.measures import MEASURES
from molosim.evaluation.statistics import (
    COLUMNS,
    INFEASIBLE,
    compare,
    compare_models,
    different,
    half_width,
    infeasible,
    paired,
)


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_half_width_by_hand() -> None:
    # mean 3, s = sqrt(2.5), t(4, 0.975) = 2.776445
    assert half_width(column(1, 2, 3, 4, 5)) == pytest.approx(2.776445 * np.sqrt(2.5 / 5), rel=1e-6)


def test_pairing_removes_what_replications_share() -> None:
    base = column(100, 300, 900, 50, 700)
    result = paired(base - column(9, 10, 11, 10, 10), base)
    assert result.verdict == "less"
    assert result.difference == pytest.approx(-10)
    assert result.low < -10 < result.high < 0


def test_interval_that_holds_zero_shows_no_difference() -> None:
    assert paired(column(1, -1, 2, -2), column(0, 0, 0, 0)).verdict == "no difference shown"


def test_more() -> None:
    assert paired(column(11, 12, 13), column(1, 1, 1)).verdict == "more"


def test_identical_replications_are_called_identical() -> None:
    result = paired(column(5, 6, 7), column(5, 6, 7))
    assert (result.difference, result.low, result.high, result.verdict) == (0, 0, 0, "identical")


def test_rounding_is_not_a_finding() -> None:
    base = column(0.1 + 0.2, 1e6, 1e6)
    assert paired(column(0.3, 1e6 + 1e-6, 1e6 + 1e-6), base).verdict == "identical"


def test_the_same_difference_every_time_has_an_interval_without_width() -> None:
    result = paired(column(2, 3, 4), column(1, 2, 3))
    assert (result.low, result.high, result.verdict) == (1, 1, "more")


def test_one_replication_has_no_interval_and_says_so() -> None:
    result = paired(column(2), column(5))
    assert result.difference == -3
    assert np.isnan(result.low)
    assert np.isnan(result.high)
    assert result.verdict == "one replication, no interval"


def test_undefined_values_leave_their_pair_out() -> None:
    result = paired(column(1, np.nan, 3, 4), column(2, 2, np.nan, 6))
    assert result.n == 2
    assert paired(column(np.nan), column(1)).verdict == "not defined"


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=2, max_size=12))
def test_swapping_sides_mirrors_the_result(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    there, back = paired(ours, theirs), paired(theirs, ours)
    assert there.difference == -back.difference
    assert there.low == pytest.approx(-back.high)
    assert {there.verdict, back.verdict} in ({"less", "more"}, {"no difference shown"}, {"identical"})


def test_interval_covers_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(2000):
        noise = rng.normal(3, 2, 8)
        result = paired(noise, np.zeros(8))
        covered += result.low <= 3 <= result.high
    assert 0.935 <= covered / 2000 <= 0.965


def test_table_of_alternatives_in_their_order() -> None:
    chosen = {name: MEASURES[name] for name in ("km_city", "km_waste")}
    rows = [
        {"alternative": alternative, "replication": r, "km_city": 100.0 + r + shift, "km_waste": 5.0}
        for alternative, shift in (("dedicated", 0), ("shared", -3), ("none", 2))
        for r in (2, 0, 1)
    ]
    table = compare(pd.DataFrame(rows), "dedicated", chosen)
    assert tuple(table.columns) == COLUMNS
    assert list(table["alternative"]) == ["shared", "shared", "none", "none"]
    assert list(table["verdict"]) == ["less", "identical", "more", "identical"]
    assert list(table["difference"]) == [-3, 0, 2, 0]
    assert list(table["unit"]) == ["km"] * 4


def test_figures_that_differ_by_rounding_alone_are_one() -> None:
    assert different([0.1 + 0.2, 0.3, -0.3]) == 2
    assert different([1e6, 1e6 + 1]) == 2
    assert different([]) == 0


def replications(**km_city: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"alternative": name, "replication": i, "km_city": km, "km_waste": 1.0, "breaches_range": i * (name == "b")}
            for name, values in km_city.items()
            for i, km in enumerate(values)
        ]
    )


def test_means_stand_beside_the_difference() -> None:
    (row,) = compare(replications(a=[10, 30], c=[14, 36]), "a", {"km_city": MEASURES["km_city"]}).to_dict("records")
    assert (row["mean_baseline"], row["mean"], row["difference"], row["n"]) == (20, 25, 5, 2)


def test_what_nobody_could_drive_is_no_finding_from_the_first_tour_on() -> None:
    rows = replications(a=[10, 30], b=[14, 36], c=[9, 28])
    assert infeasible(rows) == {"b": 1}
    chosen = {name: MEASURES[name] for name in ("km_city", "breaches_range")}
    against_a = compare(rows, "a", chosen).set_index(["alternative", "measure"])["verdict"]
    assert against_a["b", "km_city"] == INFEASIBLE != against_a["b", "breaches_range"]
    assert against_a["c", "km_city"] != INFEASIBLE
    against_b = compare(rows, "b", chosen)
    assert set(against_b[against_b["measure"] == "km_city"]["verdict"]) == {INFEASIBLE}
    rows.loc[rows["alternative"] == "b", "breaches_range"] = [2, 3]
    assert infeasible(rows) == {"b": 5}


def test_each_model_of_the_band_is_compared_with_itself() -> None:
    both = [replications(a=[10, 30], c=[14, 36]).assign(model="x"), replications(a=[1, 3], c=[0, 1]).assign(model="y")]
    found = compare_models(pd.concat(both), "a").set_index(["model", "measure"])
    assert list(found.index.get_level_values("model").unique()) == ["x", "y"]
    assert found["difference"]["x", "km_city"] == 5
    assert found["difference"]["y", "km_city"] == -1.5


def test_replications_are_matched_by_number_not_by_row() -> None:
    frame = pd.DataFrame(
        {
            "alternative": ["a", "a", "b", "b"],
            "replication": [0, 1, 1, 0],
            "km_city": [10.0, 1000.0, 1001.0, 11.0],
        }
    )
    table = compare(frame, "a", {"km_city": MEASURES["km_city"]})
    assert table.loc[0, "difference"] == 1
    assert table.loc[0, "verdict"] == "more"
