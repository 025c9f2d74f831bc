"""Measures of four purposes that differ by powers of ten, so that a sum over the wrong ones cannot hide."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from molosim.emissions import MODELS, Conditions, cars
from molosim.evaluation.measures import RunView, band, measure
from molosim.evaluation.measures.environment import BAND
from molosim.inputs.accounting import Costs
from molosim.inputs.emission_settings import Cars, Emissions
from molosim.inputs.scenario import Scenario

Build = Callable[..., SimpleNamespace]
PURPOSES = {"delivery": "van", "extra delivery": "van", "collection": "truck", "transfer": "van"}


def each(**values: tuple[float, float, float, float]) -> list[dict[str, object]]:
    """A trip for each purpose, of an hour at the wheel in one speed band."""
    trips = []
    for i, (purpose, vehicle) in enumerate(PURPOSES.items()):
        own = {name: value[i] for name, value in values.items()}
        metres = own.get("metres", 30_000)
        driven = {"metres": metres, "metres_b2": metres, "driving_s": 3600, "seconds_b2": 3600, "return_s": 7200}
        trips.append({"purpose": purpose, "vehicle_type": vehicle, **driven, **own})
    return trips


def test_kilometres_litres_and_grams_are_of_those_whom_they_name(tables: Build, scenario: Scenario) -> None:
    row = measure(tables(trips=each(metres=(1_000, 10_000, 100_000, 1_000_000))), scenario)
    per_l = 0.280 / 2.571
    assert row["diesel_l"] == pytest.approx((1011 + 100 * 0.499 / 0.280) * per_l)
    assert (row["g_per_km_vans"], row["g_per_km_collection"], row["g_per_km_transfer"]) == pytest.approx(
        (280, 499, 280)
    )
    co2e = [row[f"co2e_ttw_{who}_kg"] for who in ("vans", "collection", "transfer")]
    assert co2e == pytest.approx([11 * 0.28, 100 * 0.499, 1000 * 0.28])
    assert [row[f"km_{who}"] for who in ("vans", "collection", "transfer", "waste")] == [11, 100, 1000, 1100]


def test_what_leaves_exhausts_is_of_delivery_vans_alone(tables: Build, scenario: Scenario) -> None:
    said = scenario.model_copy(update={"emissions": Emissions(model="speed_stop")})
    alone = measure(tables(trips=each()[:2]), said)
    with_others = measure(tables(trips=each()), said)
    for air in ("nox_vans_g", "particles_vans_g"):
        assert with_others[air] == alone[air] > 0


def test_spare_room_and_detours_are_of_both_delivery_tours_of_each_vehicle_s_own_size(
    tables: Build, scenario: Scenario
) -> None:
    detours = {"detour_waste_s": (3600.0, 7200.0, 0.0, 0.0), "waste_containers": (1, 2, 40, 80)}
    rooms = {"fill_start": (0.9, 0.8, 0.0, 0.0), "waste_l": (100.0, 200.0, 999.0, 999.0)}
    trips = each(**detours, **rooms)  # type: ignore[arg-type]
    trips[1]["vehicle_type"] = "truck"
    priced = scenario.model_copy(update={"costs": Costs(handling_per_container=5)})
    row = measure(tables(trips=trips), priced)
    assert row["spare_used"] == pytest.approx(100 * 300 / (0.1 * 10_000 + 0.2 * 20_000))
    of_waste = 30 + 2 * 60 + 3 * 5  # an hour of the van, two of the truck, three containers
    assert row["cost_waste"] == pytest.approx(of_waste + (30 * 2 + 2 * 60 + 200) + (30 * 1 + 2 * 30 + 400))
    kroner = Costs(currency="DKK", resident_car_per_km=3.73)
    car = measure(tables(boxes=[{"car_m": 10_000}]), scenario.model_copy(update={"costs": kroner}))
    assert car["cost_residents"] == pytest.approx(5)


BOX = {"car_trips": 10, "own_car_trips": 2, "car_m": 8_000, "centre_m": 4_000}


def test_residents_start_cold_as_often_as_they_drive_for_this_alone(tables: Build, scenario: Scenario) -> None:
    """Two trips of four kilometres, not ten of 800 metres; by the band's model that has them, whatever the headline."""
    account = RunView(tables(trips=each(), boxes=[BOX]), scenario)
    conditions = Conditions.steady(7, temperature_c=float(account.conditions.temperature_c.mean()))
    cold = cars.emit(np.array([8_000.0]), np.array([2.0]), Cars(), conditions, cold_start=True)
    found = band(account)
    for model, values in found.items():
        started = model == "speed_stop_corrected"
        assert MODELS[model].cold_cars == started
        for scope, kg in (("wtw", cold.wtw_kg[0]), ("ttw", cold.ttw_kg[0])):
            warm = 8 * {"wtw": 0.20, "ttw": 0.16}[scope]
            assert values[f"co2e_{scope}_residents_kg"] == pytest.approx(kg if started else warm), (model, scope)
    every = cars.emit(np.array([40_000.0]), np.array([10.0]), Cars(), conditions, cold_start=True)
    cold_headline = scenario.model_copy(update={"emissions": Emissions(model="speed_stop_corrected")})
    most = measure(tables(trips=each(), boxes=[BOX]), cold_headline)["co2e_wtw_residents_all_kg"]
    assert most == pytest.approx(every.wtw_kg[0])


def test_each_scope_of_the_band_is_its_own(tables: Build, scenario: Scenario) -> None:
    for values in band(RunView(tables(trips=each(), boxes=[BOX]), scenario)).values():
        for name in BAND:
            if "_ttw_" in name:
                assert 0 < values[name] < values[name.replace("_ttw_", "_wtw_")]


def test_a_vehicle_s_own_model_must_have_what_it_needs_too(tables: Build, scenario: Scenario) -> None:
    van = scenario.vehicles["van"].model_copy(update={"emission_model": MODELS["speed_stop_corrected"]})
    own = scenario.model_copy(update={"vehicles": {**scenario.vehicles, "van": van}})
    kept = tables(trips=each())
    assert RunView(kept, own).applicable()
    del kept.trips["load_kgm"]
    assert not RunView(kept, own).applicable()
    assert RunView(kept, own).applicable(MODELS["flat"])
    assert np.isnan(measure(kept, own)["co2e_wtw_city_kg"])
