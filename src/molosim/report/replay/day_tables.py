"""What a replay needs of a result folder, as tables; nothing here knows the simulation."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from molosim.inputs.scenario import Scenario
from molosim.results.folder import read_manifest
from molosim.runtime.errors import ScenarioError

REPLICATION = 0
"""The one of which a day is kept."""
STOPS = ("alternative", "order", "arrive_s", "leave_s")
SAMPLES = ("alternative", "second", "box", "parcels_inside", "fill", "stored_g", "refused_n", "collected_g")
DAYS = ("alternative", "day", "box", "parcels_inside", "fill", "stored_g", "refused_n", "collected_g")
TRIPS = ("alternative", "day", "operator", "vehicle", "purpose", "depart_s", "metres")
SITES = ("alternative", "box", "name", "district", "lon", "lat")
_FILES = {
    "stops": ("sample_stops.parquet", STOPS),
    "samples": ("sample_boxes.parquet", SAMPLES),
    "days": ("box_days.parquet", DAYS),
    "trips": ("trips.parquet", TRIPS),
    "sites": ("boxes.parquet", SITES),
}


@dataclass(frozen=True)
class DayTables:
    """A result's first replication."""

    scenario: Scenario
    manifest: dict[str, Any]
    stops: pd.DataFrame
    """A row per place of each tour of the sampled day, depots included, in the order of tours and of their driving."""
    samples: pd.DataFrame
    """A row per box and sampled second of that day."""
    days: pd.DataFrame
    """A row per box and day."""
    trips: pd.DataFrame
    sites: pd.DataFrame
    """A row per box: name, district, place."""
    lines: tuple[dict[str, Any], ...]
    """GeoJSON features of that day's tours, in the order in which ``stops`` has them."""
    roads: tuple[dict[str, Any], ...]

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The baseline first."""
        names = list(self.sites["alternative"].unique())
        return (self.scenario.baseline, *(name for name in names if name != self.scenario.baseline))


def read(folder: Path) -> DayTables:
    """Read a result folder.

    Raises
    ------
    ScenarioError
        If a file is missing or is not what a run writes.
    """
    files = ["config.toml", "manifest.json", "sample_day.geojson", *(name for name, _ in _FILES.values())]
    for name in files:
        if not (folder / name).is_file():
            raise ScenarioError.at(str(folder), f"has no {name}; a replay needs a whole result of molosim run")
    try:
        return DayTables(
            scenario=Scenario.model_validate(tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))),
            manifest=read_manifest(folder, whole=False),
            lines=tuple(f for f in _features(folder / "sample_day.geojson") if "alternative" in f["properties"]),
            roads=_features(folder / "roads.geojson"),
            **{key: _table(folder / name, columns) for key, (name, columns) in _FILES.items()},
        )
    except (ValueError, ValidationError, KeyError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ScenarioError.at(str(folder), f"not a result that this version wrote: {reason}") from None


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(
        path, columns=[*columns], filters=[("replication", "==", REPLICATION)]
    ).to_pandas()
    if frame.empty and path.name != "trips.parquet":
        raise ScenarioError.at(str(path), f"has no rows of replication {REPLICATION}")
    return frame.astype({"alternative": str})


def _features(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8"))["features"]) if path.is_file() else ()
