"""A result folder of a run, as a user reads it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from molosim.results.folder import MANIFEST, check_format, is_result
from molosim.results.reader import ResultReader
from molosim.runtime.errors import ScenarioError


class Results(ResultReader):
    """What a run has written, each table read when first asked for.

    Parameters
    ----------
    folder
        A result folder of `molosim.run`.

    Raises
    ------
    ScenarioError
        Where the folder is no result of molosim, or one of an earlier version.
    """

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        if not is_result(self.folder):
            raise ScenarioError.at(str(folder), f"is no result of molosim: it has no {MANIFEST} of one")
        check_format(self.folder)

    @cached_property
    def replications(self) -> pd.DataFrame:
        """A row per alternative and replication, a column per measure."""
        return self.frame("replications")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """A row per alternative and measure: the paired difference from the baseline with its 95 % interval."""
        return self.frame("comparison")

    @cached_property
    def band(self) -> pd.DataFrame:
        """The same for measures of CO2e under each emission model, column ``model``."""
        return self.frame("band")

    @cached_property
    def trips(self) -> pd.DataFrame:
        """A row per vehicle trip."""
        return self.frame("trips")

    @cached_property
    def boxes(self) -> pd.DataFrame:
        """A row per box, alternative and replication."""
        return self.frame("boxes")

    @cached_property
    def pickups(self) -> pd.DataFrame:
        """A row per pick-up of waste at a box."""
        return self.frame("pickups")

    @cached_property
    def box_days(self) -> pd.DataFrame:
        """A row per box and measured day."""
        return self.frame("box_days")

    @cached_property
    def charges(self) -> pd.DataFrame:
        """A row per charge of a vehicle with a battery and trip whose energy it put back."""
        return self.frame("charges")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """A row per whole hour that parcels stayed in their boxes: how many were fetched or returned after it."""
        return self.frame("stays")
