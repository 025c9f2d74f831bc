"""Electricity of battery vehicles, and what its hours emit."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from molosim.emissions import MODELS, electric
from molosim.emissions.conditions import Conditions
from molosim.emissions.curves import BATTERY_MJ_PER_KM, DIESEL_MJ_PER_KM, DIESEL_NOX_G_PER_KM
from molosim.inputs.fleet import VehicleType
from molosim.trips import Body


def vehicle(body: str = "van", energy: str = "electricity") -> VehicleType:
    return VehicleType.model_validate(
        {"volume_l": 9000, "payload_kg": 1000, "body": body, "energy": energy, "cost_per_km": 1, "cost_per_h": 30}
    )


def trips(**columns: list[float]) -> Mapping[str, NDArray[np.generic]]:
    rows = len(next(iter(columns.values())))
    usual = {"day": [0] * rows, "metres": [60_000] * rows, "driving_s": [7200] * rows}
    return {
        "vehicle_type": np.array(["van"] * rows),
        **{name: np.array(values) for name, values in (usual | columns).items()},
    }


def kwh(conditions: Conditions | None = None, *, body: str = "van", **columns: list[float]) -> NDArray[np.float64]:
    return electric.kwh(trips(**columns), {"van": vehicle(body)}, conditions or Conditions.steady(5))


def test_the_curves_give_the_figures_that_the_facts_read_from_them() -> None:
    at = np.array([30.0, 80.0])
    assert DIESEL_MJ_PER_KM.at(at) == pytest.approx([3.12, 2.73], abs=0.005)  # V5
    assert BATTERY_MJ_PER_KM.at(np.array([30, 50, 80])) / 3.6 == pytest.approx([0.250, 0.258, 0.325], abs=0.0005)
    assert DIESEL_NOX_G_PER_KM.at(at) == pytest.approx([0.090, 0.0935], abs=0.0005)
    assert DIESEL_MJ_PER_KM.at(np.array([0.0, 5.0]))[0] == DIESEL_MJ_PER_KM.at(np.array([5.0]))[0]


def test_a_delivery_day_is_at_the_centre_of_fact_v8_by_both_ways() -> None:
    # (0.250 + (0.3 + 0.07 x 8) / 30) / 0.93
    assert electric.kwh_per_km(vehicle(), 10) == pytest.approx(0.2998, abs=0.0005)
    assert kwh(load_kgm=[500 * 60_000])[0] / 60 == pytest.approx(electric.kwh_per_km(vehicle(), 10))


def test_winter_and_slow_traffic_cost_more_and_a_full_van_five_per_cent() -> None:
    frost, mild = Conditions.steady(1, temperature_c=-5), Conditions.steady(1, temperature_c=20)
    by_hour = 2 * 0.07 * 23 / 0.93  # two hours of driving, 23 degrees below 18
    assert kwh(frost, metres=[60_000])[0] - kwh(mild, metres=[60_000])[0] == pytest.approx(by_hour)
    assert kwh(driving_s=[14_400])[0] > kwh(driving_s=[7200])[0]
    empty, half, full = kwh(mild, metres=[60_000] * 3, load_kgm=[0, 3e7, 6e7]) - 2 * 0.3 / 0.93
    assert full / half == pytest.approx(1.025)
    assert (full - empty) / half == pytest.approx(0.05)


def test_only_electric_vehicles_draw_any_and_bikes_have_their_own_figure() -> None:
    assert electric.kwh(trips(metres=[1000]), {"van": vehicle(energy="diesel")}, Conditions.steady(1)) == 0
    assert electric.kwh_per_km(vehicle(energy="hvo100"), 10) == 0
    bike = vehicle().model_copy(update={"body": Body.BIKE})
    drawn = electric.kwh(trips(metres=[10_000]), {"van": bike}, Conditions.steady(1))
    assert drawn == pytest.approx(0.47)
    assert pytest.approx(4.5, abs=0.05) == 0.47 * 96 / 10  # grams per km, V12


def test_a_trip_that_never_moves_draws_nothing() -> None:
    assert kwh(metres=[0], driving_s=[0]) == 0
    assert electric.stops_kwh(trips(metres=[0], driving_s=[0], stops=[5]), {"van": vehicle()}) == 0


def test_a_start_by_hand() -> None:
    """Three tonnes at 30 km/h hold 104 kJ; 40 % of them are lost, and 85 % of the battery's energy reaches wheels."""
    at_wheels_j = 0.5 * 3000 * (30 / 3.6) ** 2
    assert at_wheels_j == pytest.approx(104_167, abs=1)
    by_hand = at_wheels_j * 0.4 / 0.85 / 3.6e6  # kWh out of the battery: 0.0136
    one = electric.stops_kwh(trips(stops=[0]), {"van": vehicle()})[0]
    assert one == pytest.approx(by_hand / 0.93)
    # A tour of 110 stops over 60 km: some nine per cent of what it takes without them.
    tour = trips(stops=[110])
    more = electric.stops_kwh(tour, {"van": vehicle()})[0]
    assert more == pytest.approx(111 * one)
    assert more / electric.kwh(tour, {"van": vehicle()}, Conditions.steady(1))[0] == pytest.approx(0.09, abs=0.005)
    for other, expected in (
        (vehicle("truck"), more * 0.499 / 0.280), (vehicle("bike"), 0), (vehicle(energy="diesel"), 0),
    ):  # fmt: skip
        assert electric.stops_kwh(tour, {"van": other})[0] == pytest.approx(expected)


def test_the_corrected_model_counts_starts_and_the_plain_one_does_not() -> None:
    bands = {f"{what}_b{band}": [0] for band in range(7) for what in ("metres", "seconds")}
    tour = trips(**bands, stops=[110], service_s=[0], load_kgm=[3e7], return_s=[60_000])
    plain, corrected = (
        MODELS[name].emit(tour, {"van": vehicle()}, Conditions.steady(5)).kwh[0]
        for name in ("speed_stop", "speed_stop_corrected")
    )
    assert corrected - plain == pytest.approx(electric.stops_kwh(tour, {"van": vehicle()})[0])


HOURS = 24 * 3
profiles = st.lists(st.floats(0, 900), min_size=HOURS, max_size=HOURS)


def by_the_minute(start_s: float, kwh: float, kw: float, profile: list[float]) -> float:
    """Grams, by adding up minutes."""
    total, left, at = 0.0, kwh, start_s
    while left > 0:
        part = min(left, kw / 60)
        hour = int(at // 3600)
        total += part * (profile[hour] if hour < HOURS else profile[HOURS - 24 + hour % 24])
        left, at = left - part, at + 60
    return total


@given(profiles, st.integers(0, HOURS * 60 - 1), st.integers(0, 600), st.sampled_from([2.4, 11.0, 50.0]))
def test_co2_of_charging_is_the_sum_over_hours_of_energy_times_factor(
    profile: list[float], start_minute: int, minutes: int, kw: float
) -> None:
    conditions = Conditions(np.zeros(HOURS // 24), np.array(profile))
    drawn = kw * minutes / 60
    got = conditions.grid_kg(np.array([start_minute * 60.0]), np.array([drawn]), np.array([kw]))[0]
    assert got * 1000 == pytest.approx(by_the_minute(start_minute * 60, drawn, kw, profile), rel=1e-6, abs=1e-6)


def test_charging_for_days_beyond_the_last_meets_its_hours_again() -> None:
    conditions = Conditions(np.zeros(2), np.array([*[0.0] * 24, *range(24)]))
    drawn_kg = conditions.grid_kg(np.array([47 * 3600.0]), np.array([49.0]), np.array([1.0]))
    assert drawn_kg[0] * 1000 == pytest.approx(23 + 2 * sum(range(24)))

    over_midnight_kg = conditions.grid_kg(np.array([47.5 * 3600]), np.array([2.0]), np.array([1.0]))
    assert over_midnight_kg[0] * 1000 == pytest.approx(23 / 2 + 0 + 1 / 2)


def test_days_and_hours_must_fit() -> None:
    with pytest.raises(ValueError, match="0 days"):
        Conditions(np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="3 days have 72 hours, got 24"):
        Conditions(np.zeros(3), np.zeros(24))
