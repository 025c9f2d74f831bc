"""The residents' ledger: what is counted at each box, one row a box, whole numbers."""

from __future__ import annotations

from molosim.inputs.boxes import FRACTIONS

_PER_FRACTION = (
    "offered_n",
    "offered_g",
    "stored_n",
    "stored_g",
    "refused_n",
    "refused_g",
    "moved_g",
    "centre_n",
    "centre_g",
    "residual_n",
    "residual_g",
    "collected_g",
    "inside_g",
    "home_g",
)

BOX_LEDGER = (
    "parcels_in",
    "parcels_placed",
    "parcels_redirected",
    "parcels_fetched",
    "parcels_expired",
    "parcels_returned",
    "parcels_waiting",
    "parcels_inside",
    "sends_offered",
    "sends_accepted",
    "sends_refused",
    "sends_collected",
    "sends_inside",
    "dwell_s",
    "occupied_s",
    "blocked_s",
    "visits_van",
    "visits_collection",
    "pickups",
    "containers",
    "car_trips",
    "own_car_trips",
    *(f"{name}_{fraction}" for name in _PER_FRACTION for fraction in FRACTIONS),
)
"""Columns of the residents' ledger, one row a box, whole numbers; those per fraction in `FRACTIONS` order."""

LEVELS = (
    "parcels_waiting",
    "parcels_inside",
    "sends_inside",
    *(f"{n}_{f}" for n in ("inside_g", "home_g") for f in FRACTIONS),
)
"""Ledger columns that are a level at a moment; all others only grow."""

L = {name: column for column, name in enumerate(BOX_LEDGER)}
"""Column number of each ledger name."""
