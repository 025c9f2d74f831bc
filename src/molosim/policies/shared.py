"""Policy: vans that pass take waste in the room they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, NonNegativeFloat

from molosim.policies.policy import BoxStatus, CollectionPolicy, Detour, Today


class Shared(CollectionPolicy):
    """Vans that pass take waste in the room they have; a box nobody passes is a detour."""

    take_fill: float = Field(default=0.3, ge=0, le=1)
    """A passing van takes containers from this fill on."""
    detour_fill: float = Field(default=0.7, gt=0, le=1)
    """A box that no van visits today is inserted from this fill on."""
    max_detour_min: NonNegativeFloat = 10
    """Added driving and handling of an inserted visit at most."""

    subject: ClassVar[str] = "Letting the delivery vans take the waste along"

    def pickup_fill(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> float:
        """As in `CollectionPolicy`: the same for all."""
        del boxes, today, carrier
        return self.take_fill

    def detours(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Detour]:
        """As in `CollectionPolicy`: full boxes that nobody passes, the fullest first."""
        del today
        full = [s for s in boxes if s.fill >= self.detour_fill and not s.passed]
        return [Detour(s.box, self.max_detour_min * 60) for s in sorted(full, key=lambda s: -s.fill)]


BUILT_IN = {"shared": Shared}
