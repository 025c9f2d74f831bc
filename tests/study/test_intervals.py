"""Bootstrap intervals and Holm's correction, against theory and worked examples."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from molosim.evaluation.statistics import bootstrap, holm, p_values, paired_differences, summary, together


def table(*samples: np.ndarray) -> pd.DataFrame:
    rows = [summary(np.asarray(sample, dtype=np.float64)) for sample in samples]
    return pd.DataFrame([{name: getattr(row, name) for name in row.__slots__} for row in rows])


def test_bootstrap_is_the_same_each_time_and_holds_the_mean() -> None:
    differences = np.random.default_rng(3).lognormal(size=40)
    first = bootstrap(differences, resamples=999)
    assert bootstrap(differences, resamples=999) == first
    assert first.low < differences.mean() < first.high
    assert first.verdict == "more"


def test_bootstrap_follows_the_skew_that_students_interval_does_not_see() -> None:
    differences = np.random.default_rng(3).lognormal(sigma=1.5, size=60)
    skewed, straight = bootstrap(differences, resamples=1999), summary(differences)
    assert skewed.high - skewed.difference > skewed.difference - skewed.low
    assert skewed.low > straight.low


def test_bootstrap_agrees_with_students_interval_where_both_hold() -> None:
    differences = np.random.default_rng(5).normal(2, 1, 200)
    ours, students = bootstrap(differences, resamples=4999), summary(differences)
    assert ours.low == pytest.approx(students.low, abs=0.02)
    assert ours.high == pytest.approx(students.high, abs=0.02)


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([], "not defined"),
        ([3.0], "one replication, no interval"),
        ([0.0, 0.0, 0.0], "identical"),
        ([-2.0, -2.0], "less"),
        ([-1.0, 1.0, -2.0, 2.0], "no difference shown"),
    ],
)
def test_bootstrap_says_what_students_interval_says_at_the_corners(differences: list[float], verdict: str) -> None:
    values = np.array(differences, dtype=np.float64)
    assert bootstrap(values, resamples=99).verdict == summary(values).verdict == verdict


@pytest.mark.parametrize("sign", [1, -1])
def test_an_interval_that_ends_at_zero_holds_zero(sign: int) -> None:
    """One replication of twenty differs: its resamples without it have no difference, so that none is shown."""
    found = bootstrap(np.array([0.0] * 19 + [1.0 * sign]), resamples=499)
    assert 0 in (found.low, found.high)
    assert found.verdict == "no difference shown"


def test_p_values_are_those_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.normal(0.4, 1, 12), rng.normal(0, 1, 12)
    (p,) = p_values(table(paired_differences(ours, theirs)))
    assert p == pytest.approx(stats.ttest_rel(ours, theirs).pvalue, rel=1e-9)


def test_p_values_at_the_corners() -> None:
    identical, constant, single = p_values(table(np.zeros(4), np.full(4, 2.0), np.array([1.0])))
    assert identical == 1
    assert constant == 0
    assert np.isnan(single)


def test_holm_by_hand() -> None:
    # 4 x 0.01, then 3 x 0.013 but no less than the one before, then 2 x 0.03, then 0.04 but no less.
    adjusted = holm(np.array([0.03, 0.01, np.nan, 0.04, 0.013]))
    assert adjusted == pytest.approx([0.06, 0.04, np.nan, 0.06, 0.04], nan_ok=True)


def test_holm_is_the_closure_of_bonferroni() -> None:
    rng = np.random.default_rng(4)
    for p in rng.random((50, 5)) ** 2:
        subsets = [list(s) for size in range(1, 6) for s in combinations(range(5), size)]
        closed = [max(min(1, len(s) * p[s].min()) for s in subsets if i in s) for i in range(5)]
        assert holm(p) == pytest.approx(closed)


def test_what_is_shown_alone_may_not_be_shown_in_company() -> None:
    weak, strong = np.array([0.1, 2.1, 1.1, 1.0, 0.9]), np.full(5, 9.0) + np.arange(5) / 100
    alone = together(table(weak))
    company = together(table(weak, strong, *[np.array([-1.0, 1.0, 0.5, -0.5])] * 8))
    assert list(alone["verdict_together"]) == ["more"]
    assert company["verdict"][0] == "more"
    assert list(company["verdict_together"][:2]) == ["no difference shown", "more"]


def test_together_keeps_verdicts_that_are_no_findings() -> None:
    kept = together(table(np.zeros(3), np.array([2.0]), np.array([])))
    assert list(kept["verdict_together"]) == ["identical", "one replication, no interval", "not defined"]


def test_a_family_of_no_differences_is_wrong_at_most_5_times_in_100() -> None:
    rng = np.random.default_rng(2)
    wrong = sum(
        together(table(*rng.normal(size=(8, 10))))["verdict_together"].isin(("less", "more")).any() for _ in range(300)
    )
    assert wrong / 300 <= 0.07
