"""The allocated account of a run as a table: parcels and waste, by every variant, for each group of vehicles."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from molosim.evaluation.allocation import VARIANTS, Trips, allocate, transport_tkm, waste_share
from molosim.evaluation.run_view import WHO, Row, RunView
from molosim.inputs.accounting import By
from molosim.inputs.boxes import FRACTIONS
from molosim.runtime.arrays import Flags, Floats

Pooled = Literal["mass_sfd_pooled"]
POOLED: Pooled = "mass_sfd_pooled"
"""As ``mass_sfd``, with all trips of an operator, vehicle type and purpose as one transport operation category."""
ALLOCATIONS: tuple[By | Pooled, ...] = (*VARIANTS, POOLED)
GOODS = ("parcels", "waste")


def split(trips: Trips, emitted: Floats, by: By | Pooled) -> tuple[Floats, Floats]:
    """Parcels' and waste's part of each trip, by a variant or pooled; they add up to ``emitted`` over each pool."""
    if by != POOLED:
        return allocate(trips, emitted, by)
    pool = _pools(trips)
    count = int(pool.max(initial=-1)) + 1
    summed = {
        name: np.bincount(pool, trips[name].astype(np.float64), count) for name in ("parcel_kgm_sfd", "waste_kgm_sfd")
    }
    purposes = np.zeros(count, trips["purpose"].astype(str).dtype)
    purposes[pool] = trips["purpose"].astype(str)
    share = waste_share({**summed, "purpose": purposes}, "mass_sfd")
    waste = emitted * share[pool]
    return emitted - waste, waste


def rows(run: RunView) -> list[Row]:
    """A row for each variant, group of vehicles and sort of goods."""
    groups = {who: run.rows(*purposes) for who, purposes in WHO.items()}
    amounts = {who: (_parcels(run, mine), _waste_kg(run, who, mine)) for who, mine in groups.items()}
    households = run.boxes("households")
    found: list[Row] = []
    for by in ALLOCATIONS:
        wtw, ttw = (split(run.tables.trips, kg, by) for kg in (run.emissions.wtw_kg, run.emissions.ttw_kg))
        tkm = transport_tkm(run.tables.trips, gcd=by == "mass_gcd")
        found += [
            {
                "allocation": by,
                "vehicles": who,
                "goods": goods,
                "co2e_wtw_kg": float(wtw[i][mine].sum()),
                "co2e_ttw_kg": float(ttw[i][mine].sum()),
                "transport_tkm": float(tkm[i][mine].sum()),
                "unit": ("parcel", "kg of waste")[i],
                "units": amounts[who][i],
                "households": households,
            }
            for who, mine in groups.items()
            for i, goods in enumerate(GOODS)
        ]
    return found


def _parcels(run: RunView, mine: Flags) -> float:
    return float(run.tables.trips["parcels_n"][mine].sum())


def _waste_kg(run: RunView, who: str, mine: Flags) -> float:
    """Kilograms carried; together, what left the boxes, since a transfer run carries on what a van has taken."""
    if who == "all operators":
        return run.boxes(*(f"collected_g_{fraction}" for fraction in FRACTIONS)) / 1000
    return float(run.tables.trips["waste_g"][mine].sum()) / 1000


def _pools(trips: Trips) -> NDArray[np.intp]:
    """Number of each trip's transport operation category."""
    pool = np.zeros(len(trips["purpose"]), np.intp)
    for name in ("operator", "vehicle_type", "purpose"):
        values, number = np.unique(trips[name].astype(str), return_inverse=True)
        pool = pool * len(values) + number
    return np.unique(pool, return_inverse=True)[1]
