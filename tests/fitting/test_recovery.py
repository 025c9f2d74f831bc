"""A simulated log fitted back: the configuration that made it lies within the intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from tests.worlds import small_scenario, small_sites, town_files

from molosim.fitting.estimates import Estimate
from molosim.fitting.fitted import FitOptions, Fitted
from molosim.fitting.fragment import apply, text_of, write_tables
from molosim.fitting.log import read_log
from molosim.fitting.plots import write_figures
from molosim.fitting.whole_fit import fit_log
from molosim.inputs.residents import Profile
from molosim.inputs.scenario import Scenario, load
from molosim.inputs.table_files import write
from molosim.results.input_copies import write_inputs
from molosim.runtime.errors import ScenarioError
from molosim.simulation.alternative_run import prepare
from molosim.simulation.box_log import box_log
from molosim.simulation.world import World, build_world

SEEDS = 6
HOUSEHOLDS = 60
HOURS = [0.0] * 6 + [0.3, 0.7, 0.7, 0.8, 1, 1.1, 1, 1, 1, 1.1, 1.3, 1.5, 1.4, 1.2, 0.9, 0.6, 0.2, 0]
CHANGES: dict[str, Any] = {
    "horizon.days": 91,
    "horizon.warmup_days": 14,
    "horizon.holidays": "DK",
    "breakdowns.per_van_day": 0.0,
    "boxes.outages_per_year": 10,
    "boxes.walking_limit_m": 0,
    "boxes.designs.small.parcel_doors": [
        {"size": "L", "count": 16, "width_cm": 45, "depth_cm": 64, "height_cm": 41, "mass_limit_kg": 25}
    ],
    "residents.parcels.per_household_year": 24.0,
    "residents.parcels.holding_h": 120.0,
    "residents.parcels.in_profile": {"weekday": [1.3, 1.2, 1.1, 1.0, 1.0, 0.8, 0.6], "holiday": 0.3},
    "residents.parcels.out_profile": {"weekday": [1.2, 1.1, 1.1, 1.1, 1.0, 0.8, 0.7], "hour": HOURS},
    "residents.deposits.profile": {"weekday": [0.9, 0.9, 0.9, 0.9, 0.9, 1.3, 1.2], "hour": HOURS},
    "residents.deposits.wastes.0.kg_per_household_year": 3.0,
    "residents.deposits.wastes.1.kg_per_household_year": 1.5,
    "residents.deposits.wastes.2.kg_per_household_year": 10.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recovery")


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    scenario = small_scenario({**town_files(folder, small_sites(3, HOUSEHOLDS)), **CHANGES})
    return build_world(scenario, folder / "cache")


def known(scenario: Scenario, **more: Any) -> FitOptions:
    """A base whose fitted keys are all wrong, so that nothing is recovered by being kept."""
    changed = {
        "residents.parcels.per_household_year": 6.0,
        "residents.parcels.out_share": 0.05,
        "residents.parcels.dwell": {"mean_h": 10.0, "sigma": 0.5, "closed_hours": [23, 6]},
        "residents.parcels.out_profile": Profile(),
        "residents.deposits.profile": Profile(),
        "residents.deposits.box_share": {"hazardous": 0.1, "electronics": 0.1, "textiles": 0.1},
        **{f"residents.deposits.wastes.{i}.deposit_kg": 1.5 for i in range(3)},
        "carriers.0.parcel_share": 0.4,
        "carriers.1.parcel_share": 0.6,
    }
    households = {site.name: site.households for site in small_sites(3, HOUSEHOLDS)}
    return FitOptions(base=scenario.but(changed), households=households, holidays="DK", **{"bootstrap": 0, **more})


def fitted_to(world: World, folder: Path, replication: int, **more: Any) -> Fitted:
    path = folder / f"log{replication}.csv"
    write(path, box_log(world, prepare(world, replication), "dedicated", range(3)))
    return fit_log(read_log(path), known(world.scenario, **more))


@pytest.fixture(scope="module")
def every(world: World, folder: Path) -> list[Fitted]:
    return [fitted_to(world, folder, replication) for replication in range(SEEDS)]


def truth(scenario: Scenario, one: Estimate) -> float | None:
    """What the configuration says at the key of an estimate; factors scaled to mean 1 as the model does."""
    at: Any = scenario.model_dump(mode="json")
    for part in one.key.split("."):
        at = at[int(part)] if isinstance(at, list) else at[part]
    if not isinstance(at, list):
        return float(at)
    return float(at[int(one.name.rpartition(".")[2])] / np.mean(at))


def compared(every: list[Fitted], scenario: Scenario) -> Iterator[tuple[str, bool]]:
    """For each parameter of each fit, whether it lies within its interval; months are flat in the truth."""
    for fitted in every:
        for one in fitted.estimates:
            if one.key:
                yield one.key, one.low <= (truth(scenario, one) or 0) <= one.high


def test_parameters_lie_within_their_intervals(every: list[Fitted], world: World) -> None:
    hits: dict[str, list[bool]] = defaultdict(list)
    for key, inside in compared(every, world.scenario):
        hits[key].append(inside)
    assert set(hits) >= {
        "residents.parcels.per_household_year",
        "residents.parcels.out_share",
        "residents.parcels.dwell.mean_h",
        "residents.parcels.dwell.sigma",
        "residents.parcels.dwell.never_share",
        "residents.parcels.in_profile.weekday",
        "residents.parcels.in_profile.month",
        "residents.parcels.in_profile.holiday",
        "residents.parcels.out_profile.weekday",
        "residents.parcels.out_profile.hour",
        "residents.deposits.profile.weekday",
        "residents.deposits.profile.hour",
        "residents.deposits.box_share.hazardous",
        "residents.deposits.box_share.electronics",
        "residents.deposits.box_share.textiles",
        "residents.deposits.wastes.0.deposit_kg",
        "carriers.0.parcel_share",
    }
    # Of all some 600 intervals about 95 % hold the truth, and of each parameter's most.
    assert np.mean([inside for of_key in hits.values() for inside in of_key]) > 0.92
    missed = {key: f"{sum(of_key)} of {len(of_key)}" for key, of_key in hits.items() if np.mean(of_key) < 0.6}
    assert not missed


def test_intervals_are_narrow_enough_to_say_something(every: list[Fitted]) -> None:
    widest = {
        "residents.parcels.per_household_year": 0.25,
        "residents.parcels.dwell.mean_h": 0.35,
        "residents.parcels.dwell.sigma": 0.15,
        "residents.deposits.box_share.hazardous": 0.5,
        "carriers.0.parcel_share": 0.1,
    }
    for fitted in every:
        for one in fitted.estimates:
            if one.key in widest:
                assert (one.high - one.low) / one.value < widest[one.key], one


def test_what_is_right_is_seldom_doubted_and_what_is_wrong_is(world: World, folder: Path) -> None:
    right = fitted_to(world, folder, 0, bootstrap=39)
    assert sum(check.p < 0.05 for check in right.checks) <= 1
    assert {check.name for check in right.checks} >= {"dwell is log-normal", "hazardous: mass is log-normal"}
    # The same log as if the house were always open: everybody who came at six is taken at their word.
    log = read_log(folder / "log0.csv")
    base = known(world.scenario).base
    assert base is not None
    never_closed = base.but({"residents.parcels.dwell": {"mean_h": 10.0, "sigma": 0.5}})
    wrong = fit_log(log, FitOptions(base=never_closed, households=known(base).households, bootstrap=39))
    assert next(check.p for check in wrong.checks if check.name == "dwell is log-normal") < 0.05
    assert any("nobody fetched from 23 to 6 h" in note for note in wrong.notes)


def test_a_whole_configuration_comes_out(every: list[Fitted], folder: Path) -> None:
    fitted = every[0]
    path = folder / "whole.toml"
    write_inputs(folder, every[0].known.base)
    path.write_text(text_of(fitted, date(2025, 9, 1)), encoding="utf-8")
    scenario = load(path)
    estimates = {one.key: one for one in fitted.estimates}
    mean_h = estimates["residents.parcels.dwell.mean_h"]
    assert scenario.residents.parcels.dwell.mean_h == pytest.approx(mean_h.value, rel=1e-3)
    assert sum(carrier.parcel_share for carrier in scenario.carriers) == pytest.approx(1)
    told = scenario.provenance["residents.parcels.dwell.mean_h"]
    assert told.startswith("fitted to log0.csv, 2025-01-20 to 2025-04-20, on 2025-09-01, n = ")
    assert f"95 % interval {mean_h.low:.4g} to {mean_h.high:.4g}" in told
    assert set(fitted.values) == set(scenario.provenance)


def test_a_fragment_goes_into_any_configuration(world: World, folder: Path) -> None:
    fitted = fit_log(read_log(folder / "log0.csv"), FitOptions(closed=(23, 6), bootstrap=0))
    assert "no households are given: rates are per box and stay out of the configuration" in fitted.notes
    assert "residents.parcels.per_household_year" not in fitted.values
    path = folder / "part.toml"
    path.write_text(text_of(fitted, date(2025, 9, 1)), encoding="utf-8")
    scenario = apply(world.scenario.but({"provenance": {"seed": "mine"}}), path)
    assert scenario.residents.parcels.dwell.sigma == fitted.values["residents.parcels.dwell.sigma"]
    assert scenario.residents.deposits.profile.hour == tuple(fitted.values["residents.deposits.profile.hour"])
    assert scenario.residents.parcels.per_household_year == CHANGES["residents.parcels.per_household_year"]
    assert scenario.provenance["seed"] == "mine"
    # The holding time comes from what the carriers took back: never earlier, and later by their way at most.
    assert 120 <= scenario.residents.parcels.holding_h < 120 + 24


def test_a_log_named_as_a_figure_is_not_taken_for_one(folder: Path, world: World) -> None:
    path = folder / "L99.csv"
    path.write_bytes((folder / "log0.csv").read_bytes())
    whole = folder / "named.toml"
    fitted = fit_log(read_log(path), known(world.scenario))
    write_inputs(folder, world.scenario)
    whole.write_text(text_of(fitted, date(2025, 9, 1)), encoding="utf-8")
    assert "fitted to l99.csv" in load(whole).provenance["residents.parcels.dwell.sigma"]


def test_tables_and_figures_stand_beside_it(every: list[Fitted], tmp_path: Path) -> None:
    write_tables(every[0], tmp_path)
    estimates = (tmp_path / "estimates.csv").read_text(encoding="utf-8").splitlines()
    assert estimates[0] == "name,value,low,high,n,unit,key,note"
    assert len(estimates) == len(every[0].estimates) + 1
    assert len((tmp_path / "checks.csv").read_text(encoding="utf-8").splitlines()) == len(every[0].checks) + 1
    assert set(write_figures(every[0], tmp_path)) == {"dwell", "profiles"}
    files = [tmp_path / "figures" / f"{name}.svg" for name in ("dwell", "profiles")]
    first = [file.read_bytes() for file in files]
    write_figures(every[0], tmp_path)
    assert first == [file.read_bytes() for file in files]


def test_boxes_without_households_are_named(world: World, folder: Path, every: list[Fitted]) -> None:
    del every
    few = FitOptions(households={"box 0": 60, "bax 1": 60}, bootstrap=0)
    with pytest.raises(
        ScenarioError, match=r"box 'box 1': its households are not given; did you mean 'b.x [01]'"
    ) as error:
        fit_log(read_log(folder / "log0.csv"), few)
    assert len(error.value.faults) == 2


def test_a_fragment_that_is_none(world: World, tmp_path: Path) -> None:
    path = tmp_path / "part.toml"
    path.write_text(tomli_w.dumps({"residents": {"parcels": {"dwel": {"mean_h": 3}}}}), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"residents.parcels.dwel: no such key; did you mean 'dwell'"):
        apply(world.scenario, path)


def test_a_holding_time_that_the_log_speaks_against_is_told(every: list[Fitted], folder: Path) -> None:
    assert not any("holding time" in note for note in every[0].notes)
    for hours, what in ((168.0, "taken back before"), (48.0, "fetched after")):
        doubted = fit_log(read_log(folder / "log0.csv"), FitOptions(closed=(23, 6), holding_h=hours, bootstrap=0))
        assert any(f"parcels were {what} the holding time of {hours:g} h" in note for note in doubted.notes)
