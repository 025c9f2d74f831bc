"""Box designs: doors, their sizes, the waste containers behind them, and who may use which door."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from molosim.inputs.named_files import InputFile
from molosim.inputs.validation import Spec


class Fraction(StrEnum):
    """A waste fraction that residents hand in."""

    hazardous = "hazardous"
    electronics = "electronics"
    textiles = "textiles"


FRACTIONS = tuple(fraction.value for fraction in Fraction)
"""Waste fractions a box can take; tables have one column per fraction in this order."""


class Regime(StrEnum):
    """Which door may take what.

    ``reserved``: waste only behind waste doors, parcels only behind parcel doors.
    ``shared``: any free door takes either; a waste door is a door like any other.
    ``reserved_with_overflow``: as reserved, but waste that finds no room may open a free parcel door.
    """

    reserved = "reserved"
    shared = "shared"
    reserved_with_overflow = "reserved_with_overflow"


class Door(Spec):
    """A number of equal doors: inner width, depth and height, and the mass they carry."""

    size: str = Field(min_length=1)
    count: PositiveInt = 1
    width_cm: PositiveFloat
    depth_cm: PositiveFloat
    height_cm: PositiveFloat
    mass_limit_kg: PositiveFloat

    def takes(self, sides_cm: tuple[float, float, float]) -> bool:
        """Whether a cuboid of these sides fits, turned as needed."""
        inner = sorted((self.width_cm, self.depth_cm, self.height_cm))
        return all(side <= room for side, room in zip(sorted(sides_cm), inner, strict=True))


class Container(Spec):
    """What stands behind a waste door, e.g. the red box (57 x 36 x 28 cm, 4 kg)."""

    width_cm: PositiveFloat
    depth_cm: PositiveFloat
    height_cm: PositiveFloat
    mass_limit_kg: PositiveFloat
    fill_share: float = Field(default=0.85, gt=0, le=1)
    """Share of the outer volume that loose waste can use."""

    @property
    def outer_l(self) -> float:
        """Volume it takes up in a van, litres."""
        return self.width_cm * self.depth_cm * self.height_cm / 1000


class WasteDoor(Spec):
    """Doors that hold one container each for the fractions they accept."""

    fractions: tuple[Fraction, ...] = Field(min_length=1)
    count: PositiveInt = 1
    door: Door
    container: Container


class BoxDesign(Spec):
    """One kind of box."""

    parcel_doors: tuple[Door, ...] = Field(min_length=1)
    waste_doors: tuple[WasteDoor, ...] = ()


class Boxes(Spec):
    """All boxes of a scenario."""

    file: Annotated[str, InputFile("boxes", ".geojson")]
    """GeoJSON of points with ``name``, ``district``, ``households`` and, if not the first design, ``design``."""
    regime: Regime = Regime.reserved
    designs: dict[str, BoxDesign] = Field(min_length=1)
    max_snap_m: PositiveFloat = 200
    """A box farther than this from any road is an error."""
    walking_limit_m: float = Field(default=600, ge=0)
    """A refused resident tries another box only within this walk."""
    walking_detour: float = Field(default=1.3, ge=1)
    """Walked metres per metre as the crow flies (no footpaths in a drive graph)."""
    outages_per_year: float = Field(default=0, ge=0)
    """Mean number of times a year that a box is out of order."""
    outage_h: PositiveFloat = 6
    """Mean length of an outage, exponential."""
