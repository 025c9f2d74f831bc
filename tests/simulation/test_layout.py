"""Boxes as arrays, simulated days, who works when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.worlds import small_scenario, small_sites

from molosim.inputs.boxes import Regime
from molosim.inputs.days import days_of
from molosim.inputs.fleet import WEEKDAYS, Shift
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Horizon
from molosim.runtime.errors import ScenarioError
from molosim.simulation import box_state as c
from molosim.simulation.alternative_run import prepare, simulate
from molosim.simulation.box_layout import BoxLayout, lay_out
from molosim.simulation.chance import due_days
from molosim.simulation.world import World


def layout_of(regime: Regime, boxes: int = 3, **more: object) -> BoxLayout:
    scenario = small_scenario({"boxes.regime": regime.value, **more})
    return lay_out(scenario.boxes, small_sites(boxes), scenario.residents.parcels.formats)


@pytest.mark.parametrize(
    ("regime", "parcel_use", "waste_use", "waste_state"),
    [
        (Regime.reserved, c.FOR_PARCELS, c.FOR_WASTE, c.WASTE),
        (Regime.shared, c.FOR_EITHER, c.FOR_EITHER, c.FREE),
        (Regime.reserved_with_overflow, c.FOR_OVERFLOW, c.FOR_WASTE, c.WASTE),
    ],
)
def test_a_regime_says_who_may_use_which_door(
    regime: Regime, parcel_use: int, waste_use: int, waste_state: int
) -> None:
    doors = layout_of(regime).doors
    waste = doors[:, c.D_CONTAINER] >= 0
    assert waste.sum() == 2 * 3
    assert set(doors[~waste, c.D_USE].tolist()) == {parcel_use}
    assert set(doors[~waste, c.D_STATE].tolist()) == {c.FREE}
    assert set(doors[waste, c.D_USE].tolist()) == {waste_use}
    assert set(doors[waste, c.D_STATE].tolist()) == {waste_state}


@pytest.mark.parametrize(
    ("regime", "doors"), [(Regime.reserved, 6), (Regime.shared, 8), (Regime.reserved_with_overflow, 6)]
)
def test_doors_that_parcels_may_use_are_counted(regime: Regime, doors: int) -> None:
    layout = layout_of(regime)
    assert layout.parcel_doors.tolist() == layout.boxes[:, c.B_FREE_DOORS].tolist() == [doors] * 3


@pytest.mark.parametrize("regime", Regime)
def test_doors_stand_in_order_of_size_so_that_the_first_that_fits_is_the_smallest(regime: Regime) -> None:
    layout = layout_of(regime, boxes=1)
    # By volume: S (19 l), W (82 l), L (118 l), T (180 l); types are numbered as the design lists them: S, L, W, T.
    assert layout.doors[:, c.D_TYPE].tolist() == [0, 0, 0, 2, 1, 1, 1, 3]


def test_a_flat_parcel_fits_every_door_and_a_big_one_only_large_ones() -> None:
    layout = layout_of(Regime.shared)
    assert layout.fits.tolist() == [[1, 1, 1, 1], [0, 1, 0, 1]]
    # The red box fits its own door and larger ones, the textiles' container only its own.
    assert layout.container_fits.tolist() == [[0, 1, 1, 1], [0, 0, 0, 1]]


def test_neighbours_are_those_within_the_walk_nearest_first() -> None:
    sites = [
        replace(s, lat=57.7, lon=11.95 + east) for s, east in zip(small_sites(4), (0, 0.004, 0.01, 0.02), strict=True)
    ]
    boxes = small_scenario({"boxes.walking_limit_m": 700, "boxes.walking_detour": 1.5}).boxes
    layout = lay_out(boxes, sites, small_scenario().residents.parcels.formats)
    # 0.004 degrees of longitude are some 238 m here, 357 m on foot.
    assert layout.boxes[:, c.B_NEIGHBOURS].tolist() == [1, 2, 1, 0]
    assert layout.neighbours.tolist() == [[1, -1], [0, 2], [1, -1], [-1, -1]]
    assert layout.walks[0, 0] == pytest.approx(357 / 1.2, abs=2)
    assert layout.walks[1].tolist() == sorted(layout.walks[1].tolist())


def test_an_only_box_has_no_neighbour() -> None:
    assert layout_of(Regime.reserved, boxes=1).neighbours.tolist() == [[-1]]


def test_a_design_nobody_knows_is_an_error_that_names_the_box() -> None:
    scenario = small_scenario()
    sites = [replace(small_sites(1)[0], design="smal")]
    with pytest.raises(ScenarioError, match="'box 0': found design 'smal'; did you mean 'small'"):
        lay_out(scenario.boxes, sites, scenario.residents.parcels.formats)


def test_a_world_without_waste_doors_runs_all_alternatives(world_of: Callable[..., World]) -> None:
    world = world_of(
        {
            "boxes.designs.small.waste_doors": [],
            "residents.deposits.box_share": {"hazardous": 0.0, "electronics": 0.0, "textiles": 0.0},
        }
    )
    prepared = prepare(world, 0)
    for name in world.scenario.alternatives:
        tables = simulate(world, prepared, name)
        assert tables.boxes["offered_g_hazardous"].sum() == 0
        assert not np.isin(tables.trips["purpose"], ["collection", "transfer"]).any()


def horizon(**changes: object) -> Horizon:
    return Horizon.model_validate({"start": date(2025, 1, 6), "warmup_days": 0, "days": 365, **changes})


def test_days_know_their_weekday_and_month() -> None:
    days = days_of(horizon(warmup_days=3, days=400))
    dates = [date(2025, 1, 6) + timedelta(days=n) for n in range(403)]
    assert days.weekday.tolist() == [day.weekday() for day in dates]
    assert days.month.tolist() == [day.month - 1 for day in dates]
    assert (days.count, days.warmup) == (403, 3)
    assert not days.holiday.any()


@pytest.mark.parametrize(("country", "free"), [("SE", date(2025, 6, 6)), ("DK", date(2025, 4, 17))])
def test_public_holidays_are_those_of_the_country(country: str, free: date) -> None:
    days = days_of(horizon(holidays=country))
    found = {date(2025, 1, 6) + timedelta(days=int(n)) for n in np.flatnonzero(days.holiday)}
    assert free in found
    assert date(2025, 12, 25) in found
    # An ordinary Sunday is no holiday, in Sweden neither.
    assert date(2025, 3, 9) not in found
    assert 7 < len(found) < 20


def test_who_works_on_which_day() -> None:
    days = days_of(horizon(holidays="SE", days=14))
    shift = Shift(weekdays=("mon", "tue", "sat"), start_h=8, hours=8)
    # The first Monday is Epiphany.
    assert np.flatnonzero(days.worked(shift)).tolist() == [1, 5, 7, 8, 12]
    assert np.flatnonzero(days.worked(shift.model_copy(update={"on_holidays": True}))).tolist() == [0, 1, 5, 7, 8, 12]


def test_the_intensity_of_a_day_has_mean_one_over_a_week_and_its_factor_on_holidays() -> None:
    days = days_of(horizon(days=7, holidays="SE"))
    profile = Profile(weekday=(3, 1, 1, 1, 1, 0, 0), holiday=0.5)
    assert days.intensity(profile).tolist() == [1.5, 1, 1, 1, 1, 0, 0]
    assert len(WEEKDAYS) == 7


def test_a_parcel_is_due_on_the_first_worked_day() -> None:
    worked = np.array([False, True, False, False, True, False])
    assert due_days(worked).tolist() == [1, 1, 4, 4, 4, 6]


def test_a_holiday_on_a_saturday_is_one() -> None:
    """Midsummer's day, in Sweden, where Sundays are taken off the package's list."""
    days = days_of(horizon(holidays="SE", start=date(2025, 6, 16), days=14))
    saturday = (date(2025, 6, 21) - date(2025, 6, 16)).days
    assert days.holiday[saturday]
    assert days.weekday[saturday] == 5
