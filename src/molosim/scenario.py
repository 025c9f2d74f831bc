"""The scenario: everything one experiment says, checked as a whole."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from molosim.boxes import Boxes
from molosim.collection import Policy
from molosim.demand import Residents, Share
from molosim.fleet import BoxStop, Breakdowns, Carrier, Municipality, VehicleType
from molosim.spec import Spec


class Speeds(Spec):
    """Driven speed as a share of the road's speed limit."""

    factor: PositiveFloat
    by_class: dict[str, PositiveFloat] = {}
    """Other factors for some road classes (``motorway``, ``residential`` ...)."""


class Congestion(Speeds):
    """Speeds in some hours of the day."""

    name: str = Field(min_length=1)
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = Field(min_length=1)


class Map(Spec):
    """Roads and how fast they are driven."""

    source: str
    """Name of a bundled map, or the path of a map prepared by ``molosim map``."""
    speeds: Speeds
    congestion: tuple[Congestion, ...] = ()


class Addresses(Spec):
    """Where home deliveries go: addresses on the streets, denser where districts say so."""

    file: str
    """GeoJSON of points with ``name``, ``dwellings`` and ``radius_m``."""
    count: PositiveInt = 3000
    spread_share: Share = 0.4
    """Share of addresses that lie evenly along all residential streets, not in the districts of the file."""


class Horizon(Spec):
    """Which days are simulated, and how often."""

    start: date
    """First day, of the warm-up."""
    warmup_days: NonNegativeInt = 28
    days: PositiveInt = 365
    replications: PositiveInt = 10
    holidays: str | None = None
    """Country code of public holidays, e.g. ``DK``."""


class Reference(Spec):
    """How the quality of insertion is measured: joint PyVRP plans of some sampled days."""

    days: NonNegativeInt = 3
    vans: PositiveInt = 2
    """Neighbouring tours solved together."""
    iterations: PositiveInt = 300


class Rounds(Spec):
    """Planning of collection rounds."""

    iterations: PositiveInt = 100


class Emissions(Spec):
    """Which emission model is the headline; all models are always in the results."""

    model: Literal["speed_stop", "flat"] = "speed_stop"


class Scenario(Spec):
    """One experiment."""

    title: str
    seed: NonNegativeInt = 1
    map: Map
    horizon: Horizon
    addresses: Addresses
    boxes: Boxes
    residents: Residents
    vehicles: dict[str, VehicleType] = Field(min_length=1)
    carriers: tuple[Carrier, ...] = Field(min_length=1)
    plan_h: float = Field(default=6, ge=0, lt=24)
    """Hour at which each day is planned from what the boxes report; before the first shift."""
    municipality: Municipality
    box_stop: BoxStop = BoxStop()
    breakdowns: Breakdowns = Breakdowns()
    alternatives: dict[str, Policy] = Field(min_length=2)
    baseline: str
    """The alternative that the others are compared with."""
    emissions: Emissions = Emissions()
    rounds: Rounds = Rounds()
    reference: Reference = Reference()
    provenance: dict[str, str] = {}
    """Key path -> where the value comes from: the id of a figure in the bundled facts (``L4``), or free text."""
