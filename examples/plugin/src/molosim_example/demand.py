"""A demand: what arose in recorded households in one week, drawn again for the households around each box."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from molosim import Demand, InputFile
from molosim.seams import (
    DAY_S,
    WEEKDAYS,
    Catchment,
    DemandContext,
    Fault,
    Ints,
    ParcelsAddressed,
    ParcelsSent,
    Waste,
    WasteArisen,
)

COLUMNS = ("household", "weekday", "hour", "kind", "what", "grams")
PARCEL, SENT, WASTE = KINDS = "parcel", "sent", "waste"


class _Entry(NamedTuple):
    """What arose once in a recorded household."""

    household: int
    weekday: int
    hour: int
    kind: str
    what: str
    """A parcel format's or a waste's name."""
    grams: int


class _Drawn(NamedTuple):
    """Entries drawn over a run; arrays of one length."""

    entry: Ints
    """Number in the list of entries."""
    day: Ints


class RecordedWeek(Demand):
    """Weeks of recorded households, drawn with replacement for each household and week of the run.

    Parcels, parcels sent and each waste are drawn apart, each with generators of its own; within one of them a
    household's week stays together. Which carrier brings a parcel was not recorded: carriers have their shares.
    """

    file: Annotated[str, InputFile()]
    """CSV with the columns household, weekday (mon to sun), hour (0 to 23), kind (parcel, sent, waste), what (name of
    the parcel format or waste), grams."""
    households: int = Field(ge=1, le=1_000_000)
    """Recorded households, numbered from 1; those without a line in the file had nothing that week."""

    def faults(self, context: DemandContext) -> Iterator[Fault]:
        """Lines of the file that nobody could draw from; asked before anything runs."""
        parcels = [one.name for one in context.residents.parcels.formats]
        allowed = {PARCEL: parcels, SENT: parcels, WASTE: [one.name for one in context.residents.deposits.wastes]}
        try:
            entries = _read(self.file)
        except ValueError as error:
            yield Fault("file", str(error))
            return
        for line, entry in enumerate(entries, start=2):
            if entry.what not in allowed[entry.kind]:
                names = ", ".join(allowed[entry.kind])
                yield Fault("file", f"line {line}: found {entry.kind} '{entry.what}'; allowed: {names}")
            if not 1 <= entry.household <= self.households:
                yield Fault("file", f"line {line}: found household {entry.household}; there are 1 to {self.households}")

    def parcels(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsAddressed:
        """Parcels addressed to the households around a box."""
        entries = self._entries(PARCEL)
        drawn = self._drawn(entries, homes.households, context, rng)
        carrier = _carriers(context, len(drawn.day), rng)
        return ParcelsAddressed(drawn.day, carrier, _formats(entries, drawn, context), _grams(entries, drawn))

    def sent(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsSent:
        """Parcels that they send."""
        entries = self._entries(SENT)
        drawn = self._drawn(entries, homes.households, context, rng)
        second, carrier = _seconds(entries, drawn, rng), _carriers(context, len(drawn.day), rng)
        return ParcelsSent(second, carrier, _formats(entries, drawn, context), _grams(entries, drawn))

    def waste(self, homes: Catchment, waste: Waste, context: DemandContext, rng: np.random.Generator) -> WasteArisen:
        """Deposits of one waste; of what was recorded, the households bring ``homes.share`` to the box."""
        entries = [entry for entry in self._entries(WASTE) if entry.what == waste.name]
        drawn = self._drawn(entries, homes.households, context, rng)
        brought = rng.random(len(drawn.day)) < homes.share
        drawn = _Drawn(drawn.entry[brought], drawn.day[brought])
        return WasteArisen(_seconds(entries, drawn, rng), _grams(entries, drawn))

    def _drawn(
        self, entries: list[_Entry], households: float, context: DemandContext, rng: np.random.Generator
    ) -> _Drawn:
        """What arises in the households over the run's weeks."""
        monday = int(context.days.weekday[0])
        weeks = -(-(context.days.count + monday) // 7)
        # Rarely a whole number of households use a box: the last one counts in some weeks only.
        homes = np.floor(households + rng.random(weeks)).astype(np.int64)
        week = np.repeat(np.arange(weeks), homes)
        household = rng.integers(1, self.households + 1, len(week))
        by_household = np.argsort([entry.household for entry in entries], kind="stable")
        sorted_households = np.array([entries[i].household for i in by_household], np.int64)
        first, last = (np.searchsorted(sorted_households, household, side) for side in ("left", "right"))
        counts = last - first
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = by_household.astype(np.int64)[np.repeat(first, counts) + place]
        weekday = np.array([one.weekday for one in entries], np.int64)[entry]
        day = np.repeat(week, counts) * 7 + weekday - monday
        inside = (day >= 0) & (day < context.days.count)
        return _Drawn(entry[inside], day[inside])

    def _entries(self, kind: str) -> list[_Entry]:
        return [entry for entry in _read(self.file) if entry.kind == kind]


def _read(file: str) -> list[_Entry]:
    """All entries of a file.

    Raises
    ------
    ValueError
        With the line that is none, or the column that is missing.
    """
    with Path(file).open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise ValueError(f"has no column '{missing[0]}'; needs {', '.join(COLUMNS)}")
        return [_entry(row, line) for line, row in enumerate(rows, start=2)]


def _entry(row: dict[str, str], line: int) -> _Entry:
    numbers = {name: row[name] for name in ("household", "hour", "grams")}
    if wrong := [name for name, text in numbers.items() if not (text or "").isdecimal()]:
        raise ValueError(f"line {line}: found {wrong[0]} '{row[wrong[0]]}'; must be a whole number")
    household, hour, grams = (int(text) for text in numbers.values())
    if row["weekday"] not in WEEKDAYS or row["kind"] not in KINDS:
        found = f"'{row['weekday']}', '{row['kind']}'"
        raise ValueError(f"line {line}: found {found}; allowed: {', '.join(WEEKDAYS)} and {', '.join(KINDS)}")
    if hour > 23 or grams < 1:
        raise ValueError(f"line {line}: found hour {hour}, {grams} g; an hour is 0 to 23, a mass at least 1 g")
    return _Entry(household, WEEKDAYS.index(row["weekday"]), hour, row["kind"], row["what"], grams)


def _grams(entries: Sequence[_Entry], drawn: _Drawn) -> Ints:
    return np.array([one.grams for one in entries], np.int64)[drawn.entry]


def _formats(entries: Sequence[_Entry], drawn: _Drawn, context: DemandContext) -> Ints:
    names = [one.name for one in context.residents.parcels.formats]
    return np.array([names.index(one.what) for one in entries], np.int64)[drawn.entry]


def _seconds(entries: Sequence[_Entry], drawn: _Drawn, rng: np.random.Generator) -> Ints:
    hour = np.array([one.hour for one in entries], np.int64)[drawn.entry]
    return drawn.day * DAY_S + hour * 3600 + rng.integers(0, 3600, len(hour))


def _carriers(context: DemandContext, count: int, rng: np.random.Generator) -> Ints:
    shares = np.array([carrier.parcel_share for carrier in context.carriers])
    return rng.choice(len(shares), count, p=shares / shares.sum())
