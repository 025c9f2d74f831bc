"""A result folder read back as tables."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from molosim.inputs.scenario import Scenario, load
from molosim.results.checked_tables import reading
from molosim.results.folder import MANIFEST, is_result, read_manifest
from molosim.runtime.errors import ScenarioError


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
        return read_manifest(self.folder)

    @cached_property
    def replications(self) -> pd.DataFrame:
        """A row per alternative and replication, a column per measure."""
        return self._table("replications")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """A row per alternative and measure: the paired difference from the baseline with its 95 % interval."""
        return _csv(self.folder / "comparison.csv")

    @cached_property
    def band(self) -> pd.DataFrame:
        """The same for measures of CO2e under each emission model, column ``model``."""
        return _csv(self.folder / "band.csv")

    @cached_property
    def trips(self) -> pd.DataFrame:
        """A row per vehicle trip."""
        return self._table("trips")

    @cached_property
    def boxes(self) -> pd.DataFrame:
        """A row per box, alternative and replication."""
        return self._table("boxes")

    @cached_property
    def pickups(self) -> pd.DataFrame:
        """A row per pick-up of waste at a box."""
        return self._table("pickups")

    @cached_property
    def box_days(self) -> pd.DataFrame:
        """A row per box and measured day."""
        return self._table("box_days")

    @cached_property
    def charges(self) -> pd.DataFrame:
        """A row per charge of a vehicle with a battery and trip whose energy it put back."""
        return pd.read_parquet(self.folder / "charges.parquet")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """A row per whole hour that parcels stayed in their boxes: how many were fetched or returned after it."""
        return pd.read_parquet(self.folder / "stays.parquet")

    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        with reading(path):
            table = pd.read_parquet(path)
        for column in ("alternative", "replication"):
            if column not in table:
                raise ScenarioError.at(str(path), f"has no column '{column}'")
        return table


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path)
    except OSError as error:
        raise ScenarioError.at(str(path), f"cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ScenarioError.at(str(path), f"is no table: {str(error).partition(chr(10))[0]}") from None
