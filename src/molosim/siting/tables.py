"""A user's own table of dwellings, such as an extract of a building register: checked row by row."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np

from molosim.siting.homes import Homes
from molosim.spec import Fault, ScenarioError, did_you_mean

COLUMNS = ("lon", "lat", "dwellings")
TOLD = 20
"""Faulty rows told at most, and how many more there are."""
MOST = 10_000
"""More dwellings at one point than this are a slip."""
_EXPECTED = f"a CSV file with the columns {', '.join(COLUMNS)} is expected"


def read_dwellings(path: Path) -> Homes:
    """Read dwellings from CSV with ``lon``, ``lat`` (degrees, WGS 84) and ``dwellings``, a row per building.

    Columns are parted by commas, semicolons or tabs; other columns are ignored; rows at one point add up; rows with no
    dwellings are left out. In files with semicolons or tabs a number may have a decimal comma.

    Raises
    ------
    ScenarioError
        The file cannot be read, lacks a column, or has faulty rows; each is named with its line.
    """
    rows, delimiter = _rows(path)
    header = [name.strip().lower() for name in rows[0][1]]
    faults = [
        Fault(str(path), f"has no column '{name}'" + did_you_mean(name, header))
        for name in COLUMNS
        if name not in header
    ]
    faults += [Fault(str(path), f"has two columns '{name}'") for name in COLUMNS if header.count(name) > 1]
    if faults:
        raise ScenarioError(faults)
    at = [header.index(name) for name in COLUMNS]
    points: dict[tuple[float, float], float] = {}
    for line, cells in rows[1:]:
        try:
            lon, lat, dwellings = _row(cells, at, decimal_comma=delimiter != ",")
        except ValueError as error:
            faults.append(Fault(f"{path}, line {line}", str(error)))
            continue
        if dwellings:
            points[lon, lat] = points.get((lon, lat), 0.0) + dwellings
    if faults:
        more = [Fault(str(path), f"{len(faults) - TOLD} more rows are faulty")] if len(faults) > TOLD else []
        raise ScenarioError([*faults[:TOLD], *more])
    if not points:
        raise ScenarioError.at(str(path), "has no dwellings; " + _EXPECTED)
    place = np.array(list(points))
    households = np.array(list(points.values()))
    return Homes(place[:, 0], place[:, 1], households, f"the table {path.name}", (), len(points))


def _rows(path: Path) -> tuple[list[tuple[int, list[str]]], str]:
    """Rows that are not empty with their line, the header first, and what parts their cells."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScenarioError.at(str(path), f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError.at(str(path), "is not a text in UTF-8; " + _EXPECTED) from error
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise ScenarioError.at(str(path), f"is not a CSV file: {error}") from error
    if not rows:
        raise ScenarioError.at(str(path), "is empty; " + _EXPECTED)
    return rows, delimiter


def _row(cells: list[str], at: list[int], *, decimal_comma: bool) -> tuple[float, float, float]:
    """Longitude, latitude and dwellings of a row; raises ValueError with what is wrong."""
    if len(cells) <= max(at):
        raise ValueError(f"has {len(cells)} cells; the header has more columns")
    lon, lat, dwellings = (
        _number(cells[k], name, decimal_comma=decimal_comma) for k, name in zip(at, COLUMNS, strict=True)
    )
    if abs(lon) > 180 or abs(lat) > 90:
        hint = " (metres of a projected grid? convert them first)" if max(abs(lon), abs(lat)) > 1000 else ""
        raise ValueError(f"lon, lat are {lon:g}, {lat:g}; degrees of WGS 84 are expected{hint}")
    if dwellings != int(dwellings) or not 0 <= dwellings <= MOST:
        raise ValueError(f"dwellings is {dwellings:g}; a whole number from 0 to {MOST} is expected")
    return lon, lat, dwellings


def _number(cell: str, name: str, *, decimal_comma: bool) -> float:
    text = cell.strip()
    if decimal_comma and text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = math.nan if "_" in text else float(text)  # Python would take 1_000
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} is {cell!r}; a number is expected")
    return number
