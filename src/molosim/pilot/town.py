"""What is known of a town: its roads, its map's buildings and places, and the country it is in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from molosim import bundled
from molosim.network.buildings import Feature, read_features
from molosim.network.country import country_of
from molosim.network.graph import RoadGraph
from molosim.network.osm import is_extract, read_map


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
    country
        ISO code, where the map tells.
    """

    graph: RoadGraph
    extract: Path | None
    features: tuple[Feature, ...]
    country: str | None


def town_of_file(path: Path) -> Town:
    """A town from an extract, from a graph, or from a prepared map with the extract that was downloaded with it.

    Raises
    ------
    ScenarioError
        The file cannot be used.
    """
    graph = read_map(path)
    extract = path if is_extract(path) else path.with_name(f"{path.stem}.osm.pbf")
    return town_of(graph, extract if extract.is_file() else None)


def town_of(graph: RoadGraph, extract: Path | None, country: str | None = None) -> Town:
    """A town from its roads and an extract of the same place; what the caller knows of its country counts more."""
    if extract is None:
        return Town(graph, None, (), country)
    return Town(graph, extract, read_features(extract), country or country_of(extract))


def known_file(name: str) -> Path | None:
    """File that a name stands for: a file's path, a prepared map's name; None where it can only be a place."""
    path = Path(name)
    return path if path.exists() else bundled.map_path(name)
