"""What may follow what on the roads: copies of junctions that remember where one comes from, as few as rules need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from molosim.network.graph import RoadGraph
from molosim.runtime.arrays import Flags, Ints32


class Leg(Enum):
    """Part of a trip that limited streets divide."""

    AWAY = 0
    """Along the limited streets that it began on."""
    THROUGH = 1
    """On streets for all."""
    HOME = 2
    """Along the limited streets that it ends on."""


State = tuple[tuple[int, ...], Leg]
"""What a vehicle at a junction must remember: the longest beginning of a forbidden way that it has just driven, and
which part of its trip it is on."""
FREE: State = ((), Leg.THROUGH)


class TurnRules:
    """The rules of a graph as an automaton: what one may go on to, and what one then remembers."""

    def __init__(self, graph: RoadGraph, bans: Iterable[tuple[int, ...]] | None = None) -> None:
        self._forbidden = set(graph.bans if bans is None else bans)
        self._begun = {ban[:k] for ban in self._forbidden for k in range(1, len(ban))}
        self._limited = frozenset(graph.limited.tolist())

    def begin(self, edge: int) -> State:
        """What is remembered at the end of the edge that a trip began on."""
        leg = Leg.AWAY if edge in self._limited else Leg.THROUGH
        return self._remembered((edge,)), leg

    def after(self, state: State, edge: int) -> State | None:
        """What is remembered at the end of an edge that is gone on to; None where that is forbidden."""
        driven, leg = state
        way = (*driven, edge)
        if any(way[k:] in self._forbidden for k in range(len(way) - 1)):
            return None
        if edge in self._limited:
            leg = Leg.AWAY if leg is Leg.AWAY else Leg.HOME
        elif leg is Leg.HOME:
            return None
        else:
            leg = Leg.THROUGH
        return self._remembered(way), leg

    def _remembered(self, way: tuple[int, ...]) -> tuple[int, ...]:
        return next((way[k:] for k in range(len(way)) if way[k:] in self._begun), ())

    @property
    def marked(self) -> set[int]:
        """Edges after which something must be remembered."""
        return {begun[0] for begun in self._begun} | self._limited


@dataclass(frozen=True, eq=False, slots=True)
class Turns:
    """Edges between copies of junctions, so that whatever runs along them keeps the rules.

    Nodes 0 to n - 1 are the graph's, for those who have nothing to remember; the others are copies of them.

    Attributes
    ----------
    node
        i32[copies], of which node each is a copy.
    at_home
        bool[copies], whether it is for those on the limited streets of their trip's end.
    tail, head, edge
        i32[t], from which to which node or copy each edge may be driven; every edge of the graph is there.
    start
        i32[m], where one arrives who began on that edge.
    """

    node: Ints32
    at_home: Flags
    tail: Ints32
    head: Ints32
    edge: Ints32
    start: Ints32


def turns_of(graph: RoadGraph, bans: Iterable[tuple[int, ...]] | None = None) -> Turns:
    """Copies that a graph's rules need; ``bans`` in place of its own."""
    rules = TurnRules(graph, bans)
    number: dict[tuple[int, State], int] = {}
    waiting: list[tuple[int, State]] = []
    tails, heads = graph.edge_tail.tolist(), graph.edge_head.tolist()
    leaving: list[list[int]] = [[] for _ in range(graph.node_count)]
    for edge, tail in enumerate(tails):
        leaving[tail].append(edge)

    def at(node: int, state: State) -> int:
        if state == FREE:
            return node
        if (node, state) not in number:
            number[node, state] = graph.node_count + len(number)
            waiting.append((node, state))
        return number[node, state]

    start, free = graph.edge_head.copy(), graph.edge_head.copy()
    for edge in sorted(rules.marked):
        start[edge] = at(heads[edge], rules.begin(edge))
        on = rules.after(FREE, edge)
        free[edge] = heads[edge] if on is None else at(heads[edge], on)
    more: list[tuple[int, int, int]] = []
    while waiting:
        node, state = waiting.pop()
        onward = ((edge, rules.after(state, edge)) for edge in leaving[node])
        more.extend((number[node, state], at(heads[edge], on), edge) for edge, on in onward if on is not None)
    extra = np.array(more, dtype=np.int32).reshape(-1, 3)
    return Turns(
        node=np.array([node for node, _ in number], dtype=np.int32),
        at_home=np.array([leg is Leg.HOME for _, (_, leg) in number], dtype=np.bool_),
        tail=np.concatenate([graph.edge_tail, extra[:, 0]]),
        head=np.concatenate([free, extra[:, 1]]),
        edge=np.concatenate([np.arange(graph.edge_count, dtype=np.int32), extra[:, 2]]),
        start=start,
    )
