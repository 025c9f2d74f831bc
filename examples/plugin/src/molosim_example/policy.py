"""A policy: vans leave the boxes emptier before the weekend, and only some carriers make detours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from molosim import CollectionPolicy
from molosim.seams import WEEKDAYS, BoxStatus, Carrier, Detour, Fault, Municipality, Today, Weekday


class BeforeTheWeekend(CollectionPolicy):
    """Vans take waste where they deliver, and nearly all of it on the last day before the weekend.

    A box that no such van visits today is worth a detour if it would be full before vans come again. Only carriers with
    a contract for it make detours.
    """

    take_fill: float = Field(default=0.4, ge=0, le=1)
    """A passing van takes containers from this fill on, a share of their limit."""
    last_day: Weekday = "fri"
    """Last day on which vans come before the weekend."""
    last_day_take_fill: float = Field(default=0.05, ge=0, le=1)
    """In place of ``take_fill`` on ``last_day``."""
    weekend_days: int = Field(default=3, ge=1, le=7)
    """Days from ``last_day`` until vans come again."""
    full_fill: float = Field(default=0.8, gt=0, le=1)
    """A box counts as full from this fill on."""
    detour_carriers: tuple[str, ...] = Field(min_length=1)
    """Names of the carriers whose vans make detours."""
    max_detour_min: float = Field(default=12, ge=0, le=60)
    """Driving and handling that a detour may add to a tour, minutes."""

    subject: ClassVar[str] = "Emptying the boxes further before the weekend"

    def pickup_fill(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> float:
        """Fill from which passing vans take containers: lower on the last day."""
        del boxes, carrier
        return self.last_day_take_fill if self._is_last(today) else self.take_fill

    def detours(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Detour]:
        """Boxes that no van passes and that would be full before vans come again, the fullest first."""
        days = self.weekend_days if self._is_last(today) else 1
        expected = {one.box: one.fill + days * one.fill_per_day for one in boxes if one.waste_kg > 0 and not one.passed}
        full = [box for box, fill in expected.items() if fill >= self.full_fill]
        return [
            Detour(box, self.max_detour_min * 60, self.detour_carriers)
            for box in sorted(full, key=lambda box: -expected[box])
        ]

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """Carriers that do not exist or take no waste, and a last day on which none of them works."""
        yield from super().faults(carriers, municipality)
        able = [carrier for carrier in carriers if carrier.takes_waste]
        names = [carrier.name for carrier in able]
        for number, name in enumerate(self.detour_carriers):
            if name not in names:
                yield Fault(
                    f"detour_carriers.{number}", f"found '{name}'; carriers that take waste: {', '.join(names)}"
                )
        if not any(self.last_day in carrier.shift.weekdays for carrier in able):
            yield Fault("last_day", f"found '{self.last_day}'; no carrier that takes waste works on that day")

    def _is_last(self, today: Today) -> bool:
        return WEEKDAYS[today.weekday] == self.last_day
