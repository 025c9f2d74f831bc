"""Boxes, doors and what goes through them, as plain objects."""

from __future__ import annotations

from dataclasses import dataclass, field

import simpy

from molosim.inputs.boxes import FRACTIONS
from molosim.simulation import box_state as c
from molosim.simulation.box_ledger import BOX_LEDGER


@dataclass(slots=True, eq=False)
class Door:
    kind: int
    use: int
    state: int
    container: int
    item: Parcel | Sending | None = None
    since: int = 0
    g: int = 0
    ml: int = 0
    points: int = 0
    fraction_g: list[int] = field(default_factory=lambda: [0] * len(FRACTIONS))


@dataclass(slots=True, eq=False)
class Box:
    doors: list[Door]
    kinds: range
    """Container types that its design knows."""
    neighbours: list[tuple[int, int]]
    """Box and seconds to walk there."""
    free_doors: int
    waiting: list[list[Parcel]]
    """Per carrier, in the order in which a van takes them out."""
    ledger: list[int] = field(default_factory=lambda: [0] * len(BOX_LEDGER))
    out_until: int = 0
    full_since: int = 0
    last_emptied: int = 0

    def take(self, door: Door, state: int, item: Parcel | Sending | None, now: int) -> None:
        door.state, door.item, door.since = state, item, now
        if door.use != c.FOR_WASTE:
            self.free_doors -= 1
            if self.free_doors == 0:
                self.full_since = now

    def free(self, door: Door, now: int) -> None:
        if door.use != c.FOR_WASTE:
            self.ledger[c.L_OCCUPIED] += now - door.since
            if self.free_doors == 0:
                self.ledger[c.L_BLOCKED] += now - self.full_since
            self.free_doors += 1
        door.state, door.item = c.FREE, None


@dataclass(slots=True, eq=False)
class Parcel:
    number: int
    due_day: int
    box: Box
    carrier: int
    fmt: int
    g: int
    ml: int
    dwell_s: int
    placed: simpy.Event
    tries: int = 0
    placed_s: int = -1
    pickup_s: int = -1


@dataclass(slots=True, eq=False)
class Sending:
    number: int
    second: int
    box: Box
    carrier: int
    fmt: int
    g: int
    ml: int


@dataclass(slots=True, eq=False)
class Deposit:
    number: int
    second: int
    home: Box
    fraction: int
    g: int
    ml: int
    points: int
    car: int
    chances: list[int]
