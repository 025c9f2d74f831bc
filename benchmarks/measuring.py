"""Emission models over stored runs: ten replications of a year, four alternatives, measured again without simulating.

    python benchmarks/measuring.py

The tables are drawn, in the size of the bundled experiment's: 60 vans and a collection vehicle over a year's days.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _tools import Line, show

from molosim.emissions import MODELS, Trips
from molosim.emissions.grid import conditions_of
from molosim.inputs.scenario import Scenario, load

REPLICATIONS, VANS, DAYS = 10, 60, 261
FIVE = ("speed_stop", "flat", "flat_danish", "average_speed", "speed_stop_corrected")


def table(rng: np.random.Generator, vans: str) -> dict[str, np.ndarray]:
    """Trips of a year."""
    n = VANS * DAYS
    metres = rng.integers(30_000, 90_000, n).astype(np.int32)
    seconds = (metres / 8.5).astype(np.int32)
    columns = {
        "day": np.repeat(np.arange(DAYS, dtype=np.int32), VANS),
        "vehicle_type": np.where(np.arange(n) % VANS == 0, "collection_truck", vans).astype(object),
        "purpose": np.where(np.arange(n) % VANS == 0, "collection", "delivery").astype(object),
        "depart_s": np.full(n, 28_800, np.int32),
        "return_s": np.full(n, 57_600, np.int32),
        "metres": metres,
        "driving_s": seconds,
        "service_s": np.full(n, 16_000, np.int32),
        "stops": np.full(n, 110, np.int32),
        "load_kgm": metres * 120.0,
    }
    share = np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.05, 0.05])
    for band, part in enumerate(share):
        columns[f"metres_b{band}"] = (metres * part).astype(np.int32)
        columns[f"seconds_b{band}"] = (seconds * part).astype(np.int32)
    return columns


def measured_s(scenario: Scenario, vans: str) -> float:
    """Seconds for five models over all tables; drawing them not counted."""
    rng = np.random.default_rng(1)
    tables = [table(rng, vans) for _ in range(REPLICATIONS * len(scenario.alternatives))]
    start = time.perf_counter()
    conditions = conditions_of(scenario)
    for columns in tables:
        trips = Trips(columns)
        for name in FIVE:
            MODELS[name].emit(trips, scenario.vehicles, conditions).wtw_kg.sum()
    return time.perf_counter() - start


def command_s(scenario: Scenario) -> float:
    """Seconds of `remeasure` on a stored result: reading, every measure, the band over all models, writing."""
    from molosim.experiments.remeasure import remeasure  # noqa: PLC0415
    from molosim.results.input_copies import write_inputs  # noqa: PLC0415 - not part of what the first lines measure
    from molosim.results.provenance import write_manifest  # noqa: PLC0415

    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        keys = [(a, r) for r in range(REPLICATIONS) for a in scenario.alternatives]
        trips = [pd.DataFrame(more | table(rng, "van")) for more in map(_labels, keys)]
        for part in trips:
            for column in _ZERO:
                part[column] = 0
            part["operator"] = "Alfa"
        pd.concat(trips, ignore_index=True).to_parquet(folder / "trips.parquet")
        boxes = pd.DataFrame([{**_labels(key), **dict.fromkeys(_BOXES, 0)} for key in keys for _ in range(50)])
        boxes.to_parquet(folder / "boxes.parquet")
        pd.DataFrame([_labels(key) for key in keys]).to_parquet(folder / "replications.parquet")
        write_inputs(folder, scenario)
        write_manifest(folder, {"program": "molosim"})
        start = time.perf_counter()
        remeasure(folder, "flat")
        return time.perf_counter() - start


def _labels(key: tuple[str, int]) -> dict[str, object]:
    return {"alternative": key[0], "replication": key[1]}


if __name__ == "__main__":
    from molosim.inputs.boxes import FRACTIONS
    from molosim.routing.haulage import HAULAGE
    from molosim.simulation.box_ledger import BOX_LEDGER

    _ZERO = (
        "vehicle", "box_stops", "detour_parcel_m", "detour_parcel_s", "detour_waste_m", "detour_waste_s", "waste_g",
        "waste_containers", "waste_points_milli", "parcels_l", "fill_start", "fill_peak", "breakdown",
        "charge_start_s", "charge_kw", "charged_kwh",
        *(name for name in HAULAGE if name != "load_kgm"),
    )  # fmt: skip
    _BOXES = (
        *BOX_LEDGER, "dwell_h", "occupied_door_h", "blocked_h", "open_h", "households", "parcel_doors", "car_m",
        "car_s",
        *(f"{level}_start_g_{fraction}" for level in ("inside", "home") for fraction in FRACTIONS),
    )  # fmt: skip
    base = load("gothenburg")
    hourly = base.but({"emissions.grid": {"kind": "profile"}})
    trips_of_all = REPLICATIONS * len(base.alternatives) * VANS * DAYS
    show(
        f"Measuring {trips_of_all:,} trips",
        [
            Line("five models, diesel vans", measured_s(base, "van"), bar=5),
            Line("five models, electric vans by the hour", measured_s(hourly, "electric_van"), bar=5),
            Line("molosim measure: all measures and the band over all models", command_s(base)),
        ],
    )
