"""Fastest driving times by a customisable contraction hierarchy or by SciPy, and the metres along the paths."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from molosim.network.arcs import Arcs, Weighted
from molosim.runtime.arrays import Ints, Ints32

Engine = Literal["cch", "scipy"]
Times = Callable[[Ints32], Ints32]
"""Source nodes [s] -> milliseconds i32[s, nodes] to every node; `UNREACHED` where there is no way."""
UNREACHED = np.iinfo(np.int32).max


def default_engine() -> Engine:
    """The contraction hierarchy where its bindings are installed, else SciPy: same times, more slowly."""
    return "cch" if importlib.util.find_spec("pyroutingkit") else "scipy"


class Fastest:
    """Fastest times on one set of arcs under any number of weights."""

    def __init__(self, arcs: Arcs, engine: Engine) -> None:
        self._arcs = arcs
        self._customise = _contraction_hierarchy(arcs) if engine == "cch" else _dijkstra

    def times(self, weighted: Weighted) -> Times:
        """Prepare for queries under one period's weights."""
        return self._customise(weighted, self._arcs.node_count)


def _contraction_hierarchy(arcs: Arcs) -> Callable[[Weighted, int], Times]:
    """Order the nodes once; weights then cost milliseconds."""
    from pyroutingkit import CCHMetric, CCHTopology  # noqa: PLC0415  # not on every platform

    # The pairs of nodes are those of every `Weighted` of these arcs, and in the same order.
    between = arcs.tail != arcs.head
    head, tail = np.unique(np.column_stack([arcs.head, arcs.tail])[between], axis=0).astype(np.uint32).T
    topology = CCHTopology()
    lat, lon = arcs.node_lat.astype(np.float32), arcs.node_lon.astype(np.float32)
    topology.build(np.ascontiguousarray(tail), np.ascontiguousarray(head), lat, lon, arcs.node_count)

    def customise(weighted: Weighted, node_count: int) -> Times:
        metric = CCHMetric(topology)
        metric.customize(weighted.ms.astype(np.uint32))
        every = np.arange(node_count, dtype=np.uint32)
        return lambda sources: metric.distances_many_to_many(sources.astype(np.uint32), every).view(np.int32)

    return customise


def _dijkstra(weighted: Weighted, node_count: int) -> Times:
    """SciPy on the same arcs; whole milliseconds are exact in its floats."""
    from scipy.sparse import csr_array  # noqa: PLC0415  # needed only where the bindings above are not
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415  # as above

    ends = (weighted.tail, weighted.head)
    graph = csr_array((weighted.ms.astype(np.float64), ends), shape=(node_count, node_count))

    def times(sources: Ints32) -> Ints32:
        found = dijkstra(graph, indices=sources)
        return np.asarray(np.where(np.isfinite(found), found, UNREACHED).astype(np.int32))

    return times


def path_arcs(weighted: Weighted, ms: npt.NDArray[np.int32], source: int, target: int) -> Ints:
    """Indices into ``weighted`` of the arcs of the fastest path, given the times ``ms`` [nodes] from its source.

    Walks back along arcs that lose no time; of several the first in order, as `metres_along` does.
    """
    found = []
    node = target
    while node != source:
        arcs = np.arange(weighted.first[node], weighted.first[node + 1])
        tight = ms[weighted.tail[arcs]] + weighted.ms[arcs] == ms[node]
        found.append(int(arcs[np.argmax(tight)]))
        node = int(weighted.tail[found[-1]])
    return np.array(found[::-1], dtype=np.int64)
