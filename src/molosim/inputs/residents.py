"""What residents and shops ask of the boxes: profiles in time, parcel formats, dwell, deposits."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from molosim.inputs.boxes import Fraction
from molosim.inputs.components import Demand
from molosim.inputs.named_files import InputFile
from molosim.inputs.validation import HourOfDay, Spec

Share = Annotated[float, Field(ge=0, le=1)]
Week = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=7, max_length=7)]
Day = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=24, max_length=24)]
Year = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=12, max_length=12)]


class Profile(Spec):
    """Relative intensity over time; each list is scaled to mean 1, so only its shape counts."""

    weekday: Week = (1,) * 7
    """Monday to Sunday."""
    hour: Day = (1,) * 24
    month: Year = (1,) * 12
    holiday: NonNegativeFloat = 1
    """Factor on public holidays."""

    @model_validator(mode="after")
    def _some_time_is_open(self) -> Profile:
        for name in ("weekday", "hour", "month"):
            if sum(getattr(self, name)) <= 0:
                raise ValueError(f"{name} has only zeros; at least one entry must be above 0")
        return self


class ParcelFormat(Spec):
    """A class of parcels of about one size."""

    name: str
    share: PositiveFloat
    length_cm: PositiveFloat
    width_cm: PositiveFloat
    height_cm: PositiveFloat
    mean_kg: PositiveFloat
    sigma: NonNegativeFloat = 0.8
    """Of the log of the mass."""

    @property
    def litres(self) -> float:
        """Volume in litres."""
        return self.length_cm * self.width_cm * self.height_cm / 1000


class Dwell(Spec):
    """Log-normal time from a parcel's arrival in the box to its pick-up."""

    mean_h: PositiveFloat
    sigma: NonNegativeFloat
    """Of the log; the median is mean / exp(sigma^2 / 2)."""
    never_share: Share = 0
    """Parcels nobody fetches."""
    closed_hours: tuple[HourOfDay, HourOfDay] | None = None
    """``[23, 6]``: no pick-ups from 23:00 to 06:00; who would come then comes when it opens."""


class Parcels(Spec):
    """Parcels through the boxes."""

    per_household_year: PositiveFloat
    """Parcels in, to the box."""
    out_share: NonNegativeFloat
    """Sendings and returns handed in at the box, per parcel in."""
    formats: tuple[ParcelFormat, ...] = Field(min_length=1)
    dwell: Dwell
    holding_h: PositiveFloat
    """After so long in the box a parcel is expired; the carrier's next visit takes it back."""
    tries: PositiveInt = 3
    """Delivery days tried before a parcel that finds no door goes to a parcel shop."""
    in_profile: Profile = Profile()
    out_profile: Profile = Profile()


class Waste(Spec):
    """One kind of waste that households have."""

    name: str
    fraction: Fraction
    kg_per_household_year: PositiveFloat
    deposit_kg: PositiveFloat
    """Mean mass of one deposit, log-normal."""
    sigma: NonNegativeFloat = 0.6
    litres_per_kg: PositiveFloat
    adr_category: Literal[1, 2, 3, 4] | None = None
    """Transport category of ADR 1.1.3.6; none for what is not dangerous goods."""

    @property
    def adr_points_per_kg(self) -> int:
        """Points of a kilogram by its transport category, ADR 1.1.3.6.4 (facts A2)."""
        return 0 if self.adr_category is None else {1: 50, 2: 3, 3: 1, 4: 0}[self.adr_category]


class Refused(Spec):
    """What residents do whose waste finds no room; shares of those refused, the rest drives to the recycling centre."""

    other_box: Share
    """Walk to the nearest other box, where one is within the walking limit and has not been tried."""
    come_again: Share
    """Keep it and come again after ``again_days``."""
    residual_bin: Share
    """Kilograms lost to proper treatment."""
    again_days: PositiveFloat = 3
    tries: PositiveInt = 3
    """After so many refusals only the recycling centre and the residual bin are left."""
    car_share: Share = 1.0
    """Of those who go to the recycling centre, the share that drives."""
    own_trip_share: Share
    """Of those who drive, the share that drives for this alone."""

    @model_validator(mode="after")
    def _at_most_all(self) -> Refused:
        total = self.other_box + self.come_again + self.residual_bin
        if total > 1 + 1e-9:
            raise ValueError(f"other_box + come_again + residual_bin is {total:g}; at most 1")
        return self


class Habits(Spec):
    """What residents do with the same waste where boxes take none; the rest goes to the recycling centre."""

    residual_bin: Share
    car_share: Share = 1.0
    own_trip_share: Share


class Deposits(Spec):
    """Waste through the boxes."""

    box_share: dict[Fraction, Share]
    """Share of a household's kilograms that it would bring to the box, by fraction."""
    wastes: tuple[Waste, ...] = Field(min_length=1)
    profile: Profile = Profile()
    refused: Refused
    today: Habits


class Everyone(Spec):
    """How far the box is does not matter."""

    kind: Literal["everyone"] = "everyone"

    def taking_part(self, walk_m: float) -> float:  # noqa: ARG002 - as its siblings
        """Share of the households at some walk from their box that use it."""
        return 1.0


class Exponential(Spec):
    """Each further ``half_m`` of walk halves the share that takes part."""

    kind: Literal["exponential"]
    half_m: PositiveFloat
    at_door: Share = 1
    """Share of those next to the box."""

    def taking_part(self, walk_m: float) -> float:
        """Share of the households at some walk from their box that use it."""
        return self.at_door * 2 ** (-walk_m / self.half_m)


class Logistic(Spec):
    """Nearly all take part up to a distance at which few more do."""

    kind: Literal["logistic"]
    half_m: PositiveFloat
    """Walk at which about half as many take part as next to the box."""
    slope_m: PositiveFloat
    """From so many metres before it to as many behind it the share falls from 73 to 27 %."""
    at_door: Share = 1
    """Share of those next to the box."""

    def taking_part(self, walk_m: float) -> float:
        """Share of the households at some walk from their box that use it."""
        # Written so that it does not overflow, and is at_door at the door.
        behind = math.exp(-abs(walk_m - self.half_m) / self.slope_m)
        share = behind / (1 + behind) if walk_m > self.half_m else 1 / (1 + behind)
        return self.at_door * share * (1 + math.exp(-self.half_m / self.slope_m))


Participation = Annotated[Everyone | Exponential | Logistic, Field(discriminator="kind")]


class Walking(Spec):
    """Residents' walks to their boxes, on ``map.walk_source`` or the streets, and who takes part at which distance."""

    dwellings: Annotated[str | None, InputFile("dwellings")] = None
    """Table (CSV, Parquet) with ``lon``, ``lat``, ``dwellings``; else homes are where addresses are dense."""
    factor: float = Field(default=1.0, ge=0.3, le=3)
    """Walked metres per metre of way; below 1 where the map lacks footpaths that cut corners."""
    reach_m: float = Field(default=1000, ge=100, le=5000)
    """A home farther than this from every box is no box's."""
    parcels: Participation = Everyone()
    """Share of ``per_household_year`` that comes and goes by the box."""
    deposits: Participation = Everyone()
    """Share of ``box_share`` that is brought to the box."""

    @property
    def matters(self) -> bool:
        """Whether how far residents walk changes anything."""
        return not (isinstance(self.parcels, Everyone) and isinstance(self.deposits, Everyone))


class Residents(Spec):
    """Everybody around the boxes."""

    parcels: Parcels
    deposits: Deposits
    walking: Walking = Walking()
    demand: Demand = Field(default="profiles", validate_default=True)
    """What arises in households and when: a name, or a table with ``kind`` and its keys."""
