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
    outward
        i64[addresses], numbers of addresses by cell, and from the middle of each cell outward.
    size
        i64[cells], addresses of each.
    """

    register: Register
    cell: Ints
    outward: Ints
    size: Ints

    @classmethod
    def of(cls, register: Register, k: int) -> Cells:
        """Cells of at least ``k`` addresses; the register must have so many."""
        points = register.metres(register.lon, register.lat)
        cell = groups(points, k)
        size = np.bincount(cell)
        centre = np.stack([np.bincount(cell, axis) / size for axis in points.T], axis=1)
        outward = np.lexsort((np.linalg.norm(points - centre[cell], axis=1), cell))
        return cls(register, cell, outward, size)

    def told(self, address: Ints, tour: Ints, rng: np.random.Generator) -> Ints:
        """Number of the address that each stop is told as.

        The addresses that a tour visits in a cell are told as the cell's own from the middle outward, in an order of
        chance: so many different places remain as many, near the cell's middle, and any may be any.

        Parameters
        ----------
        address, tour
            Of each stop.
        """
        visits, stop = np.unique(np.stack([tour, self.cell[address], address]), axis=1, return_inverse=True)
        drawn = np.lexsort((rng.random(visits.shape[1]), visits[1], visits[0]))
        starts = np.r_[True, np.any(np.diff(visits[:2, drawn], axis=1) != 0, axis=0)]
        rank = np.empty(len(drawn), np.int64)
        rank[drawn] = np.arange(len(drawn)) - np.flatnonzero(starts)[np.cumsum(starts) - 1]
        return np.asarray(self.outward[(self._first[visits[1]] + rank)[stop.ravel()]], np.int64)

    def could(self) -> tuple[Ints, Floats, Floats]:
        """Each address with every point that it may be told as, as attacks take it: numbers, lon and lat."""
        address = np.repeat(np.arange(len(self.cell)), self.size[self.cell])
        firsts = np.repeat(self._first[self.cell], self.size[self.cell])
        starts = np.cumsum(self.size[self.cell]) - self.size[self.cell]
        told = self.outward[firsts + np.arange(len(address)) - starts[address]]
        return address, self.register.lon[told], self.register.lat[told]

    @property
    def _first(self) -> Ints:
        """Position of each cell's middle in ``outward``."""
        return np.asarray(np.cumsum(self.size) - self.size, np.int64)
