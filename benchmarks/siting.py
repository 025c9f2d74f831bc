"""Fifty sites among 2,000 candidates and 5,000 buildings: wall-clock time and the optimality gap.

    python benchmarks/siting.py

The streets are the bundled Gothenburg. Buildings and candidates are drawn along them: once where the districts'
dwellings are, once packed into the inner city, where every building has a hundred candidates in reach. Each is chosen
again for boxes with a capacity, which together have room for a fifth more households than there are in reach.
"""

from __future__ import annotations

import time

import numpy as np
from _tools import Line, show

from molosim.network.graph import RoadGraph
from molosim.network.places import District, read_districts
from molosim.network.siting import draw_addresses
from molosim.network.walking import walks_within
from molosim.runtime import bundled
from molosim.siting import choose
from molosim.siting.choice import Objective, Requirements

SITES, CANDIDATES, BUILDINGS = 50, 2000, 5000
BAR_S = 60.0
ROOM = 1.2
ASKED: tuple[tuple[Objective, float], ...] = (("walk", 600.0), ("cover", 400.0))
INNER_CITY = District("inner city", 1, 2500, 11.965, 57.700)


def town(
    graph: RoadGraph, districts: tuple[District, ...], spread: float, objective: Objective, limit_m: float
) -> list[Line]:
    rng = np.random.default_rng(1)
    homes = draw_addresses(graph, districts, BUILDINGS, spread, rng)
    households = rng.integers(1, 60, BUILDINGS).astype(float)
    kerbs = draw_addresses(graph, districts, CANDIDATES, spread, rng)
    start = time.perf_counter()
    walks = walks_within(graph, kerbs, homes, limit_m)
    walked = time.perf_counter() - start
    choice = choose(walks, households, SITES, limit_m=limit_m, objective=objective)
    taken = time.perf_counter() - start
    reached = households[np.unique(walks.to)].sum()
    begun = time.perf_counter()
    full = choose(
        walks,
        households,
        SITES,
        limit_m=limit_m,
        objective=objective,
        requirements=Requirements(capacity=float(np.ceil(ROOM * reached / SITES))),
    )
    with_room = time.perf_counter() - begun
    return [
        Line(f"{objective} within {limit_m:g} m, {len(walks.to)} pairs: walks on the network", walked),
        Line(f"{objective} within {limit_m:g} m: walks and choice", taken, bar=BAR_S),
        Line(f"{objective} within {limit_m:g} m: optimality gap", 100 * choice.gap, "%"),
        Line(f"{objective} within {limit_m:g} m, boxes with a capacity: choice", with_room),
        Line(f"{objective} within {limit_m:g} m, boxes with a capacity: optimality gap", 100 * full.gap, "%"),
    ]


def main() -> None:
    graph = RoadGraph.load(bundled.folder("maps") / "gothenburg_2016.npz")
    districts = read_districts(bundled.folder("configs") / "gothenburg_districts.geojson")
    for title, quarters, spread in (("whole town", districts, 0.3), ("inner city", (INNER_CITY,), 0.0)):
        lines = []
        for objective, limit_m in ASKED:
            lines += town(graph, quarters, spread, objective, limit_m)
        show(f"{SITES} sites among {CANDIDATES} candidates and {BUILDINGS} buildings, {title}", lines)


if __name__ == "__main__":
    main()
