"""OpenStreetMap extracts: drivable ways, cut where the extract is clipped, handed to OSMnx's builder."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, cast
from xml.sax.saxutils import quoteattr

import osmium
import osmnx as ox

from molosim.network.build import road_graph
from molosim.network.graph import RoadGraph, first_line
from molosim.spec import ScenarioError

if TYPE_CHECKING:
    import networkx as nx

KEPT_TAGS = ("highway", "maxspeed", "oneway", "junction")
"""Way tags the graph is built from."""
NOT_DRIVEN: Mapping[str, str] = {
    "area": "yes",
    "access": "private",
    "highway": (
        "abandoned|bridleway|bus_guideway|construction|corridor|cycleway|elevator|escalator|footway|no|path|pedestrian"
        "|planned|platform|proposed|raceway|razed|rest_area|service|services|steps|track"
    ),
    "motor_vehicle": "no",
    "motorcar": "no",
    "service": "alley|driveway|emergency_access|parking|parking_aisle|private",
}
"""OSMnx's ``drive`` filter, by tag: values that match anywhere take a way out, as in an Overpass query."""

_NOT_DRIVEN = {tag: re.compile(values) for tag, values in NOT_DRIVEN.items()}


@dataclass(frozen=True, slots=True)
class _Way:
    """Nodes and tags of a drivable way."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


def read_extract(path: Path, name: str, date: str | None) -> RoadGraph:
    """Read the drivable roads of an OpenStreetMap extract; see `molosim.network.osm.read_map`."""
    try:
        ways, positions, stamp = _drivable(path)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        problem = f"is not a readable OpenStreetMap extract: {first_line(error)}"
        raise ScenarioError.at(str(path), problem) from error
    runs = list(_runs(ways, positions))
    if not runs:
        raise ScenarioError.at(str(path), "has no drivable roads (ways with highway=* and the nodes they run over)")
    graph = _build(runs, positions)
    source = f"OpenStreetMap extract {path.name}"
    return road_graph(graph, name=name, source=source, date=date or stamp or "unknown")


def _drivable(path: Path) -> tuple[list[_Way], dict[int, tuple[float, float]], str]:
    """Drivable ways, lon/lat of those of their nodes that the extract holds, and the date of the data or nothing.

    Two passes over the file, so that only the nodes of roads are kept: extracts of regions hold all ways.
    """
    ways: list[_Way] = []
    latest = ""
    roads = osmium.FileProcessor(path, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    for way in cast("Iterable[osmium.osm.Way]", roads):
        tags = dict(way.tags)
        if is_driven(tags):
            ways.append(_Way(tuple(node.ref for node in way.nodes), {k: tags[k] for k in KEPT_TAGS if k in tags}))
            latest = max(latest, way.timestamp.strftime("%Y-%m-%d"))
    wanted = osmium.filter.IdFilter({node for way in ways for node in way.nodes})
    nodes = osmium.FileProcessor(path, osmium.osm.NODE).with_filter(wanted)
    positions = {
        node.id: (node.lon, node.lat) for node in cast("Iterable[osmium.osm.Node]", nodes) if node.location.valid()
    }
    stamp = roads.header.get("osmosis_replication_timestamp")[:10]
    # Extracts without history have every object at the epoch.
    return ways, positions, stamp or (latest if latest > "1970-01-01" else "")


def is_driven(tags: Mapping[str, str]) -> bool:
    """Whether OSMnx's ``drive`` filter lets a way with these tags through."""
    return "highway" in tags and not any(values.search(tags[tag]) for tag, values in _NOT_DRIVEN.items() if tag in tags)


def _runs(ways: Sequence[_Way], positions: Mapping[int, tuple[float, float]]) -> Iterator[_Way]:
    """Ways cut into runs of present nodes: a clipped extract names nodes that it does not hold."""
    for way in ways:
        for present, run in groupby(way.nodes, key=positions.__contains__):
            nodes = tuple(run)
            if present and len(nodes) > 1:
                yield _Way(nodes, way.tags)


def _build(runs: Sequence[_Way], positions: Mapping[int, tuple[float, float]]) -> nx.MultiDiGraph:
    """Let OSMnx build its graph (directions, roundabouts, reversed ways) from the cleaned roads.

    They go through a temporary XML file and the public `osmnx.graph_from_xml`. Handing them over in memory would need
    OSMnx's private builder, which has changed name and arguments between its versions.
    """
    with tempfile.TemporaryDirectory(prefix="molosim-") as folder:
        path = Path(folder, "roads.osm")
        with path.open("w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
            file.writelines(_xml(runs, positions))
            file.write("</osm>\n")
        return ox.graph_from_xml(path, simplify=False, retain_all=True)


def _xml(runs: Sequence[_Way], positions: Mapping[int, tuple[float, float]]) -> Iterator[str]:
    """Lines of OSM XML; ways are numbered anew, since a cut way would have its number twice."""
    for node in sorted({node for run in runs for node in run.nodes}):
        lon, lat = positions[node]
        yield f'<node id="{node}" lat="{lat:.7f}" lon="{lon:.7f}"/>\n'
    for number, run in enumerate(runs, start=1):
        refs = "".join(f'<nd ref="{node}"/>' for node in run.nodes)
        tags = "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in run.tags.items())
        yield f'<way id="{number}">{refs}{tags}</way>\n'
