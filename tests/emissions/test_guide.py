"""The guide to emissions says what the code does."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from molosim.emissions import MODELS, Conditions, electric
from molosim.emissions import sources as f
from molosim.emissions.grid_file import LOCAL_TIMES, UTC_TIMES, VALUES
from molosim.evaluation.measures import MEASURES
from molosim.inputs.emission_settings import Emissions
from molosim.inputs.fleet import VehicleType
from molosim.inputs.validation import checked
from molosim.runtime import bundled
from molosim.trips import Energy

GUIDE = (Path(__file__).parents[2] / "docs" / "emissions.md").read_text(encoding="utf-8")
VAN = VehicleType(volume_l=1, payload_kg=1000, body="van", energy="diesel", cost_per_km=0, cost_per_h=0)


def test_every_model_and_every_fact_is_named_and_exists() -> None:
    table = GUIDE.partition("## Models")[2].partition("The report lists")[0]
    assert set(re.findall(r"`([a-z0-9_]+)`", table)) == set(MODELS)
    assert set(re.findall(r"\bV\d+\b", GUIDE)) <= set(bundled.facts())


def test_measures_columns_and_keys_are_those_of_the_code() -> None:
    for name in re.findall(r"`((?:co2_|co2e_wtw|nox|particles|trips_residents)[a-z0-9_]+)`", GUIDE):
        assert name in MEASURES, name
    for name in (*UTC_TIMES, *LOCAL_TIMES, *VALUES):
        assert f"`{name}`" in GUIDE, name


def test_the_configurations_are_understood() -> None:
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)]
    assert len(blocks) == 4
    for block in blocks:
        checked(Emissions, block["emissions"])
        for vehicle in block.get("vehicles", {}).values():
            checked(VehicleType, VAN.model_dump(mode="json", exclude_none=True) | vehicle)


def test_the_example_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    trips = {"vehicle_type": np.array(["van"]), "day": np.array([3])}
    trips |= {name: np.array([1000]) for name in ("metres", "driving_s", "service_s", "stops", "return_s")}
    trips |= {"metres_b0": np.array([1000]), "seconds_b0": np.array([1000])}
    exec(compile(example, "docs/emissions.md", "exec"), {"trips": trips, "vehicles": {"van": VAN}})  # noqa: S102 - ours


def test_figures_worked_in_the_text() -> None:
    battery = VAN.model_copy(update={"energy": Energy.ELECTRICITY})
    assert f"{electric.kwh_per_km(battery, 10):.2f} kWh/km, the centre of V8; at freezing" in GUIDE
    assert f"at freezing {electric.kwh_per_km(battery, 0):.2f}." in GUIDE
    trip = {"vehicle_type": np.array(["van"]), "day": np.array([0]), "metres": np.array([99_000])}
    trip |= {"driving_s": np.array([11_880]), "service_s": np.array([0]), "stops": np.array([100])}
    ten, half = Conditions.steady(1, temperature_c=10), {"load_kgm": np.array([99_000 * 500.0])}
    trip |= {"metres_b0": trip["metres"], "seconds_b0": trip["driving_s"]} | half
    both = [MODELS[name].emit(trip, {"van": VAN}, ten).ttw_kg[0] for name in ("speed_stop", "speed_stop_corrected")]
    assert f"A tour of 99 km takes {100 * (both[1] / both[0] - 1):.1f} % more" in GUIDE
    assert f"{f.DIESEL_BIOGENIC.value} kg/L of biogenic CO2" in GUIDE
    assert pytest.approx(499 / 280) == f.TRUCK_SCALE.value
