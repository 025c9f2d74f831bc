"""Trigger: boxes that are expected to pass a fill."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, PositiveFloat

from molosim.policies.policy import BoxStatus, Today
from molosim.policies.trigger import Trigger


class Forecast(Trigger):
    """Boxes expected to pass a fill within some days."""

    fill: float = Field(default=1, gt=0, le=1)
    days_ahead: PositiveFloat = 2

    def due(self, boxes: Sequence[BoxStatus], today: Today) -> list[int]:
        """As in `Trigger`."""
        del today
        return [s.box for s in boxes if s.waste_kg > 0 and s.fill + self.days_ahead * s.fill_per_day >= self.fill]


BUILT_IN = {"forecast": Forecast}
