"""Attacks on a table that is to be shared: what they need is the table, a register of addresses or own records.

They know of no way to blur: whoever attacks brings the program along, as what it would tell of each address.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from molosim.runtime.arrays import Floats, Ints

MICRODEGREE = 1e6
"""Points are the same where they are in the same millionth of a degree, a tenth of a metre."""
_APART = 1e6
"""Between tours that are told apart, in standard deviations of values."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack finds.

    Attributes
    ----------
    fits
        i64[n], for each row under attack the number of candidates that cannot be told apart.
    """

    fits: Ints

    def fewer_than(self, count: int) -> int:
        """Number of rows with fewer candidates than ``count``."""
        return int((self.fits < count).sum())

    def share_below(self, count: int) -> float:
        """Share of rows with fewer candidates than ``count``, 0 to 1."""
        return float((self.fits < count).mean())

    @property
    def best_guess(self) -> float:
        """Chance of a guess at the row with the fewest candidates, 0 to 1."""
        return float(1 / max(1, self.fits.min()))


def by_place(lon: Floats, lat: Floats, could: tuple[Ints, Floats, Floats]) -> Attack:
    """Count the addresses that each told point may stand for.

    Parameters
    ----------
    lon, lat
        Told points, degrees.
    could
        What the program may tell of each address of the register, known without the secret seed: numbers of addresses,
        and longitudes and latitudes that they may be told as. An address may have several points.
    """
    address, could_lon, could_lat = could
    points = np.rint(np.r_[np.c_[could_lon, could_lat], np.c_[lon, lat]] * MICRODEGREE).astype(np.int64)
    point = np.unique(points, axis=0, return_inverse=True)[1].ravel()
    pairs = np.unique(np.stack([point[: len(address)], address]), axis=1)
    addresses = np.bincount(pairs[0], minlength=int(point.max()) + 1)
    return Attack(addresses[point[len(address) :]].astype(np.int64))


def by_values(told: Floats, records: Floats, tours: tuple[Ints, Ints] | None = None) -> Attack:
    """Count the told rows that agree best with each of the carrier's own records.

    Parameters
    ----------
    told, records
        f64[rows, columns], values as they are told and as the carrier has them, nan where there is none.
    tours
        Numbers of the tours of told rows and of records, for somebody who has found out which is which.
    """
    scale = np.array([max(float(column[~np.isnan(column)].std()), 1e-9) for column in records.T])
    told, records = (np.nan_to_num(values / scale, nan=-_APART) for values in (told, records))
    if tours is not None:
        told, records = (np.c_[values, _APART * tour] for values, tour in zip((told, records), tours, strict=True))
    kinds, rows = np.unique(told, axis=0, return_counts=True)
    if len(kinds) == 1:
        return Attack(np.full(len(records), rows[0], np.int64))
    away, nearest = (np.asarray(found) for found in cKDTree(kinds).query(records, k=2))
    tied = away[:, 1] <= away[:, 0] * (1 + 1e-9)
    return Attack((rows[nearest[:, 0]] + np.where(tied, rows[nearest[:, 1]], 0)).astype(np.int64))
