"""A small town made by hand, and the bundled map."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from molosim.network.graph import RoadGraph
from molosim.network.places import Places
from molosim.network.siting import points_along

Edge = tuple[int, int, float, float, str]


def make_graph(nodes: list[tuple[float, float]], edges: list[Edge]) -> RoadGraph:
    lon, lat = np.array(nodes).T
    tail, head = (np.array([edge[k] for edge in edges], dtype=np.int32) for k in (0, 1))
    ends = np.column_stack([tail, head]).ravel()
    classes = tuple(sorted({edge[4] for edge in edges}))
    return RoadGraph(
        name="toy",
        source="by hand",
        date="2025-01-01",
        classes=classes,
        node_lon=lon,
        node_lat=lat,
        edge_tail=tail,
        edge_head=head,
        edge_m=np.array([edge[2] for edge in edges]),
        edge_kph=np.array([edge[3] for edge in edges], dtype=np.float32),
        edge_imputed=np.zeros(len(edges), dtype=np.bool_),
        edge_class=np.array([classes.index(edge[4]) for edge in edges], dtype=np.int16),
        shape_lon=lon[ends],
        shape_lat=lat[ends],
        shape_first=np.arange(len(edges) + 1) * 2,
    )


def make_places(graph: RoadGraph, at: list[tuple[int, float, float]]) -> Places:
    edge, along_m, access_m = (np.array(column) for column in zip(*at, strict=True))
    lon, lat = points_along(graph, edge, along_m)
    names = tuple(f"p{i}" for i in range(len(at)))
    return Places(names, lon, lat, edge.astype(np.int32), along_m.astype(np.float64), access_m.astype(np.float64))


def with_reverses(edges: list[Edge]) -> list[Edge]:
    return [way for tail, head, *rest in edges for way in ((tail, head, *rest), (head, tail, *rest))]


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., RoadGraph]:
    """A graph of straight edges (tail, head, metres, km/h, class) between nodes (lon, lat)."""
    return make_graph


@pytest.fixture(scope="session")
def places_on() -> Callable[..., Places]:
    """Places at (edge, metres along it, metres off it)."""
    return make_places


@pytest.fixture(scope="session")
def both_ways() -> Callable[[list[Edge]], list[Edge]]:
    """Each edge and, after it, its reverse."""
    return with_reverses


@pytest.fixture(scope="session")
def maps() -> Path:
    """Folder of the bundled maps."""
    return Path(__file__).parents[2] / "maps"


@pytest.fixture(scope="session")
def town(maps: Path) -> RoadGraph:
    """The bundled map."""
    return RoadGraph.load(maps / "gothenburg_2016.npz")


@pytest.fixture(scope="session")
def grid() -> RoadGraph:
    """Four by four blocks of 100 m at 36 km/h (10 m/s): every fastest way has many equals."""
    nodes = [(10 + x * 0.001, 57 + y * 0.001) for y in range(5) for x in range(5)]
    east = [(y * 5 + x, y * 5 + x + 1, 100.0, 36.0, "residential") for y in range(5) for x in range(4)]
    north = [(y * 5 + x, y * 5 + x + 5, 100.0, 36.0, "tertiary") for y in range(4) for x in range(5)]
    return make_graph(nodes, with_reverses(east + north))
