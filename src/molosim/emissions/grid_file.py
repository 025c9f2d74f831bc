"""A user's own hours of the grid: a CSV file with times, in UTC or local, and CO2e of a kilowatt-hour.

The simulation's days have 24 hours each, as clocks on the wall show them. Where clocks go back, the hour that comes
twice counts with the mean of both; where they go forward, the hour that is left out counts as the one after it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from molosim.emissions.conditions import DAY_H, HOUR_S
from molosim.inputs.emission_settings import FileGrid
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError, did_you_mean
from molosim.runtime.files import reading

UTC_TIMES = ("HourUTC", "TimeUTC", "Minutes5UTC", "time_utc")
LOCAL_TIMES = ("HourDK", "TimeDK", "Minutes5DK", "time_local", "time")
"""Times with an offset of their own (``2025-01-01T00:00+01:00``) are understood in any of them."""
VALUES = ("CO2Emission", "CO2PerkWh", "co2e_g_per_kwh", "g_per_kwh", "kg_per_kwh")
AREAS = ("PriceArea", "area")
METHODS = ("FuelAllocationMethod",)
_YEARS = (1970, 2200)
_TOLD = 20
"""Names told at most."""
_Line = tuple[int, list[str]]
"""Number of a line and its cells."""
HIGHEST_G, LEAST_MEAN_G = 2500.0, 1.0
"""No grid emits more in an hour, none less in the mean: beyond, the unit is another one."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    told: str
    """The time as the file has it."""
    at: datetime
    value: float


def hours_of(grid: FileGrid, dates: list[date]) -> Floats:
    """Grams of CO2e a kilowatt-hour for every hour of these days, f64[24 days].

    Raises
    ------
    ScenarioError
        One line: what is wrong with the file, where, and what is expected.
    """
    path = Path(grid.file)
    with reading(grid.file):
        stat = path.stat()
    return _hours_of(grid, dates[0], len(dates), (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=8)
def _hours_of(grid: FileGrid, first: date, days: int, changed: tuple[int, int]) -> Floats:
    del changed
    hours, zone = _by_hour(grid), ZoneInfo(grid.zone)
    start = first.toordinal()
    clock = [
        datetime.combine(date.fromordinal(start + day), time(hour)) for day in range(days) for hour in range(DAY_H)
    ]
    instants = [{_hour(at.replace(tzinfo=zone, fold=fold)) for fold in _folds(at, zone)} for at in clock]
    missing = [at for at, both in zip(clock, instants, strict=True) if not all(hour in hours for hour in both)]
    if missing:
        more = f" and for {len(missing) - 1} more of the run's {len(clock)} hours" if len(missing) > 1 else ""
        raise ScenarioError.at(grid.file, f"has no value for {missing[0]:%Y-%m-%d %H:%M} in {grid.zone}{more}")
    values = np.array([float(np.mean([hours[hour] for hour in both])) for both in instants])
    if values.mean() < LEAST_MEAN_G:
        problem = f"has a mean of {values.mean():.3g} g/kWh in the run; too little for a grid: is its unit kg/kWh?"
        raise ScenarioError.at(grid.file, f"{problem} (emissions.grid.unit)")
    values.flags.writeable = False
    return values


def _folds(at: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """Both passes of an hour that comes twice; else the first, which for an hour left out is the one after it."""
    local = at.replace(tzinfo=zone)
    return (0, 1) if _exists(local) and local.utcoffset() != local.replace(fold=1).utcoffset() else (0,)


def _exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def _hour(at: datetime) -> int:
    """Number of an instant's hour since 1970."""
    return int(at.timestamp() // HOUR_S)


def _by_hour(grid: FileGrid) -> dict[int, float]:
    """Values in g/kWh of the hours that the file has whole."""
    rows = _rows(grid)
    values: dict[float, float] = {}
    for row, instant in zip(rows, _instants(rows, grid), strict=True):
        if instant in values:
            problem = f"line {row.line}: {row.told} is there twice; keep one row for each time"
            raise ScenarioError.at(grid.file, problem)
        values[instant] = row.value
    times = sorted(values)
    step = min((b - a for a, b in pairwise(times)), default=HOUR_S)
    if step > HOUR_S or HOUR_S % step:
        raise ScenarioError.at(grid.file, f"has steps of {step / 60:g} minutes; expected are hours or parts of an hour")
    grouped: dict[int, list[float]] = {}
    for instant in times:
        grouped.setdefault(int(instant // HOUR_S), []).append(values[instant])
    return {hour: math.fsum(parts) / len(parts) for hour, parts in grouped.items() if len(parts) == HOUR_S // step}


def _instants(rows: list[_Row], grid: FileGrid) -> Iterable[float]:
    """Seconds since 1970 of each row; of local times that come twice, one row is one pass and one the other.

    Which is which does not matter: the hour that comes twice counts with the mean of both.
    """
    zone, seen = ZoneInfo(grid.zone), set[datetime]()
    for row in rows:
        if row.at.tzinfo is not None:
            yield row.at.timestamp()
            continue
        local = row.at.replace(tzinfo=zone)
        if not _exists(local):
            problem = f"line {row.line}: {row.told} is no time in {grid.zone}, clocks go forward; is the zone right?"
            raise ScenarioError.at(grid.file, f"{problem} (emissions.grid.zone)")
        fold = int(row.at in seen and len(_folds(row.at, zone)) > 1)
        seen.add(row.at)
        yield local.replace(fold=fold).timestamp()


def _rows(grid: FileGrid) -> list[_Row]:
    """Rows of the area that is asked for, checked one by one."""
    lines = _lines(grid)
    delimiter = max(";,\t", key=lines[0].count)
    try:
        table = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise ScenarioError.at(grid.file, f"is no CSV file: {error}") from None
    header = [name.strip() for name in table[0]]
    time_at = _column(grid, header, (*UTC_TIMES, *LOCAL_TIMES), "times")
    value_at = _column(grid, header, VALUES, "CO2e of a kilowatt-hour")
    utc = header[time_at].lower() in {name.lower() for name in UTC_TIMES}
    rows = []
    for number, cells in _chosen(grid, header, enumerate(table[1:], start=2)):
        if len(cells) != len(header):
            problem = f"line {number}: has {len(cells)} cells, the header has {len(header)}"
            raise ScenarioError.at(grid.file, problem)
        told = cells[time_at].strip()
        at = _time(grid, number, told, utc=utc)
        rows.append(_Row(number, told, at, _value(grid, number, cells[value_at].strip(), delimiter)))
    if not rows:
        raise ScenarioError.at(grid.file, "has no rows below its header")
    return rows


def _lines(grid: FileGrid) -> list[str]:
    try:
        with reading(grid.file):
            lines = Path(grid.file).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ScenarioError.at(grid.file, "is no text in UTF-8") from None
    if not lines or "\0" in lines[0]:
        raise ScenarioError.at(grid.file, "is no CSV file with a header")
    return lines


def _column(grid: FileGrid, header: list[str], names: tuple[str, ...], what: str) -> int:
    lower = [name.lower() for name in header]
    for name in names:
        if name.lower() in lower:
            return lower.index(name.lower())
    problem = (
        f"has no column of {what}; its columns are {', '.join(header[:_TOLD])}; known names are {', '.join(names)}"
    )
    raise ScenarioError.at(grid.file, problem)


def _chosen(grid: FileGrid, header: list[str], table: Iterable[_Line]) -> list[_Line]:
    """Rows that are not empty, of one price area and one way of allocating fuel."""
    rows = [(number, cells) for number, cells in table if any(cell.strip() for cell in cells)]
    for key, names in (("area", AREAS), ("method", METHODS)):
        rows = _of_one(grid, header, rows, key, names)
    return rows


def _of_one(grid: FileGrid, header: list[str], rows: list[_Line], key: str, names: tuple[str, ...]) -> list[_Line]:
    """Rows whose column of one of these names holds what is wanted; it may be left open where there is one only."""
    place, lower = f"emissions.grid.{key}", {name.lower() for name in names}
    wanted: str | None = getattr(grid, key)
    at = next((i for i, name in enumerate(header) if name.lower() in lower), None)
    if at is None:
        if wanted is not None:
            raise ScenarioError.at(place, f"found '{wanted}'; {grid.file} has no column {names[0]}")
        return rows
    found = sorted({cells[at].strip() for _, cells in rows if len(cells) > at})
    if wanted is None and len(found) > 1:
        raise ScenarioError.at(place, f"missing; {grid.file} has {', '.join(found[:_TOLD])}")
    if wanted is not None and rows and wanted not in found:
        raise ScenarioError.at(place, f"found '{wanted}'" + did_you_mean(wanted, found))
    # Rows too short to tell are kept, for the check of their length.
    return [(number, cells) for number, cells in rows if len(cells) <= at or wanted in (None, cells[at].strip())]


def _time(grid: FileGrid, number: int, told: str, *, utc: bool) -> datetime:
    try:
        at = datetime.fromisoformat(told)
        if not _YEARS[0] <= at.year <= _YEARS[1]:
            raise ValueError
    except ValueError:
        problem = f"line {number}: found the time '{told}'; expected is 2025-01-31 14:00"
        raise ScenarioError.at(grid.file, problem) from None
    return at.replace(tzinfo=UTC) if utc and at.tzinfo is None else at


def _value(grid: FileGrid, number: int, told: str, delimiter: str) -> float:
    scale = {"g/kWh": 1.0, "kg/kWh": 1000.0}[grid.unit]
    try:
        value = float(told.replace(",", ".") if delimiter != "," else told) * scale
    except ValueError:
        value = math.nan
    if not 0 <= value <= HIGHEST_G:
        problem = f"line {number}: found '{told}'; expected is 0 to {HIGHEST_G / scale:g} {grid.unit}"
        raise ScenarioError.at(grid.file, f"{problem} (emissions.grid.unit)")
    return value
