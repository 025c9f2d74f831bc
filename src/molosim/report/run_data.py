"""The result folder as the report reads it; nothing here knows the simulation."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ValidationError

from molosim.inputs.scenario import Scenario
from molosim.results.folder import read_manifest
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

TOUR_COLUMNS = (
    "alternative", "purpose", "vehicle_type", "fill_start", "fill_peak", "waste_g", "detour_waste_s",
    "waste_points_milli",
)  # fmt: skip
"""All that figures need of ``trips.parquet``, which may have a million rows."""
REQUIRED = ("config.toml", "manifest.json", "replications.parquet", "comparison.csv", "boxes.parquet", "trips.parquet")
Feature = dict[str, Any]
"""A GeoJSON feature."""


@dataclass(frozen=True, slots=True)
class Found:
    """One measure of one alternative against the baseline: a row of ``comparison.csv``."""

    mean_baseline: float
    mean: float
    difference: float
    low: float
    high: float
    n: int
    verdict: str


@dataclass(frozen=True)
class RunData:
    """What one experiment found."""

    folder: Path
    scenario: Scenario
    manifest: dict[str, Any]
    replications: pd.DataFrame
    """A row per alternative and replication."""
    comparison: pd.DataFrame
    """As `molosim.evaluation.statistics.compare` makes it."""
    boxes: pd.DataFrame
    """A row per box, alternative and replication."""
    tours: pd.DataFrame
    """A row per vehicle trip, with `TOUR_COLUMNS`."""
    sample_day: tuple[Feature, ...]
    """Lines of one day's tours, points of boxes."""
    roads: tuple[Floats, ...]
    """Main roads, each of shape (points, 2): longitude, latitude; empty where the folder has none."""

    @cached_property
    def n(self) -> int:
        """Replications."""
        return int(self.replications["replication"].nunique())

    @cached_property
    def alternatives(self) -> tuple[str, ...]:
        """All alternatives, the baseline first."""
        others = [name for name in self.replications["alternative"].unique() if name != self.scenario.baseline]
        return self.scenario.baseline, *others

    @cached_property
    def means(self) -> pd.DataFrame:
        """Mean of each measure over replications, a row per alternative."""
        return self.replications.groupby("alternative", sort=False).mean(numeric_only=True).loc[list(self.alternatives)]

    @cached_property
    def sharing(self) -> str:
        """The alternative that the answer is about: the first in which vans take waste, alone before with others."""
        others = self.alternatives[1:]
        shares = [name for name in others if self.scenario.alternatives[name].shares]
        alone = [name for name in shares if not self.scenario.alternatives[name].collects]
        return next(iter((*alone, *shares, *others)))

    def mean(self, alternative: str, measure: str) -> float:
        """Mean of a measure over the replications."""
        return float(self.means[measure][alternative])

    @cached_property
    def _findings(self) -> dict[tuple[str, str], Found]:
        rows = self.comparison.to_dict("records")
        return {(r["alternative"], r["measure"]): Found(**{f.name: r[f.name] for f in fields(Found)}) for r in rows}

    def has(self, measure: str) -> bool:
        """Whether the folder has this measure, which may be younger than it."""
        return measure in self.replications

    def table(self, name: str, columns: Sequence[str], *, where: pc.Expression | None = None) -> pd.DataFrame | None:
        """Columns of ``NAME.parquet``, of rows that fulfil a condition; None where an older result lacks them."""
        path = self.folder / f"{name}.parquet"
        try:
            if not path.is_file() or not set(columns) <= set(pq.read_schema(path).names):
                return None
            return _frame(pq.read_table(path, columns=list(columns), filters=where))
        except (OSError, pa.ArrowException) as error:
            raise ScenarioError.at(str(path), f"cannot be read: {str(error).splitlines()[0]}") from None

    def csv(self, name: str) -> pd.DataFrame | None:
        """A table of the folder that is a CSV file, such as ``accounts/allocated``; None where there is none."""
        path = self.folder / f"{name}.csv"
        try:
            return pd.read_csv(path) if path.is_file() else None
        except (ValueError, OSError) as error:
            raise ScenarioError.at(str(path), f"cannot be read: {str(error).splitlines()[0]}") from None

    def found(self, alternative: str, measure: str) -> Found:
        """How an alternative compares with the baseline."""
        try:
            return self._findings[alternative, measure]
        except KeyError:
            problem = f"has no row of '{alternative}' and '{measure}'"
            raise ScenarioError.at(str(self.folder / "comparison.csv"), problem) from None


def read(folder: Path) -> RunData:
    """Read a result folder.

    Raises
    ------
    ScenarioError
        If a file is missing or is not what a run writes.
    """
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise ScenarioError.at(str(folder), f"has no {name}; a report needs a whole result folder")
    try:
        return RunData(
            folder=folder,
            scenario=Scenario.model_validate(tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))),
            manifest=read_manifest(folder, whole=False),
            replications=pd.read_parquet(folder / "replications.parquet"),
            comparison=_comparison(folder / "comparison.csv"),
            boxes=pd.read_parquet(folder / "boxes.parquet"),
            tours=_tours(folder / "trips.parquet"),
            sample_day=_features(folder / "sample_day.geojson"),
            roads=_lines(_features(folder / "roads.geojson")),
        )
    except (ValueError, ValidationError, KeyError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ScenarioError.at(str(folder), f"not a result that this version wrote: {reason}") from None


def _comparison(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path)
    for name in ("alternative", "measure", *(field.name for field in fields(Found))):
        if name not in table:
            raise ScenarioError.at(str(path), f"has no column '{name}'")
    return table


def _tours(path: Path) -> pd.DataFrame:
    return _frame(pq.read_table(path, columns=list(TOUR_COLUMNS)))


def _frame(table: pa.Table) -> pd.DataFrame:
    """A table with its texts as categories: few words that stand in very many rows."""
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            table = table.set_column(place, column.name, table[column.name].dictionary_encode())
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _features(path: Path) -> tuple[Feature, ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8"))["features"]) if path.is_file() else ()


def _lines(features: tuple[Feature, ...]) -> tuple[Floats, ...]:
    lines: list[Floats] = []
    for feature in features:
        geometry = feature["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        lines += [np.asarray(part, dtype=np.float64) for part in parts]
    return tuple(lines)
