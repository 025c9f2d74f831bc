"""Graphs that OSMnx saved as GraphML or GeoPackage."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import osmnx as ox
import pandas as pd
from shapely.errors import ShapelyError

from molosim.network.build import road_graph
from molosim.network.foreign import check_degrees, refuse_doctype
from molosim.network.graph import RoadGraph, first_line
from molosim.runtime.errors import ScenarioError

_LAYERS = ("nodes", "edges")
# Foreign files fail in as many ways as there are readers below; SyntaxError is the XML parser's.
_FOREIGN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    SyntaxError,
    RuntimeError,
    RecursionError,
    nx.NetworkXException,
    ShapelyError,
    sqlite3.Error,
)


def read_graphml(path: Path, *, name: str, date: str | None, network: str) -> RoadGraph:
    """Read a graph that OSMnx 1 or 2 saved; see `molosim.network.osm.read_map`.

    Speeds come from ``maxspeed`` as for any other map, not from ``speed_kph``, in which imputed values cannot be told
    from stated ones.
    """
    refuse_doctype(path)
    try:
        graph = _in_degrees(ox.load_graphml(path), path)
        stamp = str(graph.graph.get("created_date", "unknown"))[:10]
        return _compact(graph, path, name=name, date=date or stamp, network=network)
    except _FOREIGN as error:
        raise _no_graph(path, error) from error


def read_geopackage(path: Path, *, name: str, date: str | None, network: str) -> RoadGraph:
    """Read the layers ``nodes`` and ``edges`` that `osmnx.save_graph_geopackage` wrote; see `read_graphml`.

    OSMnx writes streets open both ways once, unless it is told otherwise: they are given back their other direction.
    """
    try:
        layers = {layer: gpd.read_file(path, layer=layer) for layer in _LAYERS}
        for layer, table in layers.items():
            if table.crs is None:
                raise ScenarioError.at(str(path), f"its layer {layer!r} names no coordinate system (crs)")
        nodes, edges = (layers[layer].to_crs("epsg:4326") for layer in _LAYERS)
        graph = _in_degrees(_graph_of(nodes, edges), path)
        return _compact(graph, path, name=name, date=date or "unknown", network=network)
    except _FOREIGN as error:
        raise _no_graph(path, error) from error


def _no_graph(path: Path, error: Exception) -> ScenarioError:
    said = f"it lacks {error}" if isinstance(error, KeyError) else first_line(error)
    return ScenarioError.at(str(path), f"is not a road graph saved by OSMnx: {said}")


def _compact(graph: nx.MultiDiGraph, path: Path, *, name: str, date: str, network: str) -> RoadGraph:
    check_degrees(graph, path)
    return road_graph(graph, name=name, source=f"OSMnx graph {path.name}", date=date, network=network)


def _in_degrees(graph: nx.MultiDiGraph, path: Path) -> nx.MultiDiGraph:
    crs = graph.graph.get("crs")
    if crs in (None, "", "None"):
        raise ScenarioError.at(str(path), "names no coordinate system (crs), so where it lies cannot be told")
    if ox.projection.is_projected(crs):
        return ox.project_graph(graph, to_latlong=True)
    return graph


def _graph_of(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """A graph with every direction of every street."""
    straight = bool((edges.geometry.count_coordinates() == 2).all())  # its two ends
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=not straight)
    for number, point in zip(nodes["osmid"], nodes.geometry, strict=True):
        graph.add_node(int(number), x=point.x, y=point.y)
    rows = [_edge(row, graph, straight=straight) for row in edges.to_dict("records")]
    graph.add_edges_from(rows)
    there = {(u, v, round(data["length"], 1)) for u, v, data in rows}
    for u, v, data in rows:
        if not data["oneway"] and (v, u, round(data["length"], 1)) not in there:
            back = {"geometry": data["geometry"].reverse()} if "geometry" in data else {}
            graph.add_edge(v, u, **(data | back))
    return graph


def _edge(row: Mapping[Hashable, Any], graph: nx.MultiDiGraph, *, straight: bool) -> tuple[int, int, dict[str, Any]]:
    """Ends in the direction of the shape, and attributes as OSMnx has them in memory."""
    ends = [int(row["from" if "from" in row else "u"]), int(row["to" if "to" in row else "v"])]
    for end in ends:
        if end not in graph:
            raise ValueError(f"an edge ends at node {end}, which it does not hold")
    data = {key: _value(row[key]) for key in ("highway", "maxspeed") if not _missing(row.get(key))}
    data["oneway"] = row["oneway"] in (True, 1, "True", "1", "true")
    data["length"] = float(row["length"])
    if not straight:
        data["geometry"] = row["geometry"]
    return ends[0], ends[1], data


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and bool(pd.isna(value))) or value in ("", "nan", "None")


def _value(value: object) -> object:
    """A tag's value; several stand as the text of a list."""
    if isinstance(value, str) and value.startswith("["):
        return ast.literal_eval(value)
    return value
