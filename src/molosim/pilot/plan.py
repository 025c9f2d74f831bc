"""The whole plan of a pilot: sites, carriers, facilities and text, from a town and a number of boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from molosim.network.buildings import read_buildings
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.places import BoxSite, District
from molosim.network.siting import street_pieces
from molosim.pilot.carriers import CarrierSize, addresses_for, carriers_for
from molosim.pilot.config import Values, configuration, piece
from molosim.pilot.facilities import Facilities, facilities_of
from molosim.pilot.town import Town
from molosim.runtime.errors import ScenarioError
from molosim.siting import Proposal, propose
from molosim.siting.homes import Homes, homes_along_streets, homes_from_buildings
from molosim.siting.streets import on_streets

LEAST_DWELLINGS = 100
"""A box for fewer dwellings than this is not proposed."""
BOX_SNAP_M = 200
_FEW = (20, 5, 1)
"""Fewer apartment buildings than this do not stand for a place that has other homes too."""
_WIDER = 1.5
"""Radius of a district over the way from its centre to the nearest street, at least."""
SMALL_KM = 150.0
"""On a map with fewer kilometres of lanes, delivery tours are shorter than the usual plausible ones."""


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """Everything that a pilot's folder holds.

    Attributes
    ----------
    name, title
        Of the files, and as a reader sees it.
    text
        The configuration.
    sites, districts, facilities, carriers
        What it is about.
    graph, walk
        Its roads, and its ways on foot where the map has them.
    homes
        Where its dwellings were counted; None where streets stand for them.
    notes
        What the planner must know, a sentence each: fewer boxes than asked, stand-ins, no holidays.
    """

    name: str
    title: str
    text: str
    graph: RoadGraph
    walk: RoadGraph | None
    homes: Homes | None
    sites: tuple[BoxSite, ...]
    districts: tuple[District, ...]
    facilities: Facilities
    carriers: tuple[CarrierSize, ...]
    notes: tuple[str, ...]


def plan_for(town: Town, *, name: str, title: str, boxes: int) -> Plan:
    """Plan a pilot.

    Parameters
    ----------
    town
        What is known.
    name, title
        Of the files, and as a reader sees it.
    boxes
        How many boxes are wanted; a small town gets fewer.

    Raises
    ------
    ScenarioError
        Nobody lives near a street of the map, or there is no kerb for a single box.
    """
    proposal, notes = _proposed(town, boxes)
    districts = _over_streets(proposal.districts, town.graph)
    dwellings = sum(district.dwellings for district in districts)
    carriers = carriers_for(dwellings)
    facilities = facilities_of(town.graph, town.features, len(carriers))
    if invented := [f.name for f in facilities if not f.is_mapped]:
        notes.append(f"not on the map, so stand-ins to be replaced in {name}.toml: {'; '.join(invented)}")
    if facilities.doubtful:
        notes.append(_doubtful(facilities.doubtful))
    if town.walk is None:
        notes.append("the map has no footpaths: walks follow its streets, and most come out too long")
    small = float(town.graph.edge_m.sum()) / 1000 < SMALL_KM
    if small:
        notes.append(
            "the map is small: depots and recycling centres that lie outside it are farther away than any stand-in, so "
            "trips come out too short; a map of the whole town is better"
        )
    if town.country is None:
        notes.append("no public holidays: the map does not tell its country; --country or horizon.holidays names it")
    values: Values = {
        "": {"title": f"Shared boxes in {title}"},
        "horizon": {"holidays": town.country},
        "map": {"source": f"{name}.npz", "walk_source": f"{name}_walk.npz" if town.walk else None},
        "addresses": {"file": "districts.geojson", "count": addresses_for(dwellings, carriers)},
        "boxes": {"file": "boxes.geojson", "max_snap_m": BOX_SNAP_M},
    }
    text = configuration(
        _intro(town, title, proposal),
        values,
        carriers,
        facilities,
        provenance=_sources(town, proposal, facilities) | (_SMALL_SOURCE if small else {}),
        more=(piece("walking.toml") if proposal.buildings else "") + (piece("small.toml") if small else ""),
    )
    return Plan(
        name=name,
        title=title,
        text=text,
        graph=town.graph,
        walk=town.walk,
        homes=proposal.homes if proposal.buildings else None,
        sites=proposal.sites,
        districts=districts,
        facilities=facilities,
        carriers=carriers,
        notes=tuple(notes),
    )


def _proposed(town: Town, boxes: int) -> tuple[Proposal, list[str]]:
    """Sites for as many boxes as there is reason and room for, and why they are fewer where they are."""
    homes, _ = on_streets(town.walk or town.graph, _homes(town, boxes))
    dwellings = float(homes.households.sum())
    number = min(boxes, max(1, int(dwellings // LEAST_DWELLINGS)))
    while True:
        try:
            proposal = propose(town.extract, town.graph, number, homes=homes, walk=town.walk)
            break
        except ScenarioError:
            # Nothing else of what was asked for can be refused now: there is no room for so many.
            if number == 1:
                raise
            number = max(1, number * 2 // 3)
    notes = [f"{counted(len(proposal.sites), 'box')} for {dwellings:.0f} dwellings counted in {_basis(proposal)}"]
    if len(proposal.sites) < boxes:
        notes.append(
            f"fewer boxes than the {boxes} asked for: at least {LEAST_DWELLINGS} dwellings each, at kerbs with room, "
            "within a walk of somebody"
        )
    return proposal, notes


def _homes(town: Town, boxes: int) -> Homes:
    """Where people live: in as many buildings as boxes, in fewer where there are no more, else along streets."""
    buildings = read_buildings(town.extract) if town.extract else None
    tried = (homes_from_buildings(buildings, least) for least in (boxes, *_FEW) if buildings)
    return next(filter(None, tried), None) or homes_along_streets(town.graph)


def _over_streets(districts: Sequence[District], graph: RoadGraph) -> tuple[District, ...]:
    """Districts wide enough to hold a street that addresses are drawn on: homes may stand along main roads alone."""
    pieces = street_pieces(graph)
    wide = []
    for district in districts:
        nearest_m = float(great_circle_m(pieces.lon, pieces.lat, district.lon, district.lat).min())
        wide.append(replace(district, radius_m=max(district.radius_m, math.ceil(_WIDER * nearest_m))))
    return tuple(wide)


def _doubtful(ids: Sequence[str]) -> str:
    """What became of bare points that are tagged as recycling centres."""
    one = len(ids) == 1
    return (
        f"{'a place' if one else f'{len(ids)} places'} tagged as recycling centre but without area, name or opening "
        f"hours ({', '.join(ids)}): {'it is' if one else 'they are'} left out, since that is how containers look; name "
        "the real centres under municipality.recycling_centres"
    )


def counted(number: int, what: str) -> str:
    """``1 box``, ``2 boxes``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}{'es' if what.endswith('x') else 's'}"


def _basis(proposal: Proposal) -> str:
    if not proposal.buildings:
        return f"{proposal.homes.basis} (the map has no or too few buildings)"
    return f"{proposal.buildings} {proposal.homes.basis}"


_SMALL_SOURCE = {"plausibility.km_per_delivery_tour": "assumption: tours stay within a small map"}


def _intro(town: Town, title: str, proposal: Proposal) -> list[str]:
    """Comment at the top of the configuration."""
    values = {"title": title, "basis": _basis(proposal), "gap": f"{proposal.gap:.1%}"}
    values["map"] = f"{town.graph.source}, data of {town.graph.date}; {town.graph.attribution}"
    values["boxes"] = counted(len(proposal.sites), "box")
    return piece("intro.txt", assumptions="".join(f"{line}\n" for line in proposal.assumptions), **values).splitlines()


def _sources(town: Town, proposal: Proposal, facilities: Facilities) -> dict[str, str]:
    """Where the town's own values come from."""
    counted = f"dwellings counted in {_basis(proposal)} (assumption)"
    sources = {
        "map.source": f"OpenStreetMap, data of {town.graph.date}",
        "addresses.*": f"assumption: drawn along streets, denser where dwellings are; {counted}",
        "boxes.file": f"assumption: proposed sites; {counted}",
        "carriers": "assumption: companies and shares are invented; vans for the stops that L2 (low end) and L3 make "
        "of the dwellings, at 1.7 persons each and 250 delivery days",
        "municipality": "assumption: shifts, vehicles and times",
        "municipality.depot": facilities.municipal_depot.origin,
        "municipality.reception": facilities.reception.origin,
    }
    if town.walk:
        sources["map.walk_source"] = f"OpenStreetMap, data of {town.walk.date}"
    if proposal.buildings:
        sources["residents.walking.dwellings"] = counted
    sources |= {f"carriers.{i}.depot": depot.origin for i, depot in enumerate(facilities.carriers)}
    sources |= {f"municipality.recycling_centres.{i}": centre.origin for i, centre in enumerate(facilities.centres)}
    if town.country:
        sources["horizon.holidays"] = "the country that the map's tags or its place name"
    return sources
