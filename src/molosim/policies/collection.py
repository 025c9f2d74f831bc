"""Collection policies: which box's waste is fetched when, and by whom; one class each with its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from molosim.inputs.fleet import WEEKDAYS, Weekday
from molosim.inputs.validation import Spec


@dataclass(frozen=True, slots=True)
class BoxStatus:
    """What a planner may know of a box when it plans."""

    box: int
    fill: float
    """Fullest container, share of its mass or volume limit, whichever is higher."""
    waste_kg: float
    fill_per_day: float
    """Mean growth of ``fill`` since the last collection, as the box itself can tell."""


class Calendar(Spec):
    """Every box on fixed days."""

    kind: Literal["calendar"] = "calendar"
    weekdays: tuple[Weekday, ...] = Field(min_length=1)
    every_weeks: PositiveInt = 1
    min_fill: float = Field(default=0, ge=0, le=1)
    """Boxes below are skipped."""

    def due(self, statuses: Sequence[BoxStatus], *, day: int, weekday: int) -> list[int]:
        """Boxes to visit on ``day`` (days since the start), whose weekday is 0 for Monday."""
        if WEEKDAYS[weekday] not in self.weekdays or (day // 7) % self.every_weeks:
            return []
        return [s.box for s in statuses if s.fill >= self.min_fill and s.waste_kg > 0]


class Threshold(Spec):
    """Boxes whose fill has passed a threshold, and others nearly there once a vehicle goes out."""

    kind: Literal["threshold"] = "threshold"
    fill: float = Field(gt=0, le=1)
    along_fill: float = Field(default=1, gt=0, le=1)
    """Once a vehicle goes out, boxes from this fill on are visited too."""

    def due(self, statuses: Sequence[BoxStatus], *, day: int, weekday: int) -> list[int]:
        """As in `Calendar.due`."""
        del day, weekday
        if not any(s.fill >= self.fill for s in statuses):
            return []
        return [s.box for s in statuses if s.fill >= min(self.fill, self.along_fill)]


class Forecast(Spec):
    """Boxes expected to pass a fill within some days."""

    kind: Literal["forecast"] = "forecast"
    fill: float = Field(default=1, gt=0, le=1)
    days_ahead: PositiveFloat = 2

    def due(self, statuses: Sequence[BoxStatus], *, day: int, weekday: int) -> list[int]:
        """As in `Calendar.due`."""
        del day, weekday
        return [s.box for s in statuses if s.waste_kg > 0 and s.fill + self.days_ahead * s.fill_per_day >= self.fill]


Trigger = Annotated[Calendar | Threshold | Forecast, Field(discriminator="kind")]


class Dedicated(Spec):
    """A collection vehicle fetches; vans take no waste."""

    kind: Literal["dedicated"] = "dedicated"
    trigger: Trigger


class _Sharing(Spec):
    """What shared and hybrid have in common."""

    take_fill: float = Field(default=0.3, ge=0, le=1)
    """A passing van takes containers from this fill on."""
    detour_fill: float = Field(default=0.7, gt=0, le=1)
    """A box that no van visits today is inserted from this fill on."""
    max_detour_min: NonNegativeFloat = 10
    """Added driving and handling of an inserted visit at most."""


class Shared(_Sharing):
    """Vans that pass take waste in the room they have; a box nobody passes is a detour."""

    kind: Literal["shared"] = "shared"


class Hybrid(_Sharing):
    """As shared, and a collection vehicle for what gets too full."""

    kind: Literal["hybrid"] = "hybrid"
    trigger: Trigger


class NoWaste(Spec):
    """No waste doors in use: residents do what they do today."""

    kind: Literal["none"] = "none"


Policy = Annotated[Dedicated | Shared | Hybrid | NoWaste, Field(discriminator="kind")]
