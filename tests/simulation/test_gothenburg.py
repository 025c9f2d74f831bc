"""The bundled town, smaller and shorter: the whole way from its configuration to tables that make sense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from molosim.inputs.scenario import load
from molosim.simulation.alternative_run import Prepared, RunTables, prepare, simulate
from molosim.simulation.reference import insertion_gap
from molosim.simulation.world import World, build_world

DAYS = 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Six vans instead of sixty."""
    fewer = {f"carriers.{carrier}.vans": vans for carrier, vans in enumerate((3, 2, 1))}
    shorter = {"horizon.days": DAYS, "horizon.warmup_days": 7, "addresses.count": 600}
    reference = {"reference.days": 2, "reference.iterations": 20}
    return build_world(load("gothenburg").but({**fewer, **shorter, **reference}), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def prepared(world: World) -> Prepared:
    return prepare(world, 0)


@pytest.fixture(scope="module")
def tables(world: World, prepared: Prepared) -> dict[str, RunTables]:
    return {name: simulate(world, prepared, name, sample_day=2) for name in world.scenario.alternatives}


def kg(tables: RunTables, name: str) -> float:
    return float(sum(column.sum() for key, column in tables.boxes.items() if key.startswith(f"{name}_g_"))) / 1000


def test_no_rule_is_broken(tables: dict[str, RunTables]) -> None:
    found = {
        name: value for run in tables.values() for name, value in run.totals.items() if name.startswith("breaches")
    }
    assert len(found) >= 5
    assert not any(found.values())


def test_households_bring_what_the_configuration_says(world: World, tables: dict[str, RunTables]) -> None:
    deposits = world.scenario.residents.deposits
    per_household = sum(w.kg_per_household_year * deposits.box_share.get(w.fraction, 0) for w in deposits.wastes)
    households = sum(site.households for site in world.sites)
    for run in tables.values():
        assert kg(run, "offered") == pytest.approx(households * per_household * DAYS / 365.25, rel=0.1)


def test_trips_are_driven_as_in_a_town(tables: dict[str, RunTables]) -> None:
    for run in tables.values():
        trips = run.trips
        kmh = trips["metres"].sum() / trips["driving_s"].sum() * 3.6
        assert 15 < kmh < 40
        assert (trips["depart_s"] >= 7 * 3600).all()
        delivery = trips["purpose"] == "delivery"
        assert set(trips["operator"][delivery].tolist()) == {"Alfa", "Beta", "Gamma"}
        assert 0.05 < trips["fill_start"][delivery].mean() < 0.9


def test_each_alternative_does_what_it_is(tables: dict[str, RunTables]) -> None:
    rounds = {name: run.totals["rounds"] for name, run in tables.items()}
    by_vans = {name: run.trips["waste_g"][run.trips["purpose"] == "delivery"].sum() for name, run in tables.items()}
    assert rounds["dedicated"] >= 2
    assert by_vans["dedicated"] == 0
    assert rounds["shared"] == 0
    assert by_vans["shared"] > 0
    assert by_vans["hybrid"] > 0
    assert rounds["none"] == by_vans["none"] == kg(tables["none"], "stored") == 0
    # What is stored in boxes is not taken to the centre by car or lost in the bin.
    for name in ("dedicated", "shared", "hybrid"):
        assert kg(tables[name], "residual") < kg(tables["none"], "residual")
        assert tables[name].boxes["car_m"].sum() < tables["none"].boxes["car_m"].sum()


def test_sampled_tours_are_a_day_s_from_depot_to_depot(world: World, tables: dict[str, RunTables]) -> None:
    depots = {fleet.name: fleet.depot for fleet in world.fleets} | {"municipality": world.municipal_depot}
    for name, run in tables.items():
        driven = run.trips["day"] == 2
        wanted = np.isin(run.trips["purpose"][driven], ["delivery", "extra delivery", "collection"]).sum()
        assert len(run.sample_tours) == wanted, name
        for tour in run.sample_tours:
            assert tour.places[0] == tour.places[-1] == depots[tour.operator]
            assert len(tour.places) > 2


def test_insertion_is_within_reach_of_the_joint_reference(world: World, prepared: Prepared) -> None:
    gap = insertion_gap(world, prepared)
    assert gap["days"] == 2
    assert 0 <= gap["gap_mean"] <= gap["gap_max"] < 0.5
    assert insertion_gap(world, prepared) == gap


def test_a_second_run_from_what_is_kept_is_the_same(
    world: World, tables: dict[str, RunTables], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("is planned though it was kept")

    monkeypatch.setattr("molosim.routing.day_plans.plan_days", fail)
    again = build_world(world.scenario, Path(world.cache))
    run = simulate(again, prepare(again, 0), "hybrid", sample_day=2)
    for mine, theirs in ((run.trips, tables["hybrid"].trips), (run.boxes, tables["hybrid"].boxes)):
        assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    assert run.totals == tables["hybrid"].totals
