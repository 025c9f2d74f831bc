"""The seam of collection policies: what a policy may know, what it decides, and what the simulation asks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from molosim.inputs.components import Component
from molosim.inputs.fleet import Carrier, Municipality
from molosim.runtime.errors import Fault


class BoxStatus(NamedTuple):
    """What a planner may know of a box in the morning.

    Attributes
    ----------
    box
        Its number from 0: its place in what is given and returned for all boxes.
    fill
        Fullest container, share of its mass or volume limit, whichever is higher; 0 to 1.
    waste_kg
        Kilograms of waste in all of its containers.
    fill_per_day
        Mean growth of ``fill`` a day since the last collection, as the box itself can tell.
    passed
        Whether a van that takes waste visits it today anyway, for parcels.
    """

    box: int
    fill: float
    waste_kg: float
    fill_per_day: float
    passed: bool = False


class Today(NamedTuple):
    """The day that is planned.

    Attributes
    ----------
    day
        Days since the start of the run, warm-up included; ``day`` in the tables counts from the end of the warm-up.
    weekday
        0 for Monday.
    holiday
        Whether it is a public holiday.
    """

    day: int
    weekday: int
    holiday: bool = False


class Visit(NamedTuple):
    """A box that a collection vehicle is to visit.

    Attributes
    ----------
    box
        Its number.
    vehicle
        Type that has to come, a name under ``vehicles``, of those that the municipality has; any where it is None.
    """

    box: int
    vehicle: str | None = None


class Detour(NamedTuple):
    """A box that a van is to visit for its waste alone.

    Attributes
    ----------
    box
        Its number.
    most_s
        Driving and handling that the visit may add to the tour at most, seconds.
    carriers
        Names of those who may be asked, of those whose vans take waste and work today; all where it is None.
    """

    box: int
    most_s: float
    carriers: tuple[str, ...] | None = None


class CollectionPolicy(Component):
    """Who collects which box's waste when.

    A policy of your own derives from this class, has its parameters as fields, and overrides what it decides; it must
    be in a module that can be imported. The simulation asks it each morning, when carriers have laid out their tours,
    and never what class it is. It must not keep state: the same question has the same answer in every process.

    Attributes
    ----------
    boxes_take_waste
        Whether waste doors are in use at all; else residents do what they do today.
    subject
        What the report calls it, as the subject of a sentence.
    shares
        Whether vans may take waste: follows from whether a class overrides `pickup_fill` or `detours`.
    collects
        Whether the municipality's vehicles may be sent out: follows from whether a class overrides `visits`.

    Examples
    --------
    >>> from molosim import CollectionPolicy
    >>> from molosim.seams import BoxStatus, Today, Visit
    >>> class EveryNth(CollectionPolicy):
    ...     days: int = 3
    ...
    ...     def visits(self, boxes, today):
    ...         return [Visit(one.box) for one in boxes if one.waste_kg > 0 and today.day % self.days == 0]
    >>> morning = [BoxStatus(box=0, fill=0.4, waste_kg=2.5, fill_per_day=0.1), BoxStatus(1, 0.0, 0.0, 0.0)]
    >>> EveryNth(days=2).visits(morning, Today(day=4, weekday=4))
    [Visit(box=0, vehicle=None)]
    """

    boxes_take_waste: ClassVar[bool] = True
    shares: ClassVar[bool] = False
    collects: ClassVar[bool] = False
    subject: ClassVar[str] = "This way of collecting the waste"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Derive what a class may send out from what it overrides."""
        base = CollectionPolicy
        cls.shares = cls.pickup_fill is not base.pickup_fill or cls.detours is not base.detours
        cls.collects = cls.visits is not base.visits
        super().__pydantic_init_subclass__(**kwargs)

    def visits(self, boxes: Sequence[BoxStatus], today: Today) -> Sequence[Visit]:
        """Boxes that collection vehicles visit today; their rounds are planned by the simulation.

        Asked on the municipality's working days (``municipality.shift``) alone; ``today.day`` counts the warm-up's days
        too, unlike ``day`` in the tables.

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

        Asked for each carrier that takes waste and works today.

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

        Asked on days on which a carrier works that takes waste.

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
