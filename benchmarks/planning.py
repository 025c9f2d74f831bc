"""How short the local search's tours are, and what they cost: against PyVRP on real days of the bundled world.

    python benchmarks/planning.py [--routes 12]

Each problem is the stops of one van on one day with their driving seconds on the map. The gap is to the shortest tour
that any of the ways found.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pyvrp
from _tools import world_of
from numpy.typing import NDArray
from pyvrp.stop import MaxRuntime

from molosim.routing import tours as t
from molosim.routing.day_plans import KICKS
from molosim.routing.local_search import improve
from molosim.simulation.alternative_run import prepare

KICK_NUMBERS = (0, 10, 25, 50, 100)
PYVRP_S = (0.05, 2.0)

Costs = NDArray[np.int32]


def problems(count: int) -> list[Costs]:
    """Driving seconds between depot and stops, in the master order, of sampled tours."""
    world = world_of()
    plans = prepare(world, 0).plans
    rng = np.random.default_rng(1)
    found = []
    for fleet, of_fleet in zip(world.fleets, plans, strict=True):
        for tour in of_fleet.tours[rng.choice(len(of_fleet.tours), -(-count // len(plans)), replace=False)]:
            places = of_fleet.stops[tour[t.TOUR_FIRST] : tour[t.TOUR_LAST], t.STOP_PLACE]
            places = np.r_[fleet.depot, places[np.argsort(fleet.rank[places])]]
            found.append(np.ascontiguousarray(world.travel.seconds[fleet.period][np.ix_(places, places)]))
    return found[:count]


def length(cost: Costs, tour: NDArray[np.int64]) -> int:
    return int(cost[tour, np.roll(tour, -1)].sum())


def by_search(cost: Costs, kicks: int) -> int:
    tour = np.arange(len(cost))
    improve(cost, tour, kicks)
    return length(cost, tour)


def by_pyvrp(cost: Costs, runtime_s: float) -> int:
    matrix, depot = cost.astype(np.int64), pyvrp.Depot(location=0)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * len(cost),
        clients=[pyvrp.Client(location=stop) for stop in range(1, len(cost))],
        depots=[depot],
        vehicle_types=[pyvrp.VehicleType(num_available=1)],
        distance_matrices=[matrix],
        duration_matrices=[matrix],
    )
    return int(pyvrp.solve(data, MaxRuntime(runtime_s), seed=1, collect_stats=False, display=False).cost())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--routes", type=int, default=12)
    costs = problems(parser.parse_args().routes)
    ways: dict[str, Callable[[Costs], int]] = {
        f"local search, {kicks} kicks{' (as planned)' if kicks == KICKS else ''}": partial(by_search, kicks=kicks)
        for kicks in KICK_NUMBERS
    }
    ways |= {f"PyVRP, {seconds:g} s a route": partial(by_pyvrp, runtime_s=seconds) for seconds in PYVRP_S}
    by_search(costs[0], 0)  # compiled before anything is measured
    lengths, taken = np.empty((len(ways), len(costs))), np.empty((len(ways), len(costs)))
    for row, way in enumerate(ways.values()):
        for column, cost in enumerate(costs):
            start = time.process_time()
            lengths[row, column] = way(cost)
            taken[row, column] = time.process_time() - start
    gaps = lengths / lengths.min(axis=0) - 1
    stops = [len(cost) - 1 for cost in costs]
    print(f"{len(costs)} tours of {min(stops)} to {max(stops)} stops")
    print(f"  {'':36s} {'ms a route':>10s} {'mean gap':>9s} {'worst':>7s}")
    for row, name in enumerate(ways):
        ms, gap, worst = 1000 * np.median(taken[row]), gaps[row].mean(), gaps[row].max()
        print(f"  {name:36s} {ms:10.2f} {gap:9.2%} {worst:7.2%}")


if __name__ == "__main__":
    main()
