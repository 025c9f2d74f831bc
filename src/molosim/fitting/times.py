"""Times of a log: ISO 8601 with or without an offset, on the clock of a time zone; daylight saving included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molosim.inputs.table_files import Faults, Sheet
from molosim.runtime.arrays import Flags, Ints
from molosim.runtime.errors import ScenarioError, did_you_mean

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks are counted from it, whatever their zone
ALLOWED = "must be a time such as 2025-03-31T14:05:00 or 2025-03-31T14:05:00+02:00"


@dataclass(frozen=True, eq=False)
class Times:
    """Moments of all rows.

    Attributes
    ----------
    second
        i64, on a clock that never jumps: UTC, or the wall clock where no zone is known.
    local
        i64, what the wall clock shows, in seconds.
    notes
        What was assumed, for the user.
    """

    second: Ints
    local: Ints
    notes: tuple[str, ...]


def read_times(sheet: Sheet, cells: NDArray[Any], boxes: NDArray[Any], zone_name: str | None, faults: Faults) -> Times:
    """Moments from texts; faults are added for rows that hold none.

    Raises
    ------
    ScenarioError
        There is no such time zone.
    """
    zone = _zone(zone_name) if zone_name else None
    moments = [_parsed(cell) for cell in cells.tolist()]
    wrong = np.array([moment is None for moment in moments])
    faults.rows(sheet, wrong, lambda row: ("time", f"found '{str(cells[row])[:60]}'; {ALLOWED}"))
    known = [moment for moment in moments if moment is not None]
    aware = sum(moment.tzinfo is not None for moment in known)
    if 0 < aware < len(known):
        problem = f"{aware} of {len(known)} times say their offset from UTC and the others do not; all must, or none"
        faults.one(str(sheet.file), problem)
    if faults.count or not known:
        return Times(np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64), ())
    if aware:
        return _with_offsets(known, zone)
    if zone is None:
        clock = _seconds(known)
        note = "times say no offset and no time zone is given: where the clock was changed, stays are an hour off"
        return Times(clock, clock, (note,))
    return _of_wall_clock(sheet, known, boxes, zone, faults)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - only a log with a zone needs it

    if name not in available_timezones():
        hint = did_you_mean(name, sorted(available_timezones()))
        allowed = hint if "did you" in hint else "; allowed are names such as Europe/Copenhagen"
        raise ScenarioError.at("time zone", f"found '{name}'{allowed}")
    return ZoneInfo(name)


def _parsed(cell: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    # A date alone is no moment.
    return moment.replace(microsecond=0) if len(cell) > 10 and 1970 <= moment.year <= 2200 else None


def _seconds(clocks: Sequence[datetime]) -> Ints:
    """Seconds of wall clocks (zones are left out)."""
    return np.array([int((c.replace(tzinfo=None) - _EPOCH).total_seconds()) for c in clocks], np.int64)


def _with_offsets(moments: Sequence[datetime], zone: tzinfo | None) -> Times:
    second = _seconds([moment.astimezone(UTC) for moment in moments])
    if zone is not None:
        return Times(second, _seconds([moment.astimezone(zone) for moment in moments]), ())
    offsets = {moment.utcoffset() for moment in moments}
    notes = ("all times are UTC and so are the fitted hours; a time zone would make them local",)
    return Times(second, _seconds(moments), notes if offsets == {timedelta(0)} else ())


def _of_wall_clock(
    sheet: Sheet, clocks: Sequence[datetime], boxes: NDArray[Any], zone: tzinfo, faults: Faults
) -> Times:
    """Moments of a zone's wall clock: an hour that comes twice is told apart by the order of rows."""
    placed = [clock.replace(tzinfo=zone) for clock in clocks]
    before, after = ([moment.replace(fold=fold).utcoffset() for moment in placed] for fold in (0, 1))
    # Where both readings differ the clock was changed: back (the hour is there twice) or on (it is never).
    twice = np.array([b > a for b, a in zip(before, after, strict=True)])  # type: ignore[operator]  # zones know it
    never = np.array([b < a for b, a in zip(before, after, strict=True)])  # type: ignore[operator]  # as above
    faults.rows(
        sheet, never, lambda row: ("time", f"found '{clocks[row]}', which {zone} never showed: the clock was put on")
    )
    folds = _second_pass(clocks, boxes, twice)
    moments = [moment.replace(fold=int(fold)) for moment, fold in zip(placed, folds, strict=True)]
    notes: tuple[str, ...] = ()
    if twice.any():
        first = int((twice & ~folds).sum())
        notes = (
            f"{int(twice.sum())} times are in an hour that the clock showed twice; by the order of rows {first} are"
            " taken as its first pass",
        )
    return Times(_seconds([moment.astimezone(UTC) for moment in moments]), _seconds(clocks), notes)


def _second_pass(clocks: Sequence[datetime], boxes: NDArray[Any], twice: Flags) -> Flags:
    """Rows of a doubled hour that stand behind a later clock of their box: the hour has begun again."""
    folds = np.zeros(len(clocks), bool)
    latest: dict[tuple[Any, Any], datetime] = {}
    turned: set[tuple[Any, Any]] = set()
    for row in np.flatnonzero(twice).tolist():
        hour = (boxes[row], clocks[row].date())
        if clocks[row] < latest.get(hour, clocks[row]):
            turned.add(hour)
        latest[hour] = clocks[row]
        folds[row] = hour in turned
    return folds
