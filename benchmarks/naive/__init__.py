"""The same world told as one would first write it: a SimPy process for every parcel, deposit, sending and van's day.

Doors are plain objects and vans yield at every stop, home deliveries too. It meets the same draws and day plans as the
model, on the same clock of whole seconds, so its tables are the model's to the last digit; the benchmarks insist on
that before they compare times. Planning (insertion, rounds) is the model's own: only the telling differs.
"""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from molosim.simulation import alternative_run
from molosim.simulation.alternative_run import Prepared, RunTables
from molosim.simulation.world import World
from naive.vans import NaiveRun


def simulate(world: World, prepared: Prepared, alternative: str) -> RunTables:
    """As `molosim.simulation.alternative_run.simulate`."""
    with patch.object(alternative_run, "AlternativeRun", NaiveRun):
        return alternative_run.simulate(world, prepared, alternative)


def differences(one: RunTables, other: RunTables) -> list[str]:
    """Columns and totals in which two tellings differ."""
    found = [
        f"{name}.{column}"
        for name in ("trips", "boxes", "pickups", "box_days", "stays")
        for column, values in getattr(one, name).items()
        if not _equal(values, getattr(other, name)[column])
    ]
    return found + [name for name, value in one.totals.items() if other.totals[name] != value]


def _equal(ours: NDArray[np.generic], theirs: NDArray[np.generic]) -> bool:
    """Floats are sums in another order."""
    if np.issubdtype(ours.dtype, np.floating):
        return bool(np.allclose(ours, theirs, rtol=1e-9, atol=1e-6))
    return bool(np.array_equal(ours, theirs))
