"""A result folder read back as tables."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from molosim.experiments.folder import MANIFEST, is_result
from molosim.scenario import Scenario, load
from molosim.spec import ScenarioError


class Results:
    """What a run has written, each table read when first asked for.

    Parameters
    ----------
    folder
        A result folder of `molosim.run`.

    Raises
    ------
    ScenarioError
        Where the folder is no result of molosim.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not is_result(self.folder):
            raise ScenarioError.at(str(folder), f"is no result of molosim: it has no {MANIFEST} of one")

    def __repr__(self) -> str:
        return f"Results({str(self.folder)!r})"

    @cached_property
    def scenario(self) -> Scenario:
        """What was run."""
        return load(self.folder / "config.toml")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, map, seed, machine and time."""
        content: dict[str, Any] = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        return content

    @cached_property
    def replications(self) -> pd.DataFrame:
        """A row per alternative and replication, a column per measure."""
        return pd.read_parquet(self.folder / "replications.parquet")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """A row per alternative and measure: the paired difference from the baseline with its 95 % interval."""
        return pd.read_csv(self.folder / "comparison.csv")

    @cached_property
    def band(self) -> pd.DataFrame:
        """The same for measures of CO2e under each emission model, column ``model``."""
        return pd.read_csv(self.folder / "band.csv")

    @cached_property
    def trips(self) -> pd.DataFrame:
        """A row per vehicle trip."""
        return pd.read_parquet(self.folder / "trips.parquet")

    @cached_property
    def boxes(self) -> pd.DataFrame:
        """A row per box, alternative and replication."""
        return pd.read_parquet(self.folder / "boxes.parquet")

    @cached_property
    def pickups(self) -> pd.DataFrame:
        """A row per pick-up of waste at a box."""
        return pd.read_parquet(self.folder / "pickups.parquet")

    @cached_property
    def box_days(self) -> pd.DataFrame:
        """A row per box and measured day."""
        return pd.read_parquet(self.folder / "box_days.parquet")

    @cached_property
    def charges(self) -> pd.DataFrame:
        """A row per charge of a vehicle with a battery and trip whose energy it put back."""
        return pd.read_parquet(self.folder / "charges.parquet")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """A row per whole hour that parcels stayed in their boxes: how many were fetched or returned after it."""
        return pd.read_parquet(self.folder / "stays.parquet")
