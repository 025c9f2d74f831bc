"""A trip's emissions split between the parcels and the waste on it, by ISO 14083:2023 and the GLEC Framework.

A round trip that delivers and collects is one transport chain element: all its emissions, the empty way back too, go
to its shipments in proportion to their transport work, quantity times transport distance. The distance is the shortest
feasible or the great-circle one from where a shipment is taken over to where it is handed over, never the driven one:
who stands last on a round pays no more for that.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from molosim.inputs.accounting import By
from molosim.runtime.arrays import Column, Floats
from molosim.trips import WASTE_PURPOSES

Trips = Mapping[str, Column]

VARIANTS: tuple[By, ...] = typing.get_args(By)
WORK: Mapping[By, str] = MappingProxyType(
    {"mass_sfd": "kgm_sfd", "mass_gcd": "kgm_gcd", "volume_sfd": "lm_sfd", "stops": "m_sfd"}
)
"""Ending of the trips' columns ``parcel_`` and ``waste_`` that hold the transport work of each variant."""
WORDS: Mapping[By, str] = MappingProxyType(
    {
        "mass_sfd": "mass x shortest feasible distance",
        "mass_gcd": "mass x great-circle distance",
        "volume_sfd": "volume x shortest feasible distance",
        "stops": "stops x shortest feasible distance",
    }
)


def waste_share(trips: Trips, by: By) -> Floats:
    """Share of each trip that is waste's, 0 to 1.

    A trip that carried nothing was made for what its purpose says: waste where it was to be collected or brought on,
    else parcels.
    """
    parcels, waste = (np.asarray(trips[f"{goods}_{WORK[by]}"], np.float64) for goods in ("parcel", "waste"))
    # By the larger first: the sum of two may overflow, or vanish, where their ratio does neither.
    largest = np.maximum(parcels, waste)
    ours = np.divide(waste, largest, out=np.zeros_like(waste), where=largest > 0)
    theirs = np.divide(parcels, largest, out=np.zeros_like(waste), where=largest > 0)
    share: Floats = np.isin(trips["purpose"].astype(str), WASTE_PURPOSES).astype(np.float64)
    np.divide(ours, ours + theirs, out=share, where=largest > 0)
    return share


def allocate(trips: Trips, emitted: Floats, by: By) -> tuple[Floats, Floats]:
    """Split each trip's emissions, whole as they are, between its parcels and its waste.

    Parameters
    ----------
    trips
        Columns of the trips table.
    emitted
        Of each trip: kilograms CO2e, or anything else that is shared out alike, such as kilowatt-hours.
    by
        Measure of transport work.

    Returns
    -------
    tuple of arrays
        Parcels' and waste's part of each trip; they add up to ``emitted``.
    """
    waste = emitted * waste_share(trips, by)
    return emitted - waste, waste


def transport_tkm(trips: Trips, *, gcd: bool = False) -> tuple[Floats, Floats]:
    """Transport activity of each trip's parcels and waste in tonne-kilometres, by shortest feasible distance."""
    column = WORK["mass_gcd" if gcd else "mass_sfd"]
    parcels, waste = (np.asarray(trips[f"{goods}_{column}"], np.float64) / 1e6 for goods in ("parcel", "waste"))
    return parcels, waste
