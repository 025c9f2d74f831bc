"""Ranges that a run's key figures must lie in, each with its source; a figure outside is an error, not a plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from molosim.inputs.accounting import PlausibleRange
from molosim.runtime import bundled
from molosim.runtime.errors import Fault, did_you_mean
from molosim.runtime.files import read_rows


@dataclass(frozen=True, slots=True)
class Guard:
    """A key figure and its plausible range."""

    unit: str
    low: float
    high: float
    source: str
    least: int
    """Trips or visits that the figure must rest on: fewer say little."""


GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        row["guard"]: Guard(row["unit"], float(row["low"]), float(row["high"]), row["source"], int(row["least"]))
        for row in read_rows(bundled.facts_file("plausible_ranges.csv"))
    }
)
"""Guards by the key that widens them, ``plausibility.NAME``."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a run has to show to a guard."""

    guard: str
    value: float
    count: int
    """Trips or visits behind it."""
    of: str
    """Whose it is: a vehicle type, a carrier."""
    cause: str
    """Keys of the configuration that most likely are wrong where the figure is."""


def faults(figures: list[Figure], widened: Mapping[str, PlausibleRange]) -> list[Fault]:
    """Figures outside their range; those that rest on too little, or are not defined, are never told."""
    found = []
    for figure in figures:
        guard = GUARDS[figure.guard]
        own = widened.get(figure.guard)
        low, high = (own.low, own.high) if own else (guard.low, guard.high)
        source = f"widened because: {own.reason}" if own else guard.source
        if figure.count < guard.least or not (figure.value < low or figure.value > high):
            continue
        counted = "visits" if figure.guard == "kg_per_pickup" else "trips"
        problem = (
            f"{figure.of}: found {figure.value:.4g} {guard.unit} over {figure.count} {counted}; plausible is "
            f"{low:g} to {high:g} {guard.unit} ({source}). Likely cause: {figure.cause}. If the figure is right, give "
            f"low, high and reason under plausibility.{figure.guard}"
        )
        found.append(Fault(figure.guard, problem))
    return found


def ranges(widened: Mapping[str, PlausibleRange]) -> list[Fault]:
    """Ranges in a configuration that belong to no guard, or hold nothing."""
    found = [
        Fault(f"plausibility.{name}", "no such guard" + did_you_mean(name, GUARDS))
        for name in widened
        if name not in GUARDS
    ]
    found += [
        Fault(f"plausibility.{name}.high", f"found {r.high:g}; must be above low, {r.low:g}")
        for name, r in widened.items()
        if not r.high > r.low
    ]
    return found
