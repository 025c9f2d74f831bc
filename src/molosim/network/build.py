"""From OSMnx's graph to the compact one: speeds before simplification, largest strongly connected part, fixed order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox

from molosim.network.graph import BIKE, DRIVE, WALK, Dropped, Floats, RoadGraph, great_circle_m
from molosim.network.speeds import CYCLING_KPH, OTHER_CYCLING_KPH, WALKING_KPH, assumed_kph, limit_kph
from molosim.spec import ScenarioError

_COORDINATE_DECIMALS = 7
"""What OpenStreetMap itself keeps."""
_LENGTH_DECIMALS = 3
_SPEED_DECIMALS = 2


def road_graph(graph: nx.MultiDiGraph, *, name: str, source: str, date: str, network: str = DRIVE) -> RoadGraph:
    """Make the compact graph of an OSMnx graph in degrees, simplified or not.

    Speeds are limits in a ``drive`` network, those of a cargo bike in a ``bike`` network, and one on foot.

    Raises
    ------
    ScenarioError
        No part of it is connected.
    """
    slim = _slim(graph, network)
    if not graph.graph.get("simplified"):
        together = {"length": sum, "travel_s": sum, "imputed_m": sum, "road": _main_road}
        slim = ox.simplify_graph(slim, edge_attr_aggs=together)
    kept = ox.truncate.largest_component(slim, strongly=True) if slim.number_of_edges() else slim
    if not kept.number_of_edges():
        raise ScenarioError.at(source, "has no two places with roads both ways between them")
    return replace(_compact(kept, name, source, date), network=network, dropped=_dropped(slim, kept))


def _dropped(whole: nx.MultiDiGraph, kept: nx.MultiDiGraph) -> Dropped:
    metres = [sum(length for *_, length in graph.edges(data="length")) for graph in (whole, kept)]
    return Dropped(
        parts=nx.number_strongly_connected_components(whole) - 1,
        nodes=whole.number_of_nodes() - kept.number_of_nodes(),
        edges=whole.number_of_edges() - kept.number_of_edges(),
        metres=max(0.0, round(metres[0] - metres[1], _LENGTH_DECIMALS)),
    )


def _slim(graph: nx.MultiDiGraph, network: str) -> nx.MultiDiGraph:
    """The same nodes and edges with only what the compact graph needs, every edge with its speed.

    Speeds are set before streets are merged: a merged street then has the time of its parts, and its class is the one
    of most of its length, not whichever of several values comes first.
    """
    slim = nx.MultiDiGraph(crs=graph.graph["crs"], simplified=bool(graph.graph.get("simplified")))
    slim.add_nodes_from((node, {"x": float(data["x"]), "y": float(data["y"])}) for node, data in graph.nodes(data=True))
    edges = [(u, v, data, _shape(slim, u, v, data)) for u, v, data in graph.edges(data=True)]
    lengths = [float(great_circle_m(*shape[:-1].T, *shape[1:].T).sum()) for *_, shape in edges]
    classes = [_class(data.get("highway")) for _, _, data, _ in edges]
    limits: list[float | None] = [None] * len(edges)
    if network == BIKE:
        assumed = {road: CYCLING_KPH.get(road, OTHER_CYCLING_KPH) for road in classes}
    elif network == WALK:
        assumed = dict.fromkeys(classes, WALKING_KPH)
    else:
        limits = [limit_kph(data.get("maxspeed")) for _, _, data, _ in edges]
        assumed = assumed_kph(zip(classes, lengths, limits, strict=True))
    for (u, v, data, _), metres, road, stated in zip(edges, lengths, classes, limits, strict=True):
        kept = {"geometry": data["geometry"]} if "geometry" in data else {}
        travel_s = metres / (stated or assumed[road]) * 3.6
        imputed_m = metres if stated is None else 0.0
        slim.add_edge(u, v, length=metres, travel_s=travel_s, imputed_m=imputed_m, road=(road, metres), **kept)
    return slim


def _class(highway: object) -> str:
    """Road class of an edge; of several (a graph simplified elsewhere) the first, as OSMnx takes it."""
    first = highway[0] if isinstance(highway, list) and highway else highway
    return str(first or "unclassified")


def _main_road(roads: Iterable[tuple[str, float]]) -> tuple[str, float]:
    """Class of most of a merged street, with the street's length."""
    lengths: dict[str, float] = {}
    for name, metres in roads:
        lengths[name] = lengths.get(name, 0.0) + metres
    return max(lengths, key=lambda name: lengths[name]), sum(lengths.values())


def _shape(graph: nx.MultiDiGraph, u: Any, v: Any, data: dict[str, Any]) -> Floats:
    """Lon/lat f64[k, 2] of an edge, ends included."""
    ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
    points = list(data["geometry"].coords) if "geometry" in data else ends
    return np.asarray(np.round(np.array(points, dtype=np.float64), _COORDINATE_DECIMALS), dtype=np.float64)


def _compact(graph: nx.MultiDiGraph, name: str, source: str, date: str) -> RoadGraph:
    """Arrays in an order that only the content decides: nodes by number, edges by ends, length and shape."""
    nodes = sorted(graph.nodes)
    index = {node: i for i, node in enumerate(nodes)}
    edges = []
    for u, v, data in graph.edges(data=True):
        shape = _shape(graph, u, v, data)
        # Rounded, so that machines that differ in the last bit of a sine make the same map.
        metres = max(round(data["length"], _LENGTH_DECIMALS), 10.0**-_LENGTH_DECIMALS)
        kph = round(data["length"] / data["travel_s"] * 3.6 if data["travel_s"] else 50.0, _SPEED_DECIMALS)
        imputed = data["imputed_m"] > data["length"] / 2
        edges.append((index[u], index[v], metres, shape.tobytes(), kph, imputed, data["road"][0], shape))
    edges.sort(key=lambda edge: edge[:4])
    tail, head, metres_, _, kph_, imputed_, roads, shapes = zip(*edges, strict=True)
    classes = tuple(sorted(set(roads)))
    flat = np.concatenate(shapes)
    return RoadGraph(
        name=name,
        source=source,
        date=date,
        classes=classes,
        node_lon=np.round([graph.nodes[node]["x"] for node in nodes], _COORDINATE_DECIMALS),
        node_lat=np.round([graph.nodes[node]["y"] for node in nodes], _COORDINATE_DECIMALS),
        edge_tail=np.array(tail, dtype=np.int32),
        edge_head=np.array(head, dtype=np.int32),
        edge_m=np.array(metres_),
        edge_kph=np.array(kph_, dtype=np.float32),
        edge_imputed=np.array(imputed_),
        edge_class=np.array([classes.index(road) for road in roads], dtype=np.int16),
        shape_lon=np.ascontiguousarray(flat[:, 0]),
        shape_lat=np.ascontiguousarray(flat[:, 1]),
        shape_first=np.cumsum([0, *map(len, shapes)]),
    )
