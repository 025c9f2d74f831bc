"""Stops that their own vans have no room for go to extra vans, whose tours are searched as any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.routing.test_local_optimum import shortest_after_a_move
from tests.routing.test_local_search import length
from tests.routing.test_planning import CHARGER, DEPOT, PLACES, assert_told_truly, fleet, limits_of, planned, rows

from molosim.network.travel import Travel
from molosim.routing.day_plans import plan


def test_tours_of_extra_vans_are_as_good_as_a_move_makes_them(travel_of: Callable[..., Travel], tmp_path: Path) -> None:
    """Seven stops fill a van: three vans with a day's 34 stops need two more."""
    mine, extra = fleet(g=7_000, hours=16), 0
    for seed in range(4):
        travel = travel_of(PLACES, seed)
        places = np.random.default_rng(seed).permutation(CHARGER)[:34].tolist()
        stops = rows(*((place, 60, 1, 1_000) for place in places))
        plans = plan(mine, np.zeros(len(stops), np.int32), stops, 1, travel, cache=tmp_path / str(seed))
        for tour, at in planned(plans, 0):
            assert_told_truly(tour, at, limits_of(mine), travel)
            if tour[1] >= mine.vans and len(at) > 2:
                nodes = [DEPOT, *(stop.place for stop in at)]
                costs = travel.seconds[0][np.ix_(nodes, nodes)]
                order = np.arange(len(nodes))
                extra += 1
                assert shortest_after_a_move(costs, order) >= length(costs, order)
    assert extra >= 4
