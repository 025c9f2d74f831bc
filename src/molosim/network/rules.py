"""The rules of a map in the making: what its data forbid, so far as streets can still be reached and left again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra

from molosim.network.graph import RoadGraph
from molosim.network.parts import part_of
from molosim.network.sparse import shortest_arcs, strong_parts
from molosim.network.turns import turns_of
from molosim.runtime.arrays import Flags, Ints32

TURNING_M = 100.0
"""Nobody turns round at a junction of a street that begins so soon after a forbidden turn, which that would dodge; an
assumption. The longer, the more copies of junctions it takes, and the less it changes."""
BELIEVED_M = 250.0
"""Streets of so much together are left out where restrictions cut them off; where it is more, the data are taken to be
wrong, or cut badly, and the restriction does not hold."""

Ban = tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Ruled:
    """A graph with its rules.

    Attributes
    ----------
    graph
        Less the streets that the rules cut off.
    holding, lifted
        How many restrictions hold; and how many do not or not wholly, as they would cut off too much.
    """

    graph: RoadGraph
    holding: int
    lifted: int


def with_rules(graph: RoadGraph, restrictions: Sequence[Iterable[Ban]], limited: Ints32) -> Ruled:
    """Give a graph rules under which every street can be reached and left again.

    Streets that lie behind limited ones become limited with them. Nobody dodges a restriction by turning round soon
    after it, but where one could not go on otherwise.

    Parameters
    ----------
    graph
        Strongly connected, without rules.
    restrictions
        Of each restriction the successions of edges that it forbids.
    limited
        Edges that a trip may begin and end on but not pass along, in order.
    """
    said = [set(bans) for bans in restrictions]
    lifted: set[int] = set()
    while True:
        ruled, cut = _settled(graph, said, limited)
        if not cut.any() or not any(said):
            break
        small = _in_small_parts(graph, cut[0] | cut[1])
        if small.any():
            number = np.cumsum(~small) - 1
            graph = part_of(graph, np.flatnonzero(~small))
            said = [{tuple(number[list(ban)].tolist()) for ban in bans if not small[list(ban)].any()} for bans in said]
            limited = number[limited[~small[limited]]].astype(np.int32)
            continue
        every = set().union(*said)
        wrong = _at_border(every, cut) or every
        lifted |= {k for k, bans in enumerate(said) if bans & wrong}
        said = [bans - wrong for bans in said]
    return Ruled(ruled, sum(bool(bans) and k not in lifted for k, bans in enumerate(said)), len(lifted))


def _settled(graph: RoadGraph, said: list[set[Ban]], limited: Ints32) -> tuple[RoadGraph, Flags]:
    """The graph with its rules, and what they cut off as `_cut_off` tells it."""
    graph = replace(graph, limited=_with_enclosed(graph, limited))
    forbidden = set().union(*said)
    turning = _turning_round(graph, forbidden) - forbidden
    cut = _cut_off(graph, forbidden | turning)
    while wrong := _at_border(turning, cut):
        turning -= wrong
        cut = _cut_off(graph, forbidden | turning)
    bans = sorted(forbidden | turning)
    edges = np.array([edge for ban in bans for edge in ban], dtype=np.int32)
    return replace(graph, ban_edge=edges, ban_first=np.cumsum([0, *map(len, bans)])), cut


def _with_enclosed(graph: RoadGraph, limited: Ints32) -> Ints32:
    """Limited edges, and those that can be reached or left only along them."""
    if not len(limited):
        return limited
    for_all = np.ones(graph.edge_count, np.bool_)
    for_all[limited] = False
    tail, head = graph.edge_tail, graph.edge_head
    part = strong_parts(tail[for_all], head[for_all], graph.node_count)
    within = for_all & (part[tail] == part[head])
    most = np.bincount(part[tail[within]]).argmax() if within.any() else -1
    return np.flatnonzero(~(within & (part[tail] == most))).astype(np.int32)


def _turning_round(graph: RoadGraph, bans: Iterable[Ban]) -> set[Ban]:
    """Turning round at junctions other than dead ends, soon after forbidden turns."""
    at = sorted({int(graph.edge_tail[ban[-1]]) for ban in bans})
    if not at:
        return set()
    ways = shortest_arcs(graph.edge_tail, graph.edge_head, graph.edge_m, graph.node_count)
    near = dijkstra(ways, indices=at, min_only=True, limit=TURNING_M)[graph.edge_tail] <= TURNING_M
    others = np.bincount(graph.edge_tail, minlength=graph.node_count)[graph.edge_head] > 1
    return {(edge, int(graph.twin[edge])) for edge in np.flatnonzero(near & others & (graph.twin >= 0)).tolist()}


def _cut_off(graph: RoadGraph, bans: Iterable[Ban]) -> Flags:
    """bool[2, m]: edges that under these bans cannot be reached from the bulk of the roads; from which it cannot be."""
    turns = turns_of(graph, bans)
    nodes = graph.node_count + len(turns.node)
    ways = csr_array((np.ones(len(turns.tail)), (turns.tail, turns.head)), shape=(nodes, nodes))
    _, part = connected_components(ways, connection="strong")
    # Nobody goes on to a street for all who is on the limited streets of the trip's end, or comes back to those of its
    # beginning: what streets for all join is the bulk, however large a limited quarter is.
    joined = turns.tail[(part[turns.tail] == part[turns.head]) & ~np.isin(turns.edge, graph.limited)]
    if not len(joined):
        return np.zeros((2, graph.edge_count), np.bool_)
    bulk = int(joined[part[joined] == np.bincount(part[joined]).argmax()][0])
    there, back = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    there[breadth_first_order(ways, bulk, return_predecessors=False)] = True
    back[breadth_first_order(ways.T.tocsr(), bulk, return_predecessors=False)] = True
    reached = np.zeros(graph.edge_count, np.bool_)
    reached[turns.edge[there[turns.tail]]] = True
    return ~np.stack([reached, back[turns.start]])


def _in_small_parts(graph: RoadGraph, cut: Flags) -> Flags:
    """bool[m]: edges that are cut off and hang together with few others that are."""
    ends = graph.edge_tail[cut], graph.edge_head[cut]
    ways = csr_array((np.ones(cut.sum()), ends), shape=(graph.node_count,) * 2)
    _, part = connected_components(ways, connection="weak")
    # A street open both ways counts once.
    once = graph.edge_m[cut] / np.where(graph.twin[cut] >= 0, 2, 1)
    metres = np.bincount(part[ends[0]], weights=once, minlength=part.max() + 1)
    small = np.zeros(graph.edge_count, np.bool_)
    small[np.flatnonzero(cut)] = metres[part[ends[0]]] <= BELIEVED_M
    return small


def _at_border(bans: Iterable[Ban], cut: Flags) -> set[Ban]:
    """Bans on going on to what cannot be reached, or from what cannot be left: for each edge the first."""
    unreached, stuck = cut
    first: dict[tuple[bool, int], Ban] = {}
    for ban in sorted(bans):
        for edge, on in pairwise(ban):
            if unreached[on] and not unreached[edge]:
                first.setdefault((True, on), ban)
            if stuck[edge] and not stuck[on]:
                first.setdefault((False, edge), ban)
    return set(first.values())
