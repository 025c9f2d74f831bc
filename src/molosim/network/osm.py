"""Reading maps of any kind; what each kind needs is imported only for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from molosim.network.graph import DRIVE, WALK, RoadGraph
from molosim.runtime.errors import ScenarioError

if TYPE_CHECKING:
    from molosim.network.extract import Bbox

EXTRACT_SUFFIXES = (".osm.pbf", ".osm.bz2", ".osm.gz", ".osm.xml", ".osm.xml.gz", ".osm.xml.bz2", ".osm", ".pbf")
GRAPH_SUFFIXES = (".graphml", ".gpkg")


def read_map(
    path: Path,
    *,
    name: str | None = None,
    date: str | None = None,
    network: str = DRIVE,
    bbox: Bbox | None = None,
    rules: bool = True,
) -> RoadGraph:
    """Read a map file of any kind that molosim knows.

    Parameters
    ----------
    path
        A map prepared by molosim (``.npz``), an OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz`` ...) or a
        graph that OSMnx 1 or 2 saved (``.graphml``, ``.gpkg``).
    name
        What the map shows; else the file's name.
    date
        ISO date of the data; else what the file says of it. Neither counts for a prepared map, which has its own.
    network
        ``drive``, ``bike`` or ``walk``: which ways of an extract to take, and how fast they are; the ways of a graph
        are those that its maker took.
    bbox
        West, south, east, north in degrees: take only this part of an extract.
    rules
        Take an extract's turn restrictions, limited and closed streets; else one may turn anywhere and pass along every
        street. Graphs that OSMnx saved have none.

    Raises
    ------
    ScenarioError
        The file is missing, unreadable, foreign, or has no roads.
    """
    lower = path.name.lower()
    if lower.endswith(".npz"):
        return RoadGraph.load(path)
    if not path.is_file():
        raise ScenarioError.at(str(path), "is not a file; a map file is expected")
    title = name or stem(path)
    # Importing OSMnx takes seconds.
    if is_extract(path):
        from molosim.network.extract import read_extract  # noqa: PLC0415

        return read_extract(path, name=title, date=date, network=network, bbox=bbox, rules=rules)
    if lower.endswith(GRAPH_SUFFIXES):
        from molosim.network.graphml import read_geopackage, read_graphml  # noqa: PLC0415

        if bbox is not None:
            raise ScenarioError.at("--bbox", f"cuts extracts; {path.name} is a graph, whole or not at all")
        read = read_graphml if lower.endswith(".graphml") else read_geopackage
        return read(path, name=title, date=date, network=network)
    allowed = ", ".join((".npz", *GRAPH_SUFFIXES, *EXTRACT_SUFFIXES))
    raise ScenarioError.at(str(path), f"is no map by its name; allowed are {allowed}")


def ways_on_foot(extract: Path, roads: RoadGraph) -> RoadGraph | None:
    """Ways on foot of the extract that some roads were read from; None where it was made for vehicles and has no paths.

    What is wrong with the extract was told when its roads were read.
    """
    from molosim.network.extract import read_extract  # noqa: PLC0415 - as above
    from molosim.network.filters import FOOTPATHS  # noqa: PLC0415 - as above

    try:
        walk = read_extract(extract, name=roads.name, date=roads.date, network=WALK, bbox=None, source=roads.source)
    except ScenarioError:
        return None
    return walk if walk.of_class(FOOTPATHS).any() else None


def is_extract(path: Path) -> bool:
    """Whether a file's name says that it is an OpenStreetMap extract."""
    return path.name.lower().endswith(EXTRACT_SUFFIXES)


def stem(path: Path) -> str:
    """A file's name without the suffixes that say its format."""
    suffixes = (suffix for suffix in (*EXTRACT_SUFFIXES, *GRAPH_SUFFIXES) if path.name.lower().endswith(suffix))
    longest = max(suffixes, key=len, default=None)
    return path.name[: -len(longest)] if longest else path.stem
