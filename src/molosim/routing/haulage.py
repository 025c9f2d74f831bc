"""What tours haul: kilograms times metres on board, and the transport work that splits a tour's emissions."""

from __future__ import annotations

import numpy as np

from molosim.routing import tours as t
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.numba_cache import kernel

TransportDistances = tuple[Floats, Floats]

# Columns of a tour's haulage, f64: load is kilograms on board times metres driven; work of parcels and of waste is the
# sum over stops of what is handed over or taken times the transport distance (SFD or GCD, not the metres driven).
(
    H_LOAD_KGM,
    H_PARCELS_KG,
    H_PARCELS_N,
    H_PARCEL_STOPS,
    H_PARCEL_KGM_SFD,
    H_PARCEL_KGM_GCD,
    H_PARCEL_LM_SFD,
    H_PARCEL_M_SFD,
    H_WASTE_L,
    H_WASTE_STOPS,
    H_WASTE_KGM_SFD,
    H_WASTE_KGM_GCD,
    H_WASTE_LM_SFD,
    H_WASTE_M_SFD,
) = range(14)
HAULAGE = (
    "load_kgm",
    "parcels_kg",
    "parcels_n",
    "parcel_stops",
    "parcel_kgm_sfd",
    "parcel_kgm_gcd",
    "parcel_lm_sfd",
    "parcel_m_sfd",
    "waste_l",
    "waste_stops",
    "waste_kgm_sfd",
    "waste_kgm_gcd",
    "waste_lm_sfd",
    "waste_m_sfd",
)
"""Names of the columns in the trips table."""
HAULAGE_COUNTS = ("parcels_n", "parcel_stops", "waste_stops")
"""Those that are whole numbers."""
HAULAGE_COLUMNS = len(HAULAGE)


@kernel
def haul(tours, stops, sfd_m, gcd_m, last_address, haulage, reached_m):
    """Book what driven tours bring, and how far they have driven at each stop.

    Parameters
    ----------
    sfd_m, gcd_m
        f64[places], transport distances from the depot.
    last_address
        Places before it are homes, at which a stop is one parcel; what is handed over at boxes is counted there.
    haulage
        f64[tours, HAULAGE_COLUMNS], added to.
    reached_m
        i64[stops + tours], filled: metres driven at each stop and at the end of each tour, tour after tour.
    """
    at = 0
    for k in range(tours.shape[0]):
        first, last = tours[k, t.TOUR_FIRST], tours[k, t.TOUR_LAST]
        grams = np.int64(0)
        for i in range(first, last):
            grams -= min(0, stops[i, t.STOP_G])
        driven = np.int64(0)
        row = haulage[k]
        row[H_PARCELS_KG] += grams / 1000
        for i in range(first, last + 1):
            leg_m = stops[i, t.STOP_LEG_M] if i < last else tours[k, t.TOUR_METRES] - driven
            driven += leg_m
            reached_m[at] = driven
            at += 1
            row[H_LOAD_KGM] += grams / 1000 * leg_m
            if i == last:
                break
            there = stops[i, t.STOP_PLACE]
            kg, litres = -min(0, stops[i, t.STOP_G]) / 1000, -min(0, stops[i, t.STOP_ML]) / 1000
            if litres > 0 or kg > 0:
                row[H_PARCEL_STOPS] += 1
                row[H_PARCEL_KGM_SFD] += kg * sfd_m[there]
                row[H_PARCEL_KGM_GCD] += kg * gcd_m[there]
                row[H_PARCEL_LM_SFD] += litres * sfd_m[there]
                row[H_PARCEL_M_SFD] += sfd_m[there]
            row[H_PARCELS_N] += there < last_address
            grams += min(0, stops[i, t.STOP_G])


def book_parcels(
    haulage: Floats, rows: Ints, kg: Floats, litres: Floats, *, load_kgm: Floats, to_m: TransportDistances
) -> None:
    """Add what is taken back at boxes to trips (``rows``), visit by visit; ``load_kgm`` is that of all that rides on.

    ``to_m`` are transport distances of each visit, metres: shortest way, great circle.
    """
    sfd_m, gcd_m = to_m
    for column, amount in (
        (H_PARCELS_KG, kg),
        (H_LOAD_KGM, load_kgm),
        (H_PARCEL_KGM_SFD, kg * sfd_m),
        (H_PARCEL_KGM_GCD, kg * gcd_m),
        (H_PARCEL_LM_SFD, litres * sfd_m),
    ):
        np.add.at(haulage[:, column], rows, amount)


def book_waste(
    haulage: Floats, rows: Ints, kg: Floats, litres: Floats, *, load_kgm: Floats, to_m: TransportDistances
) -> None:
    """Add waste taken at stops to trips, as in `book_parcels`."""
    sfd_m, gcd_m = to_m
    for column, amount in (
        (H_LOAD_KGM, load_kgm),
        (H_WASTE_L, litres),
        (H_WASTE_STOPS, np.ones(len(rows))),
        (H_WASTE_KGM_SFD, kg * sfd_m),
        (H_WASTE_KGM_GCD, kg * gcd_m),
        (H_WASTE_LM_SFD, litres * sfd_m),
        (H_WASTE_M_SFD, sfd_m),
    ):
        np.add.at(haulage[:, column], rows, amount)
