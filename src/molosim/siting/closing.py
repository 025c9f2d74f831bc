"""A choice of sites as an integer programme that HiGHS solves, in the radius form of the p-median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from molosim.runtime.arrays import Flags, Floats
from molosim.siting.swap_gains import Gains, Indices

if TYPE_CHECKING:
    from scipy.sparse import csc_array

GAP = 1e-4
"""Relative gap at which HiGHS may stop."""


@dataclass(frozen=True, eq=False, slots=True)
class Solved:
    """What HiGHS found.

    Attributes
    ----------
    sites, value
        The best choice that was found and what homes gain from it; no sites where none was found.
    bound
        No choice among these sites gains more; infinite where not even that was found.
    """

    sites: Indices
    value: float
    bound: float


@dataclass(frozen=True, eq=False, slots=True)
class _Levels:
    """Distinct gains of each home, from the largest down: a loss is met where no site at this level or above is open.

    Attributes
    ----------
    of_pair
        i64[pairs], level of each pair.
    top
        bool[levels], whether a home's levels begin here.
    loss
        f64[levels], down to the next level or to nothing.
    most
        Sum of the top levels' gains.
    """

    of_pair: Indices
    top: Flags
    loss: Floats
    most: float


def solve(gains: Gains, count: int, may: Flags, nodes: int) -> Solved:
    """The best choice among the sites that may be chosen, as far as HiGHS comes in so many nodes of its search.

    Nodes are counted alike on every machine, seconds are not.
    A home has one variable per distinct gain, 1 where it loses the step down from it (Elloumi, A tighter formulation
    of the p-median problem, 2010): fewer than one per pair of home and site, and the same linear bound.
    """
    sites = np.flatnonzero(may)
    pair = np.flatnonzero(may[gains.site])
    pair = pair[np.lexsort((-gains.gain[pair], gains.home[pair]))]
    levels = _levels(gains.home[pair], gains.gain[pair])
    rows, low, high = _rows(gains, pair, (sites, levels), count)
    cost = np.concatenate([np.zeros(len(sites)), levels.loss])
    chosen, least = programme(cost, (rows, low, high), 1, sites, nodes)
    return Solved(chosen, gains.value(chosen) if len(chosen) else -np.inf, levels.most - least)


def programme(
    cost: Floats, constraints: tuple[csc_array, Floats, Floats], most: Floats | float, sites: Indices, nodes: int
) -> tuple[Indices, float]:
    """Sites of the least cost as far as HiGHS comes in so many nodes, and what no choice costs less than.

    Parameters
    ----------
    cost
        Of all variables; those of the sites, which are whole numbers, first.
    constraints
        Rows, and the limits between which each lies.
    most
        Upper bounds of the variables; the lower are 0.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - only where something is left to solve

    answer = milp(
        cost,
        constraints=LinearConstraint(*constraints),
        bounds=Bounds(0, most),
        integrality=(np.arange(len(cost)) < len(sites)).astype(np.int64),
        options={"node_limit": nodes, "mip_rel_gap": GAP},
    )
    least = -np.inf if answer.mip_dual_bound is None else float(answer.mip_dual_bound)
    return (np.zeros(0, np.int64) if answer.x is None else sites[answer.x[: len(sites)] > 0.5]), least


def _levels(home: Indices, gain: Floats) -> _Levels:
    """Levels of pairs sorted by home and falling gain."""
    top_pair = np.concatenate([[True], home[1:] != home[:-1]])
    new = top_pair | np.concatenate([[True], gain[1:] != gain[:-1]])
    level, top = gain[new], top_pair[new]
    below = np.concatenate([level[1:], [0.0]])
    below[np.concatenate([top[1:], [True]])] = 0.0
    return _Levels(np.cumsum(new) - 1, top, level - below, float(level[top].sum()))


def _rows(gains: Gains, pair: Indices, named: tuple[Indices, _Levels], count: int) -> tuple[csc_array, Floats, Floats]:
    """Constraints ``low <= rows @ (open, lost) <= high``.

    A level is lost where the one above is and no site at it is open; so many sites are open; of sites that must stand
    apart one at most.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - as above

    sites, levels = named
    number = np.zeros(gains.sites, dtype=np.int64)
    number[sites] = np.arange(len(sites))
    rank = np.arange(len(levels.top))
    lower = rank[~levels.top]
    one, other = np.nonzero(np.triu(gains.apart[np.ix_(sites, sites)], 1))
    total, clash = len(rank), len(rank) + 1 + np.arange(len(one))
    entries = [
        (levels.of_pair, number[gains.site[pair]], 1.0),
        (rank, len(sites) + rank, 1.0),
        (lower, len(sites) + lower - 1, -1.0),
        (np.full(len(sites), total), np.arange(len(sites)), 1.0),
        (np.tile(clash, 2), np.concatenate([one, other]), 1.0),
    ]
    row, column = (np.concatenate([entry[k] for entry in entries]) for k in (0, 1))
    value = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
    shape = (total + 1 + len(one), len(sites) + len(rank))
    low = np.concatenate([levels.top.astype(np.float64), [count], np.full(len(one), -np.inf)])
    high = np.concatenate([np.full(len(rank), np.inf), [count], np.ones(len(one))])
    return coo_array((value, (row, column)), shape=shape).tocsc(), low, high
