"""A proposal: sites for boxes in a town, whom they serve, how good they are, and all that was assumed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from molosim.network.buildings import RECYCLING_CENTRE, Feature, read_buildings, read_features
from molosim.network.graph import WALK, RoadGraph
from molosim.network.places import BoxSite, District, Places, snap
from molosim.network.walking import nearest, walks_within
from molosim.runtime.arrays import Flags, Floats, Ints32
from molosim.siting.candidates import KeepClear, apart, candidates
from molosim.siting.choice import EFFORT, Objective, Requirements, choose
from molosim.siting.districts import district_of, gathered
from molosim.siting.equity import Equity, equity
from molosim.siting.homes import Homes, Rules, homes_along_streets, homes_from_buildings
from molosim.siting.serving import Served, by_nearest, with_room
from molosim.siting.streets import HOME_SNAP_M, fronts, on_streets, placed
from molosim.siting.swap_gains import Indices

MERGED = 6000
"""From more homes, those on one stretch of street are put together while sites are chosen."""
STRETCH_M = 50.0
"""Length of such a stretch."""
BOXES_PER_DISTRICT = 5
MOST_DISTRICTS = 16
FACILITIES = frozenset({RECYCLING_CENTRE, "waste_transfer_station", "parcel_locker", "depot"})
"""Kinds of features that a scenario may want."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a proposal is to be like.

    Attributes
    ----------
    boxes
        How many sites to choose.
    objective
        ``walk``: the least walking; ``cover``: the most households within the limit.
    limit_m
        Households farther than this from a box are not served by it, metres of walk.
    walk_factor
        Walked metres per metre along the ways; below 1 where footpaths that the map lacks cut corners.
    keep
        What boxes keep clear of.
    rules
        How dwellings are counted.
    standing
        Boxes that stand already and stay.
    effort
        For the search for a proof that no choice is better: nodes of it; 0 for none.
    capacity
        Households that a new box serves at most; None for no limit. Those that stand serve all who come.
    """

    boxes: int
    objective: Objective = "walk"
    limit_m: float = 600.0
    walk_factor: float = 1.0
    keep: KeepClear = field(default_factory=KeepClear)
    rules: Rules = field(default_factory=Rules)
    standing: tuple[BoxSite, ...] = ()
    effort: int = EFFORT
    capacity: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """Chosen sites and what they are worth.

    Attributes
    ----------
    sites
        Boxes with the households that have them as their nearest within the limit.
    districts
        Dwellings of the town, as addresses are drawn from.
    facilities
        Recycling centres, transfer stations, parcel lockers and depots that the map has.
    homes
        Where households live.
    buildings
        How many buildings they were counted in; 0 where streets stand for them.
    candidates
        How many kerbs the sites were chosen from.
    gap
        Share of the walking (or of the households reached) by which the best choice could be better at most; 0 where
        this one is proven to be the best.
    equity
        Walks of all households.
    assumptions
        Sentences for the reader.
    """

    sites: tuple[BoxSite, ...]
    districts: tuple[District, ...]
    facilities: tuple[Feature, ...]
    homes: Homes
    buildings: int
    candidates: int
    gap: float
    equity: Equity
    assumptions: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Town:
    """What sites are chosen for.

    Attributes
    ----------
    graph
        Streets that boxes stand on.
    ground
        Ways that are walked: those on foot, or the same streets.
    homes, at, fronts
        Where households live, and where they reach these ways: the nearest, and those in front of a house.
    wanted
        What the sites are to be like.
    """

    graph: RoadGraph
    ground: RoadGraph
    homes: Homes
    at: Places
    fronts: Places | None
    wanted: Wanted

    @property
    def standing(self) -> Places | None:
        """Boxes that stay, where they are reached on foot."""
        return placed(self.ground, self.wanted.standing) if self.wanted.standing else None

    def on_foot(self, kerbs: Places) -> Places:
        """Those of some kerbs that can be walked to, where they are."""
        if self.ground is self.graph:
            return kerbs
        at = snap(self.ground, kerbs.names, kerbs.lon, kerbs.lat, np.inf)
        return at.take(np.flatnonzero(at.access_m <= HOME_SNAP_M))


def propose(
    extract: Path | None,
    graph: RoadGraph,
    boxes: int | Wanted,
    *,
    homes: Homes | None = None,
    districts: Sequence[District] = (),
    walk: RoadGraph | None = None,
) -> Proposal:
    """Propose sites.

    Parameters
    ----------
    extract
        An OpenStreetMap extract with buildings; None where there is none.
    graph
        The streets of the same place.
    boxes
        How many sites, or in full what is wanted.
    homes
        Where households live, in place of the map's buildings.
    districts
        In place of districts gathered from the homes.
    walk
        The ways on foot; without them walks follow the streets.

    Raises
    ------
    ScenarioError
        The extract cannot be read, nobody lives near a street, or there is no room for so many boxes.
    """
    wanted = boxes if isinstance(boxes, Wanted) else Wanted(boxes)
    features = read_features(extract) if extract else ()
    ground = walk or graph
    homes, at = on_streets(ground, homes or homes_of(extract, graph, wanted, districts))
    town = _Town(graph, ground, homes, at, fronts(ground, at), wanted)
    if districts:
        own = district_of(homes, districts)
    else:
        number = max(1, min(MOST_DISTRICTS, wanted.boxes // BOXES_PER_DISTRICT))
        districts, own = gathered(homes, number)
    chosen, gap, tried, told = _chosen(town, features)
    sites, served = _sites(town, chosen, (tuple(districts), own))
    told = (*told, *_room_told(wanted, served))
    if len(sites) < len(chosen):
        told = (
            *told,
            f"{len(chosen) - len(sites)} of {len(chosen)} boxes would be nearest to nobody; they are left out.",
        )
    return Proposal(
        sites=sites,
        districts=tuple(districts),
        facilities=tuple(f for f in features if f.kind in FACILITIES),
        homes=homes,
        buildings=homes.buildings,
        candidates=tried,
        gap=gap,
        equity=equity(served.walk_m, served.households, [d.name for d in districts], own[served.home]),
        assumptions=(*homes.assumptions, wanted.keep.told(), walking_told(wanted.walk_factor, ground), *told),
    )


def walking_told(factor: float, ground: RoadGraph) -> str:
    """How walks were measured, in a sentence."""
    if ground.network == WALK:
        told = "Walks follow the map's streets, footpaths and steps"
    else:
        told = "Walks follow the drivable streets both ways, without footpaths (assumption; most come out too long)"
    return f"{told}, {factor:g} m walked per metre of them (assumption)." if factor != 1 else f"{told}."


def _room_told(wanted: Wanted, served: Served) -> tuple[str, ...]:
    """What a limit on room did, in a sentence."""
    if wanted.capacity is None:
        return ()
    out = float(served.households[served.box < 0].sum())
    return (
        f"A new box serves at most {wanted.capacity} dwellings: they are assigned, not all to their nearest box, and "
        f"{out:,.0f} have none with room within {wanted.limit_m:g} m.",
    )


def homes_of(extract: Path | None, graph: RoadGraph, wanted: Wanted, districts: Sequence[District]) -> Homes:
    """Homes from an extract's buildings where it has enough, else along streets."""
    if extract is not None:
        found = homes_from_buildings(read_buildings(extract), wanted.boxes, wanted.rules)
        if found is not None:
            return found
    return homes_along_streets(graph, districts, wanted.rules)


def _chosen(town: _Town, features: Sequence[Feature]) -> tuple[Places, float, int, tuple[str, ...]]:
    """Chosen kerbs where they are reached on foot, the gap, the number of candidates, and what was done on the way."""
    wanted, at, standing = town.wanted, town.at, town.standing
    there = None if standing is None else (standing.lon, standing.lat)
    kerbs, told = candidates(town.graph, at, wanted.keep, reach_m=wanted.limit_m, features=features, boxes=there)
    kerbs = town.on_foot(kerbs)
    stand_for, weight = _merged(at, town.homes.households)
    if len(stand_for) < len(at):
        told = (*told, f"Homes on one stretch of {STRETCH_M:g} m of way were put together to choose among sites.")
    people, doors = at.take(stand_for), town.fronts and town.fronts.take(stand_for)
    walks = walks_within(town.ground, kerbs, people, wanted.limit_m, wanted.walk_factor, fronts=doors)
    kept_m = None
    if standing is not None:
        kept_m = nearest(town.ground, people, standing, wanted.walk_factor, fronts=doors)[1]
    choice = choose(
        walks,
        weight,
        wanted.boxes,
        limit_m=wanted.limit_m,
        objective=wanted.objective,
        requirements=Requirements(apart(kerbs, wanted.keep.box_m), kept_m, wanted.capacity),
        effort=wanted.effort,
    )
    return kerbs.take(choice.sites), choice.gap, len(kerbs), told


def _merged(at: Places, households: Floats) -> tuple[Indices, Floats]:
    """Homes that stand for those on their stretch of way, and how many live there; all homes where they are few."""
    if len(at) <= MERGED:
        return np.arange(len(at)), households
    stretch = np.column_stack([at.edge, (at.along_m // STRETCH_M).astype(np.int64)])
    order = np.argsort(-households, kind="stable")
    _, first, own = np.unique(stretch[order], axis=0, return_index=True, return_inverse=True)
    weight = np.bincount(own.ravel(), weights=households[order]).astype(np.float64)
    return order[first], weight


def _served(town: _Town, every: Places, standing: int) -> Served:
    """Who is served by which of all boxes, the standing ones first."""
    wanted, households = town.wanted, town.homes.households
    if wanted.capacity is None:
        box, walk_m = nearest(town.ground, town.at, every, wanted.walk_factor, fronts=town.fronts)
        return by_nearest(box, walk_m, households, wanted.limit_m)
    walks = walks_within(town.ground, every, town.at, wanted.limit_m, wanted.walk_factor, fronts=town.fronts)
    room = np.where(np.arange(len(every)) < standing, np.inf, float(wanted.capacity))
    return with_room(walks, households, room, wanted.limit_m)


def _sites(
    town: _Town, chosen: Places, quarters: tuple[tuple[District, ...], Ints32]
) -> tuple[tuple[BoxSite, ...], Served]:
    """Boxes in order of their districts with the households each serves, standing ones first, and who goes where."""
    (districts, own), wanted, standing = quarters, town.wanted, town.standing
    every = chosen if standing is None else Places.join(standing, chosen)
    served = _served(town, every, len(every) - len(chosen))
    near = served.box >= 0
    reached = np.bincount(served.box[near], weights=served.households[near], minlength=len(every))
    old = len(every) - len(chosen)
    sites = [
        BoxSite(s.name, s.district, max(1, round(float(reached[k]))), s.design, s.lon, s.lat)
        for k, s in enumerate(wanted.standing)
    ]
    names = {site.name for site in sites}
    of = [_district(served.box == old + k, served, own) for k in range(len(chosen))]
    for d, district in enumerate(districts):
        number = 0
        for k in np.flatnonzero([quarter == d for quarter in of]).tolist():
            number, name = _fresh(district.name, number, names)
            households = round(float(reached[old + k]))
            if households:
                sites.append(BoxSite(name, district.name, households, None, float(chosen.lon[k]), float(chosen.lat[k])))
    return tuple(sites), served


def _fresh(district: str, number: int, names: set[str]) -> tuple[int, str]:
    """The next number of a district that no box has, and the name with it."""
    number += 1
    while f"{district} {number}" in names:
        number += 1
    names.add(f"{district} {number}")
    return number, f"{district} {number}"


def _district(mine: Flags, served: Served, own: Ints32) -> int:
    """District that most households of a box live in; -1 where it has none."""
    if not mine.any():
        return -1
    return int(np.argmax(np.bincount(own[served.home[mine]], weights=served.households[mine])))
