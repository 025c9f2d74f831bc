"""What a fit says: values with intervals, tests of how well they fit."""

from __future__ import annotations

from dataclasses import dataclass

LEVEL = 0.95
"""Of all intervals."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One fitted number."""

    name: str
    value: float
    low: float
    high: float
    """Ends of the 95 % interval."""
    n: float
    """Observations behind it."""
    unit: str = ""
    key: str = ""
    """Key path of a configuration that it belongs to; "" where it is a result, not a parameter."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One test of how well something fits; a small ``p`` says that it does not."""

    name: str
    statistic: float
    p: float
    n: int
    method: str
    """What was compared with what, and how ``p`` allows for fitted parameters."""
