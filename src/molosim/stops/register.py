"""Registers of addresses, among which the places of a table that is to be shared are hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from molosim.inputs.scenario import find_map
from molosim.inputs.table_files import TableColumn, read
from molosim.network.buildings import read_addresses
from molosim.network.graph import EARTH_RADIUS_M, RoadGraph
from molosim.network.osm import is_extract
from molosim.network.siting import street_pieces
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

EVERY_M = 40.0
"""An address is assumed on each piece of street of at most this length where a register is a map alone, metres."""
DECIMALS = 6
"""Of degrees; addresses less than a tenth of a metre apart are one."""
_OPTION = "--addresses"
_COLUMNS = (
    TableColumn("lon", "number", required=True, low=-180, high=180, holes=False),
    TableColumn("lat", "number", required=True, low=-90, high=90, holes=False),
)


@dataclass(frozen=True, eq=False, slots=True)
class Register:
    """Distinct places of addresses.

    Attributes
    ----------
    lon, lat
        f64[n], degrees, in an order that depends on nothing but the addresses.
    source
        Where they are from, in words.
    """

    lon: Floats
    lat: Floats
    source: str

    def __len__(self) -> int:
        """Number of addresses."""
        return len(self.lon)

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """f64[n, 2]: points on a plane that touches the register's middle, metres."""
        degree_m = math.radians(EARTH_RADIUS_M)
        return np.stack([lon * degree_m * math.cos(math.radians(float(np.median(self.lat)))), lat * degree_m], axis=1)

    @classmethod
    def of(cls, lon: Floats, lat: Floats, source: str) -> Register:
        """A register of points, of which some may be the same."""
        points: Floats = np.unique(np.round(np.stack([lon, lat], axis=1), DECIMALS), axis=0)
        return cls(points[:, 0].copy(), points[:, 1].copy(), source)


def read_register(name: str | None, table: Path) -> Register:
    """Addresses of an extract, of a table with ``lon`` and ``lat``, or as assumed along the streets of a prepared map.

    Parameters
    ----------
    name
        A file, or the name of a prepared map.
    table
        The table that is to be shared, which is no register.

    Raises
    ------
    ScenarioError
        Nothing is named, the file is the table itself, cannot be read or has no addresses.
    """
    if name is None:
        raise ScenarioError.at(
            _OPTION,
            "is missing; a place is told so that it may be any of several addresses, which only a register of all"
            " addresses there says: an OpenStreetMap extract, a table with lon and lat, or a prepared map",
        )
    path = Path(name)
    if path.is_file() and path.samefile(table):
        raise ScenarioError.at(_OPTION, f"{name} is the table itself; its places must be hidden among others")
    if path.suffix in {".csv", ".parquet"}:
        sheet = read(path, _COLUMNS)
        return Register.of(sheet.columns["lon"], sheet.columns["lat"], path.name)
    if is_extract(path):
        lon, lat = read_addresses(path)
        if not len(lon):
            raise ScenarioError.at(str(path), "has no addresses (addr:housenumber); name another register")
        return Register.of(lon, lat, path.name)
    graph = RoadGraph.load(find_map(name, key=_OPTION))
    pieces = street_pieces(graph, EVERY_M)
    assumed = f"assumed: one on every {EVERY_M:g} m of the streets of {graph.name} where people live"
    return Register.of(pieces.lon, pieces.lat, assumed)
