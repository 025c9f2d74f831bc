"""Models on days, hours, speeds and fleets that differ, so that nothing is taken from another row than its own."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from molosim.emissions import MODELS, Conditions, Emitted, Flat, SpeedStop, Trips, cars, cold, electric
from molosim.emissions import sources as f
from molosim.emissions.curves import DIESEL_MJ_PER_KM
from molosim.emissions.driven import speed
from molosim.emissions.hbefa import polynomials
from molosim.inputs.emission_settings import Cars
from molosim.inputs.fleet import VehicleType

Columns = Mapping[str, NDArray[np.generic]]
HOURS = np.tile(np.r_[np.full(12, 40.0), np.full(12, 160.0)], 3)
THREE_DAYS = Conditions(np.array([-5.0, 10.0, 25.0]), HOURS)
"""Frost, spring, heat; electricity with a mean of 100 g/kWh."""
FLEET = {
    f"{energy} {body}": VehicleType.model_validate(
        {"volume_l": 9000, "payload_kg": 900, "body": body, "energy": energy, "cost_per_km": 1, "cost_per_h": 30}
    )
    for energy, body in (
        ("diesel", "van"), ("electricity", "van"), ("hvo100", "van"),
        ("diesel", "truck"), ("electricity", "truck"), ("electricity", "bike"),
    )
}  # fmt: skip


def trips(*kinds: str, day: tuple[int, ...] = (), metres: int = 36_000) -> dict[str, NDArray[np.generic]]:
    """An hour and a fifth at 30 km/h each, in one band of speeds."""
    count = len(kinds)
    columns: dict[str, NDArray[np.generic]] = {"vehicle_type": np.array(kinds), "day": np.array(day or [0] * count)}
    told = {"metres": metres, "driving_s": 4320, "service_s": 0, "stops": 99, "return_s": 43_200}
    told |= {f"{what}_b{band}": 0 for band in range(7) for what in ("metres", "seconds")}
    told |= {"metres_b2": metres, "seconds_b2": 4320, "load_kgm": 450 * metres}
    return columns | {name: np.full(count, value) for name, value in told.items()}


def emit(name: str, columns: Columns, conditions: Conditions = THREE_DAYS) -> Emitted:
    return MODELS[name].emit(columns, FLEET, conditions)


@pytest.mark.parametrize("name", MODELS)
def test_a_mixed_fleet_is_its_vehicles_one_by_one(name: str) -> None:
    """Whatever stands beside a trip in the table, and in whatever order, changes none of its figures."""
    kinds = [*FLEET, *reversed(FLEET)]
    together = emit(name, Trips(trips(*kinds, day=tuple(i % 3 for i in range(len(kinds))))))
    for i, kind in enumerate(kinds):
        alone = emit(name, trips(kind, day=(i % 3,)))
        for figure in Emitted.__dataclass_fields__:
            np.testing.assert_allclose(getattr(together, figure)[i], getattr(alone, figure)[0], rtol=1e-12)


def test_each_day_has_its_own_temperature_and_those_outside_the_nearest() -> None:
    assert THREE_DAYS.temperature_of(np.array([0, 1, 2])).tolist() == [-5, 10, 25]
    assert THREE_DAYS.temperature_of(np.array([-1, 3])).tolist() == [-5, 25]


def test_a_van_heats_in_frost_cools_in_heat_and_starts_cold_on_its_own_day() -> None:
    kwh = emit("speed_stop", trips(*["electricity van"] * 3, day=(0, 1, 2))).kwh
    # 1.2 h of driving: 23 degrees below 18, 8 below 18, 3 above 22, at 0.07 kW each, through the charger's loss.
    assert np.diff(kwh) == pytest.approx([-1.2 * 0.07 * 15 / 0.93, -1.2 * 0.07 * 5 / 0.93])
    litres = emit("speed_stop_corrected", trips(*["diesel van"] * 3, day=(0, 1, 2))).diesel_l
    warm = emit("speed_stop", trips("diesel van")).diesel_l[0]
    assert litres / warm - 1 == pytest.approx([added(36, t) for t in (-5, 10, 25)])


def added(km: float, t: float) -> float:
    """What a cold start adds to a trip, the guidebook's cold distance searched for on a fine grid."""
    length = np.linspace(0, km, 200_001)
    cold_km = ((0.6474 - 0.02545 * length - (0.00974 - 0.000385 * length) * t) * length).max()
    return float(cold_km * (0.34 - 0.008 * t) / km)


def test_cold_starts_stay_at_the_ends_of_the_curves() -> None:
    km = np.full(2, 20.0)
    assert cold.added_share(km, np.array([-10.0, 30.0])) == pytest.approx([added(20, -10), added(20, 30)])
    assert cold.added_share(km, np.array([-40.0, 45.0])) == pytest.approx([added(20, -10), added(20, 30)])
    assert cold.cold_km(km, np.array([-40.0, 45.0])) == pytest.approx(cold.cold_km(km, np.array([-10.0, 30.0])))


def test_residents_cars_have_the_mean_of_the_days_and_hours() -> None:
    metres, number = np.array([40_000.0]), np.array([4.0])
    mixed = Cars(petrol_share=0.5, diesel_share=0.25, electric_share=0.25)
    warm, started = (cars.emit(metres, number, mixed, THREE_DAYS, cold_start=start) for start in (False, True))
    assert warm.kwh[0] == started.kwh[0] == pytest.approx(40 * 0.25 * 0.19)
    of_power_kg = warm.kwh[0] * 0.100
    assert warm.wtt_kg[0] == pytest.approx(40 * (0.5 * 0.045 + 0.25 * 0.041) + of_power_kg)
    more = 1 + added(10, 10)  # of each of four trips, at ten degrees in the mean
    assert started.ttw_kg == pytest.approx(more * warm.ttw_kg)
    assert started.wtt_kg - of_power_kg == pytest.approx(more * (warm.wtt_kg - of_power_kg))


def test_speed_bands_count_one_by_one() -> None:
    """Half a trip at 15 and half at 50 km/h is no trip at its mean speed, but for the starts."""
    drive = trips("diesel van", metres=20_000)
    slow_s, fast_s = 2400, 720
    drive |= {"metres_b2": np.zeros(1), "seconds_b2": np.zeros(1), "driving_s": np.array([slow_s + fast_s])}
    drive |= {"metres_b1": np.array([10_000]), "seconds_b1": np.array([slow_s]), "stops": np.array([0])}
    drive |= {"metres_b6": np.array([10_000]), "seconds_b6": np.array([fast_s])}
    co2, mean = polynomials("Euro-6d")["co2"], np.array([20_000 / (slow_s + fast_s)])
    start_g = co2.stop_g(mean, acceleration=f.ACCELERATION.value, deceleration=f.DECELERATION.value)[0]
    assert 1000 * emit("speed_stop", drive).ttw_kg[0] == pytest.approx(10 * 456.26 + 10 * 197.93 + start_g, rel=1e-4)


def test_a_table_without_speed_bands_is_no_fleet_that_emits_at_its_stops_alone() -> None:
    without = {name: column for name, column in trips("diesel van").items() if "s_b" not in name}
    with pytest.raises(KeyError, match="seconds_b0"):
        emit("speed_stop", without)
    assert emit("average_speed", without).ttw_kg[0] > 0


def test_models_that_read_one_table_do_not_read_each_other() -> None:
    shared, brisk = Trips(trips("diesel van")), SpeedStop(acceleration=2.0)
    told = [model.emit(shared, FLEET, THREE_DAYS).ttw_kg[0] for model in (SpeedStop(), brisk, SpeedStop())]
    assert told[0] == told[2] != told[1]
    assert told[1] == brisk.emit(trips("diesel van"), FLEET, THREE_DAYS).ttw_kg[0]


def test_electric_trucks_and_bikes_by_every_model() -> None:
    kinds = ("electricity van", "electricity truck", "electricity bike")
    bike_kwh, ratio = 36 * 0.047, 0.499 / 0.280
    flat = emit("flat", trips(*kinds)).kwh
    assert flat == pytest.approx([36 * 0.30, 36 * 0.30 * ratio, bike_kwh])
    van, truck, bike = emit("average_speed", trips(*kinds, day=(1, 1, 1))).kwh
    auxiliary = 1.2 * (0.3 + 0.07 * 8) / 0.93
    assert truck - auxiliary == pytest.approx(ratio * (van - auxiliary))
    assert bike == pytest.approx(bike_kwh)
    planned = [electric.kwh_per_km(FLEET[kind], 10) for kind in kinds]
    assert planned == pytest.approx([van / 36, truck / 36, 0.047], rel=1e-3)


def test_charging_may_begin_at_midnight_and_days_have_their_own_hours() -> None:
    hours = np.arange(72.0)
    conditions = Conditions(np.full(3, 10.0), hours)
    drive = trips("electricity van", "electricity van", day=(1, 2), metres=10_000)  # 3 kWh each
    drive |= {"charge_start_s": np.array([0, 7200]), "charge_kw": np.array([3.0, 3.0])}
    assert 1000 * Flat().emit(drive, FLEET, conditions).wtt_kg == pytest.approx([3 * 24, 3 * 50])


def test_wear_is_by_the_metre_and_a_start_adds_none() -> None:
    """The source's particles of a battery van grow with the metres and slightly with speed, never fall by stopping."""
    wear, v = polynomials("electric")["particles"], np.array([30 / 3.6])
    assert wear.stop_g(v, acceleration=1.0, deceleration=1.5)[0] == 0
    found = emit("speed_stop", trips("electricity van")).particles_g[0]
    assert found == pytest.approx(4.320 * (0.02577 * v[0] + 0.0001278 * v[0] ** 2), rel=1e-9)


def test_curves_hold_at_their_ends() -> None:
    assert DIESEL_MJ_PER_KM.at(np.array([130.0]))[0] == DIESEL_MJ_PER_KM.at(np.array([180.0]))[0]
    ends = replace(DIESEL_MJ_PER_KM, slowest_kmh=0.1, fastest_kmh=999)
    assert DIESEL_MJ_PER_KM.at(np.array([5.0, 130.0])) == pytest.approx(ends.at(np.array([5.0, 130.0])))
    assert speed(np.array([10.0]), np.array([1.0]))[0] == 10  # a second is enough to have a speed


def test_listed_figures_are_those_of_the_polynomials() -> None:
    """What the report lists of other classes of van is steady driving at 30 km/h, in grams."""
    for name, said in (("speed_stop_euro_5", "Euro-5"), ("speed_stop_euro_6c", "Euro-6c")):
        (factor,) = [s for s in MODELS[name].sources if s.name == f"diesel van {said}, steady at 30 km/h"]
        v = np.array(30 / 3.6)
        assert factor.value == pytest.approx(polynomials(said)["co2"].g_per_s(v) / v * 1000, abs=0.06)  # type: ignore[arg-type]
        assert 250 < factor.value < 320
