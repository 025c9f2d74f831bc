"""Trigger: every box on fixed days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field, PositiveInt

from molosim.inputs.fleet import WEEKDAYS, Carrier, Municipality, Weekdays
from molosim.policies.policy import BoxStatus, Today
from molosim.policies.trigger import Trigger
from molosim.runtime.errors import Fault


class Calendar(Trigger):
    """Every box on fixed days."""

    weekdays: Weekdays = Field(min_length=1)
    every_weeks: PositiveInt = 1
    min_fill: float = Field(default=0, ge=0, le=1)
    """Boxes below are skipped."""

    def due(self, boxes: Sequence[BoxStatus], today: Today) -> list[int]:
        """As in `Trigger`; weeks are counted from the start of the run."""
        if WEEKDAYS[today.weekday] not in self.weekdays or (today.day // 7) % self.every_weeks:
            return []
        return [s.box for s in boxes if s.fill >= self.min_fill and s.waste_kg > 0]

    def weekdays_set(self) -> frozenset[int]:
        """As in `Trigger`."""
        return frozenset(WEEKDAYS.index(day) for day in self.weekdays)

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """Days on which the municipality does not work."""
        del carriers
        working = municipality.shift.weekdays
        if idle := [day for day in self.weekdays if day not in working]:
            yield Fault("weekdays", f"found {', '.join(idle)}; municipality.shift works {', '.join(working)}")


BUILT_IN = {"calendar": Calendar}
