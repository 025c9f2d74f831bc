"""Who drives: vehicle types, shifts, carriers with their home deliveries, the municipality."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from molosim.spec import Spec

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


EmissionModelName = Literal[
    "speed_stop",
    "flat",
    "flat_danish",
    "flat_average",
    "average_speed",
    "speed_stop_corrected",
    "speed_stop_euro_6d_temp",
    "speed_stop_euro_6c",
    "speed_stop_euro_6ab",
    "speed_stop_euro_5",
]
"""Emission models by their name in a configuration."""


class Place(Spec):
    """A named point."""

    name: str = Field(min_length=1)
    lon: Longitude
    lat: Latitude


class VehicleType(Spec):
    """A kind of vehicle."""

    volume_l: PositiveFloat
    payload_kg: PositiveFloat
    adr_points: NonNegativeFloat = 1000
    """Limit of ADR 1.1.3.6 per transport unit; more would need full ADR."""
    body: Literal["van", "truck"]
    """Which emission figures apply."""
    energy: Literal["diesel", "hvo100", "electricity"] = "diesel"
    emission_model: EmissionModelName | None = None
    """In the headline figures, in place of ``emissions.model``; a model's own figures count all types by it."""
    cost_per_km: NonNegativeFloat
    cost_per_h: NonNegativeFloat
    """With its crew."""


class Shift(Spec):
    """When vehicles are out."""

    weekdays: tuple[Weekday, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)
    start_h: float = Field(ge=0, lt=24)
    hours: float = Field(gt=0, le=16)
    on_holidays: bool = False


class HomeDeliveries(Spec):
    """Explicit stops at addresses, drawn anew each day."""

    stops_per_van_day: PositiveFloat
    stop_s: PositiveFloat
    """Handling at a stop: park, walk, hand over."""
    litres_per_stop: PositiveFloat
    kg_per_stop: PositiveFloat
    sigma: NonNegativeFloat = 0.8
    """Of the log of volume and mass."""


class ToStore(Spec):
    """Waste is unloaded into the depot's own store; transfer runs bring it to the reception."""

    kind: Literal["store"] = "store"
    mass_limit_kg: PositiveFloat
    points_limit: PositiveFloat
    """ADR points the store may hold."""
    empty_at: float = Field(default=0.8, gt=0, le=1)
    """Fill (mass or points) at which a transfer run is ordered."""
    max_age_days: PositiveInt
    vehicle: str
    """Vehicle type of the transfer run."""
    unload_s: NonNegativeFloat = 900


class ToReception(Spec):
    """A van with waste drives to the reception at its tour's end."""

    kind: Literal["reception"] = "reception"
    unload_s: NonNegativeFloat = 600


class Carrier(Spec):
    """A parcel company."""

    name: str = Field(min_length=1)
    depot: Place
    shift: Shift
    vans: PositiveInt
    vehicle: str
    parcel_share: float = Field(gt=0, le=1)
    """Of the boxes' parcels."""
    home: HomeDeliveries
    takes_waste: bool = True
    waste_to: Annotated[ToStore | ToReception, Field(discriminator="kind")]


class BoxStop(Spec):
    """Time a driver spends at a box."""

    fixed_s: NonNegativeFloat = 240
    parcel_s: NonNegativeFloat = 20
    container_s: NonNegativeFloat = 60


class Municipality(Spec):
    """Dedicated collection and where waste goes."""

    depot: Place
    shift: Shift
    vehicle: str
    vehicles: PositiveInt = 1
    reception: Place
    recycling_centres: tuple[Place, ...] = Field(min_length=1)
    unload_s: NonNegativeFloat = 900


class Breakdowns(Spec):
    """Vans that do not finish."""

    per_van_day: float = Field(default=0, ge=0, le=1)
    """Probability that a tour ends early, at a moment uniform over its length."""
