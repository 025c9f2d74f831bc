"""Trigger: boxes that have passed a fill."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from molosim.policies.policy import BoxStatus, Today
from molosim.policies.trigger import Trigger


class Threshold(Trigger):
    """Boxes whose fill has passed a threshold, and others nearly there once a vehicle goes out."""

    fill: float = Field(gt=0, le=1)
    along_fill: float = Field(default=1, gt=0, le=1)
    """Once a vehicle goes out, boxes from this fill on are visited too."""

    def due(self, boxes: Sequence[BoxStatus], today: Today) -> list[int]:
        """As in `Trigger`."""
        del today
        if not any(s.fill >= self.fill for s in boxes):
            return []
        return [s.box for s in boxes if s.fill >= min(self.fill, self.along_fill)]


BUILT_IN = {"threshold": Threshold}
