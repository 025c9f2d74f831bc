"""The network on foot against a twin: NetworkX's Dijkstra on an undirected graph of the same file, read plainly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pytest
from tests.network.towns import NODES, STREETS, write

from molosim.network.filters import is_open
from molosim.network.graph import RoadGraph, great_circle_m
from molosim.network.osm import read_map
from molosim.network.places import snap
from molosim.network.walking import walks_within
from molosim.runtime.errors import ScenarioError

AALBORG = Path(os.environ.get("MOLOSIM_EXTRACTS", "extracts"), "aalborg_midtby_2024.osm.pbf")
AT = dict[int, tuple[float, float]]


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "service", "service": "driveway"}, True),
        ({"highway": "path", "foot": "designated"}, True),
        ({"highway": "residential", "motor_vehicle": "no"}, True),
        ({"highway": "residential", "sidewalk:left": "separate"}, False),
        ({"highway": "footway", "access": "private"}, False),
        ({"highway": "footway", "foot": "no"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "cycleway"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "via_ferrata"}, False),
        ({"building": "yes"}, False),
    ],
)
def test_what_is_walked(tags: Mapping[str, str], walked: bool) -> None:
    assert is_open(tags, "walk") is walked


def twin_of(file: Path) -> tuple[nx.Graph, AT]:
    """All walked ways of a file, both ways, node by node; the largest part that hangs together."""
    graph, at = nx.Graph(), {}
    for thing in osmium.FileProcessor(file):
        if isinstance(thing, osmium.osm.Node):
            at[thing.id] = (thing.lon, thing.lat)
        elif isinstance(thing, osmium.osm.Way) and is_open(dict(thing.tags), "walk"):
            for one, other in pairwise(node.ref for node in thing.nodes):
                if one in at and other in at:
                    graph.add_edge(one, other, metres=float(great_circle_m(*map(np.array, at[one]), *at[other])))
    return graph.subgraph(max(nx.connected_components(graph), key=len)), at


def same_as_twin(file: Path, walk: RoadGraph, chosen: list[int]) -> None:
    """Walks between nodes are the twin's, to rounding."""
    twin, at = twin_of(file)
    nodes = [number for number in chosen if number in twin]
    lon, lat = np.array([at[number] for number in nodes]).T
    places = snap(walk, [str(number) for number in nodes], lon, lat, 1.0)
    walks = walks_within(walk, places, places, 1e6)
    assert walks.to.tolist() == list(range(len(nodes))) * len(nodes)
    for row, number in enumerate(nodes):
        far = nx.single_source_dijkstra_path_length(twin, number, weight="metres")
        metres = walks.metres[walks.first[row] : walks.first[row + 1]]
        assert metres == pytest.approx([far[other] for other in nodes], abs=0.3)


def test_footpaths_and_one_way_streets_are_walked_both_ways(tmp_path: Path) -> None:
    ways = STREETS | {1: (STREETS[1][0], {"highway": "residential", "oneway": "yes"})}
    ways |= {3: (STREETS[3][0], {"highway": "living_street", "junction": "roundabout"})}
    file = write(tmp_path, NODES, ways)
    walk = read_map(file, network="walk")
    assert (walk.network, set(walk.classes)) == (
        "walk",
        {"residential", "tertiary", "living_street", "secondary", "footway", "service"},
    )
    assert (walk.twin >= 0).all()
    assert walk.dropped is not None
    assert walk.dropped.parts == 0
    same_as_twin(file, walk, sorted(NODES))


def test_a_walk_on_a_map_of_vehicles_is_never_shorter(tmp_path: Path) -> None:
    """Footpaths only add ways: the same two places are as near on foot, or nearer."""
    file = write(tmp_path)
    drive, walk = read_map(file), read_map(file, network="walk")
    lon, lat = np.array([NODES[number] for number in sorted(NODES)]).T
    names = [str(number) for number in sorted(NODES)]
    by_street, on_foot = (
        walks_within(graph, places, places, 1e6).metres
        for graph in (drive, walk)
        for places in [snap(graph, names, lon, lat, 1.0)]
    )
    assert (on_foot <= by_street + 0.3).all()
    assert (on_foot < by_street - 10).any()


def test_a_map_without_ways_on_foot_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="has no ways on foot"):
        read_map(write(tmp_path, NODES, {1: (STREETS[1][0], {"highway": "motorway"})}), network="walk")


@pytest.mark.skipif(not AALBORG.is_file(), reason="the extract of Aalborg is not on this machine")
def test_a_real_town_is_walked_as_its_twin_is() -> None:
    twin, _ = twin_of(AALBORG)
    chosen = np.random.default_rng(5).choice(sorted(twin), 25, replace=False).tolist()
    same_as_twin(AALBORG, read_map(AALBORG, network="walk"), chosen)
