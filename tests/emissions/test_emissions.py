"""Emissions against numbers worked by hand."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from molosim import bundled, emissions
from molosim.emissions import MODELS, Flat, SpeedStop
from molosim.fleet import VehicleType


def vehicle(body: str = "van", energy: str = "diesel") -> VehicleType:
    return VehicleType.model_validate(
        {"volume_l": 9000, "payload_kg": 900, "body": body, "energy": energy, "cost_per_km": 1, "cost_per_h": 30}
    )


def trips(*legs: tuple[str, float, float, int, float]) -> Mapping[str, NDArray[np.generic]]:
    """Trips of (vehicle type, km, km/h, stops, service hours), each driven within one speed band."""
    metres = np.array([round(km * 1000) for _, km, _, _, _ in legs])
    seconds = np.array([round(km / kmh * 3600) if km else 0 for _, km, kmh, _, _ in legs])
    return {
        "vehicle_type": np.array([name for name, *_ in legs], dtype=object),
        "metres": metres,
        "driving_s": seconds,
        "service_s": np.array([round(h * 3600) for *_, h in legs]),
        "stops": np.array([stops for *_, stops, _ in legs]),
        "metres_b0": np.zeros_like(metres),
        "seconds_b0": np.zeros_like(seconds),
        "metres_b1": metres,
        "seconds_b1": seconds,
    }


@pytest.mark.parametrize(("kmh", "g_per_km"), [(15, 456), (20, 354), (30, 257), (50, 198), (80, 213)])
def test_steady_driving_emits_what_the_facts_say(kmh: float, g_per_km: float) -> None:
    v = np.array([kmh / 3.6])
    assert emissions.van_g_per_s(v) / v * 1000 == pytest.approx(g_per_km, abs=0.5)


def test_acceleration_cycle_equals_its_numerical_integral() -> None:
    v_end, a = 50 / 3.6, 1.0
    t = np.linspace(0, v_end / a, 200_001)
    numerical_g = np.trapezoid(emissions.van_g_per_s(a * t, a), t)
    assert emissions.van_start_g(np.array([v_end]), a) == pytest.approx(numerical_g, rel=1e-8)


def test_a_stop_from_30_kmh_by_hand() -> None:
    # 8.333 s of accelerating: (1754 + 650) x 8.333 + (31.71 + 202.2) x 34.72 + 7.559 x 192.9 + 0.207 x 1205.6 mg
    start_g = (20_033.3 + 8_121.9 + 1_458.1 + 249.6) / 1000
    through_g = (34.722 + 23.148) * 0.256565  # metres of accelerating and braking at 256.565 g/km
    v = np.array([30 / 3.6])
    assert emissions.van_start_g(v, 1.0) == pytest.approx(start_g, abs=0.01)
    assert emissions.van_stop_g(v) == pytest.approx(start_g - through_g, abs=0.01)


def test_a_stop_never_saves_and_costs_more_at_speed() -> None:
    charge = emissions.van_stop_g(np.linspace(0, 30, 100))
    assert charge[0] == 0
    assert (np.diff(charge) >= 0).all()


def test_a_tour_is_steady_driving_plus_its_starts() -> None:
    ttw, _ = SpeedStop().co2e_kg(trips(("van", 36, 30, 99, 5)), {"van": vehicle()})
    assert ttw[0] == pytest.approx(36 * 0.256565 + 100 * 0.0150154, rel=1e-4)


def test_a_trip_that_never_moves_emits_nothing() -> None:
    for model in MODELS.values():
        ttw, wtw = model.co2e_kg(trips(("van", 0, 30, 0, 0)), {"van": vehicle()})
        assert ttw[0] == wtw[0] == 0


def test_idling_burns_its_litres_for_its_share_of_handling_time() -> None:
    ttw, _ = SpeedStop(idle_share=0.5).co2e_kg(trips(("van", 0, 30, 0, 4)), {"van": vehicle()})
    assert ttw[0] == pytest.approx(0.5 * 4 * 1.0 * 2.571)


def test_flat_factors_per_km() -> None:
    ttw, _ = Flat().co2e_kg(
        trips(("van", 100, 30, 9, 1), ("truck", 100, 60, 0, 0)), {"van": vehicle(), "truck": vehicle("truck")}
    )
    assert ttw == pytest.approx([28.0, 49.9])


def test_well_to_wheel_adds_the_fuel_chain_by_the_litre() -> None:
    ttw, wtw = Flat().co2e_kg(trips(("van", 100, 30, 0, 0)), {"van": vehicle()})
    assert wtw / ttw == pytest.approx((2.571 + 0.627) / 2.571)


def test_a_truck_is_a_van_scaled_by_the_two_averages() -> None:
    both = trips(("van", 50, 40, 10, 1), ("truck", 50, 40, 10, 1))
    ttw, _ = SpeedStop().co2e_kg(both, {"van": vehicle(), "truck": vehicle("truck")})
    assert ttw[1] / ttw[0] == pytest.approx(0.499 / 0.280)


@pytest.mark.parametrize("name", MODELS)
def test_electric_vehicles_emit_at_the_power_station(name: str) -> None:
    ttw, wtw = MODELS[name].co2e_kg(
        trips(("e", 100, 30, 50, 1), ("t", 100, 30, 50, 1)),
        {"e": vehicle(energy="electricity"), "t": vehicle("truck", "electricity")},
    )
    assert (ttw == 0).all()
    assert wtw == pytest.approx([100 * 0.30 * 0.096, 100 * 0.30 * 0.096 * 0.499 / 0.280])


@pytest.mark.parametrize("name", MODELS)
def test_hvo_needs_a_few_more_litres_of_a_cleaner_fuel(name: str) -> None:
    drive = trips(("van", 100, 30, 50, 1))
    diesel, _ = MODELS[name].co2e_kg(drive, {"van": vehicle()})
    ttw, wtw = MODELS[name].co2e_kg(drive, {"van": vehicle(energy="hvo100")})
    assert ttw[0] == 0
    assert wtw == pytest.approx(diesel / 2.571 * 35.7 / 34.3 * 0.24)


@pytest.mark.parametrize("name", MODELS)
def test_trips_add_up_and_the_longer_one_emits_more(name: str) -> None:
    model, vehicles = MODELS[name], {"van": vehicle()}
    ttw, wtw = model.co2e_kg(trips(("van", 10, 30, 5, 1), ("van", 20, 30, 5, 1)), vehicles)
    alone, _ = model.co2e_kg(trips(("van", 10, 30, 5, 1)), vehicles)
    assert ttw[0] == alone[0]
    assert ttw[1] > ttw[0]
    assert (wtw >= ttw).all()


def test_residents_cars() -> None:
    assert emissions.car_co2e_kg(14_300) == pytest.approx((14.3 * 0.16, 14.3 * 0.20))


def test_factors_agree_with_the_bundled_facts() -> None:
    facts = bundled.facts()
    for factor in emissions.factors():
        for name in filter(None, factor.facts.split("/")):
            assert factor.certainty == "C" or factor.certainty in facts[name].certainty, factor.name
    for factor in (emissions.VAN_FLAT, emissions.IDLE_L_PER_H, emissions.VAN_KWH, emissions.HVO_WTW):
        assert float(facts[factor.facts].value) == factor.value
    assert emissions.GRID.value == float(facts["V9"].value) / 1000
    assert facts["V11"].value.startswith(f"{emissions.TRUCK_FLAT.value} (3.5-7.5 t)")


def test_polynomial_is_the_bundled_euro_6d_row() -> None:
    lines = bundled.facts_file("van_co2_hbefa4.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith("LCV_diesel_N1-III_Euro-6d,"))
    assert [factor.value for factor in emissions.HBEFA] == [float(cell) for cell in row.split(",")[1:]]


def test_every_factor_names_its_source_and_certainty() -> None:
    listed = emissions.factors()
    assert len({factor.name for factor in listed}) == len(listed)
    for factor in listed:
        assert factor.source
        assert factor.certainty in emissions.CERTAINTY
        assert factor.facts or factor.certainty == "GK", f"{factor.name}: only an assumption may lack a fact"
    named = {factor for model in MODELS.values() for factor in model.sources}
    assert named <= set(listed)
