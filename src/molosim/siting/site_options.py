"""What sites are asked for, and the files of a town that they are chosen from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molosim.inputs.scenario import find_map
from molosim.network.graph import WALK, RoadGraph
from molosim.network.osm import is_extract, read_map, ways_on_foot
from molosim.network.places import District, read_box_sites, read_districts
from molosim.siting.candidates import KeepClear, read_areas
from molosim.siting.choice import EFFORT, Objective
from molosim.siting.dwellings import read_dwellings
from molosim.siting.homes import Homes
from molosim.siting.proposal import Wanted


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """What sites are to be like, and files of the town beside its map.

    Parameters
    ----------
    boxes
        How many new sites.
    objective
        ``walk``: the least walking; ``cover``: the most households within ``walk_m``.
    walk_m
        Longest walk to a box, metres.
    walk_factor
        Walked metres per metre along the ways; below 1 where footpaths that the map lacks cut corners.
    spacing_m
        Boxes keep so far from each other, metres as the crow flies.
    capacity
        Dwellings that a new box serves at most; no limit by default.
    effort
        For a proof that no choice is better: steps of the search; 0 for none, 20 for a long one.
    standing
        GeoJSON of boxes that stand already and stay.
    keep_clear
        GeoJSON of polygons where no box may stand.
    dwellings
        Table of ``lon``, ``lat``, ``dwellings``, .csv or .parquet, in place of the map's buildings.
    buildings
        OpenStreetMap extract to take buildings from, where the map is a prepared one.
    walk_map
        A prepared map or an extract to walk on; the extract's own ways on foot by default, where it has them.
    districts
        GeoJSON of districts, in place of ones gathered from homes.
    """

    boxes: int = 50
    objective: Objective = "walk"
    walk_m: float = 600.0
    walk_factor: float = 1.0
    spacing_m: float = 100.0
    capacity: int | None = None
    effort: int = EFFORT
    standing: str | Path | None = None
    keep_clear: str | Path | None = None
    dwellings: str | Path | None = None
    buildings: str | Path | None = None
    walk_map: str | Path | None = None
    districts: str | Path | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SiteTown:
    """A town as its files have it.

    Attributes
    ----------
    graph
        Its streets.
    extract
        File with its buildings; None where there is none.
    walk
        Its ways on foot; None where walks follow the streets.
    homes
        Dwellings of a table; None where they are counted in buildings.
    districts
        Given ones.
    """

    graph: RoadGraph
    extract: Path | None
    walk: RoadGraph | None
    homes: Homes | None
    districts: tuple[District, ...]


def wanted(options: SiteOptions) -> Wanted:
    """The options with the files that they name read.

    Raises
    ------
    ScenarioError
        A file cannot be read, or is not what it should be.
    """
    areas = read_areas(Path(options.keep_clear)) if options.keep_clear else ()
    return Wanted(
        options.boxes,
        options.objective,
        options.walk_m,
        options.walk_factor,
        KeepClear(box_m=options.spacing_m, areas=areas),
        standing=read_box_sites(Path(options.standing)) if options.standing else (),
        effort=options.effort,
        capacity=options.capacity,
    )


def town_of(source: str | Path, options: SiteOptions) -> SiteTown:
    """The town of a prepared map or an extract.

    Raises
    ------
    ScenarioError
        There is no such map, or a file cannot be read.
    """
    path, extract = Path(source), Path(options.buildings) if options.buildings else None
    if _is_raw(path):
        graph, extract = read_map(path), extract or (path if is_extract(path) else None)
    else:
        graph = RoadGraph.load(find_map(str(source), key="source"))
    homes = read_dwellings(Path(options.dwellings)) if options.dwellings else None
    districts = read_districts(Path(options.districts)) if options.districts else ()
    return SiteTown(graph, extract, _ways_on_foot(options.walk_map, graph, extract), homes, districts)


def _ways_on_foot(source: str | Path | None, graph: RoadGraph, extract: Path | None) -> RoadGraph | None:
    """Those that were named, else those of the extract with the buildings; None where it has none."""
    if source is None:
        return ways_on_foot(extract, graph) if extract else None
    path = Path(source)
    return read_map(path, network=WALK) if _is_raw(path) else RoadGraph.load(find_map(str(source), key="walk_map"))


def _is_raw(path: Path) -> bool:
    return path.is_file() and path.suffix != ".npz"
