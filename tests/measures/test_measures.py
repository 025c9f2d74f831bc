"""Measures against days worked by hand."""

import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molosim.evaluation.measures import HEADLINE, MEASURES, PLAUSIBILITY, RunView, measure
from molosim.evaluation.run_view import described
from molosim.inputs.scenario import Scenario

Build = Callable[..., SimpleNamespace]


def test_every_measure_is_told_and_named_once() -> None:
    assert set(HEADLINE) | set(PLAUSIBILITY) <= set(MEASURES)
    for name, m in MEASURES.items():
        assert name == m.name
        assert m.unit
        assert m.label
        assert m.definition.endswith("."), name
    labels = [m.label for m in MEASURES.values()]
    assert len(set(labels)) == len(labels)


def test_a_measure_without_label_and_definition_is_refused() -> None:
    def km_idle(a: RunView) -> float:
        """Kilometres without purpose."""
        return 0.0

    with pytest.raises(ValueError, match="'km_idle'"):
        described([], "km")(km_idle)


def test_an_empty_run_has_every_measure_and_no_warning(tables: Build, scenario: Scenario) -> None:
    row = measure(tables(), scenario)
    assert list(row) == list(MEASURES)
    assert row["km_city"] == row["cost_operations"] == row["co2e_wtw_city_kg"] == 0
    assert math.isnan(row["kg_per_collection_tour"])
    assert math.isnan(row["breaches_adr"]), "a run that counts no breaches must not look like one without"


def test_a_day_of_one_van_with_a_waste_detour(tables: Build, scenario: Scenario) -> None:
    van = {"purpose": "delivery", "metres": 50_000, "depart_s": 28_800, "return_s": 57_600, "stops": 100}
    detour = {
        "detour_waste_m": 2_000,
        "detour_waste_s": 600,
        "waste_g": 7_500,
        "waste_containers": 2,
        "waste_l": 2 * 57.456,
        "fill_start": 0.8,
    }
    row = measure(tables(trips=[van | detour]), scenario)
    assert row["km_operations"] == row["km_vans"] == 50
    assert row["km_waste"] == row["km_detour_waste"] == 2
    assert row["km_planned"] == 48
    assert row["h_vans"] == 8
    assert row["h_waste"] == pytest.approx(1 / 6)
    assert row["detour_min_per_van_day"] == 10
    assert row["cost_vans"] == 50 * 1 + 8 * 30
    assert row["cost_waste"] == pytest.approx(2 * 1 + 30 / 6)
    assert row["co2e_ttw_vans_kg"] == pytest.approx(14.0)
    assert row["g_per_km_vans"] == pytest.approx(280)
    assert row["spare_used"] == pytest.approx(100 * 2 * 57.456 / 2_000)
    assert row["waste_kg_per_waste_tour"] == 7.5


def test_collection_and_transfer_are_trips_for_waste(tables: Build, scenario: Scenario) -> None:
    tour = {"purpose": "collection", "vehicle_type": "truck", "metres": 30_000, "return_s": 7_200, "waste_g": 120_000}
    run = {"purpose": "transfer", "metres": 10_000, "return_s": 3_600, "waste_g": 90_000}
    row = measure(tables(trips=[tour, tour, run], boxes=[{"collected_g_hazardous": 240_000}]), scenario)
    assert (row["trips_collection"], row["trips_transfer"], row["trips_waste_vehicles"]) == (2, 1, 3)
    assert row["km_waste"] == 70
    assert row["cost_waste"] == 2 * (30 * 2 + 2 * 60) + 10 + 30
    assert row["cost_waste_per_kg"] == pytest.approx(400 / 240)
    assert row["co2e_ttw_collection_kg"] == pytest.approx(60 * 0.499)
    assert row["kg_per_collection_tour"] == 120


def test_residents_cars_count_for_the_city_but_not_for_operations(tables: Build, scenario: Scenario) -> None:
    row = measure(tables(boxes=[{"car_m": 14_300, "own_car_trips": 1, "car_trips": 2}]), scenario)
    assert row["co2e_wtw_city_kg"] == row["co2e_wtw_residents_kg"] == pytest.approx(14.3 * 0.2)
    assert row["co2e_wtw_operations_kg"] == 0
    assert row["km_city"] == row["km_residents"] == 14.3
    assert (row["trips_residents"], row["trips_residents_all"]) == (1, 2)


def test_a_shared_tour_is_split_and_a_transfer_run_is_wastes(tables: Build, scenario: Scenario) -> None:
    work = {"parcel_kgm_sfd": 3e6, "waste_kgm_sfd": 1e6, "parcel_kgm_gcd": 1e6, "waste_kgm_gcd": 1e6, "parcels_n": 50}
    van = {"purpose": "delivery", "metres": 40_000, **work}
    run = {"purpose": "transfer", "metres": 10_000, "waste_kgm_sfd": 2e6}
    row = measure(tables(trips=[van, run], boxes=[{"collected_g_hazardous": 40_000, "households": 80}]), scenario)
    wtw = row["co2e_wtw_operations_kg"] / 50  # of a kilometre
    assert row["co2e_allocated_waste_kg"] == pytest.approx((40 / 4 + 10) * wtw)
    assert row["co2e_allocated_parcels_kg"] == pytest.approx(40 * 3 / 4 * wtw)
    assert row["co2e_waste_per_kg_mass_sfd"] == pytest.approx(20 * wtw / 40)
    assert row["co2e_waste_per_household_kg"] == pytest.approx(20 * wtw / 80)
    assert row["co2e_waste_per_kg_mass_gcd"] == pytest.approx((40 / 2 + 10) * wtw / 40)
    assert row["co2e_per_parcel_mass_sfd_g"] == pytest.approx(1000 * 30 * wtw / 50)
    assert (row["tkm_parcels"], row["tkm_waste"]) == (3, 3)
    assert row["co2e_per_tkm_kg"] == pytest.approx(50 * wtw / 6)


def test_where_a_refused_kilogram_goes(tables: Build, scenario: Scenario) -> None:
    box = {
        "offered_g_hazardous": 10_000,
        "stored_g_hazardous": 8_000,
        "refused_g_hazardous": 2_000,
        "collected_g_hazardous": 7_000,
        "inside_g_hazardous": 1_000,
        "centre_g_hazardous": 1_500,
        "residual_g_hazardous": 500,
    }
    row = measure(tables(boxes=[box, {"offered_g_textiles": 10_000, "residual_g_textiles": 10_000}]), scenario)
    assert row["refused_share"] == row["refused_share_hazardous"] == 20
    assert math.isnan(row["refused_share_electronics"])
    assert row["waste_treated_share"] == pytest.approx(100 * 9.5 / 20)
    assert row["waste_residual_textiles_kg"] == 10


def test_parcels_and_doors(tables: Build, scenario: Scenario) -> None:
    box = {"parcels_in": 200, "parcels_redirected": 5, "parcels_fetched": 190, "dwell_h": 5_700, "sends_offered": 0}
    doors = {"parcel_doors": 10, "open_h": 1_000, "occupied_door_h": 5_700, "blocked_h": 20}
    row = measure(tables(boxes=[box | doors]), scenario)
    assert row["parcels_redirected_share"] == 2.5
    assert row["dwell_h"] == 30
    assert row["doors_occupied"] == pytest.approx(57)
    assert row["doors_blocked"] == 2


def test_totals_pass_through_and_unknown_ones_are_let_be(tables: Build, scenario: Scenario) -> None:
    delivered = {"delivered_g_hazardous": 100_000, "delivered_g_electronics": 23_000, "delivered_g_textiles": 456}
    row = measure(tables(**delivered, breaches_adr=0, something_new=1), scenario)
    assert row["waste_delivered_kg"] == 123.456
    assert row["breaches_adr"] == 0


def test_both_emission_models_stand_beside_the_scenarios_own(tables: Build, scenario: Scenario) -> None:
    van = {"purpose": "delivery", "metres": 30_000, "driving_s": 3_600, "metres_b1": 30_000, "seconds_b1": 3_600}
    row = measure(tables(trips=[van]), scenario)
    assert row["co2e_ttw_city_flat_kg"] == row["co2e_ttw_city_kg"] == pytest.approx(30 * 0.280)
    assert row["co2e_ttw_city_speed_stop_kg"] == pytest.approx(30 * 0.256565 + 0.015015, rel=1e-4)


trip = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["delivery", "extra delivery", "collection", "transfer"]),
        "vehicle_type": st.sampled_from(["van", "truck"]),
        "metres": st.integers(0, 200_000),
        "return_s": st.integers(0, 80_000),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=st.lists(trip, max_size=12))
def test_parts_add_up_to_their_totals(tables: Build, scenario: Scenario, rows: list[dict[str, object]]) -> None:
    row = measure(tables(trips=rows, boxes=[{"car_m": 9_999}]), scenario)
    for what in ("km_{}", "co2e_ttw_{}_kg", "co2e_wtw_{}_kg"):
        parts = [row[what.format(who)] for who in ("vans", "collection", "transfer")]
        assert row[what.format("operations")] == pytest.approx(sum(parts))
        assert row[what.format("city")] == pytest.approx(sum(parts) + row[what.format("residents")])
    assert row["cost_operations"] == pytest.approx(row["cost_vans"] + row["cost_collection"] + row["cost_transfer"])


def test_grams_are_summed_exactly(tables: Build, scenario: Scenario) -> None:
    boxes = [{"collected_g_hazardous": 1} for _ in range(10)]
    many = tables(boxes=boxes)
    many.boxes["collected_g_hazardous"] = np.full(10, 2**40 + 1, dtype=np.int64)
    assert RunView(many, scenario).boxes("collected_g_hazardous") == 10 * (2**40 + 1)
