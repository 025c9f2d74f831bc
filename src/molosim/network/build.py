"""From OSMnx's graph to the compact one: speeds before simplification, largest strongly connected part, fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import osmnx as ox

from molosim.network.graph import BIKE, DRIVE, WALK, Dropped, Restrictions, RoadGraph, great_circle_m
from molosim.network.restrictions import CUTTING, NEEDLESS
from molosim.network.rules import with_rules
from molosim.network.speeds import CYCLING_KPH, OTHER_CYCLING_KPH, WALKING_KPH, assumed_kph, limit_kph
from molosim.runtime.arrays import Floats
from molosim.runtime.errors import ScenarioError

Forbidden = tuple[list[list[tuple[int, ...]]], Counter[str]]
_COORDINATE_DECIMALS = 7
"""What OpenStreetMap itself keeps."""
_LENGTH_DECIMALS = 3
_SPEED_DECIMALS = 2


def road_graph(
    graph: nx.MultiDiGraph,
    *,
    name: str,
    source: str,
    date: str,
    network: str = DRIVE,
    forbidden: Forbidden | None = None,
) -> RoadGraph:
    """Make the compact graph of an OSMnx graph in degrees, simplified or not.

    Speeds are limits in a ``drive`` network, those of a cargo bike in a ``bike`` network, and one on foot. Edges of a
    graph that is not simplified may say whether they are ``limited``.

    Parameters
    ----------
    forbidden
        Of each turn restriction the paths that it forbids, node by node, and how many were left out before.

    Raises
    ------
    ScenarioError
        No part of it is connected.
    """
    slim = _slim(graph, network)
    paths, left_out = forbidden or ([], Counter[str]())
    if not graph.graph.get("simplified"):
        for node in _turned_at(paths):
            slim.nodes[node]["turned_at"] = True
        together = {
            "length": sum,
            "travel_s": sum,
            "imputed_m": sum,
            "road": _main_road,
            "limited": any,
            "beside": lambda ends: (ends[0][0], ends[-1][1]),
        }
        slim = ox.simplify_graph(
            slim, node_attrs_include=["turned_at"], edge_attrs_differ=["limited"], edge_attr_aggs=together
        )
    kept = ox.truncate.largest_component(slim, strongly=True) if slim.number_of_edges() else slim
    if not kept.number_of_edges():
        raise ScenarioError.at(source, "has no two places with roads both ways between them")
    compact, edges = _compact(kept, name, source, date)
    limited = np.flatnonzero([data["limited"] for *_, data in edges]).astype(np.int32)
    restrictions = _edge_by_edge(paths, edges)
    ruled = with_rules(compact, restrictions, limited)
    noted = None
    if forbidden is not None:
        nowhere = len(restrictions) - ruled.holding - ruled.lifted
        noted = Restrictions(
            ruled.holding, dict(sorted((left_out + Counter({NEEDLESS: nowhere, CUTTING: ruled.lifted})).items()))
        )
    return replace(ruled.graph, network=network, dropped=_dropped(slim, kept, compact, ruled.graph), restrictions=noted)


def _turned_at(paths: list[list[tuple[int, ...]]]) -> set[int]:
    """Nodes at which a forbidden path begins or ends between two streets: there they must not be merged.

    Where it is turning round that is forbidden, a merged street has no such place, and nothing is left to forbid.
    """
    through = [path for several in paths for path in several if path[0] != path[-1] or len(path) > 3]
    return {node for path in through for node in (path[1], path[-2])}


def _edge_by_edge(
    paths: list[list[tuple[int, ...]]], edges: list[tuple[Any, Any, dict[str, Any]]]
) -> list[list[tuple[int, ...]]]:
    """Forbidden paths as successions of edges by number; none of a restriction whose streets are not in the graph."""
    out_of: dict[tuple[Any, Any], list[int]] = {}
    into: dict[tuple[Any, Any], list[int]] = {}
    for number, (u, v, data) in enumerate(edges):
        out_of.setdefault((u, data["beside"][0]), []).append(number)
        into.setdefault((data["beside"][1], v), []).append(number)
    found = []
    for several in paths:
        bans: list[tuple[int, ...]] = []
        for path in several:
            begun: list[tuple[tuple[int, ...], int]] = [((number,), 1) for number in into.get((path[0], path[1]), ())]
            while begun:
                driven, at = begun.pop()
                for number in out_of.get((path[at], path[at + 1]), ()):
                    end = edges[number][1]
                    if at == len(path) - 2:
                        bans.append((*driven, number))
                    elif end in path[at + 1 : -1]:
                        begun.append(((*driven, number), path.index(end, at + 1)))
        found.append(bans)
    return found


def _dropped(whole: nx.MultiDiGraph, kept: nx.MultiDiGraph, compact: RoadGraph, ruled: RoadGraph) -> Dropped:
    """What is in the whole but not in what was kept, or was cut off by rules afterwards."""
    metres = [sum(length for *_, length in graph.edges(data="length")) for graph in (whole, kept)]
    cut_off_m = float(compact.edge_m.sum()) - float(ruled.edge_m.sum())
    return Dropped(
        parts=nx.number_strongly_connected_components(whole) - 1,
        nodes=whole.number_of_nodes() - ruled.node_count,
        edges=whole.number_of_edges() - ruled.edge_count,
        metres=max(0.0, round(metres[0] - metres[1] + cut_off_m, _LENGTH_DECIMALS)),
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
        kept |= {"limited": bool(data.get("limited")), "beside": (v, u)}
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


def _compact(
    graph: nx.MultiDiGraph, name: str, source: str, date: str
) -> tuple[RoadGraph, list[tuple[Any, Any, dict[str, Any]]]]:
    """Arrays in an order that only the content decides: nodes by number, edges by ends, length and shape.

    Also the graph's own edges in that order.
    """
    nodes = sorted(graph.nodes)
    index = {node: i for i, node in enumerate(nodes)}
    edges = []
    for u, v, data in graph.edges(data=True):
        shape = _shape(graph, u, v, data)
        # Rounded, so that machines that differ in the last bit of a sine make the same map.
        metres = max(round(data["length"], _LENGTH_DECIMALS), 10.0**-_LENGTH_DECIMALS)
        kph = round(data["length"] / data["travel_s"] * 3.6 if data["travel_s"] else 50.0, _SPEED_DECIMALS)
        imputed = data["imputed_m"] > data["length"] / 2
        edges.append((index[u], index[v], metres, shape.tobytes(), kph, imputed, data["road"][0], shape, (u, v, data)))
    edges.sort(key=lambda edge: edge[:4])
    tail, head, metres_, _, kph_, imputed_, roads, shapes, own = zip(*edges, strict=True)
    classes = tuple(sorted(set(roads)))
    flat = np.concatenate(shapes)
    compact = RoadGraph(
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
    return compact, list(own)
