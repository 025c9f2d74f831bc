"""Walks along streets: both ways on every street but motorways and trunk roads, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from molosim.network.arcs import cut_at_places
from molosim.network.graph import RoadGraph
from molosim.network.places import NO_STOPPING, Places
from molosim.network.sparse import shortest_arcs
from molosim.runtime.arrays import Floats, Ints, Ints32

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST_M = 1e-3
"""Length given to parts of streets that have none: a sparse matrix would take zero for no street, metres."""
ROWS = 256
"""Walks are searched from so many places at once; from more, their distances to all nodes would fill the memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Walks:
    """Walks within a limit between r places and others, by rows.

    Attributes
    ----------
    first
        i64[r + 1], where each row begins.
    to
        i32, places at the other end, ascending in each row.
    metres
        f64, length of the walk, at most the limit.
    """

    first: Ints
    to: Ints32
    metres: Floats


def walks_within(
    graph: RoadGraph,
    origins: Places,
    targets: Places,
    limit_m: float,
    factor: float = 1.0,
    *,
    fronts: Places | None = None,
) -> Walks:
    """All walks from origins to targets that are at most ``limit_m`` long.

    Parameters
    ----------
    graph
        The streets. One-way streets are walked both ways, motorways and trunk roads not at all.
    origins, targets
        Snapped to the graph; the way between a place and its street is walked too.
    limit_m
        Longest walk, metres.
    factor
        Walked metres per metre along the streets: below 1 where footpaths that the graph lacks shorten the way.
    fronts
        Where each target is reached too, as many as there are targets.
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - a run that asks for no walks waits for no SciPy

    streets, starts, ends = _streets(graph, origins, targets, fronts)
    firsts, tos, lengths = [np.zeros(1, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0)]
    for begin in range(0, len(starts), ROWS):
        found = dijkstra(streets, indices=starts[begin : begin + ROWS], limit=limit_m / factor)
        metres = found[:, ends] * factor
        row, to = np.nonzero(metres <= limit_m)
        firsts.append(np.searchsorted(row, np.arange(1, len(metres) + 1)) + firsts[-1][-1])
        tos.append(to.astype(np.int32))
        lengths.append(metres[row, to])
    return Walks(np.concatenate(firsts), np.concatenate(tos), np.concatenate(lengths))


def nearest(
    graph: RoadGraph, homes: Places, boxes: Places, factor: float = 1.0, *, fronts: Places | None = None
) -> tuple[Ints32, Floats]:
    """Box i32[homes] that is the shortest walk from each home, and that walk f64[homes] in metres.

    Box -1 and an infinite walk where none can be reached on foot. Parameters as in `walks_within`.
    """
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - as above

    streets, starts, ends = _streets(graph, boxes, homes, fronts)
    metres, _, source = dijkstra(streets, indices=starts, min_only=True, return_predecessors=True)
    box = np.where(source[ends] < 0, -1, source[ends] - starts[0])
    return box.astype(np.int32), np.asarray(metres[ends] * factor, dtype=np.float64)


def _streets(
    graph: RoadGraph, origins: Places, targets: Places, fronts: Places | None
) -> tuple[csr_array, Ints32, Ints32]:
    """Symmetric lengths between nodes, and the nodes of the origins and targets: each hangs on its street by its way.

    Of several streets between two nodes the shortest counts.
    """
    places = Places.join(origins, targets, *([] if fronts is None else [fronts]))
    arcs = cut_at_places(graph, places)
    walked = ~graph.of_class(NO_STOPPING)[arcs.edge] & (arcs.tail != arcs.head)
    count = len(origins) + len(targets)
    own = arcs.node_count + np.arange(len(places), dtype=np.int32)
    own[count:] = own[len(origins) : count][: len(places) - count]
    reached = arcs.reach
    tail = np.concatenate([arcs.tail[walked], arcs.head[walked], own, reached])
    head = np.concatenate([arcs.head[walked], arcs.tail[walked], reached, own])
    metres = (arcs.to_m - arcs.from_m)[walked]
    metres = np.maximum(np.concatenate([metres, metres, places.access_m, places.access_m]), LEAST_M)
    matrix = shortest_arcs(tail, head, metres, arcs.node_count + count)
    return matrix, own[: len(origins)], own[len(origins) : count]
