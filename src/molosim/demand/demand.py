"""The seam of demand: parcels addressed to households, parcels they send, waste they have, each with its time.

Demand says what arises in so many households. Where it goes is behaviour: how many households use a box, which share
of their waste they bring there, is given to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from molosim.inputs.asked import faults_of
from molosim.inputs.components import Component
from molosim.inputs.days import DAY_S, Days, days_of
from molosim.inputs.fleet import Carrier
from molosim.inputs.residents import Residents, Waste
from molosim.inputs.scenario import Scenario
from molosim.runtime.arrays import Ints
from molosim.runtime.errors import Fault, ScenarioError, refuse

_TONNE_G = 1_000_000
"""Whole numbers of grams are summed over boxes and years; no parcel and no deposit weighs as much."""


class Catchment(NamedTuple):
    """Households whose box it is.

    Attributes
    ----------
    box
        Its name.
    households
        Number of those that use it: rarely a whole number, as some take no part.
    share
        Of what arises in them, what they bring to the box, 0 to 1; of waste alone.
    """

    box: str
    households: float
    share: float = 1.0


@dataclass(frozen=True, eq=False)
class DemandContext:
    """What all demand of a replication is drawn for.

    Attributes
    ----------
    residents
        Of the scenario: ``residents.parcels.formats`` are the formats of parcels, ``residents.deposits.wastes`` the
        kinds of waste.
    carriers
        Of the scenario, in its order.
    days
        Simulated days, warm-up included: ``days.count`` of them, ``days.weekday`` of each.
    first_day
        Date of day 0, the first of the warm-up.
    """

    residents: Residents
    carriers: Sequence[Carrier]
    days: Days
    first_day: np.datetime64


class ParcelsAddressed(NamedTuple):
    """Parcels that are addressed to households, in any order; arrays of whole numbers, one entry for each parcel.

    Attributes
    ----------
    day
        On which a carrier has it, from 0 for the first day of the warm-up, below ``context.days.count``.
    carrier
        Who brings it: its place in ``context.carriers``, from 0.
    format
        Its place in ``context.residents.parcels.formats``, from 0.
    mass_g
        Grams, from 1 up, below a tonne.
    """

    day: Ints
    carrier: Ints
    format: Ints
    mass_g: Ints


class ParcelsSent(NamedTuple):
    """Parcels that households send, in any order; arrays of whole numbers, one entry for each parcel.

    Attributes
    ----------
    second
        At which it is handed in, since midnight of day 0; a day has 86,400 (`DAY_S`).
    carrier
        Who takes it: its place in ``context.carriers``, from 0.
    format
        Its place in ``context.residents.parcels.formats``, from 0.
    mass_g
        Grams, from 1 up, below a tonne.
    """

    second: Ints
    carrier: Ints
    format: Ints
    mass_g: Ints


class WasteArisen(NamedTuple):
    """Deposits of one kind of waste, in any order; arrays of whole numbers, one entry for each deposit.

    Attributes
    ----------
    second
        At which somebody sets out with it, since midnight of day 0; a day has 86,400 (`DAY_S`).
    mass_g
        Grams, from 1 up, below a tonne.
    """

    second: Ints
    mass_g: Ints


Arisen = TypeVar("Arisen", ParcelsAddressed, ParcelsSent, WasteArisen)


class Demand(Component):
    """What arises in households, and when.

    Demand of your own derives from this class, has its parameters as fields, and overrides its three methods; it must
    be in a module that can be imported. ``rng`` is a generator of its own for each box, kind and replication: who draws
    from it alone leaves all other chance as it is, and has the same draws in every process.

    Examples
    --------
    >>> import numpy as np
    >>> from molosim import Demand
    >>> from molosim.seams import DAY_S, Catchment, ParcelsAddressed, ParcelsSent, WasteArisen
    >>> class EverySaturday(Demand):
    ...     deposit_g: int = 500
    ...
    ...     def parcels(self, homes, context, rng):
    ...         day = np.repeat(np.arange(context.days.count), rng.poisson(homes.households / 50, context.days.count))
    ...         carrier = rng.integers(0, len(context.carriers), len(day))
    ...         return ParcelsAddressed(day, carrier, 0 * day, 0 * day + 900)
    ...
    ...     def sent(self, homes, context, rng):
    ...         return ParcelsSent([], [], [], [])
    ...
    ...     def waste(self, homes, waste, context, rng):
    ...         day = np.flatnonzero(context.days.weekday == 5)
    ...         return WasteArisen(day * DAY_S + 10 * 3600, 0 * day + self.deposit_g)
    >>> import molosim
    >>> from molosim.seams import demand_context
    >>> week = demand_context(molosim.load("gothenburg").but({"horizon.warmup_days": 0, "horizon.days": 7}))
    >>> paint = week.residents.deposits.wastes[0]
    >>> EverySaturday(deposit_g=200).waste(Catchment("Torget", 80.0), paint, week, np.random.default_rng(1)).mass_g
    array([200])
    """

    def parcels(self, homes: Catchment, context: DemandContext, rng: np.random.Generator) -> ParcelsAddressed:
        """Parcels addressed to these households over all days, the warm-up's too.

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


def demand_context(scenario: Scenario, days: Days | None = None) -> DemandContext:
    """What the demand of a scenario is drawn for, as `Demand` is given it.

    Parameters
    ----------
    scenario
        Whose demand it is.
    days
        Its simulated days, where they are laid out already.

    Returns
    -------
    DemandContext
        For all boxes and replications.

    Raises
    ------
    ScenarioError
        The demand has `Demand.faults`.
    """
    first_day, days = np.datetime64(scenario.horizon.start.isoformat()), days or days_of(scenario.horizon)
    context = DemandContext(scenario.residents, scenario.carriers, days, first_day)
    refuse(faults_of("residents.demand", scenario.residents.demand, context))
    return context


def checked_demand(found: object, kind: type[Arisen], context: DemandContext, *, of: str) -> Arisen:
    """Hold what a demand of a user's own says against what it may say.

    Parameters
    ----------
    found
        What it has returned.
    kind
        What it must be.
    context
        What it is drawn for.
    of
        Method and box, for errors.

    Raises
    ------
    ScenarioError
        Something else, arrays of other lengths, or numbers outside the run's days, carriers or formats.
    """
    if not isinstance(found, kind):
        raise ScenarioError.at("", f"{of}: found {found!r:.60}; must be {kind.__name__}")
    days = context.days.count
    limits = {
        "day": (0, days),
        "second": (0, days * DAY_S),
        "carrier": (0, len(context.carriers)),
        "format": (0, len(context.residents.parcels.formats)),
        "mass_g": (1, _TONNE_G),
    }
    columns = {name: np.asarray(values) for name, values in found._asdict().items()}
    if len({column.shape for column in columns.values()}) > 1 or any(column.ndim != 1 for column in columns.values()):
        shapes = ", ".join(f"{name} {column.shape}" for name, column in columns.items())
        raise ScenarioError.at("", f"{of}: found arrays of {shapes}; all must have one dimension and one length")
    for name, column in columns.items():
        low, high = limits[name]
        if column.size and (not np.issubdtype(column.dtype, np.integer) or np.ma.is_masked(getattr(found, name))):
            what = "masked entries" if np.issubdtype(column.dtype, np.integer) else str(column.dtype)
            raise ScenarioError.at("", f"{of}: found {name} of {what}; must be whole numbers")
        if column.size and not (column.min() >= low and column.max() < high):
            found_at = f"{name} {column.min()} to {column.max()}"
            raise ScenarioError.at("", f"{of}: found {found_at}; must be at least {low} and below {high}")
    return kind(*(column.astype(np.int64) for column in columns.values()))
