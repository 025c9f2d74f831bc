"""Boxes at random kerbs of districts: where the bundled configuration's boxes come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.places import BoxSite, District
from molosim.network.siting import district_weights, kerb, street_pieces
from molosim.runtime.arrays import Floats, Ints
from molosim.runtime.errors import ScenarioError


def site_boxes(
    graph: RoadGraph,
    districts: Sequence[District],
    count: int,
    households: int,
    *,
    spacing_m: float,
    kerb_m: float,
    rng: np.random.Generator,
) -> tuple[BoxSite, ...]:
    """Site boxes at kerbs in districts, in proportion to their dwellings.

    Parameters
    ----------
    graph
        The roads.
    districts
        Where people live; each gets boxes in proportion to its dwellings (largest remainders).
    count, households
        Number of boxes, and how many households they serve together.
    spacing_m
        No two boxes are closer to each other than this, as the crow flies.
    kerb_m
        A box stands this far from the middle of its street, to the right of the way it was drawn on.
    rng
        Source of all draws.

    Returns
    -------
    tuple of BoxSite
        In the order of the districts, named after them; coordinates rounded to 1e-6 degrees.

    Raises
    ------
    ScenarioError
        A district has no street within its radius, or no room for its boxes at this spacing.
    """
    pieces = street_pieces(graph)
    near = district_weights(pieces, districts)
    shares = np.array([district.dwellings for district in districts], dtype=np.float64)
    boxes = apportion(shares, count)
    served = apportion(shares * (boxes > 0), households)
    lon, lat = kerb(graph, pieces, kerb_m)
    free = np.ones(len(lon), dtype=np.bool_)
    sites: list[BoxSite] = []
    for d, district in enumerate(districts):
        each = apportion(np.ones(boxes[d]), int(served[d]))
        for k in range(boxes[d]):
            weight = near[d] * free
            if not weight.any():
                problem = f"has no room for {boxes[d]} boxes at least {spacing_m:g} m apart"
                raise ScenarioError.at(f"district {district.name!r}", problem)
            at = int(np.searchsorted(np.cumsum(weight), rng.random() * weight.sum(), side="right"))
            free &= great_circle_m(lon, lat, lon[at], lat[at]) >= spacing_m
            name = f"{district.name} {k + 1}"
            sites.append(BoxSite(name, district.name, int(each[k]), None, float(lon[at]), float(lat[at])))
    return tuple(sites)


def apportion(shares: Floats, total: int) -> Ints:
    """Whole numbers in proportion to ``shares`` that sum to ``total`` (largest remainders, first one first)."""
    if not len(shares):
        return np.zeros(0, dtype=np.int64)
    exact = shares / shares.sum() * total
    whole: Ints = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
