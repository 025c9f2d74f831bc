"""From events to stays: when each parcel came, how it left, and how long each box was watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molosim.fitting.log import MOST_ODD, BoxLog
from molosim.inputs.table_files import Faults
from molosim.runtime.arrays import Flags, Ints

FETCHED, RETURNED, INSIDE = range(3)
"""How a stay ended: by the resident, by the carrier, or not while the log was kept."""


@dataclass(frozen=True, eq=False)
class Windows:
    """When boxes were watched and when they were out of order: (n, 3) box, first second, second behind the last."""

    watched: Ints
    outages: Ints

    def inside(self, box: Ints, second: Ints) -> Flags:
        """Whether moments lie in a watched time outside outages."""
        seen = np.zeros(len(box), bool)
        for number, start, end in self.watched.tolist():
            seen |= (box == number) & (second >= start) & (second <= end)
        for number, start, end in self.outages.tolist():
            seen &= ~((box == number) & (second >= start) & (second < end))
        return seen


@dataclass(frozen=True, eq=False)
class Stays:
    """Parcels behind doors.

    Attributes
    ----------
    box, placed_s, placed_local_s
        Where and when each came.
    end_s
        Second at which it left, or at which the log of its box ends or breaks off.
    watched_until_s
        Second at which it would have been lost sight of, had it stayed.
    how
        `FETCHED`, `RETURNED` or `INSIDE`.
    odd
        Number of rows that cannot be reconciled with what their door holds.
    from_before
        Number of parcels that left but came before the log began.
    """

    box: Ints
    placed_s: Ints
    placed_local_s: Ints
    end_s: Ints
    watched_until_s: Ints
    how: Ints
    odd: int
    from_before: int

    def __len__(self) -> int:
        """Number of stays."""
        return len(self.box)


def windows(log: BoxLog) -> Windows:
    """When boxes were watched, from the events that say so.

    A box without ``log_start`` and ``log_end`` was watched from the file's first event to its last.
    """
    first, last = int(log.second[0]), int(log.second[-1])
    watched, outages = [], []
    for box in range(len(log.boxes)):
        mine = log.box == box
        watched += [(box, *span) for span in _spans(log, mine, "log_start", "log_end", (first, last))]
        opened = _spans(log, mine, "out_of_order", "in_order", (first, last), at_first=False)
        outages += [(box, *span) for span in opened]
    return Windows(np.array(watched, np.int64).reshape(-1, 3), np.array(outages, np.int64).reshape(-1, 3))


def _spans(
    log: BoxLog, mine: Flags, opens: str, closes: str, whole: tuple[int, int], *, at_first: bool = True
) -> list[tuple[int, int]]:
    """Times between an opening and a closing event; what is open at the end stays so to the end of the log."""
    rows = np.flatnonzero(mine & np.isin(log.event, (opens, closes)))
    spans: list[tuple[int, int]] = []
    start = whole[0] if (len(rows) == 0 and at_first) or (len(rows) and log.event[rows[0]] == closes) else None
    for row in rows.tolist():
        second = int(log.second[row])
        if log.event[row] == opens:
            start = second if start is None else start
        elif start is not None:
            spans.append((start, second))
            start = None
    return [*spans, (start, whole[1])] if start is not None else spans


def stays(log: BoxLog, watched: Windows) -> Stays:
    """Pair what came with what left, door by door.

    Raises
    ------
    ScenarioError
        More than `MOST_ODD` of the rows are doubled or cannot be reconciled with their door: the first are named.
    """
    book = _Book(log, watched)
    for row in log.rows("placed", "fetched", "returned", "sent", "send_collected", "log_end").tolist():
        book.enter(row)
    book.close()
    _check_odd(log, book.odd)
    rows = np.array(book.rows, np.int64).reshape(-1, 6)
    box, placed_s, local_s, end_s, until_s, how = rows[np.argsort(rows[:, 1], kind="stable")].T
    return Stays(box, placed_s, local_s, end_s, until_s, how, len(book.odd), book.from_before)


class _Book:
    """What every door holds while a log is read through."""

    def __init__(self, log: BoxLog, watched: Windows) -> None:
        self._log = log
        self._held: dict[int, int] = {}
        """Door -> row that filled it."""
        self._known: set[int] = set()
        """Doors whose content is known since the log of their box began."""
        self._ends: dict[int, list[int]] = {}
        for box, _, end in watched.watched.tolist():
            self._ends.setdefault(box, []).append(end)
        self.rows: list[tuple[int, ...]] = []
        self.odd: list[tuple[int, str]] = []
        self.from_before = 0

    def enter(self, row: int) -> None:
        log = self._log
        event, door = str(log.event[row]), int(log.door[row])
        if event == "log_end":
            self._forget(int(log.box[row]), row)
            return
        if event in ("placed", "sent"):
            if door in self._held:
                self.odd.append(
                    (row, f"is '{event}', but its door has held something since {self._told(self._held[door])}")
                )
            self._held[door] = row
        else:
            self._take(row, event, door)
        self._known.add(door)

    def _take(self, row: int, event: str, door: int) -> None:
        filled = self._held.pop(door, None)
        came = "sent" if event == "send_collected" else "placed"
        if filled is None:
            if door in self._known:
                self.odd.append((row, f"is '{event}', but its door is empty"))
            elif came == "placed":
                self.from_before += 1
        elif self._log.event[filled] != came:
            self.odd.append((row, f"is '{event}', but its door holds what was '{self._log.event[filled]}'"))
        elif came == "placed":
            self._leave(filled, int(self._log.second[row]), FETCHED if event == "fetched" else RETURNED)

    def _leave(self, filled: int, end_s: int, how: int) -> None:
        log = self._log
        box, placed_s = int(log.box[filled]), int(log.second[filled])
        until = min((end for end in self._ends.get(box, []) if end >= placed_s), default=int(log.second[-1]))
        self.rows.append((box, placed_s, int(log.local[filled]), end_s, max(until, end_s), how))

    def _forget(self, box: int, row: int) -> None:
        """The log of a box breaks off: nobody knows what its doors hold when it goes on."""
        log = self._log
        for door, filled in list(self._held.items()):
            if log.box[filled] == box:
                if log.event[filled] == "placed":
                    self._leave(filled, int(log.second[row]), INSIDE)
                del self._held[door]
        self._known -= {int(door) for door in np.unique(log.door[log.box == box])}

    def close(self) -> None:
        """What is still inside when the log ends."""
        for filled in self._held.values():
            if self._log.event[filled] == "placed":
                self._leave(filled, int(self._log.second[-1]), INSIDE)

    def _told(self, row: int) -> str:
        return f"{self._log.sheet.word} {self._log.sheet.line[self._log.row[row]]}"


def _check_odd(log: BoxLog, odd: list[tuple[int, str]]) -> None:
    if len(odd) + log.doubled <= MOST_ODD * (len(log) + log.doubled):
        return
    faults = Faults(log.sheet.file)
    faults.one(
        str(log.sheet.file),
        f"{len(odd)} rows do not go with what their door holds and {log.doubled} are doubles, of"
        f" {len(log) + log.doubled}; at most {MOST_ODD:.0%} may be odd",
    )
    problems = {int(log.row[row]): problem for row, problem in odd}
    faults.rows(log.sheet, np.array(sorted(problems), np.int64), lambda row: ("event", problems[row]))
    faults.check()
