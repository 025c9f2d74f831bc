"""What a replay needs of a result folder, as tables; nothing here knows the simulation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from molosim.inputs.scenario import Scenario
from molosim.results.folder import CONFIG, MANIFEST, ROADS, SAMPLE_DAY
from molosim.results.reader import ResultReader
from molosim.results.schema import file_of
from molosim.runtime.errors import ScenarioError

REPLICATION = 0
"""The one of which a day is kept."""
STOPS = ("alternative", "order", "arrive_s", "leave_s")
SAMPLES = ("alternative", "second", "box", "parcels_inside", "fill", "stored_g", "refused_n", "collected_g")
DAYS = ("alternative", "day", "box", "parcels_inside", "fill", "stored_g", "refused_n", "collected_g")
TRIPS = ("alternative", "day", "operator", "vehicle", "purpose", "depart_s", "metres")
SITES = ("alternative", "box", "name", "district", "lon", "lat")
_READ = {
    "stops": ("sample_stops", STOPS),
    "samples": ("sample_boxes", SAMPLES),
    "days": ("box_days", DAYS),
    "trips": ("trips", TRIPS),
    "sites": ("boxes", SITES),
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
    stored = ResultReader(folder)
    for name in (CONFIG, MANIFEST, SAMPLE_DAY, *(file_of(table) for table, _ in _READ.values())):
        if not stored.has(name):
            raise ScenarioError.at(str(folder), f"has no {name}; a replay needs a whole result of molosim run")
    return DayTables(
        scenario=stored.recorded,
        manifest=stored.manifest,
        lines=tuple(f for f in stored.features(SAMPLE_DAY) if "alternative" in f["properties"]),
        roads=stored.features(ROADS),
        **{key: _frame(stored, name, columns) for key, (name, columns) in _READ.items()},
    )


def _frame(stored: ResultReader, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = stored.frame(name, columns, where=pc.field("replication") == REPLICATION)
    if frame.empty and name != "trips":
        raise ScenarioError.at(str(stored.path(name)), f"has no rows of replication {REPLICATION}")
    return frame.astype({"alternative": str})
