"""The seam of collection policies: what a policy may know, what it decides, and what the simulation asks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from molosim.inputs.components import Component
from molosim.inputs.fleet import Carrier, Municipality
from molosim.runtime.errors import Fault


class BoxStatus(NamedTuple):
    """What a planner may know of a box in the morning."""

    box: int
    """Its number, the place in lists with an entry for each box."""
    fill: float
    """Fullest container, share of its mass or volume limit, whichever is higher."""
    waste_kg: float
    fill_per_day: float
    """Mean growth of ``fill`` since the last collection, as the box itself can tell."""
    passed: bool = False
    """Whether a van that takes waste visits it today anyway, for parcels."""


class Today(NamedTuple):
    """The day that is planned."""

    day: int
    """Days since the start of the run, warm-up included."""
    weekday: int
    """0 for Monday."""
    holiday: bool = False


class Visit(NamedTuple):
    """A box that a collection vehicle is to visit."""

    box: int
    vehicle: str | None = None
    """Type that has to come, of those that the municipality has; any where none is named."""


class Detour(NamedTuple):
    """A box that a van is to visit for its waste alone."""

    box: int
    most_s: float
    """Driving and handling that the visit may add to the tour at most, seconds."""
    carriers: tuple[str, ...] | None = None
    """Who may be asked, of those whose vans take waste and work today; all where none is named."""


class CollectionPolicy(Component):
    """Who collects which box's waste when.

    A policy of your own derives from this class, has its parameters as fields, and overrides what it decides; it must
    be in a module that can be imported. The simulation asks it each morning, when carriers have laid out their tours,
    and never what class it is. It must not keep state: the same question has the same answer in every process.
    """

    boxes_take_waste: ClassVar[bool] = True
    """Whether waste doors are in use at all; else residents do what they do today."""
    shares: ClassVar[bool] = False
    """Whether vans may take waste: then `pickup_fill` and `detours` are asked."""
    collects: ClassVar[bool] = False
    """Whether the municipality's vehicles may be sent out: then `visits` is asked on its working days."""
    subject: ClassVar[str] = "This way of collecting the waste"
    """What the report calls it, as the subject of a sentence."""

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        """Boxes that collection vehicles visit today; their rounds are planned by the simulation.

        Parameters
        ----------
        boxes
            All boxes as they are this morning, in order of their numbers.
        today
            The day that is planned.

        Returns
        -------
        sequence of Visit
            The most urgent first; none by default.
        """
        del boxes, today
        return ()

    def pickup_fill(self, boxes: Sequence[BoxStatus], today: Today, carrier: str) -> float | Sequence[float] | None:
        """Fill from which a van of a carrier takes containers where it comes by today.

        Parameters
        ----------
        boxes
            All boxes as they are this morning, in order of their numbers.
        today
            The day that is planned.
        carrier
            Name of the carrier.

        Returns
        -------
        float, sequence or None
            Share of a container's limit, 0 to 1: one for all boxes, or one for each; None if it takes none.
        """
        del boxes, today, carrier
        return None

    def detours(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Detour]:
        """Boxes that vans visit today for waste alone; each goes to the tour to which it adds the least way.

        Parameters
        ----------
        boxes
            All boxes as they are this morning, in order of their numbers.
        today
            The day that is planned.

        Returns
        -------
        sequence of Detour
            The most urgent first; none by default.
        """
        del boxes, today
        return ()

    def collection_weekdays(self) -> frozenset[int]:
        """Weekdays on which it collects as a rule; a day of them is shown in the report's maps.

        Returns
        -------
        frozenset of int
            0 for Monday; empty where no weekday is special.
        """
        return frozenset()

    def faults(self, carriers: Sequence[Carrier], municipality: Municipality) -> Iterator[Fault]:
        """What in it nobody could carry out, found before anything runs.

        Parameters
        ----------
        carriers
            All of the scenario.
        municipality
            Its vehicles and places.

        Yields
        ------
        Fault
            Whose place is a key of the policy, or "" for the policy itself.
        """
        del municipality
        if self.shares and not any(carrier.takes_waste for carrier in carriers):
            yield Fault("", "no carrier has takes_waste = true; one at least must")
