"""Every plausibility guard, by its name: it asks a run for its figure, and fires on either side of its range."""

from __future__ import annotations

import numpy as np
import pytest
from tests.accounts.test_plausibility import SANE, Tables, driven_by

from molosim.evaluation import guards
from molosim.evaluation.measures import RunView
from molosim.inputs.plausible_ranges import GUARDS, Figure, faults
from molosim.inputs.scenario import Scenario, load
from molosim.runtime.errors import ScenarioError


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("gothenburg")


def usual(guard: str, scenario: Scenario) -> tuple[Tables, Scenario]:
    """A run that shows a guard a figure inside its range."""
    if guard == "kg_per_pickup":
        tables = Tables()
        tables.boxes |= {"pickups": np.array([500]), "collected_g_hazardous": np.array([2_000_000])}
        return tables, scenario
    if guard == "km_per_delivery_tour":
        return Tables(), scenario
    if guard == "km_per_collection_tour":
        return Tables(purpose="collection", vehicle_type="collection_truck"), scenario
    *_, energy, body = guard.split("_")
    return driven_by(scenario, f"{energy} {body}")


def found(guard: str, scenario: Scenario, low: float, high: float) -> str:
    """What a usual run is told when a guard's range is another one; empty where nothing is."""
    tables, own = usual(guard, scenario)
    own = own.but(plausibility={guard: {"low": low, "high": high, "reason": "to see it fire"}})
    try:
        guards.check(RunView(tables, own), "shared")
    except ScenarioError as error:
        (fault, *_) = error.faults
        return str(fault)
    return ""


def figure_in(line: str) -> float:
    return float(line.partition(": found ")[2].split()[0])


@pytest.mark.parametrize("guard", GUARDS)
def test_a_run_shows_its_figure_to_each_guard_which_fires_outside_its_range(scenario: Scenario, guard: str) -> None:
    assert found(guard, scenario, GUARDS[guard].low, GUARDS[guard].high) == ""
    above = found(guard, scenario, 1e-12, 1e-9)
    assert above.startswith(f"shared: {guard}: ")
    figure = figure_in(above)
    assert GUARDS[guard].low < figure < GUARDS[guard].high
    assert found(guard, scenario, figure * 1.01, figure * 2).startswith(f"shared: {guard}: ")
    assert found(guard, scenario, figure * 0.5, figure * 0.99).startswith(f"shared: {guard}: ")
    assert found(guard, scenario, figure * 0.99, figure * 1.01) == ""


@pytest.mark.parametrize("guard", GUARDS)
def test_each_guards_own_range_ends_where_it_says(guard: str) -> None:
    least, low, high = GUARDS[guard].least, GUARDS[guard].low, GUARDS[guard].high
    assert least >= 50
    for value in (low, high):
        assert faults([Figure(guard, value, least, "", "")], {}) == []
    for value in (low * 0.999, high * 1.001):
        (fault,) = faults([Figure(guard, value, least, "", "")], {})
        assert fault.place == guard
        assert faults([Figure(guard, value, least - 1, "", "")], {}) == []


def test_a_kind_of_vehicle_has_a_usual_day_here() -> None:
    """Whoever adds a guard of a vehicle's consumption adds its usual day to `SANE`."""
    of_vehicles = {guard for guard in GUARDS if not guard.startswith(("kg_per_pickup", "km_per_"))}
    assert {" ".join(guard.split("_")[-2:]) for guard in of_vehicles} == set(SANE)
