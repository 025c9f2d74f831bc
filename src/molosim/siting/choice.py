"""Which of many candidate sites serve most, by p-median or maximal covering, and how far that is from the best.

A home gains from its nearest open site, and from none beyond the walking limit: a problem is a sparse table of gains.

- ``walk`` (p-median): metres of walk saved against the limit. The sum of all walks is least, where a home without a
  site within the limit counts as walking the limit.
- ``cover`` (maximal covering): 1 for a household with a site within the limit, and a trifle more the nearer it is, so
  that of two sets that reach as many the nearer one is taken.

A good set is found by greedy addition and exchange (Teitz and Bart 1968, doi:10.1287/opre.16.5.955), a bound by the
Lagrangian dual (Cornuejols, Fisher and Nemhauser 1977, doi:10.1287/mnsc.23.8.789). Then HiGHS takes the sites that the
bound holds for the best, and at last all that it does not rule out, which most often proves the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from molosim.network.walking import Walks
from molosim.runtime.arrays import Flags, Floats
from molosim.runtime.errors import ScenarioError
from molosim.siting.bound import BoundSearch
from molosim.siting.capacity import CapacitySearch, check_room, per_household
from molosim.siting.closing import solve
from molosim.siting.swap_gains import Gains, Indices, greedy

Objective = Literal["walk", "cover"]
NEARER = 1e-4
"""What a household next to a site adds to a covering, beside the 1 of being covered."""
BANDS = 4
"""Steps in which this falls towards the limit: few, so that most homes' gains are equal and the programme is small."""
STEPS = 800
"""Subgradient steps before HiGHS is asked, and as many after."""
CORE_PAIRS = 30_000
"""HiGHS first takes the worthiest sites with at most so many pairs of home and site."""
CLOSED_PAIRS = 100_000
"""At last it takes all sites not ruled out, where they have at most so many pairs; with more it would not get far."""
EFFORT = 1
"""Nodes of HiGHS' search. All steps are counted and none is timed, so that every machine chooses the same sites.

One node is the linear programme with its cuts, which alone proves most choices; its size is bounded by the pairs above.
"""


@dataclass(frozen=True, eq=False, slots=True)
class Requirements:
    """What a choice of sites has to heed; by default nothing."""

    apart: Flags | None = None
    """bool[candidates, candidates], symmetric: pairs of which at most one may be chosen."""
    kept_m: Floats | None = None
    """f64[homes], walk to the nearest of the boxes that stand already and stay; infinite where there is none."""
    capacity: float | None = None
    """Households that a site serves at most; None for no limit. Boxes that stand already have none."""


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """Chosen sites, and how good they are.

    Attributes
    ----------
    sites
        i64[count], ascending.
    value
        Gain of all households, in the unit of the objective: metres saved against the limit, or households.
    bound
        No choice gains more than this.
    gap
        0 where the choice is proven to be the best. Else the most by which the best could be better: for ``walk`` as a
        share of all that is walked, with the limit for a household beyond it; for ``cover`` of the bound.
    """

    sites: Indices
    value: float
    bound: float
    gap: float


def choose(
    walks: Walks,
    households: Floats,
    count: int,
    *,
    limit_m: float,
    objective: Objective = "walk",
    requirements: Requirements | None = None,
    effort: int = EFFORT,
) -> Choice:
    """Choose the sites that serve most.

    Parameters
    ----------
    walks
        From each candidate site (row) to the homes that it may serve; longer ones than the limit do not count.
    households
        f64[homes], how many live in each home.
    count
        Number of sites to choose.
    limit_m
        A household farther than this from every site gains nothing, metres.
    objective
        What is to be large.
    requirements
        What the choice has to heed.
    effort
        HiGHS searches at most so many nodes; with 0 it is not asked, and the bound is the dual's.

    Raises
    ------
    ScenarioError
        There are too few candidates, too few found that may stand together, or too little room in all.
    """
    heeded = requirements or Requirements()
    capacity, kept_m = heeded.capacity, heeded.kept_m
    gains, already = _gains(walks, households, limit_m, objective, heeded)
    if count > gains.sites:
        raise ScenarioError.at("siting", f"{count} sites are wanted; there are {gains.sites} candidates")
    start = greedy(gains, count)
    if len(start) < count:
        problem = (
            f"{count} sites are wanted; of {gains.sites} candidates only {len(start)} found room beside each other"
        )
        raise ScenarioError.at("siting", problem)
    search: BoundSearch | CapacitySearch
    if capacity is None:
        search = _nearest_served(gains, start, effort)
    else:
        in_need = households if kept_m is None else np.where(kept_m <= limit_m, 0.0, households)
        check_room(gains, in_need, count, capacity)
        search = _with_room(gains, households, capacity, start, effort)
    value, bound = search.value + already, max(search.bound, search.value) + already
    whole = limit_m * float(households.sum()) - value if objective == "walk" else bound
    return Choice(search.chosen, value, bound, 0.0 if search.proven else (bound - value) / whole)


def _gains(
    walks: Walks, households: Floats, limit_m: float, objective: Objective, requirements: Requirements
) -> tuple[Gains, float]:
    """Gains beyond those from boxes that stay, and the latter's sum."""
    apart, kept_m = requirements.apart, requirements.kept_m
    sites = len(walks.first) - 1
    site = np.repeat(np.arange(sites), np.diff(walks.first))

    def gain(metres: Floats) -> Floats:
        if objective == "walk":
            # Whole metres: walks are not known better, and equal gains make the programme smaller.
            return np.asarray(np.maximum(0.0, np.rint(limit_m - metres)))
        return np.asarray((metres <= limit_m) * (1 + NEARER * (1 - np.ceil(BANDS * metres / limit_m) / BANDS)))

    already = np.zeros(len(households)) if kept_m is None else gain(np.minimum(kept_m, 2 * limit_m))
    home = walks.to.astype(np.int64)
    more = (gain(walks.metres) - already[home]) * households[home]
    pair = np.flatnonzero(more > 0)
    pair = pair[np.argsort(home[pair], kind="stable")]
    none = np.zeros((sites, sites), dtype=np.bool_)
    table = Gains(home[pair], site[pair], more[pair], len(households), sites, none if apart is None else apart)
    return table, float(already @ households)


def _nearest_served(gains: Gains, start: Indices, effort: int) -> BoundSearch:
    """Sites whose room is not limited: every home is served by its nearest."""
    search = BoundSearch(gains, start)
    search.descend(STEPS)
    if not search.proven and effort > 0:
        _close(gains, search, effort)
    return search


def _with_room(gains: Gains, households: Floats, capacity: float, start: Indices, effort: int) -> CapacitySearch:
    """Sites with room for so many households each."""
    unlimited = _nearest_served(gains, start, 0)
    table, most = per_household(gains, households), max(unlimited.bound, unlimited.value)
    search = CapacitySearch(table, households, capacity, unlimited.chosen, most)
    search.descend()
    search.exchange()
    search.solve(effort)
    return search


def _close(gains: Gains, search: BoundSearch, effort: int) -> None:
    """Let HiGHS find a better choice among the worthiest sites, and then the best among all not ruled out."""
    count = len(search.chosen)
    pairs = np.bincount(gains.site, minlength=gains.sites)
    core = np.zeros(gains.sites, dtype=np.bool_)
    core[search.chosen] = True
    worthiest = np.argsort(-search.worth, kind="stable")
    core[worthiest[np.cumsum(pairs[worthiest]) <= CORE_PAIRS]] = True
    best = solve(gains, count, core, effort)
    search.improve(best.sites, best.value)
    search.descend(STEPS)
    left = search.open_question()
    if search.proven or pairs[left].sum() > CLOSED_PAIRS:
        return
    if not core[left].all():
        best = solve(gains, count, left, effort)
        search.improve(best.sites, best.value)
    # A choice with a site that is ruled out gains no more than the one in hand.
    search.bound = min(search.bound, max(search.value, best.bound))
