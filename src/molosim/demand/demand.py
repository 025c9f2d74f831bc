"""The seam of demand: parcels addressed to households, parcels they send, waste they have, each with its time.

Demand says what arises in so many households. Where it goes is behaviour: how many households use a box, which share
of their waste they bring there, is given to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from molosim.inputs.components import Component
from molosim.inputs.days import DAY_S, Days
from molosim.inputs.fleet import Carrier
from molosim.inputs.residents import Residents, Waste
from molosim.inputs.scenario import Scenario
from molosim.runtime.arrays import Ints
from molosim.runtime.errors import Fault, ScenarioError


class Catchment(NamedTuple):
    """Households whose box it is."""

    box: str
    """Its name."""
    households: float
    """Those that use it: rarely a whole number."""
    share: float = 1.0
    """Of what arises in them, what they bring to the box."""


@dataclass(frozen=True, eq=False)
class DemandContext:
    """What all demand of a replication is drawn for."""

    residents: Residents
    carriers: Sequence[Carrier]
    days: Days
    """Simulated days, warm-up included."""
    first_day: np.datetime64
    """Date of day 0."""


class ParcelsAddressed(NamedTuple):
    """Parcels that are addressed to households, in any order; arrays of one length."""

    day: Ints
    """On which a carrier has it, from 0."""
    carrier: Ints
    """Number of who brings it."""
    format: Ints
    """Number of its format in ``residents.parcels.formats``."""
    mass_g: Ints


class ParcelsSent(NamedTuple):
    """Parcels that households send; arrays of one length."""

    second: Ints
    """At which it is handed in, since the first midnight."""
    carrier: Ints
    format: Ints
    mass_g: Ints


class WasteArisen(NamedTuple):
    """Deposits of one kind of waste; arrays of one length."""

    second: Ints
    """At which somebody sets out with it, since the first midnight."""
    mass_g: Ints


class Demand(Component):
    """What arises in households, and when.

    Demand of your own derives from this class, has its parameters as fields, and overrides its three methods; it must
    be in a module that can be imported. ``rng`` is a generator of its own for each box, kind and replication: who draws
    from it alone leaves all other chance as it is, and has the same draws in every process.
    """

    def parcels(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsAddressed:
        """Parcels addressed to these households over all days.

        Parameters
        ----------
        homes
            Households around one box.
        context
            Residents, carriers and days that all demand of a replication is drawn for.
        rng
            Generator of this box, kind and replication alone; all chance has to come from it.

        Returns
        -------
        ParcelsAddressed
            Whole numbers, arrays of one length: day from 0, carrier, format, mass in grams from 1 up.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say which parcels arise: it has no parcels()")

    def sent(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsSent:
        """Parcels that these households send over all days.

        Parameters
        ----------
        homes
            Households around one box.
        context
            Residents, carriers and days that all demand of a replication is drawn for.
        rng
            Generator of this box, kind and replication alone; all chance has to come from it.

        Returns
        -------
        ParcelsSent
            Whole numbers, arrays of one length: second since the first midnight, carrier, format, mass in grams.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say which parcels are sent: it has no sent()")

    def waste(self, homes: Catchment, waste: Waste, context: DemandContext, rng: np.random.Generator) -> WasteArisen:
        """Deposits of one kind of waste that these households bring to the box over all days.

        Parameters
        ----------
        homes
            Households around one box.
        waste
            The kind.
        context
            Residents, carriers and days that all demand of a replication is drawn for.
        rng
            Generator of this box, kind and replication alone; all chance has to come from it.

        Returns
        -------
        WasteArisen
            Whole numbers, arrays of one length: second since the first midnight, mass in grams from 1 up.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say which waste arises: it has no waste()")

    def faults(self, context: DemandContext) -> Iterator[Fault]:
        """What in it nobody could draw from, such as lines of its file, found before anything runs.

        Parameters
        ----------
        context
            Residents, carriers and days that all demand of a replication is drawn for; files have been found.

        Yields
        ------
        Fault
            Whose place is a key of the demand.
        """
        del context
        yield from ()


def context_of(scenario: Scenario, days: Days) -> DemandContext:
    """What the demand of a scenario is drawn for.

    Raises
    ------
    ScenarioError
        The demand has `Demand.faults`.
    """
    first_day = np.datetime64(scenario.horizon.start.isoformat())
    context = DemandContext(scenario.residents, scenario.carriers, days, first_day)
    faults = list(scenario.residents.demand.faults(context))
    if faults:
        raise ScenarioError([Fault(f"residents.demand.{fault.place}", fault.problem) for fault in faults])
    return context


def checked_demand(found: NamedTuple, demand: Demand, context: DemandContext, *, box: str) -> None:
    """Hold what a demand of a user's own says against what it may say.

    Raises
    ------
    ScenarioError
        Arrays of other lengths, or numbers outside the run's days, carriers or formats.
    """
    days = context.days.count
    limits: dict[str, tuple[int, float]] = {
        "day": (0, days),
        "second": (0, days * DAY_S),
        "carrier": (0, len(context.carriers)),
        "format": (0, len(context.residents.parcels.formats)),
        "mass_g": (1, np.inf),
    }
    columns = {name: np.asarray(values) for name, values in found._asdict().items()}
    place, of = "residents.demand", f"{type(demand).__name__}, box '{box}'"
    if len({column.shape for column in columns.values()}) > 1:
        shapes = ", ".join(f"{name} {column.shape}" for name, column in columns.items())
        raise ScenarioError.at(place, f"{of}: found arrays of other lengths ({shapes}); all must have one")
    for name, column in columns.items():
        low, high = limits[name]
        if not np.issubdtype(column.dtype, np.integer):
            raise ScenarioError.at(place, f"{of}: found {name} of {column.dtype}; must be whole numbers")
        if column.size and not (column.min() >= low and column.max() < high):
            found_at = f"{name} {column.min()} to {column.max()}"
            raise ScenarioError.at(place, f"{of}: found {found_at}; must be at least {low} and below {high:g}")
