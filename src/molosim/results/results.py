"""A result folder of a run, as a user reads it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from molosim.results.folder import require_kind
from molosim.results.reader import ResultReader


def _table(name: str, doc: str) -> cached_property[pd.DataFrame]:
    def read(results: ResultReader) -> pd.DataFrame:
        return results.frame(name)

    read.__doc__ = doc
    return cached_property(read)


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
        require_kind(self.folder, "Results")

    replications = _table("replications", "A row per alternative and replication, a column per measure.")
    comparison = _table(
        "comparison",
        "A row per alternative and measure: the difference from the baseline with its interval.",
    )
    band = _table("band", "As ``comparison``, for measures of CO2e by each emission model, column ``model``.")
    trips = _table("trips", "A row per vehicle trip.")
    boxes = _table("boxes", "A row per box, alternative and replication.")
    pickups = _table("pickups", "A row per pick-up of waste at a box.")
    box_days = _table("box_days", "A row per box and measured day.")
    charges = _table("charges", "A row per charge of a vehicle with a battery and trip whose energy it put back.")
    stays = _table("stays", "A row per whole hour of parcels' stays: how many were fetched or returned after it.")
