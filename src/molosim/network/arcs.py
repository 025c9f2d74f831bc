"""The road graph as the router sees it: every place a node of its own on its street, times in whole milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from molosim.network.graph import Floats, Ints, RoadGraph
from molosim.network.places import Places
from molosim.network.speeds import NORDIC_KPH
from molosim.spec import ScenarioError


@dataclass(frozen=True, slots=True)
class Period:
    """Speeds in some hours of the day: the speed limit times ``factor``, or times another one for some road classes.

    The first of several periods is for all hours that the others do not name.
    """

    name: str
    hours: tuple[int, ...] = ()
    factor: float = 1.0
    by_class: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Arcs:
    """Streets cut at places.

    Nodes 0 to n - 1 are the graph's, node n + p is where place p is reached. An arc is the part of one edge between two
    such points, so that two places on one street are as far apart as they are, and one-way streets hold. Vehicles may
    turn anywhere: turn restrictions are not in the graph.

    Attributes
    ----------
    node_lon, node_lat
        f64, degrees, of all nodes.
    first_place
        Node of place 0.
    tail, head
        i32[a], nodes.
    edge
        i32[a], edge of the graph that the arc is part of.
    from_m, to_m
        f64[a], metres along that edge at which the arc begins and ends.
    """

    node_lon: Floats
    node_lat: Floats
    first_place: int
    tail: Ints
    head: Ints
    edge: Ints
    from_m: Floats
    to_m: Floats

    @property
    def node_count(self) -> int:
        """Number of nodes, places included."""
        return len(self.node_lon)


@dataclass(frozen=True, eq=False, slots=True)
class Weighted:
    """Arcs at one period's speeds, one per pair of nodes, in order of their heads.

    Attributes
    ----------
    arc
        i64[k], which of the `Arcs` is the fastest between its two nodes.
    tail, head
        i32[k], nodes.
    ms
        i64[k], driving time in milliseconds, at least 1.
    metres
        f64[k], length.
    first
        i64[nodes + 1], where the arcs into each node begin.
    """

    arc: npt.NDArray[np.int64]
    tail: Ints
    head: Ints
    ms: npt.NDArray[np.int64]
    metres: Floats
    first: npt.NDArray[np.int64]


def cut_at_places(graph: RoadGraph, places: Places) -> Arcs:
    """Cut every edge, and the same street the other way, where a place is reached."""
    along_m = np.clip(places.along_m, 0, graph.edge_m[places.edge])
    twin = graph.twin[places.edge]
    both = np.flatnonzero(twin >= 0)
    edge = np.concatenate([places.edge, twin[both]])
    at_m = np.concatenate([along_m, np.maximum(0, graph.edge_m[twin[both]] - along_m[both])])
    place = np.concatenate([np.arange(len(places)), both])
    order = np.lexsort((place, at_m, edge))
    edge, at_m, place = edge[order], at_m[order], place[order]

    cuts = np.bincount(edge, minlength=graph.edge_count)
    begin = np.concatenate([[0], np.cumsum(cuts + 1)])
    # The r-th cut in order ends one arc and begins the next; every edge before has one arc more than it has cuts.
    ends = np.arange(len(edge)) + edge
    tail, head = np.empty(begin[-1], dtype=np.int32), np.empty(begin[-1], dtype=np.int32)
    from_m, to_m = np.zeros(begin[-1]), np.empty(begin[-1])
    tail[begin[:-1]], head[begin[1:] - 1] = graph.edge_tail, graph.edge_head
    to_m[begin[1:] - 1] = graph.edge_m
    tail[ends + 1] = head[ends] = graph.node_count + place
    from_m[ends + 1] = to_m[ends] = at_m
    parts = np.repeat(np.arange(graph.edge_count), cuts + 1).astype(np.int32)
    # Parts without length join places at one point, or a place at a junction to it: one may go through either way.
    points = np.flatnonzero(from_m == to_m)
    return Arcs(
        node_lon=np.concatenate([graph.node_lon, places.lon]),
        node_lat=np.concatenate([graph.node_lat, places.lat]),
        first_place=graph.node_count,
        tail=np.concatenate([tail, head[points]]),
        head=np.concatenate([head, tail[points]]),
        edge=np.concatenate([parts, parts[points]]),
        from_m=np.concatenate([from_m, from_m[points]]),
        to_m=np.concatenate([to_m, to_m[points]]),
    )


def weigh(graph: RoadGraph, arcs: Arcs, period: Period) -> Weighted:
    """Driving times of one period; of parallel arcs the fastest, then the shortest, then the first."""
    kph = graph.edge_kph.astype(np.float64) * _factors(graph, period)[graph.edge_class]
    metres = arcs.to_m - arcs.from_m
    # At least 1 ms, or places at one point would make loops that cost nothing, and a path could run round them.
    ms = np.maximum(1, np.rint(metres / kph[arcs.edge] * 3600)).astype(np.int64)
    between = np.flatnonzero(arcs.tail != arcs.head)
    order = between[np.lexsort((between, metres[between], ms[between], arcs.tail[between], arcs.head[between]))]
    pair = np.column_stack([arcs.head[order], arcs.tail[order]])
    best = order[np.concatenate([[True], np.any(pair[1:] != pair[:-1], axis=1)])]
    head = arcs.head[best]
    first = np.searchsorted(head, np.arange(arcs.node_count + 1))
    return Weighted(best, arcs.tail[best], head, ms[best], metres[best], first)


def _factors(graph: RoadGraph, period: Period) -> Floats:
    """f64[classes]: driven speed over speed limit."""
    known = set(graph.classes) | set(NORDIC_KPH)
    unknown = sorted(set(period.by_class) - known)
    if unknown:
        allowed = f"known ones: {', '.join(sorted(known))}"
        raise ScenarioError.at(f"speeds {period.name!r}", f"unknown road class {unknown[0]!r}; {allowed}")
    return np.array([period.by_class.get(name, period.factor) for name in graph.classes], dtype=np.float64)
