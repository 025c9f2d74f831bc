"""What is known of a town: its roads, its map's buildings and places, and the country it is in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molosim.network.buildings import Feature, read_features
from molosim.network.country import country_of
from molosim.network.elements import cut_extract
from molosim.network.extract import Bbox, read_extract
from molosim.network.graph import DRIVE, RoadGraph
from molosim.network.osm import GRAPH_SUFFIXES, is_extract, read_map, ways_on_foot
from molosim.runtime import bundled
from molosim.runtime.errors import ScenarioError


@dataclass(frozen=True, eq=False, slots=True)
class Town:
    """A town as its map has it.

    Attributes
    ----------
    graph
        Its roads.
    extract
        File with its buildings; None where there is none.
    features
        Recycling places, depots and the like; none without an extract.
    walk
        Its ways on foot; None where no extract has them.
    country
        ISO code, where the map tells.
    """

    graph: RoadGraph
    extract: Path | None
    features: tuple[Feature, ...]
    country: str | None
    walk: RoadGraph | None = None


def town_of_file(path: Path) -> Town:
    """A town from an extract, from a graph, or from a prepared map with the extract that was downloaded with it.

    Raises
    ------
    ScenarioError
        The file cannot be used.
    """
    graph = read_map(path)
    if graph.network != DRIVE:
        raise ScenarioError.at(str(path), f"is a map for the network '{graph.network}'; a pilot needs roads for vans")
    extract = path if is_extract(path) else path.with_name(f"{path.stem}.osm.pbf")
    return town_of(graph, extract if extract.is_file() else None)


def town_in_box(path: Path, bbox: Bbox, part: Path, name: str) -> Town:
    """A town from a part of a larger extract, which is kept as a file of its own.

    Raises
    ------
    ScenarioError
        The file is no extract, cannot be used, or holds no town there.
    """
    if not is_extract(path):
        raise ScenarioError.at("--bbox", f"cuts extracts; {path.name} is whole or not at all")
    cut_extract(path, bbox, part)
    graph = read_extract(
        part, name=name, date=None, network=DRIVE, bbox=None, source=f"OpenStreetMap extract {path.name}, a part of it"
    )
    return town_of(graph, part)


def town_of(graph: RoadGraph, extract: Path | None, country: str | None = None) -> Town:
    """A town from its roads and an extract of the same place; what the caller knows of its country counts more."""
    if extract is None:
        return Town(graph, None, (), country)
    walk = ways_on_foot(extract, graph)
    return Town(graph, extract, read_features(extract), country or country_of(extract), walk)


def known_file(name: str) -> Path | None:
    """File that a name stands for: a file's path, a prepared map's name; None where it can only be a place.

    Raises
    ------
    ScenarioError
        The name is a map file's, and there is none.
    """
    path = Path(name)
    found = path if path.is_file() else bundled.map_path(name)
    if found is None and (is_extract(path) or path.suffix in (".npz", *GRAPH_SUFFIXES)):
        raise ScenarioError.at(name, "is not a file; a map file is expected")
    return found
