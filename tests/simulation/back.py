"""Pinned runs: digests of every table that small towns leave, to be compared with those of earlier versions.

``python -m tests.simulation.back`` writes them anew after a change that is meant to change results.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.worlds import BLOCKS, LAT, LON, STEP_LAT, STEP_LON, small_data, small_scenario, small_sites, town_files

from molosim.evaluation.measures import MEASURES, RunView
from molosim.simulation.alternative_run import RunTables, prepare, simulate
from molosim.simulation.world import World, build_world

FILE = Path(__file__).with_suffix(".json")
MEASURES_FILE = Path(__file__).with_name("back_measures.json")
MEASURED = (("plain", "shared"), ("batteries", "hybrid"), ("scarce", "dedicated"))
"""Towns and alternatives of which every measure is pinned."""
ALTERNATIVES = ("dedicated", "shared", "hybrid", "none")
_VAN = small_data()["vehicles"]["van"]
_CORNER = {"name": "corner", "lon": LON + (BLOCKS - 1) * STEP_LON, "lat": LAT + 3 * STEP_LAT}
_BATTERY = {"energy": "electricity", "battery_kwh": 4.0, "reserve_share": 0.1}

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "batteries": {
        "vehicles": {name: {**vehicle, **_BATTERY} for name, vehicle in small_data()["vehicles"].items()},
        "carriers.0.charging": {"sockets": 1, "kw": 1.0},
        "municipality.charging": {"sockets": 1, "kw": 2.0},
        "chargers": [{**_CORNER, "sockets": 1, "kw": 22.0}],
        "horizon.warmup_days": 0,
        "alternatives.dedicated.trigger": {"kind": "threshold", "fill": 0.6},
    },
    "tired": {
        "vehicles": {name: {**vehicle, **_BATTERY} for name, vehicle in small_data()["vehicles"].items()},
        "carriers.0.charging": {"sockets": 1, "kw": 0.1},
        "chargers": [{**_CORNER, "sockets": 1, "kw": 22.0}],
    },
    "scarce": {
        "boxes.regime": "reserved_with_overflow",
        "boxes.outages_per_year": 60,
        "boxes.designs.small.parcel_doors.1.count": 1,
        "residents.parcels.tries": 3,
        "residents.parcels.holding_h": 20.0,
        "residents.deposits.wastes.0.kg_per_household_year": 20.0,
        "vehicles.cargo": {**_VAN, "energy": "electricity", "body": "bike", "volume_l": 500.0, "payload_kg": 150.0},
        "vehicles.truck.volume_l": 200.0,
        "carriers.0.fleet": [{"from_year": 2025, "mix": {"cargo": 1}}],
        "carriers.0.waste_to.mass_limit_kg": 16.0,
        "municipality.shift.hours": 2.0,
        "breakdowns.per_van_day": 0.3,
        "alternatives.dedicated.trigger": {"kind": "forecast", "days_ahead": 3.0},
        "alternatives.shared.take_fill": 0.0,
    },
}
"""Key paths and values of towns in which much of what can happen does."""


def world_in(folder: Path, case: str) -> World:
    """A town on its map."""
    files = town_files(folder, small_sites(4))
    return build_world(small_scenario({**files, **CASES[case]}), folder / "cache")


def _digest(columns: Mapping[str, Any]) -> str:
    """Of a table's values, whatever its columns are called, in any order; digits that a processor may change go."""
    found = []
    for column in columns.values():
        values = np.asarray(column)
        if values.dtype.kind == "f":
            values = np.char.mod("%.7g", values)
        elif values.dtype.kind in "iub":
            values = values.astype(np.int64)
        found.append(hashlib.sha256("\n".join(values.astype(str).ravel().tolist()).encode()).hexdigest())
    return hashlib.sha256(" ".join(sorted(found)).encode()).hexdigest()[:12]


def digests(tables: RunTables) -> dict[str, str]:
    """By table."""
    found = {}
    for field in fields(tables):
        table = getattr(tables, field.name)
        if field.name == "sample_tours":
            table = {str(i): np.array(repr(replace(tour, purpose=str(tour.purpose)))) for i, tour in enumerate(table)}
        elif field.name == "totals":
            table = {name: np.array([value]) for name, value in table.items()}
        found[field.name] = _digest(table)
    return found


def figures(tables: RunTables, world: World) -> dict[str, float]:
    """Every measure of a run that is a number, to nine digits."""
    account = RunView(tables, world.scenario)
    values = {name: measure.value(account) for name, measure in MEASURES.items()}
    return {name: float(f"{value:.9g}") for name, value in values.items() if np.isfinite(value)}


def main() -> None:
    """Write what today's runs are."""
    found, measured = {}, {}
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            world = world_in(Path(folder), case)
            prepared = prepare(world, 0)
            for alternative in ALTERNATIVES:
                tables = simulate(world, prepared, alternative, sample_day=1)
                found[f"{case} {alternative}"] = digests(tables)
                if (case, alternative) in MEASURED:
                    measured[f"{case} {alternative}"] = figures(tables, world)
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    MEASURES_FILE.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
