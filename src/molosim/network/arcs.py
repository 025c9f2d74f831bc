"""The road graph as the router sees it: every place a node of its own on its street, times in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from molosim.network.graph import RoadGraph
from molosim.network.places import Places
from molosim.network.speeds import NORDIC_KPH
from molosim.network.turns import Turns, turns_of
from molosim.runtime.arrays import Floats, Ints, Ints32
from molosim.runtime.errors import ScenarioError

_Arc = tuple[int, int, int, float, float]
"""Tail, head, edge, metres along it."""


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

    Nodes 0 to n - 1 are the graph's, then come the places', then copies that the graph's rules need. An arc is the part
    of one edge between two such points, so that two places on one street are as far apart as they are, and one-way
    streets hold. Whatever runs along arcs keeps the rules.

    Attributes
    ----------
    node_lon, node_lat
        f64, degrees, of all nodes.
    reach, leave
        i32[places], node at which a trip to each place ends, and at which one from it begins: the same but where rules
        would be dodged by driving on from where a trip ends.
    tail, head
        i32[a], nodes.
    edge
        i32[a], edge of the graph that the arc is part of.
    from_m, to_m
        f64[a], metres along that edge at which the arc begins and ends.
    """

    node_lon: Floats
    node_lat: Floats
    reach: Ints32
    leave: Ints32
    tail: Ints32
    head: Ints32
    edge: Ints32
    from_m: Floats
    to_m: Floats

    @property
    def node_count(self) -> int:
        """Number of nodes, places and copies included."""
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

    arc: Ints
    tail: Ints32
    head: Ints32
    ms: Ints
    metres: Floats
    first: Ints


def arcs_between(graph: RoadGraph, places: Places) -> Arcs:
    """Everything that a vehicle may drive along between places, by the graph's rules."""
    arcs = cut_at_places(graph, places)
    return _by_rules(graph, places, arcs) if graph.has_rules else arcs


def cut_at_places(graph: RoadGraph, places: Places) -> Arcs:
    """Cut every edge, and the same street the other way, where a place is reached; of rules, one-way streets hold."""
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
    own = np.arange(graph.node_count, graph.node_count + len(places), dtype=np.int32)
    return Arcs(
        node_lon=np.concatenate([graph.node_lon, places.lon]),
        node_lat=np.concatenate([graph.node_lat, places.lat]),
        reach=own,
        leave=own,
        tail=np.concatenate([tail, head[points]]),
        head=np.concatenate([head, tail[points]]),
        edge=np.concatenate([parts, parts[points]]),
        from_m=np.concatenate([from_m, from_m[points]]),
        to_m=np.concatenate([to_m, to_m[points]]),
    )


def _by_rules(graph: RoadGraph, places: Places, plain: Arcs) -> Arcs:
    """Arcs with copies of junctions where rules need them; all others as they are.

    Streets at junctions with copies run past their places uncut. A place there has a node that arcs only lead to, and
    another that they only lead from: else one could forget at a place where one came from.
    """
    turns, n = turns_of(graph), graph.node_count
    copied = np.zeros(n, np.bool_)
    copied[turns.node] = True
    ruled = copied[graph.edge_tail] | copied[graph.edge_head]
    twice = np.flatnonzero(ruled[places.edge]).astype(np.int32)
    first_copy = n + len(places)
    leave = plain.leave.copy()
    leave[twice] = first_copy + len(turns.node) + np.arange(len(twice))

    def numbered(nodes: Ints32) -> Ints32:
        return np.where(nodes < n, nodes, nodes + len(places)).astype(np.int32)

    others, past = ~ruled[plain.edge], ruled[turns.edge]
    tail, head = numbered(turns.tail), numbered(turns.head)
    stops = _Stops(graph, turns, tail, numbered(turns.start), first_copy)
    ends = list(stops.arcs(places, twice, plain.reach, leave))
    at_stops = np.array([arc[:3] for arc in ends], dtype=np.int32).reshape(-1, 3)
    along_m = np.array([arc[3:] for arc in ends], dtype=np.float64).reshape(-1, 2)
    zero, whole = np.zeros(past.sum()), graph.edge_m[turns.edge[past]]
    return Arcs(
        node_lon=np.concatenate([plain.node_lon, graph.node_lon[turns.node], places.lon[twice]]),
        node_lat=np.concatenate([plain.node_lat, graph.node_lat[turns.node], places.lat[twice]]),
        reach=plain.reach,
        leave=leave,
        tail=np.concatenate([plain.tail[others], tail[past], at_stops[:, 0]]),
        head=np.concatenate([plain.head[others], head[past], at_stops[:, 1]]),
        edge=np.concatenate([plain.edge[others], turns.edge[past], at_stops[:, 2]]),
        from_m=np.concatenate([plain.from_m[others], zero, along_m[:, 0]]),
        to_m=np.concatenate([plain.to_m[others], whole, along_m[:, 1]]),
    )


class _Stops:
    """Arcs to and from places on streets at junctions with copies."""

    def __init__(self, graph: RoadGraph, turns: Turns, tail: Ints32, start: Ints32, first_copy: int) -> None:
        self._graph = graph
        self._start = start
        self._onto: dict[int, list[int]] = {}
        for edge, node in zip(turns.edge.tolist(), tail.tolist(), strict=True):
            self._onto.setdefault(edge, []).append(node)
        self._copies: dict[int, list[tuple[int, bool]]] = {}
        for copy, (node, at_home) in enumerate(zip(turns.node.tolist(), turns.at_home.tolist(), strict=True)):
            self._copies.setdefault(node, []).append((first_copy + copy, at_home))
        self._limited = frozenset(graph.limited.tolist())

    def arcs(self, places: Places, which: Ints32, reach: Ints32, leave: Ints32) -> Iterator[_Arc]:
        """Of some places, given the nodes of all."""
        at: dict[int, list[tuple[float, int, int]]] = {}
        for place in which.tolist():
            edge = int(places.edge[place])
            twin, length_m = int(self._graph.twin[edge]), float(self._graph.edge_m[edge])
            along_m = min(max(0.0, float(places.along_m[place])), length_m)
            at.setdefault(edge, []).append((along_m, int(reach[place]), int(leave[place])))
            if twin >= 0:
                back_m = max(0.0, float(self._graph.edge_m[twin]) - along_m)
                at.setdefault(twin, []).append((back_m, int(reach[place]), int(leave[place])))
        for edge, stops in sorted(at.items()):
            yield from self._along(edge, sorted(stops))

    def _along(self, edge: int, stops: list[tuple[float, int, int]]) -> Iterator[_Arc]:
        """Of the places on one edge, in order."""
        length_m = float(self._graph.edge_m[edge])
        for m, reach, leave in stops:
            yield leave, reach, edge, m, m
            # A place at a junction is there however one comes to it, and leaves as if one had come by no street.
            if m == 0:
                junction = int(self._graph.edge_tail[edge])
                yield leave, junction, edge, m, m
                yield from ((node, reach, edge, m, m) for node in self._around(junction, edge))
            if m == length_m:
                junction = int(self._graph.edge_head[edge])
                yield leave, int(self._start[edge]), edge, m, m
                yield from ((node, reach, edge, m, m) for node in self._around(junction, edge))
        yield from ((leave, to, edge, m, to_m) for (m, _, leave), (to_m, to, _) in pairwise(stops))
        # Who only drives by has neither arrived nor left at a junction: no turn is forgotten at places there.
        yield from self._reached(edge, [(m, reach) for m, reach, _ in stops if m > 0])
        yield from self._left(edge, [(m, leave) for m, _, leave in stops if m < length_m])

    def _reached(self, edge: int, stops: list[tuple[float, int]]) -> Iterator[_Arc]:
        """To the places beyond an edge's beginning, and from each to the next."""
        if stops:
            yield from ((node, stops[0][1], edge, 0.0, stops[0][0]) for node in self._onto[edge])
        yield from self._chained(edge, stops)

    def _left(self, edge: int, stops: list[tuple[float, int]]) -> Iterator[_Arc]:
        """From the places before an edge's end, and from each to the next."""
        if stops:
            yield stops[-1][1], int(self._start[edge]), edge, stops[-1][0], float(self._graph.edge_m[edge])
        yield from self._chained(edge, stops)

    def _chained(self, edge: int, stops: list[tuple[float, int]]) -> Iterator[_Arc]:
        for (m, node), (next_m, next_node) in pairwise(stops):
            yield node, next_node, edge, m, next_m
            if m == next_m:
                yield next_node, node, edge, m, m

    def _around(self, junction: int, edge: int) -> Iterator[int]:
        """A junction and its copies; of a street for all none that one comes to along limited streets."""
        yield junction
        yield from (copy for copy, at_home in self._copies.get(junction, ()) if edge in self._limited or not at_home)


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
