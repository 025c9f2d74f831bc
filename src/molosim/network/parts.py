"""Parts of a road graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from molosim.network.graph import RoadGraph


def part_of(graph: RoadGraph, edges: npt.NDArray[np.integer]) -> RoadGraph:
    """Some of the edges of a graph without rules, and the nodes at their ends, both in their order."""
    nodes = np.unique(np.concatenate([graph.edge_tail[edges], graph.edge_head[edges]]))
    number = np.full(graph.node_count, -1, np.int32)
    number[nodes] = np.arange(len(nodes))
    first, sizes = graph.shape_first[edges], np.diff(graph.shape_first)[edges]
    ends = np.cumsum(sizes)
    points = np.repeat(first - (ends - sizes), sizes) + np.arange(sizes.sum())
    return replace(
        graph,
        node_lon=graph.node_lon[nodes],
        node_lat=graph.node_lat[nodes],
        edge_tail=number[graph.edge_tail[edges]],
        edge_head=number[graph.edge_head[edges]],
        **{name: getattr(graph, name)[edges] for name in ("edge_m", "edge_kph", "edge_imputed", "edge_class")},
        shape_lon=graph.shape_lon[points],
        shape_lat=graph.shape_lat[points],
        shape_first=np.concatenate([[0], ends]),
    )
