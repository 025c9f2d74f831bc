"""A box log: what happened behind which door and when; read, checked, put in order; see docs/fitting.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molosim.fitting.times import Times, read_times
from molosim.inputs.boxes import FRACTIONS
from molosim.inputs.table_files import Faults, Sheet, TableColumn, read
from molosim.runtime.arrays import Flags, Floats, Ints
from molosim.runtime.errors import ScenarioError
from molosim.runtime.files import read_rows

EVENTS = tuple(row["event"] for row in read_rows(Path(__file__).with_name("events.csv")))
"""Events that a log may hold; the file says what they mean."""

BY_DOOR = ("placed", "fetched", "returned", "sent", "send_collected")
"""Events that need their door: they say what a door holds."""
MOST_ODD = 0.05
"""Share of rows that may be odd (doubled, or not to be reconciled with what their door holds)."""


@dataclass(frozen=True, eq=False)
class BoxLog:
    """A log in order of time.

    Attributes
    ----------
    sheet, row
        The file, and the row of it that each event stands in.
    box, door
        Numbers in ``boxes`` and of the doors (all boxes' doors counted through; -1 where none is named).
    event
        Name, one of `EVENTS`.
    second, local
        See `times.Times`.
    mass_kg, fraction, carrier
        Nan or "" where the log does not say.
    unordered, doubled
        Number of rows that stood before an earlier one of their box, and of those left out as doubles.
    notes
        What was assumed, for the user.
    """

    sheet: Sheet
    row: Ints
    boxes: tuple[str, ...]
    box: Ints
    door: Ints
    event: NDArray[np.str_]
    second: Ints
    local: Ints
    mass_kg: Floats
    fraction: NDArray[Any]
    carrier: NDArray[Any]
    unordered: int
    doubled: int
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Number of events."""
        return len(self.row)

    def rows(self, *events: str) -> Ints:
        """Those of some kinds."""
        return np.flatnonzero(np.isin(self.event, events))


def read_log(file: Path, *, zone: str | None = None, words: Mapping[str, str] | None = None) -> BoxLog:
    """Read and check a log.

    Parameters
    ----------
    file
        CSV or Parquet with columns ``box`` (may be left out where there is one), ``door``, ``event``, ``time`` and,
        optionally, ``mass_kg``, ``fraction``, ``carrier``.
    zone
        Time zone of the boxes, e.g. ``Europe/Copenhagen``.
    words
        The log's own names of events -> ours.

    Raises
    ------
    ScenarioError
        With the first faults of cells and times, each with file, line, column, value and what is allowed.
    """
    sheet = read(file, _schema(words or {}))
    faults, columns = Faults(file), sheet.columns
    event = np.array([(words or {}).get(word, word) for word in columns["event"].tolist()])
    door = columns.get("door", np.full(len(sheet), "", object))
    faults.rows(
        sheet,
        np.isin(event, BY_DOOR) & (door == ""),
        lambda row: ("door", f"is empty; a row of '{event[row]}' must name its door"),
    )
    box = columns.get("box", np.full(len(sheet), "the box", object))
    times = read_times(sheet, columns["time"], box, zone, faults)
    faults.check()
    return _in_order(sheet, event, box, door, times)


def _schema(words: Mapping[str, str]) -> tuple[TableColumn, ...]:
    for own, ours in words.items():
        if ours not in EVENTS:
            raise ScenarioError.at(f"event '{own}'", f"found '{ours}'; must be one of {', '.join(EVENTS)}")
    return (
        TableColumn("box", "text", holes=False),
        TableColumn("door", "text"),
        TableColumn("event", "text", required=True, holes=False, choices=(*words, *EVENTS)),
        TableColumn("time", "text", required=True, holes=False),
        TableColumn("mass_kg", "number", low=0, above=True, high=1000),
        TableColumn("fraction", "text", choices=FRACTIONS),
        TableColumn("carrier", "text"),
    )


def _in_order(sheet: Sheet, event: NDArray[np.str_], box: NDArray[Any], door: NDArray[Any], times: Times) -> BoxLog:
    names, box_number = np.unique(box.astype(str), return_inverse=True)
    box_number = box_number.ravel()
    keys, door_number = np.unique(np.stack([box_number.astype(str), door.astype(str)]), axis=1, return_inverse=True)
    door_number = np.where(keys[1] == "", -1, np.arange(keys.shape[1]))[door_number.ravel()]
    unordered = sum(int((np.diff(times.second[box_number == b]) < 0).sum()) for b in range(len(names)))
    order = np.argsort(times.second, kind="stable")  # events of one second stay as the file has them
    mass = sheet.columns.get("mass_kg", np.full(len(sheet), np.nan))
    twins = _doubles(event, box_number, door_number, times.second, mass)
    order = order[~twins[order]]

    def text(name: str) -> NDArray[Any]:
        return np.asarray(sheet.columns.get(name, np.full(len(sheet), "", object)))[order]

    return BoxLog(
        sheet=sheet,
        row=order,
        boxes=tuple(names.tolist()),
        box=box_number[order],
        door=door_number[order],
        event=event[order],
        second=times.second[order],
        local=times.local[order],
        mass_kg=np.asarray(mass, np.float64)[order],
        fraction=text("fraction"),
        carrier=text("carrier"),
        unordered=unordered,
        doubled=int(twins.sum()),
        notes=times.notes,
    )


def _doubles(event: NDArray[np.str_], box: Ints, door: Ints, second: Ints, mass: Floats) -> Flags:
    """Rows that say again what an earlier one said; only where one door cannot do the same thing twice a second."""
    of_door = np.isin(event, BY_DOOR) | (np.isin(event, ("deposited", "emptied")) & (door >= 0))
    rows = np.flatnonzero(of_door)
    _, kind = np.unique(event[rows], return_inverse=True)
    grams = np.nan_to_num(mass[rows] * 1000, nan=-1).astype(np.int64)
    keys = np.stack([kind.ravel(), box[rows], door[rows], second[rows], grams], axis=1)
    _, first = np.unique(keys, axis=0, return_index=True)
    doubled = np.zeros(len(event), bool)
    doubled[rows] = True
    doubled[rows[first]] = False
    return doubled
