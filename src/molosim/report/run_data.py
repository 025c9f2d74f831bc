"""The result folder as the report reads it; nothing here knows the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from molosim.inputs.scenario import Scenario
from molosim.results.folder import CONFIG, MANIFEST, ROADS, SAMPLE_DAY
from molosim.results.reader import Feature, ResultReader
from molosim.results.schema import file_of
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

TOUR_COLUMNS = (
    "alternative", "purpose", "vehicle_type", "fill_start", "fill_peak", "waste_g", "detour_waste_s",
    "waste_points_milli",
)  # fmt: skip
"""All that figures need of ``trips.parquet``, which may have a million rows."""
REQUIRED = (CONFIG, MANIFEST, *map(file_of, ("replications", "comparison", "boxes", "trips")))


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

    stored: ResultReader
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
    """Main roads, each of shape (points, 2): longitude, latitude."""

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

    def table(self, name: str, columns: Sequence[str], *, where: pc.Expression | None = None) -> pd.DataFrame:
        """Columns of a table, of rows that fulfil a condition, with texts as categories."""
        return self.stored.categories(name, columns, where=where)

    def found(self, alternative: str, measure: str) -> Found:
        """How an alternative compares with the baseline."""
        try:
            return self._findings[alternative, measure]
        except KeyError:
            problem = f"has no row of '{alternative}' and '{measure}'"
            raise ScenarioError.at(str(self.stored.path("comparison")), problem) from None


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
    stored = ResultReader(folder)
    return RunData(
        stored=stored,
        scenario=stored.recorded,
        manifest=stored.manifest,
        replications=stored.frame("replications"),
        comparison=stored.frame("comparison"),
        boxes=stored.frame("boxes"),
        tours=stored.categories("trips", TOUR_COLUMNS),
        sample_day=stored.features(SAMPLE_DAY),
        roads=_lines(stored.features(ROADS)),
    )


def _lines(features: tuple[Feature, ...]) -> tuple[Floats, ...]:
    lines: list[Floats] = []
    for feature in features:
        geometry = feature["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        lines += [np.asarray(part, dtype=np.float64) for part in parts]
    return tuple(lines)
