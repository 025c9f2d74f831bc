"""Policy: a collection vehicle fetches, vans take nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from molosim.inputs.components import Trigger
from molosim.inputs.fleet import Carrier, Municipality
from molosim.policies.policy import BoxStatus, CollectionPolicy, Today, Visit
from molosim.runtime.errors import Fault


class Dedicated(CollectionPolicy):
    """A collection vehicle fetches; vans take no waste."""

    trigger: Trigger

    collects: ClassVar[bool] = True
    subject: ClassVar[str] = "Fetching the waste with a collection vehicle of its own"

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        """As in `CollectionPolicy`: what the trigger finds due."""
        return [Visit(box) for box in self.trigger.due(boxes, today)]

    def collection_weekdays(self) -> frozenset[int]:
        """As in `CollectionPolicy`."""
        return self.trigger.weekdays_set()

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """As in `CollectionPolicy`."""
        yield from super().faults(carriers, municipality)
        yield from (
            replace(fault, place=f"trigger.{fault.place}") for fault in self.trigger.faults(carriers, municipality)
        )


BUILT_IN = {"dedicated": Dedicated}
