"""Territories: one order of all places that is a short tour, cut into stretches of equal work, a van each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from molosim.routing import tours as t
from molosim.routing.charging import Chargers
from molosim.routing.local_search import improve
from molosim.routing.planning import SEARCHED, PlanRules, plan_days
from molosim.runtime.arrays import Floats, Ints

TYPICAL_DAYS = 4
"""Sampled days by which the work of a territory is judged."""
ROUNDS = 3


def master_order(seconds: NDArray[np.int32]) -> Ints:
    """Rank of each place in a short closed tour over all of them; ``seconds`` is (n, n)."""
    n = len(seconds)
    tour = np.empty(n, np.int64)
    unseen = np.ones(n, bool)
    here = 0
    for i in range(n):
        tour[i] = here
        unseen[here] = False
        if i + 1 < n:
            here = int(np.argmin(np.where(unseen, seconds[here], np.iinfo(np.int32).max)))
    improve(np.ascontiguousarray(seconds), tour, 0)
    rank = np.empty(n, np.int64)
    rank[tour] = np.arange(n)
    return rank


def firsts_of(day: Ints, rank: Ints, bounds: Ints, days: int) -> Ints:
    """Rows at which the stops of each day and territory begin, (days, vans + 1), for stops sorted by day and rank.

    ``bounds`` are the first ranks of the territories, the last one's end with them (vans + 1).
    """
    width = np.int64(bounds[-1]) + 1
    wanted = np.arange(days)[:, None] * width + bounds[None, :]
    firsts: Ints = np.searchsorted(day * width + rank, wanted.ravel()).reshape(wanted.shape).astype(np.int64)
    return firsts


def cut(
    rank: Ints,
    shares: Floats,
    vehicles: t.Vehicles,
    *,
    stops_per_day: float,
    service_s: int,
    depart_s: int,
    rng: np.random.Generator,
) -> Ints:
    """Bounds (vans + 1) between territories whose typical working time is in proportion to ``shares`` (vans,).

    ``vehicles`` are the vans without limits. A territory's work is that of planned typical days; the bounds move until
    all work their share, as one far from the depot must be smaller.
    """
    n, vans = len(rank), len(shares)
    ends = np.concatenate([[0.0], np.cumsum(shares)])
    bounds: Ints = np.rint(ends * (n / ends[-1])).astype(np.int64)
    counts = np.minimum(rng.poisson(stops_per_day, TYPICAL_DAYS), n)
    day = np.repeat(np.arange(TYPICAL_DAYS), counts)
    place = np.concatenate([rng.permutation(n)[:count] for count in counts.tolist()])
    order = np.lexsort((rank[place], day))
    stops = np.zeros((len(day), t.STOP_COLUMNS), np.int64)
    stops[:, t.STOP_PLACE], stops[:, t.STOP_SERVICE] = place[order], service_s
    range_m = np.full((TYPICAL_DAYS, vans), t.ANY_RANGE_M)
    nowhere = Chargers(np.zeros(0, np.int64), np.zeros((TYPICAL_DAYS, vans, 0)))
    rules = PlanRules(first_box=n, depart_s=depart_s, kicks=0, order=SEARCHED)
    for _ in range(ROUNDS):
        tours = np.zeros((TYPICAL_DAYS * vans, t.TOUR_COLUMNS), np.int64)
        firsts = firsts_of(day, rank[place[order]], bounds, TYPICAL_DAYS)
        count, _failed = plan_days(stops, firsts, vehicles, range_m, nowhere, rules, stops.copy(), tours)
        driven = tours[:count]
        work = np.bincount(
            driven[:, t.TOUR_VEHICLE], driven[:, t.TOUR_RETURN] - driven[:, t.TOUR_DEPART], minlength=vans
        )
        # Work is taken as spread evenly over a territory; half a step keeps the bounds from swinging.
        density = np.repeat(np.maximum(work, 1) / np.maximum(np.diff(bounds), 1), np.diff(bounds))
        total = np.concatenate([[0.0], np.cumsum(density)])
        equal = np.interp(ends * (total[-1] / ends[-1]), total, np.arange(n + 1))
        bounds = np.rint((bounds + equal) / 2).astype(np.int64)
    return bounds
