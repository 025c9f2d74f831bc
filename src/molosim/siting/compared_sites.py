"""Sites side by side on the same homes: given ones, and the best of as many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from molosim.network.graph import RoadGraph
from molosim.network.places import BoxSite, District, Places
from molosim.network.walking import nearest
from molosim.runtime.arrays import Ints32
from molosim.siting.districts import district_of
from molosim.siting.equity import WITHIN_M, Equity, equity
from molosim.siting.homes import Homes
from molosim.siting.streets import fronts, on_streets, placed


@dataclass(frozen=True, eq=False, slots=True)
class ResidentsReached:
    """Homes on the streets of a map, or on its ways on foot, by district."""

    graph: RoadGraph
    homes: Homes
    at: Places
    fronts: Places | None
    districts: tuple[District, ...]
    own: Ints32 | None
    walk_factor: float


def residents_of(
    graph: RoadGraph, homes: Homes, districts: Sequence[District] = (), walk_factor: float = 1.0
) -> ResidentsReached:
    """Put homes on the streets; raises ScenarioError where none is near one."""
    near, at = on_streets(graph, homes)
    own = district_of(near, districts) if districts else None
    return ResidentsReached(graph, near, at, fronts(graph, at), tuple(districts), own, walk_factor)


def measured(residents: ResidentsReached, sites: Sequence[BoxSite]) -> Equity:
    """Walks of all households to the nearest site; raises ScenarioError where a site is far from any street."""
    at = placed(residents.graph, sites)
    _, walk_m = nearest(residents.graph, residents.at, at, residents.walk_factor, fronts=residents.fronts)
    names = [district.name for district in residents.districts]
    return equity(walk_m, residents.homes.households, names, residents.own)


def rows(found: Equity) -> list[tuple[str, str]]:
    """Label and value of each measure, as a reader wants them."""
    told = [
        (f"households within {metres} m", f"{share:.1%}") for metres, share in zip(WITHIN_M, found.within, strict=True)
    ]
    told += [
        ("mean walk", f"{found.mean_m:.0f} m"),
        ("median walk", f"{found.median_m:.0f} m"),
        ("9 of 10 households walk at most", f"{found.p90_m:.0f} m"),
        ("Gini coefficient of the walks", f"{found.gini:.2f}"),
        ("households that reach no box on foot", f"{found.unreached:.1%}"),
    ]
    if found.worst:
        told.append(("district with the longest mean walk", f"{found.worst}, {found.worst_mean_m:.0f} m"))
    return told
