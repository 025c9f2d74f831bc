"""Emission models against numbers worked by hand, their sources, and each other."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from molosim import emissions
from molosim.emissions import MODELS, Conditions, Emitted, Flat, SpeedStop, cars, cold, emit_as_configured
from molosim.emissions import sources as f
from molosim.emissions.emitted import DEFRA
from molosim.emissions.hbefa import Polynomial, polynomials
from molosim.inputs.emission_settings import Cars
from molosim.inputs.fleet import VehicleType
from molosim.runtime import bundled

Columns = Mapping[str, NDArray[np.generic]]
STEADY = Conditions.steady(7)
CO2 = polynomials("Euro-6d")["co2"]
SURE = [name for name in MODELS if name != "speed_stop_corrected"]


def vehicle(body: str = "van", energy: str = "diesel", **more: object) -> VehicleType:
    return VehicleType.model_validate(
        {"volume_l": 9000, "payload_kg": 900, "body": body, "energy": energy, "cost_per_km": 1, "cost_per_h": 30} | more
    )


def trips(*legs: tuple[str, float, float, int, float]) -> Mapping[str, NDArray[np.generic]]:
    """Trips of (vehicle type, km, km/h, stops, service hours), each driven within one speed band."""
    metres = np.array([round(km * 1000) for _, km, _, _, _ in legs])
    seconds = np.array([round(km / kmh * 3600) if km else 0 for _, km, kmh, _, _ in legs])
    return {
        "vehicle_type": np.array([name for name, *_ in legs], dtype=object),
        "day": np.zeros(len(legs), np.int32),
        "depart_s": np.full(len(legs), 28_800),
        "return_s": np.full(len(legs), 57_600),
        "metres": metres,
        "driving_s": seconds,
        "service_s": np.array([round(h * 3600) for *_, h in legs]),
        "stops": np.array([stops for *_, stops, _ in legs]),
        "metres_b0": np.zeros_like(metres),
        "seconds_b0": np.zeros_like(seconds),
        "metres_b1": metres,
        "seconds_b1": seconds,
        "load_kgm": metres * 450.0,
    }


def emit(
    model: emissions.EmissionModel,
    drive: Mapping[str, NDArray[np.generic]],
    conditions: Conditions = STEADY,
    **of: object,
) -> Emitted:
    return model.emit(drive, of or {"van": vehicle()}, conditions)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kmh", "g_per_km"), [(15, 456), (20, 354), (30, 257), (50, 198), (80, 213)])
def test_steady_driving_emits_what_the_facts_say(kmh: float, g_per_km: float) -> None:
    v = np.array([kmh / 3.6])
    assert CO2.g_per_s(v) / v * 1000 == pytest.approx(g_per_km, abs=0.5)


@pytest.mark.parametrize("a", [0.5, 1.0, 2.0])
def test_acceleration_equals_its_numerical_integral(a: float) -> None:
    v_end = 50 / 3.6
    t = np.linspace(0, v_end / a, 200_001)
    numerical_g = np.trapezoid(CO2.g_per_s(a * t, a), t)
    assert CO2.start_g(np.array([v_end]), a) == pytest.approx(numerical_g, rel=1e-8)


def cycle_g(polynomial: Polynomial, v: float, cruise_m: float, a: float, d: float) -> tuple[float, float]:
    """Grams and metres of rest, acceleration, cruise, braking to rest, second by second as the source says it."""
    dt = 0.002
    up, down, flat = np.arange(0, v / a, dt), np.arange(0, v / d, dt), np.arange(0, cruise_m / v, dt)
    speed = np.concatenate([a * up, np.full(len(flat), v), v - d * down])
    acceleration = np.concatenate([np.full(len(up), a), np.zeros(len(flat)), np.full(len(down), -d)])
    driving = acceleration >= 0  # coasting and braking take nothing
    rate = np.where(acceleration > 0, polynomial.g_per_s(speed, a), polynomial.g_per_s(speed))
    return float((rate * driving).sum() * dt), float(speed.sum() * dt)


@pytest.mark.parametrize("kmh", [20, 30, 50])
@pytest.mark.parametrize("van", ["Euro-5", "Euro-6ab", "Euro-6c", "Euro-6d-temp", "Euro-6d"])
def test_stop_and_go_differs_from_steady_driving_as_in_the_source(van: str, kmh: float) -> None:
    """A van cycle of 20 stops, the polynomial summed along it, against the model's steady part and 20 charges."""
    stops, a, d = 20, f.ACCELERATION.value, f.DECELERATION.value
    co2, v = polynomials(van)["co2"], kmh / 3.6  # type: ignore[arg-type]
    once_g, once_m = cycle_g(co2, v, 300, a, d)
    seconds = np.array([stops * once_m / v])
    steady_g = float((seconds * co2.g_per_s(np.array([v])))[0])
    charge_g = float(co2.stop_g(np.array([v]), acceleration=a, deceleration=d)[0])
    assert steady_g + stops * charge_g == pytest.approx(stops * once_g, rel=2e-3)
    assert stops * once_g > 1.05 * steady_g
    drive = trips(("van", stops * once_m / 1000, kmh, stops - 1, 0))
    assert SpeedStop(van=van).emit(drive, {"van": vehicle()}, STEADY).ttw_kg[0] * 1000 == pytest.approx(  # type: ignore[arg-type]
        stops * once_g, rel=4e-3
    )


def test_a_stop_from_30_kmh_by_hand() -> None:
    # 8.333 s of accelerating: (1754 + 650) x 8.333 + (31.71 + 202.2) x 34.72 + 7.559 x 192.9 + 0.207 x 1205.6 mg
    start_g = (20_033.3 + 8_121.9 + 1_458.1 + 249.6) / 1000
    through_g = (34.722 + 23.148) * 0.256565  # metres of accelerating and braking at 256.565 g/km
    v = np.array([30 / 3.6])
    assert CO2.start_g(v, 1.0) == pytest.approx(start_g, abs=0.01)
    assert CO2.stop_g(v, acceleration=1.0, deceleration=1.5) == pytest.approx(start_g - through_g, abs=0.01)


def test_a_stop_never_saves_and_costs_more_at_speed() -> None:
    charge = CO2.stop_g(np.linspace(0, 30, 100), acceleration=1.0, deceleration=1.5)
    assert charge[0] == 0
    assert (np.diff(charge) >= 0).all()


def test_a_tour_is_steady_driving_plus_its_starts() -> None:
    found = emit(SpeedStop(), trips(("van", 36, 30, 99, 5)))
    assert found.ttw_kg[0] == pytest.approx(36 * 0.256565 + 100 * 0.0150154, rel=1e-4)
    assert found.diesel_l[0] == pytest.approx(found.ttw_kg[0] / 2.571)


def test_a_trip_that_never_moves_emits_nothing() -> None:
    for model in MODELS.values():
        found = emit(model, trips(("van", 0, 30, 0, 0)))
        assert found.ttw_kg[0] == found.wtw_kg[0] == found.biogenic_kg[0] == 0


def test_idling_burns_its_litres_for_its_share_of_handling_time() -> None:
    assert emit(SpeedStop(idle_share=0.5), trips(("van", 0, 30, 0, 4))).ttw_kg[0] == pytest.approx(0.5 * 4 * 2.571)


def test_flat_factors_per_km() -> None:
    both = trips(("van", 100, 30, 9, 1), ("truck", 100, 60, 0, 0))
    found = emit(Flat(), both, van=vehicle(), truck=vehicle("truck"))
    assert found.ttw_kg == pytest.approx([28.0, 49.9])
    assert emit(MODELS["flat_average"], both, van=vehicle(), truck=vehicle("truck")).ttw_kg[0] == pytest.approx(25.716)


def test_each_chain_of_factors_by_the_litre() -> None:
    drive = trips(("van", 100, 30, 0, 0))
    flat, danish, guidebook = (emit(MODELS[name], drive) for name in ("flat", "flat_danish", "average_speed"))
    assert flat.wtw_kg / flat.ttw_kg == pytest.approx((2.571 + 0.627) / 2.571)
    assert danish.wtw_kg / danish.diesel_l == pytest.approx(3.24)
    assert danish.ttw_kg == flat.ttw_kg
    assert flat.biogenic_kg == pytest.approx(flat.diesel_l * 0.175)
    assert guidebook.ttw_kg == pytest.approx(312.3 * 0.07422, rel=1e-3)  # 3.123 MJ/km at 30 km/h
    assert guidebook.wtt_kg == pytest.approx(312.3 * 0.0189, rel=1e-3)
    assert guidebook.nox_g == pytest.approx(9.0, abs=0.05)  # V20: 0.090 g/km
    assert guidebook.biogenic_kg[0] == 0  # all of the blend's carbon is in the figure already


def test_the_guidebook_s_curve_asks_for_the_litres_of_its_facts() -> None:
    by_speed = trips(("van", 100, 30, 0, 0), ("van", 100, 80, 0, 0))
    assert emit(MODELS["average_speed"], by_speed).diesel_l * 35.7 / 100 == pytest.approx([3.12, 2.73], abs=0.005)


def test_a_truck_is_a_van_scaled_by_the_two_averages() -> None:
    both = trips(("van", 50, 40, 10, 1), ("truck", 50, 40, 10, 1))
    for name in MODELS:
        if name != "flat_average":
            ttw_kg = emit(MODELS[name], both, van=vehicle(), truck=vehicle("truck")).ttw_kg
            assert ttw_kg[1] / ttw_kg[0] == pytest.approx(0.499 / 0.280), name


def test_older_vans_emit_more_co2_and_much_more_nox() -> None:
    drive = trips(("van", 50, 30, 100, 1))
    found = [
        emit(MODELS[f"speed_stop{older}"], drive) for older in ("", "_euro_6d_temp", "_euro_6c", "_euro_6ab", "_euro_5")
    ]
    assert np.diff([one.ttw_kg[0] for one in found[:4]]).min() > 0
    assert np.diff([one.nox_g[0] for one in found]).min() > 0
    assert found[4].nox_g[0] > 20 * found[0].nox_g[0]
    assert found[4].ttw_kg[0] > found[0].ttw_kg[0]


@pytest.mark.parametrize("name", MODELS)
def test_electric_vehicles_emit_at_the_power_station(name: str) -> None:
    found = emit(MODELS[name], trips(("e", 100, 30, 50, 1)), e=vehicle(energy="electricity"))
    assert found.ttw_kg[0] == found.nox_g[0] * 0 == found.diesel_l[0] == 0 or name.startswith("flat")
    starts_kwh = 51 * 0.0136 / 0.93 * (name == "speed_stop_corrected")  # the only one that counts them
    assert found.kwh[0] == pytest.approx(100 * 0.30 + starts_kwh, rel=2e-3)
    assert found.wtw_kg[0] == pytest.approx(found.kwh[0] * 0.096)


def test_electric_vans_have_no_nox_and_the_wear_of_the_source() -> None:
    found = emit(MODELS["speed_stop"], trips(("e", 36, 30, 0, 1)), e=vehicle(energy="electricity"))
    v = 30 / 3.6
    assert found.nox_g[0] == 0
    assert found.particles_g[0] == pytest.approx(4.32 * (0.02577 * v + 0.0001278 * v**2), rel=0.05)


def test_where_no_source_has_a_figure_there_is_none() -> None:
    both = trips(("h", 50, 40, 10, 1), ("t", 50, 40, 10, 1))
    for model in MODELS.values():
        found = emit(model, both, h=vehicle(energy="hvo100"), t=vehicle("truck"))
        assert np.isnan([*found.nox_g, *found.particles_g]).all()
    assert np.isnan(emit(MODELS["flat"], trips(("van", 9, 30, 0, 0))).nox_g[0])
    assert np.isnan(emit(MODELS["average_speed"], trips(("van", 9, 30, 0, 0))).particles_g[0])


@pytest.mark.parametrize("name", MODELS)
def test_hvo_needs_a_few_more_litres_of_a_cleaner_fuel(name: str) -> None:
    drive = trips(("van", 100, 30, 50, 1))
    diesel = emit(MODELS[name], drive)
    hvo = emit(MODELS[name], drive, van=vehicle(energy="hvo100"))
    assert hvo.ttw_kg[0] == hvo.diesel_l[0] == 0
    assert hvo.hvo_l == pytest.approx(diesel.diesel_l * 35.7 / 34.3)
    assert hvo.wtw_kg == pytest.approx(hvo.hvo_l * 0.24)
    assert hvo.biogenic_kg == pytest.approx(hvo.hvo_l * 2.43)


@pytest.mark.parametrize("name", MODELS)
def test_trips_add_up_and_the_longer_one_emits_more(name: str) -> None:
    model = MODELS[name]
    found = emit(model, trips(("van", 10, 30, 5, 1), ("van", 20, 30, 5, 1)))
    assert found.ttw_kg[0] == emit(model, trips(("van", 10, 30, 5, 1))).ttw_kg[0]
    assert found.ttw_kg[1] > found.ttw_kg[0]
    assert (found.wtw_kg >= found.ttw_kg).all()


def test_load_and_cold_starts_correct_by_what_their_facts_say() -> None:
    drive, ten = dict(trips(("van", 99, 30, 100, 1))), Conditions.steady(7, temperature_c=10)
    plain, corrected = emit(MODELS["speed_stop"], drive, ten), emit(MODELS["speed_stop_corrected"], drive, ten)
    surcharge = corrected.ttw_kg[0] / plain.ttw_kg[0] - 1  # at half load
    assert surcharge == pytest.approx(3.5 * 0.26 / 99, rel=1e-3)
    assert surcharge < 0.015  # V14
    empty, full = (
        emit(MODELS["speed_stop_corrected"], drive | {"load_kgm": drive["metres"] * kg}, ten) for kg in (0.0, 900.0)
    )
    assert (full.ttw_kg[0] - empty.ttw_kg[0]) / corrected.ttw_kg[0] == pytest.approx(0.05)  # V13
    frost = emit(MODELS["speed_stop_corrected"], drive, Conditions.steady(7, temperature_c=-5))
    assert frost.ttw_kg[0] > corrected.ttw_kg[0]


def test_cold_distance_is_the_guidebook_s_and_never_shrinks_with_the_trip() -> None:
    at_ten = np.full(3, 10.0)
    assert cold.cold_km(np.array([8.0, 12.4, 99.0]), at_ten) == pytest.approx([3.02, 3.50, 3.50], abs=0.005)
    km = np.linspace(0, 200, 500)
    for t in (-30.0, 0.0, 20.0, 50.0):
        found = cold.cold_km(km, np.full_like(km, t))
        assert (np.diff(found) >= 0).all()
        assert (found <= km).all()


def test_a_vehicle_s_own_model_counts_in_what_is_said() -> None:
    both = trips(("old", 50, 30, 99, 1), ("new", 50, 30, 99, 1))
    vehicles = {"old": vehicle(emission_model="speed_stop_euro_5"), "new": vehicle()}
    said = emit_as_configured(MODELS["flat"], both, vehicles, STEADY)
    old, new = MODELS["speed_stop_euro_5"].emit(both, vehicles, STEADY), MODELS["flat"].emit(both, vehicles, STEADY)
    assert said.wtw_kg == pytest.approx([old.wtw_kg[0], new.wtw_kg[1]])
    assert said.nox_g[0] == old.nox_g[0]
    assert np.isnan(said.nox_g[1])


def test_charging_begins_as_the_trip_says_else_on_return() -> None:
    hours = np.zeros(7 * 24)
    hours[[16, 24 + 2]] = 500, 100  # 16:00 of the first day, 02:00 of the second
    conditions = Conditions(np.full(7, 10.0), hours)
    vans = {"e": vehicle(energy="electricity")}
    drive = dict(trips(("e", 30, 30, 50, 1)))
    on_return = Flat().emit(drive, vans, conditions)
    assert on_return.wtw_kg[0] == pytest.approx(9 * 0.5)  # 9 kWh at 11 kW are done within the hour
    later = drive | {"charge_start_s": np.array([26 * 3600]), "charge_kw": np.array([6.0])}
    assert Flat().emit(later, vans, conditions).wtw_kg[0] == pytest.approx(6 * 0.1)
    unsaid = drive | {"charge_start_s": np.array([-1]), "charge_kw": np.array([0.0])}
    assert Flat().emit(unsaid, vans, conditions).wtw_kg[0] == on_return.wtw_kg[0]


def test_models_have_labels_of_their_own() -> None:
    assert len({model.label for model in MODELS.values()}) == len(MODELS)


def test_residents_cars_by_fuel() -> None:
    metres, number = np.array([14_300.0, 0.0]), np.array([2.0, 0.0])
    average = cars.emit(metres, number, Cars(), STEADY, cold_start=False)
    assert [average.ttw_kg[0], average.wtw_kg[0]] == pytest.approx([14.3 * 0.16, 14.3 * 0.20])
    mixed = cars.emit(
        metres, number, Cars(petrol_share=0.5, diesel_share=0.3, electric_share=0.2), STEADY, cold_start=False
    )
    assert mixed.ttw_kg[0] == pytest.approx(14.3 * (0.5 * 0.165 + 0.3 * 0.170))
    assert mixed.kwh[0] == pytest.approx(14.3 * 0.2 * 0.19)
    assert mixed.wtt_kg[0] == pytest.approx(14.3 * (0.5 * 0.045 + 0.3 * 0.041) + mixed.kwh[0] * 0.096)
    assert average.wtw_kg[1] == mixed.wtw_kg[1] == 0


def test_short_car_trips_pay_most_for_their_cold_start() -> None:
    metres, number = np.array([4000.0, 40_000.0, 40_000.0]), np.array([1.0, 1.0, 10.0])
    warm, started = (cars.emit(metres, number, Cars(), STEADY, cold_start=s).ttw_kg for s in (False, True))
    added = started / warm - 1
    beta = 0.6474 - 0.02545 * 4 - (0.00974 - 0.000385 * 4) * 10
    assert [added[0], added[2]] == pytest.approx([beta * 0.26] * 2)
    assert 0 < added[1] < added[0]


def test_factors_agree_with_the_bundled_facts() -> None:
    facts = bundled.facts()
    for factor in emissions.factors():
        for name in filter(None, factor.facts.split("/")):
            assert factor.certainty == "C" or factor.certainty in facts[name].certainty, factor.name
    for factor in (f.VAN_FLAT, f.IDLE_L_PER_H, f.VAN_KWH, f.HVO_WTW, f.DIESEL_WTW_DANISH, f.CHARGING_LOSS):
        assert float(facts[factor.facts].value) == factor.value
    assert f.GRID.value == float(facts["V9"].value) / 1000
    assert facts["V11"].value.startswith(f"{f.TRUCK_FLAT.value} (3.5-7.5 t)")
    assert facts["V15"].value == f"{f.DIESEL_MJ_WTT.value} / {f.DIESEL_MJ_TTW.value}"
    assert str(f.VAN_AVERAGE.value) in facts["V4"].source
    assert facts["V5"].value.startswith(f"{f.DIESEL_CURVE.value} @30 km/h; 2.73 @80")


def test_polynomials_of_all_classes_are_read_for_all_pollutants() -> None:
    for van in ("Euro-5", "Euro-6ab", "Euro-6c", "Euro-6d-temp", "Euro-6d"):
        assert set(polynomials(van)) == {"co2", "nox", "particles"}
    assert set(polynomials("electric")) == {"particles"}
    assert CO2.f == (1754, 31.71, 650, 0, 0.207, 202.2, 7.559)


def test_every_factor_names_its_source_and_certainty() -> None:
    listed = emissions.factors()
    assert len({factor.name for factor in listed}) == len(listed)
    for factor in listed:
        assert factor.source
        assert factor.certainty in emissions.CERTAINTY
        assert factor.facts or factor.certainty == "GK", f"{factor.name}: only an assumption may lack a fact"
    named = {factor for model in MODELS.values() for factor in model.sources}
    assert named <= set(listed)


def test_every_line_of_the_factors_file_is_used_and_named() -> None:
    assert set(f.FACTORS.values()) - set(emissions.factors()) == set()
    assert f.TRUCK_SCALE.value == f.TRUCK_FLAT.value / f.VAN_FLAT.value
    with pytest.raises(AttributeError, match="no 'hay'"):
        _ = f.HAY


def test_the_headline_model_is_as_it_was_before_there_were_others() -> None:
    """Pinned: the first two models' figures for one tour of each body, so that no change comes unseen."""
    both = trips(("van", 60, 32, 110, 6), ("truck", 80, 45, 50, 4))
    of = {"van": vehicle(), "truck": vehicle("truck")}
    assert MODELS["speed_stop"].emit(both, of, STEADY).wtw_kg == pytest.approx([20.5985, 39.3978], abs=1e-4)
    assert MODELS["flat"].emit(both, of, STEADY).wtw_kg == pytest.approx([16.8 * 3.198 / 2.571, 39.92 * 3.198 / 2.571])
    assert DEFRA.ttw_kg_per_l == 2.571
