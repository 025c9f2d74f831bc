"""What formulas say about the residents: blocked doors, fills, counts, profiles, means."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.worlds import small_data, small_scenario, small_sites

from molosim.demand.profiles import _seconds
from molosim.inputs.boxes import Boxes
from molosim.inputs.days import DAY_S, YEAR_DAYS, Days, days_of
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Scenario
from molosim.simulation import box_state as c
from molosim.simulation.box_layout import lay_out
from molosim.simulation.box_ledger import L
from molosim.simulation.box_state import NO_WASTE_PPM
from molosim.simulation.chance import Draws, _arrivals, _queues, draw
from molosim.simulation.residents import ResidentsState

Floats = NDArray[np.float64]

FAR = 1 << 50
ERRORS = 4.0
"""Standard errors that a mean may be off; the draws are fixed, so that no test fails by chance."""


def erlang_b(offered: float, doors: int) -> float:
    """Share of arrivals that find all doors taken."""
    blocked = 1.0
    for door in range(1, doors + 1):
        blocked = offered * blocked / (door + offered * blocked)
    return blocked


def assert_mean(batches: Floats, expected: float) -> None:
    error = batches.std(ddof=1) / math.sqrt(len(batches))
    assert abs(batches.mean() - expected) <= ERRORS * error, (batches.mean(), expected, error)


def one_by_one(scenario: Scenario, dwell_s: Floats) -> Draws:
    """Parcels for one box, each with a day of its own, so that a visit brings exactly one; nothing else happens."""
    drawn = draw(scenario, small_sites(1, households=1), days_of(scenario.horizon), 50, 0)
    parcels = np.zeros((len(dwell_s), c.PARCEL_COLUMNS), np.int64)
    parcels[:, c.P_DUE_DAY] = np.arange(len(dwell_s))
    parcels[:, c.P_G] = parcels[:, c.P_ML] = 1
    parcels[:, c.P_DWELL_S] = np.maximum(1, np.rint(dwell_s))
    parcels[:, [c.P_DOOR, c.P_PLACED, c.P_PICKUP, c.P_NEXT, c.P_LEFT]] = -1
    nobody = drawn.deposits[:0], drawn.sends[:0]
    return replace(
        drawn,
        parcels=parcels,
        queues=_queues(parcels, 1, len(scenario.carriers)),
        deposits=nobody[0],
        sends=nobody[1],
        arrivals=_arrivals(*nobody),
    )


MEAN_DWELL_S = 31.6 * 3600
DOORS, PARCELS, BATCHES = 8, 20_000, 20
OFFERED = 6.0


def by_exponential(rng: np.random.Generator) -> Floats:
    return rng.exponential(MEAN_DWELL_S, PARCELS)


def by_log_normal(rng: np.random.Generator) -> Floats:
    return rng.lognormal(math.log(MEAN_DWELL_S) - 1.04**2 / 2, 1.04, PARCELS)


def by_none(rng: np.random.Generator) -> Floats:
    return np.full(PARCELS, MEAN_DWELL_S)


@pytest.mark.parametrize("dwell", [by_exponential, by_log_normal, by_none])
def test_doors_block_as_erlang_b_says_whatever_the_dwell(dwell: Callable[[np.random.Generator], Floats]) -> None:
    door = {"size": "A", "count": DOORS, "width_cm": 60, "depth_cm": 60, "height_cm": 60, "mass_limit_kg": 30}
    scenario = small_scenario(
        {
            "boxes.designs.small.parcel_doors": [door],
            "residents.parcels.tries": 1,
            "residents.parcels.holding_h": 1e6,
            "residents.parcels.dwell": {"mean_h": 31.6, "sigma": 1.04},
        }
    )
    rng = np.random.default_rng(5)
    draws = one_by_one(scenario, dwell(rng))
    residents = ResidentsState(
        lay_out(scenario.boxes, small_sites(1), scenario.residents.parcels.formats),
        draws,
        scenario.residents,
        waste=False,
    )
    moments = np.cumsum(np.maximum(1, np.rint(rng.exponential(MEAN_DWELL_S / OFFERED, PARCELS)))).astype(int)
    for parcel, second in enumerate(moments.tolist()):
        residents.visit(second, 0, 0, parcel, c.VisitLimits(FAR, FAR, FAR, FAR, FAR, FAR, 0, 0, NO_WASTE_PPM))
    blocked = residents.parcels[:, c.P_STATE] == c.REDIRECTED
    steady = blocked[PARCELS // BATCHES :]
    expected = erlang_b(OFFERED, DOORS)
    assert expected == pytest.approx(0.1219, abs=1e-4)  # from tables
    assert_mean(steady.reshape(BATCHES - 1, -1).mean(axis=1), expected)
    ledger = residents.accounts(int(moments[-1]))[0]
    # Arrivals see what time sees, and doors carry what is not blocked.
    assert ledger[L["blocked_s"]] / moments[-1] == pytest.approx(expected, abs=0.02)
    assert ledger[L["occupied_s"]] / moments[-1] == pytest.approx(OFFERED * (1 - expected), rel=0.03)


def test_a_container_fills_as_a_compound_poisson_process() -> None:
    data = small_data()["boxes"]
    huge = {"width_cm": 900, "depth_cm": 900, "height_cm": 900, "mass_limit_kg": 1e6}
    waste_door = {"fractions": ["hazardous", "electronics", "textiles"], "door": {"size": "X", **huge}}
    data["designs"]["small"]["waste_doors"] = [{**waste_door, "container": huge}]
    boxes = Boxes.model_validate({**data, "regime": "reserved", "walking_limit_m": 0})
    scenario = small_scenario({"horizon.days": 28, "horizon.warmup_days": 0, "boxes.outages_per_year": 0})
    sites = small_sites(300)
    draws = draw(scenario, sites, days_of(scenario.horizon), 50, 0)
    layout = lay_out(boxes, sites, scenario.residents.parcels.formats)
    residents = ResidentsState(layout, draws, scenario.residents, waste=True)
    ledger = residents.accounts(28 * DAY_S)
    for waste in scenario.residents.deposits.wastes:
        share = scenario.residents.deposits.box_share[waste.fraction]
        kg = 60 * waste.kg_per_household_year * share * 28 / YEAR_DAYS
        inside_kg = ledger[:, L[f"inside_g_{waste.fraction}"]] / 1000
        assert_mean(inside_kg, kg)
        # Var = n E[m^2], and E[m^2] = E[m]^2 exp(sigma^2) for log-normal masses.
        variance = kg * waste.deposit_kg * math.exp(waste.sigma**2)
        assert inside_kg.var(ddof=1) == pytest.approx(variance, rel=0.4)


def test_parcels_sendings_and_deposits_come_in_poisson_numbers() -> None:
    scenario = small_scenario({"horizon.days": 28, "horizon.warmup_days": 0})
    sites = small_sites(400)
    draws = draw(scenario, sites, days_of(scenario.horizon), 50, 0)
    spec = scenario.residents
    per_box = 60 * spec.parcels.per_household_year * 28 / YEAR_DAYS
    deposits = [
        60 * w.kg_per_household_year * spec.deposits.box_share[w.fraction] / w.deposit_kg * 28 / YEAR_DAYS
        for w in spec.deposits.wastes
    ]
    for rows, column, mean in (
        (draws.parcels, c.P_BOX, per_box),
        (draws.sends, c.S_BOX, per_box * spec.parcels.out_share),
        (draws.deposits, c.W_BOX, sum(deposits)),
    ):
        counts = np.bincount(rows[:, column], minlength=len(sites))
        assert_mean(counts.astype(float), mean)
        assert counts.var(ddof=1) == pytest.approx(counts.mean(), rel=0.25)


def test_a_parcel_goes_to_carriers_formats_and_nobody_by_their_shares() -> None:
    scenario = small_scenario({"horizon.days": 60})
    parcels = draw(scenario, small_sites(100), days_of(scenario.horizon), 50, 0).parcels
    for column, value, share in (
        (parcels[:, c.P_CARRIER], 0, 0.7),
        (parcels[:, c.P_FORMAT], 1, 0.4),
        (parcels[:, c.P_DWELL_S], -1, 0.05),
    ):
        hits = (column == value).astype(float)
        assert_mean(hits, share)
    flat = parcels[parcels[:, c.P_FORMAT] == 0]
    assert set(flat[:, c.P_ML].tolist()) == {3600}
    assert_mean(flat[:, c.P_G].astype(float), 600)


def days(count: int, holidays: tuple[int, ...] = ()) -> Days:
    number = np.arange(count)
    return Days(number % 7, number // 30 % 12, np.isin(number, holidays), 0)


def test_events_follow_their_profiles() -> None:
    weekday, hour = np.array([3.0, 1, 1, 1, 1, 0, 0]), np.zeros(24)
    hour[[8, 17]] = 1, 3
    month = np.array([2.0] * 6 + [1.0] * 6)
    profile = Profile(weekday=tuple(weekday), hour=tuple(hour), month=tuple(month), holiday=0)
    seconds = _seconds(np.random.default_rng(3), days(360, holidays=(7,)), profile, 30_000)
    day = seconds // DAY_S
    assert seconds.min() >= 0
    assert day.max() < 360
    assert set((seconds // 3600 % 24).tolist()) == {8, 17}
    assert not (day == 7).any()
    late = (seconds // 3600 % 24 == 17).astype(float)
    assert_mean(late, 0.75)
    on = np.delete(np.arange(360), 7)
    expected = (weekday / weekday.mean())[on % 7] * (month / month.mean())[on // 30]
    got = np.bincount(day, minlength=360)[on]
    relative = (got - 30_000 / YEAR_DAYS * expected) / np.sqrt(np.maximum(1, 30_000 / YEAR_DAYS * expected))
    assert abs(relative).max() < 4.5
    assert relative[expected > 0].std() == pytest.approx(1, abs=0.2)


def test_a_year_of_any_profile_brings_the_yearly_number() -> None:
    weekly = Profile(weekday=(5, 0, 1, 1, 1, 3, 2), hour=tuple(range(24)))
    seconds = _seconds(np.random.default_rng(4), days(364), weekly, 50_000)
    assert len(seconds) == pytest.approx(50_000 * 364 / YEAR_DAYS, abs=ERRORS * math.sqrt(50_000))


def test_dwell_has_the_mean_the_median_and_the_first_day_that_were_measured() -> None:
    scenario = small_scenario({"horizon.days": 60, "residents.parcels.dwell.never_share": 0.0})
    hours = draw(scenario, small_sites(200), days_of(scenario.horizon), 50, 0).parcels[:, c.P_DWELL_S] / 3600
    assert_mean(hours, 31.6)
    assert np.median(hours) == pytest.approx(18.4, rel=0.02)
    assert (hours <= 24).mean() == pytest.approx(0.60, abs=0.01)


def test_what_has_no_spread_has_its_mean() -> None:
    changes: dict[str, Any] = {f"residents.deposits.wastes.{i}.sigma": 0.0 for i in range(3)}
    deposits = draw(small_scenario(changes), small_sites(2), days_of(small_scenario().horizon), 50, 0).deposits
    paint = deposits[deposits[:, c.W_FRACTION] == 0]
    assert set(map(tuple, paint[:, [c.W_G, c.W_ML, c.W_POINTS]].tolist())) == {(700, 840, 2100)}


@pytest.mark.parametrize(("category", "points"), [(None, 0), (1, 50), (2, 3), (3, 1), (4, 0)])
def test_points_by_adr_category(category: int | None, points: int) -> None:
    changes = {"residents.deposits.wastes.0.adr_category": category, "residents.deposits.wastes.0.sigma": 0.0}
    changes |= {"vehicles.van.adr_points": 9999.0, "vehicles.truck.adr_points": 9999.0}
    scenario = small_scenario({**changes, "carriers.0.waste_to.points_limit": 9999.0})
    deposits = draw(scenario, small_sites(1), days_of(scenario.horizon), 50, 0).deposits
    paint = deposits[deposits[:, c.W_FRACTION] == 0]
    assert set(paint[:, c.W_POINTS].tolist()) == {points * 700}
    assert scenario.residents.deposits.wastes[0].adr_points_per_kg == points


def test_a_parcel_is_expired_from_the_very_second_on() -> None:
    scenario = small_scenario({"residents.parcels.holding_h": 24.0})
    draws = one_by_one(scenario, np.array([-1.0]))
    draws.parcels[:, c.P_DWELL_S] = -1
    layout = lay_out(scenario.boxes, small_sites(1), scenario.residents.parcels.formats)
    for late_s, expired in ((-1, 0), (0, 1)):
        residents = ResidentsState(layout, draws, scenario.residents, waste=False)
        residents.visit(1000, 0, 0, 0, c.VisitLimits(FAR, FAR, FAR, FAR, FAR, FAR, 20, 60, NO_WASTE_PPM))
        now = 1000 + DAY_S + late_s
        assert residents.accounts(now)[0, L["parcels_expired"]] == expired
        assert residents.survey(now)[2][0, 0, 0] == expired


def test_breakdowns_and_outages_come_at_their_rates() -> None:
    scenario = small_scenario({"horizon.days": 2000, "breakdowns.per_van_day": 0.03, "boxes.outages_per_year": 12.0})
    draws = draw(scenario, small_sites(30, households=1), days_of(scenario.horizon), 50, 0)
    shares = np.concatenate([carrier.ravel() for carrier in draws.breakdowns])
    assert_mean((~np.isnan(shares)).astype(float), 0.03)
    when = shares[~np.isnan(shares)]
    assert_mean(when, 0.5)
    assert when.min() >= 0
    assert when.max() < 1
    days = scenario.horizon.days + scenario.horizon.warmup_days
    counts = np.bincount(draws.outages[:, 1], minlength=30)
    assert_mean(counts.astype(float), 12 * days / YEAR_DAYS)
    assert_mean(draws.outages[:, 2] / 3600, 12.0)
    assert (np.diff(draws.outages[:, 0]) >= 0).all()
