"""What vehicles did in a run: a row per trip, in the columns of the trips table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from molosim.records import BANDS
from molosim.routing import tours as t

Ints = NDArray[np.int64]

# What a trip row has beside a told tour
(
    X_STOPS,
    X_BOX_STOPS,
    X_PARCEL_M,
    X_PARCEL_S,
    X_WASTE_M,
    X_WASTE_S,
    X_WASTE_G,
    X_CONTAINERS,
    X_POINTS,
    X_BREAKDOWN,
    X_LIMIT_ML,
    X_PURPOSE,
) = range(12)
EXTRA_COLUMNS = 12
DELIVERY, EXTRA_DELIVERY, COLLECTION, TRANSFER = range(4)
PURPOSES = np.array(["delivery", "extra delivery", "collection", "transfer"])
MUNICIPALITY = "municipality"


@dataclass
class Journal:
    """Trips of one run, in blocks of equal operator and vehicle type."""

    warmup: int
    blocks: list[tuple[str, str, Ints, Ints]] = field(default_factory=list)
    """Operator, vehicle type, told tours and extras."""

    def add(self, operator: str, vehicle_type: str, tours: Ints, extras: Ints) -> None:
        """Enter trips."""
        self.blocks.append((operator, vehicle_type, np.atleast_2d(tours), np.atleast_2d(extras)))

    def table(self) -> dict[str, NDArray[np.generic]]:
        """All trips after the warm-up, by day, then in the order in which they were entered."""
        tours = np.concatenate([block[2] for block in self.blocks])
        extras = np.concatenate([block[3] for block in self.blocks])
        sizes = [len(block[2]) for block in self.blocks]
        day = tours[:, t.TOUR_DAY] - self.warmup
        rows = np.flatnonzero(day >= 0)
        rows = rows[np.argsort(day[rows], kind="stable")]
        tours, extras = tours[rows], extras[rows]
        volume = np.maximum(extras[:, X_LIMIT_ML], 1)
        table: dict[str, NDArray[np.generic]] = {
            "day": day[rows].astype(np.int32),
            "operator": np.repeat(np.array([block[0] for block in self.blocks]), sizes)[rows],
            "vehicle": tours[:, t.TOUR_VEHICLE].astype(np.int32),
            "vehicle_type": np.repeat(np.array([block[1] for block in self.blocks]), sizes)[rows],
            "purpose": PURPOSES[extras[:, X_PURPOSE]],
            "depart_s": tours[:, t.TOUR_DEPART],
            "return_s": tours[:, t.TOUR_RETURN],
            "metres": tours[:, t.TOUR_METRES],
            "driving_s": tours[:, t.TOUR_DRIVING],
            "service_s": tours[:, t.TOUR_SERVICE],
            "stops": extras[:, X_STOPS],
            "box_stops": extras[:, X_BOX_STOPS],
        }
        for band in range(BANDS):
            table[f"metres_b{band}"] = tours[:, t.TOUR_BAND_METRES + band]
        for band in range(BANDS):
            table[f"seconds_b{band}"] = tours[:, t.TOUR_BAND_SECONDS + band]
        table |= {
            "detour_parcel_m": extras[:, X_PARCEL_M],
            "detour_parcel_s": extras[:, X_PARCEL_S],
            "detour_waste_m": extras[:, X_WASTE_M],
            "detour_waste_s": extras[:, X_WASTE_S],
            "waste_g": extras[:, X_WASTE_G],
            "waste_containers": extras[:, X_CONTAINERS],
            "waste_points_milli": extras[:, X_POINTS],
            "parcels_l": tours[:, t.TOUR_START_ML] / 1000,
            "fill_start": tours[:, t.TOUR_START_ML] / volume,
            "fill_peak": tours[:, t.TOUR_PEAK_ML] / volume,
            "breakdown": extras[:, X_BREAKDOWN].astype(np.int8),
        }
        return {name: column.astype(np.int32) if column.dtype == np.int64 else column for name, column in table.items()}
