"""Districts for a town that comes without: homes gathered round centres, named by where they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from molosim.network.graph import great_circle_m
from molosim.network.places import District
from molosim.runtime.arrays import Floats, Ints32
from molosim.siting.homes import Homes

ROUNDS = 50
"""Rounds of moving the centres at most; they settle in far fewer."""
CENTRE_SHARE = 0.25
"""A district nearer to the middle of the town than this share of the farthest one's way is called the centre."""
LEAST_RADIUS_M = 150.0
_SECTORS = ("East", "Northeast", "North", "Northwest", "West", "Southwest", "South", "Southeast")


def gathered(homes: Homes, count: int) -> tuple[tuple[District, ...], Ints32]:
    """Gather homes into districts of like extent (weighted k-means), and say which district i32[homes] each is in.

    A district's radius is that of a dome of dwellings, dense in the middle and none at the rim, with the same spread.
    """
    shrink = math.cos(math.radians(float(homes.lat.mean())))
    points = np.column_stack([homes.lon * shrink, homes.lat])
    weight = homes.households
    count = min(count, len(np.unique(points, axis=0)))
    centres = _first(points, weight, count)
    for _ in range(ROUNDS):
        own = _nearest(points, centres)
        # A centre that lost all its homes goes.
        full = [own == k for k in np.unique(own)]
        moved = np.array([np.average(points[mine], axis=0, weights=weight[mine]) for mine in full])
        if np.array_equal(moved, centres):
            break
        centres = moved
    own = np.unique(_nearest(points, centres), return_inverse=True)[1].astype(np.int32)
    centres = centres[np.unique(_nearest(points, centres))]
    lon, lat = centres[:, 0] / shrink, centres[:, 1]
    names = _names(centres, np.average(points, axis=0, weights=weight))
    districts = []
    for k, name in enumerate(names):
        mine = own == k
        away_m = great_circle_m(homes.lon[mine], homes.lat[mine], lon[k], lat[k])
        # Mean of r^2 under the dome 1 - (r / R)^2 is R^2 / 3; all homes lie within the radius besides.
        radius_m = max(math.sqrt(3 * np.average(away_m**2, weights=weight[mine])), float(away_m.max()), LEAST_RADIUS_M)
        dwellings = max(1, round(float(weight[mine].sum())))
        districts.append(District(name, dwellings, round(radius_m), round(float(lon[k]), 6), round(float(lat[k]), 6)))
    return tuple(districts), own


def district_of(homes: Homes, districts: Sequence[District]) -> Ints32:
    """i32[homes], the district whose centre is the nearest in radii of the district."""
    away = [great_circle_m(homes.lon, homes.lat, d.lon, d.lat) / d.radius_m for d in districts]
    return np.asarray(np.argmin(np.array(away), axis=0), dtype=np.int32)


def _first(points: Floats, weight: Floats, count: int) -> Floats:
    """Centres to begin with: the heaviest home, then each time the one farthest from all before."""
    chosen = [int(np.argmax(weight))]
    away = np.full(len(points), np.inf)
    for _ in range(count - 1):
        away = np.minimum(away, np.sum((points - points[chosen[-1]]) ** 2, axis=1))
        chosen.append(int(np.argmax(away)))
    return points[chosen].astype(np.float64)


def _nearest(points: Floats, centres: Floats) -> Ints32:
    return np.asarray(np.argmin(((points[:, None] - centres) ** 2).sum(axis=2), axis=1), dtype=np.int32)


def _names(centres: Floats, middle: Floats) -> list[str]:
    """A name for each by its direction from the middle, numbered where several lie that way."""
    east, north = (centres - middle).T
    away = np.hypot(east, north)
    sector = np.rint(np.arctan2(north, east) / (math.pi / 4)).astype(np.int64) % 8
    plain = ["Centre" if away[k] <= CENTRE_SHARE * away.max() else _SECTORS[sector[k]] for k in range(len(centres))]
    return [name if plain.count(name) == 1 else f"{name} {1 + plain[:k].count(name)}" for k, name in enumerate(plain)]
