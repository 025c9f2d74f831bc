"""The seam of triggers: which boxes a collection vehicle of a shipped policy has to visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from molosim.inputs.components import Component
from molosim.inputs.fleet import Carrier, Municipality
from molosim.policies.policy import BoxStatus, Today
from molosim.runtime.errors import Fault


class Trigger(Component):
    """Which boxes are due today."""

    def due(self, boxes: Sequence[BoxStatus], today: Today) -> list[int]:
        """Numbers of the boxes to visit.

        Parameters
        ----------
        boxes
            All boxes as they are this morning, in order of their numbers.
        today
            The day that is planned.

        Returns
        -------
        list of int
            The most urgent first; none by default.
        """
        del boxes, today
        return []

    def weekdays_set(self) -> frozenset[int]:
        """Weekdays on which boxes are due as a rule.

        Returns
        -------
        frozenset of int
            0 for Monday; empty where no weekday is special.
        """
        return frozenset()

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """What in it the municipality could not carry out, found before anything runs.

        Parameters
        ----------
        carriers
            All of the scenario.
        municipality
            Its vehicles and places.

        Yields
        ------
        Fault
            Whose place is a key of the trigger.
        """
        del carriers, municipality
        yield from ()
