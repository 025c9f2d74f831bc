"""Rates and factors: formulas where there are some, a weekend's parcels, intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from molosim.fitting.intensity import NONE_SEEN, Axis, Counts, fit

Floats = NDArray[np.float64]
WEEK = np.array([1.2, 1.2, 1.1, 1.1, 1.1, 0.8, 0.5])
WEEK = WEEK / WEEK.mean()


def by_day(counted: Floats, exposure: Floats | None = None, *axes: Axis) -> Counts:
    days = np.arange(len(counted))
    return Counts(counted, np.ones(len(counted)) if exposure is None else exposure, days, days, axes)


def test_one_rate_is_events_by_exposure_with_its_poisson_error() -> None:
    counted, exposure = np.array([3.0, 5.0, 2.0, 6.0]), np.array([1.0, 2.0, 1.0, 2.0])
    found = fit(by_day(counted, exposure))
    assert found.rate == pytest.approx(16 / 6)
    assert np.log(found.high / found.rate) == pytest.approx(1.96 / np.sqrt(16), rel=1e-3)
    assert found.expected == pytest.approx(exposure * 16 / 6)


def test_factors_of_one_axis_are_the_levels_rates_by_their_mean() -> None:
    level = np.arange(28) % 7
    counted = np.random.default_rng(1).poisson(20 * WEEK[level]).astype(float)
    found = fit(by_day(counted, None, Axis("weekday", level, 7)))
    rates = np.array([counted[level == d].mean() for d in range(7)])
    assert found.factors["weekday"].value == pytest.approx(rates / rates.mean())
    assert found.rate == pytest.approx(rates.mean())
    assert found.factors["weekday"].n.tolist() == [counted[level == d].sum() for d in range(7)]


def test_exposure_that_differs_by_level_is_allowed_for() -> None:
    """Two axes that are not balanced: margins would mix them, the model does not."""
    rng = np.random.default_rng(2)
    weekday, month = np.arange(700) % 7, np.arange(700) // 350
    exposure = np.where((weekday == 0) & (month == 0), 0.1, 1.0)  # Mondays of the first month were hardly watched
    counted = rng.poisson(exposure * 200 * WEEK[weekday] * np.array([1.5, 0.5])[month]).astype(float)
    found = fit(by_day(counted, exposure, Axis("weekday", weekday, 7), Axis("month", month, 2)))
    assert found.factors["weekday"].value == pytest.approx(WEEK, rel=0.05)
    assert found.factors["month"].value == pytest.approx([1.5, 0.5], rel=0.05)


def test_levels_never_seen_stay_unknown_and_keep_the_others_mean() -> None:
    month = np.repeat([0, 1], 30)
    start = np.r_[np.full(6, 0.5), np.full(6, 1.5)]
    counted = np.where(month == 0, 30.0, 10.0)
    part = fit(by_day(counted, None, Axis("month", month, 12, start=start))).factors["month"]
    assert part.value[:2] == pytest.approx([0.75, 0.25])  # January and February have a mean of 0.5 in the start
    assert np.isnan(part.value[2:]).all()


def test_an_hour_without_events_is_nought_up_to_what_is_improbable() -> None:
    hour = np.tile(np.arange(24), 50)
    counted = np.where(hour < 6, 0.0, 1.0)
    part = fit(Counts(counted, np.ones(1200), np.arange(1200), np.arange(1200) // 24, (Axis("hour", hour, 24),)))
    value, high = part.factors["hour"].value, part.factors["hour"].high
    assert value[:6].tolist() == [0] * 6
    assert value[6:] == pytest.approx(np.full(18, 24 / 18))
    assert part.rate * value.sum() * 50 == pytest.approx(counted.sum())
    assert part.rate * 50 * high[0] == pytest.approx(NONE_SEEN)


def test_days_that_vary_by_more_than_chance_widen_the_intervals() -> None:
    rng = np.random.default_rng(3)
    calm = fit(by_day(rng.poisson(50, 200).astype(float)))
    wild = fit(by_day(rng.poisson(rng.gamma(5, 10, 200)).astype(float)))
    assert calm.dispersion == pytest.approx(1, abs=0.3)
    assert calm.p_dispersion > 0.05
    assert wild.dispersion > 5
    assert wild.p_dispersion < 1e-6
    assert np.log(wild.high / wild.low) == pytest.approx(
        np.log(calm.high / calm.low) * np.sqrt(wild.dispersion), rel=0.1
    )


def weekend(rng: np.random.Generator, weeks: int) -> tuple[Counts, Floats]:
    """Parcels by delivery day: Saturday's and Sunday's come with Monday's."""
    days = np.arange(7 * weeks)
    came = rng.poisson(20 * WEEK[days % 7]).astype(float)
    brought = np.where(days % 7 >= 5, days + 7 - days % 7, days)
    cells = np.unique(brought)
    cell = np.where(brought < 7 * weeks, np.searchsorted(cells, brought), -1)
    counted = np.bincount(cell[cell >= 0], came[cell >= 0])
    groups = np.array([0, 1, 2, 3, 4, 0, 0])
    axis = Axis("weekday", days % 7, 7, start=WEEK, groups=groups)
    return Counts(counted, np.ones(len(days)), cell, cells[: len(counted)], (axis,)), came


def test_parcels_of_a_weekend_are_shared_out_as_the_start_has_them() -> None:
    counts, came = weekend(np.random.default_rng(4), 30)
    found = fit(counts)
    part = found.factors["weekday"]
    # Days that are told apart have their own rates; the others theirs in the proportion of the start.
    assert part.value[[5, 6]] / part.value[0] == pytest.approx(WEEK[[5, 6]] / WEEK[0])
    assert part.told_apart.tolist() == [False, True, True, True, True, False, False]
    tuesdays = came[1::7].mean() / found.rate
    assert part.value[1] == pytest.approx(tuesdays)
    assert found.expected.sum() == pytest.approx(counts.counted.sum())


def test_intervals_cover() -> None:
    inside, rate = [], []
    for seed in range(60):
        counts, _ = weekend(np.random.default_rng(seed), 20)
        found = fit(counts)
        part = found.factors["weekday"]
        inside.append((part.low <= WEEK) & (part.high >= WEEK))
        rate.append(found.low <= 20 <= found.high)
    assert np.mean(inside) > 0.92
    assert np.mean(rate) > 0.88
