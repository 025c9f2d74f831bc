"""OpenStreetMap extracts: the ways of a network, cut where the extract is clipped, handed to OSMnx's builder."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, cast
from xml.sax.saxutils import quoteattr

import osmium
import osmnx as ox

from molosim.network.build import road_graph
from molosim.network.filters import access_of, is_barred, is_open, kept_tags
from molosim.network.foreign import refuse_doctype
from molosim.network.graph import DRIVE, WALK, WAYS, RoadGraph, first_line
from molosim.network.restrictions import forbidden_paths, read_restrictions
from molosim.runtime.errors import ScenarioError

if TYPE_CHECKING:
    import networkx as nx

MOST_NODES = 2_000_000
"""More nodes of roads than any city has; a graph of so many would need all memory of a usual machine."""

Bbox = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Nodes and tags of a way of the network."""

    number: int
    """The extract's own."""
    nodes: tuple[int, ...]
    tags: dict[str, str]
    day: str
    """ISO date of its last change."""
    limited: bool
    """Whether a trip may begin and end there but not pass along."""


def read_extract(
    path: Path,
    *,
    name: str,
    date: str | None,
    network: str,
    bbox: Bbox | None,
    source: str | None = None,
    rules: bool = True,
) -> RoadGraph:
    """Read the roads of an OpenStreetMap extract; see `molosim.network.osm.read_map`.

    ``source`` says where the extract comes from, in place of its file name. Walkers have no rules.
    """
    refuse_doctype(path)
    rules = rules and network != WALK
    try:
        ways, positions, stamp = _of_network(path, network, bbox, rules=rules)
        restrictions = read_restrictions(path, network) if rules else None
        ways = _cut_at(_barred(path) if network == DRIVE else set(), ways, positions)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        problem = f"is not a readable OpenStreetMap extract: {first_line(error)}"
        raise ScenarioError.at(str(path), problem) from error
    if len(positions) > MOST_NODES:
        problem = f"has {len(positions):,} nodes of roads, more than any city; cut it with --bbox WEST,SOUTH,EAST,NORTH"
        raise ScenarioError.at(str(path), problem)
    runs = list(_runs(ways, positions))
    if not runs:
        where = f" within {','.join(f'{degrees:g}' for degrees in bbox)}" if bbox else ""
        problem = f"has no {WAYS[network]}{where} (ways with highway=* and the nodes they run over)"
        raise ScenarioError.at(str(path), problem)
    source = source or f"OpenStreetMap extract {path.name}"
    date = date or stamp or _latest(ways) or "unknown"
    graph = _build(runs, positions)
    for *_, data in graph.edges(data=True):
        data["limited"] = runs[data["osmid"] - 1].limited
    way_of = {number: run.number for number, run in enumerate(runs, start=1)}
    forbidden = forbidden_paths(*restrictions, graph, way_of) if restrictions else None
    return road_graph(graph, name=name, source=source, date=date, network=network, forbidden=forbidden)


def _of_network(
    path: Path, network: str, bbox: Bbox | None, *, rules: bool
) -> tuple[list[_Way], dict[int, tuple[float, float]], str]:
    """Ways of a network, lon/lat of those of their nodes that the extract holds, and its date where it says one.

    Two passes over the file, so that only the nodes of roads are kept: extracts of regions hold all ways.
    """
    file = osmium.FileProcessor(path, osmium.osm.WAY)
    if file.header.has_multiple_object_versions:
        raise ValueError("it is a history file; an extract of one moment is expected")
    ways: list[_Way] = []
    for way in cast("Iterable[osmium.osm.Way]", file.with_filter(osmium.filter.KeyFilter("highway"))):
        tags = dict(way.tags)
        access = access_of(tags, network) if rules else "yes"
        if is_open(tags, network) and access != "closed":
            day = way.timestamp.strftime("%Y-%m-%d")
            nodes = tuple(node.ref for node in way.nodes)
            ways.append(_Way(way.id, nodes, kept_tags(tags, network), day, access == "limited"))
    wanted = osmium.filter.IdFilter({node for way in ways for node in way.nodes})
    held = osmium.FileProcessor(path, osmium.osm.NODE).with_filter(wanted)
    west, south, east, north = bbox or (-180, -90, 180, 90)
    positions = {
        node.id: (node.lon, node.lat)
        for node in cast("Iterable[osmium.osm.Node]", held)
        if node.location.valid() and west <= node.lon <= east and south <= node.lat <= north
    }
    return ways, positions, file.header.get("osmosis_replication_timestamp")[:10]


def _barred(path: Path) -> set[int]:
    """Nodes that no vehicle drives past."""
    nodes = osmium.FileProcessor(path, osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("barrier"))
    return {node.id for node in cast("Iterable[osmium.osm.Node]", nodes) if is_barred(dict(node.tags))}


def _cut_at(barred: set[int], ways: list[_Way], positions: dict[int, tuple[float, float]]) -> list[_Way]:
    """Ways that end on both sides of a barrier: each gets an end of its own there."""
    cut = []
    fresh = max(positions, default=0)
    for way in ways:
        part: list[int] = []
        for node in way.nodes:
            if node in barred and node in positions:
                # One end for the part before, one for the part after; other ways that meet here have theirs.
                positions[fresh + 1] = positions[fresh + 2] = positions[node]
                cut.append(replace(way, nodes=(*part, fresh + 1)))
                part = [fresh + 2]
                fresh += 2
            else:
                part.append(node)
        cut.append(replace(way, nodes=tuple(part)))
    return cut


def _latest(ways: Sequence[_Way]) -> str:
    """Day of the latest change; nothing in an extract without history, which has every object at the epoch."""
    latest = max(way.day for way in ways)
    return latest if latest > "1970-01-01" else ""


def _runs(ways: Sequence[_Way], positions: Mapping[int, tuple[float, float]]) -> Iterator[_Way]:
    """Ways cut into runs of present nodes: a clipped extract names nodes that it does not hold."""
    for way in ways:
        for present, run in groupby(way.nodes, key=positions.__contains__):
            nodes = tuple(run)
            if present and len(nodes) > 1:
                yield replace(way, nodes=nodes)


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
