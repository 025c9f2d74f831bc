"""Policy: a collection vehicle fetches, vans take nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from molosim.inputs.asked import asking, faults_of
from molosim.inputs.components import Trigger
from molosim.inputs.fleet import Carrier, Municipality
from molosim.policies.policy import BoxStatus, CollectionPolicy, Today, Visit
from molosim.runtime.errors import Fault


class Dedicated(CollectionPolicy):
    """A collection vehicle fetches; vans take no waste."""

    trigger: Trigger

    subject: ClassVar[str] = "Fetching the waste with a collection vehicle of its own"

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        """As in `CollectionPolicy`: what the trigger finds due."""
        with asking("trigger", self.trigger, "due"):
            return [Visit(box) for box in self.trigger.due(boxes, today)]

    def collection_weekdays(self) -> frozenset[int]:
        """As in `CollectionPolicy`."""
        with asking("trigger", self.trigger, "weekdays_set"):
            return frozenset(self.trigger.weekdays_set())

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """As in `CollectionPolicy`."""
        yield from super().faults(carriers, municipality)
        yield from faults_of("trigger", self.trigger, carriers, municipality)


BUILT_IN = {"dedicated": Dedicated}
