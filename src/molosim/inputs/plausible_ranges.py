"""Ranges that a run's key figures must lie in, each with its source; a figure outside is an error, not a plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from molosim.inputs.accounting import PlausibleRange
from molosim.runtime.errors import Fault, did_you_mean

LEAST = 50
"""Trips or visits that a figure must rest on before its range is asked for, or `Guard.least`: fewer say little."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A key figure and its plausible range."""

    unit: str
    low: float
    high: float
    source: str
    least: int = LEAST


_TOURS = "L11 for 60 to 150 stops a day, V14 for tours of about 99 km; the width is an assumption"
GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        "g_per_km_diesel_van": Guard(
            "g CO2e/km", 150, 800, "V4, V6: 198 at a steady 50 km/h, 456 at 15, and as much again for starts at stops"
        ),
        "g_per_km_diesel_truck": Guard("g CO2e/km", 250, 1600, "V11: 450 to 1000 in mixed driving, more at stops"),
        "l_per_100km_hvo100_van": Guard("L/100 km", 6, 33, "V3, V4, V6: as diesel, by energy content"),
        "l_per_100km_hvo100_truck": Guard("L/100 km", 10, 65, "V3, V11: as diesel, by energy content"),
        "kwh_per_km_electricity_van": Guard("kWh/km", 0.12, 0.7, "V8: 0.22 to 0.40; cold, load and stops add to it"),
        "kwh_per_km_electricity_truck": Guard("kWh/km", 0.25, 1.6, "V8, V11: a van's by the ratio of the two bodies"),
        "kwh_per_km_electricity_bike": Guard("kWh/km", 0.01, 0.12, "V12, V9: 2 to 10 g CO2/km at 96 g/kWh"),
        "kg_per_pickup": Guard(
            "kg",
            0.2,
            60,
            "W10, W13: a twentieth of a red box (4 kg) to a drum of 60 L; in between an assumption",
            100,
        ),
        "km_per_delivery_tour": Guard("km", 3, 300, _TOURS, 100),
        "km_per_collection_tour": Guard("km", 2, 300, "W12, W13 for rounds over boxes; the width is an assumption"),
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
