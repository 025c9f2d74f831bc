"""A town of streets, apartment buildings and a few facilities, as an extract."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from tests.network.towns import Town

BLOCK_M = 90
CENTRE = "Nørre & 'Søn' \"A1\""


def build(path: Path, *, blocks: int = 5, houses: bool = True, facilities: bool = True, paths: bool = True) -> Path:
    """Streets in a grid, across each block a path and in it eight storeys, 40 to 64 m long: no two sites are equal."""
    town = Town(path)
    nodes = [[town.node(x * BLOCK_M, y * BLOCK_M) for x in range(blocks + 1)] for y in range(blocks + 1)]
    for row in nodes:
        town.way(row, highway="residential")
    for column in zip(*nodes, strict=True):
        town.way(list(column), highway="tertiary", maxspeed="50")
    if paths:
        for row, above in pairwise(nodes):
            for one, other in zip(row, above[1:], strict=False):
                town.way([one, other], highway="footway")
    for y in range(blocks if houses else 0):
        for x in range(blocks):
            west, south = x * BLOCK_M + 15, y * BLOCK_M + 30
            town.block(west, south, 40 + (7 * x + 11 * y) % 25, 12, building="apartments", building__levels="8")
            town.node(west + 5, south + 5, addr__housenumber=str(x), addr__street=f"Row {y}", addr__country="DK")
    if facilities:
        end = blocks * BLOCK_M
        town.block(
            end - 80, end + 10, 100, 80, amenity="recycling", recycling_type="centre", name="Nørre & 'Søn' \"A1\""
        )
        town.node(BLOCK_M, 5, amenity="waste_transfer_station")
        town.block(-150, 0, 100, 200, landuse="industrial")
        town.node(0, BLOCK_M + 3, amenity="post_depot", operator="Post")
    return town.close()


@pytest.fixture(scope="session")
def town_file() -> Callable[..., Path]:
    """Writes an extract."""
    return build


@pytest.fixture(scope="session")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The usual town."""
    return build(tmp_path_factory.mktemp("town") / "nørreby.osm.pbf")
