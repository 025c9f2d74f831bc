"""A user's own table of dwellings, such as an extract of a building register: checked row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molosim.inputs.table_files import TableColumn, read, write
from molosim.runtime.errors import ScenarioError
from molosim.siting.homes import Homes

COLUMNS = (
    TableColumn("lon", "number", required=True, low=-180, high=180, holes=False),
    TableColumn("lat", "number", required=True, low=-90, high=90, holes=False),
    TableColumn("dwellings", "whole", required=True, low=0, high=10_000, holes=False),
)
"""Degrees (WGS 84), and the dwellings there."""


def read_dwellings(path: Path) -> Homes:
    """Read dwellings from CSV or Parquet with ``lon``, ``lat`` and ``dwellings``, a row per building.

    Other columns are ignored, rows at one point add up, rows without dwellings are left out.

    Raises
    ------
    ScenarioError
        The file cannot be read, lacks a column, has faulty rows (each named with its line) or no dwellings.
    """
    table = read(path, COLUMNS).columns
    points, own = np.unique(np.column_stack([table["lon"], table["lat"]]), axis=0, return_inverse=True)
    households = np.bincount(own.ravel(), weights=table["dwellings"]).astype(np.float64)
    homes = Homes(points[:, 0], points[:, 1], households, f"the table {path.name}", (), len(points))
    if not households.any():
        raise ScenarioError.at(str(path), "has no row with dwellings above 0")
    return homes.among(households > 0)


def write_dwellings(path: Path, homes: Homes) -> None:
    """Write dwellings as a table that `read_dwellings` reads."""
    points = (homes.lon.round(6).tolist(), homes.lat.round(6).tolist(), homes.households.astype(int).tolist())
    write(path, dict(zip(("lon", "lat", "dwellings"), points, strict=True)))
