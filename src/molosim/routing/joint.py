"""The joint problem of a few vans by PyVRP: deliveries and pick-ups at once, the reference for cheapest insertion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molosim.routing import tours as t
from molosim.runtime.arrays import Ints


@dataclass(frozen=True, eq=False)
class Joint:
    """Stops of some vans, to be planned again together; rows of places in `seconds` are the depot, then the stops."""

    seconds: NDArray[np.int32]
    """(n + 1, n + 1)."""
    service_s: Ints
    deliver: Ints
    """(n, 3) litres, kilograms and points brought."""
    pick_up: Ints
    """(n, 3) taken."""
    prize_s: Ints
    """Seconds that a visit is worth; 0 where it must be made."""
    tours: list[list[int]]
    """The plan to be judged: numbers of stops, from 0, by van; stops in none are left out."""
    depart_s: int
    limits: Ints


def cost_s(joint: Joint, tours: list[list[int]]) -> int:
    """Driving and service of tours, and the prizes of the stops they leave out."""
    total, seen = 0, set()
    for tour in tours:
        here = 0
        for stop in tour:
            total += int(joint.seconds[here, stop + 1]) + int(joint.service_s[stop])
            here = stop + 1
            seen.add(stop)
        total += int(joint.seconds[here, 0])
    return total + sum(int(prize) for stop, prize in enumerate(joint.prize_s) if stop not in seen)


def solve(joint: Joint, iterations: int) -> list[list[int]]:
    """Better tours for the same stops and vans, searched from the given ones; reproducible."""
    import pyvrp  # noqa: PLC0415 - a quarter of a second, and only the reference needs it here
    from pyvrp.stop import MaxIterations  # noqa: PLC0415

    seconds = joint.seconds.astype(np.int64)
    n = len(joint.service_s)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(n + 1)],
        clients=[
            pyvrp.Client(
                location=stop + 1,
                delivery=joint.deliver[stop].tolist(),
                pickup=joint.pick_up[stop].tolist(),
                service_duration=int(joint.service_s[stop]),
                required=bool(joint.prize_s[stop] == 0),
                prize=int(joint.prize_s[stop]),
            )
            for stop in range(n)
        ],
        depots=[pyvrp.Depot(location=0)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=len(joint.tours),
                capacity=[int(joint.limits[column]) // 1000 for column in (t.LIMIT_ML, t.LIMIT_G, t.LIMIT_POINTS)],
                tw_early=joint.depart_s,
                start_late=joint.depart_s,
                tw_late=int(joint.limits[t.LIMIT_RETURN]),
                unit_distance_cost=0,
                unit_duration_cost=1,
            )
        ],
        distance_matrices=[seconds],  # type: ignore[list-item]  # PyVRP's stub means an array of any shape
        duration_matrices=[seconds],  # type: ignore[list-item]  # as above
    )
    start = pyvrp.Solution(data, joint.tours)
    result = pyvrp.solve(data, MaxIterations(iterations), seed=0, collect_stats=False, initial_solution=start)
    return [[a.idx for a in route if a.is_client()] for route in result.best.routes()]
