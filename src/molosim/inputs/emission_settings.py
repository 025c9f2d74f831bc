"""What a configuration says about emissions."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, NonNegativeFloat, field_validator, model_validator

from molosim.inputs.components import EmissionModel
from molosim.inputs.named_files import InputFile
from molosim.inputs.validation import Spec

DENMARK_C = (1.6, 1.5, 3.3, 7.2, 11.5, 14.9, 17.3, 17.1, 13.8, 9.8, 5.9, 2.9)
"""Monthly mean temperatures in Denmark, about 1991-2020: an assumption."""
Celsius = Annotated[float, Field(ge=-60, le=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class MeanGrid(Spec):
    """Electricity of the same CO2e in every hour."""

    kind: Literal["mean"] = "mean"
    g_per_kwh: NonNegativeFloat = 96


class ProfileGrid(Spec):
    """The bundled shape over hours of the day and months: made up, with this mean over a year."""

    kind: Literal["profile"] = "profile"
    g_per_kwh: NonNegativeFloat = 96


class FileGrid(Spec):
    """Hours of your own, such as a CSV file of Energi Data Service."""

    kind: Literal["file"] = "file"
    file: Annotated[str, InputFile("grid", ".csv")]
    """CSV with a column of times and one of CO2e; it must cover every hour of the measured days."""
    unit: Literal["g/kWh", "kg/kWh"] = "g/kWh"
    zone: str = "Europe/Copenhagen"
    """Time zone in which the simulated days are, and the file's times where they are local."""
    area: str | None = None
    """Price area (``DK1``) where the file has several."""
    method: str | None = None
    """Way of allocating fuel to heat and power (``125%``) where the file has several."""

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"found '{zone}'; no such time zone; allowed: names such as Europe/Copenhagen") from None
        return zone


Grid = Annotated[MeanGrid | ProfileGrid | FileGrid, Field(discriminator="kind")]


class Cars(Spec):
    """Residents' cars, by the share of their kilometres; together 1, or all left out for the average car."""

    petrol_share: Share | None = None
    diesel_share: Share | None = None
    electric_share: Share | None = None

    def shares(self) -> dict[str, float]:
        """By fuel; empty for the average car."""
        given = {"petrol": self.petrol_share, "diesel": self.diesel_share, "electricity": self.electric_share}
        return {fuel: share for fuel, share in given.items() if share is not None}

    @model_validator(mode="after")
    def _whole(self) -> Cars:
        total = sum(self.shares().values())
        if self.shares() and abs(total - 1) > 1e-9:
            raise ValueError(f"petrol_share + diesel_share + electric_share is {total:g}; must be 1, or none given")
        return self


class Emissions(Spec):
    """Which emission model is the headline, and the conditions; all models are always in the results."""

    model: EmissionModel = Field(default="speed_stop", validate_default=True)
    """The headline: a name, or a table with ``kind`` and the model's keys."""
    compared: tuple[EmissionModel, ...] = ()
    """Models that stand in the band beside the shipped ones and the headline."""
    grid: Grid = MeanGrid()
    temperature_c: Annotated[tuple[Celsius, ...], Field(min_length=12, max_length=12)] = DENMARK_C
    """Mean outdoor temperature of each month, January to December."""
    cars: Cars = Cars()
    bus_share: Share = 0
    """Of the residents who go to the recycling centre without a car, the share by bus; others walk or cycle."""
