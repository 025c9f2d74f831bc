"""MSER-5 by hand, on series with a known start, and daily sums of trips."""

import numpy as np
import pandas as pd
import pytest

from molosim.experiments.mser import SERIES, daily, mser, warm_up
from molosim.report import style
from molosim.report.warmup_figure import warm_up as figure
from molosim.runtime.errors import ScenarioError


def test_errors_by_hand() -> None:
    # Batches of five: means 10, 1, 2, 3; after leaving out the first, variance of 1, 2, 3 is 2/3, by 3 values.
    found = mser(np.repeat([10.0, 1.0, 2.0, 3.0], 5))
    assert found.errors[:2] == pytest.approx([np.var([10, 1, 2, 3]) / 4, (2 / 3) / 3])
    assert (found.days, found.settled) == (5, True)


def test_a_known_start_is_left_out() -> None:
    days = np.arange(365)
    rng = np.random.default_rng(1)
    runs = 100 * (1 - np.exp(-days / 10)) + rng.normal(0, 3, (20, 365))
    found = mser(runs)
    assert found.settled
    assert 25 <= found.days <= 60
    assert abs(runs[:, found.days :].mean() - 100) < 0.5 < 100 - runs.mean()


def test_a_steady_series_needs_little_or_none() -> None:
    rng = np.random.default_rng(2)
    assert np.median([mser(rng.normal(5, 1, 200)).days for _ in range(50)]) <= 20


def test_a_series_that_never_settles_says_so() -> None:
    assert not mser(np.linspace(0, 1, 100) ** 2).settled


def test_a_constant_series_needs_none() -> None:
    assert mser(np.full(40, 3.0)).days == 0


def test_a_week_is_no_start_when_batches_are_weeks() -> None:
    week = np.tile([9.0, 9.0, 9.0, 9.0, 9.0, 0.0, 0.0], 20)
    assert mser(week, batch_days=7).days == 0


def test_days_that_fill_no_batch_belong_to_the_start() -> None:
    series = np.concatenate([np.full(8, 50.0), np.random.default_rng(0).normal(1, 0.1, 95)])
    assert mser(series).days == 8


def test_too_short_a_series_is_refused() -> None:
    with pytest.raises(ScenarioError, match="found 19 days with values; needs 20"):
        mser(np.ones(19))


@pytest.fixture
def trips() -> pd.DataFrame:
    rows = [
        ("a", 0, 0, "delivery", 9000, 500, 3000),
        ("a", 0, 0, "transfer", 4000, 0, 3000),
        ("a", 0, 2, "collection", 7000, 0, 8000),
        ("a", 1, 2, "collection", 7000, 0, 2000),
        ("b", 0, 1, "delivery", 1000, 0, 0),
    ]
    names = ["alternative", "replication", "day", "purpose", "metres", "detour_waste_m", "waste_g"]
    return pd.DataFrame(rows, columns=names)


def test_daily_sums_by_hand(trips: pd.DataFrame) -> None:
    found = daily(trips[(trips["alternative"] == "a") & (trips["replication"] == 0)], 4)
    assert tuple(found.columns) == SERIES
    assert found["collected_kg"].tolist() == [3, 0, 8, 0]
    assert found["waste_km"].tolist() == [4.5, 0, 7, 0]
    assert found["all_km"].tolist() == [13, 0, 7, 0]


def test_warm_up_of_each_alternative_over_its_replications(trips: pd.DataFrame) -> None:
    found = warm_up(trips, 20, "collected_kg")
    assert list(found) == ["a", "b"]
    assert found["a"].series[:3].tolist() == [1.5, 0, 5]


def test_figure_shows_what_is_left_out() -> None:
    rng = np.random.default_rng(1)
    series = 100 * (1 - np.exp(-np.arange(183) / 10)) + rng.normal(0, 3, (20, 183))
    found = {"shared": mser(series), "drifting": mser(np.linspace(0, 1, 100) ** 2)}
    with style.settings():
        text = style.svg(figure(found, "kg a day"))
    assert f"shared: {found['shared'].days} days left out" in text
    assert "drifting: too short to say" in text
