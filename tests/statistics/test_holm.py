"""p values against SciPy's t test, Holm's correction against its definition, and a family of comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from molosim.evaluation.statistics import INFEASIBLE, holm, p_values, summary, together


def family(*differences: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame([summary(one) for one in differences])


@pytest.mark.parametrize("n", [2, 5, 30])
def test_p_values_are_those_of_the_paired_t_test(n: int) -> None:
    rng = np.random.default_rng(n)
    samples = [rng.normal(mean, 1, n) for mean in (-2, 0, 0.4, 3)]
    expected = [stats.ttest_1samp(sample, 0).pvalue for sample in samples]
    assert p_values(family(*samples)).tolist() == pytest.approx(expected)


def test_p_values_at_the_edges() -> None:
    """None differs: certainly no difference. All differ alike: certainly one. A single replication: not known."""
    table = family(np.zeros(4), np.full(4, 2.0), np.ones(1))
    found = p_values(table)
    assert found[:2].tolist() == [1, 0]
    assert np.isnan(found[2])


def test_the_lowest_of_m_counts_m_fold() -> None:
    p = np.array([0.04, np.nan, 0.01, 0.03, 0.9])
    assert holm(p).tolist() == pytest.approx([0.09, np.nan, 0.04, 0.09, 0.9], nan_ok=True)
    assert holm(np.array([0.6, 0.7])).tolist() == [1, 1]


def test_read_together_fewer_differences_are_shown() -> None:
    rng = np.random.default_rng(1)
    clear, weak, none = rng.normal(5, 1, 10), rng.normal(0.8, 1, 10), rng.normal(0, 1, 10)
    dry = np.r_[rng.normal(5, 1, 9), np.inf]
    table = together(family(clear, weak, none, dry))
    assert table["verdict"].tolist()[::3] == ["more", INFEASIBLE]
    assert table["verdict_together"].tolist()[::3] == ["more", INFEASIBLE]
    assert (table["p_holm"][:3] >= table["p"][:3]).all()
    assert np.isnan(table["p"][3])
    shown = table["verdict_together"].isin(["less", "more"])
    assert (table["p_holm"][shown] < 0.05).all()
    assert (~(table["p_holm"][:3] < 0.05) == ~shown[:3]).all()


def test_a_difference_that_is_lost_in_the_family_is_not_shown() -> None:
    """p of 0.03 alone is a finding; among ten it is not."""
    sample = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    shift = next(s for s in np.arange(0, 5, 0.01) if stats.ttest_1samp(sample - s, 0).pvalue > 0.03)
    alone = together(family(sample - shift))
    assert alone["verdict_together"].tolist() == ["more"]
    among = together(family(*[sample - shift] * 10))
    assert among["verdict"].tolist() == ["more"] * 10
    assert among["verdict_together"].tolist() == ["no difference shown"] * 10


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([-0.2, 0.9, 1.3, 0.4], "no difference shown"),  # 0.6 with an interval from -0.4
        ([0.4, 0.9, 1.3, 0.8], "more"),
        ([0.2, -0.9, -1.3, -0.4], "no difference shown"),
        ([-0.4, -0.9, -1.3, -0.8], "less"),
    ],
)
def test_a_difference_is_shown_where_its_interval_is_on_one_side_of_zero(
    differences: list[float], verdict: str
) -> None:
    found = summary(np.array(differences))
    assert found.verdict == verdict
    assert (found.low > 0 or found.high < 0) == (verdict != "no difference shown")
    assert min(abs(found.low), abs(found.high)) < 1
