"""Figures that emissions rest on, each with its source and how certain it is.

They are lines of ``facts/emission_factors.csv``; ``DIESEL_TTW`` here is the line with the key ``diesel_ttw``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

from molosim.runtime import bundled
from molosim.runtime.files import read_rows

Certainty = Literal["R", "R2", "C", "GK"]

CERTAINTY: Mapping[str, str] = MappingProxyType(
    {"R": "read in the source", "R2": "second-hand", "C": "computed", "GK": "assumption"}
)
"""Certainty of a figure, spelled out."""


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """One figure that emissions rest on.

    Attributes
    ----------
    name
        What it is a figure of, as the report tells it.
    value
        In ``unit``.
    unit
        Such as ``kg/km`` or ``L/km``.
    certainty
        ``"R"`` read in the source, ``"R2"`` second-hand, ``"C"`` computed, ``"GK"`` assumption.
    source
        Where it is from: title, year, table.
    facts
        Id in the bundled facts; empty where they have no such figure.
    """

    name: str
    value: float
    unit: str
    certainty: Certainty
    source: str
    facts: str = ""


def _factor(row: Mapping[str, str]) -> EmissionFactor:
    certainty = cast("Certainty", row["certainty"])
    return EmissionFactor(row["name"], float(row["value"]), row["unit"], certainty, row["source"], row["facts"])


FACTORS = {row["key"].upper(): _factor(row) for row in read_rows(bundled.facts_file("emission_factors.csv"))}
"""Every figure by the name of its constant."""


def __getattr__(name: str) -> EmissionFactor:
    try:
        return FACTORS[name]
    except KeyError:
        raise AttributeError(f"facts/emission_factors.csv has no '{name.lower()}'") from None
