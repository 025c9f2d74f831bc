"""Each measure of operations, tours and service from figures that no other one has: digits tell what was summed."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest

from molosim.evaluation.measures import measure
from molosim.inputs.accounting import Costs
from molosim.inputs.scenario import Scenario

Build = Callable[..., SimpleNamespace]
H = 3600
TRIPS = {  # of delivery, extra delivery, collection, transfer
    "metres": (1_000_000, 200_000, 30_000, 4_000),
    "depart_s": (1 * H, 1 * H, 1 * H, 1 * H),
    "return_s": (9 * H, 3 * H, 5 * H, 2 * H),
    "detour_parcel_m": (50_000, 6_000, 0, 0),
    "detour_parcel_s": (20 * H, 3 * H, 0, 0),
    "detour_waste_m": (70_000, 8_000, 0, 0),
    "detour_waste_s": (40 * H, 5 * H, 0, 0),
    "waste_g": (9_000, 500, 70_000, 600_000),
    "waste_containers": (1, 20, 300, 4_000),
    "waste_points_milli": (1_000, 2_000, 30_000, 4_000),
    "stops": (110, 40, 60, 2),
    "box_stops": (3, 2, 50, 0),
    "fill_start": (0.5, 0.3, 0, 0),
    "fill_peak": (0.6, 0.5, 0, 0),
    "breakdown": (1, 1, 1, 0),
    "charged_kwh": (1.0, 20.0, 300.0, 4_000.0),
}
BOXES = (
    {"households": 30, "walk_m": 100, "taking_part_parcels": 0.5, "taking_part_waste": 0.1, "parcel_doors": 10,
     "open_h": 100, "occupied_door_h": 200, "blocked_h": 5, "car_m": 7_000, "car_s": H, "own_car_trips": 2,
     "car_trips": 5, "sends_offered": 40, "sends_refused": 4, "offered_g_textiles": 80_000, "stored_g_textiles": 60_000,
     "refused_g_textiles": 20_000, "centre_g_textiles": 15_000, "residual_g_textiles": 5_000},
    {"households": 90, "walk_m": 200, "taking_part_parcels": 0.9, "taking_part_waste": 0.3, "parcel_doors": 20,
     "open_h": 200, "occupied_door_h": 800, "blocked_h": 25, "collected_g_hazardous": 50_000},
)  # fmt: skip
EXPECTED: Mapping[str, float] = {
    "trips_waste_vehicles": 2, "trips_collection": 1, "trips_transfer": 1, "trips_delivery": 1, "trips_extra": 1,
    "trips_residents": 2, "trips_residents_all": 5, "tours_extended": 17, "breakdowns": 3,
    "km_waste": 78 + 34, "km_operations": 1234, "km_city": 1241, "km_vans": 1200, "km_residents": 7,
    "km_planned": 1000 - 50 - 70, "km_extra": 200 - 6 - 8, "km_detour_waste": 78, "km_detour_parcel": 56,
    "km_collection": 30, "km_transfer": 4,
    "h_waste": 45 + 4 + 1, "h_operations": 8 + 2 + 4 + 1, "h_vans": 10, "h_detour_waste": 45, "h_detour_parcel": 23,
    "h_collection": 4, "h_transfer": 1, "h_residents": 1,
    "cost_vans": 1200 + 10 * 30 + 21 * 0.1, "cost_collection": 60 + 4 * 60 + 30, "cost_transfer": 4 + 30 + 400,
    "cost_operations": (1200 + 300 + 2.1) + 330 + 434, "cost_city": (1200 + 300 + 2.1) + 330 + 434 + 14,
    "cost_residents": 14, "cost_electricity": 0, "cost_handling": 432.1,
    "cost_waste": 78 + 45 * 30 + 2.1 + 330 + 434, "cost_waste_per_kg": (78 + 45 * 30 + 2.1 + 330 + 434) / 50,
    "detour_min_per_van_day": 45 * 60, "waste_tours_share": 100, "waste_kg_per_waste_tour": 9.5 / 2,
    "fill_start": 40, "fill_peak": 55, "adr_points_max": 30, "km_per_delivery_tour": 1000,
    "stops_per_delivery_tour": 110, "h_per_delivery_tour": 8, "km_per_collection_tour": 30,
    "stops_per_collection_tour": 50, "kg_per_collection_tour": 70, "h_per_collection_tour": 4,
    "kg_per_transfer_run": 600, "charged_kwh": 4321, "charge_stops": 6, "charge_wait_h": 2,
    "refused_share": 25, "refused_share_textiles": 25, "waste_treated_share": 100 * 75 / 80, "waste_by_vans_kg": 9.5,
    "waste_by_collection_kg": 70, "sends_refused_share": 10, "doors_occupied": 100 * 1000 / (10 * 100 + 20 * 200),
    "doors_blocked": 10, "households_served": 120, "walk_m": (30 * 100 + 90 * 200) / 120,
    "taking_part_parcels": 80, "taking_part_waste": 25,
}  # fmt: skip


def row(tables: Build, scenario: Scenario, *boxes: dict[str, float]) -> dict[str, float]:
    purposes = {"delivery": "van", "extra delivery": "van", "collection": "truck", "transfer": "van"}
    trips = [
        {"purpose": purpose, "vehicle_type": vehicle} | {name: values[i] for name, values in TRIPS.items()}
        for i, (purpose, vehicle) in enumerate(purposes.items())
    ]
    priced = scenario.model_copy(update={"costs": Costs(handling_per_container=0.1, resident_car_per_km=2)})
    totals = {"tours_extended": 17, "charge_stops": 6, "charge_wait_s": 2 * H}
    return measure(tables(trips=trips, boxes=list(boxes or BOXES), **totals), priced)


def test_each_measure_is_the_sum_of_its_own(tables: Build, scenario: Scenario) -> None:
    found = row(tables, scenario)
    assert {name: found[name] for name in EXPECTED} == pytest.approx(EXPECTED)


def test_tours_are_counted_by_their_sort_and_by_whether_they_bring_waste(tables: Build, scenario: Scenario) -> None:
    extra = {"purpose": "extra delivery"}
    trips = [{"purpose": "delivery", "waste_g": 9_000}, extra | {"waste_g": 1_000}, extra]
    found = measure(tables(trips=trips), scenario)
    assert (found["trips_delivery"], found["trips_extra"]) == (1, 2)
    assert found["waste_tours_share"] == pytest.approx(200 / 3)
    assert found["waste_kg_per_waste_tour"] == 5


def test_a_box_whose_walk_is_not_known_weighs_nothing(tables: Build, scenario: Scenario) -> None:
    unknown = {"households": 500, "walk_m": float("nan")}
    assert row(tables, scenario, *BOXES, unknown)["walk_m"] == pytest.approx(EXPECTED["walk_m"])
    assert row(tables, scenario, *BOXES, unknown)["households_served"] == 620
