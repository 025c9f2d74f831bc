"""Where bikes ride: a map of their own or the drive graph without its fast roads, and their travel beside cars'."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from molosim.network.arcs import Period
from molosim.network.fastest import default_engine
from molosim.network.graph import RoadGraph
from molosim.network.parts import part_of
from molosim.network.places import NO_STOPPING, Places, on_other_map
from molosim.network.sparse import strong_parts
from molosim.network.travel import Travel, compute, roads_key
from molosim.runtime.arrays import Ints32
from molosim.runtime.cache import content_key, kept

PERIOD = Period("bike")
"""The only one: bikes meet no congestion."""
SNAP_M = 400
"""A place may be so far from the next way for bikes; the way between is ridden at walking pace as cars' is."""


def bike_graph(roads: RoadGraph, own: RoadGraph | None, kph: float) -> RoadGraph:
    """The ways of bikes at their speed.

    Parameters
    ----------
    roads
        The drive graph, of which motorways and trunk roads are left out; one-way streets stay one-way. Its other rules
        do not hold: they are vans', and where a cyclist must not turn, one crosses in two steps or pushes.
    own
        A map of bikes' ways, in its stead.
    kph
        Speed on all of them.
    """
    graph = own or _largest_part(roads.without_rules(), ~roads.of_class(NO_STOPPING))
    return replace(graph, edge_kph=np.full(graph.edge_count, kph, np.float32))


def _largest_part(graph: RoadGraph, kept_edges: np.ndarray) -> RoadGraph:
    """The largest strongly connected part of some of a graph's edges."""
    edges = np.flatnonzero(kept_edges)
    tail, head = graph.edge_tail[edges], graph.edge_head[edges]
    part = strong_parts(tail, head, graph.node_count)
    most = np.bincount(part).argmax()
    return part_of(graph, edges[(part[tail] == most) & (part[head] == most)])


def places_for_bikes(graph: RoadGraph, places: Places) -> Places:
    """The same places, reached from ways for bikes; raises ScenarioError where one is too far from all of them."""
    return on_other_map(graph, places, SNAP_M, "map.bike_source")


def with_bikes(travel: Travel, key: str, graph: RoadGraph, places: Places, cache: Path) -> tuple[Travel, str]:
    """Travel whose last period is bikes', and its key; hours of the day are cars'.

    Parameters
    ----------
    travel, key
        Of cars.
    graph, places
        Of bikes.
    """
    both_key = content_key("molosim travel with bikes 1", key, roads_key(graph, places, (PERIOD,)))

    def build() -> Ints32:
        of_bikes = compute(graph, places, (PERIOD,), default_engine())
        return np.concatenate([np.stack([travel.seconds, travel.metres]), of_bikes], axis=1)

    both = kept(cache / f"travel-{both_key}.npy", build)
    names = (*travel.period_names, PERIOD.name)
    return Travel(both[0], both[1], travel.period_of_hour, names, travel.lon, travel.lat), both_key
