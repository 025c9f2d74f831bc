"""What the plain telling of the residents is about: parcels, bags of waste, doors and boxes as objects."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from molosim.inputs.boxes import BoxDesign, Container, Door, Regime
from molosim.inputs.residents import ParcelFormat
from molosim.network.places import BoxSite
from molosim.simulation import box_state as c

ALL = 1 << 31
"""Chances are whole numbers below it."""


def share(value: float) -> int:
    """A share in whole numbers out of `ALL`."""
    return round(value * ALL)


@dataclass(eq=False)
class Parcel:
    """A parcel to a box, or a sending from one."""

    number: int
    box: Box
    carrier: int
    format: ParcelFormat
    g: int
    ml: int
    due_day: int = -1
    dwell_s: int = -1
    state: int = c.WAITING
    tries: int = 0
    placed: int = -1
    fetched_at: int = -1
    """When its receiver means to come; -1 where that is too late or never."""


@dataclass(eq=False)
class Bag:
    """A deposit of waste on its way."""

    number: int
    second: int
    home: Box
    fraction: str
    g: int
    ml: int
    points: int
    car_chance: int
    chances: list[int]
    at: Box
    state: int = c.TO_COME
    refusals: int = 0
    walked: int = 0
    """Other boxes tried so far."""


@dataclass(eq=False)
class Contents:
    """An opened container."""

    kind: Container
    accepts: frozenset[str]
    bags: list[Bag] = field(default_factory=list)

    @property
    def limit_g(self) -> int:
        return round(self.kind.mass_limit_kg * 1000)

    @property
    def outer_ml(self) -> int:
        return round(self.kind.outer_l * 1000)

    @property
    def limit_ml(self) -> int:
        return round(self.outer_ml * self.kind.fill_share)

    @property
    def g(self) -> int:
        return sum(bag.g for bag in self.bags)

    @property
    def ml(self) -> int:
        return sum(bag.ml for bag in self.bags)

    @property
    def points(self) -> int:
        return sum(bag.points for bag in self.bags)

    def room_for(self, bag: Bag) -> bool:
        fits = self.g + bag.g <= self.limit_g and self.ml + bag.ml <= self.limit_ml
        return bag.fraction in self.accepts and fits

    def filled(self, ppm: int) -> bool:
        """Whether mass or volume has reached some millionths of its limit."""
        return self.g * 1_000_000 >= ppm * self.limit_g or self.ml * 1_000_000 >= ppm * self.limit_ml


@dataclass(eq=False)
class Locker:
    """A door and what is behind it."""

    number: int
    door: Door
    parcels: bool
    """Parcels may use it."""
    opens: bool
    """A container may be opened in it."""
    inside: Parcel | Contents | None = None
    taken: int = 0


@dataclass(eq=False)
class Box:
    number: int
    site: BoxSite
    design: BoxDesign
    lockers: list[Locker]
    out_until: int = 0
    full_since: int | None = None
    near: list[tuple[Box, int]] = field(default_factory=list)
    """Other boxes within the walking limit, nearest first, and the seconds to walk there."""

    @property
    def full(self) -> bool:
        return all(locker.inside is not None for locker in self.lockers if locker.parcels)


def metres(a: BoxSite, b: BoxSite) -> float:
    """As the crow flies, on a globe."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (a.lon, a.lat, b.lon, b.lat))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_009.0 * math.asin(math.sqrt(half))


def make_lockers(design: BoxDesign, regime: Regime, first: int) -> list[Locker]:
    """A box's doors from small to large; waste doors stand open with a container unless doors are shared."""
    lockers: list[Locker] = []
    for door in design.parcel_doors:
        lockers += [Locker(0, door, parcels=True, opens=regime is not Regime.reserved) for _ in range(door.count)]
    for waste in design.waste_doors:
        accepts = frozenset(fraction.value for fraction in waste.fractions)
        for _ in range(waste.count):
            shared = regime is Regime.shared
            inside = None if shared else Contents(waste.container, accepts)
            lockers.append(Locker(0, waste.door, parcels=shared, opens=shared, inside=inside))
    lockers.sort(key=lambda locker: locker.door.width_cm * locker.door.depth_cm * locker.door.height_cm)
    for number, locker in enumerate(lockers, start=first):
        locker.number = number
    return lockers
