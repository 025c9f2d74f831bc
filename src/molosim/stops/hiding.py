"""Places of stops hidden among the addresses of a register."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from molosim.inputs.table_files import Faults
from molosim.runtime.arrays import Floats, Ints
from molosim.stops.groups import groups
from molosim.stops.register import Register
from molosim.stops.table import StopTable

FARTHEST_M = 200.0
"""A stop farther from every address of the register is none of them, metres."""


def nearest_addresses(table: StopTable, register: Register) -> Ints:
    """Number of the address nearest to each stop.

    Raises
    ------
    ScenarioError
        Names the stops that are far from every address.
    """
    tree = cKDTree(register.metres(register.lon, register.lat))
    away_m, address = (np.asarray(found) for found in tree.query(register.metres(table.lon, table.lat)))
    far_m = dict(zip(table.row.tolist(), away_m.tolist(), strict=True))
    faults = Faults(table.file)
    faults.rows(
        table.sheet,
        np.sort(table.row[away_m > FARTHEST_M]),
        lambda row: (
            "lon, lat",
            f"is {far_m[row]:.0f} m from the nearest address of --addresses; at most {FARTHEST_M:g} m are allowed",
        ),
    )
    faults.check()
    return address.astype(np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """Cells of neighbouring addresses, which the register and k alone settle.

    Attributes
    ----------
    register
        The addresses.
    cell
        i64[addresses], number of each one's cell.
    middle
        i64[addresses], number of the address nearest to the centre of each one's cell, which stands for all of it.
    size
        i64[cells], addresses of each.
    """

    register: Register
    cell: Ints
    middle: Ints
    size: Ints

    @classmethod
    def of(cls, register: Register, k: int) -> Cells:
        """Cells of at least ``k`` addresses; the register must have so many."""
        points = register.metres(register.lon, register.lat)
        cell = groups(points, k)
        size = np.bincount(cell)
        centre = np.stack([np.bincount(cell, axis) / size for axis in points.T], axis=1)
        by_cell = np.lexsort((np.linalg.norm(points - centre[cell], axis=1), cell))
        return cls(register, cell, by_cell[np.cumsum(size) - size][cell], size)

    def told(self) -> tuple[Floats, Floats]:
        """Lon and lat that each address is told as."""
        return self.register.lon[self.middle], self.register.lat[self.middle]
