"""Reading maps of any kind; what each kind needs is imported only for it."""

from __future__ import annotations

from pathlib import Path

from molosim.network.graph import RoadGraph
from molosim.spec import ScenarioError

EXTRACT_SUFFIXES = (".osm.pbf", ".osm.bz2", ".osm.gz", ".osm.xml", ".osm", ".pbf")


def read_map(path: Path, *, name: str | None = None, date: str | None = None) -> RoadGraph:
    """Read a map file of any kind that molosim knows.

    Parameters
    ----------
    path
        A map prepared by molosim (``.npz``), an OpenStreetMap extract (``.osm.pbf``, ``.osm``, ``.osm.gz`` ...) or a
        graph that OSMnx 1 or 2 saved (``.graphml``).
    name
        What the map shows; else the file's name.
    date
        ISO date of the data; else what the file says of it. Neither counts for a prepared map, which has its own.

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
    if lower.endswith(EXTRACT_SUFFIXES):
        from molosim.network.extract import read_extract  # noqa: PLC0415  # OSMnx takes seconds to import

        return read_extract(path, name or _stem(path), date)
    if lower.endswith(".graphml"):
        from molosim.network.graphml import read_graphml  # noqa: PLC0415  # as above

        return read_graphml(path, name or _stem(path), date)
    raise ScenarioError.at(str(path), f"is no map; allowed are .npz, .graphml, {', '.join(EXTRACT_SUFFIXES)}")


def _stem(path: Path) -> str:
    """A file's name without the suffixes that say its format."""
    for suffix in (*EXTRACT_SUFFIXES, ".graphml"):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return path.stem
