"""A table of stops: carrier, day, tour, sequence, place, volume, mass and service of each; see docs/stop_tables.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.table_files import Faults, Sheet, TableColumn, read
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.files import read_rows

SCHEMA = (
    TableColumn("carrier", "text", holes=False),
    TableColumn("date", "date", holes=False),
    TableColumn("day", "whole", low=1, high=10_000, holes=False),
    TableColumn("tour", "text", holes=False),
    TableColumn("sequence", "whole", low=0, high=1_000_000, holes=False),
    TableColumn("lon", "number", required=True, low=-180, high=180, holes=False),
    TableColumn("lat", "number", required=True, low=-90, high=90, holes=False),
    TableColumn("volume_l", "number", low=0, high=100_000),
    TableColumn("mass_kg", "number", low=0, high=50_000),
    TableColumn("service_s", "number", low=0, high=36_000),
    TableColumn("arrival", "clock"),
)
"""All columns that count; ``lon`` and ``lat`` are needed, what is lost without the others says `LOST`."""

LOST = {row["column"]: row["without_it"] for row in read_rows(Path(__file__).with_name("lost.csv"))}
"""What a table says no more when a column is missing, by its name."""


@dataclass(frozen=True, eq=False)
class StopTable:
    """Stops in the order in which they are driven: by carrier, day, tour and sequence.

    Attributes
    ----------
    carrier
        Name of each row's carrier; "" in a table without that column.
    day
        i64, number of the row's day in ``dates``.
    dates
        datetime64[D] of each day of the table, in order; NaT in a table without dates.
    tour
        i64, number of the row's tour among those of its carrier and day; -1 in a table without tours.
    tour_name
        As the table has it; "" without.
    lon, lat
        Degrees.
    volume_l, mass_kg, service_s, arrive_s
        f64, nan where the table does not say; ``arrive_s`` is the second of the day.
    missing
        Columns of `LOST` that the table does not have.
    sequenced
        Whether the order within a tour is the carrier's own.
    """

    sheet: Sheet
    row: Ints
    carrier: NDArray[Any]
    day: Ints
    dates: NDArray[np.datetime64]
    tour: Ints
    tour_name: NDArray[Any]
    lon: Floats
    lat: Floats
    volume_l: Floats
    mass_kg: Floats
    service_s: Floats
    arrive_s: Floats
    missing: tuple[str, ...]
    sequenced: bool

    def __len__(self) -> int:
        """Number of stops."""
        return len(self.row)

    @property
    def file(self) -> Path:
        """Where it was read from."""
        return self.sheet.file

    def place(self, stop: int) -> str:
        """Where a stop stands in the file."""
        return self.sheet.place(int(self.row[stop]))

    def of(self, carrier: str) -> Ints:
        """Stops of a carrier; all of them in a table that names none."""
        return np.flatnonzero((self.carrier == carrier) | (self.carrier == ""))

    def tour_bounds(self) -> Ints:
        """First stop of each tour of each carrier and day, and the number of stops (tours + 1)."""
        who = np.unique(self.carrier.astype(str), return_inverse=True)[1].ravel()
        keys = np.stack([who, self.day, self.tour], axis=1)
        starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=0) != 0, axis=1)])
        return np.append(starts, len(self)).astype(np.int64)

    @property
    def carriers(self) -> tuple[str, ...]:
        """Names in order of first appearance; none in a table without."""
        return tuple(dict.fromkeys(name for name in self.carrier.tolist() if name))


def read_stops(file: Path) -> StopTable:
    """Read and check a stop table; the last ones stay at hand while their files do not change.

    Raises
    ------
    ScenarioError
        With the first faults, each with file, line, column, value and what is allowed, and a count of the rest.
    """
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        changed = 0  # reading it tells
    return _read(file, changed)


@lru_cache(maxsize=8)
def _read(file: Path, changed_ns: int) -> StopTable:  # noqa: ARG001 - part of the key
    sheet = read(file, SCHEMA)
    columns, faults = sheet.columns, Faults(file)
    if "date" in columns and "day" in columns:
        faults.one(str(file), "has both 'date' and 'day'; one of them says the day of a stop")
        faults.check()
    carrier = columns.get("carrier", np.full(len(sheet), "", object))
    dates, day = _days(sheet)
    tour_name = columns.get("tour", np.full(len(sheet), "", object))
    group = _groups(sheet, carrier, day)
    _check_sequence(sheet, group, faults)
    faults.check()
    order, tour, sequenced = _ordered(sheet, carrier, day, group)

    def numbers(name: str) -> Floats:
        return np.asarray(columns.get(name, np.full(len(sheet), np.nan)), np.float64)[order]

    return StopTable(
        sheet=sheet,
        row=order,
        carrier=carrier[order],
        day=day[order],
        dates=dates,
        tour=tour[order],
        tour_name=tour_name[order],
        lon=numbers("lon"),
        lat=numbers("lat"),
        volume_l=numbers("volume_l"),
        mass_kg=numbers("mass_kg"),
        service_s=numbers("service_s"),
        arrive_s=numbers("arrival"),
        missing=tuple(name for name in LOST if name not in columns),
        sequenced=sequenced,
    )


def _days(sheet: Sheet) -> tuple[NDArray[np.datetime64], Ints]:
    """The table's days in order, and the number of each row's."""
    if "date" in sheet.columns:
        dates, day = np.unique(sheet.columns["date"], return_inverse=True)
        return dates, day.astype(np.int64)
    numbers = np.asarray(sheet.columns.get("day", np.ones(len(sheet))), np.int64)
    kept, day = np.unique(numbers, return_inverse=True)
    return np.full(len(kept), "NaT", "datetime64[D]"), day.astype(np.int64)


def _numbered(names: NDArray[Any]) -> Ints:
    """Numbers of names, in order of first appearance."""
    known: dict[Any, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names.tolist()], np.int64)


def _groups(sheet: Sheet, carrier: NDArray[Any], day: Ints) -> Ints:
    """A number for each carrier, day and tour."""
    tour = _numbered(sheet.columns.get("tour", np.full(len(sheet), "", object)))
    keys = (_numbered(carrier) * (day.max() + 1) + day) * (tour.max() + 1) + tour
    return np.unique(keys, return_inverse=True)[1].astype(np.int64).ravel()


def _check_sequence(sheet: Sheet, group: Ints, faults: Faults) -> None:
    """Two stops of a tour cannot both be its third."""
    if "sequence" not in sheet.columns or "tour" not in sheet.columns:
        return
    sequence = sheet.columns["sequence"]
    order = np.lexsort((np.arange(len(sheet)), sequence, group))
    again = np.flatnonzero((np.diff(group[order]) == 0) & (np.diff(sequence[order]) == 0))
    earlier = {int(order[i + 1]): int(order[i]) for i in again.tolist()}
    tour = sheet.columns["tour"]
    faults.rows(
        sheet,
        np.array(sorted(earlier), np.int64),
        lambda row: (
            "sequence",
            f"found '{sequence[row]:g}', which tour '{tour[row]}' has in {sheet.word} {sheet.line[earlier[row]]}"
            " already; each stop of a tour needs a number of its own",
        ),
    )


def _rank(sheet: Sheet) -> Floats:
    """By what a tour's stops are put in order."""
    return np.asarray(sheet.columns["sequence" if "sequence" in sheet.columns else "arrival"], np.float64)


def _says_order(sheet: Sheet) -> bool:
    """Whether arrivals put stops in order: those in whole hours alone, as of anonymised tables, do not."""
    arrival = sheet.columns.get("arrival")
    return arrival is not None and not np.isnan(arrival).any() and bool((arrival % 3600).any())


def _ordered(sheet: Sheet, carrier: NDArray[Any], day: Ints, group: Ints) -> tuple[Ints, Ints, bool]:
    """Rows in driving order, each row's tour of its carrier and day, and whether the order is the carrier's."""
    rows = np.arange(len(sheet))
    has_tours = "tour" in sheet.columns
    tour = group if has_tours else np.zeros(len(sheet), np.int64)
    carriers = _numbered(carrier)
    sequenced = has_tours and ("sequence" in sheet.columns or _says_order(sheet))
    order = np.lexsort((rows, _rank(sheet) if sequenced else rows, tour, day, carriers))
    if not has_tours:
        return order, np.full(len(sheet), -1, np.int64), False
    # Tours are numbered anew for each carrier and day.
    first: dict[tuple[int, int], int] = {}
    keys = zip(carriers[order].tolist(), day[order].tolist(), tour[order].tolist(), strict=True)
    numbers = np.empty(len(sheet), np.int64)
    numbers[order] = [group - first.setdefault((who, when), group) for who, when, group in keys]
    return order, numbers, sequenced
