"""Loads of waste, and the reception at which they end."""

from __future__ import annotations

from typing import NamedTuple

from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Ints
from molosim.simulation.box_state import VisitResult

UNLIMITED = 1 << 50


class Load(NamedTuple):
    """Waste taken at one visit; volumes in millilitres, masses in grams, points x 1000."""

    second: int
    containers: int
    ml: int
    g: int
    points: int
    by_fraction_g: tuple[int, ...]

    @classmethod
    def of(cls, second: int, visit: VisitResult, taken_g: Ints) -> Load:
        """What a visit took."""
        return cls(second, visit.containers, visit.waste_ml, visit.waste_g, visit.waste_points, tuple(taken_g.tolist()))


class Reception:
    """The end of the chain: what has been delivered, by fraction."""

    def __init__(self) -> None:
        self.delivered_g = [0] * len(FRACTIONS)

    def receive(self, load: Load) -> None:
        """Take a load in."""
        for fraction, grams in enumerate(load.by_fraction_g):
            self.delivered_g[fraction] += grams
