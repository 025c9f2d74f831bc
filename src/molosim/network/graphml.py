"""Graphs that OSMnx saved as GraphML."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import osmnx as ox

from molosim.network.build import road_graph
from molosim.network.graph import RoadGraph, first_line
from molosim.spec import ScenarioError


def read_graphml(path: Path, name: str, date: str | None) -> RoadGraph:
    """Read a graph that OSMnx 1 or 2 saved; see `molosim.network.osm.read_map`.

    Speeds come from ``maxspeed`` as for any other map, not from ``speed_kph``, in which imputed values cannot be told
    from stated ones.
    """
    try:
        graph = ox.load_graphml(path)
        if ox.projection.is_projected(graph.graph["crs"]):
            graph = ox.project_graph(graph, to_latlong=True)
        stamp = str(graph.graph.get("created_date", "unknown"))[:10]
        return road_graph(graph, name=name, source=f"OSMnx graph {path.name}", date=date or stamp)
    # Foreign files fail in as many ways as there are readers below; SyntaxError is the XML parser's.
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError, nx.NetworkXException) as error:
        raise ScenarioError.at(str(path), f"is not a road graph saved by OSMnx: {first_line(error)}") from error
