"""CO2e by model, energy and residents' side, on tables made by hand."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from molosim.emissions import MODELS
from molosim.evaluation.measures import MEASURES, RunView, band, measure
from molosim.evaluation.measures.environment import BAND
from molosim.inputs.emission_settings import Cars, Emissions
from molosim.inputs.scenario import Scenario

Build = Callable[..., SimpleNamespace]
VAN = {
    "purpose": "delivery", "metres": 36_000, "driving_s": 4_320, "stops": 99, "return_s": 30_000,
    "metres_b2": 36_000, "seconds_b2": 4_320, "load_kgm": 36_000 * 450.0,
}  # fmt: skip
BOX = {"car_trips": 10, "own_car_trips": 4, "car_m": 4 * 8_000, "centre_m": 8_000, "centre_n_hazardous": 13}


def of(scenario: Scenario, **emissions: object) -> Scenario:
    return scenario.model_copy(update={"emissions": Emissions(**{"model": "flat", **emissions})})  # type: ignore[arg-type]


def with_vans(scenario: Scenario, **changes: object) -> Scenario:
    vans = {"van": scenario.vehicles["van"].model_copy(update=changes)}
    return scenario.model_copy(update={"vehicles": {**scenario.vehicles, **vans}})


def test_both_sides_stand_apart_and_add_up_to_the_city(tables: Build, scenario: Scenario) -> None:
    row = measure(tables(trips=[VAN], boxes=[BOX]), scenario)
    assert row["co2e_wtw_operations_kg"] == pytest.approx(36 * 0.280 * 3.198 / 2.571)
    assert row["co2e_wtw_residents_kg"] == pytest.approx(32 * 0.2)
    assert row["co2e_wtw_city_kg"] == pytest.approx(row["co2e_wtw_operations_kg"] + row["co2e_wtw_residents_kg"])
    assert row["diesel_l"] == pytest.approx(36 * 0.280 / 2.571)
    assert row["co2_biogenic_kg"] == pytest.approx(row["diesel_l"] * 0.175)


def test_residents_side_at_most_by_bus_and_without_a_car(tables: Build, scenario: Scenario) -> None:
    row = measure(tables(boxes=[BOX]), of(scenario, bus_share=0.5))
    assert row["co2e_wtw_residents_all_kg"] == pytest.approx(80 * 0.2)
    assert row["trips_residents_without_car"] == 3
    assert row["co2e_wtw_residents_bus_kg"] == pytest.approx(3 * 0.5 * 0.4 * 8 * 0.1)
    assert measure(tables(boxes=[BOX]), scenario)["co2e_wtw_residents_bus_kg"] == 0
    nobody = measure(tables(boxes=[BOX | {"car_trips": 0, "own_car_trips": 0, "car_m": 0}]), scenario)
    assert nobody["co2e_wtw_residents_all_kg"] == 0


def test_cold_starts_are_told_always_and_counted_by_the_model_that_has_them(tables: Build, scenario: Scenario) -> None:
    kept = tables(trips=[VAN], boxes=[BOX])
    plain, cold = measure(kept, scenario), measure(kept, of(scenario, model="speed_stop_corrected"))
    added = plain["co2e_wtw_residents_cold_kg"]
    assert added > 0
    assert plain["co2e_wtw_residents_cold_kg"] == cold["co2e_wtw_residents_cold_kg"]
    assert cold["co2e_wtw_residents_kg"] == pytest.approx(plain["co2e_wtw_residents_kg"] + added)


def test_cars_by_fuel(tables: Build, scenario: Scenario) -> None:
    electric = of(scenario, cars=Cars(electric_share=1))
    row = measure(tables(boxes=[BOX]), electric)
    assert row["co2e_ttw_residents_kg"] == 0
    assert row["co2e_wtw_residents_kg"] == pytest.approx(32 * 0.19 * 0.096)
    assert row["co2e_wtw_residents_cold_kg"] == 0


def test_a_vehicle_s_own_model_is_in_the_headline_and_in_no_model_s_own_figure(
    tables: Build, scenario: Scenario
) -> None:
    own = with_vans(scenario, emission_model=MODELS["speed_stop_euro_5"])
    row, plain = measure(tables(trips=[VAN]), own), measure(tables(trips=[VAN]), scenario)
    assert row["co2e_wtw_city_kg"] == row["co2e_wtw_city_speed_stop_euro_5_kg"] != plain["co2e_wtw_city_kg"]
    for model in MODELS:
        assert row[f"co2e_wtw_city_{model}_kg"] == plain[f"co2e_wtw_city_{model}_kg"]
    assert row["nox_vans_g"] > 0
    assert np.isnan(plain["nox_vans_g"])  # a flat factor has none


def test_energy_by_carrier(tables: Build, scenario: Scenario) -> None:
    battery = measure(tables(trips=[VAN]), with_vans(scenario, energy="electricity"))
    assert battery["electricity_kwh"] == pytest.approx(36 * 0.30)
    assert battery["diesel_l"] == battery["hvo_l"] == battery["co2e_ttw_operations_kg"] == 0
    hvo = measure(tables(trips=[VAN]), with_vans(scenario, energy="hvo100"))
    assert hvo["hvo_l"] == pytest.approx(36 * 0.280 / 2.571 * 35.7 / 34.3)
    assert hvo["co2_biogenic_kg"] == pytest.approx(hvo["hvo_l"] * 2.43)


def test_the_band_is_each_model_s_own_figures(tables: Build, scenario: Scenario) -> None:
    kept = tables(trips=[VAN, VAN | {"purpose": "collection", "vehicle_type": "truck"}], boxes=[BOX])
    found, row = band(RunView(kept, scenario)), measure(kept, scenario)
    assert list(found) == list(MODELS)
    assert set(BAND) <= set(MEASURES)
    for model, values in found.items():
        assert values["co2e_wtw_city_kg"] == row[f"co2e_wtw_city_{model}_kg"]
        assert values["co2e_wtw_city_kg"] == pytest.approx(
            values["co2e_wtw_operations_kg"] + values["co2e_wtw_residents_kg"]
        )
    assert found["flat"] == {name: row[name] for name in BAND}


def test_without_load_the_corrected_model_says_nothing(tables: Build, scenario: Scenario) -> None:
    kept = tables(trips=[VAN])
    del kept.trips["load_kgm"]
    account = RunView(kept, scenario)
    assert "speed_stop_corrected" not in band(account)
    assert np.isnan(MEASURES["co2e_wtw_city_speed_stop_corrected_kg"].value(account))
